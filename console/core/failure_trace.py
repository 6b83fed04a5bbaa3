"""The traceback at the end of what a trainer printed, and whether it tells of too little memory.

Only what the interpreter prints of an uncaught exception counts: the traceback has to be the last
thing in the output. The same words anywhere else are only words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

OWN_ROW = "\x1e"
"""A row that begins so is one of ours."""

_COLOUR = re.compile(r"\x1b\[[0-9;:]*m")
_RANK = re.compile(r"^(?:\[(?:rank|default)(\d+)\]:\s?|\[\d+,(\d+)\]<std(?:err|out)>:\s?)+")
"""What a process of several puts before its rows: PyTorch since 2.3, torchrun's --tee, mpirun."""

_HEAD = re.compile(r"^[\s+|│╭─]*(?:Exception Group )?Traceback \(most recent call last\)")
_INSIDE = re.compile(r"^(?:\s|[|│╭╰+]|$)")
"""A row within a traceback, a boxed one too, or one that goes on with a message."""

_LAST = re.compile(r"^(?:[A-Za-z_]\w*\.)*[A-Z_]\w*(?::\s.*|:)?$")
"""`ValueError: no such layer`, `torch.OutOfMemoryError: …`, `KeyboardInterrupt`."""

_BRIDGE = re.compile(
    r"^(?:During handling of the above exception, another exception occurred"
    r"|The above exception was the direct cause of the following exception):$"
)
_LAUNCHER = re.compile(r"\bChildFailedError\b|^subprocess\.CalledProcessError: Command ")
"""What torchrun and accelerate say of a worker whose own traceback stands before."""

_AFTER = re.compile(
    r"(?:CUDA|HIP|XPU) kernel errors might be asynchronously reported"
    r"|For debugging consider passing |Compile with `TORCH_USE_\w+`|Device-side assertion"
    r"|Search for `\w+['`] in http"
    r"|Exception raised from .* \(most recent call first\)|frame #\d+: |nccl\w+Error: |Last error:$"
    r"|\[?[WEI]\d{4} [\d:.]+ |\[[^\]]+\] \[\w+\] \[launch\.py:\d+:"
    r"|\s*\d+%\||wandb: |.*\bUserWarning: resource_tracker: "
)
"""Rows that go on with the message of an error, and what libraries print while the program ends:
the errors of CUDA and NCCL, the loggers of PyTorch and DeepSpeed, tqdm, wandb."""

_BAR = re.compile(r"\s*\d+%\|")
BARS_AFTER, OTHERS_AFTER = 2, 20
"""Rows after a traceback that are bars, or of other ranks and no part of a traceback: more of them
mean that the training went on, and that the traceback was only logged."""

_ROOT = re.compile(r"^Root Cause\b")
_TOLD = re.compile(r"^\s+(rank|exitcode)\s*:\s*(.+?)\s*$")
"""Rows of torchrun's table of failures: `  rank      : 1 (local_rank: 1)`."""

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

    `first` is the number of the first row. Blank rows and rows of ours may follow, and what _AFTER
    knows. Of chained exceptions the whole chain is meant; a launcher's own traceback gives way to
    its worker's: to the one that failed first, where the launcher tells which that was.
    """
    lines = [_parsed(row) for row in rows]
    end = len(lines)
    while end and (not lines[end - 1].text.strip() or lines[end - 1].text.startswith(OWN_ROW)):
        end -= 1
    found = _ending(lines, end)
    if found is None:
        return None
    line = lines[found[1]].text.strip()
    if _LAUNCHER.search(line):
        told = _told(lines[found[1] + 1 : end])
        worker = _worker(lines, found[0], told)
        if worker is not None:
            found, line = worker, lines[worker[1]].text.strip()
        elif told:
            line += f" rank {told.get('rank')}, exit code {told.get('exitcode')}"
    begin, last = found
    return Trace(first + _chain(lines, begin), first + last, line)


def is_head(row: str) -> bool:
    """Whether a row is the first one of a traceback."""
    return "Traceback (most recent" in row and bool(_HEAD.match(_parsed(row).text))


def trace_from(rows: Sequence[str], first: int = 0) -> Trace | None:
    """The traceback that begins with the first of the rows, whose number is `first`; exceptions
    chained to it included. None when none begins there, or when its end is not among the rows."""
    lines = [_parsed(row) for row in rows]
    last = _last_line(lines, 0, len(lines)) if lines and _HEAD.match(lines[0].text) else None
    if last is None:
        return None
    while (following := _follower(lines, last)) is not None:
        last = following
    return Trace(first, first + last, lines[last].text.strip())


class _Line(NamedTuple):
    """A row without colour: which rank's, None where no row says so, and its text."""

    rank: str | None
    text: str


