"""Shows a run: on the full screen where there is one, in lines elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

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
    from console.cli.chosen import settings_of
    from console.cli.curtain import Curtain

    settings, problems = settings_of(slow_link)
    with Curtain(directory, settings, display or Display()) as curtain:
        from console.cli.fullscreen import attach

        return attach(
            directory, settings, problems, read_only=read_only, display=display, begun=curtain.lift
        )


def is_terminal() -> bool:
    """Whether a full screen can be shown here."""
    usable = os.environ.get("TERM", "") not in ("", "dumb")
    return usable and sys.stdin.isatty() and sys.stdout.isatty()
