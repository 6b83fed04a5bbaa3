"""What is known of one run: one picture, made of small groups.

`reduce.reduce(state, event)` is the only writer. A group is a dataclass; `RunState.changed` names
those that changed since somebody last cleared it, so that only they travel to viewers. Not known is
None. Shares are 0 to 1, percents 0 to 100, sizes bytes, times seconds: Unix (`t`), of boot (`m`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from console.core.alarm import Alerts
from console.core.changes import Change as Change  # noqa: TC001 (read by the codec)
from console.core.codec import decode, encode
from console.core.delivery import USUAL, Delivery
from console.core.notices import Wanted
from console.core.protocol import Outcome, Phase, Source
from console.core.telemetry import System as System
from console.core.words import ENDED as ENDED
from console.core.words import Status as Status

TIMELINE_LENGTH = 200
THROUGHPUT_WINDOW_SECONDS = 240


@dataclass(slots=True)
class Run:
    """Which run this is; never changes."""

    id: str = ""
    name: str = ""
    dir: str = ""
    host: str = ""
    user: str = ""
    cwd: str = ""
    command: tuple[str, ...] = ()
    created: float | None = None
    parent: str | None = None
    parent_step: int | None = None
    parent_checkpoint: str | None = None
    kind: str = "train"
    """`monitored` when the trainer was started by somebody else and told us of itself."""
    output: str = "fifo"
    start_limit_seconds: float = 600.0
    stop_timeout_seconds: float = 300.0
    """How long the trainer has to obey a stop order."""
    pause_checkpoint: bool = True
    """Whether a pause saves first."""
    control: str = ""
    """The handle the configuration names, see `handles`; empty without one."""
    control_orders: tuple[str, ...] = ()
    """What it can do."""
    control_notes: dict[str, str] = field(default_factory=dict)
    """Order → what is done for it through the handle, or why nothing can be."""
    notices: Wanted = field(default_factory=Wanted)
    calls: tuple[str, ...] = USUAL
    """What the terminals of attached screens call for (`notify: {terminal: …}`)."""

    @property
    def is_monitored(self) -> bool:
        """Whether nobody of ours started the trainer: its exit code is never known."""
        return self.kind == "monitored"


@dataclass(slots=True)
class Life:
    """Whether it lives: the facts `status.status` judges, and the verdict."""

    status: Status = Status.STARTING
    cause: str = "starting"
    since: float | None = None
    """Wall clock of the last change of `status`."""
    since_m: float | None = None
    phase: Phase | None = None
    phase_since_m: float | None = None
    in_pause: bool = False
    """Paused, also while it saves or validates in the pause."""
    held_m: float | None = None
    """Since when a failed step is held, recoverable; also while it saves meanwhile."""
    hook: bool = False
    started: float | None = None
    started_m: float | None = None
    alive: bool = True
    frozen: bool = False
    step_seen_m: float | None = None
    """When the last step was reported."""
    step_seen: float | None = None
    sign_m: float | None = None
    """When the trainer last gave any sign: a step, output, an answer, CPU used."""
    stop_ordered: bool = False
    stop_stage: str | None = None
    stop_deadline: float | None = None
    bye: str | None = None
    error: str | None = None
    ended: float | None = None
    ended_m: float | None = None
    exit_code: int | None = None
    exit_signal: int | None = None
    exit_known: bool = True
    exit_error: str | None = None
    oom_kill: bool | None = None
    leftovers: tuple[int, ...] = ()
    why: str | None = None
    """A cause of the end that is neither code nor signal, such as a reboot."""


@dataclass(slots=True)
class Value:
    """The latest value of a metric."""

    value: float
    step: int | None
    t: float
    source: Source = Source.HOOK


@dataclass(slots=True)
class Position:
    """How far it is. Counts are 1-based as trainers print them."""

    step: int | None = None
    epoch: float | None = None
    batch: int | None = None
    samples: int | None = None
    total_steps: int | None = None
    total_epochs: int | None = None
    batches_per_epoch: int | None = None
    total_samples: int | None = None
    generation: int = 0
    progress: float | None = None
    """0 to 1 of the whole run."""
    samples_per_step: float | None = None


@dataclass(slots=True)
class Loss:
    """The loss, summed up. An epoch's loss is the mean over its steps."""

    best: float | None = None
    best_step: int | None = None
    best_epoch: float | None = None
    delta: float | None = None
    """Mean of this epoch so far minus mean of the epoch before."""
    average: float | None = None
    """Exponential moving average, weight 0.02 for the newest value."""
    epoch: float | None = None
    epoch_sum: float = 0.0
    epoch_count: int = 0
    previous_mean: float | None = None
    nonfinite: int = 0
    nonfinite_step: int | None = None


