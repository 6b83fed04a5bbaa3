"""Named pipes of the run directory: made private, checked at every opening, never waited for."""

from __future__ import annotations

import errno
import fcntl
import os
import stat
import sys
from contextlib import suppress
from pathlib import Path

from .rundir import OUTPUT_FIFO

LINE_BYTES = 512  # the smallest PIPE_BUF POSIX allows: one write of at most this is never torn
OUTPUT_PIPE_BYTES = 1 << 20


class FifoError(OSError):
    """An order could not be handed over; the message says why and which pipe."""


class Missing(FifoError):
    """There is no such pipe."""


class NobodyReads(FifoError):
    """The pipe is there, and no process has it open for reading."""


class Full(FifoError):
    """The reader has stopped reading."""


class Unsafe(FifoError):
    """Not a pipe, a link, somebody else's, or open to others."""


_REASONS: dict[int, tuple[type[FifoError], str]] = {
    errno.ENOENT: (Missing, "does not exist"),
    errno.ENOTDIR: (Missing, "does not exist"),
    errno.ENXIO: (NobodyReads, "has no reader"),
    errno.EPIPE: (NobodyReads, "has no reader"),
    errno.EAGAIN: (Full, "is full: its reader does not read"),
    errno.ELOOP: (Unsafe, "is a link"),
    errno.EISDIR: (Unsafe, "is a directory"),
    errno.EACCES: (Unsafe, "may not be opened by you"),
    errno.EPERM: (Unsafe, "may not be opened by you"),
}


def make(directory: Path, name: str) -> None:
    """Makes the pipe with mode 0600 unless something of that name is there already."""
    with suppress(FileExistsError):
        os.mkfifo(directory / name, 0o600)


def open_rw(directory: Path, name: str) -> int:
    """Returns a non-blocking descriptor for both ends: neither EOF nor SIGPIPE while it is open.

    The output pipe is enlarged to 1 MiB where the system has that. Raises FifoError.
    """
    descriptor = _open(directory / name, os.O_RDWR)
    if name == OUTPUT_FIFO and sys.platform == "linux":
        with suppress(OSError):  # above the user's limit: the pipe keeps its 64 KiB
            fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, OUTPUT_PIPE_BYTES)
    return descriptor


def send(directory: Path, name: str, line: bytes) -> None:
    """Writes one line with one write and never waits.

    Raises Missing, NobodyReads, Full or Unsafe; ValueError for a line above 512 bytes.
    """
    if len(line) > LINE_BYTES:
        raise ValueError(f"{len(line)} bytes are more than the {LINE_BYTES} of one line")
    path = directory / name
    descriptor = _open(path, os.O_WRONLY)
    try:
        os.write(descriptor, line)
    except OSError as error:
        raise _explained(error, path) from error
    finally:
        os.close(descriptor)


def _open(path: Path, access: int) -> int:
    try:
        descriptor = os.open(path, access | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _explained(error, path) from error
    if fault := _fault(os.fstat(descriptor)):
        os.close(descriptor)
        raise Unsafe(f"{path} {fault}")
    return descriptor


def _fault(facts: os.stat_result) -> str | None:
    if not stat.S_ISFIFO(facts.st_mode):
        return "is not a pipe"
    if facts.st_uid != os.geteuid():
        return f"belongs to user {facts.st_uid}"
    return "is open to other users" if facts.st_mode & 0o077 else None


def _explained(error: OSError, path: Path) -> FifoError:
    kind, text = _REASONS.get(error.errno or 0, (FifoError, error.strerror or "failed"))
    return kind(f"{path} {text}")
