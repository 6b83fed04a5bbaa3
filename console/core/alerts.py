"""Which alerts there are: RULES, and `judge`, which says what began and what ended.

To add an alert: a row of RULES, and where no gauge or metric gives its number a row of
`gauges.GAUGES`. A rule begins when its condition has held for `seconds` of the records it looks
at, and ends only at another limit, so that a value near its limit does not begin it again and
again. What is not known neither begins nor ends anything. `configured` puts what a configuration
says (`guards:`) on top.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from console.core import format as fmt
from console.core.alarm import CRITICAL, NOTIFY, WARNING, AlertBegan, AlertEnded
from console.core.condition import Condition
from console.core.gauges import GAUGES, readings

if TYPE_CHECKING:
    from console.core.lately import Memory, Reading
    from console.core.state import RunState

ACTIONS = (NOTIFY, "checkpoint", "pause", "stop")
DRASTIC = ("pause", "stop")
OWN_MARGIN = 0.05
"""A rule of somebody's own is over when the value is back by this part of the limit."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of alert. In the sentences stand `{value}`, `{limit}`, `{subject}`, `{detail}`."""

    id: str
    when: Condition
    until: float
    """The value at which it is over, on the other side of the limit."""
    says: str
    over: str
    advice: str
    severity: str = WARNING
    seconds: float = 0.0
    then: str = NOTIFY

    def is_over(self, value: float) -> bool:
        """Whether a value ends an alert that is open."""
        if math.isnan(value) or self.when.holds(value):
            return False
        if self.until == self.when.limit:
            return True
        return value < self.until if self.when.comparison in (">", ">=") else value > self.until

    def sentence(self, form: str, reading: Reading) -> str:
        """One of the sentences about a reading."""
        show = (
            fmt.number if abs(reading.value) >= 10 and abs(self.when.limit) >= 10 else fmt.setting
        )
        return form.format(
            value=show(reading.value), limit=fmt.setting(self.when.limit),
            subject=reading.subject, detail=reading.detail,
        )  # fmt: skip


def _above(metric: str, limit: float, until: float) -> tuple[Condition, float]:
    return Condition(metric, ">", limit), until


def _below(metric: str, limit: float, until: float) -> tuple[Condition, float]:
    return Condition(metric, "<", limit), until


def _is(metric: str) -> tuple[Condition, float]:
    """For gauges that are 0 or 1."""
    return Condition(metric, ">", 0.0), 0.0


RULES: tuple[Rule, ...] = (
    Rule("nonfinite_loss", *_is("loss_nonfinite"), "the loss is {detail}",
         "the loss is a number again",
         "Go back to the last checkpoint, with a lower learning rate or gradient clipping.",
         CRITICAL),
    Rule("nonfinite_metric", *_is("metric_nonfinite"), "{subject} is {detail}",
         "{subject} is a number again", "Look at what the log says there."),
    Rule("loss_spike", *_above("loss_spike", 8.0, 4.0), "the loss jumped: {detail}",
         "the loss is usual again", "Look at the gradient norm and at the data of this step."),
    Rule("stalled", *_is("stalled"), "stalled: {detail}", "not stalled any more: {detail}",
         "The log says what it did last; pause and stop work also now.", CRITICAL),
    Rule("throughput_low", *_above("throughput_drop", 20.0, 10.0),
         "throughput is {value} % under its average: {detail}", "throughput is usual again",
         "Look at the temperature and load of the GPUs and at what else runs here.", seconds=30.0),
    Rule("expert_imbalance", *_above("expert_imbalance", 15.0, 12.0),
         "experts are used unevenly: {value} %, limit {limit} %", "experts are balanced again",
         "A larger weight of the balancing loss evens them out.", seconds=10.0),
    Rule("expert_dead", *_below("expert_coverage", 5.0, 10.0),
         "{detail} gets {value} % of its fair share", "every expert gets tokens again",
         "A dead expert rarely comes back by itself: raise the balancing loss.", seconds=30.0),
    Rule("gpu_hot", *_above("gpu_temperature", 80.0, 76.0),
         "GPU {subject} is at {value} °C, limit {limit}", "GPU {subject} is at {value} °C again",
         "Check fans and airflow, or lower its power limit.", seconds=10.0),
    Rule("gpu_throttled", *_is("gpu_throttled"), "GPU {subject} is slowed down: {detail}",
         "GPU {subject} runs at its speed again", "Check its cooling and its power supply.",
         seconds=10.0),
    Rule("gpu_lost", *_is("gpu_lost"), "GPU {subject} is lost: it fell off the bus",
         "GPU {subject} is back", "Restart the machine, then train --resume.", CRITICAL,
         seconds=4.0, then="stop"),  # three readings: nothing is stopped for a slip of one
    Rule("other_gpu_lost", *_is("other_gpu_lost"),
         "GPU {subject} is lost; this trainer was not seen on it", "GPU {subject} is back",
         "Should the trainer need it, stop; the machine wants a restart."),
    Rule("gpu_memory", *_above("gpu_memory", 90.0, 87.0),
         "memory of GPU {subject} is {value} % full", "memory of GPU {subject} is at {value} %",
         "A smaller batch or gradient checkpointing makes room.", seconds=10.0),
    Rule("memory", *_above("memory", 90.0, 87.0), "memory is {value} % full",
         "memory is at {value} %", "Fewer data workers, or end what else runs here.",
         seconds=10.0),
    Rule("disk_full", *_below("disk_room", 1.0, 1.25),
         "the disk will be full before the next save: {detail}",
         "the disk has room for the next save", "Delete old checkpoints or move them away."),
    Rule("checkpoint_failed", *_is("checkpoint_failed"), "the checkpoint failed: {detail}",
         "a checkpoint was saved again", "Check the disk, then save a checkpoint.", CRITICAL),
    Rule("checkpoint_partial", *_is("checkpoint_partial"), "the checkpoint is not whole: {detail}",
         "a whole checkpoint was saved", "Do not resume from it; save another.", CRITICAL),
    Rule("guard_metric", *_is("guard_metric"), "guard {subject}: {detail}",
         "guard {subject}: {detail} has come", "It watches nothing: check its name under guards:."),
)  # fmt: skip
"""In the order in which they are told."""

