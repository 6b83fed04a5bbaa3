"""Waiting for a condition instead of sleeping for luck."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T], timeout: float = 10.0, every: float = 0.005, what: str = ""
) -> T:
    """Returns the first true value of `condition`, looked at each `every` seconds.

    Raises TimeoutError, naming `what` was waited for, after `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what or condition}")
        time.sleep(every)


async def wait_until_async(
    condition: Callable[[], T], timeout: float = 10.0, every: float = 0.005, what: str = ""
) -> T:
    """The same for a test that must keep its event loop turning."""
    deadline = time.monotonic() + timeout
    while True:
        if value := condition():
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {timeout} s: {what or condition}")
        await asyncio.sleep(every)
