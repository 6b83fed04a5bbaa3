"""What of a run has to get onto the disk: rows, journal and metrics.db, and what waits for it.

Nothing waits for a disk that does not take it: `unwritten` says why, and it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable
from math import inf
from typing import TYPE_CHECKING, Any

from console.backend.store import Busy, Store

if TYPE_CHECKING:
    from console.backend.journal import Journal
    from console.backend.transcript import Transcript

COMMIT_SECONDS = 0.5
COMMIT_BYTES = 32 << 20
COMMIT_VALUES = 1 << 16
FULL_VALUES = 4 * COMMIT_VALUES
FULL_BYTES = 16 << 20
"""What may wait in memory while nothing can be written; more stays in the inputs, on disk."""


class Books:
    """One set of open files; `mono` is the clock since boot."""

    def __init__(
        self, store: Store, journal: Journal, transcript: Transcript, mono: Callable[[], float]
    ) -> None:
        self.unwritten: str | None = None
        """Why something cannot be written at the moment."""
        self._store, self._journal, self._transcript = store, journal, transcript
        self._mono = mono
        self._commit_at = -inf
        self._committed = transcript.position

    def write(self, *, journal: bool = False) -> bool:
        """Writes rows, which are to be seen at once; False when the disk does not take them now.

        The journal only before a commit, when nothing of what it tells is held back: should
        metrics.db be lost, it is known exactly what the journal has of the output.
        """
        try:
            self._transcript.write()
            if journal:
                self._journal.flush()
        except OSError as error:
            self.unwritten = str(error)
            return False
        return True

    def is_full(self) -> bool:
        """Whether as much is waiting as may wait in memory."""
        waiting = self._transcript.waiting + self._journal.waiting
        return self._store.added >= FULL_VALUES or waiting >= FULL_BYTES

    def due(self) -> bool:
        """Whether it is time for a commit, if there is anything to commit."""
        read = self._transcript.position - self._committed
        much = read >= COMMIT_BYTES or self._store.added >= COMMIT_VALUES
        return (much and self.unwritten is None) or self._mono() >= self._commit_at

    def commit(self, record: dict[str, Any], groups: dict[str, Any]) -> bool:
        """`record` and `groups` of the state in one transaction, after the files they speak of;
        False when that cannot be now. Raises store.Damaged."""
        try:
            self._store.commit(record, groups)
        except Busy as error:
            self.unwritten = f"{self._store.path}: {error}"
            return False
        self.unwritten = None
        self._committed = self._transcript.position
        return True

    def put_off(self) -> None:
        """The next commit is a while from now."""
        self._commit_at = self._mono() + COMMIT_SECONDS
