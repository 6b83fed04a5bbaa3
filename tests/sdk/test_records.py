"""The hook's files: lines that can be checked, generations, rotation, thinning, full disks."""

from __future__ import annotations

import json
import math
import stat
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.protocol import Measured, event_of
from console.keeper.record import decode
from console.sdk import Link, records
from console.sdk.inbox import _parse
from console.sdk.records import Thinner, plain

if TYPE_CHECKING:
    from tests.sdk.conftest import Desk


def test_a_metric_record_has_numbers_of_any_library_and_nothing_else(
    desk: Desk, link: Link
) -> None:
    link.log(
        np.int64(3), loss=np.float32(0.5), big=2**70, bad=math.nan, worse=-math.inf, on=True,
        none=None, text="x", what=object(), experts=np.ones(2), expert_share=(0.25, 0.75),
        batch=np.int32(4),
    )  # fmt: skip
    [record] = desk.records("log")
    assert record["values"] == {
        "loss": 0.5, "big": 2**70, "bad": "NaN", "worse": "-Infinity", "on": 1,
    }  # fmt: skip
    assert record["experts"] == {"loss": [1.0, 1.0], "share": [0.25, 0.75]}
    assert (record["step"], record["batch"]) == (3, 4)
    event = event_of(record)
    assert isinstance(event, Measured)
    assert math.isnan(event.values["bad"])


def test_the_files_are_private_and_a_start_gets_the_next_generation(desk: Desk) -> None:
    for generation in range(3):
        link = Link()
        assert link.generation == generation
        link.close()
    names = sorted(file.name for file in desk.folder.glob("hook-*"))
    assert names == ["hook-0-000.jsonl", "hook-1-000.jsonl", "hook-2-000.jsonl"]
    modes = {stat.S_IMODE(file.stat().st_mode) for file in desk.folder.glob("hook*")}
    assert modes == {0o600}


def test_files_are_rotated_and_no_record_is_lost(
    desk: Desk, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(records, "SEGMENT_BYTES", 1000)
    for step in range(50):
        link.info(step=step)
    files = sorted(desk.folder.glob("hook-0-*.jsonl"))
    assert len(files) > 3
    assert all(file.stat().st_size <= 1000 for file in files)
    steps = [record["values"].get("step") for record in desk.records("info")][1:]
    assert steps == list(range(50))


def test_fast_steps_are_thinned_and_every_value_still_counts() -> None:
    thinner, written = Thinner(), []
    for step in range(500):
        said = (step, {"loss": math.sin(step)}, [float(step)], (), None, None)
        written += [fields for fields in [thinner.passes(said)] if fields]
    assert 20 <= len(written) < 60
    if rest := thinner.rest():
        written.append(rest | {"n": rest["n"] - 1})
    assert sum(fields.get("n", 0) for fields in written) + len(written) == 500
    thinned = [fields for fields in written if fields.get("n")]
    low = min(fields["mm"]["loss"][0] for fields in thinned)
    high = max(fields["mm"]["loss"][1] for fields in thinned)
    assert (low, high) == pytest.approx((-1, 1), abs=1e-3)
    assert all("expert_loss/0" in fields["mm"] for fields in thinned)


def test_the_last_of_fast_steps_is_written_before_any_other_record(desk: Desk, link: Link) -> None:
    for step in range(60):
        link.log(step, loss=float(step))
    link.phase("testing", 59)
    kinds = [(record["k"], record.get("step")) for record in desk.records("log", "phase")]
    assert kinds[-2:] == [("log", 59), ("phase", 59)]


def test_the_first_value_that_is_not_finite_is_never_held_back(desk: Desk, link: Link) -> None:
    for step in range(60):
        link.log(step, loss=float("nan") if step >= 50 else 1.0)
    logged = {record["step"]: record["values"]["loss"] for record in desk.records("log")}
    assert logged[50] == "NaN"


def test_slow_steps_are_all_written(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    monkeypatch.setattr(records.time, "monotonic", lambda: clock[0])
    thinner = Thinner()
    for step in range(200):
        clock[0] += 0.06
        assert thinner.passes((step, {"loss": 1.0}, (), (), None, None))


FULL_DISK = """
import resource, sys
from pathlib import Path
from console.sdk import Link
link = Link()
file = next(Path(sys.argv[1]).glob("hook-0-*"))
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (file.stat().st_size + 60, hard))
link.log(1, loss=1.0)
link.log(2, loss=2.0)
link.phase("testing", 2)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
link.log(3, loss=3.0)
link.close("finished")
assert link.errors == 0
"""


def test_fault_16_a_full_disk_costs_metrics_only_and_they_are_counted(desk: Desk) -> None:
    command = [sys.executable, "-c", FULL_DISK, str(desk.folder)]
    subprocess.run(command, check=True, timeout=30)
    damaged = [line for line in desk.lines() if decode(line + b"\n") is None]
    assert len(damaged) == 1  # the torn one; what follows begins on a line of its own
    assert [record["step"] for record in desk.records("log")] == [3]
    assert {record["lost"] for record in desk.records("log", "bye")} == {2}
    assert desk.phases() == ["training", "testing"]
    assert desk.records("bye")


def test_a_disk_that_fails_for_good_is_no_exception(
    desk: Desk, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> int:
        raise OSError(28, "No space left on device")

    before = len(desk.lines())
    with monkeypatch.context() as broken:
        broken.setattr(records.os, "write", fail)
        for step in range(200):
            link.log(step, loss=1.0)
            link.phase("testing" if step % 2 else "training", step)
    assert link.errors == 0
    assert len(desk.lines()) == before


@given(st.binary(max_size=600))
def test_any_bytes_are_an_order_or_none(line: bytes) -> None:
    order = _parse(line)
    assert order is None or (isinstance(order.cmd, str) and isinstance(order.args, dict))


@given(st.recursive(st.floats() | st.integers() | st.text() | st.none() | st.binary(), st.lists))
def test_anything_becomes_json(value: object) -> None:
    json.dumps(plain(value), allow_nan=False)


def test_a_line_is_a_checksum_and_json(tmp_path: Path) -> None:
    writer = records.Records(str(tmp_path))
    writer.write("info", {"values": {"a": "ü\n"}})
    writer.release()
    [line] = (tmp_path / "hook-0-000.jsonl").read_bytes().splitlines(keepends=True)
    record = decode(line)
    assert record is not None
    assert record["values"] == {"a": "ü\n"}
    assert {"t", "m"} <= set(record)
