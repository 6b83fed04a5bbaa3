"""Finding a pattern in blocks of clean rows, at the speed of `bytes.find` where that is possible.

A `Matcher` is made once for a pattern and asked for block after block. Colour sequences do not
hide a hit: a row that has one after a byte of what is looked for is looked at without them. Case is
ignored by lowering both sides, which is several times faster than `re.IGNORECASE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol

from console.backend.colours import plain
from console.backend.search_bytes import has_case, nearest, needles, undecoded

_IN_COLOURS = b"\x1b[0123456789;:m"
"""What a colour sequence is made of; text that begins with something else cannot begin in one."""

_CROSSES = re.compile(r"\[\^|\\[sWDnAZBxuUN0-9]|\\[a-z]-|\n|\(\?[a-z]*s")
"""In a regular expression: what can reach over the end of a row, or means the ends of the text."""

_LOOK_BYTES = 8192
_FAR_APART = 512
"""Bytes between two needles from which on it is better to look for the needle than to try the
expression everywhere."""


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
        source = pattern.text if pattern.regex else re.escape(pattern.text)
        self._lower = pattern.ignore_case and has_case(source)
        self._find: Callable[[bytes], Iterator[int]] = self._each_row
        self._regex: re.Pattern[str] | None = None
        self._bytes: re.Pattern[bytes] | None = None
        self._always = self._begins = False
        if pattern.regex or (self._lower and not pattern.text.isascii()):
            self._regex = re.compile(source, re.MULTILINE)
            self._bytes, self._always = undecoded(source, fold=self._lower) or (None, False)
            texts = needles(source, fold=self._lower)
            self._needles = tuple(text.encode() for text in texts)
            if not _CROSSES.search(source):
                self._find = self._regex_rows
                beginning = source.replace("\\", "")
                self._begins = self._always and len(texts) == 1 and beginning.startswith(texts)
        else:
            text = pattern.text.encode("utf-8", "replace")
            self._needles = (text,) if text else ()
        self._sure = self._regex is None and all(
            needle[:1] not in _IN_COLOURS
            and not any(sign in needle for sign in (b"\n", b"\x1b", b"\x1e"))
            for needle in self._needles
        )
        before = re.escape(b"".join(needle[:-1] for needle in self._needles))
        # What is looked for, interrupted: the lookbehind comes after a byte that `re` jumps to.
        self._broken = re.compile(b"\x1b(?<=[" + before + b"]\x1b)") if before else None

    @property
    def is_slow(self) -> bool:
        """Whether each row must be tried, as nothing is known that is in every hit."""
        return not self._needles

    def rows(self, block: bytes, marks: Iterable[tuple[int, int]] = ()) -> Iterator[int]:
        """Numbers of the matching rows of a block of whole rows, 0-based, in order.

        `marks`, where they are known: (byte, number) of rows in the block, ascending.
        """
        if not self._needles or (self._begins and self._is_dense(block)):
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
        (needle,) = self._needles or (b"",)
        lower, sure, found = self._lower, self._sure, list[int]()
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
        find, sure = nearest(text, self._needles), self._sure
        whole, broken = find(0), self._broken_at(text, 0)
        while whole >= 0 or broken >= 0:
            at = whole if broken < 0 or 0 <= whole < broken else broken
            end = text.find(b"\n", at)
            end = len(text) if end < 0 else end
            if sure and broken < 0:  # as it mostly is
                yield at
                whole = find(end)
                continue
            row = block[text.rfind(b"\n", 0, at) + 1 : end]
            if (sure and at == whole) or self._is_hit(row):
                yield at
            if 0 <= whole < end:
                whole = find(end)
            if 0 <= broken < end:
                broken = self._broken_at(text, end)

    def _broken_at(self, text: bytes, start: int) -> int:
        """Where a colour comes after a byte of the needle, from `start` on; -1: nowhere."""
        found = self._broken.search(text, start) if self._broken else None
        return found.start() if found else -1

    def _is_dense(self, block: bytes) -> bool:
        """Whether the needle is so often in it that the expression itself finds it sooner."""
        return block.count(self._needles[0], 0, _LOOK_BYTES) * _FAR_APART > _LOOK_BYTES

    def _is_hit(self, row: bytes) -> bool:
        if b"\x1b" in row or b"\x1e" in row:
            row = plain(row)
        if self._regex is None:
            return self._needles[0] in (row.lower() if self._lower else row)
        if self._bytes is not None and (self._always or row.isascii()):
            return self._bytes.search(row.lower() if self._lower else row) is not None
        return self._regex.search(self._text(row)) is not None

    def _regex_rows(self, block: bytes) -> Iterator[int]:
        regex, text, newline = self._readable(block)
        row = counted = 0
        found = regex.search(text)
        while found and found.start() < len(text):
            row += text.count(newline, counted, found.start())
            yield row
            row += 1
            counted = text.find(newline, found.start()) + 1
            if not counted:
                return
            found = regex.search(text, counted)

    def _each_row(self, block: bytes) -> Iterator[int]:
        """Row by row, where one search could read the whole block and find what is in no row."""
        regex, text, newline = self._readable(block)
        lines = text.split(newline)
        if not lines[-1]:
            lines.pop()
        search = regex.search
        for number, line in enumerate(lines):
            if search(line):
                yield number

    def _readable(self, rows: bytes) -> tuple[re.Pattern[Any], Any, Any]:
        """What to search rows with, their text for it, and a newline; decoded where it matters."""
        assert self._regex is not None
        if self._bytes is not None and (self._always or rows.isascii()):
            return self._bytes, rows.lower() if self._lower else rows, b"\n"
        return self._regex, self._text(rows), "\n"

    def _text(self, rows: bytes) -> str:
        text = rows.decode("utf-8", "replace")
        return text.lower() if self._lower else text
