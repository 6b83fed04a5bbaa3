"""How a series lies in metrics.db: rows of `tail`, and rows of `block` for chunks and levels."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING

from console.core.levels import FACTOR, Entries, pack, summarise, unpack

if TYPE_CHECKING:
    from console.backend.column import Column, Plan

SERIES_LIMIT = 4096

_SERIES = "insert or replace into series values(?,?,?,?,?,?,?,?,?,?,?)"


def block_id(series: int, level: int, number: int) -> int:
    """The row of block `number` of a level of a series."""
    return series << 40 | level << 36 | number


def row_id(total: int, number: int) -> int:
    """A row of the tail, greater than all before: readers ask for what came after one.
    `total`: values there are with this commit; `number`: of the row within it."""
    return total * SERIES_LIMIT + number


def write_series(db: sqlite3.Connection, column: Column, plan: Plan, row: int) -> None:
    """What a plan says; `row` is the id of its row in the tail."""
    known = plan.summary
    db.execute(
        _SERIES,
        (column.key, column.name, known.count, known.chunks, known.step, known.t,
         known.last, known.low, known.high, known.odd, json.dumps(known.stretches)),
    )  # fmt: skip
    for number, chunk in enumerate(plan.chunks, column.summary.chunks):
        _write_chunk(db, column.key, number, chunk)
    if plan.tail is not None:
        db.executemany("delete from tail where id=?", [(i,) for i in column.tail_rows])
    if len(plan.row):
        write_tail(db, row, column, plan.first, plan.row)


def write_tail(
    db: sqlite3.Connection, row: int, column: Column, first: int, entries: Entries
) -> None:
    """Entries of the tail, the first with the index `first`."""
    db.execute("insert into tail values(?,?,?,?)", (row, column.key, first, pack(entries, 0)))


def _write_chunk(db: sqlite3.Connection, series: int, number: int, chunk: Entries) -> None:
    """A chunk, its block of level 1, and each higher block that is complete with it."""
    insert = "insert into block values(?,?)"
    db.execute(insert, (block_id(series, 0, number), pack(chunk, 0)))
    db.execute(insert, (block_id(series, 1, number), pack(summarise(chunk), 1)))
    level = 1
    while (number + 1) % FACTOR == 0:
        lower = block_id(series, level, number + 1)
        fine = Entries()
        blocks = "select data from block where id >= ? and id < ? order by id"
        for (data,) in db.execute(blocks, (lower - FACTOR, lower)):
            fine.extend(unpack(data))
        level, number = level + 1, number // FACTOR
        db.execute(insert, (block_id(series, level, number), pack(summarise(fine), level)))
