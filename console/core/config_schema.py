"""What a configuration may say: one dataclass a section, one line a setting.

To add a setting: a line in its section. `program:` belongs to the trainer and is never checked;
`guards:` has rules instead of settings (`config_guards`), `control:` orders (`config_control`),
`formats:` patterns (`config_formats`), `notify:` ways to a person (`config_notify`).
Every setting may be left out; None then means that it is not known here, not that it is off.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from console.core import config_control as control
from console.core import config_formats as formats
from console.core import config_guards as guards
from console.core import config_notify as notify
from console.core.alerts import DEFAULTS
from console.core.config_kind import (
    BETAS,
    COMMAND,
    COUNT,
    DURATION,
    ENVIRONMENT,
    EVERY,
    FLAG,
    NAME,
    NUMBER,
    POSITIVE,
    QUANTITY,
    SHARE,
    SWITCH,
    TEXT,
    WHOLE,
    WORDS,
    Kind,
    choice,
    setting,
)  # fmt: skip
from console.core.config_placeholder import check_placeholders
from console.core.config_problem import Mark, Problems, Wrong, nearest, quote
from console.core.config_yaml import Path


@dataclass(frozen=True, slots=True)
class RunSection:
    """How the trainer is started. Durations are in seconds."""

    command: tuple[str, ...] = setting(COMMAND, ())
    name: str | None = setting(NAME)
    cwd: str | None = setting(TEXT)
    env: dict[str, str] = field(default_factory=dict, metadata={"kind": ENVIRONMENT})
    resume_args: tuple[str, ...] = setting(WORDS, ())
    output: str = setting(choice("fifo", "file", "pty"), "fifo")
    start_limit: float = setting(DURATION, 600.0)
    stop_timeout: float = setting(DURATION, 300.0)
    pause_checkpoint: bool = setting(FLAG, True)
    checkpoint_dir: str | None = setting(TEXT)
    metrics_files: tuple[str, ...] = setting(WORDS, ())
    kind: str = setting(choice("train"), "train")


@dataclass(frozen=True, slots=True)
class ModelSection:
    """What is trained."""

    name: str | None = setting(TEXT)
    tokenizer: str | None = setting(TEXT)
    parameters: int | None = setting(QUANTITY)
    experts: int | None = setting(COUNT)
    active_experts: int | None = setting(COUNT)


@dataclass(frozen=True, slots=True)
class TrainingSection:
    """On what and how long. `batch_size` is per device, `max_length` in tokens."""

    batch_size: int | None = setting(COUNT)
    validation_batch_size: int | None = setting(COUNT)
    gradient_accumulation: int | None = setting(COUNT)
    max_length: int | None = setting(COUNT)
    precision: str | None = setting(TEXT)
    seed: int | None = setting(WHOLE)
    epochs: float | None = setting(POSITIVE)
    steps: int | None = setting(COUNT)
    dataset: str | None = setting(TEXT)
    workers: int | None = setting(WHOLE)
    device: str | None = setting(TEXT)
    gradient_checkpointing: bool | None = setting(FLAG)


@dataclass(frozen=True, slots=True)
class OptimizationSection:
    """How the weights change."""

    learning_rate: float | None = setting(POSITIVE)
    minimum_learning_rate: float | None = setting(NUMBER)
    schedule: str | None = setting(TEXT)
    warmup_steps: int | None = setting(WHOLE)
    warmup_ratio: float | None = setting(SHARE)
    optimizer: str | None = setting(TEXT)
    betas: tuple[float, ...] | None = setting(BETAS)
    momentum: float | None = setting(SHARE)
    epsilon: float | None = setting(POSITIVE)
    weight_decay: float | None = setting(NUMBER)
    gradient_clip: float | None = setting(NUMBER)


@dataclass(frozen=True, slots=True)
class CheckpointingSection:
    """What is kept, and how often."""

    interval_minutes: float | None = setting(POSITIVE)
    interval_steps: int | None = setting(COUNT)
    validation_interval_steps: int | None = setting(COUNT)
    keep: int | None = setting(COUNT)
    folder: str | None = setting(TEXT)


@dataclass(frozen=True, slots=True)
class TensorboardSection:
    """Event files for TensorBoard: a folder for those of several runs, and whether they are written
    while the run goes on."""

    dir: str | None = setting(TEXT)
    write: bool = setting(SWITCH, True)


@dataclass(frozen=True, slots=True)
class NoticesSection:
    """What is told as it happens (`core/notices.py`); `epochs`: one every so many, 0 for none."""

    epochs: int = setting(EVERY, 10)
    checkpoint: bool = setting(SWITCH, True)
    validation: bool = setting(SWITCH, True)
    configuration: bool = setting(SWITCH, True)


SECTIONS: dict[str, type[Any]] = {
    "run": RunSection,
    "model": ModelSection,
    "training": TrainingSection,
    "optimization": OptimizationSection,
    "checkpointing": CheckpointingSection,
    "tensorboard": TensorboardSection,
    "notices": NoticesSection,
}
FREE_SECTION = "program"
SECTION_NAMES = (
    *SECTIONS, guards.SECTION, notify.SECTION, control.SECTION, formats.SECTION, FREE_SECTION
)  # fmt: skip

KINDS: dict[str, dict[str, Kind]] = {
    section: {item.name: item.metadata["kind"] for item in fields(cls)}
    for section, cls in SECTIONS.items()
}
"""Section → setting → kind."""

_OTHER_NAMES = {
    "lr": "learning_rate",
    "wd": "weight_decay",
    "warmup": "warmup_steps",
    "eps": "epsilon",
    "grad_clip": "gradient_clip",
    "max_grad_norm": "gradient_clip",
    "grad_accum": "gradient_accumulation",
    "accumulation_steps": "gradient_accumulation",
    "seq_len": "max_length",
    "context_length": "max_length",
    "max_steps": "steps",
    "num_epochs": "epochs",
    "dtype": "precision",
    "num_experts": "experts",
    "top_k": "active_experts",
    "environment": "env",
    "cmd": "command",
    "save_steps": "interval_steps",
    "eval_steps": "validation_interval_steps",
}
"""What other programs call our settings."""

MarksOf = Callable[[Path], tuple[Mark, Mark]]
"""Marks of the key and of the value at a path."""


def is_text(path: Path) -> bool:
    """Whether plain scalars at `path` are kept as written."""
    if len(path) < 2:
        return False
    if path[0] == formats.SECTION:
        return True
    if path[0] == notify.SECTION:
        return len(path) > 2 and path[2] in notify.TEXTS
    kind = KINDS.get(str(path[0]), {}).get(str(path[1]))
    return kind is not None and kind.is_text


def check(tree: object, marks: MarksOf, problems: Problems) -> dict[str, Any]:
    """The typed sections of `tree`; everything wrong with it goes to `problems`."""
    if not isinstance(tree, Mapping):
        _top_level(tree, marks, problems)
        return {}
    sections = {name: _section(name, tree.get(name), marks, problems) for name in SECTIONS}
    sections[guards.SECTION] = guards.check(tree.get(guards.SECTION), marks, problems)
    known = [*DEFAULTS, *(rule.id for rule in sections[guards.SECTION])]
    given = tree.get(notify.SECTION)
    sections[notify.SECTION] = notify.check(given, known, marks, problems)
    sections[control.SECTION] = control.check(tree.get(control.SECTION), marks, problems)
    sections[formats.SECTION] = formats.check(tree.get(formats.SECTION), marks, problems)
    for name in tree:
        if name not in SECTION_NAMES:
            _unknown((name,), marks, problems)
    run = {} if tree.get("run") is None else tree["run"]
    if isinstance(run, Mapping) and "command" not in run:
        place = marks(("run",) if "run" in tree else ())[0]
        problems.add(place, "run.command is missing", "add command: [python, train.py]")
    _relations(sections, marks, problems)
    return sections


def settings(tree: Mapping[Any, Any]) -> Iterator[tuple[str, str, object]]:
    """(section, setting, value) of all that is set, in the schema's order."""
    for section, kinds in KINDS.items():
        given = tree.get(section)
        if isinstance(given, Mapping):
            yield from (
                (section, name, given[name]) for name in kinds if given.get(name) is not None
            )
    for section in (guards.SECTION, notify.SECTION):
        named = tree.get(section)
        if isinstance(named, Mapping):
            yield from ((section, str(name), said) for name, said in named.items())
    handle = tree.get(control.SECTION)
    if handle is not None:
        said_of = handle if isinstance(handle, Mapping) else {"use": handle}
        yield from ((control.SECTION, str(name), said) for name, said in said_of.items())


