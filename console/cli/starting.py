"""What the screens are given of configurations: which there are, what is wrong with one, how it was
edited, and a way to start it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import runs, settingsfile, starter
from console.cli import configfile
from console.cli.exits import Failure
from console.core.config import ConfigError, load
from console.core.config_diff import diff
from console.keeper import rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.config_diff import Change


MOST_RECENT = 5


def candidates() -> list[str]:
    """What runs were started with lately, then the configuration files in the places where bare
    names are looked for."""
    found: dict[str, None] = dict.fromkeys(_recent())
    for folder in configfile.places():
        for path in sorted(folder.glob("*.yaml")):
            if path == settingsfile.path_of():  # what was chosen for the screens, and no preset
                continue
            found.setdefault(path.name if folder != Path() else str(path))
    return list(found)


def _recent() -> list[str]:
    """The files of the latest runs that are still there, the newest first."""
    paths = (item.facts.get("config_path") for item in runs.records())
    named = dict.fromkeys(path for path in paths if isinstance(path, str))
    there = (path for path in named if Path(path).is_file())
    return [_short(path) for path in itertools.islice(there, MOST_RECENT)]


def _short(path: str) -> str:
    """A path as it is found from here."""
    here = Path.cwd()
    return str(Path(path).relative_to(here)) if Path(path).is_relative_to(here) else path


def check(typed: str) -> str | None:
    """What is wrong with a configuration; None when nothing is."""
    try:
        configfile.read(configfile.find(typed))
    except Failure as failure:
        return failure.message
    return None


async def start(typed: str) -> str:
    """The id of the new run. Raises RuntimeError with the reason."""
    try:
        found = configfile.read(configfile.find(typed))
    except Failure as failure:
        raise RuntimeError(failure.message) from None
    job = starter.Job(
        config=found.config,
        cwd=Path.cwd(),
        config_path=found.path,
        config_hash=found.hash,
        argv=("gladius-console", "train", "--config", typed),
    )
    return (await asyncio.to_thread(starter.begin, job)).name


def changes(item: runs.Record) -> Sequence[Change]:
    """How the configuration file now differs from the frozen copy. Raises ValueError."""
    path = item.facts.get("config_path")
    if not isinstance(path, str):
        raise ValueError("this run was started without a configuration file")
    frozen = (item.dir / rundir.CONFIG_YAML).read_bytes()
    try:
        now = configfile.read(Path(path), _settings(item)).config
        return diff(load(frozen, path), now)
    except (Failure, ConfigError) as error:
        raise ValueError(str(error)) from None


def _settings(item: runs.Record) -> list[str]:
    """What was given by `--set` when the run was started."""
    words = [str(word) for word in item.facts.get("argv") or ()]
    pairs = itertools.pairwise(words)
    return [value for word, value in pairs if word == "--set"] + [
        word.removeprefix("--set=") for word in words if word.startswith("--set=")
    ]
