"""The palette: everything that can be done by name, the likely first.

What stands there comes from SOURCES: functions that give `Item`s for a screen and what was typed,
best first. To add
a kind (metrics, bookmarks, …): a function and its row. What was chosen lately comes before all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from console.commands import Readiness, Scope
from console.core.format_text import text
from console.core.format_time import ago
from console.screens import chosen
from console.screens.messages import Attach
from console.screens.training import TrainingScreen
from console.widgets.keyname import key_names
from console.widgets.stream_text import plain_text

if TYPE_CHECKING:
    from textual.fuzzy import Matcher
    from textual.screen import Screen

    from console.commands import Availability, Command
    from console.screens.session import House, RunLine

HIDDEN = frozenset({"resume", "palette"})
"""Not commands of their own there."""

BY_HELP = 0.4
"""What a word in the help counts, beside one in the name."""

LATELY, READY = 1.2, 1.05
"""What is likely counts more, so that it comes first among what fits as well."""

PLACES = {Scope.STREAM: "log", Scope.CHART: "chart", Scope.TIMELINE: "timeline"}
"""Where a command acts: several panels have one of the same name."""

MOST_RECENT = 6
MOST_LISTED = 50
"""Of bookmarks."""
MATCH = "bold underline"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that can be chosen."""

    id: str
    name: str
    help: str
    act: Callable[[], object]
    keys: str = ""
    ready: bool = True


def commands(screen: Screen[Any], typed: str) -> Iterator[Item]:  # noqa: ARG001
    """What can be done with the run; what cannot now comes last, with the reason."""
    if not isinstance(screen, TrainingScreen):
        return
    choices = screen.ordering.choices(screen.session.link.state)
    found = [_command(screen, name, *choices[name]) for name in choices if name not in HIDDEN]
    yield from sorted(found, key=lambda item: not item.ready)


def _command(screen: TrainingScreen, name: str, command: Command, choice: Availability) -> Item:
    ready = choice.readiness is Readiness.READY
    why = "" if ready else f" — {choice.readiness}: {text(choice.reason)}"
    act = partial(screen.action_command, name)
    where = f" ({PLACES[command.scope]})" if command.scope in PLACES else ""
    said = f"{command.help}{where}{why}"
    return Item(name, command.label, said, act, key_names(command), ready)


def settings(screen: Screen[Any], typed: str) -> Iterator[Item]:  # noqa: ARG001
    """The settings where no run is looked at."""
    if not isinstance(screen, TrainingScreen):
        yield Item("settings", "Settings", "Theme, keys, and how all is shown",
                   partial(chosen.change, screen, None))  # fmt: skip
    yield Item("keys", "Keys", "Which key does what", partial(chosen.change_keys, screen))


def runs(screen: Screen[Any], typed: str) -> Iterator[Item]:  # noqa: ARG001
    """The other runs, alive first."""
    house = house_of(screen)
    here = screen.session.link.state.run.id if isinstance(screen, TrainingScreen) else ""
    found = [] if house is None else [run for run in house.runs() if run.id != here]
    found.sort(key=lambda run: run.id, reverse=True)
    for run in sorted(found, key=lambda run: not run.alive):
        act = partial(screen.post_message, Attach(run.id))
        yield Item(f"run {run.id}", f"Run {text(run.name)}", _told(run), act)


def _told(run: RunLine) -> str:
    age = f", last step {ago(run.step_age)}" if run.step_age is not None else ""
    return f"look at {run.id}: {run.status}{age}"


def presets(screen: Screen[Any], typed: str) -> Iterator[Item]:  # noqa: ARG001
    """What can be started: presets and configuration files near by."""
    house = house_of(screen)
    if house is None or house.start is None:
        return
    from console.screens import start

    for path in house.candidates():
        act = partial(start.ask, screen, house, path)
        yield Item(f"start {path}", f"Start {text(path)}", "a new run, checked before", act)


def bookmarks(screen: Screen[Any], typed: str) -> Iterator[Item]:  # noqa: ARG001
    """The bookmarks of the stream."""
    if not isinstance(screen, TrainingScreen):
        return
    stream = screen.stream()
    for row in stream.canvas.marks.rows[:MOST_LISTED]:
        found = screen.session.rows.rows(row, 1)
        said = plain_text(found[0]) if found else ""
        act = partial(_go_to, screen, row)
        yield Item(f"bookmark {row}", f"Bookmark {row + 1:,}", text(said), act)


def _go_to(screen: TrainingScreen, row: int) -> None:
    if screen.stream() is not screen.focused:
        screen.look(replace(screen.body.view, panel="stream"))
    screen.stream().go_to(row)


SOURCES: tuple[Callable[[Screen[Any], str], Iterator[Item]], ...] = (
    commands,
    settings,
    bookmarks,
    runs,
    presets,
)


def house_of(screen: Screen[Any]) -> House | None:
    """The house the app stands in."""
    found: House | None = getattr(screen.app, "house", None)
    return found


class Commands(Provider):
    """All SOURCES for the palette of Textual."""

    async def discover(self) -> Hits:
        items, lately = [*self._items("")], self._lately()
        items.sort(key=lambda item: lately.index(item.id) if item.id in lately else len(lately))
        for item in items:
            yield DiscoveryHit(
                Content(_name(item)), self._act(item), _name(item), escape(item.help)
            )

    async def search(self, query: str) -> Hits:
        matcher, lately = self.matcher(query), self._lately()
        for item in self._items(query):
            score = _score(matcher, item, lately)
            if score > 0:
                shown, act = marked(matcher, _name(item)), self._act(item)
                yield Hit(score, shown, act, _name(item), escape(item.help))

    def _items(self, typed: str) -> Iterator[Item]:
        for source in SOURCES:
            yield from source(self.screen, typed)

    def _lately(self) -> list[str]:
        found: list[str] = getattr(self.app, "chosen_lately", [])
        return found

    def _act(self, item: Item) -> Callable[[], object]:
        def act() -> object:
            lately = self._lately()
            lately[:] = [item.id, *(one for one in lately if one != item.id)][:MOST_RECENT]
            return item.act()

        return act


def _name(item: Item) -> str:
    return f"{item.name}  {item.keys}".rstrip()


def marked(matcher: Matcher, name: str) -> Content:
    """The name, what fits underlined. Not by the matcher: it would read the name as markup."""
    shown = Content(name)
    for at in matcher.fuzzy_search.match(matcher.query, name)[1]:
        shown = shown if name[at].isspace() else shown.stylize(MATCH, at, at + 1)
    return shown


def _score(matcher: Matcher, item: Item, lately: list[str]) -> float:
    """How well an item fits, from 0, when it does not, to 1."""
    by_name, by_help = matcher.match(_name(item)), BY_HELP * matcher.match(item.help)
    score = max(by_name, by_help)
    score *= (LATELY if item.id in lately else 1.0) * (READY if item.ready else 1.0)
    return score / (1.0 + score)
