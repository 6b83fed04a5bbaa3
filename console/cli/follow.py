"""`follow [RUN]`: what happens to a run, as it happens, a line each."""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend.client import Follower
from console.cli.exits import DONE
from console.cli.options import add_json, add_run, find_run
from console.cli.output import clean, print_json, verdict
from console.cli.watching import Watch
from console.core.notices import LINES_REST_SECONDS, Herald
from console.core.status_json import finite

if TYPE_CHECKING:
    from console.backend.client import Update
    from console.core.state import RunState


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    printer = Records() if options.json else Sentences()
    asyncio.run(_follow(Follower(item.dir, events=True, watches="lines"), printer))
    return DONE


async def _follow(follower: Follower, printer: Records | Sentences) -> None:
    async for update in follower.updates():
        printer.show(update, follower)


def watch(directory: Path, *, read_only: bool = False) -> int:
    """The same as JSON lines until the run ends; the exit code says how, as in plain mode."""
    follower = Follower(
        directory, events=True, heal=not read_only, watches="lines", read_only=read_only
    )
    return asyncio.run(Watch(follower, Records(), read_only=read_only).run())


class Records:
    """Every event as one JSON object a line, and a line for each change of the status."""

    def __init__(self) -> None:
        self._news = _News()

    def show(self, update: Update, follower: Follower) -> None:
        for record in update.events:
            print_json(_strict(record), lines=True)
        self._news.tell(follower.state, self._print_state)

    def tick(self, follower: Follower) -> None:
        """Nothing: scripts know the time."""

    def say(self, sentence: str) -> None:
        print_json({"k": "note", "t": time.time(), "text": sentence}, lines=True)

    def end(self, follower: Follower) -> None:
        """Nothing: the last status was told."""

    def _print_state(self, state: RunState) -> None:
        body = {"k": "state", "t": state.timing.as_of, "run": state.run.id}
        print_json({**body, "status": str(state.status), "reason": state.life.cause}, lines=True)


class Sentences:
    """Entries of the timeline and changes of the status, with the time of day."""

    def __init__(self) -> None:
        self._news = _News()
        self._herald = Herald(LINES_REST_SECONDS, late=True)

    def show(self, _update: Update, follower: Follower) -> None:
        for entry, words in self._herald.news(follower.state):
            by = f" by {clean(entry.by)}" if entry.by else ""
            print(f"{_clock(entry.t)} {clean(words)}{by}", flush=True)
        self._news.tell(follower.state, self._print_state)

    def _print_state(self, state: RunState) -> None:
        print(f"{_clock(state.life.since)} {verdict(state)}", flush=True)


class _News:
    """Tells a status once, until there is another one."""

    def __init__(self) -> None:
        self._told: str | None = None

    def tell(self, state: RunState, show: Callable[[RunState], None]) -> None:
        if state.status != self._told:
            self._told = state.status
            show(state)


def _strict(record: dict[str, Any]) -> dict[str, Any]:
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


def _clock(t: float | None) -> str:
    return "--:--:--" if t is None else time.strftime("%H:%M:%S", time.localtime(t))
