"""The traceback at the end of what a trainer printed, and whether it tells of too little memory.

Only what the interpreter prints of an uncaught exception counts: the traceback has to be the last
thing in the output. The same words anywhere else are only words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

OWN_ROW = "\x1e"
"""A row that begins so is one of ours."""

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_RANK = re.compile(r"^\[(?:rank|default)\d+\]:\s?")
_HEAD = re.compile(r"^[\s+|│╭─]*(?:Exception Group )?Traceback \(most recent call last\)")
_INSIDE = re.compile(r"^(?:\s|[|│╭╰+]|$)")
"""A row within a traceback, a boxed one too, or one that goes on with a message."""

_LAST = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z_]\w*(?::\s.*|:)?$")
"""`ValueError: no such layer`, `torch.OutOfMemoryError: …`, `KeyboardInterrupt`."""

_BRIDGE = re.compile(
    r"^(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$"
)
_LAUNCHER = "ChildFailedError"
"""What torchrun says of a worker whose own traceback stands before."""

_MEMORY_TYPES = re.compile(
    r"^(?:[\w.]*\.)?(?:OutOfMemoryError|_?(?:Array)?MemoryError|ResourceExhaustedError)\b"
)
_MEMORY_WORDS = re.compile(
    r"^(?:[\w.]*\.)?(?:RuntimeError|XlaRuntimeError|InternalError|AcceleratorError): .*?"
    r"(?:out of memory|RESOURCE_EXHAUSTED|can't allocate memory|Unable to allocate)",
    re.IGNORECASE,
)
_GPU = re.compile(r"\bGPU (\d+)\b|\bdevice (\d+)\b|\bcuda:(\d+)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Trace:
    """A traceback: the numbers of its first and last row, and its last line."""

    first: int
    last: int
    line: str


def tells_of_memory(line: str) -> bool:
    """Whether this is the last line of an out-of-memory error's traceback."""
    return bool(_MEMORY_TYPES.match(line) or _MEMORY_WORDS.match(line))


def gpu_named(line: str) -> int | None:
    """The GPU an error names, None when it names none."""
    found = _GPU.search(line)
    return None if found is None else next(int(part) for part in found.groups() if part)


def find_trace(rows: Sequence[str], first: int = 0) -> Trace | None:
    """The traceback that ends the rows, None when they end with something else.

    `first` is the number of the first row. Blank rows and rows of ours may follow. Of chained
    exceptions the whole chain is meant; a launcher's own traceback gives way to its worker's.
    """
    lines = [_plain(row) for row in rows]
    end = len(lines)
    while end and (not lines[end - 1].strip() or lines[end - 1].startswith(OWN_ROW)):
        end -= 1
    found = _ending(lines, end)
    if found is not None and _LAUNCHER in lines[found[1]]:
        found = _ending(lines, found[0], loose=True) or found
    if found is None:
        return None
    begin, last = found
    return Trace(first + _chain(lines, begin), first + last, lines[last].strip())


def _plain(row: str) -> str:
    return _RANK.sub("", _COLOUR.sub("", row)).rstrip()


def _ending(lines: Sequence[str], end: int, *, loose: bool = False) -> tuple[int, int] | None:
    """(head, last line) of the last traceback before `end`; rows after it only when `loose`."""
    for head in range(end - 1, -1, -1):
        if not _HEAD.match(lines[head]):
            continue
        last = _last_line(lines, head + 1, end)
        if last is None:
            return None
        launched = _LAUNCHER in lines[last]
        goes_on = all(_INSIDE.match(lines[row]) for row in range(last + 1, end))
        return (head, last) if goes_on or loose or launched else None
    return None


def _last_line(lines: Sequence[str], start: int, end: int) -> int | None:
    """The row with the exception itself: the first one that is not inside the traceback."""
    for row in range(start, end):
        if not _INSIDE.match(lines[row]):
            return row if _LAST.match(lines[row]) else None
    return None


def _chain(lines: Sequence[str], head: int) -> int:
    """The head of the first traceback of a chain that ends with the one at `head`."""
    row = head - 1
    while row >= 0 and not lines[row].strip():
        row -= 1
    if row < 0 or not _BRIDGE.match(lines[row]):
        return head
    before = next((r for r in range(row - 1, -1, -1) if _HEAD.match(lines[r])), None)
    return head if before is None else _chain(lines, before)
