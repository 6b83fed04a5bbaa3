"""A screen's terminal calls a person: for what the run names, so often, not for the past."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.notify_terminal import PER_MINUTE, means, window_name
from console.core.protocol import Exited, Saved
from console.core.reduce import reduce
from console.core.settings import Settings
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_alerts import begin
from tests.states import M, T

SAVED = Saved(t=T, m=M, step=9000, path="/c")
FAILED = replace(SAVED, ok=False, reason="disk\x1b]0;owned\x07 full")


class Terminal:
    """Keeps what the app writes to its terminal."""

    def __init__(self, look: Looking, monkeypatch: pytest.MonkeyPatch) -> None:
        self.written: list[str] = []
        monkeypatch.setattr(look.app._driver, "write", self.written.append)

    @property
    def calls(self) -> list[str]:
        return [one for one in self.written if one.endswith("\x07")]


async def told(look: Looking) -> None:
    await look.tell("timeline", "checkpoints", "alerts")
    await look.pilot.pause()


async def test_what_is_critical_calls_and_what_is_not_does_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with looking(states.training()) as look:
        terminal = Terminal(look, monkeypatch)
        reduce(look.link.state, SAVED)
        await told(look)
        assert terminal.calls == []
        reduce(look.link.state, FAILED)
        await told(look)
        (call,) = terminal.calls
        assert call.startswith("\x1b]9;")
        assert "checkpoint failed" in call
        assert call.count("\x1b") == 1
        await told(look)
        assert len(terminal.calls) == 1


async def test_the_past_is_no_call_and_a_run_may_switch_it_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    state = states.training()
    reduce(state, FAILED)
    async with looking(state) as look:
        terminal = Terminal(look, monkeypatch)
        await told(look)
        state.run.calls = ()
        reduce(state, FAILED)
        await told(look)
        assert terminal.calls == []


async def test_a_storm_is_so_many_calls_and_the_last_counts_the_rest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with looking(states.training()) as look:
        terminal = Terminal(look, monkeypatch)
        for number in range(20):
            begin(look.link.state, f"a{number}", "lost")
            reduce(look.link.state, FAILED)
        await told(look)
        assert len(terminal.calls) == PER_MINUTE
        assert "and 14 more" in terminal.calls[-1]


async def test_the_settings_of_a_person_decide_by_which_means(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = {"bell": False, "osc9": False, "osc777": True, "severity": "critical"}
    async with looking(states.training(), settings=Settings(notices=chosen)) as look:
        terminal = Terminal(look, monkeypatch)
        look.link.state.run.calls = ("all",)
        reduce(look.link.state, SAVED)
        reduce(look.link.state, FAILED)
        await told(look)
        assert len(terminal.calls) == 1
        assert terminal.calls[0].startswith("\x1b]777;notify;")


async def test_the_end_of_a_run_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(states.training()) as look:
        terminal = Terminal(look, monkeypatch)
        reduce(look.link.state, Exited(t=T, m=M, code=0))
        await told(look)
        assert any("finished" in call for call in terminal.calls)


@pytest.mark.parametrize(
    ("environ", "osc9", "osc777", "wrapped"),
    [
        ({"TERM": "xterm-256color"}, True, False, False),
        ({"TERM": "foot"}, False, True, False),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7000"}, False, True, False),
        ({"TERM": "linux"}, False, False, False),
        ({"TERM": "screen-256color", "STY": "1"}, False, False, False),
        ({"TERM": "screen-256color", "TMUX": "/t,1,0", "TMUX_PANE": "%1"}, True, False, True),
        ({}, False, False, False),
    ],
)
def test_a_terminal_gets_only_what_it_is_likely_to_show(
    environ: dict[str, str], osc9: bool, osc777: bool, wrapped: bool
) -> None:
    found = means({}, environ)
    assert (found.bell, found.osc9, found.osc777, found.passthrough) == (
        True, osc9, osc777, wrapped,
    )  # fmt: skip
    assert means({"bell": "loud", "severity": "x"}, environ) == found


def test_the_name_of_a_window_is_never_a_command_for_tmux() -> None:
    assert window_name("#(touch /tmp/x)%H\x1b[2J moe: failed") == "! (touch /tmp/x)H\ufffd[2J m…"
