"""What can happen to a run: one frozen dataclass per kind of event, and what they mean.

Events come from the trainer's hook, from its output, or from the backend itself. `event_of` turns a
record of the hook or of the journal (one JSON object a line) into an event, `record_of` the other
way. To add a kind: a dataclass below, and its name in KINDS.

Every event has `t`, wall clock in Unix seconds, and `m`, seconds since boot, which never jumps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from console.core.alarm import AlertBegan, AlertEnded, AlertSeen
from console.core.codec import decode, encode, encode_sparse
from console.core.delivery import Notified
from console.core.older_hook import in_words
from console.core.order import MAX_ORDER_BYTES, WORDS, Order, order_line, parse_order  # noqa: F401
from console.core.telemetry import Gpu as Gpu
from console.core.telemetry import Sampled as Sampled
from console.core.words import OPEN_OUTCOMES as OPEN_OUTCOMES
from console.core.words import Outcome as Outcome
from console.core.words import Source as Source


class Phase(StrEnum):
    """What the trainer says it is doing."""

    TRAINING = "training"
    PAUSED = "paused"
    SAVING = "saving"
    VALIDATING = "validating"
    TESTING = "testing"
    STOPPING = "stopping"
    ERROR = "error"


# --- on the trainer's word --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hello:
    """The trainer has the hook and obeys these orders."""

    t: float
    m: float
    pid: int
    orders: tuple[str, ...] = ()
    settable: dict[str, dict[str, Any]] = field(default_factory=dict)
    gen: int = 0
    sdk: str = ""
    rank: int = 0
    world: int = 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change during a run: totals, model, device, what is really configured."""

    t: float
    m: float
    values: dict[str, Any]
    source: Source = Source.HOOK


@dataclass(frozen=True, slots=True)
class Measured:
    """Values of one step. Expert shares are 0 to 1 and add up to 1."""

    t: float
    m: float
    step: int | None
    values: dict[str, float]
    epoch: float | None = None
    batch: int | None = None
    expert_loss: tuple[float, ...] = ()
    expert_share: tuple[float, ...] = ()
    mm: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Name → (smallest, largest) value of the steps that were thinned out before this one."""
    n: int = 1
    """How many steps this one stands for."""
    source: Source = Source.HOOK
    gen: int = 0


@dataclass(frozen=True, slots=True)
class Phased:
    """The trainer changed what it is doing; `order` is the id of the order that made it, `error`
    the exception that holds it in Phase.ERROR."""

    t: float
    m: float
    phase: Phase
    step: int | None = None
    order: str | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Saved:
    """A checkpoint was written, or could not be."""

    t: float
    m: float
    step: int | None
    path: str
    bytes: int | None = None
    seconds: float | None = None
    ok: bool = True
    reason: str | None = None
    best: bool = False
    source: Source = Source.HOOK


@dataclass(frozen=True, slots=True)
class Evaluated:
    """Results on data the model was not trained on; accuracy is 0 to 1."""

    t: float
    m: float
    step: int | None
    split: str
    values: dict[str, float]
    seconds: float | None = None
    epoch: float | None = None
    source: Source = Source.HOOK


@dataclass(frozen=True, slots=True)
class Answered:
    """The trainer's answer to an order; `old` are the values before those it set."""

    t: float
    m: float
    id: str
    cmd: str
    outcome: Outcome
    step: int | None = None
    detail: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    old: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alive:
    """A sign of life while no steps are made."""

    t: float
    m: float
    step: int | None = None


@dataclass(frozen=True, slots=True)
class Bye:
    """The trainer's last word: finished, stopped or exception."""

    t: float
    m: float
    reason: str
    step: int | None = None
    error: str | None = None


# --- what the backend sees --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Started:
    """The trainer executes."""

    t: float
    m: float
    pid: int


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order was taken in, passed on or ended without the trainer."""

    t: float
    m: float
    id: str
    cmd: str
    outcome: Outcome
    by: str = ""
    args: dict[str, Any] = field(default_factory=dict)
    detail: str | None = None
    step: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    """While it is open: until when it may be sent through a handle, when and at which row of the
    output it was sent, the trainer's output_dir."""


