"""`wait [RUN] --until …`: until a run is so far; at once when it is, or never can be."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Callable
from contextlib import aclosing, suppress

from console.backend import client
from console.cli.exits import DONE, FAILED, NO_ANSWER, Failure
from console.cli.options import add_json, add_run, find_run, seconds
from console.cli.output import clean, print_json
from console.core.state import RunState, Status

Condition = Callable[[RunState], bool]

COMPLETE_SECONDS = 5.0

AS_GOOD = {"paused": {Status.PAUSED, Status.FROZEN}}
"""A program without the hook is paused by a signal, which is called frozen."""


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    words = ", ".join(Status)
    parser.add_argument(
        "--until",
        default="ended",
        type=_until,
        metavar="STATE|step=N",
        help=f"ended (default), step=N, or one of: {words}",
    )
    parser.add_argument("--timeout", type=seconds, metavar="S", help="give up after this time")
    add_json(parser)


def _until(text: str) -> tuple[str, Condition]:
    if text == "ended":
        return text, lambda state: state.ended
    if text in set(Status):
        wanted = AS_GOOD.get(text, {text})
        return text, lambda state: state.status in wanted
    name, _, number = text.partition("=")
    if name == "step" and number.isdigit():
        return text, lambda state: (state.position.step or 0) >= int(number)
    known = ", ".join(Status)
    raise argparse.ArgumentTypeError(f"{text!r} is none of: ended, step=N, {known}")


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    name, met = options.until if isinstance(options.until, tuple) else _until(options.until)
    follower = client.Follower(item.dir)
    try:
        state = asyncio.run(asyncio.wait_for(_wait(follower, name, met), options.timeout))
    except TimeoutError:
        status = follower.state.status
        message = f"not {name} within {options.timeout:g} s; {item.id} is {status}"
        raise Failure(NO_ANSWER, message) from None
    if options.json:
        body = {"run": item.id, "until": name, "met": met(state), "status": str(state.status)}
        print_json({**body, "step": state.position.step, "reason": state.life.cause})
    if met(state):
        return DONE
    if not options.json:
        message = f"it can no longer be {name}: {item.id} is {state.status}"
        raise Failure(FAILED, f"{message}, {clean(state.life.cause)}")
    return FAILED


def _past(name: str, state: RunState) -> bool:
    """A run that made a step is never starting again."""
    return name == Status.STARTING and state.position.step is not None


async def _wait(follower: client.Follower, name: str, met: Condition) -> RunState:
    """The state when the condition holds, or when it can hold no more.

    After the end a moment more, until the output and the report are complete too.
    """
    async with aclosing(follower.updates()) as updates:
        async for _ in updates:
            state = follower.state
            if met(state) or state.ended or follower.final or _past(name, state):
                break
        if state.ended and not follower.final:
            with suppress(TimeoutError):
                async with asyncio.timeout(COMPLETE_SECONDS):
                    async for _ in updates:
                        pass
    return follower.state
