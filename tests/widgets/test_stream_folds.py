"""Tracebacks fold to a line, and give their text when they are copied."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console.core.failure_trace import trace_from
from console.widgets.stream import Stream
from console.widgets.stream_filter import Filter
from console.widgets.stream_folds import Fold, Folds, found_around
from console.widgets.stream_whole import Whole
from tests.waiting import wait_until_async
from tests.widgets.stream_app import ListRows, SlowRows, StreamApp, settle

if TYPE_CHECKING:
    from textual.pilot import Pilot

SIZE = (80, 20)

TRACE = [
    "Traceback (most recent call last):",
    '  File "train.py", line 210, in <module>',
    "    main()",
    '  File "train.py", line 188, in main',
    "    loss = step(batch)",
    "           ^^^^^^^^^^^",
    "ValueError: no such layer: 12",
]
CHAINED = [
    *TRACE,
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    *TRACE[:-1],
    "RuntimeError: step failed",
]
FOLDED = "Traceback … ValueError: no such layer: 12  (+6 lines)"


def numbered(first: int, end: int) -> list[str]:
    return [f"line {number}" for number in range(first, end)]


async def test_enter_folds_the_traceback_in_view_and_unfolds_it() -> None:
    app = StreamApp(ListRows(["before", *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert app.gutter()[2] == "▾"
        await pilot.press("enter")
        await settle(pilot)
        assert app.body()[1:5] == ["before", FOLDED, "after", ""]
        assert "9 lines" in app.screen_text()[0]
        await pilot.press("enter")
        await settle(pilot)
        assert app.body()[2:9] == [line.strip() for line in TRACE]


async def test_a_click_before_it_folds_and_a_click_on_it_unfolds() -> None:
    app = StreamApp(ListRows(["before", *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.click(Stream, offset=(1, 3))
        await settle(pilot)
        assert app.body()[2] == FOLDED
        await pilot.click(Stream, offset=(20, 3))
        await settle(pilot)
        assert app.body()[2] == TRACE[0]
        await pilot.click(Stream, offset=(20, 3))
        await settle(pilot)
        assert app.body()[2] == TRACE[0]


async def test_one_whose_head_is_above_the_page_folds_too() -> None:
    app = StreamApp(ListRows([*numbered(0, 40), *TRACE, *numbered(40, 55)]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("up")
        await settle(pilot)
        assert "Traceback" not in app.screen_text()[1]
        await pilot.press("enter")
        await settle(pilot)
        assert FOLDED in app.body()


async def test_nothing_to_fold_is_said() -> None:
    app = StreamApp(ListRows(numbered(0, 5)))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await pilot.press("enter")
        await settle(pilot)
        assert any("no traceback is in view" in one.message for one in app._notifications)


async def test_copying_gives_what_is_folded() -> None:
    app = StreamApp(ListRows(["before", *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "space", "down", "y")
        await settle(pilot)
        assert app.copied[0].text.split("\n") == [*TRACE, "after"]
        assert app.copied[0].complete
        await pilot.press("Y")
        await settle(pilot)
        assert app.copied[1].text.split("\n")[1:] == ["before", *TRACE, "after"]


async def test_exporting_gives_what_is_folded() -> None:
    app = StreamApp(ListRows(["before", *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "space")
        app.stream.action_export("selected")
        await settle(pilot)
        assert list(app.exports[0].rows or ()) == [1, 2, 3, 4, 5, 6, 7]


async def test_a_hit_in_a_folded_one_unfolds_it() -> None:
    app = StreamApp(SlowRows([*TRACE, *numbered(0, 60)]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("home", "enter")
        await settle(pilot)
        assert FOLDED in app.body()
        app.stream.action_open_search()
        await pilot.press(*"step(batch", "enter")
        await wait_until_async(lambda: "loss = step(batch)" in app.body())
        assert TRACE[0] in app.body()


async def test_the_view_scrolls_over_folds_and_stays_where_it_is() -> None:
    rows = [*numbered(0, 30), *TRACE, *numbered(30, 60), *TRACE, *numbered(60, 90)]
    app = StreamApp(ListRows(rows))
    async with app.run_test(size=SIZE) as pilot:
        for line in (31, 68):
            app.stream.go_to(line - 1)
            await settle(pilot)
            await pilot.press("enter")
            await settle(pilot)
        assert len(app.stream.canvas.lines.folds) == 2
        seen: list[str] = []
        await pilot.press("home")
        for _ in range(92):
            await settle(pilot)
            if not seen or app.body()[0] != seen[-1]:
                seen.append(app.body()[0])
            await pilot.press("down")
        wanted = [*numbered(0, 30), FOLDED, *numbered(30, 60), FOLDED, *numbered(60, 90)]
        assert seen[1:] == wanted[: len(seen) - 1]
        assert app.body()[-1] == "line 89"
        await pilot.press("up")
        await settle(pilot)
        top = app.body()[0]
        app.add("new")
        await settle(pilot)
        assert app.body()[0] == top


@pytest.mark.parametrize("source", [ListRows, SlowRows])
async def test_all_are_folded_and_unfolded(source: type[ListRows]) -> None:
    rows = [*numbered(0, 30), *TRACE, *CHAINED, *numbered(30, 60), *TRACE, "after"]
    app = StreamApp(source(rows))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter")
        app.stream.action_fold_all()
        await wait_until_async(lambda: len(app.stream.canvas.lines.folds) == 3)
        await wait_until_async(lambda: app.stream._heads is None)
        await settle(pilot)
        assert app.body()[-2:] == [FOLDED, "after"]
        app.stream.action_unfold_all()
        await settle(pilot)
        assert app.body()[-2] == TRACE[-1]


async def test_a_filter_shows_single_lines_and_folds_come_back_after_it() -> None:
    app = StreamApp(ListRows(["before", *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("enter", "ampersand", *"loss", "enter")
        await wait_until_async(lambda: app.body()[0] == "loss = step(batch)")
        await pilot.press("escape")
        await settle(pilot)
        assert FOLDED in app.body()


LOGGED = "[ERROR] step 12 failed"


async def with_errors_only(app: StreamApp, pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*(keys or ("ampersand", *"ERROR", "enter")))
    await wait_until_async(lambda: (one := app.stream.canvas.lines.filter) is None or one.done)
    await settle(pilot)


@pytest.mark.parametrize("source", [ListRows, SlowRows])
async def test_with_a_filter_on_the_traceback_of_an_error_opens_and_closes(
    source: type[ListRows],
) -> None:
    rows = [*numbered(0, 30), LOGGED, *TRACE, *numbered(30, 60), "[ERROR] other", "end"]
    app = StreamApp(source(rows))
    async with app.run_test(size=SIZE) as pilot:
        await with_errors_only(app, pilot)
        assert app.body()[:3] == [LOGGED, "[ERROR] other", ""]
        assert app.gutter()[0] == "▸"
        await pilot.press("enter")
        await settle(pilot)
        opened = [LOGGED, *(line.strip() for line in TRACE), "[ERROR] other"]
        assert app.body()[:10] == [*opened, ""]
        assert "filtered: 9 of" in app.screen_text()[0]
        await pilot.press("Y")
        await settle(pilot)
        assert app.copied[0].text.split("\n") == [LOGGED, *TRACE, "[ERROR] other"]
        app.stream.action_export("filtered")
        await settle(pilot)
        assert list(app.exports[0].rows or ()) == [*range(30, 38), 68]
        await pilot.press("enter")
        await settle(pilot)
        assert app.body()[:3] == [LOGGED, "[ERROR] other", ""]
        await pilot.press("enter")
        await settle(pilot)
        assert app.body()[:9] == opened
        await pilot.press("escape", "home")
        await settle(pilot)
        assert app.body()[1] == "line 0"


async def test_with_a_filter_on_a_click_opens_and_a_line_inside_finds_its_traceback() -> None:
    app = StreamApp(ListRows([*numbered(0, 30), LOGGED, *CHAINED, *numbered(30, 60)]))
    async with app.run_test(size=SIZE) as pilot:
        await with_errors_only(app, pilot)
        await pilot.click(Stream, offset=(1, 1))
        await settle(pilot)
        assert app.body()[: len(CHAINED) + 1][-1] == CHAINED[-1]
        await pilot.click(Stream, offset=(1, 2))
        await settle(pilot)
        assert app.body()[:2] == [LOGGED, ""]
        await with_errors_only(app, pilot, "escape", "ampersand", *"step(batch", "enter")
        await pilot.press("enter")
        await settle(pilot)
        assert app.body()[0] == CHAINED[0]
        assert len([line for line in app.body() if line]) == len([line for line in CHAINED if line])


async def test_one_sign_for_one_traceback() -> None:
    app = StreamApp(ListRows([LOGGED, *TRACE, "after"]))
    async with app.run_test(size=SIZE) as pilot:
        await with_errors_only(app, pilot, "L", "L")
        assert app.body()[:3] == [LOGGED, TRACE[0], ""]
        assert app.gutter()[:2] == " ▸"
        await pilot.press("home", "enter")
        await settle(pilot)
        assert app.body()[:8] == [line.strip() for line in [LOGGED, *TRACE]]


@pytest.mark.parametrize("source", [ListRows, SlowRows])
async def test_with_a_filter_on_all_are_unfolded_and_folded(source: type[ListRows]) -> None:
    rows = [LOGGED, *TRACE, *numbered(30, 60), *TRACE, *numbered(60, 70), LOGGED, *TRACE]
    app = StreamApp(source(rows))
    async with app.run_test(size=SIZE) as pilot:
        await with_errors_only(app, pilot)
        app.stream.action_unfold_all()
        await wait_until_async(lambda: app.stream._heads is None)
        await settle(pilot)
        opened = [line.strip() for line in [LOGGED, *TRACE]]
        assert app.body()[:16] == [*opened, *opened]
        app.add("line", LOGGED)
        await wait_until_async(lambda: app.body()[16] == LOGGED)
        app.stream.action_fold_all()
        await settle(pilot)
        assert app.body()[:4] == [LOGGED, LOGGED, LOGGED, ""]


def test_what_a_filter_shows_whole_is_one_list() -> None:
    rows = ListRows(["x" if number % 7 == 0 else "" for number in range(200)])
    chosen = Filter(rows, "x", "", 60)
    while chosen.step():
        pass
    whole = Whole(chosen)
    whole.open(Fold(4, 9, b""), Fold(50, 90, b""), Fold(91, 95, b""), Fold(80, 92, b""))
    ranges = (range(3, 8), range(49, 89), range(90, 94))
    shown = [n for n in range(200) if n % 7 == 0 or any(n in one for one in ranges)]
    assert list(whole.all()) == whole.hits(0, 500) == shown
    assert [whole.hit(place) for place in range(len(whole))] == shown
    assert [whole.rank(row) for row in shown] == list(range(len(shown)))
    assert whole.rank(201) == len(shown)
    whole.close()
    assert list(whole.all()) == list(range(0, 200, 7))


def test_a_chain_is_one_and_other_rows_are_none() -> None:
    found = trace_from(CHAINED, 5)
    assert found is not None
    assert (found.first, found.last) == (5, 5 + len(CHAINED) - 1)
    assert found.line == "RuntimeError: step failed"
    assert trace_from(["Traceback of the loss: none"]) is None
    assert trace_from(TRACE[:-1]) is None
    assert trace_from([]) is None
    assert trace_from([f"[rank0]: {line}" for line in TRACE]) is not None


@pytest.mark.parametrize("line", range(7, 7 + len(CHAINED)))
def test_any_line_of_a_chain_belongs_to_it(line: int) -> None:
    rows = [row.encode() for row in [*numbered(0, 7), *CHAINED, *numbered(7, 9)]]
    found = found_around(lambda first, count: rows[first : first + count], line)
    assert found is not None
    assert (found.head, found.end) == (7, 7 + len(CHAINED))


def test_lines_and_positions_are_inverse() -> None:
    folds = Folds()
    for head, end in ((20, 25), (3, 9), (9, 10), (40, 100)):
        folds.add(Fold(head, end, b""))
    shown = [n for n in range(120) if (fold := folds.at(n)) is None or fold.head == n]
    assert [folds.line(position) for position in range(len(shown))] == shown
    assert [folds.position(line) for line in shown] == list(range(len(shown)))
    assert folds.position(5) == folds.position(3)
    assert folds.hidden == 120 - len(shown)
    folds.add(Fold(2, 30, b""))
    assert folds.hidden == 27 + 59
    folds.add(Fold(90, 110, b""), Fold(95, 96, b""))
    assert folds.hidden == 27 + 19
