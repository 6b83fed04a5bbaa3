"""The rows of the progress panel: one small function a row, in the order of ROWS.

Each gives the value and what stands at the right edge. To add a row: a function and an entry in
ROWS. `at_risk`, `next_save` and `eta` are shared with the summary.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core import pace
from console.core.format_text import text
from console.core.format_time import ago, clock, duration
from console.core.state import Status
from console.widgets.gpu_health import health, temperatures, without
from console.widgets.text import bar, joined

if TYPE_CHECKING:
    from console.core.state import RunState
    from console.widgets.moment import Now

NOTHING = Content("")
OLD_SECONDS = 30.0
OLD_SYSTEM_SECONDS = 20.0
_RESTING = frozenset({Status.PAUSED, Status.FROZEN, Status.ERROR})

Cells = tuple[Content, Content | tuple[Content, ...]]
"""What stands at the left, and what at the right; several: the first that fits."""
SUB_BAR = 7
Row = Callable[["RunState", "Now"], Cells]


def known(value: str, style: str = "") -> Content:
    """A value, or the sign for not known, muted."""
    return Content.styled(value, "$muted" if value == fmt.UNKNOWN else style)


def muted(value: str) -> Content:
    """A text of lesser weight."""
    return Content.styled(value, "$muted")


def coarse(seconds: float) -> str:
    """`2 m`, `3 h`: a duration in its largest unit."""
    return ago(seconds).removesuffix(" ago")


def of(done: float | None, total: float | None) -> str:
    """`47 / 100`, with what is known of it."""
    if done is None and total is None:
        return fmt.UNKNOWN
    if total is None:
        return count(done)
    return f"{count(done)} / {count(total)}"


def count(value: float | None) -> str:
    """A whole number; epochs that some trainers count in parts keep two decimals."""
    if value is None:
        return fmt.UNKNOWN
    return fmt.number(value, 0 if float(value).is_integer() else 2)


def share(done: float | None, total: float | None) -> float | None:
    """0 to 1; None when either is not known."""
    return None if done is None or not total else min(1.0, max(0.0, done / total))


def elapsed(state: RunState, now: Now) -> float | None:
    """Seconds of work so far; between two reports it goes on as long as it trains."""
    timing = state.timing
    if timing.as_of is None:
        return None
    since = now.age(timing.as_of, timing.as_of_m) or 0.0
    still = state.ended or state.status in _RESTING
    return timing.elapsed + (0.0 if still else min(since, 5.0))


def remaining(state: RunState) -> tuple[float, float] | None:
    """The range of seconds to go."""
    low, high = state.timing.remaining_low, state.timing.remaining_high
    return None if low is None or high is None else (low, high)


def eta(state: RunState, now: Now) -> str:
    """The time of day it will be ready, from the middle of the range."""
    span = remaining(state)
    if span is None or state.status in _RESTING:
        return fmt.UNKNOWN
    return clock(now.t + sum(span) / 2, now.t, now.offset)


def at_risk(state: RunState) -> float | None:
    """Seconds of work that would be lost if it died now; None when nothing runs."""
    return None if state.ended else pace.at_risk(state)


def next_save(state: RunState, now: Now) -> float | None:
    """Seconds until the next automatic checkpoint."""
    saved, life = state.checkpoints, state.life
    if state.ended or state.status in _RESTING:
        return None
    if saved.interval_seconds:
        last = (saved.last.t if saved.last else life.started, saved.last_m or life.started_m)
        since = now.age(*last)
        return None if since is None else max(0.0, saved.interval_seconds - since)
    step, seconds = state.position.step, state.timing.step_seconds
    if saved.interval_steps and step is not None and seconds is not None:
        return (saved.interval_steps - step % saved.interval_steps) * seconds
    return None


def metric(state: RunState, now: Now, name: str, form: Callable[[float], str]) -> Content:
    """A value of the trainer; dim, with its age, when it should have come again long ago."""
    found = state.metrics.get(name)
    if found is None:
        return known(fmt.UNKNOWN)
    age = max(0.0, now.t - found.t)
    limit = max(OLD_SECONDS, 8 * (state.timing.step_seconds or 0.0))
    if age > limit and not state.ended and state.status not in _RESTING:
        return muted(f"{form(found.value)}  {ago(age)}")
    return Content(form(found.value))


def _epoch(state: RunState, _now: Now) -> Cells:
    place = state.position
    return known(of(place.epoch, place.total_epochs)), _part(
        share(place.epoch, place.total_epochs), with_bar=True
    )


def _batch(state: RunState, _now: Now) -> Cells:
    place = state.position
    return known(of(place.batch, place.batches_per_epoch)), _part(
        share(place.batch, place.batches_per_epoch), with_bar=True
    )


def _part(part: float | None, *, with_bar: bool) -> Content:
    if part is None:
        return NOTHING
    number = fmt.percent(100 * part, 0)
    return joined([bar(part, SUB_BAR), (f"{number:>6}", "$muted")]) if with_bar else muted(number)


def _elapsed(state: RunState, now: Now) -> Cells:
    when = eta(state, now)
    return known(duration(elapsed(state, now))), joined([("ETA ", "$muted"), known(when, "bold")])


def _remaining(state: RunState, _now: Now) -> Cells:
    span = remaining(state)
    if span is None:
        return known(fmt.UNKNOWN), NOTHING
    low, high = duration(span[0]), duration(span[1])
    return Content(low if low == high else f"{low} – {high}"), NOTHING


def _checkpoints(state: RunState, now: Now) -> Cells:
    saved = state.checkpoints
    parts = [(fmt.number(saved.count), "")]
    if saved.last is not None:
        parts.append((f", last {ago(now.age(saved.last.t, saved.last_m))}", ""))
    if saved.failed:
        parts.append((f", ✗ {fmt.number(saved.failed)} failed", "bold $error"))
    due = next_save(state, now)
    return joined(parts), NOTHING if due is None else muted(f"next {coarse(due)}")


def _at_risk(state: RunState, _now: Now) -> Cells:
    risk = at_risk(state)
    value = known(fmt.UNKNOWN if risk is None else f"{duration(risk)} of work")
    return value, (muted(f"autosave {autosave(state)}"), muted(f"save {autosave(state)}"))


def autosave(state: RunState) -> str:
    """How often it saves by itself: `10 m`, `500 steps`."""
    saved = state.checkpoints
    if saved.interval_seconds:
        return coarse(saved.interval_seconds)
    if saved.interval_steps:
        return f"{fmt.number(saved.interval_steps)} steps"
    return fmt.UNKNOWN


def _samples(state: RunState, _now: Now) -> Cells:
    place = state.position
    part = _part(share(place.samples, place.total_samples), with_bar=False)
    value = known(of(place.samples, place.total_samples))
    if place.samples is None or place.total_samples is None:
        return value, part
    left = f"{fmt.number(max(0, place.total_samples - place.samples))} left"
    return value, (joined([(f"{left}  ", "$muted"), part]), muted(left), part)


def accuracy(value: float | None) -> str:
    """`94.7 %` of an accuracy from 0 to 1."""
    return fmt.percent(None if value is None else 100 * value)


def best(state: RunState) -> str:
    """`best 94.9 % E42`; empty when nothing was validated."""
    found = state.evaluation
    if found.best_accuracy is not None:
        where = "" if found.best_accuracy_epoch is None else f" E{int(found.best_accuracy_epoch)}"
        return f"best {accuracy(found.best_accuracy)}{where}"
    return "" if found.best_loss is None else f"best {fmt.loss(found.best_loss)}"


def validation(state: RunState) -> str:
    """The latest accuracy on held-out data, else the loss."""
    found = state.evaluation
    if found.validation_accuracy is not None or found.validation_loss is None:
        return accuracy(found.validation_accuracy)
    return f"loss {fmt.loss(found.validation_loss)}"


def _validation(state: RunState, _now: Now) -> Cells:
    return known(validation(state)), muted(best(state))


def _test(state: RunState, _now: Now) -> Cells:
    found = state.evaluation
    if found.test_accuracy is not None or found.test_loss is None:
        return known(accuracy(found.test_accuracy)), NOTHING
    return Content(f"loss {fmt.loss(found.test_loss)}"), NOTHING


def _gpu(state: RunState, now: Now) -> Cells:
    system = state.system
    shown = temperatures(system)
    age = now.age(system.t, None)
    if age is not None and age > OLD_SYSTEM_SECONDS and not state.ended:
        return muted(shown), muted(ago(age))
    if not system.gpus:
        return muted(f"{shown}  {without(system)}".rstrip()), NOTHING
    word, limits = health(system.gpus), {gpu.temperature_limit for gpu in system.gpus} - {None}
    if len(limits) != 1:
        return known(shown), word
    (limit,) = limits
    return known(shown), (joined([(f"max {fmt.number(limit)} °C  ", "$muted"), word]), word)


def _rate(state: RunState, now: Now) -> Cells:
    facts, tree = state.configuration.facts, state.configuration.tree
    section = tree.get("optimization")
    schedule = facts.get("schedule") or (
        section.get("schedule") if isinstance(section, dict) else None
    )
    return metric(state, now, "learning_rate", fmt.scientific), (
        NOTHING if schedule is None else muted(text(schedule))
    )


def _gradient(state: RunState, now: Now) -> Cells:
    decay = state.value("weight_decay")
    if decay is None:
        found = state.configuration.facts.get("weight_decay")
        decay = found if isinstance(found, (int, float)) else None
    right = muted(f"wd {fmt.setting(decay)}")
    return metric(state, now, "gradient_norm", gradient), right


def gradient(value: float | None) -> str:
    """A gradient norm to three decimals."""
    return fmt.number(value, 3)


ROWS: tuple[tuple[str, Row], ...] = (
    ("Epoch", _epoch),
    ("Batch", _batch),
    ("Elapsed", _elapsed),
    ("Remaining", _remaining),
    ("Checkpoints", _checkpoints),
    ("At risk", _at_risk),
    ("Samples", _samples),
    ("Validation", _validation),
    ("Test", _test),
    ("GPU", _gpu),
    ("LR", _rate),
    ("Grad norm", _gradient),
)
