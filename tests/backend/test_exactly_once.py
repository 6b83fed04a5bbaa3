"""Killed at any moment, or failed by any single call, the recording ends as if nothing had been."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from console.backend import books
from console.backend.recorder import Recorder
from tests.backend.paper import Paper, batch_line
from tests.torture import figure, times

KILLS = times(60, 1000)


def flood(paper: Paper, rng: random.Random, lines: int, first: int) -> None:
    """Batches, progress bars that overwrite themselves, colours, broken UTF-8, and the hook."""
    parts: list[bytes] = []
    for number in range(first, first + lines):
        parts.append(batch_line(1, number + 1, rng.random()).encode())
        if number % 7 == 0:
            parts += [b"\r%d%%|####   |" % percent for percent in range(0, 100, 9)] + [b"\n"]
        if number % 11 == 0:
            parts.append(b"\x1b[33m[WARN]\x1b[0m \xff\xfe odd \xe2\x96")
        if number % 13 == 0:
            parts.append(b"[SUCCESS] Checkpoint saved: c/%d.pt\n" % number)
    paper.say(b"".join(parts))
    for number in range(first, first + lines, 3):
        paper.pass_time(0.01)
        paper.log(number, hooked=number / 7, other=rng.random())


def exact(paper: Paper) -> dict[str, Any]:
    """Everything that has to come out the same."""
    losses = [item for item in paper.journal("log") if "loss" in item["values"]]
    series = paper.series()
    return {
        "rows": [row for row in paper.rows() if not row.startswith(b"\x1e")],
        "own rows": [row for row in paper.rows() if row.startswith(b"\x1e")],
        "index": (paper.dir / "screen.idx").read_bytes(),
        "series": {name: series[name] for name in ("loss", "hooked", "other")},
        "saves": [item["path"] for item in paper.journal("save")],
        "losses told": sum(item["n"] for item in losses),
        "clocks": len({item["off"] for item in paper.journal("clock")})
        == len(paper.journal("clock")),
    }


def copy_inputs(source: Paper, target: Path) -> Paper:
    """The same inputs in a fresh run directory."""
    copy = Paper(target)
    for path in source.dir.iterdir():
        if path.name.startswith(("output.", "hook-")):
            (target / path.name).write_bytes(path.read_bytes())
    return copy


def child(paper: Paper) -> None:
    """A recording process: reads and commits until it is killed."""
    recorder = Recorder(paper.dir)
    recorder.open()
    while True:
        recorder.poll(max_bytes=20_000, max_seconds=0.002)
        if recorder.due():
            recorder.commit()


@pytest.mark.torture
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")  # threads of other tests
def test_fault_38_sixty_kills_at_random_moments_of_a_flood_leave_no_trace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(books, "COMMIT_BYTES", 30_000)
    monkeypatch.setattr(books, "COMMIT_SECONDS", 0.003)
    paper, rng = Paper(tmp_path / "killed"), random.Random(8)
    for round_ in range(KILLS):
        flood(paper, rng, 300, 300 * round_)
        pid = os.fork()
        if pid == 0:
            try:
                child(paper)
            finally:
                os._exit(1)
        time.sleep(rng.random() * 0.08)
        os.kill(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
        assert os.WIFSIGNALED(status), "the recording process ended by itself"
    undisturbed = copy_inputs(paper, tmp_path / "undisturbed")
    for run in (paper, undisturbed):
        recorder = run.record_all()
        recorder.flush()
        recorder.close(final=True)
    found, wanted = exact(paper), exact(undisturbed)
    assert [name for name in wanted if found[name] != wanted[name]] == []
    assert len(paper.series()["loss"]) == 300 * KILLS
    figure("recorder", "kills", KILLS, 0)
    figure("recorder", "values", 300 * KILLS, 0)


class Nth:
    """Lets the call number `at` fail, once."""

    def __init__(self, at: int) -> None:
        self.at, self.count = at, 0

    def wrap(self, call: Callable[..., Any], error: Exception) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                raise error
            return call(*args, **kwargs)

        return counted

    @property
    def reached(self) -> bool:
        return self.count >= self.at


def small_run(tmp_path: Path) -> Paper:
    paper = Paper(tmp_path)
    flood(paper, random.Random(3), 16, 0)
    paper.hook("phase", phase="paused", step=9)
    paper.new_output_segment()
    paper.say("the second segment\nlive")
    paper.rotate_hook()
    paper.log(99, hooked=99.0)
    return paper


def record_stubbornly(paper: Paper) -> None:
    """As a service does: opens again when it cannot, polls and commits until all is done."""
    for _ in range(5):
        try:
            recorder = paper.recorder()
            break
        except OSError:
            paper.kill()
    for _ in range(50):
        more = recorder.poll(max_bytes=900)
        well = recorder.trouble is None
        paper.pass_time(0.3)
        if recorder.due():
            recorder.commit()
        if well and not more and recorder.trouble is None:
            break
    recorder.flush()
    assert recorder.commit() or recorder.commit()
    recorder.close(final=True)
    paper.kill()


SYSTEM = ("pwrite", "pread", "open", "ftruncate", "fstat", "scandir")


@pytest.mark.torture
@pytest.mark.parametrize("short", [False, True], ids=["fails", "is cut short"])
def test_fault_of_the_nth_system_call_may_fail_for_every_n(tmp_path: Path, short: bool) -> None:
    wanted = small_run(tmp_path / "wanted")
    record_stubbornly(wanted)
    expected, reached, number = exact(wanted), True, 0
    while reached:
        number += 1
        paper = small_run(tmp_path / f"n{number}")
        nth = Nth(number)
        with pytest.MonkeyPatch.context() as patch:
            if short:
                patch.setattr(os, "pwrite", torn(nth))
            else:
                for name in SYSTEM:
                    broken = OSError(28, "No space left on device")
                    patch.setattr(os, name, nth.wrap(getattr(os, name), broken))
            record_stubbornly(paper)
        reached = nth.reached
        assert exact(paper) == expected, f"call {number}"
    assert number > (3 if short else 30)
    how = "writes cut short" if short else "system calls failed"
    figure("recorder", f"{how}, each once", number - 1, 0)


def torn(nth: Nth) -> Callable[..., int]:
    """A pwrite that writes half of it and then finds the disk full."""
    real = os.pwrite

    def write(file: int, data: bytes, offset: int) -> int:
        nth.count += 1
        if nth.count != nth.at:
            return real(file, data, offset)
        real(file, data[: len(data) // 2], offset)
        raise OSError(28, "No space left on device")

    return write


@pytest.mark.torture
def test_fault_of_the_nth_statement_of_the_database_may_fail_for_every_n(tmp_path: Path) -> None:
    wanted = small_run(tmp_path / "wanted")
    record_stubbornly(wanted)
    expected, reached, number = exact(wanted), True, 0
    while reached:
        number += 1
        paper = small_run(tmp_path / f"n{number}")
        nth = Nth(number)
        full = sqlite3.OperationalError("database or disk is full")

        class Failing(sqlite3.Connection):
            execute = nth.wrap(sqlite3.Connection.execute, full)
            executemany = nth.wrap(sqlite3.Connection.executemany, full)

        real = sqlite3.connect
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sqlite3, "connect", lambda *a, **k: real(*a, **k, factory=Failing))  # noqa: B023
            record_stubbornly(paper)
        reached = nth.reached
        assert exact(paper) == expected, f"statement {number}"
    assert number > 30
    figure("recorder", "statements failed, each once", number - 1, 0)
