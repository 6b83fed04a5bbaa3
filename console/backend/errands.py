"""File work for orders that may never return: a folder may be on a network that is down.

A thread does it. Nobody waits for it longer than a moment; a late answer is for a later call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar

from console.backend import trigger
from console.backend.targets import Unreachable

MOMENT_SECONDS = 0.1
"""A folder that works answers within this time."""

TOUCH = "touch"
MOST_THREADS = 20
"""That hang; no more are begun."""

Found = TypeVar("Found")


class Unanswered(Unreachable):
    """The file system has not answered yet; it may still do what it was asked."""

    def __init__(self) -> None:
        super().__init__("its file system does not answer")


class Errands:
    """The errands of one run, by order and name."""

    def __init__(self) -> None:
        self._under_way: dict[tuple[str, str], tuple[threading.Thread, Future[Any]]] = {}
        self._threads: list[threading.Thread] = []

    def run(self, order_id: str, name: str, work: Callable[[], Found]) -> Found:
        """What `work` returns. A call after one without an answer begins nothing anew.

        Raises Unanswered, and what `work` raises of Unreachable and OSError.
        """
        key = order_id, name
        if key not in self._under_way:
            self._under_way[key] = self._begin(work)
        thread, future = self._under_way[key]
        if thread.is_alive():
            raise Unanswered
        del self._under_way[key]
        found: Found = future.result(0)
        return found

    def touch(self, order_id: str, path: Path) -> None:
        """Raises as `run`."""
        self.run(order_id, TOUCH, lambda: trigger.touch(path))

    def touched(self, order_id: str) -> bool:
        """False while a touch is without an answer. Raises Unreachable when it failed."""
        if (order_id, TOUCH) in self._under_way:
            try:
                self.run(order_id, TOUCH, lambda: None)
            except Unanswered:
                return False
        return True

    def waits(self, order_id: str, path: Path) -> bool | None:
        """Whether the trigger file was not taken yet, None when the file system does not say."""
        try:
            return self.run(order_id, "waits", lambda: trigger.is_there(path))
        except Unanswered:
            return None

    def newest(self, order_id: str, pattern: str, since: float) -> Path | None:
        """As trigger.newest; None as well while there is no answer."""
        try:
            return self.run(order_id, "newest", lambda: trigger.newest(pattern, since))
        except Unanswered:
            return None

    def forget(self, order_id: str) -> None:
        """Nobody wants the answers for this order any more."""
        for key in [key for key in self._under_way if key[0] == order_id]:
            del self._under_way[key]

    def _begin(self, work: Callable[[], Any]) -> tuple[threading.Thread, Future[Any]]:
        self._threads = [thread for thread in self._threads if thread.is_alive()]
        if len(self._threads) >= MOST_THREADS:
            raise Unanswered
        future: Future[Any] = Future()

        def do() -> None:
            try:
                future.set_result(work())
            except (OSError, Unreachable) as error:
                future.set_exception(error)
            except ValueError as error:  # a NUL in the path
                future.set_exception(Unreachable(str(error)))

        thread = threading.Thread(target=do, name="order-files", daemon=True)
        thread.start()
        thread.join(MOMENT_SECONDS)
        self._threads.append(thread)
        return thread, future
