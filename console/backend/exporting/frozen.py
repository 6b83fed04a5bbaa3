"""A run at one commit: its series, state, timeline and rows belong together, however it goes on.

One short transaction reads where everything ends. What lies before that is never changed: whole
chunks of a series, rows and bytes of the output. So a long export holds up nobody.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from console.backend import committed, screen
from console.backend.colours import plain
from console.backend.history import UNREADABLE, History
from console.backend.origin import beginning
from console.backend.rows import ScreenRows
from console.backend.veil import secrets_of
from console.core.codec import decode
from console.core.export_parts import Refused
from console.core.state import Entry, RunState, from_json
from console.keeper import rundir, start

ATTEMPTS, REST_SECONDS = 20, 0.1
BLOCK_BYTES = 1 << 20


class Frozen(History):
    """The series of a run as they were when it was made. Raises Refused when there is no reading
    them, and when they are made anew in the middle of it."""

    def __init__(self, run_dir: Path) -> None:
        super().__init__(run_dir)
        self.dir = run_dir
        self.at: dict[str, Any] = {}
        """The record of the commit."""
        self.entries: list[Entry] = []
        self._groups: dict[str, Any] = {}
        self._inode = 0
        self._take()

    def _take(self) -> None:
        for attempt in range(ATTEMPTS):
            try:
                self._inode = os.stat(self._path).st_ino
                self._read(self._connect())
            except FileNotFoundError:
                return
            except UNREADABLE as error:
                if attempt == ATTEMPTS - 1:
                    raise Refused(
                        f"{self._path} cannot be read ({error}); is the run's backend well? "
                        f"See {self.dir / rundir.BACKEND_LOG}"
                    ) from None
                time.sleep(REST_SECONDS)
                super()._forget()
            else:
                return
            finally:
                self._disconnect()

    def _also_read(self, db: sqlite3.Connection) -> None:
        self._groups = {
            name: json.loads(data) for name, data in db.execute("select name, data from state")
        }
        rows = db.execute("select data from timeline order by id")
        self.entries = [decode(Entry, json.loads(data)) for (data,) in rows]
        found = db.execute("select data from committed").fetchone()
        self.at = json.loads(found[0]) if found else {}

    def _refresh(self) -> None:
        """Nothing is ever new."""

    def _forget(self) -> None:
        raise Refused("the run's metrics were made anew meanwhile; export once more")

    def check(self) -> None:
        """Raises Refused when the database is another than the one that was read."""
        try:
            inode = os.stat(self._path).st_ino
        except OSError:
            inode = 0
        if inode != self._inode:
            self._forget()

    def values(self) -> int:
        """How many values are recorded."""
        return sum(self.counts().values())

    def points(self, name: str) -> Iterator[tuple[int, float]]:
        """(step, value): the newest of each step."""
        return ((step, value) for step, _, value in self.recorded(name))

    def recorded(self, name: str) -> Iterator[tuple[int, float, float]]:
        """(step, time, value): the newest of each step. Raises Refused."""
        try:
            yield from self.all_points(name)
        except UNREADABLE:
            self._forget()


class Picture:
    """All that is exported of a run. `values` are secrets to hide."""

    def __init__(self, run_dir: Path) -> None:
        self.dir = run_dir
        self.series = Frozen(run_dir)
        self.values = secrets_of(run_dir)
        self.state = self._state()
        self.names = self.series.names()
        self.taken = self.series.at.get("t") if self.series.at else None

    def _state(self) -> RunState:
        groups = self.series._groups
        state = from_json(groups) if groups else beginning(self.dir)
        if start.is_local(self.dir):
            committed.look(self.dir, state)
        state.changed.clear()
        return state

    def text(self) -> Iterator[bytes]:
        """The output as clean rows, the live ones last, secrets masked."""
        rows = ScreenRows(self.dir)
        try:
            live = [row.encode() for row in self.series.at.get("live", ())]
            rows.tell(int(self.series.at.get("rows", 0)), live)
            yield from rows.blocks()
            for row in rows.live():
                yield plain(row) + b"\n"
        finally:
            rows.close()

    def text_bytes(self) -> int:
        """About how long `text` is."""
        return sum(path.stat().st_size for _, path in screen.segments(self.dir))

    def output(self) -> Iterator[bytes]:
        """The very bytes the trainer printed, as far as they were read at the commit."""
        left = self.output_bytes()
        for first, path in rundir.segments(self.dir):
            descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
            with os.fdopen(descriptor, "rb") as file:
                wanted = left - first
                while wanted > 0 and (block := file.read(min(BLOCK_BYTES, wanted))):
                    wanted -= len(block)
                    yield block

    def output_bytes(self) -> int:
        """Where the output ended at the commit, counted from the run's first byte."""
        intake = self.series.at.get("intake") or {}
        return int((intake.get("transcript") or {}).get("output", 0))
