"""One expert in full: how it stands, and its share, loss and load over the steps."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from console.core import format as fmt
from console.core.expert import load_of, loss_of, share_of
from console.core.summary import coverage
from console.widgets.chart_axes import MARGIN
from console.widgets.chart_signs import SIGNS
from console.widgets.expert_rows import health
from console.widgets.expert_words import loss_of as loss_now
from console.widgets.expert_words import low_words
from console.widgets.small_curve import ROWS, Curve, curves
from console.widgets.text import Part, cut, fitted, joined

if TYPE_CHECKING:
    from console.core.sources import SeriesSource
    from console.core.state import RunState

SHARE, LOSS, LOAD = "$primary", "$error", "$secondary"

WHY = {
    "share": "its share was not recorded",
    "loss": "the trainer does not tell a loss of each expert",
    "load": "the trainer tells no throughput",
}
"""Why there is no curve."""


class ExpertDetail(Widget, can_focus=True):
    """Draws; the screen around it has the frame and the keys."""

    ALLOW_SELECT = False

    def __init__(self, source: SeriesSource) -> None:
        super().__init__()
        self._source = source
        self._state: RunState | None = None
        self._number = 0
        self._drawn: tuple[object, list[Content]] = (None, [])

    def show(self, state: RunState, number: int) -> None:
        """Shows an expert."""
        self._state, self._number = state, number
        self.refresh()

    def render(self) -> Content:
        state, (width, height) = self._state, self.size
        if state is None or width <= 0 or height <= 0:
            return Content("")
        wanted = (self.size, self._number, state.experts.step, self._source.version())
        if wanted != self._drawn[0]:
            self._drawn = wanted, self._lines(state, width, height)
        return Content("\n").join([cut(line, width) for line in self._drawn[1][:height]])

    def _lines(self, state: RunState, width: int, height: int) -> list[Content]:
        number, source = self._number, self._source
        head = [_standing(state, number, width), *_trouble(state, number)]
        columns = width - MARGIN
        count = max(1, len(state.experts.share))
        fair = 1.0 / count
        load = f" {state.throughput.unit}: its share × throughput"
        charts = (
            ("share", " of all tokens; dots: the fair share", SHARE, share_of, fair),
            ("loss", "", LOSS, loss_of, None),
            ("load", load, LOAD, load_of, None),
        )
        rows = max(ROWS, (height - len(head) - 1) // len(charts) - 1)
        lines = [*head, Content("")]
        for name, rest, style, read, level in charts:
            lines.append(joined([(name, f"bold {style}"), (rest, "$muted")]))
            shown = Curve(read(source, number, columns), style)
            lines += curves([shown], width, rows, level, WHY[name])
        return lines


def _standing(state: RunState, number: int, width: int) -> Content:
    """`64 % of its fair share  share 8.0 % of 12.5 %  loss 0.0310`, what fits."""
    share = state.experts.share
    if number >= len(share):
        return Content.styled("the trainer does not tell of it any more", "$muted")
    value = coverage(share)[number]
    fair = fmt.percent(100.0 / len(share), 1)
    parts = [
        Part(
            joined(
                [(fmt.percent(value, 0), f"bold {health(value)}"), (" of its fair share", "$muted")]
            )
        ),
        Part(_pair("share", f"{fmt.percent(100 * share[number], 2)}, fair {fair}"), 1),
        Part(_pair("loss", loss_now(state, number)), 2),
        Part(_pair("step", fmt.number(state.experts.step)), 3),
    ]
    return fitted(parts, width, "   ")


def _pair(name: str, value: str) -> Content:
    return Content.assemble(
        (f"{name} ", "$muted"), (value, "$muted" if value == fmt.UNKNOWN else "")
    )


def _trouble(state: RunState, number: int) -> list[Content]:
    return [
        Content.styled(f"{SIGNS.dead} {words}", "bold $error") for words in low_words(state, number)
    ]
