"""metrics.db: every series, the timeline, and the one commit that holds all positions.

A commit is one transaction: new values (a tail row per series, whole chunks with their levels),
new lines of the timeline, the groups of the state that changed, and a record with every offset.
What is added waits in memory until then; a commit that fails loses nothing and is tried again.

Tables: `series` (one row a name), `tail` and `block` (see `blocks.py`), `timeline`, `state` (one
row a group), `committed` (one row). A new table or column needs a higher SCHEMA.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import repeat
from math import isfinite
from pathlib import Path
from typing import Any

from console.backend import blocks
from console.backend.blocks import row_id, write_series, write_tail
from console.backend.column import Column, Summary
from console.backend.mounts import is_network
from console.core.levels import MISSING, Stretch, unpack
from console.keeper.rundir import METRICS_DB

SCHEMA = 1
OPEN_SECONDS = 30.0
COMMIT_MILLISECONDS = 5
"""How long a commit waits for somebody who holds the database, before it is put off."""

_TABLES = """
create table series(id integer primary key, name text unique not null, count integer not null,
    chunks integer not null, step integer, t real, last real, low real, high real,
    odd integer not null, stretches text not null);
create table tail(id integer primary key, series integer not null, first integer not null,
    data blob not null);
create table block(id integer primary key, data blob not null);
create table timeline(id integer primary key, data text not null);
create table state(name text primary key, data text not null) without rowid;
create table committed(id integer primary key check (id = 1), added integer not null,
    data text not null);