def _top_level(tree: object, marks: MarksOf, problems: Problems) -> None:
    hint = "the shortest one is  run: {command: [python, train.py]}"
    if tree is None:
        problems.add(marks(())[1], "the configuration is empty", hint)
    else:
        kind = "a list" if isinstance(tree, list) else quote(tree)
        problems.add(marks(())[1], f"expected sections (run:, model:, …), found {kind}", hint)


def _section(name: str, given: object, marks: MarksOf, problems: Problems) -> Any:
    cls = SECTIONS[name]
    if given is None:
        return cls()
    if not isinstance(given, Mapping):
        found = "a list" if isinstance(given, list) else quote(given)
        some = ", ".join(list(KINDS[name])[:3])
        problems.add(marks((name,))[1], f"expected settings ({some}, …), found {found}")
        return cls()
    values = {}
    for key, value in given.items():
        kind = KINDS[name].get(key)
        if kind is None:
            _unknown((name, key), marks, problems)
        elif value is not None or key == "command":
            values[key] = _value((name, key), kind, value, marks, problems)
    return cls(**{key: value for key, value in values.items() if value is not None})


def _value(path: Path, kind: Kind, value: object, marks: MarksOf, problems: Problems) -> Any:
    try:
        typed = kind.read(value)
    except Wrong as error:
        path = (*path, *error.at)
        dotted = ".".join(map(str, path))
        problems.add(marks(path)[1], f"{dotted}: {error.message}", error.hint)
        return None
    if path in (("run", "command"), ("run", "resume_args")):
        check_placeholders(typed, path, marks, problems)
    return typed


