"""What the recorder makes of the inputs of a run."""

from __future__ import annotations

import math
import os
import random
import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.backend.history import History
from console.core.protocol import (
    Gpu,
    Measured,
    Ordered,
    Outcome,
    Phase,
    Phased,
    Sampled,
    Saved,
    Ticked,
)
from console.core.sources import Axis
from console.keeper import record
from tests.backend.paper import Paper, batch_line, drain


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path / "run")
    yield made
    made.kill()


def test_hook_and_output_become_state_rows_and_series(paper: Paper) -> None:
    paper.hook("hello", pid=1, orders=["pause"])
    for step in range(1, 6):
        paper.log(step, loss=1.0 / step, learning_rate=1e-4)
        paper.say(f"step {step} is done\n")
        paper.pass_time(0.1)
    paper.say("half a ")
    recorder = paper.record_all()
    assert recorder.rows == 5
    assert recorder.live == [b"half a "]
    assert paper.rows() == [f"step {step} is done".encode() for step in range(1, 6)]
    assert recorder.state.position.step == 5
    assert recorder.state.control.abilities[0] == "pause"
    assert paper.series()["loss"] == [(step, repr(1.0 / step)) for step in range(1, 6)]
    assert recorder.state.output.rows == 5
    assert [type(event) for event in paper.heard].count(Measured) == 5


def test_everything_an_event_measures_has_a_series(paper: Paper) -> None:
    paper.hook("log", step=3, epoch=0.5, values={"loss": 1.0, "mine": 2.0},
               experts={"loss": [0.1, 0.2], "share": [0.4, 0.6]})  # fmt: skip
    paper.hook("eval", step=3, split="validation", values={"loss": 0.5, "accuracy": 0.25})
    recorder = paper.record_all()
    gpu = Gpu(0, temperature=61.0, memory_used=5, power=None)
    recorder.apply(Sampled(paper.t, paper.m, cpu=12.5, ram_used=7, gpus=(gpu,)))
    recorder.commit()
    assert paper.series() == {
        "loss": [(3, "1.0")],
        "mine": [(3, "2.0")],
        "epoch": [(3, "0.5")],
        "expert_loss/0": [(3, "0.1")],
        "expert_loss/1": [(3, "0.2")],
        "expert_share/0": [(3, "0.4")],
        "expert_share/1": [(3, "0.6")],
        "validation/loss": [(3, "0.5")],
        "validation/accuracy": [(3, "0.25")],
        "cpu": [(3, "12.5")],
        "memory/used": [(3, "7.0")],
        "gpu0/temperature": [(3, "61.0")],
        "gpu0/memory": [(3, "5.0")],
    }


def test_values_read_from_the_output_are_journalled_and_kept(paper: Paper) -> None:
    for batch in range(1, 4):
        paper.say(batch_line(1, batch, batch / 10))
    recorder = paper.record_all()
    assert paper.values("loss") == [0.1, 0.2, 0.3]
    assert paper.values("expert_loss/1") == [0.03] * 3
    told = paper.journal("log")
    assert [item["values"]["loss"] for item in told] == [0.1, 0.2, 0.3]
    assert {item["source"] for item in told} == {"parsed"}
    assert recorder.state.value("loss") == 0.3
    assert recorder.state.metrics["loss"].source == "parsed"


def test_the_hooks_word_wins_over_what_the_output_says(paper: Paper) -> None:
    paper.hook("hello", pid=1)
    paper.log(1, loss=0.5)
    paper.say(batch_line(1, 1, 0.9))
    paper.say("Throughput: 2,847 tokens/sec\n")
    recorder = paper.record_all()
    assert paper.values("loss") == [0.5]
    assert recorder.state.value("loss") == 0.5
    assert paper.values("throughput") == [2847.0]


def test_every_loss_of_a_flood_is_kept_though_few_events_are_told(paper: Paper) -> None:
    losses = [random.Random(1).uniform(0, 1) for _ in range(5000)]
    paper.say("".join(batch_line(1, 1 + i, loss) for i, loss in enumerate(losses)))
    paper.record_all()
    assert paper.values("loss") == [float(f"{loss:.4f}") for loss in losses]
    told = [item for item in paper.journal("log") if "loss" in item["values"]]
    assert len(told) < 100
    assert sum(item["n"] for item in told) == 5000
    assert min(item["mm"].get("loss", [1])[0] for item in told) == min(paper.values("loss"))


