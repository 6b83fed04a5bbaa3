"""What stands before a line: the rank that printed it, and a logger's time, level and place.

Launchers that merge the output of several processes label its lines: torchrun `[default0]:`, the
libraries `[rank1]:`, srun `0: `, mpirun `[1,0]<stdout>:`, Ray `(Worker pid=7) `, DeepSpeed
`[Rank 0]`. Of ranks that all print their results, the first that reports one is listened to, for
each kind of result: rank 0 with most trainers, the last with Megatron. What the others measure
differs in noise only and would overwrite it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured, MeasuredBlock, Saved
from console.core.formats.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[[int, bytes, Memory], tuple[str, list[Found] | None]]

_RANK = re.compile(
    rb"(?:\[[a-zA-Z_]{1,20}(\d{1,5})\]: ?|\[[rR]ank:? ?(\d{1,5})\]:? |\s{0,4}(\d{1,5}): (?=\S)"
    rb"|\[(?:[^\]\s]{1,80}@)?\d{1,9},(\d{1,5})\]<std(?:out|err)>: ?"
    rb"|\((\w{1,40} pid=\d{1,10}(?:, ip=[\w.:]{1,60})?)\) )"
)
_LATER = re.compile(rb"\[[rR]ank (\d{1,5})\] ")

_LEVEL = rb"(?:TRACE|DEBUG|INFO|NOTICE|SUCCESS|WARN(?:ING)?|ERROR|CRITICAL|FATAL)"
_TIME = (
    rb"\[?(?:\d{2,4}[-/]\d\d(?:[-/]\d{2,4})?[ T])?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?"
    rb"(?:Z|[+-]\d\d:?\d\d)?\]?"
)
_NAME = rb"[\w.<>-]{1,80}(?::[\w<>]{1,60})?(?::\d{1,6})?"
_LOG = re.compile(
    rb"(?:"
    # absl: I0706 16:50:26.123456 1401 metric_logger.py:214]
    rb"[IWEF]\d{4} \d\d:\d\d:\d\d\.\d{1,9} +\d{1,9} [\w./<>-]{1,100}:\d{1,6}\] "
    # transformers: [INFO|trainer.py:2409] 2026-03-01 12:00:00,123 >>
    rb"|\[" + _LEVEL + rb"\|[\w./-]{1,80}:\d{1,6}\] " + _TIME + rb" >> "
    # logging.basicConfig: INFO:root:
    rb"|" + _LEVEL + rb":[\w.]{0,100}:"
    # [name] time, then one of: | level | name |, - name - level -, [level] [place], level, nothing
    rb"|\s?(?:\[[a-z]\w{0,19}\] ?)?" + _TIME
    + rb"(?: *\| *" + _LEVEL + rb" *\| *(?:" + _NAME + rb"(?: *\| +| - ))?"
    + rb"| - (?:" + _NAME + rb" - ){0,2}" + _LEVEL + rb" - (?:" + _NAME + rb" - )?"
    + rb"|,? ?\[" + _LEVEL + rb"\] ?(?:\[[\w./:-]{1,120}\] ?){0,3}"
    + rb"|,? " + _LEVEL + rb":? +| )"
    rb")"
)  # fmt: skip
_FIRST = frozenset(b"[( 0123456789TDINSWEFC")
_KINDS: dict[type[object], str] = {
    Measured: "measured", MeasuredBlock: "measured", Evaluated: "evaluated", Saved: "saved",
}  # fmt: skip


def strip(line: bytes) -> tuple[str | None, bytes]:
    """(rank, the line without what stands before it); the rank is None where none is named."""
    if not line or line[0] not in _FIRST:
        return None, line
    rank, at = None, 0
    match = _RANK.match(line)
    if match is not None:
        rank, at = match[match.lastindex or 0].decode("latin-1"), match.end()
    log = _LOG.match(line, at)
    if log is not None:
        at = log.end()
        later = _LATER.match(line, at)
        if later is not None:
            rank, at = rank or later[1].decode("latin-1"), later.end()
    return rank, line[at:] if at else line


def of_rank(
    read: Read, row: int, line: bytes, rank: str, memory: Memory
) -> tuple[str, list[Found] | None]:
    """What a line of a rank says, `read(row, line, memory)`, as far as that rank is listened to."""
    heard = memory.ranks.get("measured")
    own = memory if heard in (None, rank) else Memory(step=memory.step)
    name, found = read(row, line, own)
    if found is None:
        return name, None
    return name, [item for item in found if _is_heard(item, rank, memory, is_own=own is memory)]


def _is_heard(item: Found, rank: str, memory: Memory, *, is_own: bool) -> bool:
    kind = _KINDS.get(type(item))
    return is_own if kind is None else memory.ranks.setdefault(kind, rank) == rank
