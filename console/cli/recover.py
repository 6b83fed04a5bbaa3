"""`recover [RUN]`: tries a failed step that is held again; for a run that died a new one goes on.

The new run begins at the last checkpoint that is whole, and knows its parent.
"""

from __future__ import annotations

import argparse
import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from console.backend import ancestry, client, runs
from console.cli import orders, train
from console.cli.current import state_of
from console.cli.exits import DONE, FAILED, NO_ANSWER, REJECTED, USAGE, Failure
from console.cli.options import add_json, add_run, find_run, local_only, seconds
from console.cli.output import clean, print_json
from console.core.config_schema import KINDS
from console.core.state import RunState, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

END_SECONDS = 10.0
"""How long the end of a trainer that is gone may take to be recorded."""

GOOD = (Status.FINISHED, Status.STOPPED)
TRUTH = {"true": True, "false": False}


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    parser.add_argument(
        "--set", action="append", default=[], metavar="a.b=v", help="change a setting (repeatable)"
    )
    parser.add_argument(
        "--from-checkpoint", action="store_true", help="held: back to the last good checkpoint"
    )
    parser.add_argument(
        "--timeout", type=seconds, metavar="S", help="how long to wait for the answer (default: 5m)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    local_only(item)
    state = state_of(item)[0] if item.alive else None
    if state is None or state.ended:
        return _go_on(options, item)
    args: dict[str, Any] = {}
    if options.set and state.life.held_m is not None:
        args["set"] = values(options.set, state.control.settable)
    if options.from_checkpoint:
        args["from"] = "checkpoint"
    return orders.obey(options, item, args)


def values(given: list[str], settable: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `--set` says, in the types the trainer declared; `training.batch_size` is its
    `batch_size`. Raises Failure."""
    found = {}
    for argument in given:
        dotted, equals, text = argument.partition("=")
        name = dotted if dotted in settable else dotted.rpartition(".")[2]
        if not equals or not name:
            raise Failure(USAGE, f"{clean(argument)}: expected a.b=value")
        if name not in settable:
            known = ", ".join(map(clean, settable)) or "none"
            raise Failure(REJECTED, f"{clean(name)} is no setting of this trainer; known: {known}")
        try:
            found[name] = _typed(text.strip(), str(settable[name].get("type", "float")))
        except (ValueError, KeyError):
            kind = clean(str(settable[name].get("type", "float")))
            raise Failure(USAGE, f"{clean(argument)}: expected a value of type {kind}") from None
    return found


def _typed(text: str, kind: str) -> Any:
    if kind == "bool":
        return TRUTH[text.lower()]
    return text if kind == "str" else int(text) if kind == "int" else float(text)


def _go_on(options: argparse.Namespace, item: runs.Record) -> int:
    if options.from_checkpoint:
        raise Failure(USAGE, f"{item.id} has ended: a new run always begins at its checkpoint")
    settings = [_dotted(argument) for argument in options.set]
    directory = train.begin(train.after(_parent(item), settings, ("recover", *options.argv)))
    if options.json:
        print_json({"run": directory.name, "dir": str(directory), "parent": item.id})
    else:
        print(directory.name)
    return DONE


def _parent(item: runs.Record) -> ancestry.Parent:
    state = _end_of(item)
    if state.status in GOOD:
        on = f"to go on from its last checkpoint: gladius-console train --resume {item.id}"
        raise Failure(REJECTED, f"{item.id} is {state.status}: nothing to recover from; {on}")
    try:
        return ancestry.last_whole(runs.record(item.dir) or item)
    except ancestry.NotResumable as error:
        raise Failure(REJECTED, clean(str(error))) from None


def _end_of(item: runs.Record) -> RunState:
    """The state of a run whose trainer is gone, once its end is recorded."""

    async def ended() -> RunState:
        follower = client.Follower(item.dir)
        async with asyncio.timeout(END_SECONDS), aclosing(follower.updates()) as updates:
            async for _ in updates:
                if follower.state.ended:
                    break
        return follower.state

    try:
        state = asyncio.run(ended())
    except TimeoutError:
        raise Failure(NO_ANSWER, f"how {item.id} ended is not recorded yet; try again") from None
    if state.life.ended is None:
        raise Failure(FAILED, f"how {item.id} ended is not recorded")
    return state


def _dotted(argument: str) -> str:
    """`batch_size=4` is `training.batch_size=4`."""
    name, equals, value = argument.partition("=")
    homes = [section for section, kinds in KINDS.items() if name.strip() in kinds]
    return f"{homes[0]}.{name.strip()}{equals}{value}" if len(homes) == 1 else argument


async def start(directory: Path) -> str:
    """The id of the new run that goes on from a dead one. Raises RuntimeError with the reason."""
    item = runs.record(directory)
    if item is None:
        raise RuntimeError("the run is gone")
    try:
        job = train.after(ancestry.last_whole(item), [], ("recover", item.id))
        return (await asyncio.to_thread(train.begin, job)).name
    except Failure as failure:
        raise RuntimeError(failure.message) from None