DEFAULTS = {rule.id: rule for rule in RULES}


def judge(
    state: RunState, memory: Memory, rules: Iterable[Rule], t: float, m: float
) -> list[AlertBegan | AlertEnded]:
    """What begins and what ends now, at the clocks `t` and `m`; the state is not changed."""
    count, found = state.alerts.count, list[AlertBegan | AlertEnded]()
    for rule in rules:
        for reading in readings(rule.when.metric, state, memory):
            key = f"{rule.id}/{reading.subject}" if reading.subject else rule.id
            if key in state.alerts.open:
                if rule.is_over(reading.value):
                    text = rule.sentence(rule.over, reading)
                    found.append(AlertEnded(t, m, key, text, state.position.step))
            elif _lasted(rule, key, reading, memory):
                count += 1
                blank = AlertBegan(t, m, key, rule.id, "")
                found.append(_begin(state, rule, reading, blank, count))
    return found


def ending(state: RunState, t: float, m: float) -> Iterator[AlertEnded]:
    """The end of everything that is open, because the run is over."""
    for alert in state.alerts.open.values():
        yield AlertEnded(t, m, alert.id, f"the run ended: {alert.text}", state.position.step)


def configured(own: Iterable[Rule], without: Iterable[str] = ()) -> tuple[Rule, ...]:
    """RULES with those of a configuration in place of the defaults, or after them."""
    rules = DEFAULTS | {rule.id: rule for rule in own}
    return tuple(rule for rule in rules.values() if rule.id not in {*without})


def own_rule(name: str, when: Condition, seconds: float, then: str) -> Rule:
    """A rule somebody made."""
    is_order = when.comparison in (">", ">=", "<", "<=")
    margin = OWN_MARGIN * abs(when.limit) if is_order else 0.0
    until = when.limit - margin if when.comparison in (">", ">=") else when.limit + margin
    subject = f"{name}: {when.metric}"
    return Rule(
        name, when, until, f"{subject} is {{value}} ({when.comparison} {{limit}})",
        f"{subject} is {{value}} again", "", CRITICAL if then in DRASTIC else WARNING,
        seconds, then,
    )  # fmt: skip


def changed(rule: Rule, when: Condition | None, seconds: float | None, then: str | None) -> Rule:
    """A default with another limit, duration or action; its margin grows with the limit."""
    if when is not None:
        old = rule.when.limit
        until = rule.until * when.limit / old if old else when.limit
        rule = replace(rule, when=when, until=until)
    return replace(
        rule,
        seconds=rule.seconds if seconds is None else seconds,
        then=then or rule.then,
        severity=CRITICAL if then in DRASTIC else rule.severity,
    )


def watched(rules: Iterable[Rule]) -> tuple[tuple[str, str], ...]:
    """(rule, metric) of those that look at a metric of the trainer."""
    return tuple((rule.id, rule.when.metric) for rule in rules if rule.when.metric not in GAUGES)


def _lasted(rule: Rule, key: str, reading: Reading, memory: Memory) -> bool:
    """Whether the condition holds, and has for long enough by the times of the records."""
    if not rule.when.holds(reading.value):
        memory.pending.pop(key, None)
        return False
    # A clock that was set back makes the wait longer, never shorter.
    since = memory.pending[key] = min(memory.pending.get(key, reading.at), reading.at)
    if reading.at - since < rule.seconds:
        return False
    del memory.pending[key]
    return True


def _begin(
    state: RunState, rule: Rule, reading: Reading, event: AlertBegan, number: int
) -> AlertBegan:
    """The event filled in; `number` counts the alerts of the run, so the order's id is its own."""
    step = state.position.step if reading.step is None else reading.step
    order = None if rule.then == NOTIFY else f"guard-{number}-{rule.id}"[:40]
    return replace(
        event, text=rule.sentence(rule.says, reading), severity=rule.severity, advice=rule.advice,
        value=reading.value, step=step, row=state.output.rows, then=rule.then, order=order,
    )  # fmt: skip
