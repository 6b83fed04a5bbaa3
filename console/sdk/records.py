"""What the hook writes: records, one JSON object a line, in files of the run directory."""

import json
import math
import os
import re
import threading
import time
import zlib
from collections import deque
from collections.abc import Mapping
from typing import Any

SEGMENT_BYTES = 64 << 20
RECORDS_PER_SECOND = 20.0
OWED_RECORDS = 64
METRICS = ("log", "alive")


def now() -> float:
    """Seconds since boot, the clock of `m` and `exp`."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    return time.monotonic() if clock is None else time.clock_gettime(clock)


def number(value: Any) -> float | int | str | None:
    """`value`, of any library, as JSON can say it: NaN and infinities are words.

    None when it is no number.
    """
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
            text = json.dumps(record, separators=(",", ":"), allow_nan=False).encode()
            line = b"%08x %s\n" % (zlib.crc32(text), text)
            while self._owed and self._append(self._owed[0]):
                self._owed.popleft()
            if not self._owed and self._append(line):
                return
            if kind in METRICS or len(self._owed) >= OWED_RECORDS:
                self._lost += 1
            else:
                self._owed.append(line)

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


class Thinner:
    """Lets RECORDS_PER_SECOND pass; the range of what the others said goes into the next."""

    def __init__(self) -> None:
        self.held: dict[str, Any] | None = None
        self._room, self._at, self._odd = RECORDS_PER_SECOND, time.monotonic(), False
        self._count, self._ranges = 0, dict[str, list[float]]()

    def passes(self, fields: dict[str, Any]) -> bool:
        """Whether to write it now. The first value that is not finite is never held back."""
        at, odd = time.monotonic(), any(isinstance(v, str) for v in fields["values"].values())
        self._room += (at - self._at) * RECORDS_PER_SECOND
        self._room, self._at = min(self._room, RECORDS_PER_SECOND), at
        passes = self._room >= 1 or (odd and not self._odd)
        self._odd = odd
        if passes:
            self._room -= 1
            self.sum_up(fields)
        else:
            self._hold(fields)
        return passes

    def sum_up(self, fields: dict[str, Any]) -> None:
        """Adds what was held back to `fields`: `n` records, `mm` {name: [least, greatest]}."""
        if self._count:
            fields.update(n=self._count, mm=self._ranges)
        self.held, self._count, self._ranges = None, 0, {}

    def _hold(self, fields: dict[str, Any]) -> None:
        self.held, self._count = fields, self._count + 1
        experts = fields.get("experts", {})
        lists = {f"expert_{kind}/{i}": v for kind in experts for i, v in enumerate(experts[kind])}
        for name, value in {**fields["values"], **lists}.items():
            if not isinstance(value, str):
                known = self._ranges.setdefault(name, [value, value])
                known[:] = min(known[0], value), max(known[1], value)
