"""The menu over a screen."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App
from textual.geometry import Offset, Size

from console.screens.menu import Entries, Entry, Menu, placed
from tests import states
from tests.screens.looking import Looking, looking
from tests.waiting import wait_until_async

ENTRIES = (
    Entry("copy", "Copy", "y"),
    Entry("fold", "Fold", "f", reason="no traceback is here"),
    Entry("export", "Export\x1b[31m as a file"),
    Entry("out", "Zoom out", "−"),
    Entry("open", "Log line", "Enter"),
)


class Asking(App[None]):
    """Asks once."""

    answers: list[str | None]

    def on_mount(self) -> None:
        self.answers = []
        self.push_screen(Menu("LINE 3", ENTRIES), self.answers.append)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], "copy"),
        (["down", "enter"], "export"),
        (["y"], "copy"),
        (["minus"], "out"),
        (["escape"], None),
        (["q"], None),
        (["f", "escape"], None),
    ],
)
async def test_keys(keys: list[str], answer: str | None) -> None:
    async with Asking().run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        app: Any = pilot.app
        assert app.answers == [answer]


async def test_a_click_chooses_and_one_beside_closes() -> None:
    for place, answer in (((0, 0), None),):
        async with Asking().run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.click(offset=place)
            await pilot.pause()
            app: Any = pilot.app
            assert app.answers == [answer]


async def test_what_cannot_be_chosen_says_why() -> None:
    async with Asking().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        picture = pilot.app.export_screenshot()
        assert "no&#160;traceback&#160;is&#160;here" in picture
        assert "\x1b" not in picture


@pytest.mark.parametrize(
    ("at", "size", "begins"),
    [
        ((10, 3), (30, 8), (10, 4)),
        ((10, 20), (30, 8), (10, 12)),
        ((70, 3), (30, 8), (50, 4)),
        ((10, 10), (30, 20), (10, 4)),
        ((0, 0), (100, 40), (0, 0)),
        ((150, 50), (30, 8), (50, 16)),
    ],
)
def test_it_opens_beside_the_cell_it_is_about_and_on_the_screen(at, size, begins) -> None:
    assert placed(Offset(*at), Size(*size), Size(80, 24)) == Offset(*begins)


async def opened(look: Looking) -> Entries:
    await wait_until_async(lambda: isinstance(look.app.screen, Menu), what="the menu")
    await look.pilot.pause()
    listed = look.app.screen.query_one(Entries)
    assert look.app.screen.region.contains_region(listed.region)
    return listed


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24)])
async def test_a_right_click_in_the_stream_opens_it_at_the_mouse(size: tuple[int, int]) -> None:
    async with looking(states.training(), size) as look:
        stream = look.screen.stream()
        await look.pilot.click(stream, offset=(9, 2), button=3)
        listed = await opened(look)
        place = stream.region.offset + Offset(9, 2)
        assert listed.region.x == place.x
        assert listed.region.y == place.y + 1 or size[1] == 24
        assert f"LINE {stream.canvas.marks.spot:,}" in look.text()


async def test_by_its_key_it_opens_under_the_line_it_is_about() -> None:
    async with looking(states.training(), (200, 60)) as look:
        stream = look.screen.stream()
        await look.press("home", "full_stop")
        listed = await opened(look)
        line = look.lines()[listed.region.y - 1][stream.region.x :]
        assert stream.canvas.places
        at = stream.at_hand()
        assert at is not None
        assert line.removeprefix("│").strip().startswith(at.row.decode()[:12])


@pytest.mark.parametrize("chart", ["loss", "experts", "throughput", "memory"])
async def test_a_right_click_in_any_chart_opens_it_at_the_mouse(chart: str) -> None:
    async with looking(states.training(), (200, 60)) as look:
        place = look.app.screen.query_one(f"#{chart}").region.offset + Offset(20, 3)
        await look.pilot.click(f"#{chart}", offset=(20, 3), button=3)
        listed = await opened(look)
        assert listed.region.x == place.x
        assert place.y in (listed.region.y - 1, listed.region.bottom)


async def test_by_its_key_it_opens_at_the_chart() -> None:
    async with looking(states.training(), (200, 60)) as look:
        await look.press("1", "full_stop")
        listed = await opened(look)
        chart = look.screen.query_one("#loss").region
        assert (listed.region.x, listed.region.bottom) == (chart.x + 1, chart.y) or (
            (listed.region.x, listed.region.y) == (chart.x + 1, chart.y + 1)
        )


@pytest.mark.parametrize(("button", "times"), [(3, 1), (1, 2)])
async def test_the_menu_of_the_configuration_opens_at_the_mouse(button: int, times: int) -> None:
    async with looking(states.training(), (120, 40)) as look:
        place = look.screen.query_one("#config").region.offset + Offset(5, 2)
        await look.pilot.click("#config", offset=(5, 2), button=button, times=times)
        listed = await opened(look)
        assert listed.region.x == min(place.x, 120 - listed.region.width)
        assert place.y in (listed.region.y - 1, listed.region.bottom)


async def test_it_stays_on_a_terminal_that_shrinks() -> None:
    async with looking(states.training(), (200, 60)) as look:
        await look.pilot.click("#memory", offset=(40, 8), button=3)
        await opened(look)
        await look.pilot.resize_terminal(80, 24)
        listed = look.app.screen.query_one(Entries)
        await wait_until_async(lambda: listed.region.bottom <= 24, what="it is on the screen")
        await opened(look)
