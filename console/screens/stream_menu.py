"""The context menu of the stream: what can be done with a line, what is selected, the whole log.

To add an entry: a row in `entries`, and a branch of `act` where it is not
`action_<id>` of the stream.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.actions import SkipAction
from textual.geometry import Offset

from console.screens.menu import Entry, Menu

if TYPE_CHECKING:
    from textual.app import App

    from console.widgets.stream import Stream
    from console.widgets.stream_lines import Place

_NO_SELECTION = "nothing is selected"
_NO_FILTER = "nothing is filtered"

EXPORTS: dict[str, tuple[str, bool]] = {
    "export_all": ("all", True),
    "export_all_raw": ("all", False),
    "export_filtered": ("filtered", True),
    "export_filtered_raw": ("filtered", False),
    "export_selected": ("selected", True),
    "export_selected_raw": ("selected", False),
}
"""What is written, and whether without colours: rows of `Session.export_rows`."""


def entries(stream: Stream) -> list[Entry]:
    """What can be done now; the rest with its reason."""
    canvas, lines = stream.canvas, stream.canvas.lines
    selected = "" if canvas.selection is not None else _NO_SELECTION
    filtered = "" if lines.filter is not None else _NO_FILTER
    place, fold = stream.at_hand(), stream.fold_at_hand()
    is_marked = place is not None and place.line - 1 in canvas.marks
    is_folded = fold is not None and not stream.is_unfolded(fold)
    no_fold = "no traceback is in view"
    if lines.whole is not None:
        nothing_unfolded = "" if lines.whole.count else "none is unfolded"
        nothing_folded = ""
    else:
        nothing_unfolded, nothing_folded = "", "" if len(lines.folds) else "nothing is folded"
    return [
        Entry("copy", "Copy", "y", selected),
        Entry("copy_line", "Copy the line", "c", "" if place else "no line is here"),
        Entry("find", "Find what is selected", "/", selected),
        Entry("mark", "Take the bookmark away" if is_marked else "Set a bookmark", "m"),
        Entry(
            "fold",
            "Unfold the traceback" if is_folded else "Fold the traceback",
            "f",
            "" if fold else no_fold,
        ),
        Entry("fold_all", "Fold all tracebacks", "F", nothing_unfolded),
        Entry("unfold_all", "Unfold all", "U", nothing_folded),
        Entry("next_error", "Next error", "!"),
        Entry("first_error", "First error", "1"),
        Entry("wrap", "Cut long lines" if canvas.wrap else "Wrap long lines", "w"),
        Entry("clear", "Clear what is above", "l"),
        Entry(
            "unclear", "Show what was cleared", "u", "" if canvas.view.cleared else "nothing was"
        ),
        Entry("export_all", "Export the log", "a"),
        Entry("export_all_raw", "Export the log with colours", "A"),
        Entry("export_filtered", "Export what is filtered", "i", filtered),
        Entry("export_filtered_raw", "Export what is filtered with colours", "I", filtered),
        Entry("export_selected", "Export what is selected", "s", selected),
        Entry("export_selected_raw", "Export what is selected with colours", "S", selected),
    ]


def act(stream: Stream, name: str) -> None:
    """Does what an entry says. Raises SkipAction when what it is about has gone."""
    if name == "find":
        stream.find(_selected_word(stream))
    elif name in EXPORTS:
        stream.action_export(*EXPORTS[name])
    else:
        getattr(stream, f"action_{name}")()


def show(app: App[object], stream: Stream, at: Offset | None = None) -> None:
    """Opens the menu, where it was pointed at or at the line it is about, and does what is
    chosen."""

    def chosen(name: str | None) -> None:
        try:
            if name is not None:
                act(stream, name)
        except SkipAction:
            app.notify("that is not there any more", markup=False)

    place = stream.at_hand()
    title = "LOG" if place is None or place.line == 0 else f"LINE {place.line:,}"
    app.push_screen(Menu(title, entries(stream), at=at or _cell_of(stream, place)), chosen)


def _cell_of(stream: Stream, place: Place | None) -> Offset:
    """Where a line begins on the screen; the stream's own corner where there is none."""
    places = stream.canvas.places
    left, top, _width, _height = stream.canvas.inner
    row = places.index(place) if place in places else -1
    return stream.region.offset + Offset(left, top + row)


def _selected_word(stream: Stream) -> str:
    """The first line of what is selected, as something to search for."""
    chosen = stream.canvas.selection
    if chosen is None:
        raise SkipAction
    line = chosen.bounds[0].line
    numbers, rows = stream.canvas.lines.between(line, line, 1)
    return chosen.text(zip(numbers, rows, strict=True), stream.canvas.paint).strip()
