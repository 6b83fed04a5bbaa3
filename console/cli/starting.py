"""What the screens are given of configurations: which there are, what is wrong with one, how it was
edited, and a way to start it."""

from __future__ import annotations

import asyncio
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import starter
from console.cli import configfile
from console.cli.exits import Failure
from console.core.config import ConfigError, load
from console.core.config_diff import diff
from console.keeper import rundir

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.backend import runs
    from console.core.config_diff import Change


def candidates() -> list[str]:
    """Configuration files in the places where bare names are looked for."""
    found: dict[str, None] = {}
    for folder in configfile.places():
        for path in sorted(folder.glob("*.yaml")):
            found.setdefault(path.name if folder != Path() else str(path))
    return list(found)


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
