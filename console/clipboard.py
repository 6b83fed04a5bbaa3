"""Where a copied text goes besides the terminal: tmux's buffer, and a file.

A terminal may take no text by OSC 52, or not say so; the file is always there.
"""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

COPIED_FILE = "copied.txt"


def in_tmux() -> bool:
    """Whether this terminal is a pane of tmux."""
    return bool(os.environ.get("TMUX"))


async def to_tmux(text: str) -> None:
    """Makes the text tmux's newest buffer, and has tmux hand it to its own terminal.

    Raises OSError where there is no tmux.
    """
    pipe, quiet = asyncio.subprocess.PIPE, asyncio.subprocess.DEVNULL
    tmux = await asyncio.create_subprocess_exec(
        "tmux", "load-buffer", "-w", "-", stdin=pipe, stdout=quiet, stderr=quiet
    )
    await tmux.communicate(text.encode())


def to_file(path: Path, text: str) -> bool:
    """Writes a private file; whether that went well."""
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW
        with os.fdopen(os.open(path, flags, 0o600), "w", encoding="utf-8") as file:
            file.write(text)
    except OSError:
        return False
    return True
