"""Opens what changes the person's choices, over any screen; each is imported when wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from textual.screen import Screen

    from console.core.state import RunState


def change(screen: Screen[Any], state: RunState | None) -> None:
    """The settings; of a run also what holds for it."""
    from console.screens.settings import SettingsScreen

    doors: dict[str, Callable[[], None]] = {"keymap": lambda: change_keys(screen)}
    if state is not None:
        doors["guards"] = lambda: view_guards(screen, state)
    screen.app.push_screen(SettingsScreen(doors))


def change_keys(screen: Screen[Any]) -> None:
    """Which key does what."""
    from console.screens.keys import KeysScreen

    screen.app.push_screen(KeysScreen())


def view_guards(screen: Screen[Any], state: RunState) -> None:
    """Which alerts hold."""
    from console.screens import guards

    screen.app.push_screen(guards.page(state))
