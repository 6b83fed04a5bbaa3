"""Everything that can be a pure function: no I/O, clock, event loop or randomness.

A trainer's bytes become events (`terminal`, `formats`, `protocol`); events change one state
(`state`, `reduce`); the state is shown elsewhere.
"""
