"""A chart as a file: CSV of its points, and a standalone SVG drawn from its curves. Pure.

`csv_of(series)` gives lines to write one after the other; `svg_of(drawing)` gives a whole document.
Neither reads anything: the points come from `History.all_points` or a `SeriesSource`, and foreign
names may be in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from math import isfinite, log10

from console.core.format_number import nice_ticks, si, tick
from console.core.format_text import text

_NO_XML = re.compile("[\ufffe\uffff]")
"""Characters no XML document may have, of those `text` leaves."""

Recorded = tuple[int | None, float | None, float]
"""A point as it was recorded: step, Unix seconds, value."""

HEADING = "metric,step,time,value\n"

WIDTH, HEIGHT = 960, 420
LEFT, RIGHT, ABOVE, BELOW = 76, 24, 64, 52
"""Pixels beside the plot: labels, title and legend, labels."""

LEGEND_END = WIDTH - RIGHT - 300
"""A legend goes no further: the note begins there. Curves beyond that are counted."""

INK, QUIET, PAPER, BROKEN = "#23282e", "#8793a1", "#ffffff", "#b3261e"
COLOURS = ("#b26a00", "#1f5f99", "#1e7a34", "#7b3fa0", "#0b7285", "#a0522d")
"""One for each curve that names none, in turn; dark enough for white paper."""


@dataclass(frozen=True, slots=True)
class Curve:
    """A named line through points (x, value), x ascending. A value that is not finite breaks the
    line. An empty colour is one of COLOURS."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str = ""
    dotted: bool = False


@dataclass(frozen=True, slots=True)
class MarkLine:
    """Something that happened at `x`: a vertical line with a short text."""

    x: float
    label: str


@dataclass(frozen=True, slots=True)
class Drawing:
    """What an SVG shows. `span` is the part of the x axis in sight, else as far as the curves go;
    with `is_log` values above 0 are drawn by their logarithm, others are left out; `x_ticks` are
    labels for an x axis that is not of plain numbers; `note` stands below the title."""

    title: str
    curves: Sequence[Curve]
    x_name: str = "step"
    unit: str = ""
    marks: Sequence[MarkLine] = ()
    span: tuple[float, float] | None = None
    is_log: bool = False
    x_ticks: Sequence[tuple[float, str]] = ()
    note: str = ""


# --- CSV --------------------------------------------------------------------------------------


def csv_of(series: Mapping[str, Iterable[Recorded]]) -> Iterator[str]:
    """Lines of CSV, each with its newline: a heading, then each point of each series.

    Times are ISO 8601 in UTC; values are as exact as they were recorded (`nan`, `inf`, `-inf` for
    those that are no numbers); what is not known is empty.
    """
    yield HEADING
    for name, points in series.items():
        field = _field(name)
        for step, t, value in points:
            yield f"{field},{'' if step is None else step},{_moment(t)},{value!r}\n"


def _field(name: str) -> str:
    """A name as CSV: quoted where it must be, and nothing a spreadsheet takes for a formula."""
    safe = text(name)
    if safe[:1] in "=+-@" and safe:
        safe = f"'{safe}"
    return '"' + safe.replace('"', '""') + '"' if set(safe) & set(',"\n\r') else safe


def _moment(t: float | None) -> str:
    if t is None or not isfinite(t):
        return ""
    try:
        return datetime.fromtimestamp(t, UTC).isoformat(timespec="milliseconds")
    except (OverflowError, ValueError, OSError):
        return ""


# --- SVG --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Plane:
    """Where values are on the paper: left < right, low < high."""

    left: float
    right: float
    low: float
    high: float

    def x(self, value: float) -> float:
        """Pixels from the left edge of the paper."""
        share = (value - self.left) / (self.right - self.left)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        """Pixels from its upper edge."""
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BELOW - share * (HEIGHT - ABOVE - BELOW)


