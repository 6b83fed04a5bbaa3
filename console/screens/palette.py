"""Every command by name in the palette, with its keys, and why it cannot be given now."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from rich.markup import escape
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.commands import Readiness
from console.core.format_text import text
from console.screens.training import TrainingScreen
from console.widgets.keyname import key_names

if TYPE_CHECKING:
    from console.commands import Availability, Command

HIDDEN = frozenset({"resume", "palette"})
"""Not commands of their own there."""


class Commands(Provider):
    """The rows of `commands.COMMANDS` for the palette of a training screen."""

    async def discover(self) -> Hits:
        for command, choice, act in self._all():
            name = _name(command)
            yield DiscoveryHit(Content(name), act, name, help=_help(command, choice))

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        for command, choice, act in self._all():
            score = matcher.match(_name(command))
            if score > 0:
                name = _name(command)
                yield Hit(score, matcher.highlight(name), act, name, help=_help(command, choice))

    def _all(self) -> Iterator[tuple[Command, Availability, partial[None]]]:
        screen = self.screen
        if not isinstance(screen, TrainingScreen):
            return
        choices = screen.ordering.choices(screen.session.link.state)
        for name, (command, choice) in choices.items():
            if name not in HIDDEN:
                yield command, choice, partial(screen.action_command, name)


def _name(command: Command) -> str:
    return f"{command.label}  {key_names(command)}".rstrip()


def _help(command: Command, choice: Availability) -> str:
    if choice.readiness is Readiness.READY:
        return command.help
    # The palette reads help as markup, and the reason may quote somebody else's words.
    return f"{command.help} — {choice.readiness}: {escape(text(choice.reason))}"
