"""`pause`, `checkpoint`, `stop` and the like: give an order and wait for the answer."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import TYPE_CHECKING, Any

from console.backend import client, runs
from console.backend.ladder import Patience
from console.cli.exits import DONE, FAILED, NO_ANSWER, REJECTED, Failure
from console.cli.options import add_json, add_run, find_run, local_only, seconds
from console.cli.output import clean, print_json
from console.core import changes
from console.core import format as people
from console.core.codec import encode
from console.core.protocol import Outcome
from console.core.state import OrderView

if TYPE_CHECKING:
    from console.backend.runs import Record

ANSWER_SECONDS = 300.0
SPARE_SECONDS = 60.0
"""What a stop may take beyond the time of the trainer and of the signals."""

CODES = {
    Outcome.DONE: DONE,
    Outcome.DUPLICATE: DONE,
    Outcome.FAILED: FAILED,
    Outcome.REJECTED: REJECTED,
    Outcome.SUPERSEDED: REJECTED,
    Outcome.EXPIRED: NO_ANSWER,
    Outcome.UNSEEN: NO_ANSWER,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser, acting=True)
    parser.add_argument(
        "--timeout",
        type=seconds,
        metavar="S",
        help="how long to wait for the trainer's answer (default: 5m; stop: as long as it takes)",
    )
    if parser.get_default("verb") == "stop":
        parser.add_argument(
            "--grace", type=seconds, metavar="S", help="what each signal is given (default: 30s)"
        )
        parser.add_argument(
            "--kill", action="store_true", help="SIGKILL at last; what was not saved is lost"
        )
        parser.add_argument("--no-checkpoint", action="store_true", help="without a final save")
    if parser.get_default("verb") == "pause":
        parser.add_argument("--no-checkpoint", action="store_true", help="without a save before")
    if parser.get_default("verb") == "acknowledge":
        parser.add_argument("--alert", metavar="ID", help="only this one (see: status --json)")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run, acting=True)
    local_only(item)
    return obey(options, item, _args(options))


def obey(options: argparse.Namespace, item: Record, args: dict[str, Any]) -> int:
    """Gives the order `options.verb`, prints its end, and returns the exit code."""
    view = asyncio.run(_give(options, item, args)) if item.alive else _of_ended(options.verb, item)
    if view.outcome is Outcome.REJECTED and not _lives(item):
        view = _of_ended(options.verb, item)
    code = CODES.get(view.outcome, NO_ANSWER)
    if options.json:
        print_json({"run": item.id, **encode(view)})
    if code != DONE:
        raise Failure(code, f"{options.verb} {view.outcome}: {clean(view.detail or 'no reason')}")
    if not options.json:
        print(_sentence(view))
    return code


def _lives(item: Record) -> bool:
    now = runs.record(item.dir)
    return now is not None and now.alive


def _of_ended(verb: str, item: Record) -> OrderView:
    """The answer of a run that has ended."""
    if verb == "stop":
        return OrderView("", verb, outcome=Outcome.DONE, detail="had ended already")
    next_step = f"go on from its last checkpoint: gladius-console train --resume {item.id}"
    detail = f"{item.id} has ended; {next_step}"
    return OrderView("", verb, outcome=Outcome.REJECTED, detail=detail)


def _args(options: argparse.Namespace) -> dict[str, Any]:
    """What the person asked for; the backend knows what the configuration says."""
    args: dict[str, Any] = {}
    if getattr(options, "grace", None) is not None:
        args["grace"] = options.grace
    if getattr(options, "kill", False):
        args["kill"] = True
    if getattr(options, "alert", None) is not None:
        args["alert"] = options.alert
    if getattr(options, "no_checkpoint", False):
        args["checkpoint"] = False
    return args


def _patience(options: argparse.Namespace, args: dict[str, Any]) -> float:
    """Seconds to wait for the end of the order; for a stop all its signals may be needed."""
    if options.timeout is not None:
        return float(options.timeout)
    if options.verb != "stop":
        return ANSWER_SECONDS
    given = Patience.of(args)
    return given.order + given.interrupt + given.terminate + SPARE_SECONDS


async def _give(options: argparse.Namespace, item: Record, args: dict[str, Any]) -> OrderView:
    timeout = _patience(options, args)
    try:
        async with asyncio.timeout(timeout):
            view = await client.ask(item.dir, options.verb, args, timeout)
            if options.verb == "stop" and view.outcome is Outcome.DONE:
                await _ended(item)
    except TimeoutError:
        raise Failure(NO_ANSWER, _silence(options.verb, timeout, item)) from None
    except client.OrderNotSent as error:
        raise Failure(FAILED, clean(str(error))) from None
    return view


async def _ended(item: Record) -> None:
    follower = client.Follower(item.dir)
    async for _ in follower.updates():
        if follower.state.ended or follower.final:
            return


def _silence(verb: str, timeout: float, item: Record) -> str:
    state = client.read_state(item.dir)
    age = "no step was seen"
    if state.life.step_seen is not None:
        age = f"its last step was {max(0.0, time.time() - state.life.step_seen):.0f} s ago"
    return (
        f"no answer to {verb} within {timeout:g} s; the run is {state.status}, "
        f"{age}. The order stays with the trainer: gladius-console status {item.id}"
    )


def _sentence(view: OrderView) -> str:
    at = "" if view.step is None else f" at step {view.step:,}"
    if view.cmd == "set" and view.values:
        return f"{view.cmd} {view.outcome}{at}: {clean(changes.told(view.values, view.old))}"
    results = "".join(f", {_result(name, value)}" for name, value in view.values.items())
    detail = f" ({clean(view.detail)})" if view.detail else ""
    return f"{view.cmd} {view.outcome}{at}{results}{detail}"


def _result(name: str, value: object) -> str:
    """A value of the answer as the screen would write it."""
    if name == "accuracy" and isinstance(value, float):
        return f"accuracy {people.percent(100 * value)}"
    if name == "bytes" and isinstance(value, int):
        return people.size(value)
    if name == "path":
        return clean(str(value))
    shown = f"{value:.4f}" if isinstance(value, float) else clean(str(value))
    return f"{clean(name)} {shown}"
