"""The console: joins the connection of a run and the screens. No logic of its own.

`ConsoleApp(house=…, run=…).run()` returns what the command line says after leaving; `return_code`
is its exit code. What takes long to import is imported after the first paint.
"""

from __future__ import annotations

import asyncio
import signal
import sys
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work

from console import clipboard
from console.calling import Caller
from console.screens import modal
from console.screens.attaching import Attaching
from console.screens.messages import Asked, Called, Ordered
from console.widgets import hardening, moment, prompt
from console.widgets.slow_link import SlowLink

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual import events
    from textual.command import Provider
    from textual.screen import Screen

    from console.core.display import Display
    from console.core.settings import Settings
    from console.screens.arrangement import View
    from console.screens.overview import Overview
    from console.screens.session import House, Session
    from console.screens.training import TrainingScreen
    from console.widgets.moment import Now
    from console.widgets.stream import Stream

SIGNALLED = 128


def _palette() -> type[Provider]:
    from console.screens.palette import Commands

    return Commands


def _overview_screen() -> type[Overview]:
    from console.screens.overview import Overview

    return Overview


class ConsoleApp(Attaching):
    """The full-screen console."""

    TITLE = "gladius-console"
    CSS_PATH: ClassVar = "console.tcss"
    COMMANDS: ClassVar = {_palette}

    def __init__(
        self,
        session: Session | None = None,
        house: House | None = None,
        *,
        run: str | None = None,
        clock: Callable[[], Now] = moment.read,
        view: View | None = None,
        intervals: bool = True,
        settings: Settings | None = None,
        keep: Callable[..., object] | None = None,
        display: Display | None = None,
        said: Sequence[str] = (),
        home: Path | None = None,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        """Shows `session`; else opens the run with this id; else shows all runs of the house.

        `keep(name=value, …)` keeps a changed setting for the next start; it may raise OSError or
        RuntimeError with a reason. `said` is told at the start. `home` is the folder for a copy
        of what is copied; without it there is no such copy. `begun` is called before the terminal
        is changed.
        """
        hardening.install()
        super().__init__(settings, keep, display, said)
        self.session, self.house, self._home = session, house, home
        self.run_asked, self._begun = run, begun
        self.slow_link = SlowLink(self, lambda: self.settings.slow_link)
        self.clock, self.view, self.intervals = clock, view, intervals
        self.caller = Caller()

    def get_default_screen(self) -> Screen[None]:
        if self.session is not None:
            return self.training_screen(self.session)
        if self.run_asked is None:
            return self._overview()
        return self.opening_screen(self.run_asked, asks=True)

    def _overview(self) -> Screen[None]:
        assert self.house is not None
        return _overview_screen()(self.house)

    def on_load(self) -> None:
        # Before the terminal is changed: whoever changed it puts it back.
        soon = asyncio.get_running_loop().call_soon_threadsafe
        for number in (signal.SIGTERM, signal.SIGHUP):
            hardening.on_signal(number, lambda number: soon(self._signalled, number))
        self._begun()

    def on_mount(self) -> None:
        prompt.begin()
        self.slow_link.begin()
        self.set_timer(prompt.STARTED_SECONDS, prompt.settle)
        if not self.is_headless:
            self.set_interval(1.0, lambda: hardening.mend_size(self))
        if not self.is_headless:
            hardening.leave_with_terminal(sys.__stdin__, SIGNALLED + signal.SIGHUP)
        if self.session is not None:
            self.follow(self.session, cast("TrainingScreen", self.screen))

    # orders

    @on(Ordered)
    async def _ordered(self, message: Ordered) -> None:
        screen = message.screen
        try:
            order_id = await screen.session.link.order(message.cmd, message.args)
        except (OSError, RuntimeError, ValueError) as error:
            screen.order_failed(message.cmd, str(error))
        else:
            screen.order_sent(message.cmd, order_id)

    # which run

    @on(Asked)
    def _asked(self, message: Asked) -> None:
        if message.what == "quit":
            self.exit(self._farewell())
        elif message.what == "overview":
            if self.house is None:
                self.notify("this screen knows no other runs", markup=False)
            elif not isinstance(self.screen, _overview_screen()):  # asked for twice at once
                self.push_screen(self._overview())

    async def action_quit(self) -> None:
        self.exit(self._farewell())

    def action_help_quit(self) -> None:
        from console.screens.doors import how_to_leave

        self.notify(how_to_leave(), markup=False)

    def on_key(self, event: events.Key) -> None:
        self.key_reported(event.key)
        modal.hold_back(self.screen, event)
        self.hold_back_typed(event)
        if self.caller.is_marked:
            self.run_worker(self.caller.seen())

    @on(Called)
    def _called(self, message: Called) -> None:
        by = self.caller.means(self.settings.notices)
        if self._driver is not None and by.tells(message.notice):
            self.run_worker(self.caller.call(message.title, message.said, by, self._driver.write))

    # the clipboard

    def on_stream_copied(self, message: Stream.Copied) -> None:
        """Text was selected in the stream; of a very long one only the newest part is taken."""
        self.copy_to_clipboard(message.text, "" if message.complete else ", the newest part")

    def copy_to_clipboard(self, text: str, note: str = "") -> None:
        """By the terminal (OSC 52), in tmux also by its buffer, and always into a file."""
        super().copy_to_clipboard(text)
        ways = ["the terminal's clipboard (OSC 52)"]
        if clipboard.in_tmux():
            ways.append("tmux's buffer")
            self._copy_to_tmux(text)
        if self._home is not None:
            file = self._home / clipboard.COPIED_FILE
            ways += [str(file)] if clipboard.to_file(file, text) else []
        count = text.count("\n") + 1
        lines = "1 line" if count == 1 else f"{count:,} lines"
        self.notify(f"{lines}{note} copied to {', '.join(ways)}", markup=False)

    @work(exit_on_error=False)
    async def _copy_to_tmux(self, text: str) -> None:
        await clipboard.to_tmux(text)

    def _farewell(self) -> str | None:
        from console.screens.session import farewell

        return farewell(self.session)

    def _signalled(self, number: int) -> None:
        """The terminal is put back as it was; training goes on."""
        self.exit(self._farewell(), return_code=SIGNALLED + number)
