"""The heatmap: what it draws, its keys, and that new values come."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from console.core.settings import Settings
from console.core.state import Value
from console.screens.heatmap import HeatmapScreen
from console.widgets import theme
from console.widgets.heatmap import RAMP, SHADES, Heatmap
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import ListSeries, session_of
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from console.screens.session import Session

STEPS = range(0, 8500, 50)


@dataclass
class Growing(ListSeries):
    """Series to which a test adds values."""

    changes: int = 1
    asked: int = 0

    def __init__(self, series: dict[str, list[tuple[float, float]]]) -> None:
        super().__init__(series)

    def version(self) -> int:
        return self.changes


def norms(layers: int = 24) -> Growing:
    """LoRA norms that grow, later layers more; one layer is NaN from the middle on."""
    series = {}
    for layer in range(layers):
        for part, matrix, size in (
            ("q_proj", "A", 1.0),
            ("v_proj", "A", 1.4),
            ("q_proj", "B", 0.5),
        ):
            points = [
                (float(step), size * (1 + layer) / layers * (1 - math.exp(-step / 3000)))
                for step in STEPS
            ]
            series[f"lora/model.layers.{layer}.self_attn.{part}/{matrix}"] = points
    broken = series["lora/model.layers.3.self_attn.v_proj/A"]
    broken[len(broken) // 2 :] = []
    return Growing(series)


def tuned(source: ListSeries | None = None) -> Session:
    """A run with LoRA norms."""
    source = source or norms()
    state = states.training()
    state.metrics |= {name: Value(1.0, 8450, 0.0) for name in source.names()}
    return session_of(state, series=source)


async def opened(look: Looking) -> None:
    await look.press("H")
    assert isinstance(look.app.screen, HeatmapScreen)
    await look.see("not known")


def rows(look: Looking) -> list[str]:
    """The rows of cells, with their names."""
    region = look.app.screen.query_one(Heatmap).content_region
    lines = look.lines()[region.y : region.bottom - 2]
    return [line[region.x : region.right] for line in lines]


async def test_it_shows_layers_over_steps_with_a_scale() -> None:
    async with looking(tuned()) as look:
        await opened(look)
        shown = look.text()
        assert "HEATMAP lora/model.layers.*/A" in shown
        assert "1 of 2 ←→" in shown
        assert "↑↓ 1–32 of 48" in shown
        assert "step 0" in shown
        assert "8,450" in shown
        assert "█ 1.31" in shown
        first = rows(look)[0]
        assert first.startswith("0.self_attn.q_proj")
        _name, cells = first.split(" ", 1)
        assert set(cells) <= set(SHADES)


async def test_shades_alone_tell_the_value_and_dots_what_is_not_known() -> None:
    async with looking(tuned()) as look:
        await opened(look)
        by_name = {
            name: line[len(name) :].strip() for line in rows(look) if (name := line.split()[0])
        }
        assert by_name["3.self_attn.v_proj"].endswith("·····")
        assert "·" not in by_name["3.self_attn.q_proj"]
        shades = [SHADES.index(cell) for cell in by_name["15.self_attn.v_proj"]]
        assert shades == sorted(shades)
        assert len(set(shades)) > 2


def test_the_ramp_rises_without_a_fall() -> None:
    def ink(character: str, style: str) -> float:
        covered = SHADES.index(character) / (len(SHADES) - 1)
        behind = float(style.rpartition(" ")[2].rstrip("%")) / 100 if "on" in style else 0.0
        return covered + (1 - covered) * behind

    inks = [ink(*look) for look in RAMP]
    assert inks == sorted(inks)
    assert (inks[0], inks[-1]) == (0.0, 1.0)


async def test_arrows_scroll_rows_and_change_the_family() -> None:
    async with looking(tuned()) as look:
        await opened(look)
        await look.press("down")
        assert rows(look)[0].startswith("0.self_attn.v_proj")
        await look.press("end")
        assert rows(look)[-1].startswith("23.self_attn.v_proj")
        last = rows(look)
        await look.press("down", "pagedown")
        assert rows(look) == last
        await look.press("pageup", "pageup")
        assert rows(look)[0].startswith("0.self_attn.q_proj")
        await look.press("right")
        await look.see("HEATMAP lora/model.layers.*.self_attn.q_proj/B")
        await look.see("2 of 2 ←→")
        await look.press("left")
        await look.see("HEATMAP lora/model.layers.*/A")


@pytest.mark.parametrize("key", ["escape", "q", "H"])
async def test_it_closes(key: str) -> None:
    async with looking(tuned()) as look:
        await opened(look)
        await look.press(key)
        assert look.app.screen is look.screen
        assert look.app.is_running


async def test_new_values_come_while_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HeatmapScreen, "REFRESH_SECONDS", 0.05)
    source = norms()
    async with looking(tuned(source)) as look:
        await opened(look)
        for points in source.series.values():
            points.append((9_950.0, 77.0))
        source.changes += 1
        await look.see("9,950")
        await look.see("77")


async def test_without_a_family_it_says_why() -> None:
    async with looking(states.bare()) as look:
        await look.press("H")
        assert look.app.screen is look.screen
        await look.see("no family of metrics")


async def test_shares_of_experts_that_are_not_recorded_yet_and_come(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(HeatmapScreen, "REFRESH_SECONDS", 0.05)
    source = Growing({})
    async with looking(session_of(states.training(), series=source)) as look:
        await look.press("H")
        await look.see("nothing was recorded yet")
        source.series = {f"expert_share/{n}": [(1.0, 0.1), (2.0, 0.15)] for n in range(8)}
        source.changes += 1
        await look.see("HEATMAP expert_share/*")
        await look.see("0.15")


async def test_few_rows_are_higher_and_the_frame_is_no_higher_than_they_are() -> None:
    series = {f"expert_share/{n}": [(1.0, 0.1), (2.0, 0.1 + n / 100)] for n in range(8)}
    async with looking(session_of(states.training(), series=ListSeries(series))) as look:
        await opened(look)
        heatmap = look.app.screen.query_one(Heatmap)
        assert heatmap.size.height == 8 * 3 + 2
        assert "1–8 of 8" in look.text()


async def test_a_name_of_a_metric_is_foreign_text() -> None:
    evil = [f"lora/[bold]\x1b]52;c;x\x07{i}/A" for i in range(3)]
    source = ListSeries({name: [(1.0, float(i)), (2.0, 3.0)] for i, name in enumerate(evil)})
    async with looking(tuned(source)) as look:
        await opened(look)
        assert "[bold]" in look.text()
        assert "\x1b" not in look.text()


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 16), (20, 5)])
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    async with looking(tuned(), size) as look:
        await look.press("H")
        heatmap = look.app.screen.query_one(Heatmap)
        assert look.app.screen.region.contains_region(heatmap.region)
        await look.see("HEATMAP")
        assert all(len(line) <= size[0] for line in look.lines())


async def test_another_size_is_read_anew() -> None:
    async with looking(tuned()) as look:
        await opened(look)
        heatmap = look.app.screen.query_one(Heatmap)

        def columns() -> int:
            return 0 if heatmap.picture is None else len(heatmap.picture.rows[0])

        before = columns()
        await look.pilot.resize_terminal(80, 24)
        await wait_until_async(lambda: 0 < columns() <= before - 30, what="fewer columns")
        await look.see("8,450")


@pytest.mark.parametrize("colours", [*(item.name for item in theme.THEMES), "ansi-dark", "nord"])
async def test_every_theme_draws_it(colours: str) -> None:
    async with looking(tuned(), settings=Settings(theme=colours)) as look:
        await opened(look)
        assert len(rows(look)) > 20


async def test_who_only_watches_may_look() -> None:
    session = replace(tuned(), read_only="only watching")
    async with looking(session) as look:
        await opened(look)
