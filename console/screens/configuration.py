"""The configuration on the screen: the frozen file, and how the file differs from it by now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format_text import text
from console.core.recognition import told
from console.screens.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.config_diff import Change
    from console.screens.session import Session

NEEDS_A_RUN = "A configuration is read at the start: these take effect in a new run."


def viewed(session: Session) -> Reading:
    """The file as the run was started with it."""
    name = text(session.link.state.configuration.filename or "configuration")
    found = session.config_text()
    lines = ["the frozen copy cannot be read"] if found is None else found.splitlines()
    understood = [f"# {label}: {said}" for label, said in told(session.link.state)]
    if understood:
        lines += ["", *understood]
    return Reading(f"CONFIG {name}", [text(line) if line else "" for line in lines], "as started")


def compared(session: Session) -> Reading:
    """The file now against the frozen copy."""
    name = text(session.link.state.configuration.filename or "configuration")
    try:
        changes = session.config_changes()
    except (ValueError, OSError) as error:
        lines = [Content.styled("The file cannot be read as a configuration:", "bold $error")]
        said = [Content(text(line)) for line in str(error).splitlines()]
        return Reading(f"RELOAD {name}", [*lines, Content(""), *said], "nothing changed")
    return Reading(f"RELOAD {name}", _lines(changes), _count(changes))


def _count(changes: Sequence[Change]) -> str:
    return "1 difference" if len(changes) == 1 else f"{len(changes)} differences"


def _lines(changes: Sequence[Change]) -> list[Content]:
    if not changes:
        return [Content("The file says what this run uses.")]
    width = max(len(change.path) for change in changes)
    told = [
        Content.assemble(
            (f"{text(change.path):<{width}}  ", "bold"),
            (_value(change.old), "$muted"),
            " → ",
            (_value(change.new), "$warning"),
        )
        for change in changes
    ]
    return [*told, Content(""), Content.styled(NEEDS_A_RUN, "$muted")]


def _value(value: object) -> str:
    return "not set" if value is None else text(value)
