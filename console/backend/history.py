"""A run's metrics as a viewer reads them: metrics.db, read-only, never locked between two calls.

`History` is the `SeriesSource` of the app and of `metrics`. It opens the database for the length
of a call only, so that the backend can close it for good at any time, and reads what is new.
"""

from __future__ import annotations

import json
import os
import sqlite3
import struct
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from math import inf
from pathlib import Path
from typing import Any, TypeVar

from console.backend.blocks import block_id
from console.backend.store import SCHEMA
from console.core.codec import decode
from console.core.levels import CHUNK, Entries, Stretch, unpack
from console.core.series import Scale, Series
from console.core.sources import EMPTY, Axis, Columns, Point
from console.core.state import Entry, RunState, from_json
from console.keeper.rundir import FINAL, METRICS_DB

BLOCKS_KEPT = 512
WAIT_SECONDS = 0.2
EPOCH_MARKS = 512
"""Places at which recorded epochs are looked up to draw an axis of epochs."""

FRESH_NANOSECONDS = 50_000_000
"""A file changed so lately may have changed again with the same time stamp."""

UNREADABLE = (sqlite3.Error, ValueError, TypeError, LookupError, struct.error)

T = TypeVar("T")


class _Known:
    """One series as far as it was read: what follows the whole chunks is in `tail`."""

    def __init__(self, key: int) -> None:
        self.key = key
        self.chunks = 0
        self.stretches: list[Stretch] = []
        self.first = 0
        self.tail = Entries()

    def grow(self, first: int, entries: Entries) -> None:
        """A row of the tail; it may repeat what was read before."""
        offset = first - self.first
        if not 0 <= offset <= len(self.tail):
            self.first, offset = first, 0
        self.tail = self.tail.part(0, offset)
        self.tail.extend(entries)

    def cut(self, chunks: int) -> None:
        """There are so many whole chunks now; the tail begins after them."""
        self.chunks = chunks
        if self.first < chunks * CHUNK:
            self.tail = self.tail.part(chunks * CHUNK - self.first)
            self.first = chunks * CHUNK


