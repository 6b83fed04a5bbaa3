"""The loss is the same number everywhere, although its curve is rebuilt less often."""

from __future__ import annotations

from console.screens.steady import Steady
from tests import states
from tests.screens.looking import looking
from tests.sessions import ListSeries


class Growing(ListSeries):
    """A series of which every look finds a newer version."""

    def __init__(self) -> None:
        super().__init__()
        self.looks = 0

    def version(self) -> int:
        self.looks += 1
        return self.looks


def test_a_version_stays_for_its_time() -> None:
    now = [0.0]
    steady = Steady(Growing(), 2.0, lambda: now[0])
    seen = []
    for now[0] in (0.0, 0.5, 1.9, 2.0, 2.1, 4.5):
        seen.append(steady.version())
    assert seen == [1, 1, 1, 2, 2, 3]


async def test_status_bar_and_chart_tell_the_same_loss() -> None:
    async with looking(states.training(), intervals=True) as look:
        for value in (0.0111, 0.0222, 0.0333):
            look.link.state.metrics["loss"].value = value
            look.screen._second()
            await look.pilot.pause()
            lines = look.lines()
            border = next(line for line in lines if "1 LOSS" in line)
            assert str(value) in border
            assert f"Loss {value}" in lines[-2]
