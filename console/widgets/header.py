"""The header: title, run and state; buttons at the right, or the tabs where space is short."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget

from console.commands import READY, Availability, Command, Readiness
from console.core.format_text import cut as cut_text
from console.core.format_text import text, width
from console.widgets.chosen import AlertsChosen, Chosen, PanelChosen
from console.widgets.controls import STYLES, tooltip
from console.widgets.keyname import first_key
from console.widgets.look import NO_NOTES, Notes, badge
from console.widgets.text import cut, joined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual import events
    from textual.app import ComposeResult

    from console.core.state import RunState

TITLES = ("GLADIUS TRAINING CONSOLE", "GLADIUS", "")
NAME_WIDTH = 32
LEAST_NAME_WIDTH = 8
"""So much of the run's name gives way to nothing."""
PERSON_WIDTH = 24

TABS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("Log", "Log", ("stream",)),
    ("Charts", "Chart", ("loss", "experts", "throughput", "memory")),
    ("Progress", "Prog", ("progress",)),
    ("Control", "Ctrl", ("controls",)),
    ("Config", "Conf", ("config",)),
    ("Timeline", "Time", ("timeline",)),
)
"""Name, short name, and the panels behind a tab; the first of them is opened."""


class Title(Widget):
    """Product, run and state, as much of it as fits."""

    ALLOW_SELECT = False
    _name = ""
    _run = Content("")
    """The state, and what is noted of it."""
    _alerts = ""
    """The count of open alerts as it stands there, which a click opens."""
    _shown = Content("")

    def show(self, state: RunState, notes: Notes) -> None:
        """Shows the run's name and state."""
        name = cut_text(text(state.run.name or state.run.id), NAME_WIDTH)
        run = joined(["  ", badge(state.status, lost=notes.lost)])
        count = len(state.alerts.unseen)
        self._alerts = f"▲ {count}" if count else ""
        if count:
            run = joined([run, (f"  {self._alerts}", "bold $warning")])
            self.tooltip = f"{count} open: a click or 8 opens the timeline, A acknowledges"
        else:
            self.tooltip = None
        if notes.lost:
            run = joined([run, ("  connection lost", "bold $error")])
        if notes.slow_link:
            run = joined([run, ("  slow link", "$warning")])
        if notes.read_only:
            run = joined([run, "  ", (f" {notes.read_only} ", "reverse $warning")])
        if name != self._name or not run.is_same(self._run):
            self._name, self._run = name, run
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        at = self._shown.plain.find(self._alerts) if self._alerts else -1
        if 0 <= at <= event.x < at + len(self._alerts):
            self.post_message(AlertsChosen())

    def render(self) -> Content:
        for title in ("",) if self.screen.has_class("-tabs") else TITLES:
            gap = "    " if title else ""
            shown = joined([(title, "bold $primary"), gap, (self._name, "bold"), self._run])
            if shown.cell_length <= self.size.width:
                break
        over = shown.cell_length - self.size.width
        if over > 0:  # how the run is matters more than its whole name
            room = max(LEAST_NAME_WIDTH, width(self._name) - over)
            shown = joined([(cut_text(self._name, room), "bold"), self._run])
        self._shown = cut(shown, self.size.width)
        return self._shown


class Chip(Widget):
    """A button of one word in the header, for the mouse; the key it names does the same."""

    ALLOW_SELECT = False

    def __init__(self, command: Command, label: str) -> None:
        super().__init__(id=f"chip-{command.id}")
        self.command, self._label = command, label
        self._availability: Availability = READY

    def show(self, command: Command, availability: Availability) -> None:
        """Shows the command it stands for now."""
        if (command.id, availability) == (self.command.id, self._availability):
            return
        if command.id != self.command.id:
            self._label = command.label
        self.command, self._availability = command, availability
        self.on_mount()
        self.refresh(layout=True)

    def rename(self, label: str) -> None:
        """Another word on the button."""
        self._label = label
        self.refresh(layout=True)

    def keys_changed(self) -> None:
        """Keys have other names now."""
        self.on_mount()

    def on_mount(self) -> None:
        self.tooltip = Content(tooltip(self.command, self._availability))

    def render(self) -> Content:
        _sign, key, label = STYLES[self._availability.readiness]
        name = first_key(self.command)
        return Content.assemble(
            ("[", "$muted"), (name, key), (f" {self._label}", label), ("]", "$muted")
        )

    def on_click(self) -> None:
        if self._availability.readiness is not Readiness.WAITING:
            self.post_message(Chosen(self.command.id))


class TabStrip(Widget):
    """`[Log] Charts Progress …`: which panel is in front where only one can be seen."""

    ALLOW_SELECT = False
    _panel = "stream"

    def show(self, panel: str) -> None:
        """Marks the tab of a panel."""
        if panel != self._panel:
            self._panel = panel
            self.refresh()

    def get_content_width(self, container: object, viewport: object) -> int:  # noqa: ARG002
        return sum(len(label) + 1 for label, _panels in self._labels()) + 1

    def render(self) -> Content:
        return Content(" ").join(
            [
                Content.styled(f"[{label}]", "bold $primary")
                if self._panel in panels
                else Content.styled(label, "$muted")
                for label, panels in self._labels()
            ]
        )

    def on_click(self, event: events.Click) -> None:
        edge = 0
        for label, panels in self._labels():
            edge += len(label) + 1 + 2 * (self._panel in panels)
            if event.x < edge:
                self.post_message(PanelChosen(panels[0]))
                return

    def _labels(self) -> list[tuple[str, tuple[str, ...]]]:
        short = self.app.size.width < 76
        return [(brief if short else name, panels) for name, brief, panels in TABS]


class Header(Horizontal):
    """The top row."""

    GROUPS = frozenset({"run", "life", "control", "alerts"})

    def __init__(self, chips: Sequence[tuple[Command, str]], *, id: str) -> None:
        super().__init__(id=id)
        self._title = Title()
        self._chips = [Chip(command, label) for command, label in chips]
        self.tabs = TabStrip()

    def name_person(self, person: str) -> None:
        """Who sits here, on the button of the user menu."""
        for chip in self._chips:
            if chip.command.id == "person" and person:
                chip.rename(cut_text(text(person), PERSON_WIDTH))

    def compose(self) -> ComposeResult:
        yield self._title
        yield from self._chips
        yield self.tabs

    def show(
        self,
        state: RunState,
        choices: Mapping[str, tuple[Command, Availability]],
        notes: Notes = NO_NOTES,
    ) -> None:
        """`choices` as in the controls; chips that are not in it always act."""
        self._title.show(state, notes)
        self.set_class(state.ended, "-ended")
        for chip in self._chips:
            name = "pause" if chip.command.id == "resume" else chip.command.id
            if name in choices:
                chip.show(*choices[name])
