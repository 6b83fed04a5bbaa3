"""One file of metrics: which it was, how far it was told, and what is new in it."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from console.core.formats.files import FileReader

if TYPE_CHECKING:
    from console.core.formats.found import Found

READ_BYTES = 1 << 16
MALFORMED = (ArithmeticError, ValueError, TypeError, LookupError, AttributeError)
"""What a reader may raise where a file makes no sense."""

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


@dataclass(slots=True)
class Followed:
    """A file, how far it was told, and which one it was."""

    path: str
    offset: int
    inode: int
    reader: FileReader
    wants: bool = True
    """Named by the user."""
    reason: str = ""
    """Why it is followed no more."""

    def drop(self, reason: str) -> None:
        """It is left alone from now on."""
        self.offset, self.reason = -1, reason

    def save(self) -> dict[str, Any]:
        return {
            "path": self.path, "offset": self.offset, "inode": self.inode,
            "reader": self.reader.save(), "wants": self.wants,
            "reason": self.reason,
        }  # fmt: skip

    @classmethod
    def load(cls, state: dict[str, Any]) -> Followed:
        return cls(**{**state, "reader": FileReader.load(state["reader"])})


def pass_over(followed: Followed, size: int) -> None:
    """Reads what an earlier run left, for its columns, and tells nothing of it. Raises as
    `read`."""
    while followed.offset < size:
        before = followed.offset
        read(followed, size)
        if followed.offset == before:
            return


def read(followed: Followed, end: int | None = None) -> list[Found]:
    """The next whole lines, at most READ_BYTES. Raises OSError and MALFORMED."""
    if followed.offset < 0:
        return []
    file = os.open(followed.path, _FLAGS)
    try:
        seen = os.fstat(file)
        if not stat.S_ISREG(seen.st_mode):
            return []
        if seen.st_ino != followed.inode or seen.st_size < followed.offset:
            followed.inode, followed.offset = seen.st_ino, 0
            followed.reader.again()
        size = READ_BYTES if end is None else min(READ_BYTES, end - followed.offset)
        data = os.pread(file, size, followed.offset)
    finally:
        os.close(file)
    whole = data.rfind(b"\n") + 1
    if not whole and len(data) == READ_BYTES:
        followed.offset += len(data)  # no line is that long: it is passed over
    followed.offset += whole
    return followed.reader.read(data[:whole])
