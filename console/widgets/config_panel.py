"""The configuration panel: what is really used, and whether the file was edited since the start."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.geometry import Offset
from textual.message import Message

from console.commands import Scope
from console.core.format import UNKNOWN
from console.core.format_text import text
from console.core.format_time import ago
from console.core.recognition import told
from console.widgets.panel import Panel
from console.widgets.panel_keys import bindings
from console.widgets.progress_rows import known
from console.widgets.text import joined, padded

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType

    from console.core.state import RunState

RIGHT = 3
"""The number of the mouse's right button."""

LABEL_WIDTH, SHORT_LABEL = 12, 6
COLUMN_WIDTH = 32
"""The narrowest column of label and value."""

COMPACT: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Batch", (("", "Batch"), ("length ", "Max length"))),
    ("LR", (("", "LR"), ("warm-up ", "Warm-up"))),
    ("Optim", (("", "Optimizer"), ("β ε ", "β ε"))),
    ("Other", (("", "Precision"), ("seed ", "Seed"))),
    ("Every", (("save ", "Checkpoint"), ("validate ", "Validate"))),
)
"""The rows where there is little room: which settings share a row, each with a word before it."""


class ConfigPanel(Panel):
    """Settings in three columns, in one, or two to a row, as there is room."""

    GROUPS = frozenset({"configuration", "run"})
    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CONFIG, str)

    class Viewed(Message):
        """What can be done with the configuration is asked for; `at` is the cell of the screen it
        was asked at."""

        def __init__(self, at: Offset) -> None:
            super().__init__()
            self.at = at

    def frame(self, state: RunState) -> None:
        used = state.configuration
        name = "" if used.filename is None else f" {text(used.filename)}"
        hint = "Enter menu" if used.filename is not None else ""
        self.corners(f"CONFIG{name}", self._age(state), "", hint)

    def _age(self, state: RunState) -> Content | str:
        used = state.configuration
        if used.missing:
            return Content.styled("✗ file missing", "bold $error")
        since = self.now.age(used.modified, None)
        if used.edited:
            return Content.styled("▲ edited since start", "bold $warning")
        roomy = self.size.width >= COLUMN_WIDTH * 2
        return "" if since is None else f"{'modified ' if roomy else ''}{ago(since)}"

    def build(self, state: RunState, width: int) -> list[Content]:
        # Only here, after the first paint: reading configurations brings the YAML library.
        from console.core.config_view import configuration_state, panel

        used = state.configuration
        rows = [row for row in panel(used.tree, used.facts) if row[1] != UNKNOWN]
        if not rows:
            return _command(state, width)
        columns = width // COLUMN_WIDTH
        if columns >= 3:
            return _table(rows, 3, width)
        if self.size.height >= len(rows):
            return _table(rows, 1, width)
        model = configuration_state(used.tree, used.facts, None, None)["model"]
        return _compact(dict(rows), model, width)

    def on_click(self, event: events.Click) -> None:
        """A double click or the right button opens the menu."""
        if event.chain == 2 or event.button == RIGHT:
            self.post_message(self.Viewed(event.screen_offset))

    def action_config_menu(self) -> None:
        self.post_message(self.Viewed(self.region.offset + Offset(1, 0)))


def _table(rows: list[tuple[str, str]], columns: int, width: int) -> list[Content]:
    """Label and value, `columns` of them to a line."""
    cells = [
        padded(_cell(label, value), width // columns - 1).pad_right(1) for label, value in rows
    ]
    return [
        padded(joined(cells[first : first + columns]), width)
        for first in range(0, len(cells), columns)
    ]


def _cell(label: str, value: str) -> Content:
    return joined([(f"{label:<{LABEL_WIDTH}}", "$muted"), known(value)])


def _compact(values: dict[str, str], model: dict[str, Any], width: int) -> list[Content]:
    told = [("Model", _model(values, model, width - SHORT_LABEL))]
    for label, parts in COMPACT:
        known_parts = [word + values[name] for word, name in parts if name in values]
        told.append((label, " · ".join(known_parts)))
    return [
        padded(joined([(f"{label:<{SHORT_LABEL}}", "$muted"), value]), width)
        for label, value in told
        if value
    ]


def _model(values: dict[str, str], model: dict[str, Any], width: int) -> str:
    """Name, size and experts, as much of it as fits."""
    full, name = values.get("Model", ""), text(model["name"]) if model["name"] else ""
    experts, active = model["experts"], model["activeExperts"]
    counts = [] if experts is None else [f"{experts} experts"]
    if experts is not None and active is not None:
        counts = [f"{experts} experts, {active} active", f"{active} of {experts} experts"]
    choices = [" · ".join(filter(None, (said, count))) for count in counts for said in (full, name)]
    return next((said for said in choices if cell_len(said) <= width), name or full)


def _command(state: RunState, width: int) -> list[Content]:
    """What was started, where nothing is known of how it is set."""
    facts = [("Command", " ".join(state.run.command)), ("Directory", state.run.cwd)]
    facts += told(state)
    lines = []
    for label, value in facts:
        rows = wrap(text(value), max(1, width - LABEL_WIDTH)) if value else [UNKNOWN]
        labels = [label] + [""] * (len(rows) - 1)
        lines += [padded(_cell(*row), width) for row in zip(labels, rows, strict=True)]
    return lines
