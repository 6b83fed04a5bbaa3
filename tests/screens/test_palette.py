"""The palette: everything by name, the likely first; also while the trainer floods the screen."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from textual.command import CommandList
from textual.screen import Screen

from console.core.state import Status
from console.screens import palette
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_overview import Rooms
from tests.sessions import ListRows, ListSeries, Update, session_of
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


def names(look: Looking) -> list[str]:
    """The first words of what the palette lists."""
    listed = look.app.screen.query_one(CommandList)
    options = (listed.get_option_at_index(i) for i in range(listed.option_count))
    return [str(option.prompt).split("  ")[0].split("\n")[0] for option in options]


async def test_what_can_be_done_comes_before_what_cannot() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+k")
        await wait_until_async(lambda: len(names(look)) > 20)
        assert names(look)[:2] == ["Pause", "Stop"]
        assert {"Recover", "Report"} <= set(names(look)[-5:])


async def test_what_was_chosen_lately_comes_first() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+k", *"tensorb")
        await look.see("TensorBoard  F9")
        await look.press("enter")
        await look.press("escape", "ctrl+k")
        await wait_until_async(lambda: names(look)[:1] == ["TensorBoard"])


async def test_another_run_is_looked_at_from_the_palette() -> None:
    rooms = Rooms()
    async with looking(states.training(), house=rooms.house()) as look:
        await look.press("colon", *"old-base")
        await look.see("Run old-baseline")
        assert "Run qwen-moe" not in look.text()
        await look.press("enter")
        await wait_until_async(lambda: ("connect", "20260420-090000-0001") in rooms.done)


async def test_a_preset_is_started_from_the_palette_after_a_check() -> None:
    rooms = Rooms()
    async with looking(None, house=rooms.house()) as look:
        await look.press("ctrl+k", *"start small")
        await look.see("Start configs/small.yaml")
        await look.press("enter")
        await look.see("START A RUN")
        assert rooms.done == []
        await look.press("enter")
        await wait_until_async(lambda: ("start", "configs/small.yaml") in rooms.done)


async def test_the_name_counts_more_than_the_help() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+k", *"checkp")
        await wait_until_async(lambda: names(look)[:1] == ["Checkpoint"])
        assert "Stop" in names(look)  # "after a final checkpoint"


async def test_a_word_of_the_help_finds_a_command() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+k", *"batch boundary")
        await wait_until_async(lambda: "Pause" in names(look))


async def test_names_of_runs_are_no_markup() -> None:
    async with looking(states.training(), house=Rooms().house()) as look:
        await look.press("ctrl+k", *"lr2")
        await look.see("Run [bold]moe[/]-lr2")


async def test_a_command_of_a_panel_acts_without_its_focus() -> None:
    async with looking(states.training()) as look:
        await look.press("5", "ctrl+k", *"bookmark")
        await wait_until_async(lambda: names(look)[:1] == ["Bookmark"])
        await look.press("enter")
        await wait_until_async(lambda: len(look.screen.stream().canvas.marks) == 1)


async def test_a_bookmark_is_gone_to_from_the_palette() -> None:
    async with looking(states.training()) as look:
        look.screen.stream().take_marks([2])
        await look.press("5", "ctrl+k", *"bookmark 3")
        await look.see("Bookmark 3")
        await look.press("enter")
        await wait_until_async(lambda: look.screen.panel_in_focus() == "stream")
        assert look.screen.stream().canvas.marks.spot == 3


async def test_a_metric_is_put_into_a_chart() -> None:
    async with looking(states.training()) as look:
        await look.press("ctrl+k", *"validation/l")
        await look.see("Chart 1: show validation/loss")
        await look.press("enter")
        await wait_until_async(lambda: look.app.settings.slots == {"loss": "validation/loss"})


async def test_names_of_metrics_are_no_markup() -> None:
    series = ListSeries({"[bold]x[/]\\[y": [(0.0, 1.0)]})
    async with looking(session_of(states.training(), series=series)) as look:
        await look.press("ctrl+k", *"show [bold")
        await look.see("Chart 1: show [bold]x[/]\\[y")


async def test_a_source_can_be_added(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []

    def metrics(_screen: Screen[Any], _typed: str) -> Iterator[palette.Item]:
        yield palette.Item(
            "metric x", "Metric grad_norm", "[into] a chart", lambda: done.append("x")
        )

    monkeypatch.setattr(palette, "SOURCES", (*palette.SOURCES, metrics))
    async with looking(states.training()) as look:
        await look.press("ctrl+k", *"grad_n")
        await look.see("[into] a chart")
        await look.press("enter")
        await wait_until_async(lambda: done == ["x"])


async def test_it_works_while_the_trainer_floods_the_screen() -> None:
    async with looking(states.training()) as look:
        rows = ListRows([b"line"])
        look.link.state.output.rows = 1
        flooding = True

        async def flood() -> None:
            while flooding:
                rows.all.extend(b"x %d" % i for i in range(500))
                look.screen.session.rows.all.extend(rows.all[-500:])  # type: ignore[attr-defined]
                look.link.queue.put_nowait(Update(frozenset({"output", "metrics"}), rows=True))
                await asyncio.sleep(0.005)

        task = asyncio.create_task(flood())
        await look.pilot.press("ctrl+k", *"checkp")
        await look.see("Checkpoint  F5")
        await look.pilot.press("enter")
        await wait_until_async(lambda: look.link.ordered == [("checkpoint", {})])
        flooding = False
        await task
        assert look.link.state.status is Status.TRAINING


async def test_the_palette_is_opened_once_however_often_it_is_asked_for() -> None:
    async with looking(states.training()) as look:
        for _ in range(3):
            look.app.action_command_palette()
            look.app.push_screen(Screen())
        await look.settle()
        kinds = [type(screen).__name__ for screen in look.app.screen_stack]
        assert kinds.count("CommandPalette") == 1
        while len(look.app.screen_stack) > 1:
            look.app.pop_screen()
        look.app.action_command_palette()  # while the one before is on its way out
        await look.settle()
        assert type(look.app.screen).__name__ == "CommandPalette"
