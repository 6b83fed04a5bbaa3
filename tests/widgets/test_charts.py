"""Charts: what stands in the border, what is drawn, and that nothing whatever ends the app."""

from __future__ import annotations

import math
import re
from typing import Any

import pytest

from console.core import state as states_of
from console.core.protocol import Gpu, Source
from console.core.state import RunState, Status
from console.widgets.charts import CHARTS
from tests import states
from tests.widgets.chart_series import ChartApp, Series, falling

SIZES = [(132, 29), (76, 22), (100, 4), (200, 60)]
GB = 10**9


async def drawn(
    state: RunState,
    source: Series | None = None,
    only: str = "",
    size: tuple[int, int] = (66, 15),
    **more: Any,
) -> str:
    app = ChartApp(state, source, only, **more)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return app.text()


def with_share(*coverage: float, **more: Any) -> RunState:
    state = states.training()
    share = tuple(value / 100 / len(coverage) for value in coverage)
    state.experts = states_of.Experts(share=share, **more)
    return state


def top(text: str) -> str:
    return text.splitlines()[0]


def bottom(text: str) -> str:
    return text.splitlines()[-1]


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

    monkeypatch.setattr("console.widgets.chart_loss.draw", fails)
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


@pytest.mark.parametrize("colours", ["ansi-dark", "ansi-light", "textual-ansi", "gladius-contrast"])
async def test_every_theme_draws_the_same_picture(colours: str) -> None:
    probe = ChartApp(states.training())
    if colours not in probe.available_themes:
        pytest.skip("not a theme of this version")
    usual = await drawn(states.training(), size=(132, 29))
    assert await drawn(states.training(), size=(132, 29), colours=colours) == usual


async def test_a_value_from_the_log_says_so_in_the_tooltip() -> None:
    state = states.training()
    for value in state.metrics.values():
        value.source = Source.PARSED
    state.experts.source = Source.PARSED
    app = ChartApp(state)
    async with app.run_test(size=(132, 29)):
        notes = [chart.tooltip for chart in app.charts]
    assert notes[:3] == [
        "loss: parsed from the log",
        "experts: parsed from the log",
        "throughput: parsed from the log",
    ]


# --- loss -------------------------------------------------------------------------------------


async def test_the_loss_has_four_decimals_its_delta_and_its_best() -> None:
    text = await drawn(states.training(), only="loss")
    assert "0.0234  Δ −0.0003" in top(text)
    assert "best 0.0187 E42" in bottom(text)
    assert re.search("epoch .* train .* val .* mean", bottom(text))


async def test_a_narrow_border_drops_words_and_not_values() -> None:
    text = await drawn(states.training(), only="loss", size=(26, 4))
    assert re.search("1 LOSS ─+ 0.0234 ─", top(text))
    assert "best 0.0187" in bottom(text)


def axis(text: str) -> list[str]:
    """Labels of the upright axis."""
    return re.findall(r"│ +(\S+)┤", text)


async def test_ticks_are_round() -> None:
    text = await drawn(states.training(), only="loss")
    assert axis(text) == ["0.15", "0.10", "0.05", "0"]
    assert text.splitlines()[-2].split()[1:-1] == ["0", "10", "20", "30", "40"]
    text = await drawn(states.training(), only="throughput")
    assert axis(text) == ["3k", "2k", "1k", "0"]
    assert text.splitlines()[-2].split()[1:-1] == ["−4m", "−3m", "−2m", "−1m", "now"]


async def test_steps_stand_for_epochs_nobody_told_of() -> None:
    source = falling()
    source.knows_epochs = False
    text = await drawn(states.training(), source, only="loss")
    assert bottom(text).startswith("╰─ epoch") is False
    assert bottom(text).startswith("╰─ step")
    assert "4k" in text.splitlines()[-2]


async def test_a_steep_start_leaves_the_room_to_the_rest() -> None:
    steep = [(i / 10, 900.0 / (1 + 40 * i) + 1.5 + (i % 5) / 10) for i in range(471)]
    text = await drawn(states.training(), Series({"loss": steep}), only="loss")
    assert "↑ 902┤" in text.splitlines()[1]
    assert max(map(float, axis(text)[1:])) <= 3


async def test_a_late_spike_is_in_the_picture() -> None:
    points = [(i / 10, 1.0) for i in range(400)] + [(40.0 + i / 10, 90.0) for i in range(70)]
    text = await drawn(states.training(), Series({"loss": points}), only="loss")
    assert float(axis(text)[0]) >= 80


