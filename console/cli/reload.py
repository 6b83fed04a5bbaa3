"""`reload [RUN]`: reads the configuration file again, shows what differs, applies what can be."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from console.cli import starting, steer
from console.cli.current import state_of
from console.cli.exits import DONE, REJECTED, USAGE, Failure
from console.cli.options import add_json, add_run, find_run, local_only
from console.cli.output import clean, print_json, table
from console.core.changes import shown
from console.core.codec import encode
from console.core.reloading import Difference, When, counted, judged, to_set

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.backend.runs import Record


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser, acting=True)
    parser.add_argument("--diff", action="store_true", help="show what differs, change nothing")
    steer.add_no_checkpoint(parser)
    steer.add_timeout(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run, acting=not options.diff)
    if not options.diff:
        local_only(item)
    found = differences(item)
    values = to_set(found)
    if options.diff or not values:
        _tell(options, item, found)
        return DONE
    state = steer.live_state(item)
    if state is None:
        return steer.obey(options, item, {"set": values})
    if not options.json:
        _tell(options, item, found)
    return steer.obey(options, item, steer.with_checkpoint(options, state, values))


def differences(item: Record) -> list[Difference]:
    """What the file says now that the run began otherwise with. Raises Failure."""
    state = state_of(item)[0]
    try:
        return judged(starting.changes(item), state)
    except ValueError as error:
        no_file = not isinstance(item.facts.get("config_path"), str)
        raise Failure(REJECTED if no_file else USAGE, _lines(str(error))) from None


def _lines(said: str) -> str:
    return "\n".join(map(clean, said.splitlines()))


def _tell(options: argparse.Namespace, item: Record, found: Sequence[Difference]) -> None:
    if options.json:
        print_json({"run": item.id, "differences": [told(one) for one in found], "order": None})
        return
    if not found:
        print("the file says what this run began with")
        return
    print(table(("setting", "this run", "the file", "then"), [_row(one) for one in found]))
    print(counted(found))


def _row(one: Difference) -> tuple[str, str, str, str]:
    why = f": {clean(one.reason)}" if one.when is When.REFUSED else ""
    return clean(one.path), clean(shown(one.old)), clean(shown(one.new)), f"{one.when}{why}"


def told(one: Difference) -> dict[str, Any]:
    """A difference for scripts; what a file left out is null."""
    return {
        "path": one.path, "old": encode(one.old), "new": encode(one.new), "when": str(one.when),
        "name": one.name or None, "reason": one.reason or None,
    }  # fmt: skip
