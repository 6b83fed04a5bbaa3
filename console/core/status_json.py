"""What `status --json` prints: the blueprint's training state object, and what stands beside it.

`status`, `epoch`, `batch`, `metrics`, `system` and `timing` have exactly the blueprint's field
names and units: memory in GB = 1e9 bytes, CPU in percent, times in seconds, ETA in ISO 8601.
Not known is null. A value that is NaN or infinite is null, and its dotted path is in `nonfinite`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from console.core.failure import failure_object
from console.core.likeness import suggestion
from console.core.recognition import recognition_object
from console.core.spent import spent_object
from console.core.status_telemetry import telemetry_object

if TYPE_CHECKING:
    from console.core.alarm import Alert
    from console.core.protocol import Gpu
    from console.core.state import RunState
    from console.core.watching import Watcher

GB = 1e9

_METRICS = {
    "loss": "loss",
    "throughput": "throughput",
    "learningRate": "learning_rate",
    "gradientNorm": "gradient_norm",
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the status object says besides the state."""

    now: float
    """Unix seconds."""
    control: str | None = None
    """Path of the control FIFO."""
    configuration: dict[str, Any] | None = None
    """The blueprint's configuration state object (`config.configuration_state`)."""
    zone: tzinfo = UTC
    backend: bool = True
    """Whether a backend answers; without one the state is what was recorded last."""
    overhead: dict[str, Any] | None = None
    """What watching costs: CPU in percent of a core, resident bytes, processes."""
    viewers: Sequence[Watcher] | None = None
    """Who watches; None where there is no backend to ask."""
    rows: Sequence[str] = ()
    """The last rows of the output: a trainer without the hook tells there why it failed."""


def status_object(state: RunState, around: Surroundings) -> dict[str, Any]:
    """The object, ready for strict JSON."""
    nonfinite: list[str] = []
    body = {
        "run": state.run.id,
        "name": state.run.name,
        "dir": state.run.dir,
        "status": str(state.status),
        "reason": state.life.cause,
        "step": state.position.step,
        "epoch": _epoch(state),
        "batch": _batch(state),
        "metrics": _metrics(state),
        "system": _system(state),
        "telemetry": telemetry_object(state.system, _iso(state.system.t, around.zone)),
        "timing": _timing(state, around),
        "time_spent": spent_object(state),
        "configuration": around.configuration,
        "abilities": list(state.control.abilities),
        "handle": _handle(state),
        "checkpoints": _checkpoints(state),
        "alerts": _alerts(state, around.zone),
        "notify": {name: asdict(way) for name, way in state.delivery.ways.items()},
        "evaluation": asdict(state.evaluation),
        "last_order": asdict(state.control.last) if state.control.last else None,
        "output": asdict(state.output),
        "as_of": _iso(state.timing.as_of, around.zone),
        "age": None if state.timing.as_of is None else max(0.0, around.now - state.timing.as_of),
        "control": around.control,
        "sources": _sources(state),
        "recognition": recognition_object(state),
        "exit": _exit(state),
        "failure": failure_object(state, around.rows),
        "parent": state.run.parent,
        "host": state.run.host,
        "backend": around.backend,
        "overhead": around.overhead,
        "viewers": None if around.viewers is None else _viewers(around.viewers, around.zone),
    }
    return {**finite(body, "", nonfinite), "nonfinite": nonfinite}


def finite(value: Any, path: str, found: list[str]) -> Any:
    """The same JSON value with NaN and infinities as None; `found` gets their dotted paths."""
    if isinstance(value, float) and not math.isfinite(value):
        found.append(path)
        return None
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        return {key: finite(item, f"{prefix}{key}", found) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(item, f"{path}.{index}", found) for index, item in enumerate(value)]
    return value


def _iso(t: float | None, zone: tzinfo) -> str | None:
    return None if t is None else datetime.fromtimestamp(t, zone).isoformat(timespec="seconds")


def _part(current: float | None, total: float | None) -> float | None:
    if current is None or not total:
        return None
    return max(0.0, min(1.0, current / total))


def _epoch(state: RunState) -> dict[str, Any]:
    place = state.position
    return {
        "current": place.epoch if place.epoch is None else _whole(place.epoch),
        "total": place.total_epochs,
        "progress": _part(place.epoch, place.total_epochs),
    }


def _whole(value: float) -> float | int:
    return int(value) if value == int(value) else value


