"""The words in the border of the stream are for clicking."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.widgets import Input

from console.widgets.stream import Stream
from tests.widgets.stream_app import ListRows, StreamApp
from tests.widgets.test_stream import numbered, settle

SIZE = (160, 20)


def typing(app: StreamApp) -> bool:
    return isinstance(app.focused, Input)


@pytest.mark.parametrize(
    ("before", "word", "done"),
    [
        ((), "/ search", typing),
        ((), "& filter", typing),
        ((), "w wrap", lambda app: app.chosen[-1:] == [{"wrap": True}]),
        ((), "m mark", lambda app: bool(app.marked)),
        ((), "^L clear", lambda app: "cleared" in app.bottom()),
        (("ctrl+l",), "cleared", lambda app: "cleared" not in app.bottom()),
        ((), "x export", lambda app: app.commands == ["export"]),
        (("K", "K"), "below", lambda app: app.body()[-1] == "line 99"),
        ((), "● follow", lambda app: "○ follow" in app.bottom()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
async def test_every_word_that_can_be_clicked_acts(
    before: tuple[str, ...], word: str, done: Callable[[StreamApp], bool]
) -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press(*before)
        await settle(pilot)
        assert not done(app)
        await pilot.click(Stream, offset=(app.bottom().index(word), SIZE[1] - 1))
        await settle(pilot)
        assert done(app)
