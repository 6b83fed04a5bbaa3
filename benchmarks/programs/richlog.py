"""The peer: Textual's RichLog fed by a program's output, as most log screens are built."""

import asyncio
import sys

from rich.text import Text
from textual.app import App, ComposeResult
from textual.widgets import RichLog


class Plain(App[None]):
    def compose(self) -> ComposeResult:
        yield RichLog(wrap=False, auto_scroll=True)

    async def on_mount(self) -> None:
        self.run_worker(self.follow())

    async def follow(self) -> None:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*sys.argv[1:], stdout=pipe, limit=1 << 20)
        assert process.stdout is not None
        log, rest = self.query_one(RichLog), b""
        while data := await process.stdout.read(1 << 16):
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                log.write(Text.from_ansi(line.decode("utf-8", "replace")))
            await asyncio.sleep(0)


Plain().run()
