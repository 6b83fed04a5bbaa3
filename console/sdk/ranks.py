"""The ranks of one training: rank 0 reads the orders, and all obey them at the same step.

They agree through a process group of their own (gloo, on the CPU), so that nothing of it is ever
queued on the group that trains: waiting there for a paused rank would end in its timeout.
"""

import math
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from statistics import fmean
from typing import Any, NamedTuple

TICK_SECONDS = 1.0
"""How long rank 0 keeps the others waiting for a word, at most, while all are paused."""

COST_SHARE = 0.005
"""Part of the training time that agreeing may take."""

LONGEST_SECONDS = 2.0
"""The longest time between two looks for orders, whatever they cost."""

NEVER = timedelta(days=365)
"""The timeout of our group: a save of one rank may take hours, and a dead rank closes its line."""

_JOINED = 0


class Agreed(NamedTuple):
    """The same on every rank."""

    order: bytes
    """What all obey now; empty: nothing."""
    hold: bool
    """Whether all stay here for another word."""
    stop: bool
    """Whether one of them was told to stop, by a signal for example."""


def initialised() -> Any:
    """torch.distributed when it is in use by more than one rank, else None."""
    dist = sys.modules.get("torch.distributed")
    if dist is None or not dist.is_available() or not dist.is_initialized():
        return None
    return dist if dist.get_world_size() > 1 else None


def join(dist: Any, listening: bool) -> "Ranks | None":
    """The ranks together, if rank 0 is `listening` to a console; else None, on all of them.

    To be called by every rank. Raises what torch.distributed raises when they cannot be joined.
    """
    global _JOINED
    _JOINED += 1
    store, key = dist.distributed_c10d._get_default_store(), f"gladius-link-{_JOINED}"
    if dist.get_rank() == 0:
        store.set(key, b"1" if listening else b"0")
    store.wait([key], NEVER)
    if store.get(key) != b"1":
        return None
    return Ranks(dist, dist.new_group(backend="gloo", timeout=NEVER))


class Ranks:
    """This rank among the others. Every method but `due` waits until all of them call it.

    Each raises a RuntimeError when one of them is gone.
    """

    def __init__(self, dist: Any, group: Any) -> None:
        self.rank: int = dist.get_rank()
        self.every = 1
        """Steps between two looks for orders."""
        self._dist, self._group = dist, group
        self._steps_left = 1
        self._pace = Pace()

    def due(self) -> bool:
        """Whether it is time to look for orders; asked once a step, the same on every rank."""
        self._steps_left -= 1
        return self._steps_left <= 0

    def agree(self, order: bytes = b"", hold: bool = False, stop: bool = False) -> Agreed:
        """What rank 0 has read; `stop` may come from any rank."""
        torch, first = sys.modules["torch"], self._steps_left <= 0
        began = time.perf_counter()
        word = [len(order), hold, self._pace.every] if self.rank == 0 else [0, 0, 0]
        flags = torch.tensor([*word, stop, -self._pace.nanoseconds], device="cpu")
        self._dist.all_reduce(flags, op=self._dist.ReduceOp.MAX, group=self._group)
        size, held, self.every, stopped, cost = flags.tolist()
        if first:
            calm = not (size or held)
            self._pace.looked(began, time.perf_counter(), self.every, -cost / 1e9, calm)
        if size:
            order = self._told(torch, order, size)
        self._steps_left = self.every
        return Agreed(order if size else b"", bool(held), bool(stopped))

    def gather(self, said: str | None) -> Sequence[str | None]:
        """What each rank says."""
        heard: list[str | None] = [None] * self._dist.get_world_size()
        self._dist.all_gather_object(heard, said, group=self._group)
        return heard

    def leave(self) -> None:
        """Closes the lines to the others; who still waits for a word of ours gets an error."""
        group, self._group = self._group, None
        if group is not None and self._dist.is_initialized():
            with suppress(Exception):  # torch.distributed raises several kinds, also of its own
                self._dist.destroy_process_group(group)

    def _told(self, torch: Any, order: bytes, size: int) -> bytes:
        data = torch.zeros(size, dtype=torch.uint8, device="cpu")
        if order:
            data = torch.tensor(list(order), dtype=torch.uint8, device="cpu")
        self._dist.broadcast(data, 0, group=self._group)
        return bytes(data.tolist())


class Pace:
    """How often rank 0 looks for orders, so that looking costs COST_SHARE of the time at most.

    What a look costs is what it lasts on the rank that comes last: the others wait for that one,
    which they would do in the next step anyway.
    """

    def __init__(self) -> None:
        self.every = 1
        self.nanoseconds = 0
        """How long the look before lasted on this rank."""
        self._costs: deque[float] = deque(maxlen=15)
        self._steps: deque[float] = deque(maxlen=15)
        self._ended: float | None = None
        self._apart = 1

    def looked(self, began: float, ended: float, every: int, cost: float, calm: bool) -> None:
        """A look, `every` steps before the next; the one before it has cost `cost` seconds.

        It is not `calm` when there was something to obey: the next one is told nothing by it."""
        if self._ended is not None:
            self._costs.append(cost)
            self._steps.append((ended - self._ended) / self._apart)
            step = max(fmean(self._steps), 1e-6)
            wanted = math.ceil(fmean(self._costs) / (COST_SHARE * step))
            self.every = max(1, min(wanted, int(LONGEST_SECONDS / step), 2 * every))
        self.nanoseconds = int((ended - began) * 1e9)
        self._ended, self._apart = (ended if calm else None), every
