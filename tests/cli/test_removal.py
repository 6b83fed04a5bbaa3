"""`rm` and `prune` delete ended runs of this machine, and nothing else."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import Call, forge, tree

if TYPE_CHECKING:
    from tests.product import Product

OLD, OLDER, NEW = "20200102-000000-aaaa", "20200101-000000-bbbb", "20260101-000000-cccc"
DAY = 86400.0


@pytest.fixture(autouse=True)
def runs(house: Product) -> dict[str, Path]:
    """Three ended runs: two old ones and a new one. Each test has them afresh."""
    for path in (house.home / "state" / "runs").glob("202[01]????-000???-????"):
        path.unlink() if path.is_symlink() else shutil.rmtree(path)
    shutil.rmtree(house.home / "state" / "runs" / NEW, ignore_errors=True)
    ages = {OLDER: 60, OLD: 40, NEW: 1}
    return {
        run: forge(house.home, run, name=f"n-{run[-4:]}", created=time.time() - days * DAY)
        for run, days in ages.items()
    }


def left(house: Product) -> set[str]:
    return {path.name for path in (house.home / "state" / "runs").iterdir()}


def test_rm_deletes_one_run_and_says_what_it_frees(call: Call, house: Product, runs) -> None:
    (runs[OLD] / "output.00000000000000000000.log").write_bytes(b"x" * 3_000_000)
    said = call("rm", OLD)
    assert said.code == 0
    assert said.out == f"{OLD} removed, 3.0 MB freed\n"
    assert left(house) == {OLDER, NEW}
    told = call("rm", "n-bbbb", "--json").json
    assert told["removed"] == [OLDER]
    assert told["freed_bytes"] >= 4096


@pytest.mark.parametrize(
    "typed", ["../x", "..", "%2e%2e", "a\n", "x" * 300, "/", "", ".", "*", f"../{OLD}", f"{OLD}/"]
)
def test_fault_40_ids_that_are_paths_or_nonsense_touch_nothing(
    call: Call, house: Product, typed: str
) -> None:
    before = tree(house.home)
    said = call("rm", typed)
    assert (said.code, said.out) == (5, "")
    assert tree(house.home) == before


@pytest.mark.parametrize("words", [("-rf",), ("-rf", OLD), ("--", "-rf")])
def test_fault_40_an_id_like_an_option_touches_nothing(call: Call, house: Product, words) -> None:
    before = tree(house.home)
    assert call("rm", *words).code in (2, 5)
    assert tree(house.home) == before


def test_links_are_not_followed(call: Call, house: Product, runs, tmp_path: Path) -> None:
    treasure = tmp_path / "treasure"
    treasure.write_text("gold")
    (runs[OLD] / "link").symlink_to(tmp_path)
    assert call("rm", OLD).code == 0
    assert treasure.read_text() == "gold"
    linked = house.home / "state" / "runs" / "20200103-000000-dddd"
    linked.symlink_to(runs[OLDER])
    assert call("rm", linked.name).code in (3, 5)
    assert (runs[OLDER] / "run.json").exists()
    said = call("prune", "--older-than", "0", "--json")
    assert said.code == 0
    assert linked.is_symlink()


def test_what_is_alive_or_elsewhere_is_never_touched(call: Call, house: Product, alive) -> None:
    foreign = forge(house.home, "20200104-000000-eeee", machine="another", host="there")
    said = call("rm", alive.name)
    assert (said.code, said.out) == (3, "")
    assert f"gladius-console stop {alive.name}" in said.err
    assert call("rm", foreign.name).code == 3
    pruned = call("prune", "--older-than", "0", "--json").json
    assert set(pruned["removed"]) == {OLDER, OLD, NEW}
    assert left(house) == {alive.name, foreign.name}
    assert call("status", alive.name, "--json").json["status"] == "training"
    assert call("stop", alive.name).code == 0
    assert call("rm", alive.name).code == 0


@pytest.mark.parametrize(
    ("words", "gone"),
    [
        (("--older-than", "50"), {OLDER}),
        (("--older-than", "30"), {OLDER, OLD}),
        (("--keep", "1"), {OLDER, OLD}),
        (("--keep", "2", "--older-than", "30"), {OLDER}),
        (("--keep", "9"), set()),
    ],
)
def test_prune_takes_the_old_and_spares_the_newest(
    call: Call, house: Product, words: tuple[str, ...], gone: set[str]
) -> None:
    tried = call("prune", *words, "--dry-run", "--json").json
    assert (set(tried["removed"]), tried["dry_run"]) == (gone, True)
    assert left(house) == {OLDER, OLD, NEW}
    said = call("prune", *words)
    assert said.code == 0
    assert all(f"removed {run}" in said.out for run in gone)
    assert left(house) == {OLDER, OLD, NEW} - gone


def test_prune_says_what_it_could_not_delete(
    call: Call, house: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(path: str | os.PathLike[str]) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("console.backend.runs.shutil.rmtree", refuse)
    told = call("prune", "--keep", "2", "--json")
    assert (told.code, told.json["removed"]) == (0, [])
    assert "Permission denied" in told.json["spared"][OLDER]
    said = call("rm", OLDER)
    assert (said.code, said.out) == (1, "")
    assert OLDER in said.err


def test_fifty_ended_runs_are_listed_within_a_second(call: Call, house: Product) -> None:
    for number in range(50):
        forge(house.home, f"20210101-0000{number:02}-{number:04x}", name=f"many-{number}")
    began = time.monotonic()
    assert len(call("runs", "--json").json) == 53
    assert time.monotonic() - began < 1.0
