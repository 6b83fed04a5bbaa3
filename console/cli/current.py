"""The state of a run now: from its backend, which is brought back if need be, else as recorded."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.backend import client
from console.core.failure import ROWS
from console.core.state import RunState, Status

if TYPE_CHECKING:
    from console.backend.runs import Record
    from console.core.watching import Watcher

BACKEND_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Current:
    """A run now: whether a backend vouches for the state, or did when the run was final; and who
    watches, None where there is no backend to ask."""

    state: RunState
    vouched: bool
    viewers: tuple[Watcher, ...] | None = None


def current(item: Record) -> Current:
    """The run now."""
    if not item.local:
        return Current(client.read_state(item.dir), False)
    follower = client.Follower(item.dir)
    try:
        state = asyncio.run(asyncio.wait_for(_first(follower), BACKEND_SECONDS))
    except TimeoutError:
        return Current(client.read_state(item.dir), False)
    return Current(state, True, follower.viewers)


def state_of(item: Record) -> tuple[RunState, bool]:
    """The state, and whether a backend vouches for it."""
    found = current(item)
    return found.state, found.vouched


def last_rows(item: Record, state: RunState) -> list[str]:
    """The last rows of a run's output, secrets masked, where they may tell why it failed."""
    if state.status not in (Status.ERROR, Status.DEAD):
        return []
    from console.backend.rows import ScreenRows  # most runs go on

    rows = ScreenRows(item.dir)
    try:
        return [row.decode("utf-8", "replace") for row in rows.tail(ROWS)]
    except OSError:  # what cannot be read tells nothing
        return []
    finally:
        rows.close()


async def _first(follower: client.Follower) -> RunState:
    async with aclosing(follower.updates()) as updates:
        async for _ in updates:
            if follower.connected or follower.final:
                break
    return follower.state
