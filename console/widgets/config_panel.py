"""The configuration panel: what is really used, and whether the file was edited since the start."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.message import Message

from console.core.format import UNKNOWN
from console.core.format_text import text
from console.core.format_time import ago
from console.widgets.panel import Panel
from console.widgets.progress_rows import known
from console.widgets.text import joined, padded

if TYPE_CHECKING:
    from textual.binding import BindingType

    from console.core.state import RunState

LABEL_WIDTH = 12
COLUMN_WIDTH = 32
"""The narrowest column of label and value."""

COMPACT: tuple[tuple[str, tuple[tuple[str, str], ...]], ...] = (
    ("Model", (("", "Model"), ("experts ", "Experts"))),
    ("Batch", (("", "Batch"), ("length ", "Max length"))),
    ("LR", (("", "LR"), ("warm-up ", "Warm-up"))),
    ("Optim", (("", "Optimizer"), ("β ε ", "β ε"))),
    ("Other", (("", "Precision"), ("seed ", "Seed"))),
    ("Every", (("save ", "Checkpoint"), ("validate ", "Validate"))),
)
"""The rows where there is little room: which settings share a row, each with a word before it."""


class ConfigPanel(Panel):
    """Settings in three columns, in one, or two to a row, as there is room."""

    GROUPS = frozenset({"configuration"})
    BINDINGS: ClassVar[list[BindingType]] = [("enter", "view", "View")]

    class Viewed(Message):
        """The whole file is asked for."""

    def frame(self, state: RunState) -> None:
        used = state.configuration
        name = "" if used.filename is None else f" {text(used.filename)}"
        hint = "Enter: view" if used.filename is not None else ""
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
        from console.core.config_view import panel

        used = state.configuration
        rows = panel(used.tree, used.facts)
        columns = width // COLUMN_WIDTH
        if columns >= 3:
            return _table(rows, 3, width)
        if self.size.height >= len(rows):
            return _table(rows, 1, width)
        return _compact(dict(rows), width)

    def action_view(self) -> None:
        self.post_message(self.Viewed())


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


def _compact(values: dict[str, str], width: int) -> list[Content]:
    lines = []
    for label, parts in COMPACT:
        told = [word + values[name] for word, name in parts if values[name] != UNKNOWN]
        value = known(" · ".join(told) or UNKNOWN)
        lines.append(padded(joined([(f"{label:<6}", "$muted"), value]), width))
    return lines
