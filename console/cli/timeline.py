"""`timeline [RUN]`: everything that happened in a run, and who changed what."""

from __future__ import annotations

import argparse
import sqlite3
from contextlib import suppress
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Any

from console.backend.history import History
from console.cli.current import state_of
from console.cli.exits import DONE
from console.cli.options import add_json, add_run, find_run
from console.cli.output import clean, print_json, table
from console.core.codec import encode
from console.core.timeline_view import KINDS, chosen

if TYPE_CHECKING:
    from console.backend.runs import Record
    from console.core.state import Entry

WHO_COLUMN = 24


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--kind",
        action="append",
        choices=tuple(KINDS),
        default=[],
        help="only entries of this kind; may be given more than once",
    )
    parser.add_argument(
        "--audit",
        action="store_true",
        help="only orders and changes: who, what, from what to what, the outcome",
    )
    parser.add_argument("--text", metavar="WORDS", default="", help="only entries with these words")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    entries = chosen(read(item), options.kind, options.text, audit=options.audit)
    zone = datetime.now().astimezone().tzinfo
    if options.json:
        print_json({"run": item.id, "entries": [_object(entry, zone) for entry in entries]})
        return DONE
    rows = [(_audited if options.audit else _told)(entry, zone) for entry in entries]
    if rows:
        print(table(_AUDIT if options.audit else _HEAD, rows, right=()))
    return DONE


def read(item: Record) -> list[Entry]:
    """Every entry there ever was, and what the backend has not committed yet, oldest first."""
    newest = state_of(item)[0].timeline.entries
    kept: list[Entry] = []
    with suppress(sqlite3.Error, ValueError, LookupError, TypeError):
        kept = History(item.dir).timeline()
    known = {entry.id for entry in kept}
    return [*kept, *(entry for entry in newest if entry.id not in known)]


_HEAD = ("TIME", "KIND", "STEP", "WHAT", "BY")
_AUDIT = ("TIME", "BY", "ORDER", "OUTCOME", "STEP", "WHAT")


def _told(entry: Entry, zone: tzinfo | None) -> tuple[str, ...]:
    return (_time(entry, zone), entry.mark, _step(entry), clean(entry.text), clean(entry.by))


def _audited(entry: Entry, zone: tzinfo | None) -> tuple[str, ...]:
    by, order = clean(entry.by)[:WHO_COLUMN] or "—", clean(entry.cmd) or entry.mark
    said = clean(entry.text).removeprefix(f"{order} {entry.outcome}").removeprefix(": ")
    return (_time(entry, zone), by, order, entry.outcome or "—", _step(entry), said)


def _time(entry: Entry, zone: tzinfo | None) -> str:
    when = _moment(entry, zone)
    return "—" if when is None else f"{when:%Y-%m-%d %H:%M:%S}"


def _moment(entry: Entry, zone: tzinfo | None) -> datetime | None:
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(entry.t, zone)
    return None


def _step(entry: Entry) -> str:
    return "—" if entry.step is None else f"{entry.step:,}"


def _object(entry: Entry, zone: tzinfo | None) -> dict[str, Any]:
    when = _moment(entry, zone)
    body = {name: value for name, value in encode(entry).items() if name not in ("t", "about")}
    told = None if when is None else when.isoformat(timespec="milliseconds")
    return {**body, "t": told, "alert": entry.about or None}
