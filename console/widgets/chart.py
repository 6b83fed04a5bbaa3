"""A chart: a bordered panel with a picture of some part of a run, at any size.

What is true of every chart: it is drawn again only when what it shows changed; current values
stand in the border; where there are few rows it is a card; if the drawing fails, a quiet `—`
stands in its place. A chart says what it depends on (`facts`), what stands in its border
(`top`, `bottom`), and draws itself (`plot`, `card`). To add one: a module `chart_NAME.py` and a row
in `charts.py`. Keys are the rows of `commands/chart.py`; one does something in a chart that has the
action of its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content
from textual.widget import Widget

from console.commands import Scope
from console.core.format import UNKNOWN
from console.widgets.chart_wishes import Wished
from console.widgets.frame import Framed
from console.widgets.panel_keys import bindings
from console.widgets.text import cut

if TYPE_CHECKING:
    from textual import events
    from textual.binding import BindingType
    from textual.geometry import Size

    from console.core.sources import Point, SeriesSource
    from console.core.state import RunState

RIGHT_BUTTON = 3

CARD_ROWS = 4
CARD_COLUMNS = 20
"""With fewer rows or columns a chart has no room for axes and labels."""

ACTIONS: dict[str, str] = {
    "chart_left": "cursor(-1)",
    "chart_right": "cursor(1)",
    "chart_pan_left": "pan(-1)",
    "chart_pan_right": "pan(1)",
    "chart_zoom_in": "zoom(1)",
    "chart_zoom_out": "zoom(-1)",
    "chart_metric": "wish('metric')",
    "chart_export": "wish('export')",
    "chart_menu": "wish('menu')",
}
"""What a command of a chart does where its name, less `chart_`, is not the action."""


def action_of(command_id: str) -> str:
    """The action of a command of a chart."""
    return ACTIONS.get(command_id, command_id.removeprefix("chart_"))


def can(chart: object, command_id: str) -> bool:
    """Whether a chart does anything for a command of charts."""
    return hasattr(chart, f"action_{action_of(command_id).partition('(')[0]}")


VALUE = "$foreground"
"""The style of values in a border: what has none is drawn like the border itself."""

POINTED = "bold $information"
"""The style of a value under the cursor: it is not the newest."""

NOT_RECORDED = "nothing is recorded of that moment"
"""What a chart without an axis of time says there."""

BORDER = 6
"""Cells of an edge that its two texts cannot have, and the fewest between them."""
BETWEEN = 3

Edge = tuple[Content, Content]
"""What stands at the left and at the right of the upper or lower border."""


def quiet(text: str) -> Content:
    """A text that does not ask for attention."""
    return Content.styled(text, "$muted")


def nothing(why: Sequence[str], width: int, height: int) -> list[Content]:
    """The picture of what is not known: `—` and the reason below it, in the middle."""
    texts = [UNKNOWN, *why][: max(1, height)]
    lines = [cut(quiet(text), width) for text in texts]
    shown = [line.pad_left((width - line.cell_length) // 2) for line in lines]
    return [Content("")] * ((height - len(shown)) // 2) + shown


def _is_card(width: int, height: int) -> bool:
    return height < CARD_ROWS or width < CARD_COLUMNS


def fitting(edges: Iterable[Edge], width: int) -> Edge:
    """The first edge that fits into a border of a chart `width` cells wide, else the last."""
    found = (Content(""), Content(""))
    for found in edges:
        left, right = found
        between = BETWEEN if left and right else 0
        if left.cell_length + right.cell_length + between <= width - BORDER:
            break
    return found


class Chart(Framed, Widget, can_focus=True):
    """The base of all charts."""

    NUMBER: ClassVar[int]
    NAME: ClassVar[str]
    GROUPS: ClassVar[frozenset[str]]
    """The groups of the state it shows."""

    ALLOW_SELECT = False
    ALLOW_MAXIMIZE = False
    OPENS = ""
    """What Enter does, where it is not to go to the log line."""
    is_pointing = False
    """Whether the mouse shows values: a tooltip would cover them."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(Scope.CHART, action_of)

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.state: RunState | None = None
        self.source: SeriesSource | None = None
        self.pointed: Point | None = None
        """Where the cursor of all charts is."""
        self.failure = ""
        """Why the last drawing failed, if it did."""
        self._drawn: object = None
        self._told_for: Size | None = None
        """The size the words in the border were chosen for."""
        self._lines: list[Content] = []

    def show(self, state: RunState) -> None:
        """Shows the state. Cheap when nothing that the chart shows has changed."""
        self.state = state
        self._renew()

    def show_series(self, source: SeriesSource) -> None:
        """Hands over the series; `show` looks at their version from now on."""
        self.source = source
        self._renew()

    def point_at(self, point: Point | None) -> None:
        """The cursor of all charts went there; None: it is nowhere."""
        if point != self.pointed:
            self.pointed = point
            self._renew()

    def why_not(self, command_id: str) -> str:
        """Why a command of this chart does nothing now; empty when it does."""
        if command_id == "chart_metric" and (self.source is None or not self.source.names()):
            return "no metric is recorded yet"
        return ""

    def action_wish(self, what: str) -> None:
        """Asks the screen for what a chart cannot do itself."""
        self.post_message(Wished(self, what))

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """The right button asks for the menu, where it was pressed."""
        if event.button == RIGHT_BUTTON:
            self.post_message(Wished(self, "menu", event.screen_offset))

    @property
    def is_past(self) -> bool:
        """Whether it shows another moment than now; see `PastChart`."""
        return False

    @property
    def seen(self) -> RunState | None:
        """The state that is drawn; None where that is not known."""
        return self.state

    def upper(self, state: RunState) -> Iterable[Edge]:
        """The upper border, of now or of what is seen."""
        return self.top(state)

    def shown(self, state: RunState) -> tuple[str, ...]:  # noqa: ARG002
        """The recorded series it shows, the most important first."""
        return ()

    def on_mount(self) -> None:
        self._renew()

    def on_resize(self) -> None:
        self._renew()

    def _renew(self) -> None:
        state, width = self.state, self.outer_size.width
        self._told_for = self.outer_size
        top: Edge = (self.title(), Content(""))
        bottom: Edge = (Content(""), Content(""))
        if state is not None and width > 0:
            seen = self.seen
            top = fitting(self.upper(state), width)
            bottom = bottom if seen is None else fitting(self.bottom(seen), width)
            self.tooltip = self.failure or (None if self.is_pointing else self.note(state))
        self.corners(*top, *bottom)
        if self._drawn != self._wanted():
            self.refresh()

    def _wanted(self) -> object:
        """What the picture depends on."""
        seen = self.seen
        return self.size, self.is_past, None if seen is None else self.facts(seen)

    def render(self) -> Content:
        wanted = self._wanted()
        if self._told_for != self.outer_size:
            # The size came after the words in the border: those may be cut for another one.
            self.call_later(self._renew)
        if wanted != self._drawn:
            self._lines, self._drawn = self.picture(*self.size), wanted
        return Content("\n").join(self._lines)

    def picture(self, width: int, height: int) -> list[Content]:
        """The chart without its border, at most `height` lines of at most `width` cells."""
        if self.state is None or width <= 0 or height <= 0:
            return []
        if (seen := self.seen) is None:
            return nothing([NOT_RECORDED], width, height)
        draw = self.card if _is_card(width, height) else self.plot
        try:
            lines, self.failure = draw(seen, width, height), ""
        except Exception as error:  # the drawing library raises what it likes: no reason to end
            lines, self.failure = [], f"cannot be drawn: {type(error).__name__}: {error}"
            self.log.warning(f"{self.NAME} {self.failure}")
        return [cut(line, width) for line in lines[:height]] or nothing([], width, height)

    @property
    def is_card(self) -> bool:
        """Whether there is only room for a small picture."""
        return _is_card(*self.size)

    def title(self) -> Content:
        """Number and name."""
        return Content.styled(f"{self.NUMBER} {self.NAME}", "bold $primary")

    # what a chart says

    def facts(self, state: RunState) -> Any:
        """Everything the picture is made of, to compare."""
        raise NotImplementedError

    def top(self, state: RunState) -> Iterable[Edge]:
        """The upper border, the longest first."""
        raise NotImplementedError

    def bottom(self, state: RunState) -> Iterable[Edge]:
        """The lower border, the longest first."""
        raise NotImplementedError

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        """At most `height` lines of at most `width` cells."""
        raise NotImplementedError

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        """The same for very few rows."""
        raise NotImplementedError

    def note(self, state: RunState) -> str | None:  # noqa: ARG002
        """What the tooltip tells: where the values come from, if not from the hook."""
        return None
