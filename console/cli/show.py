"""Shows a run: on the full screen where there is one, in lines elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.display import Display


def show(
    directory: Path,
    *,
    plain: bool = False,
    as_json: bool = False,
    read_only: bool = False,
    from_start: bool = False,
    slow_link: int | None = None,
    display: Display | None = None,
) -> int:
    """Shows a run until the person leaves or, without a screen, until the run ends.

    `slow_link`: bytes a second for the full screen, instead of those in the settings.
    """
    if as_json:
        from console.cli.follow import watch

        return watch(directory, read_only=read_only)
    if plain or not is_terminal():
        from console.cli.plain import follow

        return follow(directory, read_only=read_only, from_start=from_start)
    from console.cli.fullscreen import attach

    return attach(directory, read_only=read_only, display=display, slow_link=slow_link)


def is_terminal() -> bool:
    """Whether a full screen can be shown here."""
    usable = os.environ.get("TERM", "") not in ("", "dumb")
    return usable and sys.stdin.isatty() and sys.stdout.isatty()
