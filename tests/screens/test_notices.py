"""Short notices on the screen: told when it happens, not again, and never over something graver."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console.core.protocol import Evaluated, Saved
from console.core.reduce import reduce
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_alerts import begin, notices
from tests.states import M, T
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from console.core.state import RunState

SAVED = Saved(t=T, m=M, step=9000, path="/c", bytes=1_200_000_000, seconds=12.0)
SAID = "Checkpoint saved at step 9,000 · 1.2 GB · 12 s"


def save(state: RunState, second: float = 0.0, step: int = 9000) -> None:
    reduce(state, replace(SAVED, t=T + second, m=M + second, step=step))


async def news(look: Looking) -> list[tuple[str, str]]:
    await look.tell("timeline", "checkpoints")
    return notices(look)


async def test_what_happens_is_told_in_short_and_once() -> None:
    async with looking(states.training()) as look:
        assert notices(look) == []
        save(look.link.state)
        assert await news(look) == [("information", SAID)]
        assert SAID in look.text()
        look.app.clear_notifications()
        assert await news(look) == []


async def test_what_happened_before_somebody_came_is_not_told() -> None:
    state = states.training()
    save(state)
    async with looking(state) as look:
        assert notices(look) == []
        assert await news(look) == []


async def test_a_run_that_saves_each_second_is_told_of_twice_a_minute() -> None:
    async with looking(states.training()) as look:
        said = []
        for second in range(60):
            save(look.link.state, second)
            said += await news(look)
            look.app.clear_notifications()
        assert len(said) == 2
        assert said[1][1].endswith("(29 more before it)")


async def test_an_alert_is_not_covered_and_the_news_comes_after_it() -> None:
    async with looking(states.training()) as look:
        begin(look.link.state, "memory", "memory is 95 % full")
        save(look.link.state)
        await look.tell("alerts", "timeline")
        ((severity, said),) = notices(look)
        assert (severity, said) == ("warning", "▲ Memory is 95 % full.")
        look.app.clear_notifications()
        await wait_until_async(lambda: notices(look) == [("information", SAID)])


async def test_what_had_to_wait_for_too_long_is_no_news_any_more() -> None:
    async with looking(states.training()) as look:
        begin(look.link.state, "memory", "memory is 95 % full")
        save(look.link.state)
        await look.tell("alerts", "timeline")
        look.app.clear_notifications()
        look.link.state.timing.as_of = T + 61
        assert await news(look) == []


async def test_several_at_once_are_one_notice_and_foreign_text_is_text() -> None:
    async with looking(states.training()) as look:
        save(look.link.state)
        reduce(
            look.link.state,
            Evaluated(t=T, m=M, step=1, split="[b]\x1b]0;t\x07", values={"loss": 0.5}),
        )
        ((_, said),) = await news(look)
        assert said.splitlines()[0] == SAID
        assert said.splitlines()[1].startswith("[b]")
        assert "\x1b" not in said
