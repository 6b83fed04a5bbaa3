"""What is in a row beside its text: colour sequences, and the mark of a row of ours (0x1e)."""

from __future__ import annotations

import re

COLOUR_SOURCE = r"\x1b\[[0-9;:]*m"
"""A colour sequence, for Python and for ripgrep."""

COLOUR = re.compile(COLOUR_SOURCE.encode())


def plain(text: bytes) -> bytes:
    """The text without them."""
    if b"\x1b" in text:
        text = COLOUR.sub(b"", text)
    return text.replace(b"\x1e", b"") if b"\x1e" in text else text
