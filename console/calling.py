"""Calls a person to the screen: by the terminal it is on, and by the name of tmux's window.

The window is the one our own pane is in; its name is put back when a key is pressed, and at the
end.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.core.notify_terminal import Means

LIMIT_SECONDS = 2.0


class Caller:
    """The terminal of one screen."""

    def __init__(self) -> None:
        self._before: tuple[str, ...] | None = None
        """What puts the window's name back; None while it has its own."""
        self._busy = asyncio.Lock()

    @property
    def is_marked(self) -> bool:
        """Whether the window's name still says that somebody was called."""
        return self._before is not None

    def means(self, chosen: Mapping[str, object]) -> Means:
        """By which means it calls now."""
        from console.core.notify_terminal import means  # after the first paint

        return means(chosen, os.environ)

    async def call(self, title: str, said: str, by: Means, write: Callable[[str], object]) -> None:
        """Calls once; `write` writes to the terminal."""
        write(by.sequence(title, said))
        if by.tmux:
            async with self._busy:
                await self._name(title)

    async def seen(self) -> None:
        """The person is there."""
        async with self._busy:
            if self._before is not None:
                await _tmux(*self._before)
                self._before = None  # not before: leaving may cut this short, and does it then

    def left(self) -> None:
        """The screen is over."""
        before, self._before = self._before, None
        if before is not None:
            with suppress(OSError, subprocess.SubprocessError):
                subprocess.run(
                    ["tmux", *before], capture_output=True, timeout=LIMIT_SECONDS, check=False
                )

    async def _name(self, title: str) -> None:
        from console.core.notify_terminal import window_name

        pane = os.environ.get("TMUX_PANE", "")
        if self._before is None:
            shown = "#{automatic-rename}\t#{window_name}"
            found = await _tmux("display-message", "-p", "-t", pane, shown)
            automatic, tab, name = found.partition("\t")
            if not tab:
                return
            if automatic == "1":
                self._before = ("set-option", "-w", "-u", "-t", pane, "automatic-rename")
            else:
                # A name is taken for a format: each # of its own is written twice.
                self._before = ("rename-window", "-t", pane, "--", name.replace("#", "##"))
        await _tmux("rename-window", "-t", pane, "--", window_name(title))


async def _tmux(*words: str) -> str:
    """What tmux answers; empty when there is none, or it takes too long."""
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    try:
        child = await asyncio.create_subprocess_exec(
            "tmux", *words, stdin=quiet, stdout=pipe, stderr=quiet
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            said, _ = await child.communicate()
    except TimeoutError:
        with suppress(ProcessLookupError):
            child.kill()
        return ""
    return said.decode(errors="replace").rstrip("\n")
