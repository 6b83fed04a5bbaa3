"""A notice where rows are few: no larger than its text, and not over what is news."""

from __future__ import annotations

import pytest
from textual.widgets._toast import Toast

from console.core.format_text import width
from console.screens.menu import Menu
from tests import states
from tests.screens.looking import Looking, looking
from tests.waiting import wait_until_async

SAID = "the log is filtered; Esc shows all"


async def told(look: Looking, said: str) -> Toast:
    look.app.notify(said, severity="warning", markup=False)
    await look.see(said[:30])
    return look.app.screen.query_one(Toast)


@pytest.mark.parametrize("size", [(80, 24), (100, 30), (60, 16)])
async def test_a_notice_is_one_line_over_the_line_of_keys(size: tuple[int, int]) -> None:
    async with looking(states.training(), size) as look:
        before = look.lines()
        toast = await told(look, SAID)
        assert toast.region.size == (width(SAID) + 3, 1)
        assert (toast.region.right, toast.region.bottom) == size
        assert look.lines()[:-1] == before[:-1]


async def test_a_long_notice_is_told_in_full() -> None:
    async with looking(states.training(), (80, 24)) as look:
        said = "words " * 20 + "end"
        toast = await told(look, said)
        await look.see("end")
        assert toast.region.height == 2


async def test_all_entries_of_a_menu_stay_in_sight() -> None:
    async with looking(states.training(), (80, 24)) as look:
        await look.press("1", "full_stop")
        await wait_until_async(lambda: isinstance(look.app.screen, Menu), what="the menu")
        await look.pilot.pause()
        toast = await told(look, SAID)
        menu = look.app.screen.query_one("Entries").content_region
        assert not menu.overlaps(toast.region)


async def test_where_there_is_room_a_notice_is_set_off() -> None:
    async with looking(states.training(), (120, 40)) as look:
        toast = await told(look, SAID)
        assert toast.region.height == 3
        assert toast.region.bottom == 38


@pytest.mark.parametrize("size", [(40, 10), (20, 5)])
async def test_on_a_tiny_terminal_it_stays_on_the_screen(size: tuple[int, int]) -> None:
    async with looking(states.training(), size) as look:
        look.app.notify("no", markup=False)
        await wait_until_async(lambda: look.app.screen.query(Toast), what="a notice")
        await look.pilot.pause()
        assert look.app.screen.region.contains_region(look.app.screen.query_one(Toast).region)
