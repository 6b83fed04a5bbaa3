"""The keys of a panel, from the table of commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding

from console.commands import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.binding import BindingType

    from console.commands import Scope


def bindings(scope: Scope, action_of: Callable[[str], str]) -> list[BindingType]:
    """A binding for each command of the scope; `action_of` says what the panel calls it."""
    return [
        Binding(
            ",".join(command.keys),
            action_of(command.id),
            command.label,
            show=False,
            id=f"{scope}.{command.id}",
        )
        for command in COMMANDS
        if command.scope is scope
    ]
