"""The first line: what it tells where there is little room."""

from __future__ import annotations

import pytest

from console.core.settings import Settings
from tests import states
from tests.screens.looking import looking


@pytest.mark.parametrize("name", ["a-run-with-quite-a-long-name", "漢字の名前をもつ長い実験"])
async def test_the_name_gives_way_to_how_the_run_is(name: str) -> None:
    state = states.training()
    state.run.name = name
    async with looking(state, (80, 24), settings=Settings(slow_link=2000)) as look:
        first = look.lines()[0]
        assert "● TRAINING" in first
        assert "slow link" in first
        assert first.startswith(f" {name[:3]}")
        assert "…" in first


async def test_a_name_that_fits_is_whole() -> None:
    async with looking(states.training(), (120, 40)) as look:
        assert look.link.state.run.name in look.lines()[0]
        assert "…" not in look.lines()[0]
