"""The last row: the most useful keys, which can also be clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from console.commands import BY_ID, READY, Availability, Command
from console.widgets.chosen import Chosen
from console.widgets.controls import STYLES
from console.widgets.keyname import first_key
from console.widgets.text import joined

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual import events

FOOTER: tuple[tuple[str, int], ...] = (
    ("report", 0),
    ("pause", 0),
    ("stop", 1),
    ("checkpoint", 2),
    ("validate", 4),
    ("search", 5),
    ("panel_loss", 7),
    ("maximise", 6),
    ("palette", 3),
    ("help", 1),
)
"""What stands there, and its rank: the highest go first when there is little room."""

PASSING = frozenset({"report", "pause", "stop", "checkpoint", "validate"})
"""Keys that are left out in a run that is not so far, or past it."""

NAMES = {"panel_loss": "Chart"}
"""Words other than those of the command, which stand for all charts."""

GAP = 2


class KeyLine(Widget):
    """`F2 Pause  F3 Stop  …`"""

    GROUPS = frozenset({"life", "control"})
    ALLOW_SELECT = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._choices: Mapping[str, tuple[Command, Availability]] = {}
        self._edges: list[tuple[int, str]] = []
        self._shown = Content("")

    def show(self, choices: Mapping[str, tuple[Command, Availability]]) -> None:
        """`choices` as in the controls."""
        self._choices = choices
        if self.size.width and not self._content().is_same(self._shown):
            self.refresh()

    def render(self) -> Content:
        self._shown = self._content()
        return self._shown

    def on_click(self, event: events.Click) -> None:
        for edge, command in self._edges:
            if event.x < edge:
                self.post_message(Chosen(command))
                return

    def _content(self) -> Content:
        entries = [(rank, name, self._entry(name)) for name, rank in FOOTER if self._has(name)]
        while len(entries) > 1 and _length(entries) > self.size.width:
            worst = max(rank for rank, _name, _content in entries)
            entries = [entry for entry in entries if entry[0] != worst]
        self._edges, edge = [], 0
        for _rank, name, content in entries:
            edge += content.cell_length + GAP
            self._edges.append((edge, self._command(name)[0].id))
        return Content(" " * GAP).join([content for _rank, _name, content in entries])

    def _has(self, name: str) -> bool:
        return name not in PASSING or self._ended == (name == "report")

    @property
    def _ended(self) -> bool:
        return "report" in self._choices and self._choices["report"][1].ok

    def _command(self, name: str) -> tuple[Command, Availability]:
        return self._choices.get(name, (BY_ID[name], READY))

    def _entry(self, name: str) -> Content:
        command, availability = self._command(name)
        _sign, key_style, style = STYLES[availability.readiness]
        key, word = first_key(command), command.footer or command.label
        if name in NAMES:
            key, word = _chart_keys(key), NAMES[name]
        return joined([(key, key_style), (f" {word}", style)])


def _length(entries: list[tuple[int, str, Content]]) -> int:
    return sum(content.cell_length + GAP for _rank, _name, content in entries) - GAP


def _chart_keys(first: str) -> str:
    """`1-4`, where the charts have these keys; else the key of the first."""
    keys = [
        first_key(BY_ID[f"panel_{name}"]) for name in ("loss", "experts", "throughput", "memory")
    ]
    return f"{first}-{keys[-1]}" if keys == ["1", "2", "3", "4"] else first
