"""The full screen on one run, or on all of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from console.app import ConsoleApp
from console.cli.exits import DONE, FAILED
from console.cli.house import connect, house

if TYPE_CHECKING:
    from pathlib import Path

    from console.screens.session import Session


def attach(directory: Path, *, read_only: bool = False) -> int:
    """Shows a run until the person leaves. The run goes on."""
    return _run(connect(directory, read_only=read_only))


def overview() -> int:
    """Shows all runs."""
    return _run(None)


def _run(session: Session | None) -> int:
    intervals = os.environ.get("GLADIUS_INTERVALS") != "off"
    app = ConsoleApp(session, house(), intervals=intervals)
    farewell = app.run()
    if farewell:
        print(farewell)
    if app.return_code is None:
        return FAILED
    return app.return_code or DONE
