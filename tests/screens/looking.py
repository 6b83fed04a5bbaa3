"""Opening the console on an example, and reading what stands on it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.app import ConsoleApp
from console.core.state import RunState
from console.screens.training import TrainingScreen
from tests.sessions import FakeLink, Update, session_of
from tests.states import NOW
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.screens.session import House, Session
    from console.widgets.moment import Now


async def settled(pilot: Pilot[Any]) -> None:
    """Waits until the charts have come and everything that is due was drawn."""

    def drawn() -> bool:
        screens = [s for s in pilot.app.screen_stack if isinstance(s, TrainingScreen)]
        painters = [screen.painter for screen in screens]
        return all("loss" in painter.parts and painter.next() is None for painter in painters)

    await pilot.pause()
    await wait_until_async(drawn, what="all drawn")
    await pilot.pause()


@dataclass
class Looking:
    """A console under test; `now` is the moment it believes it is."""

    app: ConsoleApp
    pilot: Pilot[Any]
    now: Now = NOW

    @property
    def link(self) -> FakeLink:
        assert self.app.session is not None
        link = self.app.session.link
        assert isinstance(link, FakeLink)
        return link

    @property
    def screen(self) -> TrainingScreen:
        return next(s for s in self.app.screen_stack if isinstance(s, TrainingScreen))

    def lines(self) -> list[str]:
        """What stands on the screen, a string a row."""
        strips = self.app.screen._compositor.render_strips()
        return ["".join(segment.text for segment in strip).rstrip() for strip in strips]

    def text(self) -> str:
        return "\n".join(self.lines())

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.settle()

    async def settle(self) -> None:
        """Waits until everything that is due was drawn."""
        await settled(self.pilot)

    async def tell(self, *groups: str, **changes: Any) -> None:
        """The run changed in these groups."""
        update = Update(frozenset(groups), **changes)
        self.link.queue.put_nowait(update)
        await self.pilot.pause()
        await self.settle()

    async def see(self, text: str) -> None:
        """Waits until `text` stands on the screen."""
        try:
            await wait_until_async(lambda: text in self.text(), timeout=5.0)
        except TimeoutError:
            raise AssertionError(f"no {text!r} in\n{self.text()}") from None


@asynccontextmanager
async def looking(
    example: RunState | Session | None,
    size: tuple[int, int] = (120, 40),
    *,
    house: House | None = None,
    **options: Any,
) -> AsyncIterator[Looking]:
    """The console on a run, of a terminal of so many columns and rows."""
    session = session_of(example) if isinstance(example, RunState) else example
    held: list[Looking] = []
    options.setdefault("intervals", False)
    app = ConsoleApp(session, house, clock=lambda: held[0].now if held else NOW, **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        held.append(Looking(app, pilot))
        if session is not None:
            await held[0].settle()
        yield held[0]
