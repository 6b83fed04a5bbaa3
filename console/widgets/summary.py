"""The run in two or three rows, where the panels do not fit: below the cards, or above the log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from console.core import format as fmt
from console.core.format_time import ago, duration
from console.core.summary import coverage
from console.widgets.moment import Now
from console.widgets.order_line import order_sentence
from console.widgets.progress import percent
from console.widgets.progress_rows import (
    at_risk,
    best,
    coarse,
    count,
    eta,
    gradient,
    next_save,
    validation,
)
from console.widgets.text import Part, fitted, joined, segmented, segmented_width

if TYPE_CHECKING:
    from console.core.state import RunState

ROOMY_WIDTH = 100
LOW_COVERAGE = 80.0


class Summary(Widget):
    """Two rows in a narrow terminal, three in a wide one."""

    GROUPS = frozenset(
        {"life", "position", "metrics", "loss", "throughput", "experts", "system", "checkpoints",
         "evaluation", "timing", "control"}
    )  # fmt: skip
    ALLOW_SELECT = False
    _state: RunState | None = None
    _now = Now(0.0, None)
    _shown = Content("")

    def show(self, state: RunState, now: Now) -> None:
        """Shows the state."""
        self._state, self._now = state, now
        if self.size.width and not self._content().is_same(self._shown):
            self.refresh()

    def render(self) -> Content:
        self._shown = self._content()
        return self._shown

    def _content(self) -> Content:
        if self._state is None:
            return Content("")
        width = self.size.width
        rows = _roomy if width >= ROOMY_WIDTH - 2 else _narrow
        return Content("\n").join(rows(self._state, self._now, width))


def _narrow(state: RunState, now: Now, width: int) -> list[Content]:
    first = joined([_bar(state, width * 3 // 8), " ", _percent(state)])
    values = [
        Part(_labelled("loss", _loss(state)), 0),
        Part(Content(_delta(state)), 5),
        Part(_throughput(state), 1),
        Part(_memory(state), 2),
        Part(_heat(state), 4),
        Part(_saved(state, now), 3),
        Part(_weak_expert(state), 6),
    ]
    return [fitted([Part(first), *_place(state, now)], width), fitted(values, width)]


def _roomy(state: RunState, now: Now, width: int) -> list[Content]:
    first = joined([_bar(state, width // 2), " ", _percent(state)])
    risk, due = at_risk(state), next_save(state, now)
    later = "" if due is None else f", next {coarse(due)}"
    values = [
        Part(joined([_saved(state, now), (later, "")]), 0),
        Part(_labelled("at risk", duration(risk)), 1),
        Part(_labelled("val", validation(state)), 2),
        Part(Content(best(state)), 4),
        Part(_labelled("lr", fmt.scientific(state.value("learning_rate"))), 3),
        Part(_labelled("grad", gradient(state.value("gradient_norm"))), 5),
    ]
    return [
        fitted([Part(first), *_place(state, now)], width, "   "),
        fitted(values, width, "   "),
        fitted([Part(order_sentence(state, now))], width),
    ]


def _bar(state: RunState, room: int) -> Content:
    return segmented(state.position.progress, segmented_width(room), "$primary")


def _percent(state: RunState) -> tuple[str, str]:
    return percent(state), "bold"


def _labelled(label: str, value: str) -> Content:
    return joined([(f"{label} ", "$muted"), (value, "$muted" if value == fmt.UNKNOWN else "")])


def _place(state: RunState, now: Now) -> list[Part]:
    place = state.position
    epoch = _out_of(place.epoch, place.total_epochs)
    batch = _out_of(place.batch, place.batches_per_epoch)
    return [
        Part(_labelled("E", epoch), 2),
        Part(_labelled("B", batch), 3),
        Part(_labelled("ETA", eta(state, now)), 1),
    ]


def _out_of(done: float | None, total: float | None) -> str:
    return count(done) if total is None else f"{count(done)}/{count(total)}"


def _loss(state: RunState) -> str:
    return fmt.loss(state.value("loss"))


def _delta(state: RunState) -> str:
    return "" if state.loss.delta is None else f"Δ{fmt.signed(state.loss.delta)}"


def _throughput(state: RunState) -> Content:
    found = state.throughput
    return Content("" if found.current is None else fmt.rate(found.current, found.unit))


def _memory(state: RunState) -> Content:
    system = state.system
    used = [gpu.memory_used for gpu in system.gpus if gpu.memory_used is not None]
    total = [gpu.memory_total for gpu in system.gpus if gpu.memory_total]
    if used and total:
        return _labelled("VRAM", fmt.percent(100 * sum(used) / sum(total), 0))
    if system.ram_used is None or not system.ram_total:
        return Content("")
    return _labelled("RAM", fmt.percent(100 * system.ram_used / system.ram_total, 0))


def hottest(state: RunState) -> float | None:
    """The highest temperature of the GPUs, °C."""
    found = [gpu.temperature for gpu in state.system.gpus if gpu.temperature is not None]
    return max(found, default=None)


def _heat(state: RunState) -> Content:
    heat = hottest(state)
    return Content("" if heat is None else f"{fmt.number(heat)} °C")


def _saved(state: RunState, now: Now) -> Content:
    last = state.checkpoints.last
    if last is None:
        return _labelled("ckpt", fmt.UNKNOWN)
    return _labelled("ckpt", ago(now.age(last.t, state.checkpoints.last_m)))


def _weak_expert(state: RunState) -> Content:
    values = coverage(state.experts.share)
    if not values or min(values) >= LOW_COVERAGE:
        return Content("")
    return Content.styled(f"E{values.index(min(values))} ▼", "$warning")
