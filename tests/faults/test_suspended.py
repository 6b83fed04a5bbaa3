"""A session that is suspended and goes on: charts over time have a gap where it was."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend.client import read_state
from console.widgets.chart_points import BREAK_SECONDS, unbroken, usual_distance
from console.widgets.chart_signs import BRAILLE
from tests import states
from tests.product import Product, product, trainer_pid, with_children
from tests.programs import able
from tests.waiting import wait_until
from tests.widgets.chart_series import ChartApp

if TYPE_CHECKING:
    from console.core.state import RunState

NOTHING = {" ", chr(BRAILLE)}
WIDE, HIGH = 60, 9


@pytest.fixture
def house() -> Iterator[Product]:
    with product() as made:
        yield made


def empty(lines: list[str]) -> list[bool]:
    """Whether there is nothing in a column."""
    return [set(column) <= NOTHING for column in zip(*lines, strict=True)]


def longest(flags: list[bool]) -> int:
    """How many of them in a row are true."""
    return max(len(run) for run in "".join("x" if flag else " " for flag in flags).split(" "))


async def pictures(state: RunState) -> tuple[list[str], list[str]]:
    """The throughput chart without its axes, and as a card."""
    app = ChartApp(state)
    async with app.run_test(size=(80, 24)):
        chart = next(one for one in app.charts if one.NAME == "THROUGHPUT")
        lines = [line.plain.ljust(WIDE) for line in chart.plot(state, WIDE, HIGH)]
        card = [line.plain.ljust(WIDE) for line in chart.card(state, WIDE, 3)]
    left = max(line.find("┤") for line in lines) + 1
    return [line[left:] for line in lines[: HIGH - 1]], card


async def test_fault_33_a_hole_in_the_records_is_a_gap_in_the_chart() -> None:
    state = states.training()
    state.timeline.entries = ()  # their marks would stand in the gap
    times = (*range(-240, -150), *range(-60, 1))
    state.throughput.window = tuple((states.M + second, 2000.0) for second in times)
    state.timing.as_of_m = states.M
    for picture in await pictures(state):
        blank = longest(empty(picture))
        assert len(picture[0]) * 80 / 240 <= blank <= len(picture[0]) * 95 / 240, picture
    state.throughput.window = tuple((states.M + second, 2000.0) for second in range(-240, 1))
    for picture in await pictures(state):
        assert longest(empty(picture)) <= 1, picture


async def test_fault_33_slow_steps_are_no_gap() -> None:
    state = states.training()
    state.throughput.window = tuple((states.M + s, 20.0) for s in range(-240, 1, 20))
    state.timing.as_of_m = states.M
    for picture in await pictures(state):
        assert longest(empty(picture)) <= 1, picture


async def test_fault_33_the_gap_of_a_session_that_was_suspended_is_drawn(house: Product) -> None:
    run = house.start(sys.executable, able.__file__, "0", "0.05")

    def window(least: int) -> tuple[tuple[float, float], ...]:
        return wait_until(lambda: w if len(w := _window(run)) >= least else (), 30)

    trainer = trainer_pid(run)
    assert trainer is not None
    before = len(window(4))
    members = [*with_children(run), trainer]
    for pid in members:
        os.kill(pid, signal.SIGSTOP)
    until = time.monotonic() + BREAK_SECONDS + 2
    wait_until(lambda: time.monotonic() > until, 30)
    for pid in members:
        os.kill(pid, signal.SIGCONT)
    found = window(before + 6)
    parts = unbroken(found, usual_distance(found))
    assert len(parts) == 2, found
    gap = parts[1][0][0] - parts[0][-1][0]
    assert gap >= BREAK_SECONDS + 1
    state = read_state(run)
    picture, card = await pictures(state)
    seconds = max(found[-1][0] - found[0][0], 30.0) + 2
    for lines in (picture, card):
        assert longest(empty(lines)) >= int(len(lines[0]) * gap / seconds) - 3, lines
    assert house.call("stop", run.name).returncode == 0


def _window(run: Path) -> tuple[tuple[float, float], ...]:
    return read_state(run).throughput.window
