"""Patterns of a user's own never hold up the backend."""

from __future__ import annotations

import re
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest

from console.backend.patience import MANY, MEAN_SECONDS, Patience
from console.core.formats.own import TooSlow
from tests.backend.paper import Paper

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ENDLESS = re.compile(rb"(?P<a>(a+)+)$")
LINE = b"a" * 60 + b"b"
CONFIG = r"""
run: {command: [python, train.py]}
formats:
  - {name: endless, pattern: '(?P<a>(a+)+)$'}
  - {name: mine, pattern: 'it (?P<step>\d+) L=(?P<loss>\S+)'}
"""


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[Paper]:
    made = Paper(tmp_path / "run")
    (made.dir / "config.yaml").write_text(CONFIG)
    yield made
    made.kill()


def test_a_search_without_end_is_ended() -> None:
    before = signal.getsignal(signal.SIGVTALRM)
    patience = Patience()
    with pytest.raises(TooSlow, match=r"more than 0\.1 s for one line"):
        patience(ENDLESS, LINE)
    assert signal.getsignal(signal.SIGVTALRM) is before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)
    found = patience(ENDLESS, b"aaa")
    assert found is not None
    assert found["a"] == b"aaa"


def test_a_search_that_is_slow_on_many_lines_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    spent = iter(step * (MEAN_SECONDS + 0.001) for step in range(10 * MANY))
    monkeypatch.setattr(time, "thread_time", lambda: next(spent))
    patience = Patience()
    for _ in range(MANY - 1):
        patience(ENDLESS, b"a")
    with pytest.raises(TooSlow, match=r"it takes 3\.0 ms for a line"):
        patience(ENDLESS, b"a")


def test_in_another_thread_a_slow_search_is_noticed_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spent = iter((0.0, 0.5))
    monkeypatch.setattr(time, "thread_time", lambda: next(spent))
    told: list[str] = []

    def look() -> None:
        try:
            Patience()(ENDLESS, b"a")
        except TooSlow as error:
            told.append(str(error))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(30)
    assert told == ["it took more than 0.1 s for one line"]


def test_an_endless_pattern_is_switched_off_with_a_note_and_the_run_goes_on(paper: Paper) -> None:
    paper.say("it 1 L=0.5\n" + LINE.decode() + "\nit 2 L=0.25\n")
    recorder = paper.record_all()
    assert paper.series()["loss"] == [(1, "0.5"), (2, "0.25")]
    notes = [row for row in paper.rows() if b"FORMAT endless is switched off" in row]
    assert len(notes) == 1
    assert set(recorder.state.configuration.format["off"]) == {"endless"}
    paper.say(LINE.decode() + "\nit 3 L=0.125\n")
    paper.record_all()  # another backend, which knows
    assert paper.series()["loss"][-1] == (3, "0.125")
    assert [row for row in paper.rows() if b"switched off" in row] == notes
