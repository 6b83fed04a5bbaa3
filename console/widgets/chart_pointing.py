"""What keys and mouse do in a chart of lines.

The cursor is one for all charts: it goes up as `Pointed`, and comes back by `point_at`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.actions import SkipAction

from console.core import viewport
from console.core.sources import Axis
from console.widgets.chart_line import Lines
from console.widgets.chart_wishes import LineWanted, Pointed
from console.widgets.keyname import key_of

if TYPE_CHECKING:
    from textual import events

    from console.core.sources import Point
    from console.core.state import RunState
    from console.core.viewport import ChartView, Span
    from console.widgets.chart_sheet import Sheet

DRAWN = frozenset({"chart_zoom_in", "chart_zoom_out", "chart_reset"})
"""Commands that need a curve."""
NOTHING_DRAWN = "nothing is drawn yet"
NO_CURSOR = "← → put a cursor on a point first"

NUDGE = 1
"""Cells the mouse may move between press and release of a click."""


class LineChart(Lines):
    """A chart of lines with a cursor; see the module."""

    _pressed: tuple[int, ChartView] | None = None
    """Where the mouse went down, and how the chart was looked at then."""
    _is_dragged = False

    # keys

    def action_cursor(self, by: int) -> None:
        """The value before or after; without a cursor the newest in sight."""
        state, sheet = self._ready()
        here = self.here()
        axis = self.axis(state)
        at = None if here is None else here.x(axis)
        if at is not None and not self._is_seen(at):
            at = None
        xs = [] if sheet is None else list(sheet.xs)
        newest = self.find(axis, self.span(state)[1])
        last = None if newest is None else newest.x(axis)
        if xs and last is not None and last > xs[-1] and self._is_seen(last):
            xs.append(last)  # the last column begins before it
        x = viewport.stepped(xs, at, by)
        self._point(None if x is None else self.find(axis, x))

    def action_pan(self, by: int) -> None:
        """Moves what is in sight."""
        state, _ = self._ready()
        whole, usual = self._extents(state)
        view = viewport.panned(self.view, whole, usual, by * viewport.PAN)
        if view is self.view:
            self.app.notify(
                f"all of it is in sight; {key_of('chart_zoom_in')} zooms in", markup=False
            )
        self._take(view)

    def action_zoom(self, by: int) -> None:
        """Closer, or further away; what is under the cursor stays where it is."""
        state, _ = self._ready()
        if self.whole(self.axis(state)) is None:
            self.app.notify(NOTHING_DRAWN, markup=False)
            return
        here, before = self.here(), self.view
        self._zoom(state, by, None if here is None else here.x(self.axis(state)))
        if self.view is before:
            said = "this is as close as it goes" if by > 0 else "all of it is in sight"
            self.app.notify(said, markup=False)

    def action_reset(self) -> None:
        """The usual part, and no cursor."""
        view = viewport.reset(self.view)
        if view == self.view:
            self.app.notify("the usual part is in sight", markup=False)
        self._take(view)
        self._point(None)

    def action_smooth(self) -> None:
        """The next strength of the moving average."""
        self._take(viewport.next_smoothing(self.view))

    def action_log(self) -> None:
        """A logarithmic upright axis, or a plain one."""
        self._take(replace(self.view, is_log=not self.view.is_log))

    def action_robust(self) -> None:
        """Leaves single spikes out of the range, or not."""
        self._take(replace(self.view, is_robust=not self.view.is_robust))

    def action_marks(self) -> None:
        """Shows what happened, or hides it."""
        before = self.sheet_now()
        self._take(replace(self.view, marks=not self.view.marks))
        after = self.sheet_now()
        if not any(sheet is not None and sheet.happened for sheet in (before, after)):
            said = "shown" if self.view.marks else "hidden"
            self.notify(f"marks of what happened are {said}; none is in sight", markup=False)

    def action_axis(self) -> None:
        """Steps, epochs, time: the next that is known."""
        state, _ = self._ready()
        now = self.axis(state)
        known = self.axes(state)
        if len(known) < 2:
            self.app.notify(f"only {now} is known here", markup=False)
            return

        def moved(x: float, axis: Axis) -> float | None:
            found = self.find(now, x)
            return None if found is None else found.x(axis)

        self._take(viewport.next_axis(self.view, now, known, moved))

    def why_not(self, command_id: str) -> str:
        state = self.state
        if state is None or (command_id in DRAWN and self.whole(self.axis(state)) is None):
            return NOTHING_DRAWN
        if command_id == "chart_open" and self.here() is None:
            return NO_CURSOR
        if command_id == "chart_axis" and len(self.axes(state)) < 2:
            return f"only {self.axis(state)} is known here"
        return super().why_not(command_id)

    def axes(self, state: RunState) -> list[Axis]:
        """The axes that are known."""
        known = [Axis.STEP, Axis.TIME]
        return known if self.scale(state) is None else [*known, Axis.EPOCH]

    def action_open(self) -> None:
        """To the log line of the point under the cursor, or of what happened there."""
        self._ready()
        self._want_line(go=True)

    def action_leave(self) -> None:
        """No cursor; without one the key means something else."""
        if self.pointed is None:
            raise SkipAction
        self._point(None)

    # mouse

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if self._pressed is not None:
            self._drag(event)
            return
        found = self._under(event)
        self.is_pointing = found is not None
        if found is not None:
            self.tooltip = None
            self._point(found)

    def on_leave(self) -> None:
        """The mouse went away; a cursor of the keys stays."""
        self.is_pointing = False
        if not self.has_focus and self.pointed is not None:
            self._point(None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        if event.button == 1 and self.state is not None:
            self._pressed, self._is_dragged = (event.x, self.view), False
            self.capture_mouse()

    def on_mouse_up(self) -> None:
        self._pressed = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """The cursor and the log line of the point; twice: to that line."""
        if event.button != 1 or self._is_dragged:
            return
        found = self._under(event)
        if found is not None:
            self._point(found)
            self._want_line(go=event.chain > 1)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        self._wheel(event, 1)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        self._wheel(event, -1)

    def _wheel(self, event: events.MouseEvent, by: int) -> None:
        event.stop()
        event.prevent_default()
        if self.state is not None:
            self._zoom(self.state, by, self._x_under(event))

    def _drag(self, event: events.MouseEvent) -> None:
        assert self._pressed is not None
        start, view = self._pressed
        state, sheet = self.state, self.sheet_now()
        if abs(event.x - start) >= NUDGE:
            self._is_dragged = True
        if state is None or sheet is None or not self._is_dragged:
            return
        whole, usual = self._extents(state)
        self._take(viewport.panned(view, whole, usual, (start - event.x) / max(1, sheet.columns)))

    # together

    def _ready(self) -> tuple[RunState, Sheet | None]:
        if self.state is None:
            raise SkipAction
        return self.state, self.sheet_now()

    def _extents(self, state: RunState) -> tuple[Span, Span]:
        whole = self.whole(self.axis(state)) or (0.0, 1.0)
        return whole, self.usual(state, whole)

    def _zoom(self, state: RunState, by: int, around: float | None) -> None:
        whole, usual = self._extents(state)
        factor = viewport.ZOOM if by > 0 else 1 / viewport.ZOOM
        self._take(viewport.zoomed(self.view, whole, usual, self.axis(state), factor, around))

    def _take(self, view: ChartView) -> None:
        if view != self.view:
            self.view = view
            self._renew()

    def _is_seen(self, x: float) -> bool:
        sheet = self.sheet_now()
        return sheet is not None and sheet.found.left <= x <= sheet.found.right

    def _point(self, point: Point | None) -> None:
        if point != self.pointed:
            self.point_at(point)
            self.post_message(Pointed(self, point))

    def _want_line(self, *, go: bool) -> None:
        here, sheet = self.here(), self.sheet_now()
        if here is None:
            if go:
                self.app.notify(NO_CURSOR, markup=False)
            return
        x = None if self.state is None else here.x(self.axis(self.state))
        mark = None if sheet is None or x is None else sheet.near(x)
        self.post_message(LineWanted(self, here, None if mark is None else mark.row, go=go))

    def _x_under(self, event: events.MouseEvent) -> float | None:
        """The x under the mouse; None beside the picture."""
        offset, sheet = event.get_content_offset(self), self.sheet_now()
        return None if offset is None or sheet is None else sheet.x_at(offset.x)

    def _under(self, event: events.MouseEvent) -> Point | None:
        x = self._x_under(event)
        if x is None or self.state is None:
            return None
        found = self.find(self.axis(self.state), x)
        there = None if found is None else found.x(self.axis(self.state))
        return found if there is not None and self._is_seen(there) else None
