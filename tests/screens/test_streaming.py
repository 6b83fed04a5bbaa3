"""What the stream asks of its screen: the menu, files, bookmarks, choices that are kept."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from console.core.settings import Settings
from tests import states
from tests.screens.looking import looking
from tests.sessions import session_of
from tests.waiting import wait_until_async
from tests.widgets.stream_app import ListRows

if TYPE_CHECKING:
    from console.screens.session import Session

ROWS = [
    *(f"line {number}" for number in range(40)),
    "[ERROR] step 12 failed",
    "Traceback (most recent call last):",
    '  File "train.py", line 1, in <module>',
    "ValueError: no",
    "after",
]

TENS = range(30, 40)


class Files:
    """What was to be written."""

    def __init__(self, error: OSError | None = None) -> None:
        self.error = error
        self.exported: list[tuple[str, bool, list[int] | None]] = []
        self.marks: list[tuple[int, bool]] = []

    def export(self, what: str, clean: bool, rows: Sequence[int] | None) -> str:
        if self.error is not None:
            raise self.error
        self.exported.append((what, clean, None if rows is None else list(rows)))
        return f"{what} is in ./a.log"

    def mark(self, row: int, is_set: bool) -> None:
        if self.error is not None:
            raise self.error
        self.marks.append((row, is_set))

    def session(self, **options: Any) -> Session:
        found = session_of(states.training(), export_rows=self.export, keep_mark=self.mark)
        return replace(found, rows=ListRows(ROWS), **options)


async def test_the_line_copied_from_the_menu_arrives() -> None:
    async with looking(Files().session(), (160, 50)) as look:
        await look.press("shift+f10", "c")
        await look.see("1 line copied to")


@pytest.mark.parametrize(
    ("keys", "exported"),
    [
        (["x", "l"], ("all", True, None)),
        (["full_stop", "a"], ("all", True, None)),
        (["full_stop", "A"], ("all", False, None)),
        (["space", "up", "full_stop", "s"], ("selected", True, [43, 44])),
        (["space", "up", "full_stop", "S"], ("selected", False, [43, 44])),
        (["ampersand", *"line 3", "enter", "full_stop", "i"], ("filtered", True, [3, *TENS])),
        (["L", "full_stop", "I"], ("filtered", False, [40, 41])),
    ],
)  # fmt: skip
async def test_exports(keys: list[str], exported: tuple[str, bool, list[int] | None]) -> None:
    files = Files()
    async with looking(files.session()) as look:
        for key in keys:
            await look.press(key)
        await look.see(f"{exported[0]} is in ./a.log")
    assert files.exported == [exported]


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "free some space there"),
        (errno.EACCES, "start the screen in a folder you may"),
        (errno.EROFS, "start the screen in a folder that can"),
    ],
)
async def test_a_file_that_cannot_be_written_says_what_to_do(number: int, said: str) -> None:
    files = Files(OSError(number, "it cannot", "/full/a\x1b[31m.log"))
    async with looking(files.session(), size=(160, 50)) as look:
        await look.press("x", "l")
        await look.see("the log was not written: it cannot: /full/a")
        await look.see(said)


async def test_the_menu_does_what_it_says_and_dims_what_cannot_be() -> None:
    async with looking(Files().session()) as look:
        await look.press("full_stop")
        await look.see("LINE 45")
        assert "Find what is selected" in look.text()
        assert look.text().count("nothing is selected") == 4
        assert look.text().count("nothing is filtered") == 2
        await look.press("f")
        await look.see("Traceback … ValueError: no  (+2 lines)")
        await look.press("full_stop")
        await look.see("Unfold the traceback")
        await look.press("escape", "full_stop", "w")
        assert look.screen.stream().canvas.wrap


async def test_finding_what_is_selected() -> None:
    async with looking(Files().session()) as look:
        await look.press("space", "full_stop", "slash")
        await look.see("/after 1/1")


async def test_commands_of_the_stream_are_done_from_the_palette_too() -> None:
    async with looking(Files().session()) as look:
        await look.press("1", "ctrl+k", *"next error", "enter")
        await wait_until_async(lambda: look.screen.stream().canvas.marks.spot == 41)
        await look.press("ctrl+k", *"all, warnings", "enter")
        await look.see("filtered: 2 of 45")


async def test_a_right_click_opens_it() -> None:
    async with looking(Files().session()) as look:
        await look.pilot.click("#stream", offset=(10, 5), button=3)
        await look.settle()
        await look.see("Copy the line")
        await look.press("m")
        assert len(look.screen.stream().canvas.marks) == 1


async def test_bookmarks_are_kept_and_come_back() -> None:
    files = Files()
    async with looking(files.session(marks=lambda: [3, 41])) as look:
        await wait_until_async(lambda: look.screen.stream().canvas.marks.rows == [3, 41])
        await look.press("m")
        await wait_until_async(lambda: files.marks == [(44, True)])


async def test_a_bookmark_that_cannot_be_kept_says_so() -> None:
    files = Files(OSError(errno.EROFS, "it cannot", "/run/bookmarks.json"))
    async with looking(files.session()) as look:
        await look.press("m")
        await look.see("the bookmark lasts as long as this screen: it cannot")


async def test_following_and_wrapping_are_kept_as_choices() -> None:
    kept: list[dict[str, Any]] = []
    options = {"keep": lambda **values: kept.append(values)}
    async with looking(Files().session(), **options) as look:
        await look.press("f", "w")
        assert kept == [{"follow": False}, {"wrap": True}]
        assert look.app.settings == Settings(follow=False, wrap=True)
        assert not look.screen.stream().canvas.view.follow
        assert look.screen.stream().canvas.wrap


async def test_what_was_chosen_is_taken_at_the_start_and_when_it_changes() -> None:
    settings = Settings(follow=False, wrap=True)
    async with looking(Files().session(), settings=settings) as look:
        await look.settle()
        assert look.screen.stream().canvas.wrap
        await wait_until_async(lambda: not look.screen.stream().canvas.view.follow)
        assert "after" in look.text()
        look.app.change_settings(wrap=False)
        await look.settle()
        assert not look.screen.stream().canvas.wrap


async def test_another_choice_does_not_move_what_is_read() -> None:
    async with looking(Files().session()) as look:
        await look.press("up", "up")
        look.app.change_settings(reduced_motion=True)
        await look.settle()
        assert not look.screen.stream().canvas.view.follow


async def test_escape_goes_out_of_the_filter_before_it_leaves_the_screen() -> None:
    async with looking(Files().session()) as look:
        await look.press("L", "L")
        await look.see("filtered: 2 of 45")
        await look.press("escape")
        await look.see("45 lines")
        assert look.app.screen is look.screen
