"""The export menu, and what each of its entries does. To add one: a row in ENTRIES.

What waits for a disk runs in a thread; a notice tells the path, or why nothing was written.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, cast

from console.core.export_parts import EVERYTHING, Exported, Refused, file_name
from console.core.format_text import text
from console.screens.menu import Entry, Menu

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import App

    from console.core.export_parts import Exporter
    from console.screens.charting import Charting
    from console.screens.commanding import Commanding
    from console.screens.session import Session
    from console.widgets.chart import Chart

FOREIGN = re.compile(r"@font-face\s*\{[^}]*\}|<!--.*?-->", re.DOTALL)
"""In a picture of the screen: whoever opens it must not fetch anything from anywhere."""

NOWHERE = "this run cannot be exported from here"


def open_menu(screen: Commanding) -> None:
    """Everything that can be exported."""
    no_chart = "" if chart_in_front(screen) else "no chart has the focus: 1 to 4"
    entries = [
        Entry(id, label, key, no_chart if id == "chart" else "") for id, label, key, _ in ENTRIES
    ]

    def answered(answer: str | None) -> None:
        if answer is not None:
            # Once the menu is gone: it is in no picture of the screen.
            screen.call_after_refresh(ACTIONS[answer], screen)

    screen.app.push_screen(Menu("EXPORT", entries), answered)


def everything(screen: Commanding) -> None:
    """The dialog, with all parts chosen."""
    ask(screen.app, screen.session, EVERYTHING)


def metrics(screen: Commanding) -> None:
    """The dialog, with the metrics chosen."""
    ask(screen.app, screen.session, ("metrics",))


def log(screen: Commanding) -> None:
    """The log, where the person stands."""
    screen.stream().action_export()


def chart(screen: Commanding) -> None:
    """The focused chart, as it is in sight: asks for the form."""
    from console.screens import chart_doors

    found = chart_in_front(screen)
    if found is not None:
        chart_doors.export(cast("Charting", screen), found)


def report(screen: Commanding) -> None:
    """The summary in Markdown, also of a run that goes on."""
    _write(screen, lambda exporter: exporter.single("report"))


def screenshot(screen: Commanding) -> None:
    """The whole console as it stands there, as a picture and as text."""
    name = file_name(screen.session.link.state.run.name or "run")
    picture, rows = FOREIGN.sub("", screen.app.export_screenshot()), shown_text(screen)
    _write(
        screen,
        lambda exporter: [
            exporter.keep(f"{name}-screen.svg", picture),
            exporter.keep(f"{name}-screen.txt", rows),
        ],
    )


def shown_text(screen: Commanding) -> str:
    """What stands on the screen, a line a row."""
    strips = screen.app.screen._compositor.render_strips()
    rows = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
    return "\n".join((*rows, ""))


def chart_in_front(screen: Commanding) -> Chart | None:
    """The chart that has the focus; None when none has."""
    # Charts are imported after the first paint; by the time anybody exports they are there.
    from console.widgets.chart import Chart

    focused = screen.focused
    around = [] if focused is None else focused.ancestors_with_self
    return next((one for one in around if isinstance(one, Chart)), None)


def ask(app: App[Any], session: Session, parts: Sequence[str]) -> None:
    """Opens the dialog with these parts chosen."""
    from console.screens.export import ExportScreen, summary

    if session.exporter is None:
        app.notify(NOWHERE, markup=False)
        return

    def answered(made: Exported | None) -> None:
        if made is not None:
            app.notify(summary(made), timeout=15.0, markup=False)

    app.push_screen(ExportScreen(session.exporter, parts), answered)


def _write(screen: Commanding, write: Callable[[Exporter], Sequence[str]]) -> None:
    """Writes in a thread, and tells where."""
    exporter, app = screen.session.exporter, screen.app
    if exporter is None:
        app.notify(NOWHERE, markup=False)
        return

    def writing() -> None:
        try:
            paths = write(exporter)
        except (OSError, Refused) as error:
            said = f"nothing was written: {text(getattr(error, 'strerror', None) or error)}"
            app.call_from_thread(app.notify, said, severity="error", timeout=15.0, markup=False)
        else:
            said = "\n".join(["written:", *map(text, paths)])
            app.call_from_thread(app.notify, said, timeout=10.0, markup=False)

    screen.run_worker(writing, thread=True, group="export", exit_on_error=False)


ENTRIES: tuple[tuple[str, str, str, Callable[[Commanding], None]], ...] = (
    ("everything", "Everything…", "e", everything),
    ("metrics", "Metrics…", "m", metrics),
    ("log", "Log", "l", log),
    ("chart", "Focused chart…", "c", chart),
    ("screenshot", "Screenshot", "s", screenshot),
    ("report", "Report", "r", report),
)
"""Id, label, the letter that chooses it, what it does."""

ACTIONS: dict[str, Callable[[Commanding], None]] = {id: act for id, _, _, act in ENTRIES}
