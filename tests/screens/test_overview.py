"""The overview: what it lists, and what can be done from it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest

from console.core.settings import Settings
from console.core.state import Status
from console.screens.session import House, RunLine, Session
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import session_of

RUNS = (
    RunLine(
        "20260420-090000-0001", "old-baseline", Status.FINISHED, progress=1.0, loss=0.0311,
        uptime=86_000.0, step_age=90_000.0, host="trainbox",
        spark=(9.0, 7.0, 5.0, 4.0, 3.5, 3.2, 3.1, 3.1),
    ),
    RunLine(
        "20260421-103912-a1b2", "qwen-moe", Status.TRAINING, progress=0.704, loss=0.0234,
        uptime=530_580.0, step_age=0.4, host="trainbox", alive=True, alerts=1,
        spark=(8.0, 6.0, 4.0, 3.0, 2.5, 2.4, 2.3, 2.3),
    ),
    RunLine(
        "20260427-120000-0003", "[bold]moe[/]-lr2", Status.ERROR, "ended with exit code 1",
        progress=0.12, loss=2.5, uptime=4000.0, step_age=3000.0, host="trainbox",
    ),
)  # fmt: skip


@dataclass
class Rooms:
    """A house whose runs are a list."""

    runs: list[RunLine] = field(default_factory=lambda: list(RUNS))
    done: list[tuple[str, str]] = field(default_factory=list)
    refuse: str | None = None

    def connect(self, run: str) -> Session:
        if self.refuse:
            raise OSError(self.refuse)
        self.done.append(("connect", run))
        return session_of(states.training())

    async def start(self, path: str) -> str:
        if self.refuse:
            raise RuntimeError(self.refuse)
        self.done.append(("start", path))
        return "20260427-140415-9999"

    async def stop(self, run: str) -> str:
        self.done.append(("stop", run))
        return f"{run} was told to stop"

    def house(self) -> House:
        return House(
            runs=lambda: self.runs,
            connect=self.connect,
            candidates=lambda: ("configs/qwen_moe.yaml", "configs/small.yaml"),
            check=lambda path: None if path.endswith(".yaml") else f"{path}:1:1: not a mapping",
            start=self.start,
            stop=self.stop,
        )


def row(look: Looking, name: str) -> int:
    return next(number for number, line in enumerate(look.lines()) if name in line)


async def test_runs_are_listed_alive_first_and_then_newest() -> None:
    async with looking(None, (140, 30), house=Rooms().house()) as look:
        await look.see("qwen-moe")
        assert row(look, "qwen-moe") < row(look, "old-baseline")
        line = look.lines()[row(look, "qwen-moe")]
        for part in ("● TRAINING", "70 %", "0.0234", "█▆▃▂▁▁▁▁", "147 h 23 m", "0.4 s ago"):
            assert part in line
        assert "[bold]moe[/]-lr2" in look.text()


@pytest.mark.parametrize("size", [(20, 5), (60, 16), (80, 24), (200, 60)])
async def test_no_row_is_wider_than_the_terminal(size: tuple[int, int]) -> None:
    async with looking(None, size, house=Rooms().house()) as look:
        assert all(len(line) <= size[0] for line in look.lines())


async def test_without_a_run_the_first_command_is_explained() -> None:
    async with looking(None, house=Rooms(runs=[]).house()) as look:
        await look.see("gladius-console train --config FILE")
        assert look.lines()[-1].startswith(" n start")
        assert "attach" not in look.lines()[-1]


async def test_enter_attaches_and_b_comes_back() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        await look.pilot.press("enter")
        await look.see("Epoch       47 / 100")
        assert rooms.done == [("connect", "20260421-103912-a1b2")]
        await look.pilot.press("b")
        await look.see("old-baseline")
        await look.pilot.press("escape")
        await look.see("Epoch       47 / 100")


async def test_a_run_that_cannot_be_shown_says_why() -> None:
    async with looking(None, house=Rooms(refuse="the run was removed").house()) as look:
        await look.pilot.press("enter")
        await look.see("the run was removed")


async def test_runs_are_filtered_by_name_state_and_host() -> None:
    async with looking(None, house=Rooms().house()) as look:
        await look.pilot.press("slash", *"finished")
        await look.pilot.pause()
        assert "old-baseline" in look.text()
        assert "qwen-moe" not in look.text()
        await look.pilot.press("escape")
        await look.see("qwen-moe")


async def test_a_configuration_is_checked_before_anything_is_started() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        await look.pilot.press("n", *"x", "enter")
        await look.see("x:1:1: not a mapping")
        assert rooms.done == []
        await look.pilot.press("tab", "enter", "enter")
        await look.see("Epoch       47 / 100")
        assert rooms.done[0] == ("start", "configs/qwen_moe.yaml")


async def test_a_run_is_stopped_after_a_question() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        await look.pilot.press("S", "enter")
        assert rooms.done == []
        await look.pilot.press("S", "right", "enter")
        await look.see("was told to stop")
        assert rooms.done == [("stop", "20260421-103912-a1b2")]


async def test_the_list_keeps_its_place_when_runs_come_and_go() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        await look.pilot.press("down")
        rooms.runs.insert(0, RunLine("20260427-140000-0009", "newer", Status.TRAINING, alive=True))
        look.app.screen.renew()  # type: ignore[attr-defined]
        await look.pilot.press("enter")
        await look.pilot.pause()
        assert rooms.done == [("connect", "20260427-120000-0003")]


async def test_a_click_on_a_run_attaches_and_a_click_on_a_hint_acts() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        foot = look.lines()[-1]
        await look.pilot.click("#foot", offset=(foot.index("settings"), 0))
        await look.see("SETTINGS")
        await look.pilot.press("escape")
        await look.pilot.click("#foot", offset=(foot.index("start"), 0))
        await look.see("START A RUN")
        await look.pilot.press("escape")
        await look.pilot.click("Runs", offset=(10, 3))
        await look.see("Epoch       47 / 100")
        assert rooms.done == [("connect", "20260420-090000-0001")]


async def test_keys_of_the_hints_are_those_of_the_keymap() -> None:
    settings = Settings(keymap={"stop": "F10", "quit": "Q"})
    async with looking(None, house=Rooms().house(), settings=settings) as look:
        await look.see("F10 stop")
        await look.see("Q leave")
        await look.pilot.press("f3")
        await look.pilot.pause()
        assert "It saves a checkpoint first" not in look.text()
        await look.pilot.press("f10")
        await look.see("It saves a checkpoint first")


async def test_settings_user_menu_and_help_are_there_without_a_run() -> None:
    async with looking(None, house=replace(Rooms().house(), person="ana@trainbox")) as look:
        for key, said in (("comma", "SETTINGS"), ("at", "ana@trainbox"), ("f1", "ALL RUNS")):
            await look.pilot.press(key)
            await look.see(said)
            await look.pilot.press("escape")


async def test_open_alerts_are_counted_and_told_by_a_heading() -> None:
    async with looking(None, (120, 30), house=Rooms().house()) as look:
        at = look.lines()[1].index("▲")
        assert look.lines()[row(look, "qwen-moe")][at : at + 3].strip() == "1"
        assert look.lines()[row(look, "old-baseline")][at : at + 3].strip() == ""


async def test_the_host_is_told_where_there_is_room() -> None:
    async with looking(None, (160, 30), house=Rooms().house()) as look:
        assert "trainbox" in look.lines()[row(look, "qwen-moe")]


async def test_the_overview_asked_for_twice_at_once_comes_once() -> None:
    async with looking(states.training(), house=Rooms().house()) as look:
        look.screen.action_command("overview")
        look.screen.action_command("overview")
        await look.settle()
        assert [type(one).__name__ for one in look.app.screen_stack].count("Overview") == 1
