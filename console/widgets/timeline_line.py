"""One entry of the timeline as a line: when, its sign, what was said, who."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core.format_text import text
from console.core.format_time import clock
from console.core.timeline_view import alert_of
from console.widgets.text import joined, padded, spread

if TYPE_CHECKING:
    from console.core.state import Entry, RunState
    from console.widgets.moment import Now

SIGNS: dict[str, tuple[str, str]] = {
    "start": ("▸", "$success"),
    "save": ("✓", "$success"),
    "failure": ("✗", "bold $error"),
    "eval": ("✓", "$information"),
    "epoch": ("·", "$primary"),
    "change": ("~", "$primary"),
    "config": ("~", "$warning"),
    "pause": ("‖", "$warning"),
    "resume": ("▸", "$success"),
    "stop": ("■", "$muted"),
    "end": ("■", "$muted"),
    "alert": ("▲", "$warning"),
    "over": ("△", "$muted"),
    "order": ("›", "$muted"),
}
"""The sign and colour of every kind of entry (`core.timeline.MARKS`)."""

SECONDS_WIDTH = 56
"""From this width on, times have seconds."""
WHO_WIDTH, WHAT_WIDTH = 12, 12
"""Columns of the audit list."""
STEP_WIDTH = 84
"""From this width on, the step stands at the right edge, and the audit list has columns."""


def moment(entry: Entry, now: Now, width: int) -> str:
    """When it was, as exact as there is room."""
    return clock(entry.t, now.t, now.offset, with_seconds=width >= SECONDS_WIDTH)


def line(
    entry: Entry, state: RunState, now: Now, width: int, *, audit: bool = False, longest: int = 0
) -> Content:
    """`14:04:15 ✓ saved at step 8,450 · 1.2 GB by ana`, in exactly `width` cells; `longest`: cells
    of the longest time in the list."""
    when = moment(entry, now, width)
    when = f"{when:>{longest}}" if width >= SECONDS_WIDTH else when
    sign, style = SIGNS.get(entry.mark, ("·", "$muted"))
    alert = alert_of(state, entry)
    seen = alert is not None and alert.seen is not None
    weight = "bold" if alert is not None and not seen else "$muted" if seen else ""
    pieces = [(f"{when} ", "$muted"), (sign, "$muted" if seen else style)]
    if audit:
        pieces += _audited(entry, width)
    else:
        by = f" by {who(entry.by)}" if entry.by else ""
        pieces += [(f" {text(entry.text)}", weight), (by, "$muted")]
    if alert is not None and seen:
        pieces.append((f" · seen by {who(alert.seen_by) or 'somebody'}", "$muted"))
    return _with_step(joined(pieces), entry, width)


def _audited(entry: Entry, width: int) -> list[tuple[str, str]]:
    """Who, what, old and new, and what became of it."""
    said = text(entry.text)
    by, what = who(entry.by) or "—", text(entry.cmd or entry.mark)
    if entry.cmd and said.startswith(f"{what} {entry.outcome}"):
        said = said.removeprefix(f"{what} {entry.outcome}").removeprefix(": ")
    outcome = "" if entry.outcome in ("", "done") else f"{entry.outcome} "
    if width < STEP_WIDTH:
        return [(f" {by} ", "$muted"), (f"{what} ", ""), (outcome, "bold $error"), (said, "$muted")]
    done = "done" if entry.outcome == "done" else ""
    wrong = entry.mark == "failure"
    return [
        (f" {by:<{WHO_WIDTH}.{WHO_WIDTH}} ", "$muted"),
        (f"{what:<{WHAT_WIDTH}.{WHAT_WIDTH}} ", "bold"),
        (f"{outcome.strip() or done:<10} ", "bold $error" if wrong else "$muted"),
        (said, ""),
    ]


def who(by: str) -> str:
    """The person of `ana@trainbox:pts/3`."""
    return text(by.partition("@")[0])


def _with_step(said: Content, entry: Entry, width: int) -> Content:
    if width < STEP_WIDTH or entry.step is None:
        return padded(said, width)
    return spread(said, Content.styled(f" step {entry.step:,}", "$muted"), width)
