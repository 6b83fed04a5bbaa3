"""ripgrep as a pair of eyes: it says which rows could match, `Matcher` says which do.

One process for a segment of rows and a pattern, started by us and ended by its own handle when
nobody wants the rest; the next segment is read meanwhile, as far as a pipe holds. It reads only,
and its configuration file is not read.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import shutil
import struct
import subprocess
import termios
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING

from console.backend.search_bytes import has_case
from console.backend.search_tree import Superset, Trust, superset, superset_of_text

if TYPE_CHECKING:
    from console.backend.rows_index import Place
    from console.backend.search import Matcher
    from console.core.sources import SearchPattern

PROGRAM = "rg"
WAIT_SECONDS = 0.001
"""How long is waited for its output at a time: whoever asks has other things to do."""
AT_ONCE = 2
"""Segments that are read at the same time."""
_NICENESS = 1
"""Below a trainer on the same cores, but somebody waits for the answer."""
_READ_BYTES = 1 << 18
_FEW_BYTES = 1 << 16
"""ripgrep writes 8 KiB at a time; for less than this it is given a little longer."""
_PIPE_BYTES = 1 << 20
_OPTIONS = (
    "--no-config", "--text", "--line-number", "--no-heading", "--no-filename", "--color=never",
    "--encoding=none", "--case-sensitive", "--no-messages", "--threads=1",
)  # fmt: skip
_FOUND_OR_NOT = (0, 1)


class Failed(Exception):
    """ripgrep did not do it; what it told so far is true."""


def patterns(pattern: SearchPattern) -> Superset | None:
    """What to ask ripgrep for; None when it is not there or would not understand."""
    if shutil.which(PROGRAM) is None or "\n" in pattern.text or "\0" in pattern.text:
        return None
    source = pattern.text if pattern.regex else re.escape(pattern.text)
    fold = pattern.ignore_case and has_case(source)
    if not pattern.regex and pattern.text.isascii():
        return superset_of_text(pattern.text, fold=fold)
    return superset(source, fold=fold)


def search(
    matcher: Matcher, wanted: Superset, places: Iterator[Place]
) -> Generator[tuple[Place, Sequence[int] | None]]:
    """Matching rows of segments in portions, in order; None while nothing new is known.

    The last portion of a segment may be empty. Raises Failed, and OSError when the program cannot
    be started.
    """
    begun = deque[_Segment]()
    try:
        while True:
            for place in islice(places, AT_ONCE - len(begun)):
                begun.append(_Segment(matcher, wanted, place))
                begun[-1].start()
            if not begun:
                return
            for portion in begun[0].portions():
                yield begun[0].place, portion
            begun.popleft().end()
    finally:
        for segment in begun:
            segment.end()


class _Segment:
    """A segment, and the processes that read it."""

    def __init__(self, matcher: Matcher, wanted: Superset, place: Place) -> None:
        self.place = place
        self._asked = [_Asked(matcher, source, wanted.trust, place) for source in wanted.sources]

    def start(self) -> None:
        for asked in self._asked:
            asked.start()

    def portions(self) -> Iterator[Sequence[int] | None]:
        first, *others = self._asked
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

    def end(self) -> None:
        for asked in self._asked:
            asked.end()


class _Asked:
    """One process."""

    def __init__(self, matcher: Matcher, source: str, trust: Trust, place: Place) -> None:
        self._matcher, self._source, self._trust, self._place = matcher, source, trust, place
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        path, offset = self._place.path, self._place.offset
        words = [PROGRAM, *_OPTIONS, "-e", self._source, "--", str(path) if not offset else "-"]
        with path.open("rb") as file:
            os.lseek(file.fileno(), offset, os.SEEK_SET)
            self._process = process = subprocess.Popen(
                words,
                stdin=file if offset else subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
            )
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, process.pid, os.nice(0) + _NICENESS)
        assert process.stdout is not None
        with suppress(OSError, AttributeError):
            fcntl.fcntl(process.stdout.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_BYTES)

    def portions(self) -> Iterator[Sequence[int] | None]:
        process = self._process
        assert process is not None
        assert process.stdout is not None
        pipe, rest, is_known = process.stdout.fileno(), b"", False
        while True:
            if not select.select([pipe], [], [], WAIT_SECONDS)[0]:
                yield None
                continue
            if is_known and 0 < _waiting(pipe) < _FEW_BYTES:
                time.sleep(WAIT_SECONDS)
            data = os.read(pipe, _READ_BYTES)
            if not data:
                break
            whole, newline, rest = (rest + data).rpartition(b"\n")
            if newline:
                is_known = True  # the first hit is not kept back
                yield self._judged(whole)
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
        rows = lines.split(b"\n")
        numbers = _numbers(rows, self._place.row - 1)
        doubtful = self._doubtful(lines, rows)
        if not doubtful:
            return numbers
        texts = [rows[place].partition(b":")[2] for place in doubtful]
        hits = self._matcher.among(texts)
        if len(hits) == len(doubtful):
            return numbers
        wrong = {*doubtful} - {doubtful[hit] for hit in hits}
        return [number for place, number in enumerate(numbers) if place not in wrong]

    def _doubtful(self, lines: bytes, rows: Sequence[bytes]) -> Sequence[int]:
        """The places of those rows in which ripgrep may have found what Python does not."""
        if self._trust is Trust.NONE:
            return range(len(rows))
        is_ascii = self._trust is Trust.ALL or lines.isascii()
        if is_ascii and b"\x1b" not in lines and b"\x1e" not in lines:
            return ()
        return [
            place
            for place, row in enumerate(rows)
            if b"\x1b" in row or b"\x1e" in row or not (is_ascii or row.isascii())
        ]


def _numbers(rows: Sequence[bytes], base: int) -> list[int]:
    """What stands before the colon, plus `base`; the numbers ascend."""
    digits = rows[-1].find(b":")
    if rows[0].find(b":") == digits:  # they are all as long
        return [base + number for number in map(int, map(itemgetter(slice(digits)), rows))]
    return [base + int(row.partition(b":")[0]) for row in rows]


def _waiting(pipe: int) -> int:
    """Bytes in a pipe; 0 where that cannot be asked."""
    try:
        (count,) = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)))
    except OSError:
        return 0
    return int(count)
