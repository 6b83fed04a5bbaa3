"""Finding a pattern in blocks of clean rows, at the speed of `bytes.find` where that is possible.

A `Matcher` is made once for a pattern and asked for block after block. Colour sequences do not
hide a hit: a row that has one after a byte of what is looked for is looked at without them. Case is
ignored by lowering both sides, which is several times faster than `re.IGNORECASE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

from console.backend.search_tree import COLOUR_SOURCE, required

COLOUR = re.compile(COLOUR_SOURCE.encode())
"""What is in a row beside its text; the mark of a row of ours (0x1e) is the other thing."""

_IN_COLOURS = b"\x1b[0123456789;:m"
"""What a colour sequence is made of; text that begins with something else cannot begin in one."""

_CROSSES = re.compile(r"\[\^|\\[sWDnAZ]|\(\?[a-z]*s")
"""In a regular expression: what can reach over the end of a row, or means the ends of the text."""


def plain(text: bytes) -> bytes:
    """The text without colour sequences and marks of ours."""
    if b"\x1b" in text:
        text = COLOUR.sub(b"", text)
    return text.replace(b"\x1e", b"") if b"\x1e" in text else text


def marks(
    offsets: Sequence[int], rows: Sequence[int], first: int, end: int
) -> Iterator[tuple[int, int]]:
    """(byte, number) of the rows that begin blocks first … end-1, counted from block `first`."""
    for block in range(first + 1, end):
        yield offsets[block] - offsets[first], rows[block] - rows[first]


class Asked(Protocol):
    """What is looked for; see `core.sources.SearchPattern`."""

    @property
    def text(self) -> str: ...
    @property
    def regex(self) -> bool: ...
    @property
    def ignore_case(self) -> bool: ...


class Matcher:
    """Says which rows of a block match a pattern.

    Raises `re.error` for a regular expression that is none.
    """

    def __init__(self, pattern: Asked) -> None:
        self._lower = pattern.ignore_case
        self._find: Callable[[bytes], Iterator[int]] = self._each_row
        self._regex: re.Pattern[str] | None = None
        if pattern.regex or (self._lower and not pattern.text.isascii()):
            source = pattern.text if pattern.regex else re.escape(pattern.text)
            self._regex = re.compile(source, re.MULTILINE)
            if not _CROSSES.search(source):
                self._find = self._regex_rows
            self._needle = required(source, fold=self._lower).encode()
        else:
            self._needle = pattern.text.encode("utf-8", "replace")
        self._sure = (
            self._regex is None
            and self._needle[:1] not in _IN_COLOURS
            and not any(sign in self._needle for sign in (b"\n", b"\x1b", b"\x1e"))
        )
        before = re.escape(self._needle[:-1])
        # What is looked for, interrupted: the lookbehind comes after a byte that `re` jumps to.
        self._broken = re.compile(b"\x1b(?<=[" + before + b"]\x1b)") if before else None

    @property
    def is_slow(self) -> bool:
        """Whether each row must be tried, as nothing is known that is in every hit."""
        return not self._needle

    def rows(self, block: bytes, marks: Iterable[tuple[int, int]] = ()) -> Iterator[int]:
        """Numbers of the matching rows of a block of whole rows, 0-based, in order.

        `marks`, where they are known: (byte, number) of rows in the block, ascending.
        """
        if not self._needle:
            yield from self._find(plain(block))
            return
        row = counted = 0
        known = iter(marks)
        following = next(known, None)
        for at in self._likely(block):
            while following and following[0] <= at:
                counted, row = following
                following = next(known, None)
            row += block.count(b"\n", counted, at)
            counted = at
            yield row

    def among(self, rows: Sequence[bytes]) -> list[int]:
        """Places of the matching rows in a list of rows without newlines, in order."""
        if self._regex is not None:
            return [*self._each_row(plain(b"\n".join([*rows, b""])))]
        needle, lower, sure, found = self._needle, self._lower, self._sure, list[int]()
        for place, row in enumerate(rows):
            text = row.lower() if lower else row
            is_bare = b"\x1b" not in row and b"\x1e" not in row
            is_hit = (sure or is_bare) and needle in text
            if is_hit or (not is_bare and self._is_hit(plain(row))):
                found.append(place)
        return found

    def _likely(self, block: bytes) -> Iterator[int]:
        """A byte in each matching row, of the rows that hold the needle, or could but for colours.

        Where the needle is text that is in the row for sure, nothing is judged.
        """
        text = block.lower() if self._lower else block
        needle, sure = self._needle, self._sure
        whole, broken = text.find(needle), self._broken_at(text, 0)
        while whole >= 0 or broken >= 0:
            at = min(whole, broken) if whole >= 0 and broken >= 0 else max(whole, broken)
            end = text.find(b"\n", at)
            end = len(text) if end < 0 else end
            if sure and broken < 0:  # as it mostly is
                yield at
                whole = text.find(needle, end)
                continue
            row = slice(text.rfind(b"\n", 0, at) + 1, end)
            if (sure and at == whole) or self._is_hit(plain(block[row])):
                yield at
            if 0 <= whole < end:
                whole = text.find(needle, end)
            if 0 <= broken < end:
                broken = self._broken_at(text, end)

    def _broken_at(self, text: bytes, start: int) -> int:
        """Where a colour comes after a byte of the needle, from `start` on; -1: nowhere."""
        found = self._broken.search(text, start) if self._broken else None
        return found.start() if found else -1

    def _is_hit(self, row: bytes) -> bool:
        if self._regex is not None:
            return self._regex.search(self._text(row)) is not None
        return self._needle in (row.lower() if self._lower else row)

    def _regex_rows(self, block: bytes) -> Iterator[int]:
        assert self._regex is not None
        text = self._text(block)
        row = counted = 0
        found = self._regex.search(text)
        while found and found.start() < len(text):
            row += text.count("\n", counted, found.start())
            yield row
            row += 1
            counted = text.find("\n", found.start()) + 1
            if not counted:
                return
            found = self._regex.search(text, counted)

    def _each_row(self, block: bytes) -> Iterator[int]:
        """Row by row, where one search could read the whole block and find what is in no row."""
        lines = self._text(block).split("\n")
        if not lines[-1]:
            lines.pop()
        assert self._regex is not None
        search = self._regex.search
        for number, line in enumerate(lines):
            if search(line):
                yield number

    def _text(self, block: bytes) -> str:
        text = block.decode("utf-8", "replace")
        return text.lower() if self._lower else text
