"""The help: the panel that has the focus, then what every key does, then what we cost.

The keys are those of the table of commands, as they are mapped now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.commands import COMMANDS, Command, Scope, asking, keys_of
from console.core.format import UNKNOWN
from console.core.format_text import text
from console.screens.explained import PANELS
from console.screens.reading import Reading
from console.widgets.keyname import key_name, key_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.screens.session import Session

TITLES: dict[Scope, str] = {
    Scope.RUN: "EVERYWHERE",
    Scope.STREAM: "IN THE STREAM",
    Scope.CHART: "IN A CHART",
    Scope.CONFIG: "IN THE CONFIGURATION",
    Scope.TIMELINE: "IN THE TIMELINE",
}

SCOPES: dict[str, Scope] = {
    "stream": Scope.STREAM,
    "loss": Scope.CHART,
    "experts": Scope.CHART,
    "throughput": Scope.CHART,
    "memory": Scope.CHART,
    "config": Scope.CONFIG,
    "timeline": Scope.TIMELINE,
}
"""The scope whose keys work in a panel."""

OVERVIEW_KEYS = (
    ("Enter, click", "Look at the run"),
    ("Space, C", "Mark a run to compare; then Enter or C on another one compares"),
    ("n", "Start a run: a file used lately, a configuration or a preset, checked before the start"),
)
OVERVIEW_COMMANDS = ("stop", "search", "palette", "settings", "person", "quit")
KEYS_WIDTH, LABEL_WIDTH, NARROW = 22, 16, 104
"""Cells of keys and of names; on a screen narrower than the last there are no names."""


def of_run(panel: str | None, session: Session, width: int, *, letters_ask: bool) -> Reading:
    """The help on the training screen, for the panel that has the focus."""
    first = panel if panel in PANELS else "stream"
    lines = [*_panel(first)]
    mine = SCOPES.get(first)
    order = [scope for scope in TITLES if scope is mine] + [s for s in TITLES if s is not mine]
    for scope in order:
        commands = [c for c in COMMANDS if c.scope is scope and keys_of(c)]
        lines += _keys(TITLES[scope], commands, width)
    lines += _notes(letters_ask=letters_ask)
    lines += _cost(session.overhead())
    return Reading("HELP", lines)


def of_overview(width: int) -> Reading:
    """The help on the list of all runs."""
    lines = [*_panel("overview"), Content.styled("KEYS", "bold $primary")]
    lines += [_row(key, "", said, width) for key, said in OVERVIEW_KEYS]
    lines += [_line(c, width) for c in COMMANDS if c.id in OVERVIEW_COMMANDS]
    return Reading("HELP", lines)


def _panel(name: str) -> list[Content]:
    found = PANELS[name]
    lines = [Content.styled(found.title, "bold $primary")]
    for paragraph in found.paragraphs:
        lines += [Content(paragraph), Content("")]
    return lines


def _keys(title: str, commands: Sequence[Command], width: int) -> list[Content]:
    if not commands:
        return []
    return [
        Content.styled(title, "bold $primary"),
        *(_line(c, width) for c in commands),
        Content(""),
    ]


def _notes(*, letters_ask: bool) -> list[Content]:
    letters = ", ".join(key_name(key) for c in COMMANDS if c.id != "resume" for key in asking(c))
    asks = (
        f"Letters that order the trainer ({letters}) ask to be pressed again; F-keys act at once."
    )
    notes = [
        asks if letters_ask and letters else "Keys that order the trainer act at once.",
        "Leaving or losing this screen changes nothing for the training.",
    ]
    return [Content.styled(note, "$muted") for note in notes]


def _cost(found: Sequence[str] | None) -> list[Content]:
    """What our own processes use."""
    said = [UNKNOWN] if found is None else [text(line) for line in found]
    title = Content.styled("WHAT THE CONSOLE ITSELF USES", "bold $primary")
    return [Content(""), title, *map(Content, said)]


def _line(command: Command, width: int) -> Content:
    return _row(key_names(command, "  "), command.label, command.help, width)


def _row(keys: str, label: str, said: str, width: int) -> Content:
    name = f"{label:<{LABEL_WIDTH}}" if width >= NARROW else ""
    return Content.assemble((f"{keys:<{KEYS_WIDTH}}", "bold"), name, (said, "$muted"))
