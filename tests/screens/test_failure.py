"""The dialog of a failure: it opens once, says what is known, and offers what makes sense."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from console.core.state import RunState, Status
from console.screens.dialog import Window, in_rows
from console.screens.failure import FailureDialog
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import ListRows, session_of
from tests.states import M

if TYPE_CHECKING:
    from console.screens.session import Session

TRACE = [
    "Traceback (most recent call last):",
    '  File "train.py", line 3, in <module>',
    "    step()",
    "torch.OutOfMemoryError: CUDA out of memory. GPU 1 [bold]has[/bold] no room \x1b]52;c;x\x07",
]


def crashed() -> RunState:
    state = states.error()
    state.life.cause = "ended with exit code 1"
    return state


def with_trace(state: RunState, **changes: object) -> Session:
    rows = [*(f"line {number}" for number in range(300)), *TRACE]
    session = session_of(state, rows=ListRows([row.encode() for row in rows]))
    return replace(session, **changes)  # type: ignore[arg-type]


async def turn(look: Looking, state: RunState) -> None:
    look.link.state = state
    await look.tell("life")


def is_open(look: Looking) -> bool:
    return isinstance(look.app.screen, FailureDialog)


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (200, 60)])
async def test_fault_15_a_held_step_opens_the_dialog_with_the_configurations_values(
    size: tuple[int, int],
) -> None:
    async with looking(states.training(), size) as look:
        await turn(look, states.held())
        assert is_open(look)
        shown = look.text()
        for words in (
            "TRAINING ERROR", "Out of memory (OOM) on GPU 0", "Reduce the batch size (now 32)",
            "Enable gradient checkpointing", "Reduce the maximum length (now 2,048)",
            "Close", "View log", "Adjust and recover", "Recover", "From checkpoint", "Stop",
        ):  # fmt: skip
            assert words in shown, words
        buttons = look.app.screen.query("TextButton")
        region = look.app.screen.query_one(Window).region
        assert all(region.contains_region(button.region) for button in buttons)
        assert look.app.focused is buttons.first()


async def test_it_opens_once_for_each_failure() -> None:
    async with looking(states.training()) as look:
        await turn(look, states.held())
        await look.press("escape")
        assert not is_open(look)
        await look.tell("life")
        assert not is_open(look)
        again = states.held()
        again.life.held_m = M - 1
        await turn(look, again)
        assert is_open(look)


@pytest.mark.parametrize("key", ["escape", "q", "enter"])
async def test_it_closes_and_e_opens_it_again(key: str) -> None:
    async with looking(states.held()) as look:
        assert is_open(look)
        await look.press(key)
        assert not is_open(look)
        assert look.link.ordered == []
        await look.press("E")
        assert is_open(look)


async def test_it_closes_by_itself_when_somebody_else_recovers() -> None:
    async with looking(states.held()) as look:
        await turn(look, states.training())
        assert not is_open(look)


async def test_nothing_opens_over_another_dialog() -> None:
    async with looking(states.training()) as look:
        await look.press("f3")
        await turn(look, states.held())
        assert not is_open(look)
        await look.see("E says what can be done.")


async def choose(look: Looking, name: str) -> None:
    look.app.screen.query_one(f"#do-{name}").focus()
    await look.press("enter")


@pytest.mark.parametrize(
    ("button", "ordered"),
    [("recover", ("recover", {})), ("checkpoint", ("recover", {"from": "checkpoint"}))],
)
async def test_recover_is_ordered(button: str, ordered: tuple[str, dict[str, str]]) -> None:
    async with looking(states.held()) as look:
        await choose(look, button)
        assert look.link.ordered == [ordered]
        assert not is_open(look)


async def test_adjusted_values_go_with_the_recovery() -> None:
    state = states.held()
    state.control.settable["batch_size"]["applies"] = "now"
    async with looking(state) as look:
        await choose(look, "adjust")
        look.app.screen.query(Input).last().value = "16"
        await look.press("enter")
        assert look.link.ordered == [("recover", {"set": {"batch_size": 16}})]


async def test_a_stop_is_asked_for_and_says_that_nothing_is_saved() -> None:
    async with looking(states.held()) as look:
        await choose(look, "stop")
        assert "ends without a save" in look.text()
        await choose(look, "drop")
        assert look.link.ordered == [("stop", {"checkpoint": False})]


async def test_fault_10_a_dead_process_is_offered_what_still_makes_sense() -> None:
    async with looking(with_trace(states.training())) as look:
        await turn(look, crashed())
        shown = look.text()
        assert "Out of memory (OOM) on GPU 1" in shown
        assert "[bold]has[/bold] no room" in shown
        assert "Recover starts a new run from the checkpoint at step 8,450." in shown
        names = {str(button.id) for button in look.app.screen.query("TextButton")}
        assert names == {"do-cancel", "do-log"}


async def test_the_log_is_shown_at_the_traceback() -> None:
    async with looking(with_trace(states.training())) as look:
        await turn(look, crashed())
        await choose(look, "log")
        assert not is_open(look)
        assert "Traceback (most recent call last):" in look.text()
        assert look.app.focused is look.screen.stream()


async def test_a_new_run_is_started_from_the_dialog() -> None:
    started: list[str] = []

    async def start() -> str:
        started.append("new")
        raise RuntimeError("no [b]checkpoint[/b] is whole")

    async with looking(with_trace(states.training(), recover=start)) as look:
        await turn(look, crashed())
        await choose(look, "anew")
        await look.see("no new run was started: no [b]checkpoint[/b] is whole")
        assert started == ["new"]


async def test_the_error_log_is_exported() -> None:
    written: list[str] = []

    def export(log: str) -> str:
        written.append(log)
        return "the error log is in /tmp/x"

    async with looking(with_trace(states.training(), export_error=export)) as look:
        await turn(look, crashed())
        await choose(look, "export")
        await look.see("the error log is in /tmp/x")
        assert "torch.OutOfMemoryError" in written[0]
        assert "Reduce the batch size (now 32)" in written[0]


async def test_fault_11_a_killed_trainer_is_no_out_of_memory_without_evidence() -> None:
    async with looking(with_trace(states.training())) as look:
        await turn(look, states.dead())
        shown = look.text()
        assert "Killed by signal 9 (SIGKILL)" in shown
        assert "batch size" not in shown


async def test_an_old_failure_opens_nothing_and_e_shows_it() -> None:
    async with looking(with_trace(crashed())) as look:
        assert not is_open(look)
        await look.press("E")
        assert is_open(look)


async def test_a_wished_for_end_opens_nothing() -> None:
    async with looking(states.training()) as look:
        stopped = states.finished()
        stopped.life.status = Status.STOPPED
        await turn(look, stopped)
        assert not is_open(look)


async def test_who_only_watches_is_offered_no_orders() -> None:
    async with looking(session_of(states.held(), read_only="only watching")) as look:
        names = {str(button.id) for button in look.app.screen.query("TextButton")}
        assert names == {"do-cancel", "do-log"}


def test_buttons_stand_in_rows_that_fit() -> None:
    wide = [("a", "x" * 30, ""), ("b", "y" * 30, ""), ("c", "z", "")]
    assert in_rows(wide) == [[wide[0]], [wide[1], wide[2]]]