@dataclass(frozen=True, slots=True)
class StopStage:
    """The stop ladder took a rung: order, handle, SIGINT, SIGTERM, ask, SIGKILL; or, empty, was
    left."""

    t: float
    m: float
    stage: str
    deadline: float | None = None
    by: str = ""


@dataclass(frozen=True, slots=True)
class Printed:
    """The trainer's output grew: totals since the start, bytes dropped, and bytes not yet read."""

    t: float
    m: float
    bytes: int
    rows: int
    errors: int = 0
    warnings: int = 0
    dropped: int = 0
    behind: int = 0


@dataclass(frozen=True, slots=True)
class Observed:
    """What the operating system says of the trainer's processes."""

    t: float
    m: float
    alive: bool
    stopped: bool = False
    """All members stopped by a signal."""


@dataclass(frozen=True, slots=True)
class Exited:
    """The trainer's process is gone. `known` is False when nobody of ours saw how it ended."""

    t: float
    m: float
    code: int | None = None
    signal: int | None = None
    known: bool = True
    error: str | None = None
    oom_kill: bool | None = None
    leftovers: tuple[int, ...] = ()
    why: str | None = None
    """Another cause than a code or a signal, e.g. a reboot."""


@dataclass(frozen=True, slots=True)
class ConfigTouched:
    """The configuration file the run was started from: when modified, and whether it still says
    what the frozen copy says. `missing` when it is gone or no file any more."""

    t: float
    m: float
    modified: float | None
    edited: bool
    missing: bool = False


@dataclass(frozen=True, slots=True)
class Recognised:
    """What the output reader understands of this trainer: format, lines, names of values."""

    t: float
    m: float
    summary: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ticked:
    """Time passed; nothing else."""

    t: float
    m: float


Event = (
    Hello | Facts | Measured | Phased | Saved | Evaluated | Answered | Alive | Bye | Started
    | Ordered | StopStage | Sampled | Printed | Observed | Exited | ConfigTouched | Recognised
    | Ticked | AlertBegan | AlertEnded | AlertSeen | Notified
)  # fmt: skip

KINDS: dict[str, type[Any]] = {
    "hello": Hello,
    "info": Facts,
    "log": Measured,
    "phase": Phased,
    "save": Saved,
    "eval": Evaluated,
    "answer": Answered,
    "alive": Alive,
    "bye": Bye,
    "started": Started,
    "order": Ordered,
    "stopping": StopStage,
    "telemetry": Sampled,
    "output": Printed,
    "process": Observed,
    "exit": Exited,
    "config": ConfigTouched,
    "format": Recognised,
    "tick": Ticked,
    "alert": AlertBegan,
    "alert_end": AlertEnded,
    "alert_seen": AlertSeen,
    "notified": Notified,
}
_NAMES = {cls: name for name, cls in KINDS.items()}


def event_of(record: Mapping[str, Any]) -> Event | None:
    """The event a record tells of, or None when it is of no known kind or does not fit its kind.

    The hook writes expert values as `experts: {loss: […], share: […]}`.
    """
    kind = KINDS.get(str(record.get("k")))
    if kind is None:
        return None
    fields = {name: value for name, value in record.items() if name != "k"}
    experts = fields.pop("experts", None)
    if isinstance(experts, dict):
        fields["expert_loss"] = experts.get("loss") or ()
        fields["expert_share"] = experts.get("share") or ()
    if kind is Answered:
        fields["detail"] = in_words(fields.get("cmd"), fields.get("detail"))
    try:
        event: Event = decode(kind, fields)
    except (TypeError, ValueError, KeyError):
        return None
    return event


def record_of(event: Event) -> dict[str, Any]:
    """The JSON object for an event; `event_of` reads it back. Samples are many: the unknown is left
    out of them."""
    body = encode_sparse(event) if isinstance(event, Sampled) else encode(event)
    return {"k": _NAMES[type(event)], **body}
