"""Loss and throughput: borders, axes, and what is drawn."""

from __future__ import annotations

import math
import re

import pytest

from console.core.state import Status
from tests import states
from tests.widgets.chart_series import ChartApp, Series, bottom, drawn, falling, top

# --- loss -------------------------------------------------------------------------------------


async def test_the_loss_has_four_decimals_its_delta_and_its_best() -> None:
    text = await drawn(states.training(), only="loss")
    assert "0.0234  Δ −0.0003" in top(text)
    assert "best 0.0187 E42" in bottom(text)
    assert re.search("epoch .* train .* val .* EMA 0.6", bottom(text))


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
    assert "902↑┤" in text.splitlines()[1]
    assert max(map(float, axis(text)[1:])) <= 3


async def test_nothing_of_the_first_epoch_leaves_the_plot() -> None:
    steep = [(i / 500, 5.5 * 0.9**i + 1) for i in range(470)]
    text = await drawn(states.training(), Series({"loss": steep}), only="loss")
    assert "↑" not in text
    assert float(axis(text)[0]) >= 5


async def test_a_single_loss_has_an_axis_from_nothing() -> None:
    text = await drawn(states.training(), Series({"loss": [(0.0, 5.5)]}), only="loss")
    along = text.splitlines()[-2].split()[1:-1]
    assert (along[0], along[-1]) == ("0", "1.0")
    assert len(axis(text)) >= 4


async def test_a_young_run_has_three_ticks_below() -> None:
    for last in (0.003, 0.0299, 0.11, 0.299, 1.4, 2.9):
        points = [(last * i / 50, 1.0 + i) for i in range(51)]
        text = await drawn(states.training(), Series({"loss": points}), only="loss")
        assert len(text.splitlines()[-2].split()[1:-1]) >= 3, text


async def test_the_change_of_the_loss_is_explained() -> None:
    app = ChartApp(states.training(), only="loss")
    async with app.run_test(size=(66, 15)):
        assert app.charts[0].tooltip == (
            "Δ mean of this epoch so far minus mean of the epoch before"
        )


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
    state.timeline.entries = ()
    app = ChartApp(state, only="throughput")
    async with app.run_test(size=(66, 15)) as pilot:
        await pilot.pause()
        styles = {str(span.style) for line in app.charts[0]._lines for span in line.spans}
    assert style in styles
    assert not styles & ({"$success", "$warning", "$error"} - {style})


async def test_time_stands_still_while_paused() -> None:
    later = states.paused()
    assert later.timing.as_of_m is not None
    assert later.timing.as_of is not None
    now = await drawn(later, only="throughput")
    later.timing.as_of_m += 120
    later.timing.as_of += 120
    assert await drawn(later, only="throughput") == now
    later.life.status = Status.STALLED
    assert await drawn(later, only="throughput") != now


async def test_single_values_do_not_make_a_comb() -> None:
    state = states.training()
    window = [(states.M - 240 + i, 6000.0 if i % 2 else 2000.0) for i in range(241)]
    state.throughput.window, state.throughput.average = tuple(window), None
    text = await drawn(state, only="throughput")
    assert sum(bool(re.search("[⠁-⣿]", line)) for line in text.splitlines()) <= 3
    assert float(axis(text)[0].rstrip("k")) < 5


async def test_a_young_run_fills_the_panel() -> None:
    state = states.training()
    assert state.timing.as_of_m is not None
    now = state.timing.as_of_m
    window = [(now - 90 + i, 2500.0) for i in range(91)]
    state.throughput.window, state.throughput.average = tuple(window), 2500.0
    text = await drawn(state, only="throughput")
    assert "last 90 s, 5 s means" in bottom(text)
    assert text.splitlines()[-2].split()[1:-1] == ["−90s", "−1m", "−30s", "now"]
    line = next(line for line in text.splitlines() if re.search("[⠁-⣿]", line))
    assert re.search("[⠁-⣿]{50,}", line)


async def test_the_average_is_drawn_only_where_there_are_values() -> None:
    state = states.training()
    window = [(states.M - 240 + i, 2500.0) for i in range(240) if not 80 <= i < 160]
    state.throughput.window, state.throughput.average = tuple(window), 1000.0
    state.timeline.entries = ()
    lines = (await drawn(state, only="throughput")).splitlines()
    line = [line for line in lines if re.search("[⠁-⣿]", line)][-1]
    assert re.search("[⠁-⣿]{12,} {15,}[⠁-⣿]{12,}", line)


async def test_a_pause_is_a_gap_in_the_line() -> None:
    state = states.training()
    window = [(states.M - 240 + i, 2500.0) for i in range(240) if not 80 <= i < 160]
    state.throughput.window, state.throughput.average = tuple(window), None
    state.timeline.entries = ()
    text = await drawn(state, only="throughput")
    line = next(line for line in text.splitlines() if re.search("[⠁-⣿]", line))
    assert re.search("[⠁-⣿]{12,} {15,}[⠁-⣿]{12,}", line)
