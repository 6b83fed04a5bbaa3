"""Notices that reach a person: which entries of the timeline are one, and in which words.

To add one: a word of EVENTS and the rule in `_event` that finds it in an entry. Which of them go
which way says `notify:` (`config_notify`), how many at most `notify_line`, in which form
`notify_form`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core import format as people
from console.core.alarm import CRITICAL, WARNING
from console.core.delivery import USUAL as USUAL
from console.core.format_text import cut, text
from console.core.redaction import mask
from console.core.words import Status

if TYPE_CHECKING:
    from console.core.alarm import Alert
    from console.core.state import Entry, RunState

INFO = "info"
SEVERITIES = (INFO, WARNING, CRITICAL)

EVENTS: dict[str, str] = {
    "alert": "an alert began; alert.RULE is one rule",
    "alert_end": "it is over; alert_end.RULE is one rule",
    "failed": "the run ended by itself with an error, or a failed step is held",
    "dead": "the run was killed, or nobody saw how it ended",
    "finished": "the run ended well",
    "stopped": "the run ended after a stop",
    "checkpoint": "a checkpoint was saved",
    "checkpoint_failed": "a checkpoint was not saved",
    "validation": "a validation is done",
    "epoch": "an epoch began, of those the timeline tells",
    "order": "an order failed, was rejected, expired or left unseen; a stop waits for a decision",
    "started": "the run began",
    "paused": "the trainer pauses, or is frozen",
    "resumed": "it goes on",
    "change": "a value was changed while it trains",
    "configuration": "the configuration file was edited, or is gone",
}
"""What can be told, by the word for it in a configuration."""

SUMS = (CRITICAL, WARNING, "all")
"""Words for several: all of this severity, or everything."""

RULED = ("alert", "alert_end")
LONGEST_CELLS = 600
MOST_DECIDING = "ask"

_BY_MARK = {
    "start": "started", "save": "checkpoint", "eval": "validation", "epoch": "epoch",
    "change": "change", "config": "configuration", "pause": "paused", "resume": "resumed",
    "alert": "alert", "over": "alert_end",
}  # fmt: skip
_ENDS = {
    Status.FINISHED: "finished", Status.STOPPED: "stopped", Status.ERROR: "failed",
    Status.DEAD: "dead",
}  # fmt: skip
_FAILURES = {"saved": "checkpoint_failed", "phased": "failed", "answered": "order",
             "ordered": "order", "stopstage": "order"}  # fmt: skip
_SEVERE = {"failed": CRITICAL, "dead": CRITICAL, "checkpoint_failed": CRITICAL, "order": WARNING}
_NOT_TOLD = ("notified", "bye")
"""Kinds of entries that are none: what the ways say of themselves, and a last word, which the end
repeats."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One thing a person is told. All text is printable, one line, without secrets."""

    id: str
    """Of the run and the entry: the same notice has the same id, however often it is sent."""
    number: int
    """Which entry of the run's timeline it is, counted from 1."""
    event: str
    severity: str
    run: str
    name: str
    text: str
    t: float
    step: int | None = None
    rule: str = ""
    advice: str = ""
    host: str = ""

    @property
    def title(self) -> str:
        """`qwen-moe: checkpoint failed`."""
        return f"{self.name}: {self.event.replace('_', ' ')}"


def notice_of(entry: Entry, state: RunState) -> Notice | None:
    """The notice an entry of the timeline is, None when it is none. `state`: after the entry."""
    kind, _, number = entry.id.rpartition("-")
    event = _event(kind, entry, state)
    if event is None or not number.isdecimal():
        return None
    alert = _alert(entry, state) if event in RULED else None
    severity = _SEVERE.get(event, INFO)
    if event == "alert":
        severity = alert.severity if alert else WARNING
    return Notice(
        id=f"{state.run.id}/{entry.id}",
        number=int(number),
        event=event,
        severity=severity,
        run=state.run.id,
        name=printed(state.run.name or state.run.id),
        text=_said(kind, event, entry, state),
        t=entry.t,
        step=entry.step,
        rule=alert.rule if alert else "",
        advice=printed(alert.advice) if alert and alert.advice and event == "alert" else "",
        host=printed(state.run.host) if state.run.host else "",
    )


def _said(kind: str, event: str, entry: Entry, state: RunState) -> str:
    """The words of the entry; of the end the cause, and how far the run came."""
    if kind != "exited":
        return printed(entry.text)
    step, loss = state.position.step, state.value("loss")
    parts = [state.life.cause if event in ("failed", "dead") else entry.text]
    parts += [] if step is None else [f"step {people.number(step)}"]
    parts += [] if loss is None else [f"loss {people.loss(loss)}"]
    return printed(", ".join(part for part in parts if part))


def printed(said: str) -> str:
    """Foreign words as a notice may carry them."""
    return cut(text(mask(said[: 8 * LONGEST_CELLS])), LONGEST_CELLS)


def is_wanted(notice: Notice, words: Iterable[str]) -> bool:
    """Whether a way with these words tells this notice."""
    found = {"all", notice.event}
    if notice.event != "alert_end":
        found.add(notice.severity)
    if notice.event in RULED:
        found.add(f"{notice.event}.{notice.rule}")
    return not found.isdisjoint(words)


def pending(
    state: RunState, done: int, words: Iterable[str], upto: int | None = None
) -> list[Notice]:
    """What a way has to tell of entries after number `done`, up to `upto`, oldest first."""
    words, found = tuple(words), []
    for entry in state.timeline.entries:
        notice = notice_of(entry, state)
        is_new = notice is not None and notice.number > done
        if notice is None or not is_new or (upto is not None and notice.number > upto):
            continue
        if is_wanted(notice, words):
            found.append(notice)
    return found


def _event(kind: str, entry: Entry, state: RunState) -> str | None:
    if kind in _NOT_TOLD:
        return None
    if kind == "exited":
        return _ENDS.get(state.status)
    if entry.mark == "failure":
        return _FAILURES.get(kind)
    if entry.mark == "stop":
        return "order" if entry.text.endswith(MOST_DECIDING) else None
    return _BY_MARK.get(entry.mark)


def _alert(entry: Entry, state: RunState) -> Alert | None:
    """The alert an entry tells the begin or the end of: of the rules, none begins two at once with
    the same words."""
    every = (*state.alerts.open.values(), *state.alerts.recent)
    if entry.mark == "over":
        ended = [one for one in every if one.ended == entry.t]
        return ended[0] if len(ended) == 1 else _of_words(ended, entry)
    begun = [one for one in every if one.t == entry.t and entry.text.startswith(one.text)]
    return begun[0] if begun else None


def _of_words(ended: list[Alert], entry: Entry) -> Alert | None:
    """Of alerts that ended at one moment, the one whose words those of the entry begin like."""

    def alike(one: Alert) -> int:
        pairs = zip(one.text, entry.text, strict=False)
        return next((at for at, (a, b) in enumerate(pairs) if a != b), len(entry.text))

    return max(ended, key=alike) if ended else None
