"""ripgrep as a pair of eyes: it says which rows could match, `Matcher` says which do.

One process for a segment of rows and a pattern, started by us and ended by its own handle when
nobody wants the rest. It reads only, and its configuration file is not read.
"""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from console.backend.search_tree import superset, superset_of_text

if TYPE_CHECKING:
    from console.backend.rows_index import Place
    from console.backend.search import Matcher
    from console.core.sources import SearchPattern

PROGRAM = "rg"
WAIT_SECONDS = 0.001
"""How long is waited for its output at a time: whoever asks has other things to do."""
_READ_BYTES = 1 << 18
_OPTIONS = (
    "--no-config", "--text", "--line-number", "--no-heading", "--no-filename", "--color=never",
    "--encoding=none", "--case-sensitive", "--no-messages", "--threads=1",
)  # fmt: skip
_FOUND_OR_NOT = (0, 1)


class Failed(Exception):
    """ripgrep did not do it; what it told so far is true."""


def patterns(pattern: SearchPattern) -> list[str] | None:
    """What to ask ripgrep for; None when it is not there or would not understand."""
    if shutil.which(PROGRAM) is None or "\n" in pattern.text or "\0" in pattern.text:
        return None
    fold = pattern.ignore_case
    if not pattern.regex and pattern.text.isascii():
        return superset_of_text(pattern.text, fold=fold)
    return superset(pattern.text if pattern.regex else re.escape(pattern.text), fold=fold)


def search(matcher: Matcher, wanted: Sequence[str], place: Place) -> Iterator[Sequence[int] | None]:
    """Matching rows of a segment in portions, in order; None while nothing new is known.

    Raises Failed, and OSError when the program cannot be started.
    """
    first, *others = [_Asked(matcher, source, place) for source in wanted]
    try:
        for asked in (first, *others):
            asked.start()
        early: list[int] = []
        for asked in others:  # they find next to nothing, and are through soon
            for portion in asked.portions():
                early += portion or ()
                yield None
        at = 0
        for portion in first.portions():
            if portion and at < len(early):
                end = at
                while end < len(early) and early[end] <= portion[-1]:
                    end += 1
                portion, at = sorted({*portion, *early[at:end]}), end
            yield portion
        yield early[at:]
    finally:
        for asked in (first, *others):
            asked.end()


class _Asked:
    """One process."""

    def __init__(self, matcher: Matcher, source: str, place: Place) -> None:
        self._matcher, self._source, self._place = matcher, source, place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path, offset = self._place.path, self._place.offset
        words = [PROGRAM, *_OPTIONS, "-e", self._source, "--", str(path) if not offset else "-"]
        with path.open("rb") as file:
            os.lseek(file.fileno(), offset, os.SEEK_SET)
            self._process = subprocess.Popen(
                words,
                stdin=file if offset else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )

    def portions(self) -> Iterator[Sequence[int] | None]:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        pipe, rest = process.stdout.fileno(), b""
        while True:
            if not select.select([pipe], [], [], WAIT_SECONDS)[0]:
                yield None
                continue
            data = os.read(pipe, _READ_BYTES)
            if not data:
                break
            whole, newline, rest = (rest + data).rpartition(b"\n")
            if newline:
                yield self._judged(whole + b"\n")
            else:
                yield None
        if process.wait() not in _FOUND_OR_NOT:
            raise Failed(f"{PROGRAM} ended with {process.returncode}")

    def end(self) -> None:
        process = self._process
        if process is not None:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()

    def _judged(self, lines: bytes) -> list[int]:
        """The row numbers of `number:row` lines that match indeed."""
        numbers, rows = [], []
        for line in lines.split(b"\n")[:-1]:
            number, _colon, row = line.partition(b":")
            numbers.append(int(number))
            rows.append(row)
        base = self._place.row - 1
        return [base + numbers[hit] for hit in self._matcher.among(rows)]
