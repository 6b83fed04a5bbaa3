"""TensorBoard for a person: the address, how to reach it, and how long it stays."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from console.backend import boards
from console.cli import desktop
from console.screens.session import Board

FOR_USERS = "The run has ended: it ends when the last console that asked for it is left."
FOR_THE_RUN = "It ends with the run, or when you end it."
T = TypeVar("T")
ENDED, NONE = "TensorBoard has ended", "there was no TensorBoard"


class Boarding:
    """One person's use of a run's TensorBoard."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir = run_dir
        self._used = -1
        self._shown = ""

    def begin(self) -> Board:
        """Waits until it serves; a browser is opened once. Raises RuntimeError, OSError."""
        if self._used < 0:
            self._used = boards.use(self._run_dir)
        found = boards.open_board(self._run_dir)
        way = desktop.tunnel(found.url)
        opened = found.url == self._shown or desktop.show(found.url)
        self._shown = found.url if opened else ""
        lives = FOR_USERS if found.is_for_users else FOR_THE_RUN
        return Board(found.url, way, opened, lives, found.notes)

    def end(self) -> str:
        """Ends it for everybody; what to say. Raises RuntimeError, OSError."""
        return ENDED if boards.close_board(self._run_dir) else NONE

    async def begun(self) -> Board:
        return await _aside(self.begin)

    async def ended(self) -> str:
        return await _aside(self.end)

    def leave(self) -> None:
        """This person needs it no more. The end of the process says the same."""
        if self._used >= 0:
            os.close(self._used)
        self._used = -1


async def _aside(act: Callable[[], T]) -> T:
    """What `act` returns or raises, from a thread nobody waits for when the console is left."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def tell(settle: Callable[[], None]) -> None:
        with suppress(RuntimeError):  # the console was left
            loop.call_soon_threadsafe(lambda: None if future.done() else settle())

    def work() -> None:
        try:
            found = act()
        except (RuntimeError, OSError) as error:
            failure = error
            tell(lambda: future.set_exception(failure))
        else:
            tell(lambda: future.set_result(found))

    threading.Thread(target=work, name="gladius-board", daemon=True).start()
    return await future
