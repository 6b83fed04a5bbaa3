"""`pause`, `resume`, `checkpoint`, `validate`, `stop`: give an order and wait for the answer."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import TYPE_CHECKING, Any

from console.backend import client
from console.cli.exits import DONE, FAILED, NO_ANSWER, REJECTED, Failure
from console.cli.options import add_json, add_run, find_run, local_only, seconds
from console.cli.output import clean, print_json
from console.core.codec import encode
from console.core.protocol import OPEN_OUTCOMES, Outcome
from console.core.state import OrderView

if TYPE_CHECKING:
    from console.backend.runs import Record

ANSWER_SECONDS = 300.0

CODES = {
    Outcome.DONE: DONE,
    Outcome.DUPLICATE: DONE,
    Outcome.FAILED: FAILED,
    Outcome.REJECTED: REJECTED,
    Outcome.SUPERSEDED: REJECTED,
    Outcome.EXPIRED: NO_ANSWER,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser, acting=True)
    parser.add_argument(
        "--timeout",
        type=seconds,
        default=ANSWER_SECONDS,
        metavar="S",
        help="how long to wait for the trainer's answer (default: 5m)",
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
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run, acting=True)
    local_only(item)
    if not item.alive:
        return _on_ended(options, item)
    return asyncio.run(_give(options, item))


def _on_ended(options: argparse.Namespace, item: Record) -> int:
    if options.verb == "stop":
        _say(options, item, OrderView("", "stop", outcome=Outcome.DONE, detail="had ended already"))
        return DONE
    reason = f"{options.verb} rejected: {item.id} has ended"
    next_step = f"go on from its last checkpoint: gladius-console train --resume {item.id}"
    raise Failure(REJECTED, f"{reason}; {next_step}")


def _args(options: argparse.Namespace) -> dict[str, Any]:
    args: dict[str, Any] = {}
    if getattr(options, "no_checkpoint", False):
        args["checkpoint"] = False
    if getattr(options, "kill", False):
        args["kill"] = True
    if getattr(options, "grace", None) is not None:
        args["grace"] = options.grace
    return args


async def _give(options: argparse.Namespace, item: Record) -> int:
    deadline = time.monotonic() + options.timeout
    try:
        view = await client.ask(item.dir, options.verb, _args(options), options.timeout)
        if options.verb == "stop" and view.outcome is Outcome.DONE:
            await asyncio.wait_for(_ended(item), max(0.1, deadline - time.monotonic()))
    except TimeoutError:
        raise Failure(NO_ANSWER, _silence(options, item)) from None
    except client.OrderNotSent as error:
        raise Failure(FAILED, clean(str(error))) from None
    code = CODES.get(view.outcome, NO_ANSWER)
    if code != DONE and not options.json:
        raise Failure(code, f"{options.verb} {view.outcome}: {clean(view.detail or 'no reason')}")
    _say(options, item, view)
    return code


async def _ended(item: Record) -> None:
    follower = client.Follower(item.dir)
    async for _ in follower.updates():
        if follower.state.ended or follower.final:
            return


def _silence(options: argparse.Namespace, item: Record) -> str:
    state = client.read_state(item.dir)
    age = "no step was seen"
    if state.life.step_seen is not None:
        age = f"its last step was {max(0.0, time.time() - state.life.step_seen):.0f} s ago"
    return (
        f"no answer to {options.verb} within {options.timeout:.0f} s; the run is {state.status}, "
        f"{age}. The order stays with the trainer: gladius-console status {item.id}"
    )


def _say(options: argparse.Namespace, item: Record, view: OrderView) -> None:
    if options.json:
        print_json({"run": item.id, **encode(view)})
        return
    at = "" if view.step is None else f" at step {view.step:,}"
    detail = f" ({clean(view.detail)})" if view.detail else ""
    results = "".join(f", {clean(name)} {_value(value)}" for name, value in view.values.items())
    assert view.outcome not in OPEN_OUTCOMES
    print(f"{options.verb} {view.outcome}{at}{results}{detail}")


def _value(value: object) -> str:
    return f"{value:.4f}" if isinstance(value, float) else clean(str(value))
