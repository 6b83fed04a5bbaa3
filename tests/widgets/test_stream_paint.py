"""When and what the stream paints: at once, not too often, only what changed, and rightly."""

from __future__ import annotations

import random
import re
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pyte
import pytest
from rich.console import Console
from textual._compositor import CompositorUpdate
from textual.containers import Horizontal
from textual.widgets import Static

from console.widgets.stream_paint import FRAME_SECONDS
from tests.widgets.stream_app import ListRows, StreamApp, settle

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Region
    from textual.screen import Screen

    from console.widgets.stream import Stream

SIZE = (70, 16)


class TerminalApp(StreamApp):
    """What it displays goes to a terminal in memory."""

    def __init__(self, rows: ListRows, classes: str = "") -> None:
        super().__init__(rows, classes)
        self.terminal = pyte.Screen(*SIZE)
        self.bytes = pyte.ByteStream(self.terminal)
        self.written: list[bytes] = []
        self.shifts = 0

    def _display(self, screen: Screen[Any], renderable: Any) -> None:
        if isinstance(renderable, CompositorUpdate):
            data = renderable.render_segments(self.console).encode()
            self.shifts += bool(re.match(rb"\x1b\[\d+;\d+r", data))
            self.written.append(data)
            self.bytes.feed(data.replace(b"\n", b"\r\n"))
        elif renderable is not None:
            console = Console(width=SIZE[0], force_terminal=True)
            with console.capture() as captured:
                console.print(renderable, end="")
            self.bytes.feed(captured.get().encode())
        super()._display(screen, renderable)

    def is_true(self) -> bool:
        """Whether the terminal shows what the program believes it shows."""
        return [row.rstrip() for row in self.terminal.display] == [
            row.rstrip() for row in self.screen_text()
        ]


class SidedApp(TerminalApp):
    """The stream is only a part of the width."""

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield self.stream
            yield Static("side\n" * 20)


def mixed(count: int, seed: int = 1) -> list[str]:
    chance = random.Random(seed)
    return [
        chance.choice(
            ("Epoch 1 | Batch {} | Loss: 0.1", "Throughput: {} tokens/s", "[WARN] {}")
        ).format(number)
        for number in range(count)
    ]


async def test_a_first_row_after_a_pause_is_painted_at_once() -> None:
    app = TerminalApp(ListRows())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.stream._pace._next = -1.0
        app.written.clear()
        app.add("here it is")
        assert b"here it is" in b"".join(app.written)


async def test_many_rows_are_few_frames() -> None:
    app = TerminalApp(ListRows())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        now, app.stream._pace._next = 1000.0, -1.0
        app.stream._pace._clock = lambda: now  # type: ignore[method-assign]
        timers: list[float] = []

        def later(delay: float, callback: Any) -> SimpleNamespace:
            timers.append(delay)
            return SimpleNamespace()

        app.stream.set_timer = later  # type: ignore[assignment,method-assign]
        app.written.clear()
        for number in range(100):
            app.add(f"row {number}")
            now += FRAME_SECONDS / 1000
        assert len(app.written) == 1
        assert len(timers) == 1
        assert 0 < timers[0] <= FRAME_SECONDS
        now += FRAME_SECONDS
        app.stream._pace._late()
        assert len(app.written) == 2
        assert "row 99" in "\n".join(app.screen_text())


async def test_while_the_terminal_is_behind_no_frame_is_added(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = TerminalApp(ListRows())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.stream._pace._next = -1.0
        busy = True
        monkeypatch.setattr("console.widgets.stream_paint.is_busy", lambda _widget: busy)
        app.written.clear()
        app.add("later")
        assert app.written == []
        busy = False
        await settle(pilot)
        assert b"later" in b"".join(app.written)


async def test_an_append_lays_nothing_out_and_draws_only_what_changed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = StreamApp(ListRows(["line 0", "line 1"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        layouts = 0
        painted: list[Region] = []

        def laid_out(*_args: object, **_kwargs: object) -> None:
            nonlocal layouts
            layouts += 1

        def refreshed(*regions: Region, **_kwargs: object) -> Stream:
            painted.extend(regions)
            return app.stream

        monkeypatch.setattr(app.screen, "_refresh_layout", laid_out)
        monkeypatch.setattr(app.stream, "refresh", refreshed)
        app.add("line 2")
        await settle(pilot)
        assert layouts == 0
        assert {region.y for region in painted} == {0, 4}
        row = next(region for region in painted if region.y == 4)
        assert row.width == len("line 2")
        painted.clear()
        app.stream.show_rows(app.source)
        await settle(pilot)
        assert painted == []


async def test_an_append_asks_only_for_the_rows_in_view() -> None:
    source = ListRows(mixed(100_000))
    app = StreamApp(source)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        source.asked = 0
        app.add("one more")
        await settle(pilot)
        assert source.asked <= 2 * SIZE[1]


@pytest.mark.parametrize("classes", ["", "-bare"])
@pytest.mark.parametrize("app_class", [TerminalApp, SidedApp])
async def test_the_terminal_always_shows_what_the_program_believes(
    app_class: type[TerminalApp], classes: str
) -> None:
    app = app_class(ListRows(mixed(200)), classes)
    chance = random.Random(7)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert app.is_true()
        for step in range(60):
            if chance.random() < 0.5:
                app.add(*mixed(chance.choice((1, 1, 2, 5, 30)), step))
            else:
                keys = ("up", "down", "pageup", "J", "K", "end", "f", "w", "space", "escape")
                await pilot.press(chance.choice(keys))
            if chance.random() < 0.2:
                app.source.moving = [b"%d %%" % step] * chance.randrange(3)
                app.stream.show_rows(app.source)
            await settle(pilot)
            assert app.is_true(), step
        assert (app.shifts > 5) == (app_class is TerminalApp)


async def test_a_scrolled_row_costs_little_more_than_itself() -> None:
    app = TerminalApp(ListRows(mixed(200)))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.written.clear()
        app.add("Epoch 1 | Batch 7 | Loss: 0.2")
        await settle(pilot)
        assert app.shifts == 1
        assert sum(map(len, app.written)) < 400


async def test_rows_are_not_moved_under_what_lies_upon_them() -> None:
    app = TerminalApp(ListRows(mixed(200)))
    async with app.run_test(size=SIZE, notifications=True) as pilot:
        await settle(pilot)
        app.notify("a notice over the stream", timeout=60)
        await pilot.pause(0.1)
        before = app.shifts
        app.add("one more")
        await settle(pilot)
        assert app.shifts == before
        assert app.is_true()
