"""Files a person asked for on the screen: whole or not at all, and never over another one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.partfile import begun

if TYPE_CHECKING:
    from collections.abc import Iterable

TRIES = 1000


def written(folder: str, name: str, parts: Iterable[str]) -> str:
    """Writes the parts to a new file `name` in `folder` (empty: where the person stands, `~` is
    their home); the path it got. What is there already is left: the name gets a number.

    Raises OSError; then there is no file.
    """
    target = Path(folder).expanduser().absolute() if folder.strip() else Path.cwd()
    if not target.is_dir():
        raise NotADirectoryError(f"{target} is no folder")
    safe = name.replace("/", "-").replace("\0", "").lstrip(".") or "chart"
    wanted = target / safe
    with begun(target, wanted.stem) as (part, file):
        for piece in parts:
            file.write(piece.encode("utf-8", "replace"))
        file.flush()
        return placed(part, wanted)


def placed(temporary: Path, wanted: Path) -> str:
    """Links the file to the first free name; the path it got. Raises OSError."""
    for number in range(1, TRIES):
        place = wanted if number == 1 else wanted.with_stem(f"{wanted.stem}-{number}")
        if os.path.lexists(place):
            continue
        try:
            os.link(temporary, place)
        except FileExistsError:
            continue
        except OSError:  # a file system without links
            os.replace(temporary, place)
        return str(place)
    raise FileExistsError(f"{wanted} and {TRIES} more are there already")
