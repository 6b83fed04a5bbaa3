"""Commands of the configuration and the timeline: their keys work while one has the focus."""

from __future__ import annotations

from console.commands.command import Command, Scope

PANELS: tuple[Command, ...] = (
    Command(
        "config_menu",
        "Configuration",
        "A menu: view, edit, preset, template, compare",
        keys=("enter",),
        scope=Scope.CONFIG,
    ),
)