def svg_of(drawing: Drawing) -> str:
    """A whole SVG document, WIDTH × HEIGHT: axes with round ticks, curves, marks, a legend."""
    curves = [_seen(curve, drawing) for curve in drawing.curves]
    plane = _plane(drawing, curves)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
        f"<title>{_safe(drawing.title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        _text(LEFT, 22, drawing.title, size=16, weight="bold"),
        _text(WIDTH - RIGHT, 22, drawing.unit, anchor="end", fill=QUIET),
        _text(WIDTH - RIGHT, 42, _note(drawing), anchor="end", fill=QUIET),
        *_axes(drawing, plane),
        *_marks(drawing, plane),
    ]
    at = float(LEFT)
    rest = 0
    for number, curve in enumerate(curves):
        colour = curve.colour or COLOURS[number % len(COLOURS)]
        dash = ' stroke-dasharray="2 4"' if curve.dotted else ""
        stroke = f'fill="none" stroke="{_safe(colour)}" stroke-width="1.5"{dash}'
        parts += [f'<polyline {stroke} points="{part}"/>' for part in _lines(curve, plane)]
        end = at + 24 + 7 * len(text(curve.name))
        if number and end > LEGEND_END:
            rest += 1
            continue
        parts.append(f'<path {stroke} d="M{at:.0f} 38h18"/>')
        parts.append(_text(at + 24, 42, curve.name))
        at = end + 24
    if rest:
        parts.append(_text(at, 42, f"and {rest} more", fill=QUIET))
    if not any(isfinite(y) for curve in curves for _, y in curve.points):
        parts.append(_text(WIDTH / 2, HEIGHT / 2, "no values", anchor="middle", fill=QUIET))
    return "\n".join((*(part for part in parts if part), "</svg>", ""))


def _note(drawing: Drawing) -> str:
    """The note, and how many values a logarithm leaves out."""
    lost = 0
    if drawing.is_log:
        lost = sum(y <= 0 for curve in drawing.curves for _, y in curve.points)
    told = f"{lost:,} values of 0 and below have no logarithm" if lost else ""
    return ", ".join(part for part in (drawing.note, told) if part)


def _seen(curve: Curve, drawing: Drawing) -> Curve:
    """The part of a curve in sight, at most two finite points for each pixel, and by its logarithm
    where it is drawn so. NaN stands where the line breaks."""
    points = [
        (x, _level(y, is_log=drawing.is_log))
        for x, y in curve.points
        if isfinite(x) and (drawing.span is None or drawing.span[0] <= x <= drawing.span[1])
    ]
    return Curve(curve.name, _thinned(points), curve.colour, curve.dotted)


