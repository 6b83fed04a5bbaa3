"""Where every panel stands, for every size of terminal: pure arithmetic, no widgets.

`arrangement` names the size class, `boxes` gives each shown panel its place. To move a panel,
change the function of its arrangement; `tests/screens` checks all sizes for gaps and overlaps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, NamedTuple


class Arrangement(StrEnum):
    """The size classes, largest first."""

    WIDE = "wide"
    STANDARD = "standard"
    LOW = "low"
    TABS = "tabs"
    TINY = "tiny"
    SMALL = "small"


SIZES: tuple[tuple[Arrangement, int, int], ...] = (
    (Arrangement.WIDE, 150, 50),
    (Arrangement.STANDARD, 100, 36),
    (Arrangement.LOW, 100, 24),
    (Arrangement.TABS, 60, 16),
    (Arrangement.TINY, 20, 5),
    (Arrangement.SMALL, 0, 0),
)
"""The smallest columns and rows of each; the first that fits is taken."""

BARE = frozenset({Arrangement.TABS, Arrangement.TINY})
"""Arrangements in which the stream has no frame."""

CHARTS = ("loss", "experts", "throughput", "memory")
SIDE = ("controls", "progress", "config", "timeline")
PANELS = ("stream", *CHARTS, *SIDE)
SPLITS = (0, -6, 6)
"""How many rows the split between stream and charts can be moved, in the order `=` goes."""

SIDE_WIDTH = 44


@dataclass(frozen=True, slots=True)
class View:
    """What the person chose: kept between starts."""

    panel: str = "stream"
    """The panel in front where not all can be seen."""
    maximised: bool = False
    side: bool = True
    split: int = 0


def view_of(kept: Mapping[str, Any]) -> View:
    """The view that was kept; of what makes no sense the default."""
    panel, split = kept.get("panel"), kept.get("split")
    default = View()
    return View(
        panel=panel if isinstance(panel, str) and panel in PANELS else default.panel,
        maximised=kept.get("maximised") is True,
        side=kept.get("side") is not False,
        split=split if type(split) is int and split in SPLITS else default.split,
    )


def kept_view(view: View) -> dict[str, Any]:
    """What is to be kept of a view."""
    return asdict(view)


class Box(NamedTuple):
    """A place on the screen, in cells."""

    x: int
    y: int
    width: int
    height: int


Boxes = dict[str, Box]


def arrangement(width: int, height: int) -> Arrangement:
    """The size class of a terminal with so many columns and rows."""
    for name, columns, rows in SIZES:
        if width >= columns and height >= rows:
            return name
    return Arrangement.SMALL


def boxes(width: int, height: int, view: View) -> Boxes:
    """The place of every part that is shown, by name; parts that are not in it are hidden."""
    kind = arrangement(width, height)
    if view.maximised and kind in (Arrangement.WIDE, Arrangement.STANDARD, Arrangement.LOW):
        return _maximised(width, height, view)
    return _PLANS[kind](width, height, view)


def log_box(width: int, height: int, view: View) -> tuple[Box | None, Box | None]:
    """Where the first line and the rows of the log stand, frames left out; None: nowhere."""
    found = boxes(width, height, view)
    stream = found.get("stream")
    if stream is not None:
        x, y, columns, lines = stream
        bare = arrangement(width, height) in BARE
        stream = (
            Box(x + 1, y, columns - 2, lines - 1)
            if bare
            else Box(x + 2, y + 1, columns - 4, lines - 2)
        )
    return found.get("header"), stream


def _edges(width: int, height: int) -> Boxes:
    """Header above, status bar and keys below."""
    return {
        "header": Box(0, 0, width, 1),
        "status": Box(0, height - 2, width, 1),
        "keys": Box(0, height - 1, width, 1),
    }


def _maximised(width: int, height: int, view: View) -> Boxes:
    return {**_edges(width, height), view.panel: Box(0, 1, width, height - 3)}


def _wide(width: int, height: int, view: View) -> Boxes:
    body = height - 3
    stream = body // 3 + view.split
    foot = 9 if body >= 52 else 7
    middle = body - stream - foot
    charts = 2 * (width // 3) if view.side else width
    found = {
        **_edges(width, height),
        "stream": Box(0, 1, width, stream),
        **_grid(0, 1 + stream, charts, middle),
    }
    y, controls, rest = 1 + stream, 10 if middle >= 28 else 7, width - 2 * (width // 3)
    found["config"] = Box(0, y + middle, width - rest, foot)
    found["timeline"] = Box(width - rest, y + middle, rest, foot)
    if not view.side:
        return found
    return {
        **found,
        "controls": Box(charts, y, rest, controls),
        "progress": Box(charts, y + controls, rest, middle - controls),
    }


def _standard(width: int, height: int, view: View) -> Boxes:
    body = height - 3
    side = SIDE_WIDTH if view.side else 0
    left = width - side
    stream = body - 2 * (body * 3 // 10) + view.split
    found = {
        **_edges(width, height),
        "stream": Box(0, 1, left, stream),
        **_grid(0, 1 + stream, left, body - stream),
    }
    return found | (_column(left, body) if view.side else {})


def _column(x: int, body: int) -> Boxes:
    """The right column: the timeline takes what the others leave."""
    heights = {"controls": 7, "progress": 15 if body < 37 else 16, "config": 8}
    heights["timeline"] = body - sum(heights.values())
    found, y = {}, 1
    for name, height in heights.items():
        found[name] = Box(x, y, SIDE_WIDTH, height)
        y += height
    return found


def _low(width: int, height: int, view: View) -> Boxes:
    front = view.panel
    stream = height - 10
    cards = [name for name in CHARTS if name != front]
    found = {
        **_edges(width, height),
        front: Box(0, 1, width, stream),
        "summary": Box(0, height - 5, width, 3),
    }
    for name, (x, card) in zip(cards, _shares(width, len(cards)), strict=True):
        found[name] = Box(x, 1 + stream, card, 4)
    return found


def _tabs(width: int, height: int, view: View) -> Boxes:
    return {
        **_edges(width, height),
        "summary": Box(0, 1, width, 2),
        view.panel: Box(0, 3, width, height - 5),
    }


def _tiny(width: int, height: int, _view: View) -> Boxes:
    return {
        "stream": Box(0, 0, width, height - 1),
        "status": Box(0, height - 1, width, 1),
    }


def _small(width: int, height: int, _view: View) -> Boxes:
    return {"small": Box(0, 0, width, height)}


def _grid(x: int, y: int, width: int, height: int) -> Boxes:
    """The four charts, two by two."""
    left, top = width // 2, (height + 1) // 2
    return {
        "loss": Box(x, y, left, top),
        "experts": Box(x + left, y, width - left, top),
        "throughput": Box(x, y + top, left, height - top),
        "memory": Box(x + left, y + top, width - left, height - top),
    }


def _shares(width: int, count: int) -> list[tuple[int, int]]:
    """(start, length) of `count` parts of `width`, as equal as can be."""
    edges = [width * i // count for i in range(count + 1)]
    return [(low, high - low) for low, high in pairwise(edges)]


_PLANS: dict[Arrangement, Callable[[int, int, View], Boxes]] = {
    Arrangement.WIDE: _wide,
    Arrangement.STANDARD: _standard,
    Arrangement.LOW: _low,
    Arrangement.TABS: _tabs,
    Arrangement.TINY: _tiny,
    Arrangement.SMALL: _small,
}
