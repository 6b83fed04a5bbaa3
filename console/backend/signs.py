"""Signs of an order in the trainer's output: lines that a handle names."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING
from zlib import crc32

from console.backend.colours import plain
from console.backend.rows import ScreenRows
from console.backend.screen import OWN_ROW

if TYPE_CHECKING:
    from pathlib import Path

    from console.backend.recording import Recording
    from console.core.handles import Act
    from console.core.state import OrderView

PAGE = 2000
SCAN_SECONDS = 0.02
"""How long one look at the output may take; the rest is for the next one."""

LINE_LENGTH = 100


class Signs:
    """Reads the output of one run for its orders."""

    def __init__(self, run_dir: Path, recording: Recording) -> None:
        self._run_dir, self._recording = run_dir, recording
        self._next_row: dict[str, int] = {}
        self._rows: ScreenRows | None = None

    def notes(self) -> dict[str, object]:
        """What an order keeps in its values, so that only what follows is a sign."""
        live = [crc32(row) for row in self._read().live()]
        return {"row": self._recording.rows, "live": live}

    def look(self, view: OrderView, act: Act) -> tuple[str, str]:
        """(line that shows it is done, line that shows it was taken), of the rows since then."""
        if not act.seen and not act.taken:
            return "", ""
        done = taken = ""
        for text in self._new_rows(view):
            done = done or _matching(text, act.seen)
            taken = taken or _matching(text, act.taken)
        return done, taken

    def forget(self, order_id: str) -> None:
        self._next_row.pop(order_id, None)

    def _new_rows(self, view: OrderView) -> Iterator[str]:
        """The trainer's rows since it was sent: settled ones once, those that may still change each
        time."""
        rows = self._read()
        began, old = int(view.values["row"]), list(view.values["live"])
        first = self._next_row.get(view.id, began)
        found: list[bytes] = []
        until = time.monotonic() + SCAN_SECONDS
        while (page := rows.rows(first + len(found), PAGE)) and time.monotonic() < until:
            found += page
        self._next_row[view.id] = first + len(found)
        for place, row in enumerate((*found, *rows.live()), first - began):
            is_new = place >= len(old) or crc32(row) != old[place]
            if is_new and not row.startswith(OWN_ROW):
                yield plain(row).decode(errors="replace")

    def _read(self) -> ScreenRows:
        if self._rows is None:
            self._rows = ScreenRows(self._run_dir)
        self._rows.tell(self._recording.rows, self._recording.live)
        return self._rows


def _matching(text: str, wanted: Sequence[str]) -> str:
    if not any(one in text for one in wanted):
        return ""
    text = text.strip()
    return text if len(text) <= LINE_LENGTH else f"{text[:LINE_LENGTH]}…"
