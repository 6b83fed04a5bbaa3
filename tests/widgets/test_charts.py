"""Charts: what stands in the border, what is drawn, and that nothing whatever ends the app."""

from __future__ import annotations

import math
from typing import Any

import pytest

from console.core.protocol import Source
from console.widgets.charts import CHARTS
from tests import states
from tests.widgets.chart_series import ChartApp, Series, drawn, falling, top

SIZES = [(132, 29), (76, 22), (100, 4), (200, 60)]


# --- every chart ------------------------------------------------------------------------------


def test_numbers_and_names_are_those_of_the_table() -> None:
    assert [number for number, _, _ in CHARTS] == [1, 2, 3, 4]
    for number, name, kind in CHARTS:
        assert (kind.NUMBER, kind.NAME.lower()) == (number, name)


@pytest.mark.parametrize("name", sorted(states.STATES))
@pytest.mark.parametrize("size", SIZES)
async def test_every_state_fits_in_its_frames(name: str, size: tuple[int, int]) -> None:
    text = await drawn(states.STATES[name](), size=size)
    lines = text.splitlines()
    assert len(lines) == size[1]
    assert {len(line) for line in lines} == {size[0]}
    for line in lines:
        assert line[0] in "╭│╰"
        assert line[-1] in "╮│╯"


STRANGE: dict[str, list[float]] = {
    "empty": [],
    "one": [1.5],
    "constant": [2.0] * 50,
    "zero": [0.0] * 50,
    "nan": [math.nan] * 10,
    "some nan": [1.0, math.nan, 2.0, math.inf, -math.inf, 0.5],
    "huge": [1e308, 1.0, -1e308, 1e-308, 5.0],
    "tiny": [5e-324, 1e-300, 0.0],
    "near": [1.0, 1.0 + 1e-15, 1.0 - 1e-15],
    "negative": [-3.0, -2.0, -1e-9],
    "falling far": [1e6 / (1 + i**3) for i in range(200)],
}


@pytest.mark.parametrize("values", STRANGE.values(), ids=list(STRANGE))
async def test_no_series_and_no_size_ends_the_app(values: list[float]) -> None:
    points = [(float(i), value) for i, value in enumerate(values)]
    source = Series({"loss": points, "validation/loss": points[::2]})
    state = states.training()
    state.metrics["loss"].value = values[-1] if values else math.nan
    state.throughput.window = tuple((states.M + x, y) for x, y in points)
    state.throughput.current = values[-1] if values else None
    app = ChartApp(state, source)
    async with app.run_test(size=(80, 24)) as pilot:
        loss, *_ = app.charts
        for width in (0, 1, 2, 5, 6, 7, 12, 20, 21, 33, 66, 200):
            for height in (0, 1, 2, 3, 4, 5, 6, 9, 15, 60):
                for chart in app.charts:
                    lines = chart.picture(width, height)
                    assert chart.failure == "", (chart.NAME, width, height)
                    assert len(lines) <= height
                    assert all(line.cell_length <= width for line in lines)
        await pilot.pause()
        assert loss.is_mounted


async def test_the_app_lives_at_every_size_of_the_terminal() -> None:
    app = ChartApp(states.training())
    async with app.run_test(size=(1, 1)) as pilot:
        for size in ((1, 1), (3, 2), (10, 3), (20, 5), (40, 9), (60, 16), (200, 60)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert len(app.text().splitlines()) == size[1]


async def test_a_drawing_that_fails_leaves_a_dash(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("console.widgets.chart_sheet.cells_of", fails)
    text = await drawn(states.training(), only="loss")
    assert "—" in text
    assert "0.0234" in top(text)


async def test_plotext_gets_at_most_two_points_a_column(monkeypatch: pytest.MonkeyPatch) -> None:
    from textual_plotext import Plot

    given: list[tuple[int, int]] = []
    plot = Plot.plot

    def counting(self: Any, xs: list[float], ys: list[float], **more: Any) -> None:
        given.append((len(xs), self._width))
        plot(self, xs, ys, **more)

    monkeypatch.setattr(Plot, "plot", counting)
    state = states.training()
    m = states.M
    state.throughput.window = tuple((m - 240 + i / 4, 2000.0 + i % 7) for i in range(960))
    for size in SIZES:
        await drawn(state, falling(20_000), size=size)
    assert given
    assert all(points <= 2 * columns for points, columns in given)


async def test_a_chart_is_drawn_again_only_when_something_changed() -> None:
    source, state = falling(), states.training()
    app = ChartApp(state, source)
    async with app.run_test(size=(132, 29)) as pilot:
        await pilot.pause()
        asked = len(source.asked)
        for chart in app.charts:
            chart.show(state)
            chart.refresh()
        await pilot.pause()
        assert len(source.asked) == asked
        source.changes += 1
        app.charts[0].show(state)
        await pilot.pause()
        assert len(source.asked) > asked


async def test_a_change_of_theme_changes_the_colours_but_not_the_picture() -> None:
    app = ChartApp(states.training())
    async with app.run_test(size=(132, 29)) as pilot:
        await pilot.pause()
        text, dark = app.text(), app.export_screenshot()
        app.theme = "gladius-light"
        await pilot.pause()
        assert app.text() == text
        assert app.export_screenshot() != dark


@pytest.mark.parametrize("colours", ["ansi-dark", "ansi-light", "nord", "gladius-contrast"])
async def test_in_every_theme_what_is_drawn_can_be_seen(colours: str) -> None:
    app = ChartApp(states.training(), colours=colours)
    async with app.run_test(size=(132, 29)) as pilot:
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        seen = {
            (segment.style.color, segment.style.bgcolor)
            for strip in strips
            for segment in strip
            if segment.style and set(segment.text) & set("⠉⠒⣀█▒0123456789┤")
        }
    assert len({ink for ink, _ in seen}) >= 5
    assert all(ink is not None and (ink.is_default or ink != paper) for ink, paper in seen)


async def test_a_value_from_the_log_says_so_in_the_tooltip() -> None:
    state = states.training()
    for value in state.metrics.values():
        value.source = Source.PARSED
    state.experts.source = Source.PARSED
    app = ChartApp(state)
    async with app.run_test(size=(132, 29)):
        notes = [chart.tooltip for chart in app.charts]
    assert [str(note).splitlines()[-1] for note in notes[:3]] == [
        "loss: parsed from the log",
        "experts: parsed from the log",
        "throughput: parsed from the log",
    ]
