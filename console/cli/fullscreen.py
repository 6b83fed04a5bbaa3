"""The full screen on one run, or on all of them.

What reads runs is imported when it is first asked for, after the first paint.
"""

from __future__ import annotations

import importlib
import os
from functools import partial
from typing import TYPE_CHECKING, Any

from console.app import ConsoleApp
from console.backend import settingsfile
from console.cli.exits import DONE, FAILED
from console.core.settings import Settings
from console.keeper import rundir
from console.screens.session import House

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def attach(directory: Path, *, read_only: bool = False) -> int:
    """Shows a run until the person leaves. The run goes on."""
    return _run(directory.name, read_only=read_only)


def overview() -> int:
    """Shows all runs."""
    return _run(None, read_only=False)


def _run(run: str | None, *, read_only: bool) -> int:
    intervals = os.environ.get("GLADIUS_INTERVALS") != "off"
    settings, problems = _settings()
    app = ConsoleApp(
        house=_house(read_only),
        run=run,
        intervals=intervals,
        settings=settings,
        keep=partial(settingsfile.change, settingsfile.path_of()),
        said=problems,
        home=rundir.home(),
    )
    farewell = app.run()
    if farewell:
        print(farewell)
    if app.return_code is None:
        return FAILED
    return app.return_code or DONE


def _settings() -> tuple[Settings, list[str]]:
    """What the person chose, and what of it could not be taken."""
    try:
        return settingsfile.read(settingsfile.path_of())
    except settingsfile.Unreadable as error:
        return Settings(), [f"the settings are the defaults: {error}"]


def _house(read_only: bool) -> House:
    connect = _late("house", "connect")
    return House(
        runs=_late("house", "lines"),
        connect=lambda run: connect(rundir.run_dir(run), read_only=read_only),
        candidates=_late("starting", "candidates"),
        check=_late("starting", "check"),
        start=_late("starting", "start"),
        stop=_late("house", "stop"),
    )


def _late(module: str, name: str) -> Callable[..., Any]:
    """A function of a module of this folder that is imported when it is called."""

    def call(*arguments: Any, **options: Any) -> Any:
        found = importlib.import_module(f"console.cli.{module}")
        return getattr(found, name)(*arguments, **options)

    return call
