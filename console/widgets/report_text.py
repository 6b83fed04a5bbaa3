"""The summary as a page: Markdown whose tables have a row a line and no rules between them.

No column is cut: names keep their width, what is too long goes on below in its own column.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget
from textual.widgets import Markdown
from textual.widgets._markdown import MarkdownBlock, MarkdownTable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.geometry import Size

GAP = 3
"""Cells between two columns."""
NARROWEST = 8
"""A column that is too long keeps so many cells at least."""

Row = tuple[Content, ...]


def column_widths(rows: Sequence[Row], width: int) -> list[int]:
    """Cells of each column: as long as its longest, the longest of all shortened until all fit."""
    widths = [
        max(1, max(cell.cell_length for cell in column)) for column in zip(*rows, strict=True)
    ]
    over = sum(widths) + GAP * (len(widths) - 1) - width
    while over > 0:
        longest = max(range(len(widths)), key=widths.__getitem__)
        others = [each for at, each in enumerate(widths) if at != longest]
        least = max(NARROWEST, max(others, default=0))
        if widths[longest] <= least:
            least = NARROWEST
        if widths[longest] <= least:
            break
        less = min(over, widths[longest] - least)
        widths[longest] -= less
        over -= less
    return widths


def table_lines(rows: Sequence[Row], width: int) -> list[Content]:
    """The rows as lines of at most `width` cells where so little is enough."""
    widths = column_widths(rows, width)
    found: list[Content] = []
    for row in rows:
        parts = [cell.wrap(room) or [Content("")] for cell, room in zip(row, widths, strict=True)]
        for at in range(max(map(len, parts))):
            cells = (
                _filled(part[at] if at < len(part) else Content(""), room)
                for part, room in zip(parts, widths, strict=True)
            )
            found.append(Content(" " * GAP).join(cells))
    return found


def _filled(cell: Content, room: int) -> Content:
    return cell.pad_right(max(0, room - cell.cell_length))


class TableLines(Widget):
    """The lines of one table: names and values, or columns under a head."""

    def __init__(self, head: list[Content], rows: Sequence[Sequence[Content]]) -> None:
        super().__init__()
        is_list = len(head) == 2
        styles = ("$muted", "") if is_list else ("",) * len(head)
        lines = [*([] if is_list and not any(head) else [head]), *rows]
        if not is_list:
            head[:] = [cell.stylize("bold $primary") for cell in head]
        self._rows: list[Row] = []
        for row in lines:
            cells = [*row, *(Content("") for _ in head)][: len(head)]
            styled = (cell.stylize_before(style) for cell, style in zip(cells, styles, strict=True))
            self._rows.append(tuple(styled))

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(table_lines(self._rows, width))

    def render(self) -> Content:
        return Content("\n").join(table_lines(self._rows, self.size.width))


class _Table(MarkdownTable):
    def compose(self) -> ComposeResult:
        yield TableLines(*self._get_headers_and_rows())


class ReportText(Markdown):
    """Markdown with such tables."""

    BLOCKS: dict[str, type[MarkdownBlock]] = {  # noqa: RUF012 (as its base has it)
        **Markdown.BLOCKS,
        "table_open": _Table,
    }