def _unknown(path: Path, marks: MarksOf, problems: Problems) -> None:
    """A key nobody knows: names the nearest one here, or the place where it belongs."""
    if problems.is_full:
        problems.add(marks(path)[0], "unknown")
        return
    word, *section = (str(part) for part in reversed(path))
    siblings = list(KINDS[section[0]]) if section else list(SECTION_NAMES)
    meant = _OTHER_NAMES.get(word, word)
    home = [f"{other}.{meant}" for other, kinds in KINDS.items() if meant in kinds]
    close = meant if meant in siblings else None
    if close or not home:
        close = close or nearest(word, siblings)
        hint = f"did you mean {close}?" if close else f"known here: {', '.join(siblings)}"
    else:
        hint = f"did you mean {' or '.join(home)}?"
    if section and not close and not home:
        hint += "; settings of your own program belong under program:"
    what = (
        f"unknown setting {quote(word)} in {section[0]}:"
        if section
        else (f"unknown section {quote(word)}")
    )
    problems.add(marks(path)[0], what, hint)


def _relations(sections: Mapping[str, Any], marks: MarksOf, problems: Problems) -> None:
    model = sections["model"]
    if model.experts and model.active_experts and model.active_experts > model.experts:
        message = f"{model.active_experts} active experts of {model.experts}"
        problems.add(marks(("model", "active_experts"))[1], message, "at most all are active")
