"""Carries out a command of a panel that was chosen in the palette: by the binding of its key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.actions import SkipAction

if TYPE_CHECKING:
    from textual.screen import Screen
    from textual.widget import Widget

    from console.commands import Command


def binding_of(screen: Screen[Any], command: Command) -> tuple[Widget, str] | None:
    """The widget with the key of a command, and the action of it; the one in focus first."""
    ids = {command.id, f"{command.scope}.{command.id}"}
    focused = [] if screen.focused is None else [*screen.focused.ancestors_with_self]
    for widget in (*focused, *screen.walk_children()):
        for bindings in widget._bindings.key_to_bindings.values():
            for binding in bindings:
                if binding.id in ids and widget is not screen:
                    return widget, binding.action  # type: ignore[return-value]
    return None


async def carry_out(screen: Screen[Any], command: Command) -> None:
    """Does what the key of the command does in its panel."""
    found = binding_of(screen, command)
    try:
        done = found is not None and await screen.app.run_action(found[1], found[0])
    except SkipAction:
        done = False
    if not done:
        said = f"{command.label}: there is nothing to do it with at the moment"
        screen.app.notify(said, severity="warning", markup=False)
