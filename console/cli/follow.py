"""`follow [RUN]`: what happens to a run, as it happens, a line each."""

from __future__ import annotations

import argparse
import asyncio
import time
from typing import TYPE_CHECKING, Any

from console.backend import client
from console.cli.exits import DONE
from console.cli.options import add_json, add_run, find_run
from console.cli.output import clean, print_json
from console.core.status_json import finite

if TYPE_CHECKING:
    from console.core.state import RunState


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    asyncio.run(_follow(client.Follower(item.dir, events=True), options.json))
    return DONE


async def _follow(follower: client.Follower, as_json: bool) -> None:
    told = ""
    shown: set[str] = set()
    async for update in follower.updates():
        if as_json:
            for record in update.events:
                print_json(_plain(record), lines=True)
        else:
            _print_entries(follower.state, shown)
        if str(follower.state.status) != told:
            told = str(follower.state.status)
            _print_state(follower.state, as_json)
        if follower.final:
            return


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """The record as strict JSON: NaN and infinities are null and named."""
    nonfinite: list[str] = []
    body: dict[str, Any] = finite(_numbers(record), "", nonfinite)
    return {**body, "nonfinite": nonfinite} if nonfinite else body


def _numbers(value: Any) -> Any:
    """Records write NaN and infinities as words."""
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_numbers(item) for item in value]
    return float(value) if value in ("NaN", "Infinity", "-Infinity") else value


def _print_state(state: RunState, as_json: bool) -> None:
    if as_json:
        body = {"k": "state", "t": state.timing.as_of, "run": state.run.id}
        print_json({**body, "status": str(state.status), "reason": state.life.cause}, lines=True)
    else:
        print(f"{_clock(state.life.since)} {str(state.status).upper()}: {clean(state.life.cause)}")


def _print_entries(state: RunState, shown: set[str]) -> None:
    for entry in state.timeline.entries:
        if entry.id not in shown:
            shown.add(entry.id)
            by = f" by {clean(entry.by)}" if entry.by else ""
            print(f"{_clock(entry.t)} {clean(entry.text)}{by}", flush=True)


def _clock(t: float | None) -> str:
    return "--:--:--" if t is None else time.strftime("%H:%M:%S", time.localtime(t))
