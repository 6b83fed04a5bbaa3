"""The dialog of a failure: what went wrong, what could help, and what can be done now.

It opens by itself, once for each failure, where nothing else is open; E opens it again. To add an
action: a row in `_choices` and in ACTIONS.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, cast

from textual.content import Content

from console.commands import FAILED
from console.core.changes import in_force
from console.core.failure import ROWS, Failure, error_log, failure
from console.core.failure_trace import OWN_ROW
from console.core.format_text import text
from console.screens.dialog import Choice, Dialog
from console.screens.messages import Attach

if TYPE_CHECKING:
    from console.core.state import RunState
    from console.screens.commanding import Commanding
    from console.screens.session import Session
    from console.screens.training import TrainingScreen

CLOSE: Choice = ("cancel", "Close", "")


class FailureDialog(Dialog):
    """Answers the name of an action, or None."""


def notice(screen: TrainingScreen) -> None:
    """Call when the life of the run changed: opens the dialog for a new failure, and closes it
    when there is none any more."""
    state = screen.session.link.state
    if state.status not in FAILED:
        screen.failure_seen = None
        if isinstance(screen.app.screen, FailureDialog):
            screen.app.screen.dismiss(None)
        return
    which = state.life.held_m if state.life.held_m is not None else "ended"
    if which == screen.failure_seen or not screen.live:
        return
    screen.failure_seen = which
    if isinstance(screen.app.screen, FailureDialog):  # it told of a step that is not held any more
        screen.app.screen.dismiss(None)
        show(screen)
    elif screen.app.screen is screen:
        show(screen)
    else:
        said = f"{state.status}: {text(state.life.cause)}\nE says what can be done."
        screen.app.notify(said, severity="error", timeout=20.0, markup=False)


def show(screen: Commanding) -> None:
    """Opens the dialog; what is answered is done."""
    found, rows = _look(screen.session)
    if found is None:
        return

    def answered(name: str | None) -> None:
        if name is not None:
            ACTIONS[name](screen, found, rows)

    screen.app.push_screen(dialog(screen.session, found), answered)


def dialog(session: Session, found: Failure) -> FailureDialog:
    """The dialog of a failure of this session's run."""
    lines: list[str | Content] = [Content.styled(text(found.cause), "bold $error")]
    if found.line is not None:
        lines.append(text(found.line))
    lines.append("")
    if found.suggestions:
        lines += ["Suggestions:", *(f"• {text(one)}" for one in found.suggestions), ""]
    return FailureDialog("TRAINING ERROR", lines, _choices(session, found), grave=True)


def _look(session: Session) -> tuple[Failure | None, list[str]]:
    """The failure, and the last rows of the output it is read from."""
    source = session.rows
    first = max(0, source.count() - ROWS)
    raw = [*source.rows(first, ROWS), *source.live()]
    rows = [row.decode("utf-8", "replace") for row in raw]
    return failure(session.link.state, rows, first), rows


def _choices(session: Session, found: Failure) -> list[Choice]:
    """Only what makes sense now; the first has the focus, and does no harm."""
    state, may = session.link.state, not session.read_only
    able = state.control.abilities
    rows: Sequence[tuple[bool, Choice]] = (
        (True, CLOSE),
        (True, ("log", "View log", "")),
        (found.held and may and bool(_live(state)), ("adjust", "Adjust and recover…", "")),
        (found.held and may, ("recover", "Recover", "bold $success")),
        (found.held and may and "recover" in able, ("checkpoint", "From checkpoint", "")),
        (found.held and may, ("stop", "Stop…", "$error")),
        (can_go_on(session), ("anew", "Recover in a new run", "bold $success")),
        (session.export_error is not None, ("export", "Export error log", "")),
    )
    return [choice for makes_sense, choice in rows if makes_sense]


def _live(state: RunState) -> dict[str, dict[str, object]]:
    """What can be changed without a restart."""
    settable = state.control.settable
    return {name: spec for name, spec in settable.items() if spec.get("applies") != "restart"}


def can_go_on(session: Session) -> bool:
    state = session.link.state
    return state.ended and state.checkpoints.last is not None and session.recover is not None


def recover(screen: Commanding) -> None:
    """Tries the held step again; for a dead run a new one is started."""
    state = screen.session.link.state
    if not state.ended:
        screen.order("recover")
    elif can_go_on(screen.session):
        go_on(screen)
    else:
        said = f"gladius-console recover {text(state.run.id)} starts a new run"
        screen.app.notify(said, markup=False)


def _view_log(screen: Commanding, found: Failure, rows: list[str]) -> None:
    """Goes to the traceback, else to the last row the trainer printed."""
    count = screen.session.rows.count() + len(screen.session.rows.live())
    own = next((i for i, row in enumerate(reversed(rows)) if not row.startswith(OWN_ROW)), 0)
    row = found.trace.first if found.trace else max(0, count - 1 - own)
    training = cast("TrainingScreen", screen)
    training.look(training.body.view)
    training.set_focus(screen.stream())
    screen.stream().show_row(row)


def _adjust(screen: Commanding, _found: Failure, _rows: list[str]) -> None:
    from console.screens.hyperparameters import Hyperparameters

    def answered(args: dict[str, Any] | None) -> None:
        if args:
            screen.order("recover", {"set": args["set"]})

    link = screen.session.link
    form = Hyperparameters(
        lambda: _live(link.state), lambda name: in_force(link.state, name), unsaved=""
    )
    screen.app.push_screen(form, answered)


def _stop(screen: Commanding, _found: Failure, _rows: list[str]) -> None:
    from console.screens import stopping

    stopping.ask(screen)


def _export(screen: Commanding, found: Failure, rows: list[str]) -> None:
    export = screen.session.export_error
    if export is None:
        return
    try:
        said, severity = export(error_log(screen.session.link.state, found, rows)), "information"
    except OSError as error:
        said, severity = f"the error log was not written: {error}", "error"
    screen.app.notify(text(said), severity=severity, markup=False)  # type: ignore[arg-type]


def go_on(screen: Commanding) -> None:
    """Starts a new run from the last good checkpoint, and shows it."""
    start = screen.session.recover

    async def begin() -> None:
        assert start is not None
        try:
            run = await start()
        except (RuntimeError, OSError) as error:
            said = f"no new run was started: {text(error)}"
            screen.app.notify(said, severity="error", timeout=20.0, markup=False)
        else:
            screen.post_message(Attach(run))

    screen.run_worker(begin(), group="recover", exclusive=True)


ACTIONS: dict[str, Callable[[Commanding, Failure, list[str]], None]] = {
    "log": _view_log,
    "adjust": _adjust,
    "recover": lambda screen, _found, _rows: screen.order("recover"),
    "checkpoint": lambda screen, _found, _rows: screen.order("recover", {"from": "checkpoint"}),
    "stop": _stop,
    "anew": lambda screen, _found, _rows: go_on(screen),
    "export": _export,
}
