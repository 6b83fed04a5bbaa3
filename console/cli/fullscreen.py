"""The full screen on one run, or on all of them.

What reads runs is imported when it is first asked for, after the first paint.
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from console.app import ConsoleApp
from console.backend import sender, settingsfile
from console.cli.chosen import settings_of
from console.cli.exits import DONE, FAILED
from console.keeper import rundir
from console.screens.session import House

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from console.core.display import Display
    from console.core.settings import Settings


def attach(
    directory: Path,
    settings: Settings,
    problems: Sequence[str] = (),
    *,
    read_only: bool = False,
    display: Display | None = None,
    begun: Callable[[], None] = lambda: None,
) -> int:
    """Shows a run until the person leaves. The run goes on.

    `problems` is what is wrong with the settings; `begun` is called when the screen takes over.
    """
    return _run(directory.name, settings, problems, read_only, display, begun)


def overview(display: Display | None = None) -> int:
    """Shows all runs."""
    return _run(None, *settings_of(), read_only=False, display=display)


def _run(
    run: str | None,
    settings: Settings,
    problems: Sequence[str],
    read_only: bool,
    display: Display | None,
    begun: Callable[[], None] = lambda: None,
) -> int:
    intervals = os.environ.get("GLADIUS_INTERVALS") != "off"
    app = ConsoleApp(
        house=_house(read_only),
        run=run,
        intervals=intervals,
        settings=settings,
        keep=partial(settingsfile.change, settingsfile.path_of()),
        display=display,
        said=problems,
        home=rundir.home(),
        begun=begun,
    )
    try:
        farewell = app.run()
    finally:
        app.caller.left()
    if farewell:
        print(farewell)
    if app.return_code is None:
        return FAILED
    return app.return_code or DONE


def _house(read_only: bool) -> House:
    connect, glimpse = _late("house", "connect"), _late("glimpse", "rows")
    return House(
        runs=_late("runlines", "lines"),
        connect=lambda run: connect(rundir.run_dir(run), read_only=read_only),
        glimpse=lambda run, count: glimpse(rundir.run_dir(run), count),
        candidates=_late("starting", "candidates"),
        check=_late("starting", "check"),
        start=_late("starting", "start"),
        side=_late("house", "side"),
        stop=_late("house", "stop"),
        person=_person(),
    )


def _person() -> str:
    """Who sits here, as orders name them, without the terminal."""
    return sender.whoami().partition(":")[0]


def _late(module: str, name: str) -> Callable[..., Any]:
    """A function of a module of this folder that is imported when it is called."""

    def call(*arguments: Any, **options: Any) -> Any:
        found = importlib.import_module(f"console.cli.{module}")
        return getattr(found, name)(*arguments, **options)

    return call
