"""What opens over the training screen, and when; each is imported when it is wanted.

To add one: a function and its command in DOORS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.commands import BY_ID, FAILED
from console.core.format_text import text
from console.screens.choosing import settings_of
from console.widgets.keyname import first_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.geometry import Offset

    from console.screens.commanding import Commanding
    from console.screens.training import TrainingScreen


def view_help(screen: Commanding) -> None:
    """The panel in focus, what every key does, what we cost."""
    from console.screens import help as help_screen

    asks = settings_of(screen.app).confirm_letters
    width = screen.app.size.width
    page = help_screen.of_run(screen.panel_in_focus(), screen.session, width, letters_ask=asks)
    screen.app.push_screen(page)


def ask_to_stop(screen: Commanding) -> None:
    """The question before a stop."""
    from console.screens import stopping

    stopping.ask(screen)


def compare_configuration(screen: Commanding) -> None:
    """How the file differs from what the run uses, and what of it can be applied."""
    from console.screens import reloading

    reloading.reload(screen)


def open_configuration(screen: Commanding, at: Offset | None = None) -> None:
    """The menu of the configuration panel, where it was asked for."""
    from console.screens import config_menu

    config_menu.show(screen, at)


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
    from console.screens.report import Report, ask_to_restart

    def answered(answer: str | None) -> None:
        if answer == "overview":
            screen.post_message(Asked("overview"))
        elif answer == "restart":
            ask_to_restart(screen)

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


def export(entry: str = "") -> Callable[[Commanding], None]:
    """An entry of the export menu, or the menu."""

    def act(screen: Commanding) -> None:
        from console.screens import export_menu

        (export_menu.ACTIONS[entry] if entry else export_menu.open_menu)(screen)

    return act


def how_to_leave() -> str:
    """What is said to somebody who wants to end a program the usual way."""
    leave, stop = first_key(BY_ID["quit"]), first_key(BY_ID["stop"])
    return f"{leave} leaves, training goes on; {stop} stops"


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
        key = first_key(BY_ID["report"])
        said = f"{state.status}: {text(state.life.cause)}\n{key} shows the report."
        screen.app.notify(said, severity="error", timeout=20.0, markup=False)
    elif screen.ordering.stopped and screen.is_current:
        view_report(screen)


def change_settings(screen: Commanding) -> None:
    """How all is shown, and which key does what."""
    from console.screens import chosen

    chosen.change(screen, screen.session.link.state)


def show_person(screen: Commanding) -> None:
    """The user menu."""
    from console.screens import person

    person.show(screen, screen.session.person, screen.session)


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
    "export": export(),
    "export_all": export("everything"),
    "export_metrics": export("metrics"),
    "export_report": export("report"),
    "screenshot": export("screenshot"),
    "settings": change_settings,
    "person": show_person,
}
"""Commands that open something."""
