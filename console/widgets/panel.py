"""A bordered panel of lines that scrolls when it is too small: the base of all text panels.

A panel says what stands in it (`build`) and on its border (`frame`); only lines that changed are
drawn again, so that `show` may be called as often as one likes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar

from textual.containers import VerticalScroll
from textual.content import Content
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.visual import Visual
from textual.widget import Widget

from console.widgets.frame import Framed
from console.widgets.moment import Now

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from console.core.state import RunState

Build = Callable[[int], list[Content]]


class Lines(Widget):
    """Lines of exactly the widget's width."""

    DEFAULT_CSS = "Lines { width: 1fr; height: auto; text-wrap: nowrap; }"
    ALLOW_SELECT = False

    def __init__(self, build: Build) -> None:
        super().__init__()
        self._build = build
        self._lines: list[Content] = []
        self._width = -1

    def renew(self) -> None:
        """Builds the lines again and draws those that changed."""
        if not self.size.width:
            self._width = -1
            return
        old, self._lines = self._lines, self._build(self.size.width)
        self._width = self.size.width
        if len(old) != len(self._lines):
            self.refresh(layout=True)
            return
        changed = [
            Region(0, y, self._width, 1)
            for y, (one, other) in enumerate(zip(old, self._lines, strict=True))
            if not one.is_same(other)
        ]
        if changed:
            self.refresh(*changed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return max(1, len(self._for(width)))

    def render_line(self, y: int) -> Strip:
        """One line: of a long list only those in sight are drawn."""
        self._dirty_regions.clear()  # what was marked there is drawn from here, not from a cache
        width, style = self.size.width, self.visual_style
        lines = self._for(width)
        if y >= len(lines):
            return Strip.blank(width, style.rich_style)
        return Visual.to_strips(self, lines[y], width, 1, style, pad=True)[0]

    def _for(self, width: int) -> list[Content]:
        if width != self._width:
            self._width, self._lines = width, self._build(width)
        return self._lines


class Panel(Framed, VerticalScroll):
    """A panel for one part of the state."""

    ALLOW_MAXIMIZE = False
    GROUPS: ClassVar[frozenset[str]] = frozenset()
    """The groups of the state it shows."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._state: RunState | None = None
        self.now: Now = Now(0.0, None)
        self._body = Lines(self._lines)

    def compose(self) -> ComposeResult:
        yield self._body

    def on_resize(self) -> None:
        if self._state is not None:
            self.show(self._state, self.now)

    def show(self, state: RunState, now: Now) -> None:
        """Shows the state as it is now."""
        self._state, self.now = state, now
        self.frame(state)
        self._body.renew()

    def frame(self, state: RunState) -> None:
        """Writes the four corners of the border; `self.now` is the moment."""
        raise NotImplementedError

    def build(self, state: RunState, width: int) -> list[Content]:
        """The lines, each `width` cells wide."""
        raise NotImplementedError

    def _lines(self, width: int) -> list[Content]:
        return [] if self._state is None else self.build(self._state, width)
