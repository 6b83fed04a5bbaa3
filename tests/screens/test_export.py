"""The export menu and its dialog by the keys, and what the report offers."""

from __future__ import annotations

import threading
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Input

from console.core.export_parts import (
    CANCELLED,
    EVERYTHING,
    Cancelled,
    Exported,
    Occupied,
    Place,
    Progress,
    Refused,
    Tell,
)
from console.screens.dialog import Dialog
from console.screens.export import ExportScreen
from console.screens.menu import Menu
from console.screens.report import Report
from console.screens.session import House, Session
from console.widgets.tick import Tick
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import session_of
from tests.waiting import wait_until_async

FOLDER = "/home/ana/qwen-moe-1"
SIZES = [(200, 60), (120, 40), (80, 24)]


class Desk:
    """An exporter that notes what it was asked for; `gate` holds the writing back."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.gate = threading.Event()
        self.gate.set()
        self.written: list[tuple[str, tuple[str, ...], bool]] = []
        self.kept: dict[str, str] = {}
        self.singles: list[str] = []
        self.is_cancelled = False

    def folder(self) -> str:
        return FOLDER

    def look(self, folder: str, parts: Sequence[str]) -> Place:
        if folder.endswith("/full"):
            why = "full holds other files (x): choose a new folder, as /full/mine"
            return Place(folder, why, suggestion="/full/mine")
        return Place(folder, needed=1_000_000 * len(parts), free=5_000_000_000)

    def write(self, folder: str, parts: Sequence[str], *, force: bool, tell: Tell) -> Exported:
        self.written.append((folder, tuple(parts), force))
        while not self.gate.wait(0.005):
            if not tell(Progress("charts/loss.csv", 600_000, 1_000_000)):
                self.is_cancelled = True
                raise Cancelled(CANCELLED)
        if self.error is not None and not (force and isinstance(self.error, Occupied)):
            raise self.error
        return Exported(folder, 14, 1_234_567, ("a note",))

    def single(self, part: str) -> Sequence[str]:
        self.singles.append(part)
        if self.error is not None:
            raise self.error
        return [f"/home/ana/{part}.md"]

    def keep(self, name: str, text: str) -> str:
        self.kept[name] = text
        return f"/home/ana/{name}"


def session(desk: Desk, state: Any = None, **more: Any) -> Session:
    return session_of(state or states.training(), exporter=desk, **more)


async def open_dialog(look: Looking) -> None:
    await look.press("x", "e")
    await look.see("5.0 GB free")


def is_open(look: Looking) -> bool:
    return isinstance(look.app.screen, ExportScreen)


@pytest.mark.parametrize("size", [*SIZES, (60, 16), (20, 5)])
async def test_the_menu_and_the_dialog_stand_at_every_size(size: tuple[int, int]) -> None:
    desk = Desk()
    async with looking(session(desk), size) as look:
        await look.press("x")
        assert isinstance(look.app.screen, Menu)
        if size in SIZES:
            for words in ("EXPORT", "Everything…", "Metrics…", "Log", "Screenshot", "Report"):
                assert words in look.text()
        await look.press("e")
        await wait_until_async(lambda: is_open(look) and look.app.screen.query_one(Input).value)
        if size in SIZES:
            await look.see("about 7.0 MB, 5.0 GB free")
            for words in (FOLDER, "[x] Metrics", "[ ] Raw output", "[ Export ]", "Esc close"):
                assert words in look.text()
        await look.press("escape")
        assert not is_open(look)


async def test_everything_is_written_and_told() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see(f"exported: 14 files, 1.2 MB, in {FOLDER}")
        assert "a note" in look.text()
    assert desk.written == [(FOLDER, EVERYTHING, False)]


async def test_parts_are_chosen_with_space_and_by_a_click() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("tab", "space")
        await look.pilot.click("#tick-raw")
        await look.see("secrets in them are not masked")
        await look.pilot.click("#do-export")
        await look.see("exported:")
    assert desk.written == [(FOLDER, (*EVERYTHING[1:], "raw"), False)]


async def test_with_nothing_chosen_nothing_is_written() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await look.press("x", "m")
        await look.see("5.0 GB free")
        assert [tick.name for tick in look.app.screen.query(Tick) if tick.on] == ["metrics"]
        await look.press("tab", "space", "shift+tab", "enter")
        await look.see("choose what to export")
    assert desk.written == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("way", ["escape", "enter", "click"])
async def test_progress_is_shown_and_it_can_be_cancelled(size: tuple[int, int], way: str) -> None:
    desk = Desk()
    desk.gate.clear()
    async with looking(session(desk), size) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see("60 %  600 kB")
        assert "charts/loss.csv" in look.text()
        if way == "click":
            await look.pilot.click("#do-cancel")
        else:
            await look.press(way)
        await look.see("cancelled: nothing was written")
        assert is_open(look)
        assert desk.is_cancelled
        await look.press("escape")
        assert not is_open(look)


async def test_leaving_the_console_cancels() -> None:
    desk = Desk()
    desk.gate.clear()
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see("60 %")
    await wait_until_async(lambda: desk.is_cancelled)


async def test_an_export_that_is_there_is_replaced_when_asked_for_again() -> None:
    desk = Desk(Occupied(f"an export is in {FOLDER} already"))
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see("Enter again replaces it")
        await look.press("x")
        await look.press("enter")
        await look.see("Enter again replaces it")
        await look.press("backspace")
        assert "replaces" not in look.text()
        await look.press("enter")
        await look.see("Enter again replaces it")
        await look.press("enter")
        await look.see("exported:")
    assert [force for _, _, force in desk.written] == [False, False, False, True]


@pytest.mark.parametrize(
    "error", [Refused("there is no folder /a: make it"), OSError(28, "the disk is full")]
)
async def test_what_stands_in_the_way_is_told_and_can_be_mended(error: Exception) -> None:
    desk = Desk(error)
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see(str(getattr(error, "strerror", None) or error))
        assert is_open(look)
        desk.error = None
        await look.press("enter")
        await look.see("exported:")


async def test_a_folder_that_would_do_is_taken_with_enter() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await open_dialog(look)
        look.app.screen.query_one(Input).value = "/full"
        await look.see("Enter takes it")
        await look.press("enter")
        await look.see("5.0 GB free")
        assert look.app.screen.query_one(Input).value == "/full/mine"
        await look.press("enter")
        await look.see("exported:")
    assert desk.written == [("/full/mine", EVERYTHING, False)]


async def test_hostile_words_of_an_exporter_are_text() -> None:
    desk = Desk(Refused("[bold]x[/bold] \x1b]52;c;x\x07"))
    async with looking(session(desk)) as look:
        await open_dialog(look)
        await look.press("enter")
        await look.see("[bold]x[/bold]")
        assert "\x1b" not in look.text()


async def test_a_screenshot_is_the_console_without_the_menu() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await look.press("x", "s")
        await look.see("/home/ana/qwen-moe-screen.svg")
    picture, rows = desk.kept["qwen-moe-screen.svg"], desk.kept["qwen-moe-screen.txt"]
    assert ElementTree.fromstring(picture).tag.endswith("svg")
    assert "http://" not in picture.replace("http://www.w3.org", "")
    assert "https://" not in picture
    assert len(rows.splitlines()) == 40
    assert "LIVE STREAM" in rows
    assert "Everything…" not in rows


async def test_the_focused_chart_is_exported() -> None:
    async with looking(session(Desk())) as look:
        await look.press("x")
        assert "no chart has the focus: 1 to 4" in look.text()
        await look.press("c", "escape", "2", "x", "c")
        await look.see("EXPORT 2 EXPERTS")


async def test_the_report_is_exported_and_a_failure_told() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await look.press("x", "r")
        await look.see("/home/ana/report.md")
        desk.error = OSError(28, "No space left on device")
        await look.press("x", "r")
        await look.see("nothing was written: No space left on device")


@pytest.mark.parametrize(
    ("key", "seen"),
    [("ctrl+shift+e", "EXPORT"), ("ctrl+shift+l", "the log"), ("ctrl+shift+s", "screen.svg")],
)
async def test_the_keys_of_terminals_that_report_them(key: str, seen: str) -> None:
    async with looking(session(Desk(), export_log=lambda: "the log is in /x")) as look:
        await look.press(key)
        await look.see(seen)


async def test_the_log_is_exported_from_the_menu() -> None:
    async with looking(session(Desk(), export_log=lambda: "the log is in /x")) as look:
        await look.press("x", "l")
        await look.see("the log is in /x")


async def test_the_button_opens_the_menu() -> None:
    async with looking(session(Desk())) as look:
        await look.pilot.click("#button-export")
        await wait_until_async(lambda: isinstance(look.app.screen, Menu))


async def test_the_word_in_the_border_of_the_stream_opens_it_too() -> None:
    async with looking(session(Desk())) as look:
        row = next(i for i, line in enumerate(look.lines()) if "x export" in line)
        column = look.lines()[row].index("x export")
        await look.pilot.click("#stream", offset=(column, row - look.screen.stream().region.y))
        await wait_until_async(lambda: isinstance(look.app.screen, Menu))


async def test_a_run_that_cannot_be_exported_says_so() -> None:
    async with looking(states.training()) as look:
        await look.press("x", "e")
        await look.see("cannot be exported from here")


# the report


async def begun() -> str:
    return "20260422-000000-beef"


def over(**more: Any) -> Session:
    return session(Desk(), states.finished(), report=lambda: "# Summary\n", **more)


@pytest.mark.parametrize("size", SIZES)
async def test_the_report_offers_export_overview_restart_close(size: tuple[int, int]) -> None:
    async with looking(over(recover=begun), size) as look:
        await look.press("R")
        for label in ("Export", "Overview", "Restart from here", "Close"):
            assert f"[ {label} ]" in look.text()


async def test_export_from_the_report_comes_back_to_it() -> None:
    async with looking(over()) as look:
        await look.press("R")
        await look.pilot.click("#do-export")
        await look.see("5.0 GB free")
        await look.press("escape")
        assert isinstance(look.app.screen, Report)
        await look.press("x")
        await look.see("5.0 GB free")
        await look.press("enter")
        await look.see("exported:")
        assert isinstance(look.app.screen, Report)


async def test_restart_asks_then_shows_the_new_run() -> None:
    shown: list[str] = []

    def connect(run: str) -> Session:
        shown.append(run)
        return session_of(states.training())

    house = House(runs=list, connect=connect)
    async with looking(over(recover=begun), house=house) as look:
        await look.press("R")
        await look.pilot.click("#do-restart")
        await look.see("A new run begins at the checkpoint of step 8,450")
        await look.press("escape")
        assert shown == []
        await look.press("R")
        await look.pilot.click("#do-restart")
        await wait_until_async(lambda: isinstance(look.app.screen, Dialog))
        await look.press("right", "enter")
        await wait_until_async(lambda: shown == ["20260422-000000-beef"])


async def test_a_restart_that_is_refused_says_why() -> None:
    async def refused() -> str:
        raise RuntimeError("no checkpoint of it is whole")

    async with looking(over(recover=refused)) as look:
        await look.press("R")
        await look.pilot.click("#do-restart")
        await look.see("A new run begins")
        await look.press("right", "enter")
        await look.see("no checkpoint of it is whole")


async def test_without_a_checkpoint_no_restart_is_offered() -> None:
    state = states.finished()
    state.checkpoints.last = None
    made = session(Desk(), state, report=lambda: "# Summary\n", recover=begun)
    async with looking(made) as look:
        await look.press("R")
        assert "Restart from here" not in look.text()
        assert "nothing was saved to restart from" in look.text()


def test_the_folder_of_these_tests_is_nobodys() -> None:
    assert not Path(FOLDER).exists()