def test_a_slow_trainer_is_told_of_line_by_line(paper: Paper) -> None:
    recorder = paper.recorder()
    for batch in range(1, 40):
        paper.say(batch_line(1, batch, 0.5))
        paper.pass_time(0.1)
        recorder.poll()
    recorder.commit()
    told = [item for item in paper.journal("log") if "loss" in item["values"]]
    assert [(item["batch"], item["n"]) for item in told] == [(batch, 1) for batch in range(1, 40)]


def test_thinned_records_of_the_hook_count_in_the_range(paper: Paper) -> None:
    paper.hook("log", step=9, values={"loss": 0.5}, mm={"loss": [0.1, 0.9]}, n=3)
    paper.record_all()
    found = History(paper.dir).columns("loss", Axis.STEP, 0, 10, 10)
    assert (found.low[0], found.high[0], found.last[0]) == (0.1, 0.9, 0.5)
    assert paper.values("loss") == [0.5]


def test_a_torn_line_waits_and_a_damaged_one_is_passed_over(paper: Paper) -> None:
    recorder = paper.recorder()
    line = record.encode({"k": "log", "t": 1.0, "m": 1.0, "step": 2, "values": {"loss": 2.0}})
    paper.log(1, loss=1.0)
    paper.hook_bytes(line[:30])
    drain(recorder)
    assert recorder.state.position.step == 1
    paper.hook_bytes(line[30:])
    paper.hook_bytes(b"00000000 {}\nnonsense\n")
    paper.log(3, loss=3.0)
    drain(recorder)
    recorder.commit()
    assert paper.values("loss") == [1.0, 2.0, 3.0]
    assert recorder.damaged == 2


def test_fault_37_every_cut_of_the_hooks_file_gives_the_whole_records_before_it(
    tmp_path: Path,
) -> None:
    line = record.encode({"k": "log", "t": 1.0, "m": 1.0, "step": 1, "values": {"loss": 1.0}})
    for cut in range(1, len(line) - 1, 3):
        paper = Paper(tmp_path / f"cut{cut}")
        paper.hook_bytes(line + line[:cut])
        recorder = paper.record_all()
        assert paper.values("loss") == [1.0]
        paper.hook_bytes(b"\n")
        paper.log(2, loss=2.0)
        drain(recorder)
        recorder.commit()
        assert paper.values("loss") == [1.0, 2.0]
        assert recorder.damaged == 1
        paper.kill()


def test_the_hooks_files_are_followed_through_rotation_and_generations(paper: Paper) -> None:
    recorder = paper.recorder()
    paper.log(1, loss=1.0)
    drain(recorder)
    paper.rotate_hook()
    paper.log(2, loss=2.0)
    paper.log(3, loss=3.0)
    drain(recorder)
    paper.rotate_hook(generation=True)
    paper.log(2, loss=20.0)
    drain(recorder)
    recorder.commit()
    assert paper.values("loss") == [1.0, 2.0, 3.0, 20.0]
    assert paper.series(every=False)["loss"] == [(1, "1.0"), (2, "20.0")]


def test_rows_of_ours_stand_after_what_was_read_and_are_committed_at_once(paper: Paper) -> None:
    recorder = paper.recorder()
    paper.say("before\n")
    paper.hook("phase", phase="paused", step=7)
    drain(recorder)
    paper.say("after\n")
    again = paper.recorder()
    drain(again)
    assert paper.rows() == [b"before", b"\x1ePAUSED at step 7", b"after"]
    assert again.rows == 3


