"""The body of the training screen: every part once, placed by `arrangement.boxes`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Container
from textual.geometry import NULL_OFFSET, NULL_SPACING, Region, Size
from textual.layout import ArrangeResult, Layout, WidgetPlacement

from console.screens.arrangement import Arrangement, Boxes, View, arrangement, boxes

if TYPE_CHECKING:
    from textual.widget import Widget


class Planned(Layout):
    """Places each child of a Body in the box of its id; a child without a box is not shown."""

    name = "planned"

    def arrange(
        self,
        parent: Widget,
        children: list[Widget],
        size: Size,
        greedy: bool = True,  # noqa: ARG002
    ) -> ArrangeResult:
        assert isinstance(parent, Body)
        plan = parent.plan(size)
        return [
            WidgetPlacement(Region(*plan[child.id]), NULL_OFFSET, NULL_SPACING, child)
            for child in children
            if child.id in plan
        ]


class Body(Container):
    """Holds every part; which are shown, and where, follows from the size and the view."""

    DEFAULT_CSS = "Body { width: 100%; height: 100%; overflow: hidden hidden; }"

    def __init__(self, *parts: Widget, view: View) -> None:
        super().__init__(*parts, id="body")
        self.view = view
        self._planned = Planned()

    @property
    def layout(self) -> Layout:
        return self._planned

    def plan(self, size: Size) -> Boxes:
        """The boxes for a terminal of this size."""
        return boxes(size.width, size.height, self.view)

    def would_show(self, view: View, size: Size) -> bool:
        """Whether anything would stand elsewhere with such a view."""
        return boxes(size.width, size.height, view) != self.plan(size)

    def tells_orders(self, size: Size) -> bool:
        """Whether a panel in sight tells what becomes of orders."""
        plan = self.plan(size)
        return "controls" in plan or ("summary" in plan and arrangement(*size) is Arrangement.LOW)

    def look(self, view: View) -> None:
        """Changes what is in front, maximised, hidden or moved."""
        if view != self.view:
            self.view = view
            # A widget keeps its arrangement until one of its children asks for another.
            self.children[0].refresh(layout=True)
