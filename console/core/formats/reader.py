"""Rows of one run → what they say. The state is small and JSON-able; nothing raises."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from console.core.formats import (
    bar_held,
    blueprint,
    blueprint_block,
    hf,
    keras,
    keyvalue,
    keyvalue_block,
    lightning,
    mapping,
    prefix,
    torchtune,
    ultralytics,
)
from console.core.formats.families import FAMILIES, may_claim
from console.core.formats.found import Found, Measured, MeasuredBlock
from console.core.formats.memory import Memory
from console.core.formats.own import Own
from console.core.formats.sequence import in_order, in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from console.core.terminal import Cleaned

    Otherwise = Callable[[int, bytes], list[Found]]
    ReadBlock = Callable[[Sequence[int], list[bytes], Memory, Otherwise], list[Found] | None]

LARGE = 200  # lines from which a block is read as columns

_SGR = re.compile(rb"\x1b\[[0-9;]*m")
_PIECE = 1 << 19  # bytes; larger ones only cost more memory
_START = b"Starting training: "

# Rules, blank lines and the marks of a screen: they say nothing, whoever prints them.
_DECORATION = re.compile(
    rb"(?:[\s=_*#~+|-]|\xe2[\x94\x95][\x80-\xbf]){0,4000}$|\[\xe2\x96\x88 Auto-scroll: "
)


@dataclass(frozen=True, slots=True)
class Format:
    """A family of trainers. `read_line(row, line, memory)`: what the line says, None when it is
    not of this family. `read_block(rows, lines, memory, otherwise)`: the same for many lines at
    once; those not of this family it hands to `otherwise`. None when it cannot."""

    name: str
    read_line: Callable[[int, bytes, Memory], list[Found] | None]
    read_block: ReadBlock | None = None


# The first that knows a line has it: the particular before the general.
FORMATS = (
    Format("blueprint", blueprint.read_line, blueprint_block.read_block),
    *(Format(name, read_line) for name, read_line in FAMILIES.items()),
    Format("huggingface", hf.read_line),
    Format("torchtune", torchtune.read_line),
    Format("lightning", lightning.read_line),
    Format("keras", keras.read_line),
    Format("ultralytics", ultralytics.read_line),
    Format("tqdm", lightning.read_any),
    Format("mapping", mapping.read_line),
    Format("keyvalue", keyvalue.read_line, keyvalue_block.read_block),
)
_OTHERS = tuple(known for known in FORMATS if known.read_line not in FAMILIES.values())


class Reader:
    """One per run; keeps what it recognised and where the run is."""

    def __init__(self, own: Own | None = None) -> None:
        """`own`: the user's patterns, which come before all others."""
        self.own = Own(()) if own is None else own
        self._memory = Memory()
        self._lines = 0
        self._recognised: dict[str, int] = {}
        self._versions: dict[str, int] = {}
        self._told: dict[int, str] = {}
        self._values: set[str] = set()

    def read(
        self,
        rows: bytes,
        first_row: int,
        frames: Sequence[bytes] = (),
        frame_rows: Sequence[int] = (),
    ) -> list[Found]:
        """What clean rows (each ending in a newline) and replaced frames say.

        `first_row` is the number of the first row; `frame_rows` counts from it, as in `Cleaned`.
        Blocks above `LARGE` lines are thinned: every loss, checkpoint and evaluation is there, of
        the rest some dozens and the last of each kind.
        """
        found: list[Found] = []
        for start, part in _parts(_SGR.sub(b"", rows) if b"\x1b" in rows else rows):
            lines = part.split(b"\n")
            if not lines[-1]:
                lines.pop()
            found += self._read(range(first_row + start, first_row + start + len(lines)), lines)
        for index, frame in enumerate(frames):
            row = first_row + frame_rows[index] if index < len(frame_rows) else -1
            found += self._read_version(row, frame)
        self._note(found)
        return found

    def take(self, cleaned: Cleaned, first_row: int) -> list[Found]:
        """What cleaned output says, in the order of time: in any chunks the same.

        `first_row` is the number of the first settled row."""
        found: list[Found] = []
        for row, text, is_settled in in_time(cleaned):
            if is_settled:
                found += in_order(self.read(text, first_row + row))
            else:
                found += self._read_version(first_row + row, text)
        self._count_told(cleaned, first_row)
        return found

    def peek(self, live: Sequence[bytes]) -> list[Found]:
        """What live rows already say of lines that wait for them."""
        if not self._memory.bars.waiting:
            return []
        found = hf.peek([_SGR.sub(b"", row) for row in live], self._memory)
        self._note(found)
        return found

    def finish(self) -> list[Found]:
        """The output has ended: what was held back for a better state of it."""
        found = hf.finish(self._memory) + bar_held.finish(self._memory)
        self._note(found)
        return found

    def summary(self) -> dict[str, Any]:
        """Formats seen, most lines first; lines that say something; how many were recognised;
        versions of progress bars that were; names of the values; which of the user's patterns are
        `off`, and why."""
        seen = {**self._versions, **self._recognised}
        return {
            "formats": sorted(seen, key=lambda name: (-self._recognised.get(name, 0), -seen[name])),
            "lines": self._lines,
            "recognised": sum(self._recognised.values()),
            "versions": sum(self._versions.values()),
            "values": sorted(self._values),
            **({"off": dict(self.own.off)} if self.own.off else {}),
        }

    def save(self) -> dict[str, Any]:
        """JSON-able state."""
        return {
            "v": 1,
            "memory": self._memory.save(),
            "lines": self._lines,
            "recognised": dict(self._recognised),
            "versions": dict(self._versions),
            "told": list(self._told.items()),
            "values": sorted(self._values),
            "off": dict(self.own.off),
        }

    @classmethod
    def load(cls, state: dict[str, Any], own: Own | None = None) -> Reader:
        """The reader `save` described."""
        reader = cls(own)
        reader.own.restore(state.get("off", {}))
        reader._memory = Memory.load(state["memory"])
        reader._lines = state["lines"]
        reader._recognised = dict(state["recognised"])
        reader._versions = dict(state["versions"])
        reader._told = dict(state["told"])
        reader._values = set(state["values"])
        return reader

    def _read(self, rows: Sequence[int], lines: list[bytes]) -> list[Found]:
        self._lines += len(lines)
        for known in FORMATS if len(lines) > LARGE and not self.own.active else ():
            others: list[bytes] = []

            def otherwise(row: int, line: bytes, others: list[bytes] = others) -> list[Found]:
                others.append(line)
                return self._read_line(row, line)

            found = known.read_block and known.read_block(rows, lines, self._memory, otherwise)
            if found is not None:
                self._count(known.name, len(lines) - len(others))
                return found
        return [fact for row, line in zip(rows, lines, strict=True)
                for fact in self._read_line(row, line)]  # fmt: skip

    def _read_line(self, row: int, line: bytes) -> list[Found]:
        name, found = self._first(row, line)
        if found is not None:
            self._count(name, 1)
        elif _DECORATION.match(line):
            self._lines -= 1
        return found or []

    def _read_version(self, row: int, text: bytes) -> list[Found]:
        """What a version of a live row says; as a line it counts when it settles."""
        name, found = self._first(row, _SGR.sub(b"", text))
        if found is None:
            self._told.pop(row, None)
            return []
        self._told[row] = name
        self._versions[name] = self._versions.get(name, 0) + 1
        self._note(found)
        return found

    def _count_told(self, cleaned: Cleaned, first_row: int) -> None:
        """Counts the settled rows that were read as versions."""
        self._lines += len(cleaned.told)
        for row in cleaned.told:
            if (name := self._told.get(first_row + row)) is not None:
                self._count(name, 1)
        settled = first_row + cleaned.count
        self._told = {row: name for row, name in self._told.items() if row >= settled}

    def _first(self, row: int, line: bytes) -> tuple[str, list[Found] | None]:
        """The first format that knows a line, and what it says."""
        rank, text = prefix.strip(line)
        if rank is None:
            return self._read_first(line, row, text, self._memory)
        return prefix.of_rank(partial(self._read_first, line), row, text, rank, self._memory)

    def _read_first(
        self, whole: bytes, row: int, line: bytes, memory: Memory
    ) -> tuple[str, list[Found] | None]:
        """The user's patterns see the whole line, with what stands before it."""
        if self.own.active:
            told = self.own.read_line(row, whole, memory)
            if told is not None:
                return told
        for known in FORMATS if may_claim(line) else _OTHERS:
            found = known.read_line(row, line, memory)
            if found is not None:
                return known.name, found
        return "", None

    def _count(self, name: str, lines: int) -> None:
        self._recognised[name] = self._recognised.get(name, 0) + lines

    def _note(self, found: list[Found]) -> None:
        for fact in found:
            if isinstance(fact, (Measured, MeasuredBlock)):
                self._values.update(fact.values)


def _parts(rows: bytes) -> list[tuple[int, bytes]]:
    """The rows in pieces of a good size: (number of the first row, rows). One begins at each start
    of training, which changes how steps count from there on."""
    cuts = {0, len(rows)}
    position = rows.find(_START)
    while position >= 0:
        cuts.add(rows.rfind(b"\n", 0, position) + 1)
        position = rows.find(_START, position + 1)
    for size in range(_PIECE, len(rows), _PIECE):
        cuts.add(rows.rfind(b"\n", 0, size) + 1)
    numbered = []
    row = counted = 0
    for start, end in pairwise(sorted(cuts)):
        row += rows.count(b"\n", counted, start)
        counted = start
        numbered.append((row, rows[start:end]))
    return numbered
