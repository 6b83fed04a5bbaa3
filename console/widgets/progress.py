"""The progress panel: how far it is, how long it takes, what is saved, how healthy it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.core.spent import in_words, spent
from console.widgets.gpu_health import tip
from console.widgets.panel import Panel
from console.widgets.progress_rows import ROWS, known
from console.widgets.text import joined, segmented, spread

if TYPE_CHECKING:
    from console.core.state import RunState

LABEL_WIDTH = 12
TIME = "Time"
"""A row for those whose hook tells where the time goes, where there is a line to spare."""
GROUP_STARTS = frozenset({"Epoch", "Elapsed", "Checkpoints", "Samples", "GPU"})
"""Rows with an empty line before them, as long as there are lines to spare."""


def percent(state: RunState) -> str:
    """How much of the run is done, `70.4 %`."""
    progress = state.position.progress
    return fmt.percent(None if progress is None else 100 * progress)


class ProgressPanel(Panel):
    """All rows of `progress_rows.ROWS` under one bar."""

    GROUPS = frozenset(
        {"life", "position", "metrics", "checkpoints", "evaluation", "system", "timing",
         "configuration"}
    )  # fmt: skip

    def frame(self, state: RunState) -> None:
        self.corners("PROGRESS", known(percent(state), "bold $foreground"))
        said = (tip(state.system) or "").splitlines()
        if (time := spent(state)) and time.advice:
            said.append(time.advice)
        self.tooltip = Content("\n".join(map(text, said))) if said else None

    def build(self, state: RunState, width: int) -> list[Content]:
        lines = [segmented(state.position.progress, width, "$primary")]
        spare = self.size.height - len(ROWS) - 1
        rows = list(ROWS)
        if spare > 0 and (time := spent(state)):
            rows.append((TIME, lambda *_: (Content(in_words(time)), Content(""))))
            spare -= 1
        for label, row in rows:
            if label in GROUP_STARTS and spare > 0:
                lines.append(Content(" " * width))
                spare -= 1
            value, rights = row(state, self.now)
            left = joined([(f"{label:<{LABEL_WIDTH}}", "$muted"), value])
            choices = rights if isinstance(rights, tuple) else (rights,)
            room = width - left.cell_length - 1
            fits = (right for right in choices if right.cell_length <= room)
            lines.append(spread(left, next(fits, choices[-1]), width))
        return lines
