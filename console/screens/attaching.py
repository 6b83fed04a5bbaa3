"""The app's part in showing a run: opens it, and shows it as soon as something is known of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from console.core.format_text import text
from console.screens.arrangement import View, view_of
from console.screens.choosing import Choosing
from console.screens.typed import TypedAhead

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events

    from console.screens.messages import Attach
    from console.screens.opening import Opening
    from console.screens.session import House, Session
    from console.screens.training import TrainingScreen
    from console.widgets.moment import Now


class Attaching(Choosing):
    """An app that shows one run at a time."""

    session: Session | None
    house: House | None
    clock: Callable[[], Now]
    view: View | None
    """The arrangement of every run; None: as it was kept."""
    run_asked: str | None
    """The run this start is for."""
    intervals: bool

    def training_screen(self, session: Session) -> TrainingScreen:
        """A screen for what is known of a run."""
        from console.screens.training import TrainingScreen

        clock = (lambda: self.clock()._replace(m=None)) if session.foreign else self.clock
        return TrainingScreen(session, clock, self._arranged(), intervals=self.intervals)

    def opening_screen(self, run: str, *, asks: bool) -> Opening:
        """What is shown until then."""
        from console.screens.opening import Opening

        glimpse = self.house.glimpse if self.house is not None else None
        return Opening(run, self._arranged(), glimpse, asks=asks)

    def _arranged(self) -> View:
        return self.view or view_of(self.settings.view)

    async def on_attach(self, message: Attach) -> None:
        """Another run is to be shown."""
        assert self.house is not None
        try:
            session = self.house.connect(message.run)
        except (OSError, RuntimeError, LookupError) as error:
            self._not_shown(message.run, error)
            return
        self.session = session
        while len(self.screen_stack) > 1:
            await self.pop_screen()
        if getattr(self.screen, "run", None) != message.run:
            await self.push_screen(self.opening_screen(message.run, asks=False))
        self.follow(session)

    @work(group="run", exclusive=True)
    async def follow(self, session: Session, screen: TrainingScreen | None = None) -> None:
        """Shows what the connection tells, as long as it does; before that, nothing is known."""
        try:
            async for update in session.link.updates():
                session.tell()
                if screen is None:
                    if update.groups or session.link.final:
                        screen = self.training_screen(session)
                        await self._uncover(screen)
                    continue
                if update.connection:
                    screen.connection_changed()
                screen.show(update.groups, rows=update.rows or update.live)
            if screen is not None:
                screen.connection_changed()
        finally:
            session.close()

    async def _uncover(self, screen: TrainingScreen) -> None:
        """In place of what was shown until now, or over the first screen there was; it gets
        the keys that were typed meanwhile."""
        if isinstance(before := getattr(self.screen, "typed", None), TypedAhead):
            screen.typed.hold(before.waiting)
        if len(self.screen_stack) > 1:
            await self.switch_screen(screen)
        else:
            await self.push_screen(screen)

    def hold_back_typed(self, event: events.Key) -> None:
        """A key waits behind those that wait for the run to be there."""
        typed = getattr(self.screen, "typed", None)
        if isinstance(typed, TypedAhead) and typed.is_behind(event):
            event.prevent_default()

    def _not_shown(self, run: str, error: Exception) -> None:
        if run == self.run_asked and self.session is None:
            self.exit(f"{run} cannot be shown: {text(error)}", return_code=1)
        else:
            self.notify(str(error), severity="error", markup=False)
