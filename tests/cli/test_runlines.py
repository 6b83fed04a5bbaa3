"""The lines of the overview: what has ended is read once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.backend import runs
from console.backend.outline import Outline
from console.cli import runlines
from console.keeper import rundir


def record(directory: Path, state: str) -> runs.Record:
    directory.mkdir(exist_ok=True)
    return runs.Record(directory.name, directory, "moe", 1.0, "trainbox", "", state, True, {})


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were read, in order."""
    found: list[str] = []

    def outline(item: runs.Record) -> Outline:
        found.append(item.id)
        return Outline(id=item.id, dir=item.dir, name=item.name, status="finished", cause="",
                       alive=item.alive, local=True, host=item.host, created=1.0, parent=None,
                       alerts=2)  # fmt: skip

    monkeypatch.setattr(runlines, "outline", outline)
    monkeypatch.setattr(runlines, "_ended", {})
    return found


def test_a_complete_run_is_read_once_and_one_that_is_alive_each_time(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    items: list[Any] = [record(tmp_path / "a", "ended"), record(tmp_path / "b", "running")]
    (tmp_path / "a" / rundir.FINAL).touch()
    monkeypatch.setattr(runs, "records", lambda: items)
    first, second = runlines.lines(), runlines.lines()
    assert read == ["a", "b", "b"]
    assert [line.alerts for line in first] == [0, 2]
    assert second[0] == first[0]


def test_a_run_that_ended_is_read_until_it_is_complete(
    tmp_path: Path, read: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    items: list[Any] = [record(tmp_path / "a", "ended")]
    monkeypatch.setattr(runs, "records", lambda: items)
    runlines.lines()
    runlines.lines()
    (tmp_path / "a" / rundir.FINAL).touch()
    runlines.lines()
    runlines.lines()
    assert read == ["a", "a", "a"]
