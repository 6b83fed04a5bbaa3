"""Opens what changes values of the running trainer: the form, undo, the list of changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from textual.content import Content

from console.core import changes
from console.core.format_text import text
from console.core.format_time import clock
from console.core.protocol import Outcome
from console.screens.dialog import CANCEL, Dialog
from console.screens.hyperparameters import Hyperparameters
from console.screens.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events
    from textual.binding import BindingType

    from console.core.changes import Change
    from console.core.state import RunState
    from console.screens.commanding import Commanding

UNSAVED = "this trainer saves nothing by order"
HELD = "a step failed half-way, a checkpoint of it is none"


def change(screen: Commanding) -> None:
    """The form; what is answered is ordered."""
    state = screen.session.link.state
    form = Hyperparameters(
        lambda: screen.session.link.state.control.settable,
        lambda name: changes.in_force(state, name),
        unsaved=why_unsaved(state),
        history=lambda: show_changes(screen),
    )
    screen.app.push_screen(form, lambda args: screen.order("set", args) if args else None)


def why_unsaved(state: RunState) -> str | None:
    """Why no checkpoint can come before a change; None when one can."""
    if "checkpoint" not in state.control.abilities:
        return UNSAVED
    return HELD if state.life.held_m is not None else None


class Undo(Dialog):
    """Asks; U once more answers yes."""

    BINDINGS: ClassVar[list[BindingType]] = [("U", "again", "Undo")]

    def is_too_early(self, event: events.Key) -> bool:
        return super().is_too_early(event) or (event.key == "U" and event.time < self._seen_at)

    def action_again(self) -> None:
        self.dismiss("undo")


def undo(screen: Commanding) -> None:
    """Asks whether the last change is to be put back, and orders it."""
    last = changes.undoable(screen.session.link.state)
    if last is None:
        return

    def answered(name: str | None) -> None:
        if name != "undo":
            return
        now = changes.undoable(screen.session.link.state)
        if now is None or now.id != last.id:
            said = "Nothing was put back: something was changed meanwhile. U shows what."
            screen.app.notify(said, severity="warning", markup=False)
        else:
            screen.order("set", changes.put_back(last))

    screen.app.push_screen(Undo("UNDO", _question(screen, last), UNDO_CHOICES), answered)


UNDO_CHOICES = (CANCEL, ("undo", "Put back", "bold $primary"))


def _question(screen: Commanding, last: Change) -> list[str | Content]:
    state, now = screen.session.link.state, screen.clock()
    step = "" if last.step is None else f" at step {last.step:,}"
    by = f" by {text(last.by)}" if last.by else ""
    lines: list[str | Content] = [
        Content.styled(f"Set {clock(last.t, now.t, now.offset)}{step}{by}:", "$muted"), ""
    ]  # fmt: skip
    for name, old in last.old.items():
        value = state.control.settable.get(name, {}).get("value", last.new.get(name))
        lines.append(
            Content.assemble(
                f"{text(name)}  ", (changes.shown(value), "$muted"), " → ",
                (changes.shown(old), "bold $warning"),
            )
        )  # fmt: skip
    return [
        *lines,
        "",
        Content.styled("No checkpoint is saved first. U again puts back.", "$muted"),
    ]


def show_changes(screen: Commanding) -> None:
    """Every change of this run, the newest first."""
    state, now = screen.session.link.state, screen.clock()
    found = [_line(one, clock(one.t, now.t, now.offset)) for one in state.control.changes]
    lines: list[Any] = [line for pair in reversed(found) for line in pair]
    said = lines or [text(changes.why_nothing(state))]
    count = len(found)
    note = "1 change" if count == 1 else f"{count} changes"
    screen.app.push_screen(Reading("CHANGES", said, note))


SIGNS: Mapping[Outcome, tuple[str, str]] = {
    Outcome.DONE: ("✓", "$success"),
    Outcome.EXPIRED: ("✗", "bold $warning"),
    Outcome.SUPERSEDED: ("·", "$muted"),
}


def _line(one: Change, when: str) -> tuple[Content, Content]:
    sign, style = SIGNS.get(one.outcome, ("✗", "bold $error"))
    step = "" if one.step is None else f" at step {one.step:,}"
    by = f" by {text(one.by)}" if one.by else ""
    end = "undone" if _is_undone(one) else str(one.outcome)
    why = f": {text(one.detail)}" if one.detail and one.outcome is not Outcome.DONE else ""
    undid = "put back: " if one.undoes else ""
    head = Content.assemble((f"{sign} ", style), f"{undid}{changes.told(one.new, one.old)}")
    return head, Content.styled(f"  {when}{step}{by} · {end}{why}", "$muted")


def _is_undone(one: Change) -> bool:
    return one.outcome is Outcome.DONE and bool(one.old) and not one.undoes and not one.stands
