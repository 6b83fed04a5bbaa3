"""A line that carries little: fewer frames, so that what is shown is not old before it arrives.

All that is written to the terminal goes through the driver and is counted there. Frames that nobody
asked for wait until the rate allows them; the answer to a key is painted at once, and paid for
afterwards. The rate is the person's (`slow_link`), or found when the terminal does not keep up.
Reaches into Textual 8: the driver's writer and the timer of a screen's updates.
"""

from __future__ import annotations

import os
from time import monotonic
from typing import TYPE_CHECKING, Any

from textual import events
from textual.screen import Screen

from console.core.byte_rate import Backlog, ByteRate
from console.widgets.thrift import Thrift

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.driver import Driver
    from textual.message import Message
    from textual.widget import Widget

LOOK_SECONDS = 1.0
CHART_FACTOR = 5.0
"""Charts are drawn so much less often."""

TICK_SECONDS = 4.9
"""Ages are shown anew so often."""

_ASKING = (
    events.Key, events.Paste, events.MouseDown, events.MouseScrollDown, events.MouseScrollUp
)  # fmt: skip
_update = Screen._on_timer_update


class SlowLink:
    """Keeps one app to a rate. `wanted` gives the person's choice in bytes a second, 0 for none."""

    def __init__(self, app: App[Any], wanted: Callable[[], int]) -> None:
        self._app, self._wanted = app, wanted
        self._account, self._backlog = ByteRate(), Backlog()
        self._thrift = Thrift()
        self._erases = "TMUX" in os.environ or not os.environ.get("TERM", "").startswith("screen")
        self._asked = False
        self._taken = 0
        self._motion = app.animation_level
        Screen._on_timer_update = _gated  # type: ignore[method-assign, assignment]

    @property
    def is_slow(self) -> bool:
        """Whether a rate is kept to."""
        return self._account.rate > 0

    def begin(self) -> None:
        """Counts from now on. Where there is no terminal nothing is counted."""
        driver = self._app._driver
        if driver is not None and not self._app.is_headless:
            self._count(driver)
            self._app.set_interval(LOOK_SECONDS, self.look)
        self.look()

    def wait(self) -> float:
        """Seconds for which a frame has to wait."""
        return 0.0 if self._asked else self._account.wait(monotonic())

    def look(self) -> None:
        """Takes the rate of the person, or what the terminal can take."""
        writer: Any = getattr(self._app._driver, "_writer_thread", None)
        waiting = 0 if writer is None else writer._queue.qsize()
        found = self._backlog.look(waiting, self._taken, monotonic())
        rate = float(self._wanted() or found)
        if (rate > 0) != self.is_slow:
            self._app.animation_level = "none" if rate else self._motion
        self._account.wait(monotonic())
        self._account.rate = rate

    def _count(self, driver: Driver) -> None:
        write = driver.write

        def counted(data: str) -> None:
            self._asked = False
            data = self._thrift.less(data, blanks=self.is_slow and self._erases)
            self._account.spend(len(data.encode("utf-8", "replace")), monotonic())
            write(data)

        hear = driver.process_message

        def heard(message: Message) -> None:
            self._asked |= isinstance(message, _ASKING)  # the next frame is for who did that
            hear(message)

        driver.write = counted  # type: ignore[method-assign]
        driver.process_message = heard  # type: ignore[method-assign]
        writer: Any = getattr(driver, "_writer_thread", None)
        if writer is not None:
            writer._file = _Taken(writer._file, self._took)

    def _took(self, count: int) -> None:
        self._taken += count


class _Taken:
    """The terminal's file; it tells what was taken."""

    def __init__(self, file: Any, tell: Callable[[int], None]) -> None:
        self._file, self._tell = file, tell

    def write(self, text: str) -> None:
        self._file.write(text)
        self._tell(len(text))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)


def wait(widget: Widget) -> float:
    """Seconds for which the app of a widget has to wait with a frame."""
    link = getattr(widget.app, "slow_link", None)
    return link.wait() if isinstance(link, SlowLink) else 0.0


def is_slow(widget: Widget) -> bool:
    """Whether the app of a widget keeps to a rate."""
    link = getattr(widget.app, "slow_link", None)
    return isinstance(link, SlowLink) and link.is_slow


def _gated(screen: Screen[Any]) -> None:
    """A screen's update, when it may be."""
    seconds = wait(screen)
    if not seconds:
        _update(screen)
        return
    screen._update_timer.pause()
    if not getattr(screen, "_waits_for_link", False):
        screen._waits_for_link = True  # type: ignore[attr-defined]
        screen.set_timer(seconds, lambda: _again(screen))
    if screen._callbacks and not screen._layout_required:
        screen.call_next(screen._invoke_and_clear_callbacks)


def _again(screen: Screen[Any]) -> None:
    screen._waits_for_link = False  # type: ignore[attr-defined]
    screen._update_timer.resume()
