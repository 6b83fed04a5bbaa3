"""The heatmap over the screen: which family is shown, and when it is read again.

A family is read in small pieces between frames, so that hundreds of long series hold nothing up.
"""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, ClassVar

from console.core.heatmap import NEEDED, families, pictures
from console.screens.modal import Modal
from console.widgets.heatmap import Heatmap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from console.core.heatmap import Family, Picture
    from console.core.sources import SeriesSource

PIECE_SECONDS = 0.015
"""So long is read before the screen has its turn again."""
PAUSE_SECONDS = 0.015
RESTING = 10.0
"""Reading takes no larger part of the time than one in so many."""


class HeatmapScreen(Modal[None]):
    """Shows one family of metrics at a time."""

    BINDINGS: ClassVar[list[BindingType]] = [
        ("escape,q,H", "leave", "Close"),
        ("left", "turn(-1)", "Family before"),
        ("right", "turn(1)", "Next family"),
    ]
    AUTO_FOCUS = "Heatmap"
    REFRESH_SECONDS: ClassVar[float] = 3.0

    def __init__(self, source: SeriesSource) -> None:
        super().__init__()
        self._source = source
        self._families: tuple[Family, ...] = ()
        self._chosen = 0
        self._version = -1
        self._work: Iterator[Picture | None] | None = None
        self._spent, self._rested_at = 0.0, 0.0

    def compose(self) -> ComposeResult:
        yield Heatmap(id="heatmap")

    def on_mount(self) -> None:
        self.set_interval(self.REFRESH_SECONDS, self._look_again)
        self.call_after_refresh(self._read)

    def on_resize(self) -> None:
        """Other columns are needed, once the widget knows its size."""
        self.call_after_refresh(self._read)

    def action_leave(self) -> None:
        self.dismiss(None)

    def action_turn(self, by: int) -> None:
        """Another family."""
        if len(self._families) > 1:
            self._chosen = (self._chosen + by) % len(self._families)
            self._read()

    @property
    def _map(self) -> Heatmap:
        return self.query_one(Heatmap)

    def _look_again(self) -> None:
        """New values may have come."""
        is_free = self._work is None and monotonic() >= self._rested_at
        if is_free and self._source.version() != self._version:
            self._read()

    def _read(self) -> None:
        """Begins to read the chosen family; what was being read is left."""
        self._version = self._source.version()
        before = self._families[self._chosen].title if self._families else ""
        self._families = families(self._source.names())
        titles = [family.title for family in self._families]
        self._chosen = titles.index(before) if before in titles else 0
        if not self._families:
            self._work = None
            self._map.begin(None, NEEDED)
            return
        family = self._families[self._chosen]
        place = f"{self._chosen + 1} of {len(titles)} ←→" if len(titles) > 1 else ""
        self._map.begin(family, place)
        self._spent, is_running = 0.0, self._work is not None
        self._work = pictures(self._source, family, self._map.room(family))
        if not is_running:
            self._go_on()

    def _go_on(self) -> None:
        """Reads a little more, and comes back."""
        if self._work is None or not self.is_attached:
            return
        begun = monotonic()
        picture = None
        while picture is None and monotonic() - begun < PIECE_SECONDS:
            picture = next(self._work)
        self._spent += monotonic() - begun
        if picture is None:
            self.set_timer(PAUSE_SECONDS, self._go_on)
            return
        self._work = None
        self._rested_at = monotonic() + RESTING * self._spent
        self._map.show(picture)
