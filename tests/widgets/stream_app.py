"""An app with nothing but a stream, over rows in a list."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.widgets import Button

from console.core.state import RunState
from console.widgets import theme
from console.widgets.stream import Stream
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.core.sources import SearchPattern
    from console.widgets.chosen import Chosen


class ListRows:
    """Rows in a list; counts how often it is asked."""

    def __init__(self, rows: Sequence[str | bytes] = ()) -> None:
        self.all = [row.encode() if isinstance(row, str) else row for row in rows]
        self.moving: list[bytes] = []
        self.asked = 0

    def add(self, *rows: str) -> None:
        self.all += [row.encode() for row in rows]

    def count(self) -> int:
        return len(self.all)

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        self.asked += count
        return self.all[first : first + count]

    def live(self) -> Sequence[bytes]:
        return self.moving

    def find(self, pattern: SearchPattern, start: int, *, forward: bool) -> int | None:
        hits = self.matches(pattern, len(self.all))
        if forward:
            return next((row for row in hits if row >= start), None)
        return next((row for row in reversed(hits) if row <= start), None)

    def matches(self, pattern: SearchPattern, limit: int) -> Sequence[int]:
        source = pattern.text if pattern.regex else re.escape(pattern.text)
        flags = re.IGNORECASE if pattern.ignore_case else re.NOFLAG
        search = re.compile(source.encode(), flags).search
        return [number for number, row in enumerate(self.all) if search(row)][:limit]


class SlowRows(ListRows):
    """Rows that are searched in portions of ten."""

    def scan(self, pattern: SearchPattern, start: int = 0) -> Iterator[Sequence[int]]:
        hits = self.matches(pattern, len(self.all))
        for first in range(start, len(self.all), 10):
            yield [row for row in hits if first <= row < first + 10]


def state(**output: int) -> RunState:
    found = RunState()
    found.run.id = "20260101-120000-abcd"
    found.run.user, found.run.host, found.run.cwd = "ana", "gpu-1", "/home/ana/qwen"
    found.run.command = ("python", "train.py", "--config", "qwen_moe.yaml")
    for name, value in output.items():
        setattr(found.output, name, value)
    return found


class StreamApp(App[None]):
    """The stream fills the screen; a button below it can take the focus."""

    CSS = "Button { dock: bottom; height: 1; display: none; }"

    def __init__(self, rows: ListRows, classes: str = "") -> None:
        super().__init__()
        for each in theme.THEMES:
            self.register_theme(each)
        self.theme = theme.DEFAULT
        self.source = rows
        self.stream = Stream(id="stream", classes=classes)
        self.copied: list[Stream.Copied] = []
        self.exports: list[Stream.ExportRequested] = []
        self.commands: list[str] = []
        self.marked: list[tuple[int, bool]] = []
        self.chosen: list[dict[str, bool]] = []
        self.menus = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def compose(self) -> ComposeResult:
        yield self.stream
        yield Button("elsewhere")

    def on_mount(self) -> None:
        self.stream.show(state())
        self.stream.show_rows(self.source)
        self.stream.focus()

    def on_stream_copied(self, message: Stream.Copied) -> None:
        self.copied.append(message)

    def on_stream_export_requested(self, message: Stream.ExportRequested) -> None:
        self.exports.append(message)

    def on_chosen(self, message: Chosen) -> None:
        self.commands.append(message.command)

    def on_stream_marked(self, message: Stream.Marked) -> None:
        self.marked.append((message.row, message.is_set))

    def on_stream_chosen(self, message: Stream.Chosen) -> None:
        self.chosen.append(message.values)

    def on_stream_menu_requested(self) -> None:
        self.menus += 1

    def add(self, *rows: str) -> None:
        """New rows, as the app hears of them."""
        self.source.add(*rows)
        self.stream.show_rows(self.source)

    def screen_text(self) -> list[str]:
        """What stands on the terminal, row by row."""
        return [strip.text for strip in self.screen._compositor.render_strips()]

    def body(self) -> list[str]:
        """The lines inside the frame and its gutter, without blanks at their ends."""
        return [line[2:-2].strip() for line in self.screen_text()[1:-1]]

    def gutter(self) -> str:
        """The signs before the lines, one for each."""
        return "".join(line[1] for line in self.screen_text()[1:-1])

    def bottom(self) -> str:
        return self.screen_text()[-1]


async def settle(pilot: Pilot[None]) -> None:
    """Until the paced frame and what it set off are through."""
    stream = pilot.app.query_one(Stream)
    await wait_until_async(lambda: not stream._pace._armed, what="the paced frame")
    await pilot.pause()
