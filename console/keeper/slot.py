"""Pre-allocated 4 KiB files, overwritten in place: the last word fits on a full disk.

A slot holds one record (record.py) padded with blanks. An in-place write needs no new block on
ext4, xfs and tmpfs; on copy-on-write file systems it can fail, so writers try again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from . import record

SLOT_BYTES = 4096


def allocate(directory: Path, name: str) -> None:
    """Makes the slot with real blocks and no record in it. Raises OSError when there is no room."""
    _write(directory / name, b"", durable=True)


def write(directory: Path, name: str, value: dict[str, Any], *, durable: bool = True) -> None:
    """Overwrites the slot's record; `durable` waits for the disk.

    Raises OSError, and ValueError when the record does not fit into the slot.
    """
    _write(directory / name, record.encode(value).removesuffix(b"\n"), durable=durable)


def read(directory: Path, name: str) -> dict[str, Any] | None:
    """Returns the slot's record, or None when the slot is missing, empty or damaged."""
    try:
        descriptor = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return record.decode(os.read(descriptor, SLOT_BYTES).rstrip(b" \n"))
    except OSError:
        return None
    finally:
        os.close(descriptor)


def _write(path: Path, content: bytes, *, durable: bool) -> None:
    if len(content) >= SLOT_BYTES:
        raise ValueError(f"{len(content)} bytes do not fit into {path.name} ({SLOT_BYTES - 1})")
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(path, flags, 0o600)
    try:
        if os.pwrite(descriptor, content.ljust(SLOT_BYTES - 1) + b"\n", 0) != SLOT_BYTES:
            raise OSError(f"{path} could be written only in part")
        if durable:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
