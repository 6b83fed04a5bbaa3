"""Keeps what a terminal may send, or its going away, from ending or hanging the program.

Textual 8.2.8 ends on five kinds of input: kitty's alternate keys and event types, an X10 mouse
report past column 95, a mouse report on a window of no size, bytes that are not UTF-8. `install`
repairs the last in the decoder and the others in the parser, which tells pastes from keys besides
(`console.widgets.pasted`). It ends too when its palette is left before it has begun to look for
commands; `install` makes that nothing. A timer that is to fire once leaves that out when the
program was held up just then, and is never heard of again: `install` makes it fire late. A field
takes a letter at once, but a Backspace only when it went up to the app and came back, and takes
away a letter that was typed after it: `install` has the field do both in order.
"""

from __future__ import annotations

import codecs
import functools
import os
import select
import signal
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from textual import events, work
from textual._xterm_parser import XTermParser, _re_extended_key
from textual.command import CommandPalette
from textual.css.query import NoMatches
from textual.geometry import Size
from textual.keys import Keys
from textual.timer import Timer
from textual.widgets import Input

from console.widgets.pasted import PasteProof

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO

    from textual.app import App
    from textual.message import Message

CACHED_SEQUENCES = 1024
KEY_RELEASED = ":3"
_LIST_FIELDS = 2
"""Key and modifiers may have sub-fields; only the first of them is a key press."""

_parse_extended_key = XTermParser._parse_extended_key
_parse_mouse_code = XTermParser.parse_mouse_code
_take_key = Input._on_key
_begin_timer = Timer.__init__
_gather: Any = getattr(CommandPalette._gather_commands, "__wrapped__", None)


def _tolerant(parser: XTermParser, sequence: str) -> list[events.Key] | None:
    """The key presses of a kitty sequence; for a key release and for nonsense the key that the
    parser leaves out. With no key at all it would wait for the rest of the sequence, and tell its
    characters as keys when none came.
    """
    found = _re_extended_key.fullmatch(sequence)
    if found is None:
        return None
    codes, end = found.groups(default="")
    fields = codes.split(";")
    if len(fields) > 1 and fields[1].endswith(KEY_RELEASED):
        return [events.Key(Keys.Ignore, None)]
    plain = [
        field.split(":", 1)[0] if index < _LIST_FIELDS else field
        for index, field in enumerate(fields)
    ]
    try:
        keys = _parse_extended_key(parser, f"\x1b[{';'.join(plain)}{end}")
    except (ValueError, OverflowError):
        return [events.Key(Keys.Ignore, None)]
    return None if keys is None else [_with_shift(key) for key in keys]


def _with_shift(key: events.Key) -> events.Key:
    """Ctrl with a capital letter, as xterm tells it, is Ctrl, Shift and the letter: kitty's way."""
    *modifiers, letter = key.key.split("+")
    if "ctrl" not in modifiers or not (len(letter) == 1 and letter.isupper()):
        return key
    return events.Key("+".join([*sorted({*modifiers, "shift"}), letter.lower()]), None)


def _mouse(parser: XTermParser, code: str) -> Message | None:
    """The mouse event of a report; None where there is no window to be in."""
    try:
        return _parse_mouse_code(parser, code)
    except ZeroDivisionError:
        return None


def _replacing(encoding: str) -> Any:
    """A decoder that puts a sign where bytes are no text, instead of raising."""
    return functools.partial(codecs.getincrementaldecoder(encoding), "replace")


async def _gather_if_there(palette: CommandPalette, search_value: str) -> None:
    """Looks for commands in a palette that may have been left meanwhile."""
    with suppress(NoMatches):
        await _gather(palette, search_value)


def _fires(timer: Timer, *arguments: Any, **options: Any) -> None:
    _begin_timer(timer, *arguments, **options)
    timer._skip = timer._skip and timer._repeat != 0


async def _in_order(field: Input, event: events.Key) -> None:
    """Does what a key means in a field, but for Enter, which may be too early for its screen."""
    if not event.is_printable and event.key != "enter":
        for binding in field._bindings.key_to_bindings.get(event.key, ()):
            if await field.app.run_action(binding.action, field):
                event.stop()
                event.prevent_default()
                return
    await _take_key(field, event)


def install() -> None:
    """Repairs input, fields and timers of Textual; may be called more than once."""
    from textual.drivers import linux_driver, linux_inline_driver

    tolerant = functools.lru_cache(maxsize=CACHED_SEQUENCES)(_tolerant)
    Input._on_key = _in_order  # type: ignore[method-assign, assignment]
    Timer.__init__ = _fires  # type: ignore[method-assign, assignment]
    XTermParser._parse_extended_key = tolerant  # type: ignore[method-assign]
    XTermParser.parse_mouse_code = _mouse  # type: ignore[method-assign, assignment]
    for driver in (linux_driver, linux_inline_driver):
        driver.XTermParser = PasteProof  # type: ignore[attr-defined]
        driver.getincrementaldecoder = _replacing  # type: ignore[attr-defined]
    if _gather is not None:
        palette = CommandPalette
        looks = work(exclusive=True, group=palette._GATHER_COMMANDS_GROUP)(_gather_if_there)
        palette._gather_commands = looks  # type: ignore[method-assign]


def mend_size(app: App[Any]) -> None:
    """Tells the app the size of its terminal, where it believes in another. Call it now and then:
    one signal of a new size may interrupt the handling of the one before, which then has the last
    word, with the size before.
    """
    ask = getattr(app._driver, "_get_terminal_size", None)
    if ask is None:
        return
    found = Size(*ask())
    if found != app.size:
        app.post_message(events.Resize(found, found))


def on_signal(number: int, act: Callable[[int], object]) -> None:
    """Calls `act` between two instructions of the main thread when the signal comes; what would
    come after its RuntimeError (the loop it needs is closed) is what the signal does by itself.

    Not by the loop's own handlers: they learn of a signal by a byte in a pipe, and that is lost
    when the pipe is full, as it is while a flood of input waits.
    """

    def handle(number: int, _frame: object) -> None:
        try:
            act(number)
        except RuntimeError:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)

    with suppress(ValueError):  # not the main thread
        signal.signal(number, handle)


def leave_with_terminal(stream: IO[str] | None, code: int) -> None:
    """Ends the program with `code` as soon as the terminal it reads from was closed.

    A thread waits for that, because Textual then waits for ever for somebody to take its output,
    SIGHUP or not. There is nothing to put back in order: what matters is not in this process.
    """
    if stream is None or not stream.isatty():
        return
    watcher = threading.Thread(
        target=_wait_for_hang_up, args=(stream.fileno(), code), name="gladius-hang-up", daemon=True
    )
    watcher.start()


def _wait_for_hang_up(descriptor: int, code: int) -> None:
    poll = select.poll()
    poll.register(descriptor, 0)
    while True:
        for _descriptor, found in poll.poll():
            if found & select.POLLHUP:
                os._exit(code)
            if found & select.POLLNVAL:
                return
