"""How a trainer ended, as ``exit.json`` has it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from . import clock

_LISTED_LEFTOVERS = 100  # the record has to fit into its slot


@dataclass(frozen=True, slots=True)
class Ending:
    """Seen at `t` (Unix seconds) and `m` (seconds since boot); code and signal None: not known."""

    t: float
    m: float
    known: bool
    code: int | None = None
    signal: int | None = None

    @classmethod
    def seen(cls, status: int) -> Ending:
        """Returns the ending of a child from its wait status."""
        code = os.waitstatus_to_exitcode(status)
        exited, killed = (None, -code) if code < 0 else (code, None)
        return cls(clock.wall(), clock.since_boot(), True, exited, killed)

    @classmethod
    def unseen(cls) -> Ending:
        """Returns the ending of a trainer that was no child of the keeper, as noticed now."""
        return cls(clock.wall(), clock.since_boot(), False)

    def to_json(
        self, error: str | None, oom_kill: bool | None, leftovers: list[int]
    ) -> dict[str, Any]:
        return {
            "code": self.code,
            "signal": self.signal,
            "known": self.known,
            "t": self.t,
            "m": self.m,
            "error": error,
            "oom_kill": oom_kill,
            "leftovers": leftovers[:_LISTED_LEFTOVERS],
        }
