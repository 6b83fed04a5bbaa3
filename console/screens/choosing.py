"""The app's part in what a person chose: takes it at once, tells every screen, keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from textual.app import App

from console.core import settings as choices
from console.core.settings import Settings
from console.screens.messages import SettingsChanged
from console.widgets import theme

if TYPE_CHECKING:
    from collections.abc import Callable


class Choosing(App[str]):
    """An app with settings.

    `keep(name=value, …)` keeps a changed one for the next start; it may raise OSError or
    RuntimeError with a reason.
    """

    def __init__(self, settings: Settings | None, keep: Callable[..., object] | None) -> None:
        super().__init__()
        self.settings, self._keep = settings or Settings(), keep
        for item in theme.THEMES:
            self.register_theme(item)
        self._apply()

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def change_settings(self, **values: Any) -> None:
        """Takes other settings at once, and keeps them for the next start.

        Raises what `core.settings.changed` does.
        """
        self.settings = choices.changed(self.settings, **values)
        self._apply()
        for screen in self.screen_stack:
            screen.post_message(SettingsChanged(self.settings))
        try:
            if self._keep is not None:
                self._keep(**values)
        except (OSError, RuntimeError) as error:
            said = f"this is not kept for the next start: {error}"
            self.notify(said, severity="warning", markup=False)

    def _apply(self) -> None:
        wanted = self.settings.theme
        self.theme = wanted if wanted in self.available_themes else theme.DEFAULT