async def test_a_loss_that_is_not_finite_is_said_and_marked() -> None:
    source, state = falling(), states.training()
    source.series["loss"][200] = (20.0, math.nan)
    state.metrics["loss"].value, state.loss.nonfinite = math.nan, 3
    text = await drawn(state, source, only="loss")
    assert "NaN" in top(text)
    assert "▲ 3 not finite" in bottom(text)
    assert sum("│" in line[10:50] for line in text.splitlines()) >= 8


async def test_a_changed_setting_is_a_line_in_the_curve() -> None:
    state = states.training()
    plain = await drawn(state, only="loss")
    state = states.training()
    state.timeline.entries[2].step = 2500
    assert state.timeline.entries[2].mark == "change"
    marked = await drawn(state, only="loss")
    assert marked.count("│") >= plain.count("│") + 8


async def test_without_a_loss_there_is_a_dash_and_no_invented_axis() -> None:
    text = await drawn(states.empty(), Series(), only="loss")
    assert "— ─" in top(text)
    assert "no loss yet" in text
    assert "┤" not in text


# --- experts ----------------------------------------------------------------------------------


async def test_a_bar_is_capped_and_its_value_is_not() -> None:
    text = await drawn(with_share(150.0, 100.0, 50.0), only="experts")
    rows = [line for line in text.splitlines() if line.startswith("│ E")]
    assert rows[0].count("█") == rows[1].count("█")
    assert "150 %" in rows[0]
    assert "50 % ▼ low" in rows[2]
    assert "coverage 83 %" in top(text)


async def test_health_is_green_yellow_and_red() -> None:
    app = ChartApp(with_share(80.0, 79.9, 60.0, 59.9), only="experts")
    async with app.run_test(size=(66, 15)) as pilot:
        await pilot.pause()
        lines = [line for line in app.charts[0]._lines if line.plain.startswith("E")]
        styles = [str(line.spans[1].style) for line in lines]
    assert styles == ["$success", "$warning", "$warning", "$error"]


async def test_the_border_tells_who_is_low_since_when_and_how_uneven_it_is() -> None:
    state = with_share(150.0, 50.0, 55.0, 145.0, low_since={"1": 101_200, "2": 101_300})
    text = await drawn(state, only="experts")
    assert "E1 low since step 101,200 +1" in bottom(text)
    assert "imbalance 47.6 %   CV 0.48" in bottom(text)


@pytest.mark.parametrize("count", [64, 256])
async def test_of_many_experts_the_worst_come_first_and_all_are_counted(count: int) -> None:
    coverage = [100.0 + (i * 37 % count) / 10 for i in range(count)]
    coverage[17], coverage[5] = 10.0, 30.0
    text = await drawn(with_share(*coverage), only="experts")
    rows = [line for line in text.splitlines() if "%" in line and line.startswith("│ E")]
    assert rows[0].startswith("│ E17 ")
    assert rows[1].startswith("│ E5 ")
    more = re.search(r"│ (\d+) more, ", text)
    assert more
    assert int(more[1]) + len(rows) == count
    small = [line for line in text.splitlines() if re.match(r"│ E\d+ +[▁-█]+ +│", line)]
    assert sum(len(re.findall("[▁-█]", line)) for line in small) == count


async def test_256_experts_in_a_small_panel_are_the_worst_and_a_count() -> None:
    text = await drawn(with_share(*[100.0] * 255, 20.0), only="experts", size=(38, 11))
    assert "E255" in text.splitlines()[1]
    assert "248 more, 100 – 100 %" in text


@pytest.mark.parametrize("count", [1, 2, 8, 64, 256])
async def test_a_card_shows_every_number_of_experts(count: int) -> None:
    text = await drawn(with_share(*[100.0] * count), only="experts", size=(25, 4))
    assert "100 %" in top(text)
    assert "█" in text


async def test_without_experts_the_reason_and_the_remedy_are_shown() -> None:
    text = await drawn(states.bare(), only="experts")
    assert "no experts in the output" in text
    assert "link.log(…, expert_share=[…])" in text
    state = states.bare()
    state.life.hook = True
    assert "the trainer reports no experts" in await drawn(state, only="experts")
    state.experts.loss = (0.1, 0.2)
    assert "its share of the tokens is not" in await drawn(state, only="experts")


# --- throughput -------------------------------------------------------------------------------


