"""What opens on a bar of a chart: one expert, or all of memory."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from console.core.expert import lines_of
from console.screens import views

if TYPE_CHECKING:
    from console.screens.training import TrainingScreen
    from console.widgets.expert_picking import ExpertPicking


def expert(screen: TrainingScreen, number: int) -> None:
    """One expert over time; from there to its lines in the log."""
    from console.screens.expert import LINES, ExpertScreen

    def answered(answer: tuple[str, int] | None) -> None:
        if answer is None:
            return
        wanted, last = answer
        cast("ExpertPicking", screen.painter.parts["experts"]).choose(last)
        if wanted == LINES:
            _bring_log(screen)
            screen.stream().search_for(lines_of(last))
            screen.app.notify(f"lines of expert {last}: n, N to the next", markup=False)

    screen.app.push_screen(ExpertScreen(screen.session, number), answered)


def _bring_log(screen: TrainingScreen) -> None:
    """The stream in front, where it is not in sight."""
    view = screen.body.view
    if view.maximised:
        view = views.maximised(view)
    if view is not screen.body.view or view.panel != "stream":
        screen.look(views.opened(view, "stream", screen.kind))


def memory(screen: TrainingScreen) -> None:
    """GPUs, machine and the trainer's processes."""
    from console.screens.memory import MemoryScreen

    screen.app.push_screen(MemoryScreen(screen.session))
