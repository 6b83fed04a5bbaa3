"""Where files of metrics are looked for: under a directory, a bit at a time, all within limits."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator

from console.backend.exporting.place import MANIFEST, is_export
from console.core.formats.files import KINDS

FOLDERS, DEPTH, ENTRIES = 500, 5, 2000
"""Looked into, how deep, and looked at in one folder; what is beyond is not found."""


def walk(root: str) -> Iterator[str | None]:
    """The files known by name under a directory, the upper ones first, and None after each folder;
    no link is followed, and an export of ours is no file of the trainer's. Of a huge folder only
    ENTRIES are seen, in whatever order they come."""
    folders, looked = deque([(root, 0)]), 0
    while folders:
        folder, depth = folders.popleft()
        looked += 1
        try:
            with os.scandir(folder) as found:
                entries = sorted(itertools.islice(found, ENTRIES), key=lambda entry: entry.name)
        except OSError:
            continue
        if any(entry.name == MANIFEST for entry in entries) and is_export(folder):
            continue
        for entry in entries:
            if entry.name in KINDS:
                yield entry.path
            elif depth < DEPTH and looked + len(folders) < FOLDERS and _is_folder(entry):
                folders.append((entry.path, depth + 1))
        yield None


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether it is one to be looked into."""
    if entry.name.startswith((".", "__")):
        return False
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False
