"""Searching and copying in the stream."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from console.widgets.stream import Stream
from console.widgets.stream_bar import SearchBar
from console.widgets.stream_search import Search
from tests.waiting import wait_until_async
from tests.widgets.stream_app import ListRows, SlowRows, StreamApp, settle

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (80, 14)


def rows() -> list[str]:
    """100 rows; an `Error` in 13, 33, 53, 73, 93."""
    return [f"line {n} " + ("Error here" if n % 20 == 13 else "fine") for n in range(100)]


async def search(app: StreamApp, pilot: Pilot[None], text: str) -> None:
    app.stream.action_open_search()
    await pilot.press(*text)
    found = app.stream.search
    await wait_until_async(lambda: found is None or found.done, what="the search")
    await settle(pilot)


@pytest.mark.parametrize("source", [ListRows, SlowRows])
async def test_a_search_goes_along_while_typing(source: type[ListRows]) -> None:
    app = StreamApp(source(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home")
        await search(app, pilot, "error")
        assert "line 13 Error here" in app.body()
        assert "1/5" in app.bottom()
        await pilot.press("enter")
        await settle(pilot)
        assert "/error 1/5" in app.bottom()
        assert isinstance(app.focused, Stream)
        seen = []
        for _ in range(5):
            app.stream.action_search_next()
            await settle(pilot)
            seen.append(app.bottom().split("/error ")[1].split()[0])
        assert seen == ["2/5", "3/5", "4/5", "5/5", "1/5"]
        app.stream.action_search_previous()
        await settle(pilot)
        assert "5/5" in app.bottom()
        assert "line 93 Error here" in app.body()


async def test_next_goes_on_from_where_the_reader_is() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home")
        await search(app, pilot, "error")
        await pilot.press("enter", *["pagedown"] * 4)
        app.stream.action_search_next()
        await settle(pilot)
        assert "line 53 Error here" in app.body()


async def test_the_last_hit_is_shown_when_none_is_below() -> None:
    app = StreamApp(ListRows([*rows(), *["quiet"] * 100]))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "error")
        assert "line 93 Error here" in app.body()
        assert "5/5" in app.bottom()


async def test_capitals_make_case_count() -> None:
    app = StreamApp(ListRows(["error", "Error", "ERROR"]))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "Error")
        assert "1/1" in app.bottom()
        await pilot.press(*["backspace"] * 5, *"error")
        await settle(pilot)
        assert "/3" in app.bottom()


async def test_regular_expressions_by_key_and_by_click() -> None:
    app = StreamApp(ListRows(["loss 0.25", "loss 1.25", ".*"]))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, r"loss \d.25")
        assert "no hit" in app.bottom()
        await pilot.press("alt+r")
        await settle(pilot)
        assert "/2" in app.bottom()
        await pilot.click("#switch")
        await settle(pilot)
        assert "no hit" in app.bottom()


@pytest.mark.parametrize("place", ["#switch", "#count"])
async def test_a_press_of_the_mouse_on_the_bar_loses_no_key(place: str) -> None:
    app = StreamApp(ListRows(["loss 0.25", "loss 1.25"]))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "loss")
        await pilot.mouse_down(place)
        await pilot.press("space", "1")
        await pilot.mouse_up(place)
        await pilot.press("full_stop")
        assert app.stream._bar._input.value == "loss 1."


async def test_a_bad_expression_is_said_and_does_no_harm() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "(")
        await pilot.press("alt+r")
        await settle(pilot)
        assert "bad pattern" in app.bottom()
        app.add("goes on")
        await settle(pilot)


async def test_hits_are_marked_in_the_text_and_in_the_scrollbar() -> None:
    app = StreamApp(ListRows([*rows(), "\x1b[31mer\x1b[0mror in colour"]))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "error")
        await pilot.press("enter", "end")
        await settle(pilot)
        match = app.stream.get_component_rich_style("stream--match").bgcolor
        current = app.stream.get_component_rich_style("stream--current").bgcolor
        marked = {
            segment.text: segment.style.bgcolor
            for strip in map(app.stream.render_line, range(app.size.height))
            for segment in strip
            if segment.style and segment.style.bgcolor in (match, current)
        }
        assert {"Error", "er", "ror"} & set(marked)
        assert match in marked.values() or current in marked.values()
        assert any(row.endswith("╡") for row in app.screen_text())


async def test_what_is_printed_later_is_searched_too() -> None:
    app = StreamApp(SlowRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "error")
        await pilot.press("enter")
        app.add("fine", "another error", "fine")
        await wait_until_async(lambda: app.stream.search and len(app.stream.search) == 6)
        app.stream.action_search_previous()
        await settle(pilot)
        assert "/6" in app.bottom()


async def test_escape_leaves_the_search() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "error")
        await pilot.press("escape")
        await settle(pilot)
        assert app.stream.search is None
        assert not app.query_one(SearchBar).is_open
        assert isinstance(app.focused, Stream)
        await search(app, pilot, "")
        assert app.query_one(Input).value == "error"
        await pilot.press("enter", "escape")
        await settle(pilot)
        assert app.stream.search is None


async def test_letters_typed_into_the_bar_are_no_commands() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await search(app, pilot, "fuw yY JK")
        assert app.query_one(Input).value == "fuw yY JK"
        assert app.stream.canvas.wrap is False
        assert app.copied == []


async def test_a_hit_that_was_cleared_away_is_shown_again() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+l")
        await search(app, pilot, "error")
        assert "line 93 Error here" in app.body()


async def test_a_hit_among_wrapped_rows_is_in_view() -> None:
    app = StreamApp(ListRows([f"{n} needle" if n == 40 else "long " * 60 for n in range(80)]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w", "home")
        await search(app, pilot, "needle")
        assert "40 needle" in app.body()


async def test_a_hit_near_the_end_of_wrapped_rows_is_in_view() -> None:
    app = StreamApp(ListRows([f"{n} needle" if n == 78 else "long " * 60 for n in range(80)]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w", "home")
        await search(app, pilot, "needle")
        assert "78 needle" in app.body()


def test_hits_before_and_after_the_reader_are_in_order() -> None:
    source = SlowRows(rows())
    found = Search(source, "error", 50)
    while found.step():
        pass
    order, row = [], -1
    for _ in range(6):
        row = found.next(row, forward=True) or 0
        order.append(row)
    assert order == [13, 33, 53, 73, 93, 13]
    assert found.next(13, forward=False) == 93
    assert found.next(60, forward=False) == 53
    assert found.any_in(50, 54)
    assert not found.any_in(54, 73)
    assert found.best() == 53


async def test_the_mouse_selects_and_y_copies() -> None:
    app = StreamApp(ListRows(["first row", "second row", "[bold]third[/]"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.mouse_down(Stream, offset=(8, 2))
        await pilot.hover(Stream, offset=(7, 4))
        await pilot.mouse_up(Stream, offset=(7, 4))
        await pilot.press("y")
        await settle(pilot)
        assert [message.text for message in app.copied] == ["row\nsecond row\n[bold]"]
        assert app.copied[0].lines == 3
        assert app.copied[0].complete


async def test_a_selection_stays_on_its_text_while_rows_come_and_sizes_change() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.mouse_down(Stream, offset=(2, 1))
        await pilot.hover(Stream, offset=(8, 1))
        await pilot.mouse_up(Stream, offset=(8, 1))
        app.add(*rows())
        await pilot.resize_terminal(60, 20)
        await pilot.press("end", "y")
        await settle(pilot)
        assert [message.text for message in app.copied] == ["line 88"]


async def test_a_click_selects_nothing() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.click(Stream, offset=(8, 2))
        await settle(pilot)
        assert app.stream.canvas.selection is None
        assert app.stream.canvas.view.follow


async def test_space_and_arrows_select_lines() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "up", "up")
        await settle(pilot)
        assert "y copy" in app.bottom()
        await pilot.press("ctrl+c")
        await settle(pilot)
        assert [message.text for message in app.copied] == [
            "line 97 fine\nline 98 fine\nline 99 fine"
        ]
        assert "y copy" not in app.bottom()


async def test_a_selection_by_keys_goes_beyond_the_page_and_by_cells() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home", "space", *["J"] * 4, *["right"] * 4, "y")
        await settle(pilot)
        lines = app.copied[0].text.split("\n")
        assert len(lines) == 21
        assert lines[0].startswith("[ana@gpu-1")
        assert lines[-1] == "line "


async def test_escape_drops_the_selection() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("space", "up", "escape", "y")
        await settle(pilot)
        assert app.copied == []


async def test_copy_all_takes_the_text_without_colours_and_marks() -> None:
    app = StreamApp(ListRows(["\x1b[31mred\x1b[0m", "\x1ePAUSED at step 7", "end"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("Y")
        await settle(pilot)
        assert app.copied[0].text.split("\n")[1:] == ["red", "PAUSED at step 7", "end"]


async def test_dragging_the_scrollbar_moves_through_the_log() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.mouse_down(Stream, offset=(79, 1))
        await settle(pilot)
        assert app.body()[1] == "line 0 fine"
        await pilot.hover(Stream, offset=(79, 12))
        await pilot.mouse_up(Stream, offset=(79, 12))
        await settle(pilot)
        assert app.body()[-1] == "line 99 fine"