def _level(value: float, *, is_log: bool) -> float:
    if not is_log:
        return value
    return log10(value) if value > 0 and isfinite(value) else float("nan")


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The smallest and the largest value of each pixel, in their order; breaks are kept."""
    most = WIDTH - LEFT - RIGHT
    if len(points) <= 2 * most:
        return list(points)
    left, right = points[0][0], points[-1][0]
    kept: list[tuple[float, float]] = []
    part: list[tuple[float, float]] = []
    column = -1
    for x, y in points:
        there = int((x - left) / (right - left or 1.0) * most)
        if there != column or not isfinite(y):
            kept += _extremes(part)
            part, column = [], there
        if isfinite(y):
            part.append((x, y))
        else:
            kept.append((x, y))
    return kept + _extremes(part)


def _extremes(part: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    if len(part) < 2:
        return list(part)
    found = min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])
    return sorted(found) if found[0] != found[1] else [found[0]]


def _plane(drawing: Drawing, curves: Sequence[Curve]) -> _Plane:
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points if isfinite(y)]
    left, right = drawing.span or (min(xs, default=0.0), max(xs, default=1.0))
    low, high = min(ys, default=0.0), max(ys, default=1.0)
    low, high = max(low, -1e300), min(high, 1e300)
    left, right = _apart(left, right, 0.5)
    low, high = _apart(low, high, 1.0)
    space = 0.04 * (high - low)
    return _Plane(left, right, low - space, high + space)


def _apart(low: float, high: float, least: float) -> tuple[float, float]:
    """A range that can be divided by, also where there is but one value."""
    if high - low > max(1e-12 * max(abs(low), abs(high)), 1e-290):
        return low, high
    pad = max(abs(low) / 10, least)
    return low - pad, high + pad


def _axes(drawing: Drawing, plane: _Plane) -> Iterator[str]:
    """A line for each tick, with its label."""
    bottom, end = HEIGHT - BELOW, WIDTH - RIGHT
    ups = nice_ticks(plane.low, plane.high, 7)
    step = ups[1] - ups[0] if len(ups) > 1 else 1.0
    for value in ups:
        y = plane.y(value)
        label = si(10.0 ** min(value, 300)) if drawing.is_log else tick(value, step)
        yield f'<path d="M{LEFT} {y:.1f}H{end}" stroke="#e3e6ea"/>'
        yield _text(LEFT - 8, y + 4, label, anchor="end", fill=QUIET)
    alongs = nice_ticks(plane.left, plane.right, 9)
    step = alongs[1] - alongs[0] if len(alongs) > 1 else 1.0
    for value, label in drawing.x_ticks or [(value, tick(value, step)) for value in alongs]:
        if plane.left <= value <= plane.right:
            yield f'<path d="M{plane.x(value):.1f} {bottom}v5" stroke="{QUIET}"/>'
            yield _text(plane.x(value), bottom + 20, label, anchor="middle", fill=QUIET)
    yield f'<path d="M{LEFT} {ABOVE}V{bottom}H{end}" fill="none" stroke="{QUIET}"/>'
    yield _text((LEFT + end) / 2, HEIGHT - 12, drawing.x_name, anchor="middle", fill=QUIET)


def _marks(drawing: Drawing, plane: _Plane) -> Iterator[str]:
    """What happened, and where a value was no number."""
    line = '<path d="M{x:.1f} {top}V{bottom}" stroke="{ink}" stroke-dasharray="1 3"/>'
    bottom = HEIGHT - BELOW
    for mark in drawing.marks:
        if plane.left <= mark.x <= plane.right:
            x = plane.x(mark.x)
            yield line.format(x=x, top=ABOVE, bottom=bottom, ink=QUIET)
            turn = f' transform="rotate(-90 {x - 3:.1f} {ABOVE + 4})"'
            yield _text(x - 3, ABOVE + 4, mark.label, anchor="end", fill=QUIET, more=turn)
    for curve in drawing.curves:
        was_finite = True
        for x, y in curve.points:
            is_finite = isfinite(y)
            if was_finite and not is_finite and plane.left <= x <= plane.right:
                yield line.format(x=plane.x(x), top=ABOVE, bottom=bottom, ink=BROKEN)
                yield _text(plane.x(x) + 3, bottom - 6, "not finite", fill=BROKEN)
            was_finite = is_finite


def _lines(curve: Curve, plane: _Plane) -> Iterator[str]:
    """The points of each unbroken part."""
    part: list[str] = []
    for x, y in (*curve.points, (0.0, float("nan"))):
        if isfinite(y):
            part.append(f"{plane.x(x):.1f},{plane.y(min(max(y, plane.low), plane.high)):.1f}")
        elif part:
            yield " ".join(part if len(part) > 1 else part * 2)
            part = []


def _safe(said: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text(said)))


def _text(
    x: float,
    y: float,
    said: str,
    *,
    size: int = 12,
    weight: str = "",
    anchor: str = "start",
    fill: str = INK,
    more: str = "",
) -> str:
    if not said:
        return ""
    bold = f' font-weight="{weight}"' if weight else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}"{bold} '
        f'text-anchor="{anchor}" fill="{fill}"{more}>{_safe(said)}</text>'
    )
