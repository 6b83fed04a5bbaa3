"""The menu over a screen."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App

from console.screens.menu import Entry, Menu

ENTRIES = (
    Entry("copy", "Copy", "y"),
    Entry("fold", "Fold", "f", reason="no traceback is here"),
    Entry("export", "Export\x1b[31m as a file"),
    Entry("out", "Zoom out", "−"),
    Entry("open", "Log line", "Enter"),
)


class Asking(App[None]):
    """Asks once."""

    answers: list[str | None]

    def on_mount(self) -> None:
        self.answers = []
        self.push_screen(Menu("LINE 3", ENTRIES), self.answers.append)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["enter"], "copy"),
        (["down", "enter"], "export"),
        (["y"], "copy"),
        (["minus"], "out"),
        (["escape"], None),
        (["q"], None),
        (["f", "escape"], None),
    ],
)
async def test_keys(keys: list[str], answer: str | None) -> None:
    async with Asking().run_test() as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()
        app: Any = pilot.app
        assert app.answers == [answer]


async def test_a_click_chooses_and_one_beside_closes() -> None:
    for place, answer in (((0, 0), None),):
        async with Asking().run_test(size=(80, 24)) as pilot:
            await pilot.pause()
            await pilot.click(offset=place)
            await pilot.pause()
            app: Any = pilot.app
            assert app.answers == [answer]


async def test_what_cannot_be_chosen_says_why() -> None:
    async with Asking().run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        picture = pilot.app.export_screenshot()
        assert "no&#160;traceback&#160;is&#160;here" in picture
        assert "\x1b" not in picture
