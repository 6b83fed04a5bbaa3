"""The stream shows some of its lines only: by text, by level; and goes from error to error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from console.core.formats.levels import levels
from console.widgets.stream import Stream
from console.widgets.stream_bar import SearchBar
from console.widgets.stream_filter import Filter
from tests.waiting import wait_until_async
from tests.widgets.stream_app import ListRows, SlowRows, StreamApp, settle, state

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.core.sources import SearchPattern

SIZE = (80, 14)


def rows(count: int = 100) -> list[str]:
    """An `[ERROR]` in 13, 33, …; a `[WARN]` in 3, 23, …."""
    words = {13: "[ERROR] broken", 3: "[WARN] odd"}
    return [f"line {n} {words.get(n % 20, 'fine')}" for n in range(count)]


async def sifted(app: StreamApp, pilot: Pilot[None]) -> None:
    """Until the filter has seen all there is."""

    def done() -> bool:
        found = app.stream.canvas.lines.filter
        return found is None or (found.done and not app.stream._sifting)

    await wait_until_async(done, what="the filter")
    await settle(pilot)


async def filtered(app: StreamApp, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press("ampersand", *keys)
    await sifted(app, pilot)


@pytest.mark.parametrize("source", [ListRows, SlowRows])
async def test_lines_with_a_text_only(source: type[ListRows]) -> None:
    app = StreamApp(source(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"error")
        assert app.body()[:6] == [*(f"line {n} [ERROR] broken" for n in (13, 33, 53, 73, 93)), ""]
        assert "filtered: 5 of 100" in app.screen_text()[0]
        await pilot.press("enter")
        await settle(pilot)
        assert isinstance(app.focused, Stream)
        assert "&error" in app.bottom()
        await pilot.press("escape")
        await settle(pilot)
        assert app.body()[-1] == "line 99 fine"
        assert "100 lines" in app.screen_text()[0]


async def test_capitals_make_case_count_and_regular_expressions_are_a_switch() -> None:
    app = StreamApp(ListRows(["Loss 0.25", "loss 1.25", "loss x25"]))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"Loss")
        assert "filtered: 1 of 3" in app.screen_text()[0]
        await pilot.press(*["backspace"] * 4, *r"loss \d.25")
        await sifted(app, pilot)
        assert "filtered: 0 of 3" in app.screen_text()[0]
        assert "no line" in app.bottom()
        await pilot.press("alt+r")
        await sifted(app, pilot)
        assert app.body()[:2] == ["Loss 0.25", "loss 1.25"]


async def test_a_bad_expression_is_told_in_a_sentence_and_filters_nothing() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, "alt+r", *"a(b")
        assert "bad pattern: missing ), unterminated subpattern at character 2" in app.bottom()
        assert app.body()[-1] == "line 99 fine"
        await pilot.press("enter")
        await settle(pilot)
        assert app.stream.canvas.lines.filter is None
        assert "bad pattern" not in app.bottom()


async def test_new_rows_come_in_filtered_while_it_follows() -> None:
    app = StreamApp(SlowRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"broken", "enter")
        app.add("nothing", "now it is broken", "nothing")
        await wait_until_async(lambda: "filtered: 6 of 103" in app.screen_text()[0])
        assert app.body()[5] == "now it is broken"
        assert "● follow" in app.bottom()


async def test_live_rows_are_shown_when_they_match() -> None:
    source = ListRows(rows())
    app = StreamApp(source)
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"broken", "enter")
        for moving, seen in ((b"10 % broken", "10 % broken"), (b"20 %", "")):
            source.moving = [moving]
            app.stream.show_rows(source)
            await sifted(app, pilot)
            assert app.body()[5] == seen


async def test_a_log_that_was_cut_back_is_filtered_and_searched_again() -> None:
    app = StreamApp(SlowRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"broken", "enter")
        app.stream.find("broken")
        await wait_until_async(lambda: bool(app.stream.search and app.stream.search.done))
        del app.source.all[40:]
        app.add("fine")
        await sifted(app, pilot)
        assert "filtered: 2 of 41" in app.screen_text()[0]
        await wait_until_async(lambda: "/2" in app.bottom())
        assert app.body()[2] == ""


async def test_the_line_in_view_stays_when_a_filter_comes_and_goes() -> None:
    app = StreamApp(SlowRows(rows(400)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home", *["pagedown"] * 10)
        await settle(pilot)
        top = app.body()[0]
        await filtered(app, pilot, *"fine", "enter")
        assert app.body()[0] == top
        await pilot.press("escape")
        await settle(pilot)
        assert app.body()[0] == top


async def test_scrolling_and_the_count_below_mean_what_is_shown() -> None:
    app = StreamApp(ListRows(rows(1000)))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"broken", "enter", "home")
        assert app.body()[0] == "line 13 [ERROR] broken"
        assert "↓ 38 below" in app.bottom()
        await pilot.press("down", "J")
        await settle(pilot)
        assert app.body()[0] == "line 133 [ERROR] broken"


async def test_the_key_goes_through_the_levels() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        for said, count in (("warnings and errors", "10 of 100"), ("errors", "5 of 100")):
            await pilot.press("L")
            await sifted(app, pilot)
            assert said in app.bottom()
            assert f"filtered: {count}" in app.screen_text()[0]
        await pilot.press("L")
        await settle(pilot)
        assert "100 lines" in app.screen_text()[0]


async def test_a_level_of_which_there_is_nothing_is_still_told() -> None:
    """An empty filter is one: what hides all lines must be seen, and how to leave it."""
    app = StreamApp(ListRows([f"line {number}" for number in range(9)]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("L", "L")
        await sifted(app, pilot)
        assert "filtered: 0 of 9" in app.screen_text()[0]
        assert "errors  Esc all" in app.bottom()
        assert "[✗ 0]" in app.bottom()


async def test_the_counts_in_the_border_are_chips() -> None:
    text = [*rows(), "\x1eERROR of ours", "MyERROR is a name", "UserWarning: careful"]
    errors, warnings = levels("\n".join(text[:100] + text[101:]).encode())
    app = StreamApp(ListRows(text))
    async with app.run_test(size=SIZE) as pilot:
        app.stream.show(state(errors=errors, warnings=warnings))
        await settle(pilot)
        await pilot.click(Stream, offset=(app.bottom().index("✗"), 13))
        await sifted(app, pilot)
        assert f"filtered: {errors} of 103" in app.screen_text()[0]
        assert f"[✗ {errors}]" in app.bottom()
        await pilot.click(Stream, offset=(app.bottom().index("▲"), 13))
        await sifted(app, pilot)
        assert f"filtered: {errors + warnings} of 103" in app.screen_text()[0]
        await pilot.click(Stream, offset=(app.bottom().index("▲"), 13))
        await settle(pilot)
        assert "103 lines" in app.screen_text()[0]


async def test_text_and_level_together() -> None:
    app = StreamApp(SlowRows([*rows(), "line 7 [ERROR] other"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("L", "L")
        await filtered(app, pilot, *"line 7")
        assert app.body()[:3] == ["line 73 [ERROR] broken", "line 7 [ERROR] other", ""]


async def test_escape_in_the_bar_drops_the_text_and_keeps_the_level() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("L", "L")
        await filtered(app, pilot, *"nothing has this", "escape")
        assert "filtered: 5 of 100" in app.screen_text()[0]
        assert not any(bar.is_open for bar in app.query(SearchBar))


async def test_a_search_counts_what_the_filter_shows() -> None:
    app = StreamApp(SlowRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home")
        app.stream.action_open_search()
        await pilot.press(*"line", "enter")
        await filtered(app, pilot, *"error", "enter")
        await wait_until_async(lambda: bool(app.stream.search and app.stream.search.done))
        await settle(pilot)
        assert "/5" in app.bottom()
        app.stream.action_search_next()
        await settle(pilot)
        assert app.stream.canvas.lines.filter is not None


async def test_copy_takes_what_is_shown() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"error", "enter", "space", "up", "y")
        await pilot.press("Y")
        await settle(pilot)
        shown = [f"line {n} [ERROR] broken" for n in (13, 33, 53, 73, 93)]
        assert [message.text.split("\n") for message in app.copied] == [shown[3:], shown]
        assert all(message.complete for message in app.copied)


async def test_export_of_what_is_filtered_and_selected() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"error", "enter", "space", "up")
        app.stream.action_export("filtered", False)
        app.stream.action_export("selected")
        await settle(pilot)
        found = [(one.what, one.clean, list(one.rows or ())) for one in app.exports]
        assert found == [
            ("filtered", False, [13, 33, 53, 73, 93]),
            ("selected", True, [73, 93]),
        ]


async def test_next_error_goes_on_from_the_line_and_around_the_end() -> None:
    app = StreamApp(SlowRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        seen = []
        for _ in range(6):
            before = app.stream.canvas.marks.spot
            await pilot.press("exclamation_mark")
            await wait_until_async(lambda old=before: app.stream.canvas.marks.spot != old)
            await settle(pilot)
            seen.append(app.body()[app.gutter().index("›")].split()[1])
        assert seen == ["13", "33", "53", "73", "93", "13"]
        await pilot.press("end", "ctrl+e")
        await wait_until_async(lambda: "line 13 [ERROR] broken" in app.body())


async def test_without_an_error_it_says_so() -> None:
    app = StreamApp(ListRows(["fine"]))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("exclamation_mark")
        await wait_until_async(
            lambda: any("no error in the output" in n.message for n in said(app))
        )


async def test_a_line_that_is_asked_for_is_shown_though_the_filter_hides_it() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"error", "enter")
        app.stream.show_row(50)
        await settle(pilot)
        assert "line 50 fine" in app.body()
        assert "100 lines" in app.screen_text()[0]


async def test_clear_hides_in_a_filter_too() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+l")
        await filtered(app, pilot, *"error", "enter")
        assert not any(app.body())
        app.add("an error")
        await sifted(app, pilot)
        await wait_until_async(lambda: app.body()[0] == "an error")
        await pilot.press("u", "home")
        await settle(pilot)
        assert app.body()[0] == "line 13 [ERROR] broken"


async def test_letters_typed_into_the_bar_are_no_commands() -> None:
    app = StreamApp(ListRows(rows()))
    async with app.run_test(size=SIZE) as pilot:
        await filtered(app, pilot, *"mLw.'!&")
        assert app.query(Input).last().value == "mLw.'!&"
        assert app.marked == []
        assert app.menus == 0


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (7, 1), (20, 5), (250, 80)])
@pytest.mark.parametrize("classes", ["", "-bare", "-ascii"])
async def test_any_size_is_good(size: tuple[int, int], classes: str) -> None:
    app = StreamApp(ListRows(rows()), classes)
    async with app.run_test(size=size) as pilot:
        for keys in (["L"], ["ampersand", *"line", "enter"], ["exclamation_mark"], ["m", "enter"]):
            await pilot.press(*keys)
            await sifted(app, pilot)
        assert len(app.screen_text()) == size[1]


class Watched(SlowRows):
    """A long log that tells how many rows were read of it."""

    def scan(self, pattern: SearchPattern, start: int = 0) -> Iterator[Sequence[int]]:
        for first in range(start, self.count(), 1000):
            yield [n for n in range(first, min(first + 1000, self.count())) if n % 1000 == 13]

    def count(self) -> int:
        return 10_000_000

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        self.asked += count
        return [b"[ERROR] x" if n % 1000 == 13 else b"x" for n in range(first, first + count)]


def test_ten_million_rows_cost_a_number_for_each_that_is_shown() -> None:
    source = Watched()
    found = Filter(source, "x", "", 9_980_000)
    steps = 1
    while found.step():
        steps += 1
    assert len(found) == 10_000
    assert steps >= 10_000
    assert source.asked == 0
    assert found.hits(0, 2) == [13, 1013]
    assert found.hit(9_999) == 9_999_013
    assert found.rank(9_980_013) == 9_980
    assert found.all().itemsize == 4


def test_of_a_level_only_rows_that_may_be_meant_are_read() -> None:
    source = Watched()
    found = Filter(source, "", "error", 9_990_000)
    while found.step():
        pass
    assert len(found) == 10_000
    assert source.asked < 100_000


def said(app: StreamApp) -> list[object]:
    return list(app._notifications)
