"""Where the time of a training goes: waiting for data, computing, saving, validating.

`data` is the time the loop waits for its next batch. What a GPU still computes meanwhile is not
seen, so a part of it may be hidden.
"""

import time
from collections.abc import Mapping

KINDS = ("data", "compute", "save", "validate")
DATA_LIMIT, SAVE_LIMIT, VALIDATE_LIMIT = 0.2, 0.1, 0.25
"""Shares above which something can be gained."""

ADVICE_SECONDS = 20.0


class Spending:
    """A clock that is always in one of KINDS, or in none (before the start, while paused)."""

    def __init__(self) -> None:
        self._kind = ""
        self._since = time.perf_counter()
        self._told_at = self._since
        self.totals = dict.fromkeys(KINDS, 0.0)
        """Seconds since the last advice."""
        self.step = dict.fromkeys(KINDS, 0.0)
        """Seconds since the last `take`."""

    def enter(self, kind: str) -> None:
        """From now on the time goes there; an empty text: nowhere."""
        now = time.perf_counter()
        if self._kind:
            self.totals[self._kind] += now - self._since
            self.step[self._kind] += now - self._since
        self._kind, self._since = kind, now

    @property
    def elapsed(self) -> float:
        """Seconds since the clock was last set."""
        return time.perf_counter() - self._since

    def take(self) -> dict[str, float]:
        """`data_seconds`, `compute_seconds` and what else took time since the last call."""
        self.enter(self._kind)
        spent = {f"{kind}_seconds": seconds for kind, seconds in self.step.items() if seconds}
        self.step = dict.fromkeys(KINDS, 0.0)
        return spent

    def summary(self, workers: int | None = None) -> dict[str, object]:
        """Shares (0 to 1) of the time since the last one, and a sentence; empty when it is early.

        `workers` is how many processes load data, if that is known.
        """
        total = sum(self.totals.values())
        if time.perf_counter() - self._told_at < ADVICE_SECONDS or not total:
            return {}
        shares = {kind: seconds / total for kind, seconds in self.totals.items()}
        self._told_at, self.totals = time.perf_counter(), dict.fromkeys(KINDS, 0.0)
        facts: dict[str, object] = {f"time_{kind}": round(s, 4) for kind, s in shares.items()}
        return {**facts, "time_advice": advice(shares, workers)}


def advice(shares: Mapping[str, float], workers: int | None = None) -> str:
    """What to do about the largest share that is too large, in a sentence."""
    loading = "load data in more processes"
    if workers is not None:
        loading += f" (now {workers})"
    cures = (
        ("data", DATA_LIMIT, "waits for data", f"{loading}, or prepare it before the training"),
        ("save", SAVE_LIMIT, "goes into checkpoints", "save less often, or to a faster disk"),
        ("validate", VALIDATE_LIMIT, "goes into validation", "validate less often, or on less"),
    )
    over = [cure for cure in cures if shares.get(cure[0], 0.0) > cure[1]]
    if not over:
        return f"{shares.get('compute', 0.0):.0%} of the time computes: nothing is in its way"
    kind, _, what, cure = max(over, key=lambda one: shares[one[0]])
    return f"{shares[kind]:.0%} of the time {what}: {cure}"
