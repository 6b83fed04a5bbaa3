"""Rows that run ahead of what is read from them for metrics."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend import backlog as backlog_module
from console.backend.backlog import Backlog
from console.backend.screen import segment_name
from console.core.protocol import Ordered, Outcome, Phase, Phased
from console.core.terminal import Cleaned
from tests.backend.paper import Paper, batch_line, drain
from tests.backend.test_exactly_once import copy_inputs, exact, flood

if TYPE_CHECKING:
    from console.backend.recorder import Recorder


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path / "run")
    yield made
    made.kill()


def ahead(paper: Paper, polls: int = 3) -> Recorder:
    """A recorder that made rows of everything and understood nothing of it."""
    recorder = paper.recorder()
    recorder._intake._understand = lambda *_: True  # type: ignore[method-assign]
    for _ in range(polls):
        recorder.poll()
    return recorder


def block(first: int, count: int) -> str:
    return "".join(batch_line(1, first + number, 0.25) for number in range(count))


def test_rows_are_there_before_their_metrics_and_the_state_says_how_much_is_unread(
    paper: Paper,
) -> None:
    paper.say(block(1, 400))
    recorder = ahead(paper)
    assert recorder.rows == 400
    assert recorder.state.value("loss") is None
    assert recorder.state.output.behind == len(paper.screen())
    assert recorder.commit()
    again = paper.recorder()
    drain(again)
    paper.pass_time(1.0)
    assert not again.poll()
    assert again.state.output.behind == 0
    again.commit()
    assert paper.series()["loss"] == [(number, "0.25") for number in range(1, 401)]


def test_asked_for_rows_only_metrics_wait_and_are_the_same_later(paper: Paper) -> None:
    paper.say(block(1, 300))
    recorder = paper.recorder()
    assert not recorder.poll(rows_only=True)
    assert (recorder.rows, recorder.state.value("loss")) == (300, None)
    assert recorder.unread == len(paper.screen())
    drain(recorder)
    assert recorder.unread == 0
    recorder.commit()
    assert paper.series()["loss"] == [(number, "0.25") for number in range(1, 301)]


def test_what_a_progress_bar_replaced_is_understood_at_once(paper: Paper) -> None:
    recorder = paper.recorder()
    paper.say("▓░ 10.0% complete\r▓▓ 20.0% complete\r")
    while recorder.poll(rows_only=True):
        pass
    paper.say("▓▓ 30.0% complete\n")
    while recorder.poll(rows_only=True):
        pass
    assert recorder.state.value("progress") is not None


def test_killed_while_rows_are_ahead_every_value_is_recorded_once(paper: Paper) -> None:
    for number in range(6):
        flood(paper, random.Random(number), 80, 80 * number)
        recorder = ahead(paper)
        assert recorder.commit()
        del recorder._intake._understand
        recorder.poll(max_seconds=0.0)  # not committed
        paper.kill()
    undisturbed = copy_inputs(paper, paper.dir.parent / "undisturbed")
    for run in (paper, undisturbed):
        last = run.record_all()
        last.flush()
        last.close(final=True)
    assert exact(paper) == exact(undisturbed)
    assert len(paper.series()["loss"]) == 480


def test_rows_of_ours_between_are_not_read_for_metrics(paper: Paper) -> None:
    paper.say("step 1 loss=0.5\n")
    recorder = ahead(paper)
    recorder.apply(Ordered(paper.t, paper.m, "o", "pause", Outcome.QUEUED, by="step 9 loss=9.0"))
    recorder.apply(Phased(paper.t, paper.m, Phase.PAUSED, 1, order="o"))
    paper.say("step 2 loss=0.25\n")
    recorder.poll()
    recorder.commit()
    paper.record_all()
    assert [row[:1] for row in paper.rows()] == [b"s", b"\x1e", b"s"]
    assert paper.values("loss") == [0.5, 0.25]


def test_replaced_versions_of_rows_that_wait_are_committed(paper: Paper) -> None:
    paper.say("step 1 loss=0.5\rstep 2 loss=0.25\rstep 3 loss=0.125\nmore\n")
    recorder = ahead(paper)
    paper.say("step 4 loss=0.0625\n")
    recorder.poll()
    assert recorder.rows == 2, "rows go on before their older versions were understood"
    recorder.commit()
    paper.record_all()
    assert paper.rows()[-1] == b"step 4 loss=0.0625"
    assert paper.values("loss") == [0.5, 0.25, 0.125, 0.0625]


def test_flush_understands_what_waits(paper: Paper) -> None:
    paper.say(block(1, 300))
    recorder = ahead(paper)
    assert recorder.flush()
    recorder.close(final=True)
    assert len(paper.values("loss")) == 300


def cleaned(first: int, count: int) -> Cleaned:
    return Cleaned(b"".join(b"row %d\n" % number for number in range(first, first + count)), count)


@pytest.mark.parametrize("is_written", [False, True])
def test_what_is_taken_in_any_parts_is_what_was_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_written: bool
) -> None:
    monkeypatch.setattr(backlog_module, "MERGED_BYTES", 300)
    chance, backlog = random.Random(5), Backlog(tmp_path)
    path, row, whole = tmp_path / segment_name(0), 0, b""
    for number in range(40):
        made = cleaned(row, chance.randrange(20))
        backlog.add(10 * number, row, (0, len(whole)), made)
        row, whole = row + made.count, whole + made.settled
        if is_written or number == 20:
            path.write_bytes(whole)
            backlog.flushed()
    assert backlog.size == len(whole)
    if is_written:
        backlog = Backlog(tmp_path, backlog.record())
    got, expected = b"", 0
    while (taken := backlog.take(limit := chance.randrange(1, 200))) is not None:
        first, part = taken
        assert len(part.settled) <= limit + len(b"row 999\n")
        assert first == expected
        expected += part.count
        got += part.settled
    assert got == whole
    assert backlog.size == 0
    assert backlog.place == (390, row)
    backlog.close()


def test_rows_gone_from_the_disk_are_passed_over(tmp_path: Path) -> None:
    backlog = Backlog(tmp_path)
    backlog.add(50, 0, (0, 0), cleaned(0, 5))
    backlog.flushed()
    backlog.add(90, 5, (7, 0), cleaned(5, 2))
    assert backlog.take(100) == (0, Cleaned())
    assert backlog.take(100) == (5, cleaned(5, 2))
    assert backlog.take(100) is None
    assert backlog.size == 0


def test_a_read_that_fails_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / segment_name(0)).write_bytes(cleaned(0, 5).settled)
    backlog = Backlog(tmp_path)
    backlog.add(50, 0, (0, 0), cleaned(0, 5))
    backlog.flushed()
    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", lambda *_: (_ for _ in ()).throw(OSError(5, "EIO")))
        with pytest.raises(OSError, match="EIO"):
            backlog.take(100)
    assert backlog.take(100) == (0, cleaned(0, 5))
    backlog.close()


def test_the_beginning_of_a_flood_belongs_to_the_rows_and_then_metrics_have_their_share(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    paper.say(block(1, 2000))
    recorder = paper.recorder()
    recorder.poll(max_bytes=1000)
    for _ in range(5):
        recorder.poll(max_bytes=1000)
    understood = recorder._intake.transcript.understood
    assert recorder.rows > understood[1] or recorder._intake.transcript.unread
    made = recorder.rows
    monkeypatch.setattr("console.backend.intake.ROWS_FIRST_SECONDS", 0.0)
    assert recorder.poll(max_bytes=1000)
    assert recorder.rows > made
    assert recorder._intake.transcript.understood > understood
