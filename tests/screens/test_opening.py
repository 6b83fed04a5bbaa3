"""Opening a run: its newest rows are seen before anything of it is connected."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from console.app import ConsoleApp
from console.core.sources import Glimpse, RowSource
from console.screens import opening
from console.screens.arrangement import View
from console.screens.messages import Attach
from console.screens.session import House, Session
from tests import states
from tests.sessions import FakeLink, ListRows, Update, session_of
from tests.waiting import wait_until_async

RUN = "20260427-140312-7f3a"
ROWS = [b"step %d" % number for number in range(500)]


@dataclass
class Door:
    """Notes what stands on the screen when the run is connected."""

    newest: RowSource | None
    app: ConsoleApp | None = None
    seen: list[str] = field(default_factory=list)
    asked: list[tuple[str, int]] = field(default_factory=list)

    def glimpse(self, run: str, count: int) -> RowSource | None:
        self.asked.append((run, count))
        return self.newest

    def connect(self, _run: str) -> Session:
        assert self.app is not None
        strips = self.app.screen._compositor.render_strips()
        self.seen = ["".join(segment.text for segment in strip).rstrip() for strip in strips]
        return session_of(states.training(), rows=ListRows(ROWS))


async def opened(door: Door, size: tuple[int, int], **options: Any) -> tuple[list[str], list[str]]:
    """What was seen at first, and what is seen of the run when all is there."""
    house = House(runs=tuple, connect=door.connect, glimpse=door.glimpse)
    door.app = app = ConsoleApp(None, house, run=RUN, intervals=False, **options)
    async with app.run_test(size=size) as pilot:
        await wait_until_async(lambda: "TrainingScreen" in repr(app.screen), what="the run")
        await pilot.pause()
        await wait_until_async(lambda: "loss" in app.screen.painter.parts, what="charts")  # type: ignore[attr-defined]
        await pilot.pause()
        strips = app.screen._compositor.render_strips()
        return door.seen, ["".join(s.text for s in strip).rstrip() for strip in strips]


def places(lines: list[str]) -> dict[int, int]:
    """On which line of the screen each row stands."""
    found = ((y, re.search(r"step (\d+)", line)) for y, line in enumerate(lines))
    return {int(row[1]): y for y, row in found if row}


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (100, 30), (80, 24), (40, 10)])
async def test_the_newest_rows_stand_where_they_will_stand(size: tuple[int, int]) -> None:
    door = Door(Glimpse(400, ROWS[400:]))
    first, then = await opened(door, size)
    placed, later = places(first), places(then)
    assert 499 in placed
    assert {row: y for row, y in later.items() if row in placed} == placed
    assert door.asked == [(RUN, size[1])]


async def test_nothing_is_told_that_nobody_knows_yet() -> None:
    first, _then = await opened(Door(Glimpse(400, ROWS[400:])), (120, 40))
    text = "\n".join(first)
    assert f"opening {RUN}" in text
    assert "500 lines" in text
    assert not any(word in text for word in ("error", "✗", "follow", "search", "LOSS", "F2"))


async def test_without_rows_it_says_that_it_opens() -> None:
    first, then = await opened(Door(None), (120, 40))
    assert f"opening {RUN}" in first[0]
    assert not "".join(first[1:])
    assert any("step 499" in line for line in then)


async def test_with_another_panel_in_front_there_is_no_log_to_be_seen() -> None:
    door = Door(Glimpse(400, ROWS[400:]))
    first, _then = await opened(door, (80, 24), view=View(panel="loss"))
    assert "opening" in first[0]
    assert "step" not in "".join(first)


def test_a_glimpse_has_only_its_rows() -> None:
    source = Glimpse(10, [b"a", b"b", b"c"])
    assert source.count() == 13
    assert source.rows(11, 5) == [b"b", b"c"]
    assert source.rows(0, 12) == [b"a", b"b"]
    assert source.rows(0, 5) == []
    assert source.rows(13, 5) == []
    assert source.live() == ()


class Silent(FakeLink):
    """A connection that says nothing until it is let."""

    async def updates(self) -> AsyncIterator[Update]:  # type: ignore[override]
        while (update := await self.queue.get()) is not None:
            yield update


async def test_what_nobody_told_is_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "PATIENCE_SECONDS", 0.05)
    link = Silent(states.training())
    session = replace(session_of(states.training(), rows=ListRows(ROWS)), link=link)
    house = House(runs=tuple, connect=lambda _run: session, glimpse=lambda *_: Glimpse(400, ROWS))
    app = ConsoleApp(None, house, run=RUN, intervals=False)
    async with app.run_test(size=(120, 40)) as pilot:

        def shown() -> str:
            strips = app.screen._compositor.render_strips()
            return "\n".join("".join(s.text for s in strip) for strip in strips)

        await wait_until_async(lambda: "it has not answered yet" in shown(), what="it is said")
        assert isinstance(app.screen, opening.Opening)
        assert "STARTING" not in shown()
        link.queue.put_nowait(Update(frozenset()))  # a word, but none about the run
        await pilot.pause()
        assert isinstance(app.screen, opening.Opening)
        link.queue.put_nowait(Update())
        await wait_until_async(lambda: "● TRAINING" in shown(), what="the run")


async def test_while_it_opens_q_leaves_and_says_how_to_come_back() -> None:
    link = Silent(states.training())
    session = replace(session_of(states.training()), link=link)
    app = ConsoleApp(None, House(runs=tuple, connect=lambda _run: session), run=RUN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("q")
    assert app.return_value == f"training goes on: gladius-console attach {RUN}"


async def test_from_the_overview_another_run_is_opened_the_same_way() -> None:
    door = Door(Glimpse(400, ROWS[400:]))
    house = House(runs=tuple, connect=door.connect, glimpse=door.glimpse)
    door.app = app = ConsoleApp(None, house, intervals=False)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        for run in ("first", "second"):
            app.post_message(Attach(run))
            await wait_until_async(lambda: "TrainingScreen" in repr(app.screen), what="the run")
            assert len(app.screen_stack) == 2
            await pilot.pause()
    assert [run for run, _ in door.asked] == ["first", "second"]


async def test_keys_typed_before_the_run_is_there_arrive_in_their_order() -> None:
    link = Silent(states.training())
    session = replace(session_of(states.training(), rows=ListRows(ROWS)), link=link)
    app = ConsoleApp(None, House(runs=tuple, connect=lambda _run: session), run=RUN)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        await pilot.press("f5", "slash", *"step 49")
        assert isinstance(app.screen, opening.Opening)
        link.queue.put_nowait(Update())
        await wait_until_async(lambda: bool(link.ordered), what="the order")

        def shown() -> str:
            strips = app.screen._compositor.render_strips()
            return "\n".join("".join(s.text for s in strip) for strip in strips)

        await wait_until_async(lambda: "/ step 49" in shown(), what="the search")
    assert link.ordered == [("checkpoint", {})]
