"""What the keeper needs of ``run.json``."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import identity, rundir
from .identity import Identity

OUTPUTS = ("fifo", "file", "pty", "none")
NO_OUTPUT = OUTPUTS[3]
"""Of a trainer nobody started: what it prints stays on its own terminal."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run; never changes after its start."""

    directory: Path
    id: str
    command: tuple[str, ...]
    cwd: str
    output: str  # one of OUTPUTS
    resume_from: str | None
    machine: str
    boot: str

    @classmethod
    def load(cls, directory: Path) -> Run:
        """Returns the run of a directory. Raises ValueError, naming the file and the field."""
        facts = rundir.read_json(directory, rundir.RUN_JSON)
        path = directory / rundir.RUN_JSON
        if facts is None:
            raise ValueError(f"{path} is missing or not readable")
        texts = {name: _text(facts, name, path) for name in ("id", "cwd", "machine", "boot")}
        command = facts.get("command")
        if not isinstance(command, list) or not command or not _all_texts(command):
            raise ValueError(f"{path}: command must be a list of texts, and not empty")
        if (output := facts.get("output", OUTPUTS[0])) not in OUTPUTS:
            raise ValueError(f"{path}: output must be one of {', '.join(OUTPUTS)}")
        resume = facts.get("resume_from")
        return cls(
            directory=directory,
            command=tuple(command),
            output=output,
            resume_from=resume if isinstance(resume, str) else None,
            **texts,
        )

    @property
    def is_of_this_boot(self) -> bool:
        """Says whether its processes can still be there: this machine, not rebooted since."""
        return self.machine == identity.machine_id() and self.boot == identity.boot_id()

    def has(self, name: str) -> bool:
        """Says whether the run directory holds the file `name`."""
        return (self.directory / name).exists()


def trainer_of(directory: Path) -> Identity | None:
    """Returns the identity in ``trainer.json``, None when the run is not published."""
    facts = rundir.read_json(directory, rundir.TRAINER_JSON)
    return Identity.from_json(facts.get("identity")) if facts else None


def _text(facts: dict[str, Any], name: str, path: Path) -> str:
    if not isinstance(value := facts.get(name), str):
        raise ValueError(f"{path}: {name} must be a text")
    return value


def _all_texts(values: list[Any]) -> bool:
    return all(isinstance(value, str) for value in values)
