"""What control sequences do to the window; a sequence without a row here does nothing.

Names and defaults from ECMA-48 (CSI sequences by their final character).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.terminal.row import CELLS_LIMIT
from console.core.terminal.sgr import apply

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.core.terminal.window import Window

_NUMBER_LIMIT = 99_999


def _tab(window: Window) -> None:
    """To the next multiple of 8; at the end of a row the blanks are written."""
    target = min(window.column // 8 * 8 + 8, CELLS_LIMIT)
    if window.column < len(window.rows[window.row].cells):
        window.to_column(target)
    else:
        window.write(" " * (target - window.column))


def _reset(window: Window) -> None:
    window.style = ""
    window.begin_below()
    window.column = 0


def _next_line(window: Window, count: int) -> None:
    window.down(count)
    window.to_column(0)


def _previous_line(window: Window, count: int) -> None:
    window.up(count)
    window.to_column(0)


def _erase_line(window: Window, mode: int) -> None:
    """EL: 0 to the end, 1 from the start, 2 all."""
    if mode > 2:
        return
    row = window.replaced(is_all=mode > 0)
    start = window.column if mode == 0 else 0
    row.erase(start, window.column + 1 if mode == 1 else len(row.cells))


def _erase_display(window: Window, mode: int) -> None:
    """ED: 0 erases from the cursor on; of a whole screen nothing is erased."""
    if mode == 0:
        _erase_line(window, 0)
        window.drop_below()
    elif mode in (2, 3):
        window.begin_below()


def _erase_cells(window: Window, count: int) -> None:
    window.replaced(is_all=False).erase(window.column, window.column + count)


def _delete_cells(window: Window, count: int) -> None:
    window.replaced(is_all=False).delete(window.column, count)


def _home(window: Window, parameters: str) -> None:
    """CUP: there is no screen, so drawing begins below, at the column asked for."""
    window.begin_below()
    window.column = min(_number(parameters.partition(";")[2], 1) - 1, CELLS_LIMIT)


def _colour(window: Window, parameters: str) -> None:
    window.style = apply(window.style, parameters)


# C0 and two-character controls; final → (function of a count or mode, its default).
SINGLE: dict[str, Callable[[Window], None]] = {
    "\t": _tab,
    "\x0b": lambda window: window.newline(),
    "\x0c": lambda window: window.newline(),
    "\x1bD": lambda window: window.down(1),
    "\x1bE": lambda window: window.newline(),
    "\x1bM": lambda window: window.up(1),
    "\x1bc": _reset,
}

_COUNTED: dict[str, tuple[Callable[[Window, int], None], int]] = {
    "A": (lambda window, count: window.up(count), 1),
    "B": (lambda window, count: window.down(count), 1),
    "C": (lambda window, count: window.to_column(window.column + count), 1),
    "D": (lambda window, count: window.to_column(window.column - count), 1),
    "E": (_next_line, 1),
    "F": (_previous_line, 1),
    "G": (lambda window, column: window.to_column(column - 1), 1),
    "`": (lambda window, column: window.to_column(column - 1), 1),
    "J": (_erase_display, 0),
    "K": (_erase_line, 0),
    "P": (_delete_cells, 1),
    "X": (_erase_cells, 1),
}

_WITH_PARAMETERS: dict[str, Callable[[Window, str], None]] = {
    "H": _home,
    "f": _home,
    "m": _colour,
}

_CURSOR_SHOWN = {"h": True, "l": False}


def control_sequence(window: Window, parameters: str, final: str) -> None:
    """Obey `CSI parameters final`."""
    if parameters == "?25" and final in _CURSOR_SHOWN:
        window.reach.cursor_hidden(not _CURSOR_SHOWN[final])
    elif not re.fullmatch(r"[0-9;:]*", parameters):
        return
    elif final in _WITH_PARAMETERS:
        _WITH_PARAMETERS[final](window, parameters)
    elif final in _COUNTED:
        function, default = _COUNTED[final]
        function(window, _number(parameters, default))


def _number(parameters: str, default: int) -> int:
    """The first number; 0 and nothing stand for the default."""
    digits = re.match(r"0*([0-9]{0,6})", parameters)
    number = int(digits[1]) if digits and digits[1] else 0
    return min(number, _NUMBER_LIMIT) or default
