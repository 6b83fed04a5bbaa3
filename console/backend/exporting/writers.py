"""What an export holds: for each part its files, each a name and pieces of bytes, made as they are
written. To add a part: a function and a row in WRITERS, and its name in `core/export_parts.py`."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from datetime import UTC
from typing import TYPE_CHECKING, Any

from console.backend.epilogue import background
from console.core import metrics_text, timeline_text
from console.core.chart_export import csv_of, svg_of
from console.core.config import ConfigError, load
from console.core.config_view import configuration_state
from console.core.export_charts import (
    drawing,
    left_out,
    sheets,
    window_drawing,
    window_points,
)
from console.core.failure import ROWS
from console.core.redaction import mask, mask_tree
from console.core.report import report
from console.core.state import Status
from console.core.status_json import Surroundings, status_object
from console.core.template import veiled
from console.keeper import rundir

if TYPE_CHECKING:
    from console.backend.exporting.frozen import Picture

File = tuple[str, Iterable[bytes]]

LINES = 2048
"""Lines of text to a piece."""


def _bytes(pieces: Iterable[str]) -> Iterator[bytes]:
    """Lines gathered to pieces of a size that is worth a write."""
    held: list[str] = []
    for piece in pieces:
        held.append(piece)
        if len(held) >= LINES:
            yield "".join(held).encode("utf-8", "replace")
            held.clear()
    yield "".join(held).encode("utf-8", "replace")


def _metrics(picture: Picture) -> Iterator[File]:
    points = picture.series.points
    yield "metrics.csv", (p.encode() for p in metrics_text.csv_pieces(picture.names, points))
    body = metrics_text.json_pieces(picture.dir.name, picture.names, points)
    yield "metrics.json", (piece.encode() for piece in body)


def _charts(picture: Picture) -> Iterator[File]:
    for sheet in sheets(picture.names):
        document = svg_of(drawing(sheet, picture.series, picture.state))
        yield f"charts/{sheet.file}.svg", [document.encode("utf-8", "replace")]
        recorded = {name: picture.series.recorded(name) for name in sheet.names}
        yield f"charts/{sheet.file}.csv", _bytes(csv_of(recorded))

    if "throughput" not in picture.names and picture.state.throughput.window:
        yield from _throughput(picture)


def _throughput(picture: Picture) -> Iterator[File]:
    """What the throughput chart shows where the trainer reports no throughput itself."""
    document = svg_of(window_drawing(picture.state))
    yield "charts/throughput.svg", [document.encode("utf-8", "replace")]
    points = window_points(picture.state)
    yield "charts/throughput.csv", _bytes(csv_of({"throughput": points}))


def _log(picture: Picture) -> Iterator[File]:
    yield "log.txt", picture.text()


def _raw(picture: Picture) -> Iterator[File]:
    yield "raw/output.log", picture.output()


def _config(picture: Picture) -> Iterator[File]:
    try:
        text = (picture.dir / rundir.CONFIG_YAML).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return
    with suppress(ConfigError):  # one of another version: what is seen in its lines is masked
        text = veiled(text, load(text.encode("utf-8", "replace"), rundir.CONFIG_YAML))
    yield "config.yaml", [mask(text, picture.values).encode("utf-8", "replace")]


def _timeline(picture: Picture) -> Iterator[File]:
    entries = picture.series.entries
    yield "timeline.json", _bytes(timeline_text.json_pieces(entries, picture.values))
    yield "timeline.txt", _bytes(timeline_text.lines(entries, picture.values))


def _report(picture: Picture) -> Iterator[File]:
    text = report(picture.state, background(picture.dir))
    yield "report.md", [text.encode("utf-8", "replace")]


def _state(picture: Picture) -> Iterator[File]:
    body = mask_tree(_status(picture), picture.values)
    yield "state.json", [json.dumps(body, allow_nan=False, indent=2).encode() + b"\n"]


def _status(picture: Picture) -> dict[str, Any]:
    """What `status --json` says; the state is as it was recorded."""
    state = picture.state
    view = state.configuration
    modified = timeline_text.moment(view.modified) if view.modified is not None else None
    failed = state.status in (Status.ERROR, Status.DEAD)
    around = Surroundings(
        now=time.time(),
        configuration=configuration_state(view.tree, view.facts, view.filename or "", modified),
        zone=UTC,
        backend=False,
        rows=_last_rows(picture) if failed else (),
    )
    return status_object(state, around)


def _last_rows(picture: Picture) -> list[str]:
    last = b""
    for block in picture.text():
        last = (last + block)[-(1 << 16) :]
    return last.decode("utf-8", "replace").splitlines()[-ROWS:]


WRITERS: dict[str, Callable[[Picture], Iterator[File]]] = {
    "metrics": _metrics,
    "charts": _charts,
    "log": _log,
    "raw": _raw,
    "config": _config,
    "timeline": _timeline,
    "report": _report,
    "state": _state,
}

CSV_BYTES, JSON_BYTES, CHART_BYTES = 24, 34, 64
"""Of one value, about."""
SVG_BYTES = 60_000
SMALL_BYTES = 64_000
"""Of a part that does not grow with the run."""


def expected(picture: Picture, part: str) -> int:
    """About how many bytes a part takes."""
    if part == "metrics":
        return SMALL_BYTES + picture.series.values() * (CSV_BYTES + JSON_BYTES)
    if part == "charts":
        charts = len(sheets(picture.names))
        return charts * SVG_BYTES + picture.series.values() * CHART_BYTES
    if part == "log":
        return picture.text_bytes()
    if part == "raw":
        return picture.output_bytes()
    return SMALL_BYTES


def notes(picture: Picture, parts: Iterable[str]) -> list[str]:
    """What a reader of the export must know."""
    said, left = [], left_out(picture.names)
    if "charts" in parts and left:
        said.append(f"{left} series have no chart: there are too many; metrics.csv has them all")
    return said
