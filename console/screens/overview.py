"""The overview: every run, alive first; attach, start, stop from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from console.commands import BY_ID
from console.core.format_text import text
from console.screens import chosen, comparing, person, start
from console.screens.dialog import CANCEL, Dialog
from console.screens.messages import Attach
from console.screens.overview_row import heading, line
from console.screens.start import REFUSALS
from console.widgets.frame import Framed
from console.widgets.hints import Hint, Hints
from console.widgets.keyname import first_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.screens.session import House, RunLine

REFRESH_SECONDS = 2.0

WELCOME = (
    "There is no run yet. Start one:",
    "",
    "    gladius-console train --config FILE",
    "",
    "or press n. Any program can be trained and watched; a file with",
    "    run: {command: [python, train.py]}",
    "is enough. Training goes on when this screen is left or lost.",
)


OF_A_RUN = ("attach", "stop", "filter", "compare")
"""Actions that need one."""


def hints() -> list[Hint]:
    """What can be done here, with the keys of the moment."""
    return [
        Hint("Enter", "attach", "attach", 0),
        Hint("n", "start", "start", 1),
        Hint("Space", "compare", "compare", 5),
        Hint(first_key(BY_ID["stop"]), "stop", "stop", 2),
        Hint(first_key(BY_ID["search"]), "filter", "filter", 3),
        Hint(first_key(BY_ID["palette"]), "commands", "app.command_palette", 4),
        Hint(first_key(BY_ID["settings"]), "settings", "settings", 5),
        Hint(first_key(BY_ID["person"]), "you", "person", 6),
        Hint(first_key(BY_ID["help"]), "help", "help", 3),
        Hint("Esc", "back", "back", 2),
        Hint(first_key(BY_ID["quit"]), "leave", "app.quit", 1),
    ]


def _bound(command: str, action: str) -> Binding:
    """The keys of a command, for what it means here."""
    return Binding(",".join(BY_ID[command].keys), action, show=False, id=command)


class Runs(Framed, OptionList):
    """The list of runs."""


class Overview(Screen[None]):
    """All runs of this person."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("n", "start", "Start"),
        ("space,x", "mark", "Mark"),
        ("C", "compare", "Compare"),
        ("escape", "back", "Back"),
        _bound("stop", "stop"),
        _bound("search", "filter"),
        _bound("settings", "settings"),
        _bound("person", "person"),
        _bound("help", "help"),
        _bound("quit", "app.quit"),
        _bound("overview", "back"),
    ]
    AUTO_FOCUS = "Runs"

    def __init__(self, house: House) -> None:
        super().__init__()
        self._house = house
        self._runs: list[RunLine] = []
        self._is_empty = False
        self._shown: list[tuple[str, Content]] = []
        self.marked: str | None = None
        """The run that another one is to be compared with."""

    def compose(self) -> ComposeResult:
        yield Static(Content.styled(" GLADIUS  every run", "bold $primary"), id="title")
        yield Static(id="heading")
        yield Runs(markup=False)
        yield Static(Content("\n".join(WELCOME)), id="welcome")
        yield Input(placeholder="filter by name, state or host", id="filter", compact=True)
        yield Hints(self._hints, id="foot")

    def on_mount(self) -> None:
        self.renew()
        self.set_interval(REFRESH_SECONDS, self.renew)

    def on_resize(self) -> None:
        self.renew()

    @on(Input.Changed, "#filter")
    def renew(self) -> None:
        """Reads the list of runs again; draws it when something changed."""
        if not self.query(Runs):
            return  # the program was told to end before this screen was built
        words = self.query_one("#filter", Input).value.lower().split()
        found = sorted(self._house.runs(), key=lambda run: run.id, reverse=True)
        found.sort(key=lambda run: not run.alive)
        self._runs = [run for run in found if _fits(run, words)]
        self._is_empty = not found
        self.query_one("#foot").refresh()
        self.query_one("#welcome").display = not found
        self.query_one(Runs).display = self.query_one("#heading").display = bool(found)
        self._draw()

    def _draw(self) -> None:
        listed = self.query_one(Runs)
        width = self.app.size.width - 6
        rows = [(run.id, self._line(run, width)) for run in self._runs]
        same = len(rows) == len(self._shown) and all(
            old[0] == new[0] and old[1].is_same(new[1])
            for old, new in zip(self._shown, rows, strict=True)
        )
        alive = sum(run.alive for run in self._runs)
        listed.corners("RUNS", f"{alive} alive of {len(self._runs)}", self._mark_told())
        self.query_one("#heading", Static).update(Content("  ").append(heading(width)))
        if same:
            return
        kept = self._highlighted()
        self._shown = rows
        listed.clear_options()
        listed.add_options([Option(content, id=run_id) for run_id, content in rows])
        ids = [run_id for run_id, _content in rows]
        if ids:
            listed.highlighted = ids.index(kept) if kept in ids else 0

    def _line(self, run: RunLine, width: int) -> Content:
        shown = line(run, width)
        return shown.stylize("underline") if run.id == self.marked else shown

    def _mark_told(self) -> Content | str:
        if self.marked is None:
            return ""
        name = next((run.name for run in self._runs if run.id == self.marked), self.marked)
        said = f"compare {text(name)} with: Enter or C on another run, Esc not"
        return Content.styled(said, "$secondary")

    def _highlighted(self) -> str | None:
        index = self.query_one(Runs).highlighted
        return self._shown[index][0] if index is not None and index < len(self._shown) else None

    @on(OptionList.OptionSelected)
    def _selected(self, message: OptionList.OptionSelected) -> None:
        if self.marked is not None:
            self.action_compare()
        elif message.option.id is not None:
            self.post_message(Attach(message.option.id))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A key that comes before the screen is built does nothing."""
        return bool(self.query("#filter")) and super().check_action(action, parameters)

    def action_filter(self) -> None:
        self.query_one("#filter").focus()

    @on(Input.Submitted, "#filter")
    def _filtered(self) -> None:
        self.query_one(Runs).focus()

    def action_back(self) -> None:
        """From the filter to the list, from the list to the run looked at before."""
        entry = self.query_one("#filter", Input)
        if entry.has_focus or entry.value:
            entry.value = ""
            self.query_one(Runs).focus()
        elif self.marked is not None:
            self.mark(None)
        elif len(self.app.screen_stack) > 1:
            self.app.pop_screen()

    def _hints(self) -> list[Hint]:
        """What makes sense now."""
        found = hints()
        if not self._is_empty:
            return found
        return [hint for hint in found if hint.action not in OF_A_RUN]

    def mark(self, run: str | None) -> None:
        """Marks a run to compare another one with."""
        self.marked = run
        self._draw()

    def action_mark(self) -> None:
        chosen = self._highlighted()
        self.mark(None if chosen == self.marked else chosen)

    def action_compare(self) -> None:
        comparing.begin(self, self._house, self._highlighted())

    @on(Hints.Clicked)
    async def _hinted(self, message: Hints.Clicked) -> None:
        await self.run_action(message.action)

    def action_attach(self) -> None:
        if (run := self._highlighted()) is not None:
            self.post_message(Attach(run))

    def action_settings(self) -> None:
        chosen.change(self, None)

    def action_person(self) -> None:
        person.show(self, self._house.person, None)

    def action_help(self) -> None:
        from console.screens import help as help_screen

        self.app.push_screen(help_screen.of_overview(self.app.size.width))

    def action_start(self) -> None:
        start.ask(self, self._house)

    @work
    async def _end(self, run: str) -> None:
        """Orders a run to stop, and says what became of it."""
        if self._house.stop is None:
            return
        try:
            self.app.notify(await self._house.stop(run), markup=False)
        except REFUSALS as error:
            self.app.notify(str(error), severity="error", timeout=20.0, markup=False)

    def action_stop(self) -> None:
        run = next((run for run in self._runs if run.id == self._highlighted()), None)
        if run is None or not run.alive:
            self.app.notify("this run has ended" if run else "no run is chosen", markup=False)
            return

        def end(name: str | None) -> None:
            if name is not None:
                self._end(run.id)

        lines = [f"Stop {text(run.name)} ({run.id})?", "It saves a checkpoint first.", ""]
        choices = [CANCEL, ("stop", "Save and stop", "bold $warning")]
        self.app.push_screen(Dialog("STOP", lines, choices), end)


def _fits(run: RunLine, words: Sequence[str]) -> bool:
    said = f"{run.name} {run.id} {run.status} {run.host}".lower()
    return all(word in said for word in words)
