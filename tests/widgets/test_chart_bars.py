"""Experts and memory: bars, their order and colours, and what is not known."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.content import Content

from console.core import state as states_of
from console.core.protocol import Gpu
from console.widgets.chart_bars import spaced
from tests import states
from tests.widgets.chart_series import ChartApp, bottom, drawn, top

if TYPE_CHECKING:
    from console.core.state import RunState

GB = 10**9


def with_share(*coverage: float, **more: Any) -> RunState:
    state = states.training()
    share = tuple(value / 100 / len(coverage) for value in coverage)
    state.experts = states_of.Experts(share=share, **more)
    return state


# --- experts ----------------------------------------------------------------------------------


async def test_a_bar_is_capped_and_its_value_is_not() -> None:
    text = await drawn(with_share(150.0, 100.0, 50.0), only="experts")
    rows = [line for line in text.splitlines() if line.startswith("│ E")]
    assert rows[0].count("█") == rows[1].count("█")
    assert "150 %" in rows[0]
    assert "50 % ▼ low" in rows[2]
    assert "coverage 83 %" in top(text)


async def test_a_value_far_above_its_share_is_marked() -> None:
    app = ChartApp(with_share(371.0, 101.0, 150.0, 50.0), only="experts")
    async with app.run_test(size=(66, 15)) as pilot:
        await pilot.pause()
        first, *others = [line for line in app.charts[0]._lines if line.plain.startswith("E")]
    assert "371 % ▲ high" in first.plain
    assert "$warning" in {str(span.style) for span in first.spans}
    assert not any("▲" in line.plain for line in others)


@pytest.mark.parametrize("rows", range(1, 30))
@pytest.mark.parametrize("count", [1, 3, 8])
def test_bars_are_spread_over_the_rows_there_are(count: int, rows: int) -> None:
    lines = [Content(f"E{i} ██░ {i} %") for i in range(count)]
    shown = [line.plain for line in spaced(lines, rows)]
    assert len(shown) <= rows
    assert [line for line in shown if "E" in line] == [line.plain for line in lines][:rows]
    if 3 <= count <= rows / 2 and rows <= 4 * count:
        assert len(shown) > rows / 2
    assert all(line.strip() in {"", "██░"} for line in shown if "E" not in line)


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
    small = [line for line in text.splitlines() if re.match(r"│ E\d+ +[▁-█]+ + *│$", line)]
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
    assert "no known trainer prints" in text
    assert "link.log(step=…, expert_share=[…])" in text
    state = states.bare()
    state.life.hook = True
    assert "the trainer reports no experts" in await drawn(state, only="experts")
    state.experts.loss = (0.1, 0.2)
    assert "expert losses known, shares not" in await drawn(state, only="experts")


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
    assert "█ trainer" in text


async def test_fault_34_without_gpus_ram_is_told_and_the_reason() -> None:
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


async def test_a_busy_processor_is_no_memory_above_a_limit() -> None:
    state = states.bare()
    state.system.cpu = 99.0
    assert "above" not in bottom(await drawn(state, only="memory"))
    state.system.ram_used = state.system.ram_total
    assert "▲ 1 above 85 %" in bottom(await drawn(state, only="memory"))


async def test_the_legend_is_whole_or_not_there() -> None:
    for width in range(24, 66):
        text = await drawn(states.training(), only="memory", size=(width, 20))
        assert ("░ free" in text) is (width >= 31)
        assert "…" not in text.splitlines()[-2]


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


def busy() -> RunState:
    """Two GPUs of which everything is known, in a container."""
    state = states.training()
    first, second = state.system.gpus
    state.system.gpus = (
        replace(first, throttled="power cap", clock=1410.0, clock_max=1980.0, processes=1),
        replace(second, throttled="", utilisation=None, power=None, ecc_errors=3),
    )
    state.system.ram_limit, state.system.cpu_limit = state.system.ram_total, 8.0
    return state


async def test_alone_on_the_screen_every_bar_is_explained() -> None:
    text = await drawn(busy(), only="memory", size=(80, 24))
    lines = [line.strip("│ ") for line in text.splitlines()]
    below = {line.split()[0]: lines[number + 1] for number, line in enumerate(lines) if "░" in line}
    assert below["GPU0"] == "96 % busy  67/85 °C  312/400 W  power cap  1,410/1,980 MHz  1 process"
    assert below["GPU1"] == "73/85 °C  3 memory errors"
    assert below["CPU"] == "trainer 7.8 cores  container limit 8.0 cores  9 processes"
    assert below["RAM"] == "trainer 96 GB  container limit"
    assert below["SWP"] == ""


async def test_what_has_no_room_is_left_out_of_the_details() -> None:
    text = await drawn(busy(), only="memory", size=(40, 24))
    assert "96 % busy  67/85 °C  312/400 W" in text
    assert "power cap" not in text
    assert "…" not in text


async def test_without_room_for_the_details_there_are_bars_only() -> None:
    text = await drawn(busy(), only="memory", size=(80, 12))
    assert "busy" not in text
    assert "71.2/80 GB" in text


async def test_beside_other_panels_the_bars_are_calm() -> None:
    assert "busy" not in await drawn(busy(), size=(200, 60))


async def test_a_part_of_a_gpu_has_the_name_of_both() -> None:
    state = states.training()
    state.system.gpus = (Gpu(101, label="0:1", memory_used=3 * GB, memory_total=10 * GB),)
    assert "GPU0:1" in await drawn(state, only="memory")


async def test_the_memory_of_a_run_that_ended_raises_no_alarm() -> None:
    app = ChartApp(states.finished(), only="memory")
    async with app.run_test(size=(66, 15)) as pilot:
        await pilot.pause()
        chart = app.charts[0]
        assert "at the end of the run" in str(chart.border_subtitle)
        styles = {str(span.style) for line in chart._lines for span in line.spans}
    assert styles <= {"$muted"}