"""


class Damaged(Exception):
    """metrics.db is not what we wrote; it can be rebuilt from the other files of the run."""


class NewerSchema(Exception):
    """metrics.db was written by a newer version of this program."""


class Busy(Exception):
    """The commit could not be made now: the database is held by somebody, or the disk is full."""


class Store:
    """The writer of a run's metrics.db. There is one at a time (backend.lock)."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / METRICS_DB
        self.added = 0
        """Values that wait for a commit."""
        self.total = 0
        """Values committed."""
        self.refused = 0
        """Values of names beyond blocks.SERIES_LIMIT."""
        self._columns: dict[str, Column] = {}
        self._dirty: list[Column] = []
        self._entries: list[tuple[int, str]] = []
        self._db: sqlite3.Connection | None = None

    def open(self) -> dict[str, Any] | None:
        """Opens or makes the file; returns the record of the last commit, None when there is none.

        Raises Damaged, NewerSchema, or OSError when the file cannot be made.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        os.close(os.open(self.path, flags, 0o600))
        try:
            self._db = sqlite3.connect(self.path, timeout=OPEN_SECONDS, isolation_level=None)
            return self._load(self._db)
        except sqlite3.OperationalError as error:
            self._disconnect()
            raise OSError(f"{self.path}: {error}") from error
        except (sqlite3.DatabaseError, ValueError, TypeError) as error:
            self._disconnect()
            raise Damaged(f"{self.path}: {error}") from error
        except NewerSchema:
            self._disconnect()
            raise

    def set_aside(self) -> None:
        """Puts a damaged file's content beside it and removes it; `open` then makes a new one."""
        self._disconnect()
        with suppress(OSError):
            shutil.copyfile(self.path, f"{self.path}.damaged")
            os.chmod(f"{self.path}.damaged", 0o600)
        for suffix in ("", "-wal", "-shm", "-journal"):
            with suppress(FileNotFoundError):
                os.unlink(f"{self.path}{suffix}")
        self.__init__(self.path.parent)  # type: ignore[misc]  # nothing of it is true any more

    def groups(self) -> dict[str, Any]:
        """The committed groups of the state."""
        rows = self._connection.execute("select name, data from state")
        return {name: json.loads(data) for name, data in rows}

    # what is added

    def add(self, step: int | None, t: float, values: Mapping[str, float]) -> None:
        """One value each of some series. Without a step they take the one after the last."""
        known = MISSING if step is None or not -MISSING > step > MISSING else step
        columns = self._columns
        for name, value in values.items():
            column = columns.get(name)
            if column is None or not column.values:
                column = self._touched(name)
                if column is None:
                    continue
            column.steps.append(known)
            column.times.append(t)
            column.values.append(value)
        self.added += len(values)

    def extend(
        self, steps: Sequence[int], t: float, columns: Mapping[str, Sequence[float]]
    ) -> None:
        """Values of many steps at once; each column is as long as `steps`."""
        for name, values in columns.items():
            column = self._columns.get(name)
            if column is None or not column.values:
                column = self._touched(name)
                if column is None:
                    continue
            column.steps.extend(steps)
            column.times.extend(repeat(t, len(steps)))
            column.values.extend(values)
            self.added += len(steps)

    def widen(self, name: str, low: float, high: float) -> None:
        """The value added last stands for others too, from `low` to `high`."""
        column = self._columns.get(name)
        if column is None or not column.values or not isfinite(low + high):
            return
        index, value = len(column.values) - 1, column.values[-1]
        if isfinite(value):
            low, high = min(low, value), max(high, value)
        column.ranges[index] = low, high

    def note(self, number: int, entry: Any) -> None:
        """A line of the timeline; `number` counts them from 1."""
        self._entries.append((number, _dump(entry)))

    def _touched(self, name: str) -> Column | None:
        column = self._columns.get(name)
        if column is None:
            if len(self._columns) >= blocks.SERIES_LIMIT:
                self.refused += 1
                return None
            column = self._columns[name] = Column(len(self._columns) + 1, name)
        self._dirty.append(column)
        return column

    # what is written

    def commit(self, record: Mapping[str, Any], groups: Mapping[str, Any]) -> None:
        """Writes everything added, `record` and the changed `groups`, all or nothing.

        Raises Busy (try again later) or Damaged.
        """
        total = self.total + sum(len(column.values) for column in self._dirty)
        plans = [(column, column.plan(), row_id(total, i)) for i, column in enumerate(self._dirty)]
        try:
            with self._transaction() as db:
                for column, plan, row in plans:
                    write_series(db, column, plan, row)
                db.executemany("insert or replace into timeline values(?,?)", self._entries)
                rows = [(name, _dump(data)) for name, data in groups.items()]
                db.executemany("insert or replace into state values(?,?)", rows)
                statement = "insert or replace into committed values(1,?,?)"
                db.execute(statement, (total, _dump(record)))
        except sqlite3.OperationalError as error:
            raise Busy(str(error)) from error
        except sqlite3.DatabaseError as error:
            raise Damaged(f"{self.path}: {error}") from error
        for column, plan, row in plans:
            column.accept(plan, row)
        self.total, self.added = total, 0
        self._dirty, self._entries = [], []

    def close(self, *, final: bool) -> None:
        """Closes; `final` leaves one plain file that can be copied and read from a read-only mount.

        Raises Busy when somebody keeps it from becoming that; it is open then as before.
        """
        if final:
            try:
                self._connection.execute("pragma busy_timeout=2000")
                self._gather()
                found = self._connection.execute("pragma journal_mode=delete").fetchone()
            except sqlite3.Error as error:
                raise Busy(str(error)) from error
            if found != ("delete",):
                raise Busy("somebody reads it")
        self._disconnect()

    # inside

    @property
    def _connection(self) -> sqlite3.Connection:
        if self._db is None:
            raise RuntimeError("metrics.db is not open")
        return self._db

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        db = self._connection
        db.execute("begin immediate")
        try:
            yield db
            db.execute("commit")
        except BaseException:
            with suppress(sqlite3.Error):
                db.execute("rollback")
            raise

    def _load(self, db: sqlite3.Connection) -> dict[str, Any] | None:
        (version,) = db.execute("pragma user_version").fetchone()
        if version > SCHEMA:
            raise NewerSchema(
                f"{self.path} has schema {version}, this version knows {SCHEMA}: use a newer one"
            )
        mode = "delete" if is_network(self.path) else "wal"
        if db.execute(f"pragma journal_mode={mode}").fetchone() != (mode,):
            db.execute("pragma journal_mode=delete")
        db.execute("pragma synchronous=normal")
        if version == 0:
            db.executescript(f"begin immediate; {_TABLES} pragma user_version={SCHEMA}; commit;")
        db.execute(f"pragma busy_timeout={COMMIT_MILLISECONDS}")
        for row in db.execute("select * from series"):
            self._restore(row)
        by_key = {column.key: column for column in self._columns.values()}
        for row, series, _first, data in db.execute("select * from tail order by id"):
            column = by_key[series]
            column.tail.extend(unpack(data))
            column.tail_rows.append(row)
        found = db.execute("select added, data from committed").fetchone()
        if found is None:
            return None
        self.total = found[0]
        record: dict[str, Any] = json.loads(found[1])
        return record

    def _restore(self, row: tuple[Any, ...]) -> None:
        key, name, count, chunks, step, t, last, low, high, odd, stretches = row
        column = self._columns[name] = Column(key, name)
        column.summary = Summary(
            count, chunks, step, t, _number(last), _number(low), _number(high), odd,
            [Stretch(*item) for item in json.loads(stretches)],
        )  # fmt: skip

    def _gather(self) -> None:
        """One row of the tail a series: a reader opens the finished run with few reads."""
        with self._transaction() as db:
            for column in self._columns.values():
                if len(column.tail_rows) < 2:
                    continue
                db.executemany("delete from tail where id=?", [(i,) for i in column.tail_rows])
                first = column.summary.count - len(column.tail)
                write_tail(db, column.tail_rows[-1], column, first, column.tail)

    def _disconnect(self) -> None:
        if self._db is not None:
            self._db.close()
        self._db = None


def _number(value: float | None) -> float:
    """SQLite keeps NaN as NULL."""
    return float("nan") if value is None else value


def _dump(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
