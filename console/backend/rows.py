"""The clean rows of a run, read from its `screen.*` files: what the stream widget draws from.

`ScreenRows` is a `core.sources.RowSource`. A page costs one read of about 64 KiB however long the
log is, and memory grows by 16 bytes per 64 KiB of log. Searching is in `rows_scan.py`, finding the
place of a row in `rows_index.py`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.colours import plain
from console.backend.rows_index import INDEX_NAME, RowIndex, SegmentText
from console.backend.veil import Veil, secrets_of
from console.backend.wholefile import whole

if TYPE_CHECKING:
    from console.backend.search import Matcher
    from console.core.sources import SearchPattern

_KEPT_BLOCKS = 4
_EXPORT_BYTES = 1 << 20


class ScreenRows:
    """Settled rows from the files of `run_dir`, live rows as they were told; secrets are masked.

    For one thread; only `export` may run in another one.
    """

    _clock = staticmethod(time.perf_counter)

    def __init__(self, run_dir: Path) -> None:
        self._dir = run_dir
        self._text = SegmentText(run_dir)
        self._index = RowIndex(self._text, run_dir / INDEX_NAME)
        self._blocks: dict[int, list[bytes]] = {}
        self._told: int | None = None
        self._live: Sequence[bytes] = ()
        self._veil = Veil(secrets_of(run_dir))

    def tell(self, count: int, live: Sequence[bytes]) -> None:
        """What the backend says: `count` settled rows can be read, and these may still change.

        A smaller count than before means that the files were cut back after a crash.
        """
        if self._told is not None and count < self._told:
            self._index.forget(count)
            self._blocks.clear()
        self._told = count
        self._live = live

    def count(self) -> int:
        """Settled rows: as told, or counted in the files while nobody told."""
        return self._index.total() if self._told is None else self._told

    def live(self) -> Sequence[bytes]:
        """Rows after the settled ones that may still change."""
        return self._veil.rows(self._live)

    def rows(self, first: int, count: int) -> Sequence[bytes]:
        """Settled rows first … first+count-1 without newlines; fewer at the end."""
        first = max(0, first)
        wanted = min(first + count, self.count()) - first
        found: list[bytes] = []
        while len(found) < wanted:
            number = self._index.block_of(first + len(found))
            skip = first + len(found) - self._index.rows[number]
            part = self._block(number)[skip : skip + wanted - len(found)]
            if not part:
                break
            found += part
        return self._veil.rows(found)

    def tail(self, count: int) -> Sequence[bytes]:
        """The last `count` settled rows."""
        total = self.count()
        first = max(0, total - count)
        return self.rows(first, total - first)

    def find(self, pattern: SearchPattern, start: int, *, forward: bool) -> int | None:
        """The first settled row that matches, from `start` on (included), up or down."""
        if not forward:
            from console.backend.search import Matcher  # only who searches needs what it brings

            return self._find_backward(Matcher(pattern), start)
        for portion in self.scan(pattern, start):
            if portion:
                return portion[0]
        return None

    def matches(self, pattern: SearchPattern, limit: int) -> Sequence[int]:
        """The numbers of all settled rows that match, in order, at most `limit`."""
        found: list[int] = []
        for portion in self.scan(pattern):
            found += portion
            if len(found) >= limit:
                break
        return found[:limit]

    def scan(self, pattern: SearchPattern, start: int = 0) -> Iterator[Sequence[int]]:
        """Matching settled rows from `start` on, in portions of `SLICE_SECONDS` of work each.

        A portion may be empty: the search goes on. It ends with the rows there were when it began;
        closing the generator ends it before. Raises `re.error` for a bad regular expression.
        """
        from console.backend.rows_scan import Scan  # only who searches needs what it brings

        return Scan(self._index, pattern, self.count(), self._clock).rows(start)

    def export(self, path: Path, clean: bool = True) -> None:
        """Writes every settled row to `path`, atomically; `clean` leaves the colours out.

        May run in a thread of its own. Raises OSError; `path` is then as it was.
        """
        with whole(path) as file:
            file.writelines(self.blocks(clean=clean))

    def blocks(self, *, clean: bool = True) -> Iterator[bytes]:
        """Every settled row in blocks of whole rows, secrets masked, through files of its own."""
        for block in self._blocks_of_rows(self._told):
            shown = self._veil.block(block)
            yield plain(shown) if clean else shown.replace(b"\x1e", b"")

    def close(self) -> None:
        """Closes the files."""
        self._text.close()

    def _blocks_of_rows(self, wanted: int | None) -> Iterator[bytes]:
        """The text in blocks of whole rows, at most `wanted` rows, through files of its own."""
        text, offset, left = SegmentText(self._dir), 0, wanted
        text.size()
        try:
            while left != 0 and (block := text.read(offset, _EXPORT_BYTES)):
                end = block.rfind(b"\n") + 1
                if not end and len(block) < _EXPORT_BYTES:
                    return
                block = block[: end or None]
                offset += len(block)
                if left is not None and (rows := block.count(b"\n")) > left:
                    block = b"".join(row + b"\n" for row in block.split(b"\n", left)[:left])
                    left = 0
                elif left is not None:
                    left -= rows
                yield block
        finally:
            text.close()

    def _block(self, number: int) -> list[bytes]:
        """The rows of a block; the last ones asked for are kept, but for the one that grows."""
        if number in self._blocks:
            return self._blocks[number]
        rows = self._index.block(number).split(b"\n")
        rows.pop()
        if number + 1 < len(self._index):
            self._blocks[number] = rows
            if len(self._blocks) > _KEPT_BLOCKS:
                del self._blocks[next(iter(self._blocks))]
        return rows

    def _find_backward(self, matcher: Matcher, start: int) -> int | None:
        start = min(start, self.count() - 1)
        if start < 0:
            return None
        number = self._index.block_of(start)
        while number >= 0:
            base = self._index.rows[number]
            hits = [base + hit for hit in matcher.rows(self._index.block(number))]
            hits = [hit for hit in hits if hit <= start]
            if hits:
                return hits[-1]
            number -= 1
        return None
