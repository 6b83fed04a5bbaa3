"""Runs are found by what a person types, in a fixed precedence, from their directories alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.backend import runs
from console.keeper import identity, lock, slot
from console.keeper.rundir import BACKEND_LOCK, EXECUTED, EXIT_JSON, home, write_json


def forge(number: int, name: str, **facts: object) -> Path:
    """The directory of an ended run."""
    directory = home() / "runs" / f"2026010{number}-000000-000{number}"
    directory.mkdir(parents=True)
    machine, boot = identity.machine_id(), identity.boot_id()
    told = {"id": directory.name, "name": name, "job": "j", "machine": machine, "boot": boot}
    write_json(directory, "run.json", {**told, "created": float(number), **facts})
    slot.allocate(directory, EXIT_JSON)
    slot.write(directory, EXIT_JSON, {"code": 0})
    (directory / EXECUTED).touch()
    return directory


def test_there_need_not_be_a_folder() -> None:
    assert runs.records() == []
    assert runs.sweep() == 0


def test_the_newest_comes_first_and_strangers_are_passed_over() -> None:
    made = [forge(number, f"n{number}") for number in (1, 3, 2)]
    (home() / "runs" / "notes").mkdir()
    (home() / "runs" / "20260109-000000-0009").mkdir()
    (made[0] / "run.json").write_text("no json")
    assert [item.name for item in runs.records()] == ["n3", "n2"]


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("20260101-000000-0001", 1),
        ("exp", 2),
        ("expert", 3),
        ("expe", 3),
        ("20260103", 3),
        ("base", 1),
    ],
)
def test_an_id_wins_over_a_name_and_a_name_over_a_prefix(typed: str, number: int) -> None:
    names = {1: "baseline", 2: "exp", 3: "expert"}
    for key, name in names.items():
        forge(key, name)
    assert runs.find(typed, runs.records()).name == names[number]


@pytest.mark.parametrize("typed", ["ba", "2026", "twice"])
def test_what_fits_several_is_ambiguous(typed: str) -> None:
    for number, name in enumerate(("bar", "baz", "twice", "twice"), 1):
        forge(number, name)
    with pytest.raises(runs.AmbiguousRun) as caught:
        runs.find(typed, runs.records())
    assert len(caught.value.choices) >= 2


@pytest.mark.parametrize("typed", ["", "zzz", "..", "/"])
def test_nothing_fits_nonsense(typed: str) -> None:
    forge(1, "only")
    with pytest.raises(runs.NoSuchRun):
        runs.find(typed, runs.records())


def test_reading_takes_the_newest_acting_needs_one_alive() -> None:
    with pytest.raises(runs.NoSuchRun):
        runs.to_read(None)
    with pytest.raises(runs.AmbiguousRun, match="train --config"):
        runs.to_act_on(None)
    for number in (1, 2):
        forge(number, f"n{number}")
    assert runs.to_read(None).name == "n2"
    with pytest.raises(runs.AmbiguousRun, match="no run is alive") as caught:
        runs.to_act_on(None)
    assert [item.name for item in caught.value.choices] == ["n2", "n1"]


def test_removing_frees_what_was_counted_and_refuses_foreign_runs(tmp_path: Path) -> None:
    directory = forge(1, "gone")
    (directory / "big").write_bytes(b"x" * 100_000)
    item = runs.records()[0]
    assert runs.remove(item) >= 100_000
    assert not directory.exists()
    foreign = forge(2, "there", machine="another", host="there")
    with pytest.raises(runs.NotRemovable, match="there"):
        runs.remove(runs.records()[0])
    assert foreign.exists()


def test_a_run_that_is_still_being_recorded_is_not_removed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    directory = forge(1, "busy")
    holder = lock.take(directory / BACKEND_LOCK)
    assert holder is not None
    monkeypatch.setattr(runs, "LEAVE_SECONDS", 0.05)
    with pytest.raises(runs.NotRemovable, match="try again"):
        runs.remove(runs.records()[0])
    assert directory.exists()
    os.close(holder)
    runs.remove(runs.records()[0])
    assert not directory.exists()


def test_sweeping_takes_interrupted_starts_and_no_link() -> None:
    kept = forge(1, "kept")
    cut_off = forge(2, "cut")
    for name in (EXIT_JSON, EXECUTED):
        (cut_off / name).unlink()
    link = home() / "runs" / "20260105-000000-0005"
    link.symlink_to(cut_off)
    assert [item.name for item in runs.records()] == ["kept"]
    assert runs.sweep() == 1
    assert kept.exists()
    assert not cut_off.exists()
    assert link.is_symlink()