def _parsed(row: str) -> _Line:
    plain = _COLOUR.sub("", row).rstrip()
    found = _RANK.match(plain)
    return _Line(found[1] or found[2], plain[found.end() :]) if found else _Line(None, plain)


def _told(table: Sequence[_Line]) -> dict[str, str]:
    """What torchrun tells of the worker that failed first; empty when it does not."""
    begin = next((i for i, line in enumerate(table) if _ROOT.match(line.text)), len(table))
    found = (_TOLD.match(line.text) for line in table[begin:])
    return {row[1]: row[2] for row in found if row}


def _worker(lines: Sequence[_Line], end: int, told: dict[str, str]) -> tuple[int, int] | None:
    """The traceback of the worker a launcher tells of; one that was killed left none, and what the
    others say is then not why."""
    if told.get("exitcode", "").startswith("-"):
        return None
    return _ending(lines, end, loose=True, rank=told.get("rank", "").partition(" ")[0])


def _ending(
    lines: Sequence[_Line], end: int, *, loose: bool = False, rank: str = ""
) -> tuple[int, int] | None:
    """(head, last line) of the last traceback before `end`; rows after it only when `loose`.

    With `rank` the last one of that rank, if there is one.
    """
    heads = [row for row in range(end - 1, -1, -1) if _HEAD.match(lines[row].text)]
    mine = [row for row in heads if rank and lines[row].rank == rank]
    for head in (mine or heads)[:1]:
        last = _last_line(lines, head, end)
        if last is None:
            return None
        launched = _LAUNCHER.search(lines[last].text)
        of = lines[head].rank
        goes_on = _goes_on(lines[last + 1 : end], of)
        return (head, last) if goes_on or loose or launched else None
    return None


def _goes_on(rows: Sequence[_Line], rank: str | None) -> bool:
    """Whether the rows after a traceback say nothing against its being the end: others may still
    have said a little, and a bar or two may have been left."""
    bars = sum(1 for row in rows if _BAR.match(row.text))
    odd = [row for row in rows if not (_INSIDE.match(row.text) or _AFTER.match(row.text))]
    are_others = rank is not None and all(row.rank not in (None, rank) for row in odd)
    said = [row for row in odd if not (_HEAD.match(row.text) or _LAST.match(row.text))]
    return bars <= BARS_AFTER and (not odd or (are_others and len(said) <= OTHERS_AFTER))


def _last_line(lines: Sequence[_Line], head: int, end: int) -> int | None:
    """The row with the exception itself: the first one that is not inside the traceback. What
    other ranks print in between is passed over."""
    rank = lines[head].rank
    for row in range(head + 1, end):
        if rank is not None and lines[row].rank != rank:
            continue
        if not _INSIDE.match(lines[row].text):
            return row if _LAST.match(lines[row].text) else None
    return None


def _chain(lines: Sequence[_Line], head: int) -> int:
    """The head of the first traceback of a chain that ends with the one at `head`."""
    row = head - 1
    while row >= 0 and not lines[row].text.strip():
        row -= 1
    if row < 0 or not _BRIDGE.match(lines[row].text):
        return head
    before = next((r for r in range(row - 1, -1, -1) if _HEAD.match(lines[r].text)), None)
    return head if before is None else _chain(lines, before)


def _follower(lines: Sequence[_Line], last: int) -> int | None:
    """The last row of the traceback that is chained to the one that ends with row `last`."""
    said = [row for row in range(last + 1, min(last + 6, len(lines))) if lines[row].text.strip()]
    if len(said) < 2 or not _BRIDGE.match(lines[said[0]].text):
        return None
    head = said[1]
    return _last_line(lines, head, len(lines)) if _HEAD.match(lines[head].text) else None