def _batch(state: RunState) -> dict[str, Any]:
    place = state.position
    return {
        "current": place.batch,
        "total": place.batches_per_epoch,
        "progress": _part(place.batch, place.batches_per_epoch),
    }


def _metrics(state: RunState) -> dict[str, Any]:
    body: dict[str, Any] = {field: state.value(name) for field, name in _METRICS.items()}
    body["experts"] = list(state.experts.loss)
    body["expertLoad"] = list(state.experts.share)
    if body["throughput"] is None and state.throughput.unit == "tok/s":
        body["throughput"] = state.throughput.current
    return body


def _system(state: RunState) -> dict[str, Any]:
    system = state.system
    return {
        "gpus": [_gpu(gpu) for gpu in system.gpus],
        "cpu": system.cpu,
        "ram": _memory(system.ram_used, system.ram_total),
    }


def _memory(used: int | None, total: int | None) -> dict[str, float | None]:
    return {
        "used": None if used is None else used / GB,
        "total": None if total is None else total / GB,
    }


def _gpu(gpu: Gpu) -> dict[str, Any]:
    memory = _memory(gpu.memory_used, gpu.memory_total)
    return {"id": gpu.id, "temp": gpu.temperature, "memory": memory}


def _timing(state: RunState, around: Surroundings) -> dict[str, Any]:
    timing = state.timing
    low, high = timing.remaining_low, timing.remaining_high
    middle = None if low is None or high is None else (low + high) / 2
    started = timing.as_of is not None and state.life.started is not None
    return {
        "elapsed": timing.elapsed if started else None,
        "remaining": middle,
        "eta": None if middle is None else _iso((timing.as_of or around.now) + middle, around.zone),
        "remaining_range": None if middle is None else [low, high],
    }


def _handle(state: RunState) -> dict[str, Any]:
    """The handle the configuration names, what it does for which order, and what to write when the
    trainer looks like one that has a handle."""
    return {
        "name": state.run.control or None,
        "orders": list(state.run.control_orders),
        "notes": dict(state.run.control_notes),
        "suggestion": suggestion(state, "stop") or None,
    }


def _checkpoints(state: RunState) -> dict[str, Any]:
    saves = state.checkpoints
    return {
        "count": saves.count,
        "failed": saves.failed,
        "last": asdict(saves.last) if saves.last else None,
        "best": asdict(saves.best) if saves.best else None,
        "last_failure": saves.last_failure,
    }


def _alerts(state: RunState, zone: tzinfo) -> dict[str, Any]:
    """Open ones in the order they began, and the latest that are over; times in ISO 8601."""
    alerts = state.alerts
    return {
        "count": alerts.count,
        "open": [_alert(alert, zone) for alert in alerts.open.values()],
        "recent": [_alert(alert, zone) for alert in alerts.recent],
    }


def _alert(alert: Alert, zone: tzinfo) -> dict[str, Any]:
    body = asdict(alert)
    times = {name: _iso(body[name], zone) for name in ("t", "ended", "seen")}
    return {**body, **times}


def _viewers(viewers: Sequence[Watcher], zone: tzinfo) -> list[dict[str, Any]]:
    """Who watches, in the order in which they came; times in ISO 8601."""
    return [{**asdict(one), "since": _iso(one.since, zone)} for one in viewers]


def _sources(state: RunState) -> dict[str, str]:
    """Where each metric comes from, or why there is none."""
    found = {name: str(value.source) for name, value in sorted(state.metrics.items())}
    if state.experts.share or state.experts.loss:
        found["experts"] = str(state.experts.source)
    missing = (
        "the trainer's hook does not report it"
        if state.life.hook
        else "not available: the output does not tell, and the trainer has no hook"
    )
    for name in (*_METRICS.values(), "experts"):
        found.setdefault(name, missing)
    if state.system.gpus:
        found["gpus"] = state.system.gpu_source or "system"
    else:
        found["gpus"] = f"not available: {state.system.gpu_note or 'no reading yet'}"
    return found


def _exit(state: RunState) -> dict[str, Any] | None:
    life = state.life
    if life.ended is None:
        return None
    return {
        "code": life.exit_code,
        "signal": life.exit_signal,
        "known": life.exit_known,
        "at": datetime.fromtimestamp(life.ended, UTC).isoformat(timespec="seconds"),
        "leftovers": list(life.leftovers),
    }
