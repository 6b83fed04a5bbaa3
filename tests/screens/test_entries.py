"""Every entry of every menu and of the palette does something that is seen, told or asked for."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any, cast

import pytest
from rich.markup import escape
from textual.command import CommandInput, CommandList
from textual.widgets import OptionList

from console.screens import palette
from console.screens.menu import Entry, Menu
from console.widgets.chart_pointing import LineChart
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_answers import at, shown
from tests.screens.test_export import Desk
from tests.screens.test_overview import Rooms
from tests.screens.test_steering import DIFFERENCES, Files
from tests.screens.test_tensorboard import Desk as Boards
from tests.sessions import LOG, ListRows, ListSeries, session_of
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from console.screens.session import Session

TRACE = ["Traceback (most recent call last):", '  File "train.py", line 3', "ValueError: odd"]
ROWS = [*LOG.splitlines(), "[ERROR] a step failed", *TRACE, *LOG.splitlines(), "[ERROR] again"]
QUITS = frozenset({"quit", "leave"})
"""These end the program; `test_what_leaves_leaves` tries them."""

TOLD_ONLY = {
    "at": frozenset({"mode", "others", "command"}),
    "throughput": frozenset({"chart_axis"}),  # only the time is known of it here
}
"""Entries of a menu that only tell something."""


class Asked:
    """Everything a session can be asked for, and what it was."""

    def __init__(self) -> None:
        self.desk, self.files, self.boards, self.rooms = Desk(), Files(), Boards(), Rooms()
        self.written: list[object] = []
        self.marked: list[tuple[int, bool]] = []

    def rows(self, what: str, clean: bool, rows: Sequence[int] | None) -> str:
        self.written.append((what, clean, rows))
        return f"written: {what}.log"

    def write(self, folder: str, name: str, parts: Iterable[str]) -> str:
        self.written.append((folder, name, *parts))
        return name

    def session(self) -> Session:
        return session_of(
            states.training(),
            rows=ListRows([row.encode() for row in ROWS]),
            exporter=self.desk,
            export_rows=self.rows,
            keep_mark=lambda row, is_set: self.marked.append((row, is_set)),
            configurations=lambda: self.files,
            config_changes=lambda: DIFFERENCES[:2],
            tensorboard=self.boards.begin,
            end_tensorboard=self.boards.end,
            write=self.write,
            points=lambda _name: [],
        )

    def all(self) -> object:
        desk, files, boards = self.desk, self.files, self.boards
        lists = self.written, self.marked, desk.written, desk.singles, desk.kept, files.done
        return [len(one) for one in lists], boards.asked, boards.ended, len(self.rooms.done)


async def chosen(look: Looking, entry: Entry) -> None:
    """Goes to an entry of the menu that is open, and presses Enter."""
    menu = look.app.screen
    assert isinstance(menu, Menu)
    listed = menu.query_one(OptionList)
    number = listed.get_option_index(entry.id)
    ready = [one for one in range(number + 1) if not listed.get_option_at_index(one).disabled]
    await look.pilot.press("home", *["down"] * (len(ready) - 1))
    assert listed.highlighted == number
    await look.pilot.press("enter")


async def acts(look: Looking, asked: Asked, before: object, menu: object = None) -> bool:
    """Whether something is seen, told or asked for that was not, besides this menu."""

    def changed() -> bool:
        return look.app.screen is not menu and (shown(look), asked.all()) != before

    with suppress(TimeoutError):
        await wait_until_async(changed, timeout=2.0)
        return True
    return False


async def opened(look: Looking, *keys: str) -> list[Entry]:
    """Opens a menu; its entries."""
    await look.pilot.press(*keys)
    await wait_until_async(lambda: isinstance(look.app.screen, Menu), what="a menu")
    await look.pilot.pause()
    return list(cast("Menu", look.app.screen)._entries)


Set = Callable[[Looking], Awaitable[object]]


async def as_it_is(look: Looking) -> None:
    """Nothing is prepared."""


async def selected(look: Looking) -> None:
    await look.press("space", "up")


async def filtered(look: Looking) -> None:
    await look.press("L", "L")
    await wait_until_async(lambda: look.screen.stream().canvas.lines.filter is not None)


async def unfolded(look: Looking) -> None:
    await filtered(look)
    look.screen.stream().action_unfold_all()
    await look.settle()


async def folded(look: Looking) -> None:
    look.screen.stream().action_fold_all()
    await wait_until_async(lambda: len(look.screen.stream().canvas.lines.folds) == 1)


async def pointed(look: Looking) -> None:
    await look.press("left")


async def cleared(look: Looking) -> None:
    await look.press("ctrl+l")


async def as_before(look: Looking, panel: str) -> None:
    """As when the screen was opened, this panel in front."""
    stream = look.screen.stream()
    stream.canvas.selection = stream.canvas.search = None
    await at(look, panel)
    for chart in look.screen.charts():
        chart.point_at(None)
        if isinstance(chart, LineChart):
            chart.action_reset()
    for undo in (stream.action_unfold_all, stream.action_unclear, stream.action_end):
        undo()
    look.app.clear_notifications()
    await look.settle()


@pytest.mark.parametrize(
    ("panel", "key", "prepared"),
    [
        ("stream", "full_stop", (as_it_is, selected, filtered, unfolded, folded, cleared)),
        ("loss", "full_stop", (as_it_is, pointed)),
        ("experts", "full_stop", (as_it_is,)),
        ("throughput", "full_stop", (as_it_is, pointed)),
        ("memory", "full_stop", (as_it_is,)),
        ("loss", "x", (as_it_is,)),
        ("config", "enter", (as_it_is,)),
        ("stream", "at", (as_it_is,)),
    ],
)
async def test_every_entry_of_a_menu_acts(panel: str, key: str, prepared: tuple[Set, ...]) -> None:
    asked, silent, tried = Asked(), [], set[str]()
    entries: list[Entry] = []
    async with looking(asked.session(), (120, 40), house=asked.rooms.house()) as look:
        for prepare in prepared:
            await as_before(look, panel)
            await prepare(look)
            entries = await opened(look, key)
            await look.press("escape")
            for entry in entries:
                if entry.reason or entry.id in tried | QUITS:
                    continue
                tried.add(entry.id)
                await as_before(look, panel)
                await prepare(look)
                before = shown(look), asked.all()
                await opened(look, key)
                menu = look.app.screen
                await chosen(look, entry)
                if not await acts(look, asked, before, menu):
                    silent.append(entry.id)
    assert not silent
    told_only = TOLD_ONLY.get(panel if key == "full_stop" else key, frozenset())
    assert {entry.id for entry in entries} - tried - QUITS <= told_only


@pytest.mark.parametrize("answer", ["copy", "end"])
async def test_every_answer_of_tensorboard_acts(answer: str) -> None:
    asked = Asked()
    async with looking(asked.session()) as look:
        await look.press("f9")
        await look.see("http://127.0.0.1:6007/")
        look.app.clear_notifications()
        await look.pilot.pause()
        before = asked.all(), len(look.app._notifications)
        await look.pilot.click(f"#do-{answer}")
        await wait_until_async(lambda: (asked.all(), len(look.app._notifications)) != before)


async def choose(look: Looking, item: palette.Item) -> None:
    """Opens the palette, types the name, goes to it, presses Enter."""
    await look.pilot.press("ctrl+k")
    await wait_until_async(lambda: bool(look.app.screen.query(CommandInput)), what="the palette")
    look.app.screen.query_one(CommandInput).value = item.name
    listed = look.app.screen.query_one(CommandList)

    def found() -> int | None:
        for number in range(listed.option_count):
            hit: Any = getattr(listed.get_option_at_index(number), "hit", None)
            if (
                hit is not None
                and hit.help == escape(item.help)
                and hit.text == f"{item.name}  {item.keys}".rstrip()
            ):
                return number
        return None

    gathering = look.app.screen

    def complete() -> bool:
        workers = (one for one in look.app.workers if one.node is gathering)
        return found() is not None and not any(one.is_running for one in workers)

    await wait_until_async(complete, what=item.name)
    await look.pilot.pause()
    listed.highlighted = found()
    await look.pilot.press("enter")
    with suppress(TimeoutError):
        await wait_until_async(lambda: not look.app.screen.query(CommandInput), timeout=1.0)


STILL = frozenset({
    "line_down", "five_down", "page_down", "end", "left", "right", "chart_bar_up",
    "chart_bar_page_up", "chart_bar_first",
})  # fmt: skip
"""What only moves may stand still at an end."""
PARTS = 4
"""The palette is long; its tests run side by side."""


@pytest.mark.parametrize("part", range(PARTS))
async def test_every_entry_of_the_palette_acts(part: int) -> None:
    asked, silent = Asked(), []
    async with looking(asked.session(), (120, 40), house=asked.rooms.house()) as look:
        look.screen.stream().take_marks([2])
        items = [item for source in palette.SOURCES for item in source(look.screen, "")]
        assert len(items) > 80
        items.sort(key=lambda item: item.id.startswith("run "))  # after one of these it is another
        for item in items[part::PARTS]:
            if item.id in QUITS | STILL:
                continue
            await as_before(look, "stream")
            before = shown(look), asked.all()
            await choose(look, item)
            if not await acts(look, asked, before):
                silent.append(item.id)
            if item.id.startswith("run "):
                break
    assert not silent


@pytest.mark.parametrize("way", ["palette", "menu"])
async def test_what_leaves_leaves(way: str) -> None:
    asked = Asked()
    async with looking(asked.session()) as look:
        if way == "palette":
            items = palette.commands(look.screen, "")
            await choose(look, next(item for item in items if item.id == "quit"))
        else:
            entries = await opened(look, "at")
            await chosen(look, next(entry for entry in entries if entry.id == "leave"))
        await wait_until_async(lambda: look.app._exit, what="the end")


@pytest.mark.parametrize("panel", ["experts", "memory"])
async def test_what_a_chart_of_bars_never_does_is_not_in_its_menu(panel: str) -> None:
    async with looking(states.training()) as look:
        await at(look, panel)
        found = {entry.id: entry.label for entry in await opened(look, "full_stop")}
        assert found.keys() == {"chart_open", "chart_metric", "chart_export"}
        assert found["chart_open"].endswith("in detail")


async def test_what_a_chart_cannot_do_now_is_in_its_menu_with_the_reason() -> None:
    bare = session_of(states.empty(), series=ListSeries({}))
    async with looking(bare) as look:
        for panel, reasons in (
            ("experts", {"chart_open": "no experts are told of"}),
            ("loss", {"chart_zoom_in": "nothing is drawn yet"}),
            ("loss", {"chart_open": "← → put a cursor on a point first"}),
            ("memory", {"chart_metric": "no metric is recorded yet"}),
        ):
            await at(look, panel)
            found = {entry.id: entry.reason for entry in await opened(look, "full_stop")}
            assert reasons.items() <= found.items()
