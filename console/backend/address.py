"""Where a run's socket is, in a form short enough for the system.

A socket address holds about a hundred bytes and a run directory may be any depth, so a long path
is reached through a descriptor of the directory, or through a link where the system lacks that.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.keeper.rundir import SOCKET

ADDRESS_BYTES = 100
"""Less than the 104 (macOS) and 108 (Linux) bytes of sun_path."""

_DESCRIPTORS = Path("/proc/self/fd")


@contextmanager
def reachable(directory: Path) -> Iterator[str]:
    """A path of the run's socket to bind or connect to inside the block. Raises OSError."""
    path = os.path.join(directory, SOCKET)
    if len(os.fsencode(path)) <= ADDRESS_BYTES:
        yield path
        return
    if _DESCRIPTORS.is_dir():
        flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
        descriptor = os.open(directory, flags)
        try:
            yield f"{_DESCRIPTORS}/{descriptor}/{SOCKET}"
        finally:
            os.close(descriptor)
        return
    with tempfile.TemporaryDirectory(prefix="gladius-") as short:
        os.symlink(directory.absolute(), f"{short}/d")
        yield f"{short}/d/{SOCKET}"