async def test_throughput_tells_unit_average_and_peak() -> None:
    text = await drawn(states.training(), only="throughput")
    assert "2,847 tok/s" in top(text)
    assert "last 4 min" in bottom(text)
    assert "avg 2,781  peak 3,024" in bottom(text)
    card = await drawn(states.training(), only="throughput", size=(25, 4))
    assert re.search("3 TOK/S ─+ 2,847 ─", top(card))


@pytest.mark.parametrize(
    ("current", "status", "style"),
    [
        (2781.0, Status.TRAINING, "$success"),
        (0.81 * 2781, Status.TRAINING, "$success"),
        (0.79 * 2781, Status.TRAINING, "$warning"),
        (2781.0, Status.STALLED, "$error"),
    ],
)
async def test_the_colour_says_how_fast_it_is(current: float, status: Status, style: str) -> None:
    state = states.training()
    state.throughput.current, state.life.status = current, status
    app = ChartApp(state, only="throughput")
    async with app.run_test(size=(66, 15)) as pilot:
        await pilot.pause()
        styles = {str(span.style) for line in app.charts[0]._lines for span in line.spans}
    assert style in styles
    assert not styles & ({"$success", "$warning", "$error"} - {style})


async def test_time_stands_still_while_paused() -> None:
    later = states.paused()
    assert later.timing.as_of_m is not None
    now = await drawn(later, only="throughput")
    later.timing.as_of_m += 120
    assert await drawn(later, only="throughput") == now
    later.life.status = Status.STALLED
    assert await drawn(later, only="throughput") != now


async def test_a_pause_is_a_gap_in_the_line() -> None:
    state = states.training()
    window = [(states.M - 240 + i, 2500.0) for i in range(240) if not 80 <= i < 160]
    state.throughput.window, state.throughput.average = tuple(window), None
    text = await drawn(state, only="throughput")
    line = next(line for line in text.splitlines() if re.search("[⠁-⣿]", line))
    assert re.search("[⠁-⣿]{12,} {15,}[⠁-⣿]{12,}", line)


# --- memory -----------------------------------------------------------------------------------


async def test_memory_tells_used_and_total_of_everything() -> None:
    text = await drawn(states.training(), only="memory")
    for wanted in ("71.2/80 GB", "71.1/80 GB", "34 %", "143/256 GB", "1/32 GB"):
        assert f"{wanted} │" in text
    assert "GPU 142/160 GB" in top(text)
    assert "▲ 2 above 85 %" in bottom(text)
    assert "system 60 %" in bottom(text)


async def test_a_bar_is_this_trainer_others_and_free() -> None:
    state = states.training()
    state.system.gpus = ()
    state.system.ram_used, state.system.ram_total = 50 * GB, 100 * GB
    state.system.trainer_memory = 25 * GB
    text = await drawn(state, only="memory")
    row = next(line for line in text.splitlines() if "RAM" in line and "░" in line)
    assert row.count("█") == pytest.approx(row.count("▒"), abs=1)
    assert row.count("░") == pytest.approx(2 * row.count("█"), abs=1)
    assert "█ this trainer" in text


async def test_without_gpus_ram_is_told_and_the_reason() -> None:
    text = await drawn(states.bare(), only="memory")
    assert "RAM 143/256 GB" in top(text)
    assert "no NVIDIA driver on this machine" in text
    assert "GPU0" not in text


async def test_what_is_not_known_is_a_dash() -> None:
    state = states.training()
    state.system = states_of.System(t=states.T, gpus=(Gpu(0), Gpu(1, lost=True)))
    text = await drawn(state, only="memory")
    rows = {
        line.split()[1]: line.split()[-2] for line in text.splitlines()[1:-1] if line.split()[1:]
    }
    assert rows["GPU0"] == rows["CPU"] == rows["RAM"] == rows["SWP"] == "—"
    assert rows["GPU1"] == "lost"
    assert "system —" in bottom(text)


async def test_of_many_gpus_the_fullest_come_first() -> None:
    state = states.training()
    state.system.gpus = tuple(
        Gpu(i, memory_used=(i * 7 % 16 + 1) * GB, memory_total=80 * GB) for i in range(16)
    )
    text = await drawn(state, only="memory", size=(38, 11))
    rows = [line.split()[1] for line in text.splitlines()[1:-1]]
    assert rows == ["GPU9", "GPU2", "GPU11", "GPU4", "GPU13", "11", "CPU", "RAM", "SWP"]
    assert "11 more GPUs" in text


async def test_a_machine_without_swap_has_no_bar_for_it() -> None:
    state = states.training()
    state.system.swap_total = state.system.swap_used = 0
    assert "SWP" not in await drawn(state, only="memory")
