"""Bookmarks, what the mouse picks, and what the stream tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.widgets.stream import Stream
from console.widgets.stream_text import Painted
from tests.waiting import wait_until_async
from tests.widgets.stream_app import ListRows, StreamApp, settle

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (80, 14)


def rows(count: int = 100) -> list[str]:
    return [f"line {n} of checkpoints/epoch_{n}.npz at 1.2e-5" for n in range(count)]


async def clicks(pilot: Pilot[None], x: int, y: int, times: int, *, alt: bool = False) -> None:
    await pilot.click(Stream, offset=(x, y), times=times, meta=alt)
    await settle(pilot)


async def test_a_key_marks_the_line_and_takes_the_mark_away() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("m")
        await settle(pilot)
        assert app.gutter()[-1] == "◆"
        assert any(line.endswith("◆") for line in app.screen_text())
        await pilot.press("m")
        await settle(pilot)
        assert "◆" not in "".join(app.screen_text())
        assert app.marked == [(99, True), (99, False)]


async def test_a_double_click_marks_the_line_under_it() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await clicks(pilot, 20, 3, 2)
        assert app.gutter()[2] == "◆"
        assert app.marked == [(90, True)]


async def test_the_next_bookmark_and_around_the_end() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.take_marks([10, 60, 40, 40, -3])
        seen = []
        for _ in range(4):
            await pilot.press("apostrophe")
            await settle(pilot)
            seen.append(app.stream.canvas.marks.spot)
        assert seen == [11, 41, 61, 11]
        assert app.body()[app.gutter().index("◆")].startswith("line 10 ")


async def test_without_a_bookmark_it_says_how_to_set_one() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("apostrophe")
        await settle(pilot)
        assert any("m sets one" in one.message for one in app._notifications)


async def test_a_filter_passes_over_bookmarks_it_hides() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.take_marks([15, 20])
        await pilot.press("ampersand", *"0 of", "enter", "apostrophe")
        await settle(pilot)
        assert app.stream.canvas.marks.spot == 21
        assert app.stream.canvas.lines.filter is not None


async def test_the_command_line_and_live_rows_have_no_bookmark() -> None:
    source = ListRows([])
    source.moving = [b"10 %"]
    app = StreamApp(source)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("m", "home", "m")
        await settle(pilot)
        assert app.marked == []


@pytest.mark.parametrize(
    ("x", "word"),
    [(3, "line"), (7, "0"), (20, "checkpoints/epoch_0.npz"), (39, "1.2e-5")],
)
async def test_alt_and_a_double_click_take_the_word(x: int, word: str) -> None:
    app = StreamApp(ListRows(rows(3)))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await clicks(pilot, x, 2, 2, alt=True)
        await pilot.press("y")
        await settle(pilot)
        assert [message.text for message in app.copied] == [word]
        assert app.marked == []


async def test_three_clicks_take_the_line_and_leave_no_bookmark() -> None:
    app = StreamApp(ListRows(rows(3)))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await clicks(pilot, 10, 3, 3)
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert [message.text for message in app.copied] == [rows(3)[1]]
        assert app.stream.canvas.marks.rows == []


async def test_a_word_of_wide_characters() -> None:
    assert Painted("模型 ok", ()).word(1) == (0, 4)
    assert Painted("模型 ok", ()).word(4) is None
    assert Painted("模型 ok", ()).word(6) == (5, 7)
    assert Painted("", ()).word(0) is None


@pytest.mark.parametrize(("edge", "way"), [(0, -1), (13, 1)])
async def test_a_drag_beyond_an_edge_goes_on_while_the_mouse_is_still(edge: int, way: int) -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.go_to(50)
        await settle(pilot)
        await pilot.mouse_down(Stream, offset=(10, 5))
        await pilot.hover(Stream, offset=(10, edge))
        view = app.stream.canvas.view
        first = view.top
        await wait_until_async(lambda: (view.top - first) * way > 5, what="the text moves on")
        await pilot.mouse_up(Stream, offset=(10, edge))
        await settle(pilot)
        assert app.stream._auto is None
        assert app.stream.canvas.selection is not None
        assert (app.stream.canvas.selection.head.line - 51) * way > 5


async def test_the_end_of_a_drag_is_no_click() -> None:
    app = StreamApp(ListRows(["Traceback (most recent call last):", "  x", "KeyError: 1"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        await settle(pilot)
        await pilot.mouse_down(Stream, offset=(4, 2))
        await pilot.hover(Stream, offset=(12, 2))
        await pilot.mouse_up(Stream, offset=(12, 2))
        await settle(pilot)
        assert len(app.stream.canvas.lines.folds) == 1
        assert app.stream.canvas.selection is not None


@pytest.mark.parametrize("key", ["full_stop", "shift+f10"])
async def test_keys_ask_for_the_menu(key: str) -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(key)
        await settle(pilot)
        assert app.menus == 1


async def test_a_right_click_asks_for_the_menu_of_its_line() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.click(Stream, offset=(10, 4), button=3)
        await settle(pilot)
        assert app.menus == 1
        place = app.stream.at_hand()
        assert place is not None
        assert place.row.startswith(b"line 91 ")
        assert app.stream.canvas.selection is None


async def test_a_selection_is_kept_for_the_menu() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "up")
        await pilot.click(Stream, offset=(10, 4), button=3)
        await settle(pilot)
        assert app.stream.canvas.selection is not None


async def test_finding_what_is_selected() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.find("line 5 ")
        await settle(pilot)
        assert "/line 5" in app.bottom()
        assert "1/1" in app.bottom()


async def test_following_and_wrapping_are_told_as_choices() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f", "f", "w")
        await pilot.press("up", "end")
        await settle(pilot)
        assert app.chosen == [{"follow": False}, {"follow": True}, {"wrap": True}]


async def test_what_was_chosen_before_is_taken() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.prefer(follow=False, wrap=True)
        await settle(pilot)
        app.add("new")
        await settle(pilot)
        assert app.body()[-1].startswith("line 99 ")
        assert "○ follow" in app.bottom()
        assert app.stream.canvas.wrap
