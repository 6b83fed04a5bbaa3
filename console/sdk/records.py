"""What the hook writes: records, one JSON object a line, in files of the run directory."""

import json
import math
import os
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

SEGMENT_BYTES = 64 << 20
RECORDS_PER_SECOND = 20.0
OWED_RECORDS = 64
HELD_RECORDS = 64
METRICS = ("log", "alive")
_FLOAT = frozenset({float})
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def now() -> float:
    """Seconds since boot, the clock of `m` and `exp`."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def number(value: Any) -> float | int | str | None:
    """`value`, of any library, as JSON can say it: NaN and infinities are words.

    None when it is no number.
    """
    if type(value) is float and value - value == 0:  # finite; most are
        return value
    if value is None or isinstance(value, (str, bytes)):
        return None
    try:
        made = float(value)
    except (TypeError, ValueError, OverflowError, RuntimeError):
        return None
    if math.isfinite(made):
        return int(value) if isinstance(value, int) else made
    return "NaN" if math.isnan(made) else "Infinity" if made > 0 else "-Infinity"


def plain(value: Any) -> Any:
    """`value` as JSON can say it; what is neither number, text, list nor mapping as its text."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):  # an array
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    made = number(value)
    return str(value) if made is None else made


class Records:
    """Appends records to hook-<generation>-NNN.jsonl: CRC-32 in hex, a space, JSON, one write each.

    Of what a full disk does not take, metrics are lost and counted (`lost` so far, in each record
    after it); the rest is written as soon as there is room.
    """

    def __init__(self, folder: str) -> None:
        names = map(re.compile(r"hook-(\d+)-\d+\.jsonl").fullmatch, os.listdir(folder))
        self.generation = 1 + max((int(name[1]) for name in names if name), default=-1)
        self._folder = folder
        self._fd, self._number, self._size = -1, 0, 0
        self._lost, self._torn = 0, False
        self._owed: deque[bytes] = deque()
        self._lock = threading.RLock()

    def write(self, kind: str, fields: Mapping[str, Any]) -> None:
        record = {"k": kind, "t": time.time(), "m": now(), **fields}
        with self._lock:
            if self._lost:
                record["lost"] = self._lost
            text = _encode(record).encode()
            line = b"%08x %s\n" % (zlib.crc32(text), text)
            self.settle()
            if not self._owed and self._append(line):
                return
            if kind in METRICS or len(self._owed) >= OWED_RECORDS:
                self._lost += 1
            else:
                self._owed.append(line)

    def settle(self) -> None:
        """Writes what a full disk did not take, as far as it does now."""
        with self._lock:
            while self._owed and self._append(self._owed[0]):
                self._owed.popleft()

    def _append(self, line: bytes) -> bool:
        """Whether all of it is in the file. After a torn line the next starts on a fresh one."""
        line = b"\n" + line if self._torn else line
        try:
            if self._fd < 0 or self._size + len(line) > SEGMENT_BYTES:
                self._rotate()
            written = os.write(self._fd, line)
        except OSError:
            return False
        self._size += written
        self._torn = written < len(line)
        return not self._torn

    def _rotate(self) -> None:
        path = f"{self._folder}/hook-{self.generation}-{self._number:03d}.jsonl"
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC | os.O_NOFOLLOW
        newer = os.open(path, flags, 0o600)
        self.release()
        self._fd, self._size, self._number = newer, 0, self._number + 1

    def release(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


Said = tuple[int, Mapping[str, Any], Sequence[Any], Sequence[Any], Any, Any]
"""What a trainer said of one step, as it said it: step, values, losses and shares of the experts,
epoch, batch. A bare tuple: with every step this code is new to the caches, so less is faster."""


def listed(values: Any) -> Sequence[Any]:
    """A copy of `values`, a list or an array."""
    return values.tolist() if hasattr(values, "tolist") else tuple(values)


def is_plain(said: Said) -> bool:
    """Whether all of it is finite floats, which nobody changes afterwards."""
    values = said[1].values()
    types = {*map(type, values), *map(type, said[2]), *map(type, said[3])}
    return types == _FLOAT and math.isfinite(sum(values))


def fields_of(said: Said) -> dict[str, Any]:
    """What is written of it."""
    step, values, experts, shares, epoch, batch = said
    if not is_plain(said):
        numbers = {name: number(value) for name, value in values.items()}
        values = {name: value for name, value in numbers.items() if value is not None}
        experts, shares = _each(experts), _each(shares)
    fields: dict[str, Any] = {"step": step, "values": values}
    if epoch is not None and (made := number(epoch)) is not None:
        fields["epoch"] = made
    if batch is not None and (made := number(batch)) is not None:
        fields["batch"] = made
    if experts or shares:
        lists = {"loss": experts, "share": shares}
        fields["experts"] = {name: items for name, items in lists.items() if items}
    return fields


def _each(values: Sequence[Any]) -> list[float | int | str]:
    """A number for each expert; "NaN" for one that is not known."""
    made = [number(value) for value in values]
    return ["NaN" if value is None else value for value in made]


class Thinner:
    """Lets RECORDS_PER_SECOND pass; the range of what the others said goes into the next.

    What is held back is only kept: to look into it costs most when done a little with each step,
    since a trainer's step leaves nothing of this code in the caches.
    """

    def __init__(self) -> None:
        self._room, self._at, self._odd = RECORDS_PER_SECOND, time.monotonic(), False
        self._waiting: list[Said] = []
        self._last: Said | dict[str, Any] | None = None
        self._count, self._ranges = 0, dict[str, list[float]]()

    def passes(self, said: Said) -> dict[str, Any] | None:
        """What to write now, None = nothing. The first value that is not finite always passes."""
        at = time.monotonic()
        self._room, self._at = self._room + (at - self._at) * RECORDS_PER_SECOND, at
        if self._room < 1 and is_plain(said):
            self._odd = False
            self._waiting.append(said)
            if len(self._waiting) >= HELD_RECORDS:
                self._gather()
            return None
        fields = fields_of(said)
        odd = str in map(type, fields["values"].values())
        passes, self._odd = self._room >= 1 or (odd and not self._odd), odd
        if not passes:
            self._gather()
            self._hold(fields)
            return None
        self._room = max(0.0, min(RECORDS_PER_SECOND, self._room) - 1)
        return self._summed(fields)

    def rest(self) -> dict[str, Any] | None:
        """What was held back, as one record; None when nothing is."""
        self._gather()
        last = fields_of(self._last) if isinstance(self._last, tuple) else self._last
        return last and self._summed(last)

    def _summed(self, fields: dict[str, Any]) -> dict[str, Any]:
        """`fields` with what was held back: `n` records, `mm` {name: [least, greatest]}."""
        self._gather()
        if self._count:
            fields.update(n=self._count, mm=self._ranges)
        self._last, self._count, self._ranges = None, 0, {}
        return fields

    def _gather(self) -> None:
        waiting, self._waiting = self._waiting, []
        shapes = {(tuple(said[1]), len(said[2]), len(said[3])) for said in waiting}
        for names, losses, shares in shapes:
            same = [
                (*said[1].values(), *said[2], *said[3])
                for said in waiting
                if (tuple(said[1]), len(said[2]), len(said[3])) == (names, losses, shares)
            ]
            self._widen((*names, *_names("loss", losses), *_names("share", shares)), same)
        if waiting:
            self._last, self._count = waiting[-1], self._count + len(waiting)

    def _hold(self, fields: dict[str, Any]) -> None:
        self._last, self._count = fields, self._count + 1
        found = dict(fields["values"])
        for kind, items in fields.get("experts", {}).items():
            found.update(zip(_names(kind, len(items)), items, strict=True))
        known = {name: value for name, value in found.items() if not isinstance(value, str)}
        self._widen(tuple(known), [tuple(known.values())])

    def _widen(self, names: Sequence[str], rows: Sequence[Sequence[float]]) -> None:
        """Takes the ranges of the columns of `rows`."""
        for name, column in zip(names, zip(*rows, strict=True), strict=True):
            low, high = self._ranges.get(name, column[:1] * 2)
            self._ranges[name] = [min(low, *column), max(high, *column)]


@cache
def _names(kind: str, count: int) -> tuple[str, ...]:
    return tuple(f"expert_{kind}/{number}" for number in range(count))
