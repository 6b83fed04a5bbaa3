"""The console: joins a run's connection and the screens. No logic of its own.

`ConsoleApp(session, house).run()` returns what the command line prints after leaving, or None.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.app import App

from console.screens.arrangement import View
from console.screens.training import TrainingScreen
from console.widgets import moment, theme

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.screen import Screen

    from console.screens.session import House, Session
    from console.widgets.moment import Now


class ConsoleApp(App[str]):
    """The full-screen console."""

    TITLE = "gladius-console"
    CSS_PATH: ClassVar = "console.tcss"
    COMMAND_PALETTE_BINDING = "ctrl+k"

    def __init__(
        self,
        session: Session | None,
        house: House | None = None,
        *,
        clock: Callable[[], Now] = moment.read,
        view: View | None = None,
        intervals: bool = True,
        colours: str = theme.DEFAULT,
    ) -> None:
        super().__init__()
        self._session, self._house = session, house
        self._clock, self._intervals = clock, intervals
        self._view = view or View()
        for item in theme.THEMES:
            self.register_theme(item)
        self.theme = colours

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def get_default_screen(self) -> Screen[object]:
        assert self._session
        return TrainingScreen(self._session, self._clock, self._view, intervals=self._intervals)
