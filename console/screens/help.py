"""What every key does, from the table of commands."""

from __future__ import annotations

from textual.content import Content

from console.commands import COMMANDS, Command, Scope
from console.screens.reading import Reading
from console.widgets.keyname import key_name

TITLES: dict[Scope, str] = {
    Scope.RUN: "THE RUN, EVERYWHERE",
    Scope.STREAM: "THE STREAM, WHEN IT HAS THE FOCUS",
    Scope.CHART: "A CHART, WHEN IT HAS THE FOCUS",
    Scope.CONFIG: "THE CONFIGURATION, WHEN IT HAS THE FOCUS",
}

NOTES = (
    "Letters that order the trainer (p, c, v) ask to be pressed again; F-keys act at once.",
    "Leaving or losing this screen changes nothing for the training.",
)

KEYS_WIDTH = 24
LABEL_WIDTH = 16


def page() -> Reading:
    """The help as a page to scroll."""
    lines: list[Content | str] = []
    for scope, title in TITLES.items():
        commands = [command for command in COMMANDS if command.scope is scope and command.keys]
        if commands:
            lines += [Content.styled(title, "bold $primary"), *map(_line, commands), ""]
    lines += [Content.styled(note, "$muted") for note in NOTES]
    return Reading("HELP", lines)


def _line(command: Command) -> Content:
    keys = "  ".join(key_name(key) for key in (*command.keys, *command.typed))
    return Content.assemble(
        (f"{keys:<{KEYS_WIDTH}}", "bold"),
        f"{command.label:<{LABEL_WIDTH}}",
        (command.help, "$muted"),
    )
