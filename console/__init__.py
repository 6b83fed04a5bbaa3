"""gladius-console: watch, steer and record a training run without ever endangering it."""

__version__ = "0.1.0"
