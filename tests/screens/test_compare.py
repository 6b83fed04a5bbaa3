"""Two runs side by side from the overview: marking, keys, what is drawn, what cannot be."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from console.core.comparison import Side
from console.core.state import RunState
from console.screens.compare import CompareChart, CompareScreen
from console.screens.overview import Overview
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_overview import RUNS, Rooms
from tests.sessions import ListSeries
from tests.waiting import wait_until_async

OLD, ALIVE = RUNS[0].id, RUNS[1].id


def side(run: str) -> Side:
    if run not in (OLD, ALIVE):
        raise LookupError(f"there is no run {run}")
    state = states.finished() if run == OLD else states.training()
    state.run.name = "old-baseline" if run == OLD else "qwen-moe"
    fall = 900 if run == OLD else 600
    series = {"loss": [(float(x), 0.02 + math.exp(-x / fall)) for x in range(0, 8000, 40)]}
    if run == ALIVE:
        series["gradient_norm"] = [(float(x), 0.8) for x in range(0, 8000, 40)]
    tree = {"optimization": {"learning_rate": 1e-4 if run == OLD else 2e-4}, "[bold]x": run == OLD}
    return Side(run, state, ListSeries(series), {"git": {"commit": f"{run[-4:]}abcdef"}}, tree)


def house(**changes: object):  # type: ignore[no-untyped-def]
    return replace(Rooms().house(), **{"side": side, **changes})


async def shown(look: Looking) -> CompareScreen:
    await wait_until_async(lambda: isinstance(look.app.screen, CompareScreen), what="compared")
    await look.pilot.pause()
    screen = look.app.screen
    assert isinstance(screen, CompareScreen)
    return screen


async def compared(look: Looking) -> CompareScreen:
    await look.press("end", "space", "home", "enter")
    return await shown(look)


@pytest.mark.parametrize("keys", [("end", "space", "home", "enter"), ("end", "C", "home", "C"),
                                  ("end", "x", "home", "C")])  # fmt: skip
async def test_one_is_marked_and_the_other_compared(keys: tuple[str, ...]) -> None:
    async with looking(None, (140, 50), house=house()) as look:
        await look.press(*keys)
        await shown(look)
        await look.see("A old-baseline")
        await look.see("B qwen-moe")
        for wanted in ("optimization.learning_rate", "0.0001", "0.0002", "0001abcdef",
                       "a1b2abcdef", "finished", "training", "[bold]x"):  # fmt: skip
            await look.see(wanted)
        await look.press("escape")
        assert isinstance(look.app.screen, Overview)
        assert look.app.screen.marked is None


async def test_a_mark_is_told_and_taken_away() -> None:
    async with looking(None, (140, 30), house=house()) as look:
        await look.press("end", "space")
        await look.see("compare old-baseline with: Enter or C on another run")
        await look.press("escape")
        assert "compare old-baseline" not in look.text()
        await look.press("space", "space")
        assert "compare old-baseline" not in look.text()


async def test_without_a_mark_enter_attaches_as_before() -> None:
    rooms = Rooms()
    async with looking(None, (140, 30), house=replace(rooms.house(), side=side)) as look:
        await look.press("home", "enter")
        assert rooms.done == [("connect", ALIVE)]


async def test_metric_and_axis_change() -> None:
    async with looking(None, (140, 50), house=house()) as look:
        screen = await compared(look)
        chart = screen.query_one(CompareChart)
        assert chart.metric == "loss"
        await look.press("right")
        assert chart.metric == "gradient_norm"
        await look.see("GRADIENT_NORM")
        await look.press("left", "a")
        await look.see("─ ←→ metric  a axis ─")
        await look.see("─ epoch ─")
        await look.press("a")
        await look.see("minutes since its start")
        await look.press("a")
        assert (chart.metric, chart.axis) == ("loss", "step")


async def test_a_run_that_cannot_be_read_is_told() -> None:
    async with looking(None, (140, 30), house=house()) as look:
        await look.press("end", "space", "up", "enter")
        await look.see("they cannot be compared")
        assert isinstance(look.app.screen, Overview)


async def test_a_house_without_it_says_so() -> None:
    async with looking(None, (140, 30), house=house(side=None)) as look:
        await look.press("home", "C")
        await look.see("nothing to compare here")


async def test_two_runs_that_know_nothing() -> None:
    def nothing(run: str) -> Side:
        return Side(run, RunState(), ListSeries())

    async with looking(None, (120, 40), house=house(side=nothing)) as look:
        await compared(look)
        await look.see("neither run has values on this axis")
        await look.see("neither run has any")
        await look.see("no configuration")
        await look.press("right", "a", "y", "end")


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 16), (40, 10)])
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    async with looking(None, size, house=house()) as look:
        await compared(look)
        await look.press("end", "a", "right")
        assert all(len(line) <= size[0] for line in look.lines())


@pytest.mark.parametrize(
    ("steps", "words"),
    [(10, "seconds since its start"), (400, "minutes since its start"),
     (2000, "hours since its start")],
)  # fmt: skip
async def test_time_is_counted_in_what_the_longer_run_needs(steps: int, words: str) -> None:
    def short(run: str) -> Side:
        count = steps if run == ALIVE else 4
        points = [(10.0 * x, 1.0 / (x + 1)) for x in range(count)]
        return replace(side(run), series=ListSeries({"loss": points}))

    async with looking(None, (120, 40), house=house(side=short)) as look:
        await compared(look)
        await look.press("a", "a")
        await look.see(words)
        assert "0.001" not in look.text()
