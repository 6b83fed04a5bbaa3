"""A metrics.db that is lost, damaged, newer or held by somebody."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from console.backend.books import FULL_VALUES
from console.backend.history import History
from console.backend.store import NewerSchema
from console.core.protocol import Ordered, Outcome, Phase, Phased, Sampled, Started
from tests.backend.paper import Paper, batch_line, drain

if TYPE_CHECKING:
    from console.backend.recorder import Recorder


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path / "run")
    yield made
    made.kill()


def live_through(paper: Paper) -> Recorder:
    """Three minutes with everything in it: hook, output, orders, telemetry, a pause."""
    recorder = paper.recorder()
    recorder.apply(Started(paper.t, paper.m, 7))
    for number in range(1, 181):
        paper.log(number, hooked=number / 7)
        paper.say(batch_line(1, number, 5.0 / number))
        if number % 60 == 0:
            paper.say(f"[SUCCESS] Checkpoint saved: c{number}.pt\n")
            paper.hook("eval", step=number, split="validation", values={"loss": 1 / number})
        drain(recorder)
        if number == 100:
            recorder.apply(Ordered(paper.t, paper.m, "o1", "pause", Outcome.QUEUED, by="ana"))
            recorder.apply(Phased(paper.t, paper.m, Phase.PAUSED, 100, order="o1"))
            recorder.apply(Phased(paper.t, paper.m + 0.1, Phase.TRAINING, 100))
        if number % 10 == 0:
            recorder.apply(Sampled(paper.t, paper.m, cpu=float(number)))
        paper.pass_time(1.0)
        if recorder.due():
            recorder.commit()
    paper.say("the last row\n")
    drain(recorder)
    assert recorder.commit()
    return recorder


def facts(paper: Paper) -> dict[str, Any]:
    state = History(paper.dir).committed()
    assert state is not None
    entries = History(paper.dir).timeline()
    return {
        "series": paper.series(),
        "rows": [row for row in paper.rows() if not row.startswith(b"\x1e")],
        "own rows": [row for row in paper.rows() if row.startswith(b"\x1e")],
        "timeline": sorted((entry.mark, entry.text, entry.by) for entry in entries),
        "best": (state.loss.best, state.loss.best_step),
        "position": (state.position.step, state.position.batch),
        "checkpoints": state.checkpoints.count,
        "journal": [{**item, "m": 0, "t": 0} for item in paper.journal()],
    }


def garbage(path: Path) -> None:
    path.write_bytes(b"\x13garbage" * 9000)


def garbage_in_the_middle(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 200] = b"\x55" * 200
    path.write_bytes(data)


def cut_in_half(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage", [garbage, garbage_in_the_middle, cut_in_half, empty, Path.unlink]
)
def test_fault_39_a_damaged_database_is_made_anew_from_journal_hook_and_output(
    paper: Paper, damage: Callable[[Path], None]
) -> None:
    live_through(paper).close(final=True)
    before = facts(paper)
    damage(paper.dir / "metrics.db")
    paper.heard.clear()
    recorder = paper.recorder()
    drain(recorder)
    assert recorder.commit()
    assert facts(paper) == before
    assert not [event for event in paper.heard if type(event).__name__ == "Ordered"]
    assert sorted(paper.rows()) == sorted([*before["rows"], *before["own rows"]])


def test_the_damaged_file_is_kept_beside_the_new_one(paper: Paper) -> None:
    live_through(paper).close(final=True)
    garbage(paper.dir / "metrics.db")
    damaged = (paper.dir / "metrics.db").read_bytes()
    paper.recorder()
    assert (paper.dir / "metrics.db.damaged").read_bytes() == damaged


def test_a_rebuilding_that_is_killed_goes_on_where_it_was(paper: Paper) -> None:
    live_through(paper).close(final=True)
    before = facts(paper)
    (paper.dir / "metrics.db").unlink()
    for _ in range(40):
        recorder = paper.recorder()
        recorder.poll(max_seconds=0.001)
        recorder.commit()
        recorder.poll(max_seconds=0.001)
        paper.kill()
    recorder = paper.recorder()
    drain(recorder)
    assert recorder.commit()
    assert facts(paper) == before


def test_a_database_damaged_while_it_is_written_is_made_anew(paper: Paper) -> None:
    recorder = live_through(paper)
    before = facts(paper)

    def broken(*_args: Any) -> None:
        raise sqlite3.DatabaseError("database disk image is malformed")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.backend.store.write_series", broken)
        paper.log(181, hooked=1.0)
        drain(recorder)
        assert not recorder.commit()
        assert "made anew" in str(recorder.trouble)
    drain(recorder)
    assert recorder.commit()
    after = facts(paper)
    assert after["series"]["hooked"] == [*before["series"]["hooked"], (181, "1.0")]
    assert after["series"]["loss"] == before["series"]["loss"]
    assert after["rows"] == before["rows"]


@pytest.mark.parametrize("lost", ["screen.00000000000000000000.log", "screen.idx"])
def test_rows_that_a_power_cut_took_are_made_again(paper: Paper, lost: str) -> None:
    live_through(paper).close(final=False)
    before = facts(paper)
    path = paper.dir / lost
    path.write_bytes(path.read_bytes()[:-5])
    recorder = paper.recorder()
    drain(recorder)
    recorder.commit()
    assert facts(paper) == before


def test_fault_39_a_newer_schema_is_refused_and_left_alone(paper: Paper) -> None:
    live_through(paper).close(final=True)
    with closing(sqlite3.connect(paper.dir / "metrics.db")) as db:
        db.execute("pragma user_version=99")
    before = (paper.dir / "metrics.db").read_bytes()
    with pytest.raises(NewerSchema, match="use a newer one"):
        paper.recorder()
    assert (paper.dir / "metrics.db").read_bytes() == before
    assert History(paper.dir).names() == []


def test_fault_39_while_somebody_holds_the_database_nothing_is_lost(paper: Paper) -> None:
    recorder = paper.recorder()
    paper.log(1, loss=1.0)
    drain(recorder)
    assert recorder.commit()
    with closing(sqlite3.connect(paper.dir / "metrics.db", isolation_level=None)) as other:
        other.execute("begin exclusive")
        for step in range(2, 12):
            paper.log(step, loss=float(step))
            paper.say(f"row {step}\n")
            paper.pass_time(1.0)
            drain_although_busy(recorder)
            assert recorder.due()
            assert not recorder.commit()
        assert "locked" in str(recorder.trouble)
        assert recorder.rows == 10
        assert recorder.state.position.step == 11
        other.execute("rollback")
    assert recorder.commit()
    assert recorder.trouble is None
    assert paper.values("loss") == [float(step) for step in range(1, 12)]


def drain_although_busy(recorder: Recorder) -> None:
    while recorder.poll():
        pass


def test_when_nothing_can_be_committed_memory_stays_bounded_and_all_comes_later(
    paper: Paper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backend.books.FULL_VALUES", 5000)
    recorder = paper.recorder()
    recorder.commit()
    lines = 20_000
    with closing(sqlite3.connect(paper.dir / "metrics.db", isolation_level=None)) as other:
        other.execute("begin exclusive")
        paper.say("".join(batch_line(1, i + 1, 0.5) for i in range(lines)))
        for _ in range(50):
            recorder.poll(max_bytes=100_000)
            paper.pass_time(1.0)
            assert not recorder.commit()
        assert recorder._store.added < 15_000 < FULL_VALUES
        assert recorder._intake.transcript.unread, "the rest waits on the disk"
        other.execute("rollback")
    for _ in range(100):
        recorder.poll()
        recorder.commit()
    assert len(paper.values("loss")) == lines
    assert recorder.rows == lines


def test_a_final_run_is_one_plain_file_that_can_be_copied(paper: Paper, tmp_path: Path) -> None:
    live_through(paper).close(final=True)
    (paper.dir / "final").touch()
    assert not list(paper.dir.glob("metrics.db-*"))
    copy = Paper(tmp_path / "copy")
    (copy.dir / "metrics.db").write_bytes((paper.dir / "metrics.db").read_bytes())
    (copy.dir / "final").touch()
    assert copy.series() == paper.series()
    assert not list(copy.dir.glob("metrics.db-*"))


def test_a_reader_of_the_moment_does_not_keep_a_run_from_becoming_final(paper: Paper) -> None:
    history = History(paper.dir)
    recorder = live_through(paper)
    assert history.names()
    recorder.close(final=True)
    assert not list(paper.dir.glob("metrics.db-*"))
    assert history.nearest("hooked", "step", 180.0) == (180, 180 / 7)  # type: ignore[arg-type]


def test_somebody_who_reads_all_the_time_only_delays_the_plain_file(paper: Paper) -> None:
    recorder = live_through(paper)
    with closing(sqlite3.connect(paper.dir / "metrics.db", isolation_level=None)) as other:
        other.execute("begin")
        other.execute("select count(*) from tail").fetchone()
        recorder.close(final=True)
    assert len(paper.series()["hooked"]) == 180
