"""Options that several verbs share, and the run they mean."""

from __future__ import annotations

import argparse
import locale
import math
import os

from console.backend import runs
from console.cli.exits import NO_SUCH_RUN, REJECTED, USAGE, Failure
from console.cli.output import clean
from console.core.display import THEMES, Display, display


def add_run(parser: argparse.ArgumentParser, *, acting: bool = False) -> None:
    """The RUN argument. Left out: see `find_run`."""
    default = "the only one alive" if acting else "the newest alive, else the newest"
    parser.add_argument(
        "run", nargs="?", metavar="RUN", help=f"id, name or unique prefix (left out: {default})"
    )


def add_json(parser: argparse.ArgumentParser) -> None:
    """The --json option."""
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")


SLOW_LINK = 4000
"""Bytes a second of a slow link, where nobody says how slow it is."""


def add_slow_link(parser: argparse.ArgumentParser) -> None:
    """The --slow-link option; None when it is not given, 0 for a link without a limit."""
    parser.add_argument(
        "--slow-link", nargs="?", const=SLOW_LINK, type=count, metavar="BYTES/S",
        help=f"write at most so many bytes a second to the terminal ({SLOW_LINK} without a number; "
        "0: no limit)",
    )  # fmt: skip


def add_looks(parser: argparse.ArgumentParser) -> None:
    """How the full screen looks, for this start alone."""
    parser.add_argument("--theme", type=_theme, metavar="NAME",
                        help=f"colours for this start: {', '.join(THEMES)}")  # fmt: skip
    parser.add_argument("--ascii", action="store_true", help="draw with ASCII only")
    parser.add_argument("--no-color", action="store_true", help="draw without colours")


def _theme(text: str) -> str:
    if text not in THEMES:
        said = f"there is no theme {text!r}; there are {', '.join(THEMES)}"
        raise argparse.ArgumentTypeError(said)
    return text


def shown(options: argparse.Namespace) -> Display:
    """What this terminal can show, and what these options ask for."""
    return display(
        os.environ,
        locale.getencoding(),
        theme=options.theme or "",
        ascii=options.ascii,
        no_color=options.no_color,
    )


def seconds(text: str) -> float:
    """A positive number of seconds, also written as 90s, 10m, 2h."""
    factor = {"s": 1, "m": 60, "h": 3600, "d": 86400}.get(text[-1:])
    try:
        value = float(text[:-1]) * factor if factor else float(text)
    except ValueError:
        wanted = f"{text!r} is no time: give seconds, 90s, 10m or 2h"
        raise argparse.ArgumentTypeError(wanted) from None
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError("the time must be more than 0 seconds, and have an end")
    return value


def count(text: str) -> int:
    """A whole number from 0 on."""
    if not text.isdecimal() or len(text) > 18:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def find_run(typed: str | None, *, acting: bool = False) -> runs.Record:
    """The run meant. Raises Failure with the code scripts expect."""
    try:
        return runs.to_act_on(typed) if acting else runs.to_read(typed)
    except runs.NoSuchRun as error:
        raise Failure(NO_SUCH_RUN, clean(str(error))) from None
    except runs.AmbiguousRun as error:
        lines = [clean(str(error)), *(f"  {row(item)}" for item in error.choices)]
        raise Failure(USAGE, "\n".join(lines)) from None


def row(item: runs.Record) -> str:
    """One line that tells runs apart."""
    return f"{item.id}  {item.state:<8} {clean(item.name)}"


def local_only(item: runs.Record) -> None:
    """Raises Failure when a run lives on another host and can only be read here."""
    if not item.local:
        where = clean(item.host) or "another host"
        raise Failure(REJECTED, f"{item.id} is on {where}: {over_there(item)}")


def over_there(item: runs.Record) -> str:
    """The command that shows a run of another host."""
    return f"ssh {clean(item.host) or 'HOST'} gladius-console attach {item.id}"
