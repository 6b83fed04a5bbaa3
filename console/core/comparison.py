"""Two runs side by side: what was set otherwise, where they ran, how their metrics differ."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.core import format as people
from console.core.config_diff import Change, diff
from console.core.redaction import mask_arguments
from console.core.sources import Axis

if TYPE_CHECKING:
    from console.core.sources import SeriesSource
    from console.core.state import RunState

BEST_COLUMNS = 400
"""In so many columns a series is looked through for its best value."""

FALLS = re.compile(r"loss|perplexity|error|\bmae|\bmse|\bwer|\bcer")
RISES = re.compile(r"accuracy|\bf1|bleu|rouge|auc|score|reward|throughput|precision|recall")
"""Words in the names of metrics of which less, or more, is better."""

COMMIT_CHARACTERS = 12


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two runs. `facts` is its run.json, `tree` its frozen configuration, masked."""

    id: str
    state: RunState
    series: SeriesSource
    facts: Mapping[str, Any] = field(default_factory=dict)
    tree: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.state.run.name or str(self.facts.get("name") or self.id)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of both runs in words; None where it is not known."""

    name: str
    a: str | None
    b: str | None


@dataclass(frozen=True, slots=True)
class Metric:
    """The last and the best value of a metric of both runs; a delta is b minus a."""

    name: str
    a: float | None
    b: float | None
    best_a: float | None = None
    best_b: float | None = None

    @property
    def delta(self) -> float | None:
        return _delta(self.a, self.b)

    @property
    def best_delta(self) -> float | None:
        return _delta(self.best_a, self.best_b)

    def is_better_by(self, delta: float | None) -> bool | None:
        """Whether b is better than a by such a delta; None where that cannot be said."""
        if not delta or not math.isfinite(delta):
            return None
        if FALLS.search(self.name):
            return delta < 0
        return delta > 0 if RISES.search(self.name) else None


@dataclass(frozen=True, slots=True)
class Comparison:
    """All of it; `facts` of both runs whether they differ or not."""

    facts: tuple[Fact, ...]
    changes: tuple[Change, ...]
    metrics: tuple[Metric, ...]


def compared(a: Side, b: Side) -> Comparison:
    """What differs, and the metrics both or one of them have."""
    names = sorted({*a.state.metrics, *b.state.metrics}, key=lambda name: (name != "loss", name))
    return Comparison(
        facts=tuple(
            Fact(name, one, other)
            for (name, one), (_, other) in zip(_facts(a), _facts(b), strict=True)
            if (one, other) != (None, None)
        ),
        changes=tuple(diff(a.tree, b.tree)),
        metrics=tuple(
            Metric(name, a.state.value(name), b.state.value(name), _best(a, name), _best(b, name))
            for name in names
        ),
    )


def _delta(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else b - a


def _best(side: Side, name: str) -> float | None:
    """The best value there was; None where nobody knows what is better, or there is none."""
    falls, rises = FALLS.search(name), RISES.search(name)
    extent = side.series.extent(name, Axis.STEP) if falls or rises else None
    if extent is None:
        return None
    found = side.series.columns(name, Axis.STEP, *extent, BEST_COLUMNS)
    values = [value for value in (found.low if falls else found.high) if math.isfinite(value)]
    return (min if falls else max)(values, default=None)


def _facts(side: Side) -> Iterator[tuple[str, str | None]]:
    """In the same order for every run."""
    state, facts = side.state, side.facts
    place, versions = state.position, facts.get("versions")
    versions = versions if isinstance(versions, dict) else {}
    parent = facts.get("parent")
    yield "state", str(state.status)
    yield "step", _number(place.step, place.total_steps)
    yield "epoch", _number(place.epoch, place.total_epochs)
    yield "trained", people.duration(state.timing.elapsed) if state.timing.elapsed else None
    yield "commit", _commit(facts.get("git"))
    yield "command", _words(facts.get("command") or state.run.command)
    yield "host", _text(facts.get("host") or state.run.host)
    yield "user", _text(facts.get("user") or state.run.user)
    yield "directory", _text(facts.get("cwd") or state.run.cwd)
    yield "GPUs", _gpus(state)
    yield "processes", _text(state.configuration.facts.get("world"))
    yield "device", _text(state.configuration.facts.get("device"))
    yield "python", _text(versions.get("python"))
    yield "console", _text(versions.get("gladius-console"))
    yield "continues", _text(parent.get("run")) if isinstance(parent, dict) else None


def _number(done: float | None, total: float | None) -> str | None:
    if done is None:
        return None
    whole = people.number(done, 0 if float(done).is_integer() else 2)
    return whole if total is None else f"{whole} of {people.number(total)}"


def _commit(git: object) -> str | None:
    if not isinstance(git, dict) or not git.get("commit"):
        return None
    changed = ", with changes" if git.get("dirty") else ""
    return f"{str(git['commit'])[:COMMIT_CHARACTERS]}{changed}"


def _words(command: object) -> str | None:
    """A command line, secrets masked."""
    if not isinstance(command, (list, tuple)):
        return None
    return " ".join(mask_arguments(map(str, command))) or None


def _gpus(state: RunState) -> str | None:
    names = [gpu.name or "GPU" for gpu in state.system.gpus]
    return ", ".join(f"{names.count(name)} × {name}" for name in dict.fromkeys(names)) or None


def _text(value: object) -> str | None:
    return None if value is None or value == "" else str(value)
