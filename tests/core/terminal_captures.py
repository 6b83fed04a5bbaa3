"""What the terminal tests share: captures, and a cleaner fed in chunks."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.terminal import Cleaner

if TYPE_CHECKING:
    from collections.abc import Iterable

LOGS = Path(__file__).parent.parent / "logs"
CAPTURES = sorted(path.name for path in LOGS.glob("*.raw"))

_SGR = re.compile(r"\x1b\[[0-9;]*m")


def clean(data: bytes, cuts: Iterable[int] = ()) -> tuple[bytes, list[bytes]]:
    """(all settled rows, all replaced versions) of bytes fed in pieces cut at these places."""
    cleaner = Cleaner()
    rows, frames = [], []
    for start, end in pairwise([0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]):
        cleaned = cleaner.feed(data[start:end])
        assert cleaned.settled.count(b"\n") == cleaned.count
        assert len(cleaned.frames) == len(cleaned.frame_rows)
        rows.append(cleaned.settled)
        frames += cleaned.frames
    rows.append(cleaner.flush().settled)
    return b"".join(rows), frames


def text(rows: bytes) -> list[str]:
    """Rows without colours and blanks at the end."""
    return [_SGR.sub("", row).rstrip() for row in rows.decode().split("\n")[:-1]]
