"""The command line called inside the test's process, and runs that tests of a module share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from console.cli import entry
from console.keeper import identity, slot
from console.keeper.rundir import EXECUTED, EXIT_JSON, FINAL, write_json
from tests.product import Product, product
from tests.programs import able

ABLE = (sys.executable, able.__file__)
STEPS = 20


@dataclass(frozen=True, slots=True)
class Said:
    """How a verb ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON value on stdout."""
        return json.loads(self.out, parse_constant=_strict)

    @property
    def lines(self) -> list[Any]:
        """The JSON values on stdout, one a line."""
        return [json.loads(line, parse_constant=_strict) for line in self.out.splitlines()]


def _strict(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


Call = Callable[..., Said]


@pytest.fixture(scope="module")
def house() -> Iterator[Product]:
    """A state folder for the tests of one module."""
    with product() as made:
        yield made


@pytest.fixture
def call(
    house: Product, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Call:
    """Calls a verb in the module's house."""
    for name in ("CI", "SLURM_JOB_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GLADIUS_HOME", house.env["GLADIUS_HOME"])
    monkeypatch.setenv("XDG_CONFIG_HOME", str(house.home / "etc"))
    monkeypatch.chdir(house.home)
    return lambda *words: _call(capsys, words)


def _call(capsys: pytest.CaptureFixture[str], words: tuple[str, ...]) -> Said:
    capsys.readouterr()
    try:
        code = entry.run(list(words))
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    out, err = capsys.readouterr()
    return Said(code, out, err)


@pytest.fixture(scope="module")
def alive(house: Product) -> Path:
    """A run that goes on until the module is done, 20 steps a second."""
    run = house.start(*ABLE, "0", "0.05")
    reached = house.call("wait", run.name, "--until", "step=5", "--timeout", "60")
    assert reached.returncode == 0, reached.stderr
    return run


@pytest.fixture(scope="module")
def ended(house: Product) -> Path:
    """A run that finished after 20 steps."""
    run = house.start(*ABLE, str(STEPS), "0.06", "\x1b]0;owned\x07word")
    done = house.call("wait", run.name, "--until", "finished", "--timeout", "60")
    assert done.returncode == 0, done.stderr
    return run


def forge(home: Path, run: str, **facts: Any) -> Path:
    """A run directory as a run of long ago left it; no process was ever behind it."""
    directory = home / "state" / "runs" / run
    directory.mkdir(parents=True, mode=0o700)
    for folder in (directory.parent, directory.parent.parent):
        folder.chmod(0o700)
    told = {
        "v": 1, "id": run, "name": "old", "kind": "train", "job": "0" * 64, "command": ["true"],
        "cwd": "/", "created": 1.7e9, "host": "here", "machine": identity.machine_id(),
        "boot": identity.boot_id(), "parent": None,
    }  # fmt: skip
    write_json(directory, "run.json", {**told, **facts})
    slot.allocate(directory, EXIT_JSON)
    slot.write(directory, EXIT_JSON, {"code": 0, "signal": None, "known": True, "t": 1.7e9})
    for name in (EXECUTED, FINAL):
        (directory / name).touch(mode=0o600)
    return directory


def tree(folder: Path) -> set[str]:
    """Every path below a folder."""
    found = set()
    with suppress(OSError):
        found = {str(path) for path in folder.rglob("*")}
    return found