def test_a_row_of_ours_holds_nothing_a_terminal_would_obey(paper: Paper) -> None:
    recorder = paper.recorder()
    recorder.apply(Ordered(paper.t, paper.m, "o1", "pause", Outcome.QUEUED, by="\x1b]52;c;x\x07\n"))
    recorder.apply(Phased(paper.t, paper.m, Phase.PAUSED, 1, order="o1"))
    (row,) = paper.rows()
    assert row.startswith(b"\x1ePAUSED at step 1 by ")
    assert not set(row[1:]) & set(range(32))


def test_own_events_are_journalled_and_told_in_order(paper: Paper) -> None:
    recorder = paper.recorder()
    recorder.apply(Ordered(paper.t, paper.m, "o1", "stop", Outcome.QUEUED, by="ana"))
    recorder.apply(Ticked(paper.t, paper.m))
    recorder.apply(Sampled(paper.t, paper.m, cpu=1.0), journal=False)
    recorder.commit()
    assert [item["k"] for item in paper.journal()] == ["order"]
    assert [type(event).__name__ for event in paper.heard] == ["Ordered", "Ticked", "Sampled"]


def test_a_listener_may_apply_and_commit_when_it_hears(paper: Paper) -> None:
    """It hears only when nothing is half done: what it commits is whole."""
    recorder = paper.recorder()

    def answer(event: Any) -> None:
        if isinstance(event, Saved):
            recorder.apply(Phased(paper.t, paper.m, Phase.PAUSED, 1))
            recorder.commit()

    recorder._listener = answer
    paper.say("Checkpoint saved: a.pt\n" + "".join(batch_line(1, i, 0.5) for i in range(1, 9)))
    recorder.poll()
    again = paper.record_all()  # as after a kill right now
    assert again.rows == 10
    assert paper.values("loss") == [0.5] * 8


def test_the_clock_is_journalled_each_second_at_its_place_in_the_output(paper: Paper) -> None:
    recorder = paper.recorder()
    for number in range(30):
        paper.say(f"line {number:03}\n")
        recorder.poll()
        paper.pass_time(0.1)
    recorder.commit()
    clocks = paper.journal("clock")
    assert [(item["off"], item["row"]) for item in clocks] == [(9, 1), (99, 11), (189, 21)]


def test_fault_32_times_of_values_never_go_back_when_the_clock_does(paper: Paper) -> None:
    recorder = paper.recorder()
    for step, jump in ((1, 0.0), (2, -3600.0), (3, 0.0), (4, 86400.0), (5, 0.0)):
        paper.t += jump
        paper.log(step, loss=1.0)
        drain(recorder)
        paper.pass_time(1.0)
    recorder.commit()
    times = [t for _, t, _ in History(paper.dir).all_points("loss")]
    steps = [later - earlier for earlier, later in pairwise(times)]
    assert steps[:2] == [1.0, 1.0]
    assert steps[3] == 1.0
    assert steps[2] > 80_000


def test_output_gone_from_the_disk_is_said_in_its_place(paper: Paper) -> None:
    recorder = paper.recorder()
    paper.say("one\n")
    drain(recorder)
    paper.new_output_segment()
    paper.say("lost\n")
    gone = paper.dir / "output.00000000000000000004.log"
    paper.new_output_segment()
    paper.say("three\n")
    gone.unlink()
    recorder._intake.transcript._outputs._look_at = 0.0
    drain(recorder)
    assert [row for row in paper.rows() if not row.startswith(b"\x1e")] == [b"one", b"three"]
    assert any(row.startswith(b"\x1eGAP: 5 bytes") for row in paper.rows())


def test_output_is_followed_through_its_segments(paper: Paper) -> None:
    recorder = paper.recorder()
    for number in range(5):
        paper.say(f"line {number}\nbegun ")
        paper.new_output_segment()
        paper.say("and ended\n")
        drain(recorder)
        paper.new_output_segment()
    assert len(paper.rows()) == 10
    assert paper.rows()[3] == b"begun and ended"


