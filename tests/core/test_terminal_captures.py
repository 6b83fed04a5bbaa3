"""Output of real trainers, compared with a terminal that drew it."""

from __future__ import annotations

import pyte
import pytest
from wcwidth import wcwidth

from tests.core.terminal_captures import CAPTURES, LOGS, clean, text

# Rich's capture holds a line that a terminal of its width would wrap in the middle of its display.
WIDTHS = {"lit_rich_pty.raw": 400}
WIDTH = 120


def drawn(data: bytes, width: int) -> list[str]:
    """The rows a terminal of this width shows, with all that scrolled away."""
    screen = pyte.HistoryScreen(width, 50, history=100_000)
    pyte.ByteStream(screen).feed(data if b"\r\n" in data else data.replace(b"\n", b"\r\n"))
    above = ["".join(line[x].data for x in range(width)) for line in screen.history.top]
    return without_end([row.rstrip() for row in [*above, *screen.display]])


def wrapped(rows: list[str], width: int) -> list[str]:
    """Rows as a terminal of this width wraps them."""
    result = []
    for row in rows:
        cells = [
            cell for character in row for cell in [character, ""][: max(wcwidth(character), 1)]
        ]
        starts = range(0, max(len(cells), 1), width)
        result += ["".join(cells[start : start + width]).rstrip() for start in starts]
    return without_end(result)


def without_end(rows: list[str]) -> list[str]:
    while rows and not rows[-1]:
        rows.pop()
    return rows


@pytest.mark.parametrize("name", CAPTURES)
def test_rows_are_those_of_a_terminal(name: str) -> None:
    data = (LOGS / name).read_bytes()
    width = WIDTHS.get(name, WIDTH)
    assert wrapped(text(clean(data)[0]), width) == drawn(data, width)


@pytest.mark.parametrize("name", CAPTURES)
def test_captures_do_not_depend_on_chunks(name: str) -> None:
    data = (LOGS / name).read_bytes()
    rows = clean(data)[0]
    for size in (7, 1000):
        assert clean(data, range(size, len(data), size))[0] == rows