@dataclass(slots=True)
class Throughput:
    """Tokens (or samples) per second over the last four minutes, a value for each second."""

    current: float | None = None
    average: float | None = None
    peak: float | None = None
    unit: str = "tok/s"
    window: tuple[tuple[float, float], ...] = ()
    """(m, value), at most one a second, oldest first."""


@dataclass(slots=True)
class Experts:
    """Mixture-of-experts routing at the latest step that told of it."""

    loss: tuple[float, ...] = ()
    share: tuple[float, ...] = ()
    step: int | None = None
    low_since: dict[str, int] = field(default_factory=dict)
    """Expert number → step since when its coverage has been below 60 %."""
    dead_since: dict[str, int] = field(default_factory=dict)
    """The same for an expert that gets (next to) nothing: `summary.DEAD_COVERAGE`."""
    source: Source = Source.HOOK


@dataclass(slots=True)
class OrderView:
    """An order and what became of it."""

    id: str
    cmd: str
    by: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    outcome: Outcome = Outcome.QUEUED
    at: float | None = None
    answered: float | None = None
    step: int | None = None
    detail: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    old: dict[str, Any] = field(default_factory=dict)
    """What the values it set were before."""


@dataclass(slots=True)
class Control:
    """What can be ordered, and what was."""

    abilities: tuple[str, ...] = ()
    """What the trainer itself obeys."""
    settable: dict[str, dict[str, Any]] = field(default_factory=dict)
    open: dict[str, OrderView] = field(default_factory=dict)
    """Orders without an end yet, by id."""
    last: OrderView | None = None
    changes: tuple[Change, ...] = ()
    """Orders that were to set something, oldest first."""


@dataclass(slots=True)
class Checkpoint:
    """One saved checkpoint."""

    path: str
    step: int | None = None
    t: float | None = None
    bytes: int | None = None
    seconds: float | None = None
    best: bool = False


@dataclass(slots=True)
class Checkpoints:
    """What was saved, and when the next is due."""

    count: int = 0
    failed: int = 0
    last: Checkpoint | None = None
    last_m: float | None = None
    last_elapsed: float | None = None
    """Training time at the last save, as `timing.elapsed` counts it."""
    best: Checkpoint | None = None
    last_failure: str | None = None
    interval_steps: int | None = None
    interval_seconds: float | None = None


@dataclass(slots=True)
class Evaluation:
    """Results on held-out data. Accuracies are 0 to 1."""

    validation_loss: float | None = None
    validation_accuracy: float | None = None
    validation_step: int | None = None
    validation_t: float | None = None
    test_loss: float | None = None
    test_accuracy: float | None = None
    best_accuracy: float | None = None
    best_accuracy_epoch: float | None = None
    best_loss: float | None = None


@dataclass(slots=True)
class Timing:
    """Time spent and to come. `remaining_*` is a range from this session's own pace."""

    elapsed: float = 0.0
    """Seconds since the start without pauses, as of `as_of_m`."""
    paused: float = 0.0
    step_seconds: float | None = None
    """Median over the latest steps, without pauses, saves and validations."""
    step_low: float | None = None
    step_high: float | None = None
    recent: tuple[float, ...] = ()
    """The latest step durations, newest last."""
    busy: float = 0.0
    """Seconds that went to saves and validations so far."""
    overhead: float = 0.0
    """The same as a share of the time spent training, 0 to 1."""
    remaining_low: float | None = None
    remaining_high: float | None = None
    as_of: float | None = None
    as_of_m: float | None = None
    working_m: float | None = None
    """Since when it has been training without interruption, for the pace."""


