"""A file that is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, BinaryIO

from console.backend.partfile import begun

if TYPE_CHECKING:
    from pathlib import Path


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A file that gets its name when all is in it, readable by us alone; it is gone when the block
    raises. No link is followed. Raises OSError."""
    with begun(path.parent, path.name) as (part, file):
        yield file
        file.flush()
        os.replace(part, path)
