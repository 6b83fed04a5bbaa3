"""What opens over the training screen, and when; each is imported when it is wanted.

To add one: a function and its command in DOORS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.commands import FAILED
from console.core.format_text import text

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.screens.commanding import Commanding
    from console.screens.training import TrainingScreen


def view_help(screen: Commanding) -> None:
    """What every key does."""
    from console.screens import help as help_screen

    screen.app.push_screen(help_screen.page())


def ask_to_stop(screen: Commanding) -> None:
    """The question before a stop."""
    from console.screens import stopping

    stopping.ask(screen)


def compare_configuration(screen: Commanding) -> None:
    """How the file differs from what the run uses, and what of it can be applied."""
    from console.screens import reloading

    reloading.reload(screen)


def open_configuration(screen: Commanding) -> None:
    """The menu of the configuration panel."""
    from console.screens import config_menu

    config_menu.show(screen)


def configuration(action: str) -> Callable[[Commanding], None]:
    """One of the entries of that menu."""

    def act(screen: Commanding) -> None:
        from console.screens import config_menu

        config_menu.ACTIONS[action](screen)

    return act


def change_values(screen: Commanding) -> None:
    """The values the trainer lets be changed."""
    from console.screens import steering

    steering.change(screen)


def undo_change(screen: Commanding) -> None:
    """The last change, to be put back."""
    from console.screens import steering

    steering.undo(screen)


def view_changes(screen: Commanding) -> None:
    """Every value that was changed."""
    from console.screens import steering

    steering.show_changes(screen)


def view_report(screen: Commanding) -> None:
    """The summary report."""
    from console.screens.messages import Asked
    from console.screens.report import Report

    def answered(answer: str | None) -> None:
        if answer == "overview":
            screen.post_message(Asked("overview"))

    screen.app.push_screen(Report(screen.session, screen.session.report()), answered)


def view_tensorboard(screen: Commanding) -> None:
    """TensorBoard, started if need be."""
    from console.screens import tensorboard

    tensorboard.show(screen)


def view_heatmap(screen: Commanding) -> None:
    """Layers or experts over time."""
    from console.screens.heatmap import HeatmapScreen

    screen.app.push_screen(HeatmapScreen(screen.session.series))


def view_failure(screen: Commanding) -> None:
    """What went wrong, and what can be done."""
    from console.screens import failure

    failure.show(screen)


def recover(screen: Commanding) -> None:
    """Goes on after a failure."""
    from console.screens import failure

    failure.recover(screen)


def life_changed(screen: TrainingScreen) -> None:
    """A failure opens its dialog by itself; nothing is imported as long as there is none."""
    if screen.failure_seen is None and screen.session.link.state.status not in FAILED:
        return
    from console.screens import failure

    failure.notice(screen)


def ended(screen: TrainingScreen) -> None:
    """The run is over for good: sums it up for whoever stopped it here, tells of a bad end.

    Nobody else's keys are taken from what they do; the status bar says how the report is shown.
    """
    if not screen.live:
        return
    screen.live = False
    state = screen.session.link.state
    if state.status in FAILED:
        said = f"{state.status}: {text(state.life.cause)}\nR shows the report."
        screen.app.notify(said, severity="error", timeout=20.0, markup=False)
    elif screen.ordering.stopped and screen.is_current:
        view_report(screen)


DOORS: dict[str, Callable[[Commanding], None]] = {
    "help": view_help,
    "stop": ask_to_stop,
    "reload": compare_configuration,
    "config_menu": open_configuration,
    "config_view": configuration("view"),
    "config_edit": configuration("edit"),
    "config_preset": configuration("preset"),
    "config_template": configuration("template"),
    "hyperparameters": change_values,
    "undo": undo_change,
    "changes": view_changes,
    "report": view_report,
    "tensorboard": view_tensorboard,
    "heatmap": view_heatmap,
    "failure": view_failure,
    "recover": recover,
}
"""Commands that open something."""
