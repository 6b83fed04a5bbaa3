"""One expert over the screen: its use over time, and the way to its lines and the heatmap."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.containers import Horizontal, Vertical

from console.core.summary import rank
from console.screens.modal import Modal
from console.widgets.expert_detail import ExpertDetail
from console.widgets.frame import Framed
from console.widgets.text_button import TextButton

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.screens.session import Session

LINES = "lines"


class Frame(Framed, Vertical):
    """What the picture and the buttons stand in."""


REFRESH_SECONDS = 2.0


class ExpertScreen(Modal[tuple[str, int]]):
    """Answers (`lines`, number) when its lines of the log are wanted, else (``, number)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q", "leave", "Close"),
        ("left", "turn(-1)", "Expert before"),
        ("right", "turn(1)", "Next expert"),
        ("slash", "lines", "Its lines"),
        ("H", "heatmap", "Heatmap"),
    ]
    AUTO_FOCUS = "ExpertDetail"

    def __init__(self, session: Session, number: int) -> None:
        super().__init__()
        self._session, self.number = session, number

    def compose(self) -> ComposeResult:
        with Frame(id="expert"):
            yield ExpertDetail(self._session.series)
            with Horizontal(classes="buttons"):
                yield TextButton("lines", "/ Its lines")
                yield TextButton("heatmap", "H Heatmap")
                yield TextButton("before", "←")
                yield TextButton("next", "→")
                yield TextButton("close", "Close")

    def on_mount(self) -> None:
        self._show()
        self.set_interval(REFRESH_SECONDS, self._show)

    def _show(self) -> None:
        state, number = self._session.link.state, self.number
        share = state.experts.share
        place = f"rank {rank(share, number)} of {len(share)}" if number < len(share) else ""
        self.query_one(Frame).corners(f"EXPERT {number}", place, "←→ other experts", "Esc close")
        self.query_one(ExpertDetail).show(state, number)

    def action_turn(self, by: int) -> None:
        """Another expert; round at the ends."""
        count = len(self._session.link.state.experts.share)
        if count:
            self.number = (self.number + by) % count
            self._show()

    def action_lines(self) -> None:
        self.dismiss((LINES, self.number))

    def action_heatmap(self) -> None:
        from console.screens.heatmap import HeatmapScreen

        self.app.push_screen(HeatmapScreen(self._session.series))

    def action_leave(self) -> None:
        self.dismiss(("", self.number))

    @on(TextButton.Pressed)
    def _pressed(self, message: TextButton.Pressed) -> None:
        name = message.name
        if name in ("before", "next"):
            self.action_turn(1 if name == "next" else -1)
        elif name == "heatmap":
            self.action_heatmap()
        else:
            self.dismiss((LINES if name == "lines" else "", self.number))
