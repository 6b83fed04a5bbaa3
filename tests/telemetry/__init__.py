"""Drivers and tools of GPUs that are not here, replayed for the tests."""
