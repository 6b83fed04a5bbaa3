"""What the format tests share: captures through the real cleaner and reader, fed in chunks."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.core.formats import Evaluated, Found, Measured, Reader
from console.core.terminal import Cleaner

if TYPE_CHECKING:
    from collections.abc import Iterable

LOGS = Path(__file__).parent.parent / "logs"


def capture(name: str) -> bytes:
    """What the program printed."""
    return (LOGS / f"{name}.raw").read_bytes()


def truth(name: str) -> dict[str, Any]:
    """The values it logged itself."""
    found: dict[str, Any] = json.loads((LOGS / f"{name}.json").read_text())
    return found


def read(data: bytes, cuts: Iterable[int] = (), *, restart: bool = False) -> list[Found]:
    """Findings in bytes fed in pieces cut at these places; with `restart`, cleaner and reader are
    saved and loaded after each piece."""
    return read_all(data, cuts, restart=restart)[0]


def read_all(
    data: bytes, cuts: Iterable[int] = (), *, restart: bool = False
) -> tuple[list[Found], Reader]:
    """The same, and the reader afterwards."""
    cleaner, reader, row, found = Cleaner(), Reader(), 0, list[Found]()
    for start, end in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
        cleaned = cleaner.feed(data[start:end])
        found += reader.take(cleaned, row)
        row += cleaned.count
        if restart:
            cleaner = Cleaner.load(json.loads(json.dumps(cleaner.save())))
            reader = Reader.load(json.loads(json.dumps(reader.save(), allow_nan=False)))
    cleaned = cleaner.flush()
    found += reader.take(cleaned, row)
    return found + reader.finish(), reader


def measured(found: list[Found]) -> list[Measured]:
    """Those with values."""
    return [item for item in found if isinstance(item, Measured) and item.values]


def evaluated(found: list[Found]) -> list[Evaluated]:
    return [item for item in found if isinstance(item, Evaluated)]
