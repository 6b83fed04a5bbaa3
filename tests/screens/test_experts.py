"""The expert chart under keys and mouse, and the detail of one expert."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import pytest

from console.core.state import Experts
from console.screens.expert import ExpertScreen
from console.screens.heatmap import HeatmapScreen
from console.widgets.chart_experts import ExpertChart
from console.widgets.chosen import ExpertChosen
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import LOG, ListRows, ListSeries, session_of

if TYPE_CHECKING:
    from console.screens.session import Session

WIDE = (160, 50)
STEPS = range(0, 8400, 60)


class RegexRows(ListRows):
    """Rows that can be searched by a regular expression, as those of a run."""

    def matches(self, pattern, limit):  # type: ignore[no-untyped-def]
        flags = re.IGNORECASE if pattern.ignore_case else re.NOFLAG
        found = re.compile(pattern.text, flags)
        return [i for i, row in enumerate(self.all) if found.search(row.decode())][:limit]


def routed(count: int, *, rate: bool = True, losses: bool = True) -> Session:
    """A run with so many experts; E2 is dead, E1 low."""
    raw = [1.0 + 0.2 * math.sin(i) for i in range(count)]
    raw[1], raw[2] = 0.3, 0.0
    share = tuple(value / sum(raw) for value in raw)
    state = states.training()
    state.experts = Experts(
        loss=tuple(0.02 + i / 1000 for i in range(count)) if losses else (),
        share=share,
        step=8400,
        low_since={"1": 7000, "2": 5000},
        dead_since={"2": 6000},
    )
    series = {
        f"expert_share/{i}": [(float(x), share[i] * (1 + x / 9000)) for x in STEPS]
        for i in range(count)
    }
    if losses:
        series |= {f"expert_loss/{i}": [(float(x), 5.0 / (1 + x)) for x in STEPS]
                   for i in range(count)}  # fmt: skip
    if rate:
        series["throughput"] = [(float(x), 3000.0) for x in STEPS]
    rows = RegexRows([line.encode() for line in LOG.splitlines()])
    return session_of(state, series=ListSeries(series), rows=rows)


def chart(look: Looking) -> ExpertChart:
    found = look.screen.painter.parts["experts"]
    assert isinstance(found, ExpertChart)
    return found


def frame(look: Looking) -> list[str]:
    """The chart with its border."""
    region = chart(look).region
    return [line[region.x : region.right] for line in look.lines()[region.y : region.bottom]]


async def test_the_mark_stands_at_the_fair_share_and_what_is_above_it_is_seen() -> None:
    state = states.training()
    state.experts = Experts(share=(0.4, 0.2, 0.2, 0.2))
    async with looking(state, (200, 60)) as look:
        rows = [line for line in frame(look) if line.startswith("│ E")]
        mark = {line.index("│", 2) for line in rows}
        assert len(mark) == 1
        (at,) = mark
        assert "▒" in rows[0][at:]
        assert not any("▒" in line for line in rows[1:])
        assert rows[0][:at].count("█") > rows[1][:at].count("█")


async def test_a_dead_expert_is_told_with_its_step() -> None:
    async with looking(routed(8), WIDE) as look:
        shown = "\n".join(frame(look))
        assert "0 % ✗ dead" in shown
        assert "E2 dead since step 6,000" in shown


async def test_the_cursor_goes_over_the_bars_and_by_number() -> None:
    async with looking(routed(64), WIDE) as look:
        await look.press("2", "down")
        assert chart(look).chosen == 2
        assert "E2 0 % of its share" in frame(look)[-1]
        await look.press("down")
        assert chart(look).chosen == 1
        assert "low since step 7,000" in frame(look)[-1]
        await look.press("right", "right")
        assert chart(look).chosen == 3
        await look.press("left", "home")
        assert chart(look).chosen == 2
        await look.press("end")
        assert frame(look)[1].startswith("│ E") is True
        assert "above" in "\n".join(frame(look))
        await look.press("pageup")
        assert chart(look).chosen is not None


@pytest.mark.parametrize("count", [8, 64, 256])
@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 16)])
async def test_every_expert_can_be_reached(count: int, size: tuple[int, int]) -> None:
    async with looking(routed(count), size) as look:
        await look.press("2")
        seen = set()
        for _ in range(count):
            chart(look).action_over(1)
            seen.add(chart(look).chosen)
        assert seen == set(range(count))
        await look.settle()
        assert all(len(line) <= size[0] for line in look.lines())
        if len(frame(look)) > 6:
            assert any(line.startswith(f"│ E{chart(look).chosen}") for line in frame(look))


async def test_enter_opens_the_detail_and_arrows_go_to_the_others() -> None:
    async with looking(routed(8), WIDE) as look:
        await look.press("2", "down", "down", "enter")
        screen = look.app.screen
        assert isinstance(screen, ExpertScreen)
        await look.see("EXPERT 1")
        await look.see("rank 7 of 8")
        await look.see("low since step 7,000")
        for word in ("share of all tokens", "loss", "load tok/s"):
            await look.see(word)
        await look.press("right")
        await look.see("dead since step 6,000")
        await look.press("right", "right", "right", "right", "right", "right", "right", "left")
        assert screen.number == 0
        await look.press("escape")
        assert look.app.screen is look.screen
        assert chart(look).chosen == 0


async def test_what_is_not_told_is_not_drawn_but_named() -> None:
    async with looking(routed(8, rate=False, losses=False), WIDE) as look:
        await look.press("2", "enter")
        await look.see("—  the trainer does not tell a loss of each expert")
        await look.see("—  the trainer tells no throughput")
        await look.see("loss —")


async def test_its_lines_are_searched_in_the_log() -> None:
    async with looking(routed(8), WIDE) as look:
        await look.press("2", "down", "down", "enter", "right", "right", "right", "slash")
        assert look.app.screen is look.screen
        search = look.screen.stream().search
        assert search is not None
        await look.see("[WARN] Expert-4 load imbalance")
        assert list(search._before) + list(search._after) == [7, 9]
        assert look.screen.stream().has_focus


async def test_in_tabs_its_lines_bring_the_log_to_the_front() -> None:
    async with looking(routed(8), (80, 24)) as look:
        await look.press("2", "enter", "slash")
        assert look.screen.body.view.panel == "stream"


async def test_from_the_detail_to_the_heatmap_and_back() -> None:
    async with looking(routed(8), WIDE) as look:
        await look.press("2", "enter", "H")
        assert isinstance(look.app.screen, HeatmapScreen)
        await look.press("escape")
        assert isinstance(look.app.screen, ExpertScreen)


async def test_the_mouse_shows_and_opens_an_expert() -> None:
    async with looking(routed(64), (200, 60)) as look:
        region = chart(look).content_region
        await look.pilot.hover(offset=(region.x + 10, region.y))
        await look.settle()
        assert "E2 0 % of its share" in frame(look)[-1]
        below = region.bottom - 2
        await look.pilot.click(offset=(region.x + 4 + 9, below))
        await look.settle()
        screen = look.app.screen
        assert isinstance(screen, ExpertScreen)
        assert screen.number == 9
        await look.pilot.click("#do-close")
        await look.settle()
        assert look.app.screen is look.screen


async def test_the_wheel_scrolls_the_worst() -> None:
    async with looking(routed(256), (200, 60)) as look:
        region = chart(look).content_region
        first = frame(look)[1]
        await look.pilot._post_mouse_events(
            [__import__("textual.events", fromlist=["x"]).MouseScrollDown],
            offset=(region.x + 5, region.y + 1), button=0,
        )  # fmt: skip
        await look.settle()
        assert frame(look)[1] != first
        assert "3 above, " in "\n".join(frame(look))


async def test_experts_that_go_while_one_is_looked_at() -> None:
    async with looking(routed(8), WIDE) as look:
        await look.press("2", "end", "enter")
        await look.see("EXPERT 7")
        look.link.state.experts = Experts(share=(0.5, 0.5), step=9000)
        await look.tell("experts")
        look.app.screen._show()  # type: ignore[attr-defined]
        await look.see("does not tell of it any more")
        await look.press("escape")
        assert look.app.is_running


async def test_without_experts_enter_does_nothing() -> None:
    async with looking(states.bare(), WIDE) as look:
        await look.press("2", "down", "right", "enter", "end")
        assert look.app.screen is look.screen


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 16), (30, 8)])
async def test_the_detail_fits_every_size(size: tuple[int, int]) -> None:
    async with looking(routed(64), size) as look:
        chart_part = look.screen.painter.parts["experts"]
        chart_part.post_message(ExpertChosen(5))
        await look.settle()
        assert isinstance(look.app.screen, ExpertScreen)
        assert all(len(line) <= size[0] for line in look.lines())