def test_screen_segments_and_index_lead_to_every_row(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backend.screen.SEGMENT_BYTES", 300_000)
    recorder = paper.recorder()
    rng = random.Random(4)
    lines = [f"{number} {'x' * rng.randrange(200)}" for number in range(9000)]
    for first in range(0, 9000, 700):
        paper.say("".join(f"{line}\n" for line in lines[first : first + 700]))
        drain(recorder)
    assert paper.rows() == [line.encode() for line in lines]
    names = sorted(path.name for path in paper.dir.glob("screen.*.log"))
    assert len(names) >= 3
    text, firsts = paper.screen(), [int(name[7:27]) for name in names]
    for name, first in zip(names, firsts, strict=True):
        assert (paper.dir / name).read_bytes().startswith(f"{first} ".encode())
    entries = list(struct.iter_unpack("<QQ", (paper.dir / "screen.idx").read_bytes()))
    assert entries[0] == (0, 0)
    assert len(entries) >= len(text) // 70_000
    for (row, offset), (_, before) in zip(entries[1:], entries, strict=False):
        assert text[offset:].startswith(f"{row} ".encode())
        assert offset - before >= 65_536


def test_flush_settles_the_live_rows(paper: Paper) -> None:
    paper.say("done\n 50%|#####     |\r 60%|######    |")
    recorder = paper.record_all()
    assert recorder.live
    recorder.flush()
    recorder.close(final=True)
    assert recorder.live == []
    assert paper.rows() == [b"done", b" 60%|######    |"]
    assert paper.recorder().rows == 2


def test_live_rows_are_committed_for_those_who_read_files(paper: Paper) -> None:
    paper.say("done\n 50%|#####     |\r 60%|######    |")
    paper.record_all()
    assert History(paper.dir).screen() == (1, [b" 60%|######    |"])


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)  # fmt: skip
NAMES = ("t", "m", "step", "epoch", "batch", "values", "experts", "mm", "n", "phase", "path",
         "split", "id", "cmd", "outcome", "gen", "pid", "orders")  # fmt: skip
FIELDS = st.dictionaries(st.sampled_from(NAMES), JUNK)
KIND = st.sampled_from(["hello", "info", "log", "phase", "save", "eval", "answer", "bye", "x", 3])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.tuples(KIND, FIELDS), min_size=1, max_size=4))
def test_fault_36_no_record_of_the_hook_can_stop_the_recording(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[Any, dict[str, Any]]]
) -> None:
    paper = Paper(tmp_path_factory.mktemp("junk"))
    for kind, fields in records:
        paper.hook_bytes(record.encode({"t": 1.0, "m": 1.0, "step": 1, **fields, "k": kind}))
    paper.log(77, loss=7.0)
    recorder = paper.recorder()
    drain(recorder)
    assert recorder.commit()
    assert recorder.state.value("loss") == 7.0
    recorder.close(final=False)


def test_the_run_is_known_from_run_json(paper: Paper) -> None:
    (paper.dir / "run.json").write_text(
        '{"v":1,"id":"20260101-000000-abcd","name":"n","command":["a"],"created":5.0,'
        '"parent":{"run":"p","step":9,"checkpoint":"c"},"start_limit_s":60}'
    )
    run = paper.recorder().state.run
    assert (run.id, run.name, run.command, run.created) == (
        "20260101-000000-abcd",
        "n",
        ("a",),
        5.0,
    )
    assert (run.parent, run.parent_step, run.start_limit_seconds) == ("p", 9, 60.0)
    assert run.dir == str(paper.dir)


def test_fault_46_every_file_is_private(paper: Paper) -> None:
    before = os.umask(0)
    try:
        paper.record_all()
    finally:
        os.umask(before)
    for path in paper.dir.iterdir():
        if not path.name.startswith(("output.", "hook-")):
            assert path.stat().st_mode & 0o777 == 0o600, path


def test_fault_36_nan_and_infinity_are_kept_and_seen_as_gaps(paper: Paper) -> None:
    for step, value in enumerate((1.0, "NaN", "Infinity", 2.0)):
        paper.log(step, loss=value)
    paper.record_all()
    kept = paper.values("loss")
    assert kept[0::3] == [1.0, 2.0]
    assert math.isnan(kept[1])
    assert kept[2] == math.inf
    found = History(paper.dir).columns("loss", Axis.STEP, 0, 3, 4)
    assert (list(found.x), list(found.gaps)) == ([0, 3], [1, 2])
