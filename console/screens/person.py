"""The user menu: who sits here, what they may do, who else watches, and how to come back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.format import UNKNOWN
from console.core.format_text import text
from console.screens.menu import Entry, Menu

if TYPE_CHECKING:
    from typing import Any

    from textual.screen import Screen

    from console.screens.session import Session

NOBODY = "you"
"""Where not even the name is known."""


def menu(person: str, session: Session | None) -> Menu:
    """Its answer is `copy`, `keys`, `settings`, `leave`, or None."""
    facts = [] if session is None else [
        Entry("mode", "Mode", reason=f"read only: {session.read_only}" if session.read_only
              else "control: orders can be given"),
        Entry("others", "Watching too", reason=_others(session)),
        Entry("command", "Come back with", reason=session.attach_command),
    ]  # fmt: skip
    acts = [
        Entry("keys", "Keys", "k"),
        Entry("settings", "Settings", "s"),
        Entry("leave", "Quit the screen", "x"),
    ]
    copy = [] if session is None else [Entry("copy", "Copy that line", "c")]
    return Menu(person or NOBODY, [*facts, *copy, *acts], foot="training goes on without you")


def _others(session: Session) -> str:
    """Who has the run on a screen besides this one."""
    found = session.watching()
    if found is None:
        return UNKNOWN
    return ", ".join(map(text, found)) or "nobody else"


def show(screen: Screen[Any], person: str, session: Session | None) -> None:
    """Opens the menu over a screen, and does what was chosen."""
    from console.screens import chosen

    def answered(answer: str | None) -> None:
        if answer == "copy" and session is not None:
            screen.app.copy_to_clipboard(session.attach_command)
        elif answer == "keys":
            chosen.change_keys(screen)
        elif answer == "settings":
            chosen.change(screen, None if session is None else session.link.state)
        elif answer == "leave":
            screen.app.run_worker(screen.app.action_quit())

    screen.app.push_screen(menu(person, session), answered)
