"""The words for how a run and an order are, and where a value comes from, the same everywhere.

They are apart from the events and the state, which take their time to import.
"""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """The one word for how a run is; see `status.py` for when."""

    STARTING = "starting"
    TRAINING = "training"
    SAVING = "saving"
    VALIDATING = "validating"
    PAUSED = "paused"
    FROZEN = "frozen"
    STALLED = "stalled"
    STOPPING = "stopping"
    FINISHED = "finished"
    STOPPED = "stopped"
    ERROR = "error"
    DEAD = "dead"


ENDED = frozenset({Status.FINISHED, Status.STOPPED, Status.ERROR, Status.DEAD})


class Outcome(StrEnum):
    """The life of an order, in the order of time; everything from DONE on is an end."""

    SENT = "sent"
    QUEUED = "queued"
    RECEIVED = "received"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"
    DUPLICATE = "duplicate"
    UNSEEN = "unseen"
    """It was sent through a handle; that it was obeyed was not seen in time."""


OPEN_OUTCOMES = frozenset({Outcome.SENT, Outcome.QUEUED, Outcome.RECEIVED})


class Source(StrEnum):
    """Where a value comes from; a better source wins over a worse one."""

    HOOK = "hook"
    FILE = "file"
    """A file the trainer writes its metrics to."""
    PARSED = "parsed"
    SYSTEM = "system"
