"""Alerts on the screen: told once and calmly, counted in the header, kept in the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.core.alarm import AlertBegan, AlertEnded
from console.core.reduce import reduce
from tests import states
from tests.screens.looking import Looking, looking
from tests.states import M, T

if TYPE_CHECKING:
    from console.core.state import RunState


def begin(state: RunState, name: str, text: str, second: float = 0.0, **fields: str) -> None:
    reduce(state, AlertBegan(t=T + second, m=M + second, id=name, rule=name, text=text, **fields))  # type: ignore[arg-type]


def end(state: RunState, name: str, text: str) -> None:
    reduce(state, AlertEnded(t=T + 20, m=M + 20, id=name, text=text))


def notices(look: Looking) -> list[tuple[str, str]]:
    return [(str(one.severity), str(one.message)) for one in look.app._notifications]


async def test_an_alert_is_told_once_counted_and_kept() -> None:
    async with looking(states.training(), (150, 50)) as look:
        state = look.link.state
        assert "▲" not in look.lines()[0]
        begin(state, "gpu_hot/1", "GPU 1 is at 84 °C, limit 80", advice="Check fans.")
        await look.tell("alerts", "timeline")
        ((severity, said),) = notices(look)
        assert (severity, said) == ("warning", "▲ GPU 1 is at 84 °C, limit 80.\nCheck fans.")
        assert "▲ 1" in look.lines()[0]
        assert "▲ GPU 1 is at 84 °C" in look.text()
        look.app.clear_notifications()
        await look.tell("alerts", "timeline")
        end(state, "gpu_hot/1", "GPU 1 is at 75 °C again")
        await look.tell("alerts", "timeline")
        assert notices(look) == []
        assert "▲" not in look.lines()[0]
        assert "△ GPU 1 is at 75 °C again" in look.text()


async def test_what_begins_together_is_one_notice_as_severe_as_the_worst() -> None:
    async with looking(states.training()) as look:
        state = look.link.state
        for number in range(4):
            begin(state, f"memory/{number}", f"memory {number} is full")
        begin(state, "gpu_lost", "GPU 0 is lost", severity="critical", then="stop", order="g-1")
        await look.tell("alerts", "timeline")
        ((severity, said),) = notices(look)
        assert severity == "error"
        assert said.splitlines()[-1] == "and 2 more: key 8"
        assert "▲ 5" in look.lines()[0]


async def test_a_notice_says_what_the_guard_does_and_shows_foreign_text_as_text() -> None:
    async with looking(states.training()) as look:
        begin(look.link.state, "x", "[b]odd\x1b]0;t\x07", then="stop", order="guard-1-x")
        await look.tell("alerts", "timeline")
        ((_, said),) = notices(look)
        assert said.startswith("▲ [b]odd")
        assert said.endswith("The guard orders: stop.")
        assert "\x1b" not in said


async def test_alerts_from_before_are_shown_and_not_told() -> None:
    state = states.training()
    begin(state, "memory", "memory is 95 % full")
    async with looking(state) as look:
        assert notices(look) == []
        assert "▲ 1" in look.lines()[0]


async def test_the_count_does_not_break_a_small_header() -> None:
    state = states.training()
    begin(state, "memory", "memory is 95 % full")
    for size in ((60, 16), (80, 24), (100, 30)):
        async with looking(state, size) as look:
            assert all(len(line) <= size[0] for line in look.lines())
            assert "▲ 1" in look.text()
