"""A configuration's bytes → checked settings with their places, and `--set a.b=v` on top."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from console.core import config_schema as schema
from console.core.config_problem import ConfigError, Mark, Problems, printable
from console.core.config_yaml import Path, parse
from console.core.redaction import mask_entry

if TYPE_CHECKING:
    from console.core.alerts import Rule
    from console.core.config_notify import Notify
    from console.core.handles import Handle
    from console.core.pattern import Pattern


@dataclass(frozen=True, slots=True)
class Config:
    """A valid configuration. `tree` is what is written, with aliases expanded, as plain values."""

    file: str
    tree: dict[str, Any]
    run: schema.RunSection
    model: schema.ModelSection
    training: schema.TrainingSection
    optimization: schema.OptimizationSection
    checkpointing: schema.CheckpointingSection
    tensorboard: schema.TensorboardSection
    notices: schema.NoticesSection
    guards: tuple[Rule, ...]
    """All rules in force: the defaults, as the file changes and extends them."""
    notify: Notify
    """The ways to a person, and what each tells."""
    control: Handle | None
    """What the trainer offers from outside."""
    formats: tuple[Pattern, ...]
    """Patterns for lines of one's own trainer."""
    marks: Mapping[Path, tuple[Mark, Mark]] = field(compare=False, repr=False)

    @property
    def program(self) -> Any:
        """What the file says to the trainer itself, of any shape."""
        return self.tree.get(schema.FREE_SECTION)

    def position(self, path: str) -> tuple[int, int] | None:
        """Line and column of a setting's key (`training.seed`, `run.command.0`), from 1.

        None when it is not in the file: left out, or given by `--set`.
        """
        parts = tuple(int(part) if part.isdecimal() else part for part in path.split("."))
        found = self.marks.get(parts)
        if found is None or found[0].line is None or found[0].column is None:
            return None
        return found[0].line, found[0].column


def load(text: bytes, file: str) -> Config:
    """The configuration in a file's bytes; `file` is its name in messages.

    Raises ConfigError with every problem found.
    """
    problems = Problems()
    document = parse(text, file, problems, is_text=schema.is_text)
    return _checked(file, document.tree, document.marks, problems)


def override(config: Config, arguments: Iterable[str]) -> Config:
    """The configuration with `a.b=v` applied in order; a value is written as in YAML.

    An empty value takes a setting back. Raises ConfigError whose problems name the argument.
    """
    tree = copy.deepcopy(config.tree)
    marks = dict(config.marks)
    problems = Problems()
    for argument in arguments:
        _set(tree, marks, argument, problems)
    problems.raise_any()
    return _checked(config.file, tree, marks, problems)


def _checked(
    file: str, tree: object, marks: Mapping[Path, tuple[Mark, Mark]], problems: Problems
) -> Config:
    def place(path: Path) -> tuple[Mark, Mark]:
        while path and path not in marks:
            path = path[:-1]
        return marks[path]

    sections = schema.check(tree, place, problems)
    problems.raise_any()
    assert isinstance(tree, dict)
    return Config(file=file, tree=tree, marks=marks, **sections)


def _set(
    tree: dict[str, Any],
    marks: dict[Path, tuple[Mark, Mark]],
    argument: str,
    problems: Problems,
) -> None:
    """Puts one `a.b=v` into the tree, and its own mark in place of the file's."""
    dotted, equals, text = argument.partition("=")
    shown = f"{dotted}{equals}{mask_entry(dotted, text)}"
    mark = Mark(f"--set {printable(shown, 60)}")
    path = _path(tree, dotted.strip().split("."))
    if not equals or "" in path:
        problems.add(mark, "expected a.b=value", "for example training.batch_size=16")
        return
    home = _home(tree, path, mark, problems)
    if home is None:
        return
    inner = Problems()
    try:
        document = parse(text, mark.file, inner, is_text=schema.is_text, root=path)
        inner.raise_any()
    except ConfigError as error:
        for problem in error.problems:
            problems.add(mark, problem.message, problem.hint)
        return
    home[path[-1]] = document.tree
    for stale in [old for old in marks if old[: len(path)] == path]:
        del marks[stale]
    marks.update(dict.fromkeys((path[:end] for end in range(len(path), 0, -1)
                                if path[:end] not in marks), (mark, mark)))  # fmt: skip


def _path(tree: dict[str, Any], parts: list[str]) -> Path:
    """The parts as keys: a number where the tree has one there, else text."""
    path: list[str | int] = []
    node: Any = tree
    for part in parts:
        known = node if isinstance(node, dict) else {}
        key = next((one for one in known if str(one) == part), part)
        path.append(key)
        node = known.get(key)
    return tuple(path)


def _home(
    tree: dict[str, Any], path: Path, mark: Mark, problems: Problems
) -> dict[str | int, Any] | None:
    """The mapping that holds the last part of `path`, made where nothing is yet."""
    home: dict[str | int, Any] = tree  # type: ignore[assignment]  # keys below a section may be ints
    for end, part in enumerate(path[:-1], start=1):
        if home.get(part) is None:
            home[part] = {}
        below = home[part]
        if not isinstance(below, dict):
            so_far = ".".join(map(str, path[:end]))
            problems.add(mark, f"{so_far} is no mapping", f"set {so_far} as a whole")
            return None
        home = below
    return home
