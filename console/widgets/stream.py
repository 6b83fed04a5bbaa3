"""The live stream: everything the trainer prints, as it prints it.

Stream(id=None, classes=None). The screen composes it anywhere; any size is good, 0×0 too.

- `show(state)`: command line, errors, warnings, lost and waiting bytes. Call when they changed.
- `show_rows(source)`: the rows. Call each time the source has more; it paints at once after a
  pause, then at most 60 times a second, only cells that changed.
- Classes: `-bare` (no top border, no sides), `-ascii` (plain characters in the frame).
- `take_marks(rows)`: bookmarks that were kept; `prefer(follow, wrap)`: what was chosen before.
- Messages: `Stream.Copied(text, lines, complete)` for the clipboard, `Stream.ExportRequested(what,
  clean, rows)`, `Stream.Marked(row, is_set)`, `Stream.MenuRequested()`, `Stream.Chosen`.
- Actions for the screen's own keys: `action_open_search`, `action_search_next`,
  `action_search_previous`, and `search` to know whether one is on.
- Keys are the rows of `commands/stream.py` with the scope STREAM; ACTIONS says what each does.

To add a key: a row there and an entry here. Drawing is in `stream_canvas.py`, scrolling in
`stream_moving.py` and `stream_view.py`, rows to styled text in `stream_text.py`, the border in
`stream_border.py`, selecting in `stream_picking.py`, searching in `stream_finding.py`, filtering in
`stream_filtering.py`, bookmarks and folds in `stream_marking.py`. Which line stands where, with a
filter or folds: `stream_lines.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from console.commands import Scope
from console.widgets.panel_keys import bindings
from console.widgets.stream_marking import Marking
from console.widgets.stream_moving import ALL

if TYPE_CHECKING:
    from textual.binding import BindingType

ACTIONS: dict[str, str] = {
    "line_up": "move(-1, 0)",
    "line_down": "move(1, 0)",
    "five_up": "move(-5, 0)",
    "five_down": "move(5, 0)",
    "page_up": "page(-1)",
    "page_down": "page(1)",
    "top": f"move({-ALL}, 0)",
    "end": "end",
    "left": "move(0, -1)",
    "right": "move(0, 1)",
}
"""What a command of the stream does where its name is not the action."""


class Stream(Marking, can_focus=True):
    """Shows the rows of a run; see the module."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(
        Scope.STREAM, lambda name: ACTIONS.get(name, name)
    )

    def keys_changed(self) -> None:
        """Keys have other names now: those of the border are drawn anew."""
        self.changed()
