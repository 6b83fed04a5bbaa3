"""What can be clicked: chips, tabs, keys, buttons."""

from __future__ import annotations

import pytest

from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_training import placed


async def click(look: Looking, y: int, text: str) -> None:
    """Clicks on a text in a row."""
    x = look.lines()[y].index(text)
    await look.pilot.click(offset=(x, y))
    await look.settle()


async def test_the_header_pauses() -> None:
    async with looking(states.training()) as look:
        await click(look, 0, "Pause")
        assert look.link.ordered == [("pause", {})]


@pytest.mark.parametrize(
    ("tab", "panel"),
    [("Charts", "loss"), ("Progress", "progress"), ("Control", "controls"), ("Config", "config"),
     ("Timeline", "timeline")],
)  # fmt: skip
async def test_a_tab_brings_its_panel(tab: str, panel: str) -> None:
    async with looking(states.training(), (80, 24)) as look:
        await click(look, 0, tab)
        assert panel in placed(look)
        await click(look, 0, "Log")
        assert "stream" in placed(look)


@pytest.mark.parametrize(("key", "cmd"), [("Save", "checkpoint"), ("Validate", "validate")])
async def test_the_keys_at_the_bottom_can_be_clicked(key: str, cmd: str) -> None:
    async with looking(states.training()) as look:
        await click(look, 39, key)
        assert look.link.ordered == [(cmd, {})]


async def test_the_most_useful_key_can_be_clicked() -> None:
    async with looking(states.paused()) as look:
        await click(look, 38, "[F2] Resume")
        assert look.link.ordered == [("resume", {})]


async def test_tooltips_name_the_key_and_the_reason() -> None:
    async with looking(states.bare()) as look:
        button = look.app.screen.query_one("#button-checkpoint")
        assert "F5" in str(button.tooltip)
        assert "needs the hook" in str(button.tooltip)
