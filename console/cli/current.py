"""The state of a run now: from its backend, which is brought back if need be, else as recorded."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

from console.backend import client

if TYPE_CHECKING:
    from console.backend.runs import Record
    from console.core.state import RunState

BACKEND_SECONDS = 3.0


def state_of(item: Record) -> tuple[RunState, bool]:
    """The state, and whether a backend vouches for it, or did when the run was final."""
    if not item.local:
        return client.read_state(item.dir), False
    follower = client.Follower(item.dir)
    try:
        return asyncio.run(asyncio.wait_for(_first(follower), BACKEND_SECONDS)), True
    except TimeoutError:
        return client.read_state(item.dir), False


async def _first(follower: client.Follower) -> RunState:
    async with aclosing(follower.updates()) as updates:
        async for _ in updates:
            if follower.connected or follower.final:
                break
    return follower.state
