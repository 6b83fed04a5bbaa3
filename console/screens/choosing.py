"""The app's part in what a person chose: takes it at once, tells every screen, keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import Binding
from textual.command import CommandPalette
from textual.widgets import Input

from console.commands import BY_ID, COMMANDS, keymap
from console.core import settings as choices
from console.core.display import Display
from console.core.settings import Settings
from console.screens.messages import SettingsChanged
from console.screens.telling import Telling
from console.widgets import theme
from console.widgets.ascii import Ascii
from console.widgets.colourless import Colourless
from console.widgets.stylesheet import ParsedOnce

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual import events
    from textual.app import App
    from textual.binding import BindingType
    from textual.filter import LineFilter


class Choosing(Telling):
    """An app with settings.

    `keep(name=value, …)` keeps a changed one for the next start; it may raise OSError or
    RuntimeError with a reason. `display` is what this terminal can do, and what was asked for
    this start alone.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(",".join(BY_ID["palette"].keys), "command_palette", show=False, priority=True,
                id="palette"),
    ]  # fmt: skip

    def __init__(
        self,
        settings: Settings | None,
        keep: Callable[..., object] | None,
        display: Display | None = None,
        problems: Sequence[str] = (),
    ) -> None:
        super().__init__()
        self.problems = tuple(problems)
        """What is wrong with the file of settings."""
        self.settings, self._keep = settings or Settings(), keep
        self.display_facts = display or Display(colourless=self.no_color)
        self.no_color = self.display_facts.colourless
        self.refused: list[keymap.Refused] = []
        """Entries of the keymap that are not used."""
        self.chosen_lately: list[str] = []
        """What was chosen in the palette, the latest first."""
        self._probing = False
        """Whether the answer to PROBE is awaited."""
        self._ascii, self._colourless = Ascii(), Colourless()
        self._usual_motion = self.animation_level
        for item in theme.THEMES:
            self.register_theme(item)
        keymap.forget_reports()
        if self.display_facts.modifiers:
            keymap.reports("ctrl+shift")
        self._apply()
        self.stylesheet = ParsedOnce(variables=self.get_css_variables())

    def on_cursor_position(self, event: events.CursorPosition) -> None:
        """The answer to PROBE. Where such signs take two cells, no frame would hold."""
        asked, self._probing = self._probing, False
        if asked and event.x > 1:
            self.display_facts = replace(self.display_facts, needs_ascii=True)
            self._draw_anew()

    def on_mount(self) -> None:
        """Tells what could not be taken of what was chosen."""
        if self._driver is not None and not self.is_headless and not self.is_ascii:
            self._probing = True
            self._driver.write(PROBE)
        if said := self.wrong():
            self.notify("\n".join(said[:MOST_TOLD]), severity="warning", timeout=20.0, markup=False)

    def wrong(self) -> list[str]:
        """What could not be taken of what was chosen, a sentence each."""
        found = [*self.problems, *(f"keymap: {one.command}: {one.reason}" for one in self.refused)]
        if self.settings.theme and self.settings.theme not in self.available_themes:
            found.append(f"there is no theme {self.settings.theme!r}; this is {self.theme}")
        return found

    @property
    def is_ascii(self) -> bool:
        """Whether nothing but ASCII is drawn."""
        return self.display_facts.is_ascii(self.settings.ascii)

    def action_command_palette(self) -> None:
        """One palette, whatever lies over it or is on its way out. Textual gives it an id that the
        next one must not have, and ends when one is opened while another is still there."""
        if not any(isinstance(screen, CommandPalette) for screen in self.screen_stack):
            self.push_screen(CommandPalette())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is drawn goes through these; without colours nothing of Textual's is needed."""
        found = [self._colourless] if self.no_color else [*super().get_line_filters()]
        return [self._ascii, *found] if self.is_ascii else found

    def change_settings(self, **values: Any) -> None:
        """Takes other settings at once, and keeps them for the next start.

        Raises what `core.settings.changed` does.
        """
        self.settings = choices.changed(self.settings, **values)
        self._apply()
        for screen in self.screen_stack:
            screen.post_message(SettingsChanged(self.settings))
        if values.keys() & LOOKS:
            self._draw_anew()
        try:
            if self._keep is not None:
                self._keep(**values)
        except (OSError, RuntimeError) as error:
            said = f"this is not kept for the next start: {error}"
            self.notify(said, severity="warning", markup=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where any key is the answer, none of the app's acts."""
        if getattr(self.screen, "takes_all_keys", False):
            return False
        return super().check_action(action, parameters)

    def key_reported(self, key: str) -> None:
        """A key came: some say what this terminal can tell apart."""
        if key.startswith("ctrl+shift+"):
            keymap.reports("ctrl+shift")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """A field that is typed into does not blink where nothing is to move."""
        if isinstance(event.widget, Input):
            event.widget.cursor_blink = not self.settings.reduced_motion

    def _apply(self) -> None:
        wanted = self.display_facts.theme or self.settings.theme
        self.theme = wanted if wanted in self.available_themes else theme.DEFAULT
        self.animation_level = "none" if self.settings.reduced_motion else self._usual_motion
        chosen, self.refused = keymap.read(self.settings.keymap, COMMANDS)
        keymap.use(chosen)
        self.set_keymap(keymap.textual_keymap(COMMANDS))

    def _draw_anew(self) -> None:
        """Everything is drawn again: keys have other names, or characters another form."""
        for screen in self.screen_stack:
            for widget in screen.walk_children(with_self=True):
                renew = getattr(widget, "keys_changed", None)
                if renew is not None:
                    renew()
                widget.refresh(layout=True)


PROBE = "\x1b7\x1b[1;1H\u2500\x1b[6n\x1b8"
"""Draws a sign of a frame where the first paint comes, and asks for the cursor: how many cells did
the terminal give it?"""


def settings_of(app: App[Any]) -> Settings:
    """The settings of an app, the defaults where it has none."""
    return app.settings if isinstance(app, Choosing) else Settings()


MOST_TOLD = 4
"""Mistakes in one notice; the settings list all."""

LOOKS = frozenset({"ascii", "keymap"})
"""Settings that change what every widget looks like; a theme tells them itself."""