@dataclass(slots=True)
class Output:
    """How much the trainer printed."""

    bytes: int = 0
    rows: int = 0
    errors: int = 0
    warnings: int = 0
    dropped: int = 0
    behind: int = 0


@dataclass(slots=True)
class Configuration:
    """The configuration file and what it says."""

    path: str | None = None
    filename: str | None = None
    modified: float | None = None
    edited: bool = False
    missing: bool = False
    tree: dict[str, Any] = field(default_factory=dict)
    """The frozen configuration as written, secrets masked."""
    facts: dict[str, Any] = field(default_factory=dict)
    """What the trainer says it really uses; wins over the file."""
    fact_sources: dict[str, str] = field(default_factory=dict)
    format: dict[str, Any] = field(default_factory=dict)
    """What the output reader recognised."""


@dataclass(slots=True)
class Entry:
    """One line of the timeline. `mark` is a kind of TIMELINE_MARKS."""

    id: str
    t: float
    mark: str
    text: str
    step: int | None = None
    row: int | None = None
    by: str = ""
    cmd: str = ""
    """Of the end of an order: what was ordered, and what became of it."""
    outcome: str = ""
    changes: dict[str, Any] = field(default_factory=dict)
    """Name → [old value, new value]; None for what is not known."""
    about: str = ""
    """The id of the alert that began or ended."""


@dataclass(slots=True)
class Timeline:
    """What happened, newest last, at most TIMELINE_LENGTH entries."""

    entries: tuple[Entry, ...] = ()
    count: int = 0


@dataclass(slots=True)
class RunState:
    """Everything known of one run."""

    run: Run = field(default_factory=Run)
    life: Life = field(default_factory=Life)
    position: Position = field(default_factory=Position)
    metrics: dict[str, Value] = field(default_factory=dict)
    loss: Loss = field(default_factory=Loss)
    throughput: Throughput = field(default_factory=Throughput)
    experts: Experts = field(default_factory=Experts)
    control: Control = field(default_factory=Control)
    checkpoints: Checkpoints = field(default_factory=Checkpoints)
    evaluation: Evaluation = field(default_factory=Evaluation)
    system: System = field(default_factory=System)
    timing: Timing = field(default_factory=Timing)
    output: Output = field(default_factory=Output)
    configuration: Configuration = field(default_factory=Configuration)
    timeline: Timeline = field(default_factory=Timeline)
    alerts: Alerts = field(default_factory=Alerts)
    delivery: Delivery = field(default_factory=Delivery)
    changed: set[str] = field(default_factory=set, compare=False)

    @property
    def status(self) -> Status:
        return self.life.status

    @property
    def ended(self) -> bool:
        return self.life.status in ENDED and self.life.held_m is None

    def value(self, name: str) -> float | None:
        """The latest value of a metric, or None."""
        found = self.metrics.get(name)
        return None if found is None else found.value


GROUPS: tuple[str, ...] = tuple(item.name for item in fields(RunState) if item.name != "changed")


def to_json(state: RunState, groups: Iterable[str] = GROUPS) -> dict[str, Any]:
    """The named groups as plain JSON values."""
    return {name: encode(getattr(state, name)) for name in groups}


def from_json(data: Mapping[str, Any]) -> RunState:
    """The state `to_json` gave."""
    state: RunState = decode(RunState, data)
    state.changed = set()
    return state


def apply(state: RunState, data: Mapping[str, Any]) -> frozenset[str]:
    """Replaces the groups in `data`; returns their names. Groups not known are ignored."""
    newer = from_json(data)
    names = frozenset(data) & frozenset(GROUPS)
    for name in names:
        setattr(state, name, getattr(newer, name))
    return names