class History:
    """One run's series, timeline and committed state. A missing or foreign file is an empty one."""

    def __init__(self, run_dir: Path) -> None:
        self._path = run_dir / METRICS_DB
        self._final = run_dir / FINAL
        self._db: sqlite3.Connection | None = None
        self._known: dict[str, _Known] = {}
        self._blocks: OrderedDict[int, Entries] = OrderedDict()
        self._version = self._row = 0
        self._batches: int | None = None
        self._scale: tuple[int, Scale] | None = None
        self._seen: tuple[int, ...] = ()

    # series

    def names(self) -> Sequence[str]:
        """Every series, sorted."""
        self.version()
        return sorted(self._known)

    def version(self) -> int:
        """Grows when values were added."""
        self._refresh()
        return self._version

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        """The first and last x of a series; None when it is empty. Times are Unix seconds."""
        if axis is not Axis.EPOCH:
            return self._ask(name, lambda series: series.extent(axis), None)
        found = self._ask(name, lambda series: series.extent(Axis.STEP), None)
        scale = self._epochs()
        return None if found is None else (scale.epoch(found[0]), scale.epoch(found[1]))

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        """The part with low ≤ x ≤ high in at most `columns` columns; see `SeriesSource`."""
        if axis is not Axis.EPOCH:
            return self._ask(name, lambda known: known.columns(axis, low, high, columns), EMPTY)
        scale = self._epochs()
        first, last = scale.step(low), scale.step(high)
        found = self._ask(name, lambda known: known.columns(Axis.STEP, first, last, columns), EMPTY)
        x, gaps = [*map(scale.epoch, found.x)], [*map(scale.epoch, found.gaps)]
        return Columns(x, found.low, found.high, found.last, gaps)

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        """The recorded (x, value) nearest to `x`, the newest of several at one place."""
        if axis is not Axis.EPOCH:
            return self._ask(name, lambda series: series.nearest(axis, x), None)
        scale = self._epochs()
        step = scale.step(x)
        found = self._ask(name, lambda series: series.nearest(Axis.STEP, step), None)
        return None if found is None else (scale.epoch(found[0]), found[1])

    def point(self, name: str, axis: Axis, x: float) -> Point | None:
        """The same value with its place on every axis."""
        scale = self._epochs()
        on = Axis.STEP if axis is Axis.EPOCH else axis
        there = scale.step(x) if axis is Axis.EPOCH else x
        found = self._ask(name, lambda series: series.point(on, there), None)
        if found is None:
            return None
        step, t, value = found
        return Point(step, t, value, scale.epoch(step) if scale.is_known else None)

    def all_points(self, name: str, *, every: bool = False) -> Iterator[tuple[int, float, float]]:
        """(step, time, value) of a series: the newest of each step, or `every` one recorded.

        A value recorded without a step counts as the one after the value before.
        """
        self.version()
        known = self._known.get(name)
        if known is None:
            return
        try:
            yield from self._series(known).points(newest=not every)
        finally:
            self._disconnect()

    def counts(self) -> dict[str, int]:
        """How many values of each series were recorded."""
        self.version()
        return {name: known.first + len(known.tail) for name, known in self._known.items()}

    def part(self, name: str, first: int, most: int) -> Entries:
        """At most `most` recorded values from the index `first` on, none beyond their chunk."""
        known = self._known.get(name)
        if known is None:
            return Entries()
        try:
            found, start = known.tail, first - known.first
            if first < known.chunks * CHUNK:
                found, start = self._block(block_id(known.key, 0, first // CHUNK)), first % CHUNK
            return found.part(start, start + most)
        except UNREADABLE:
            self._forget()
            return Entries()
        finally:
            self._disconnect()

    # everything else that was committed

    def timeline(self) -> list[Entry]:
        """Every entry there ever was, oldest first."""
        rows = self._query("select data from timeline order by id")
        return [decode(Entry, json.loads(data)) for (data,) in rows]

    def committed(self) -> RunState | None:
        """The state at the last commit; None when there was none."""
        groups = {name: json.loads(data) for name, data in self._query("select * from state")}
        return from_json(groups) if groups else None

    def screen(self) -> tuple[int, list[bytes]]:
        """Settled rows at the last commit, and the live rows after them."""
        record = self._record() or {}
        return record.get("rows", 0), [row.encode() for row in record.get("live", ())]

    def recorded_at(self) -> float | None:
        """When the last commit was, in Unix seconds; None when there was none."""
        found = (self._record() or {}).get("t")
        return found if isinstance(found, float) else None

    def _record(self) -> dict[str, Any] | None:
        for (data,) in self._query("select data from committed"):
            record: dict[str, Any] = json.loads(data)
            return record
        return None

    # reading

    def _ask(self, name: str, question: Callable[[Series], T], nothing: T) -> T:
        self.version()
        known = self._known.get(name)
        if known is None:
            return nothing
        try:
            return question(self._series(known))
        except UNREADABLE:
            self._forget()
            return nothing
        finally:
            self._disconnect()

    def _series(self, known: _Known) -> Series:
        def block(level: int, number: int) -> Entries:
            return self._block(block_id(known.key, level, number))

        return Series(block, known.chunks, known.tail, known.stretches)

    def _block(self, row: int) -> Entries:
        found = self._blocks.get(row)
        if found is None:
            statement = "select data from block where id=?"
            ((data,),) = self._connect().execute(statement, (row,))
            found = self._blocks[row] = unpack(data)
            while len(self._blocks) > BLOCKS_KEPT:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(row)
        return found

    def _epochs(self) -> Scale:
        """How steps and epochs belong together, at this version."""
        version = self.version()
        if self._scale is None or self._scale[0] != version:
            marks: list[tuple[float, float]] = []
            if isinstance(self._batches, int) and self._batches > 0:
                marks = [(0.0, 0.0), (float(self._batches), 1.0)]
            elif "epoch" in self._known:
                found = self.columns("epoch", Axis.STEP, -inf, inf, EPOCH_MARKS)
                marks = list(zip(found.x, found.low, strict=True))
            self._scale = version, Scale(marks)
        return self._scale[1]

    def _refresh(self) -> None:
        """Reads what was committed since the last time."""
        stamp = self._stamp()
        if stamp == self._seen or not stamp:
            if not stamp:
                self._forget()
            return
        if self._seen and stamp[0] != self._seen[0]:
            self._forget()
        try:
            self._read(self._connect())
        except sqlite3.OperationalError:
            return
        except UNREADABLE:
            self._forget()
        finally:
            self._disconnect()
        fresh = time.time_ns() - max(stamp[1:]) < FRESH_NANOSECONDS
        self._seen = () if fresh else stamp

    def _read(self, db: sqlite3.Connection) -> None:
        db.execute("begin")
        if db.execute("pragma user_version").fetchone()[0] != SCHEMA:
            raise ValueError("another schema")
        tails = "select id, series, first, data from tail where id > ? order by id"
        by_key, chunks_of = {}, {}
        for key, name, chunks, stretches in db.execute(
            "select id, name, chunks, stretches from series"
        ):
            known = by_key[key] = self._known.setdefault(name, _Known(key))
            known.stretches = [Stretch(*item) for item in json.loads(stretches)]
            chunks_of[key] = chunks
        for row, key, first, data in db.execute(tails, (self._row,)):
            by_key[key].grow(first, unpack(data))
            self._row = row
        for key, known in by_key.items():
            known.cut(chunks_of[key])
        position = db.execute("select data from state where name='position'").fetchone()
        self._batches = json.loads(position[0]).get("batches_per_epoch") if position else None
        added = db.execute("select added from committed").fetchone()
        self._version = max(self._version, added[0] if added else 0)
        self._also_read(db)
        db.execute("commit")

    def _also_read(self, db: sqlite3.Connection) -> None:
        """What a subclass wants of the same commit."""

    def _query(self, statement: str) -> list[tuple[Any, ...]]:
        """All rows; none when the file is missing or cannot be read."""
        if not self._path.exists():
            return []
        try:
            return self._connect().execute(statement).fetchall()
        except sqlite3.Error:
            return []
        finally:
            self._disconnect()

    def _stamp(self) -> tuple[int, ...]:
        """What changes with each commit: the file, and when it and its log were written."""
        try:
            found = os.stat(self._path)
        except OSError:
            return ()
        try:
            log = os.stat(f"{self._path}-wal").st_mtime_ns
        except OSError:
            log = 0
        return found.st_ino, found.st_mtime_ns, log

    def _connect(self) -> sqlite3.Connection:
        if self._db is None:
            log = os.path.exists(f"{self._path}-wal")
            plain = "&immutable=1" if self._final.exists() and not log else ""
            address = f"{self._path.absolute().as_uri()}?mode=ro{plain}"
            self._db = sqlite3.connect(
                address, uri=True, timeout=WAIT_SECONDS, isolation_level=None
            )
        return self._db

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None

    def _forget(self) -> None:
        self._known, self._blocks, self._row = {}, OrderedDict(), 0
        self._batches, self._scale, self._seen = None, None, ()
