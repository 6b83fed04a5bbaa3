"""Finding a pattern in blocks of clean rows, at the speed of `bytes.find` where that is possible.

A `Matcher` is made once for a pattern and asked for block after block. Colour sequences do not
hide a hit: where one stands within what is looked for, the block is searched without them. Case is
ignored by lowering both sides, which is several times faster than `re.IGNORECASE`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from console.backend.search_tree import COLOUR_SOURCE, required

if TYPE_CHECKING:
    from console.core.sources import SearchPattern

COLOUR = re.compile(COLOUR_SOURCE.encode())
"""What is in a row beside its text; the mark of a row of ours (0x1e) is the other thing."""

_CROSSES = re.compile(r"\[\^|\\[sWDnAZ]|\(\?[a-z]*s")
"""In a regular expression: what can reach over the end of a row, or means the ends of the text."""


def plain(text: bytes) -> bytes:
    """The text without colour sequences and marks of ours."""
    if b"\x1b" in text:
        text = COLOUR.sub(b"", text)
    return text.replace(b"\x1e", b"") if b"\x1e" in text else text


class Matcher:
    """Says which rows of a block match a pattern.

    Raises `re.error` for a regular expression that is none.
    """

    def __init__(self, pattern: SearchPattern) -> None:
        self._lower = pattern.ignore_case
        self._find: Callable[[bytes], Iterator[int]]
        self._needle = b""
        if pattern.regex or (self._lower and not pattern.text.isascii()):
            source = pattern.text if pattern.regex else re.escape(pattern.text)
            self._regex = re.compile(source, re.MULTILINE)
            self._find = self._each_row if _CROSSES.search(source) else self._regex_rows
            self._needle = required(source, fold=self._lower).encode()
        else:
            self._needle = pattern.text.encode("utf-8", "replace")
            self._find = self._literal_rows
        before = re.escape(self._needle[:-1])
        # What is looked for, interrupted: the lookbehind comes after a byte that `re` jumps to.
        self._broken = re.compile(b"\x1b(?<=[" + before + b"]\x1b)") if before else None

    def rows(self, block: bytes) -> Iterator[int]:
        """Numbers of the matching rows of a block of whole rows, 0-based, in order."""
        if self._needle and not self._may_match(block):
            return iter(())
        return self._find(plain(block))

    def _may_match(self, block: bytes) -> bool:
        """Whether the needle is there, or could be but for colour sequences."""
        text = block.lower() if self._lower else block
        if self._needle in text:
            return True
        return self._broken is not None and self._broken.search(text) is not None

    def _literal_rows(self, text: bytes) -> Iterator[int]:
        if self._lower:
            text = text.lower()
        return self._needle_rows(text)

    def _needle_rows(self, text: bytes) -> Iterator[int]:
        row = counted = 0
        found = text.find(self._needle)
        while 0 <= found < len(text):
            row += text.count(b"\n", counted, found)
            yield row
            row += 1
            counted = text.find(b"\n", found) + 1
            if not counted:
                return
            found = text.find(self._needle, counted)

    def _regex_rows(self, block: bytes) -> Iterator[int]:
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
        search = self._regex.search
        for number, line in enumerate(lines):
            if search(line):
                yield number

    def _text(self, block: bytes) -> str:
        text = block.decode("utf-8", "replace")
        return text.lower() if self._lower else text
