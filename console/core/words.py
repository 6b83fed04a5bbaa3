"""The words for how a run is, the same everywhere."""

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
