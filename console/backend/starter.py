"""Starts a run: one job once, from the check until it is published.

The way of every start, whoever asks: the command line, the screen, the service.
"""

from __future__ import annotations

import getpass
import os
import platform
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from console import __version__
from console.backend import runs
from console.backend.ancestry import Parent, root_name
from console.core.config import (
    Config,
    ConfigError,
    Problem,
    command_line,
    job_key,
    resolved_text,
)
from console.core.redaction import mask, mask_arguments, mask_entry
from console.keeper import identity, lock, logout, rundir, slot, start

EXECUTE_SECONDS = 0.3
"""How long a start looks whether the program could be executed at all."""

LOCK_SECONDS = 30.0
"""How long a start waits for another start of the same job."""


class AlreadyRunning(RuntimeError):
    """The same job is alive already; `run` is it."""

    def __init__(self, run: runs.Record) -> None:
        super().__init__(f"this job is already running as {run.id} ({run.name})")
        self.run = run


class StartRefused(RuntimeError):
    """A start that must not be now; the message says why and what to do."""


class StartFailed(RuntimeError):
    """A start that did not succeed; nothing of it is left."""


@dataclass(frozen=True, slots=True)
class Job:
    """What to start. `cwd` is where the person stood, `config_path` the file they gave, and
    `config_hash` the SHA-256 of its bytes, in hex."""

    config: Config
    cwd: Path
    config_path: Path | None = None
    config_hash: str | None = None
    name: str | None = None
    parent: Parent | None = None
    again: bool = False
    argv: tuple[str, ...] = ()


def begin(job: Job) -> Path:
    """Starts the job and returns its run directory once the trainer is recorded.

    Raises AlreadyRunning, StartRefused, StartFailed, ConfigError, or UnsafeDirectory for an unsafe
    state folder.
    """
    check_folder(job.config, job.cwd)
    rundir.private_dir(rundir.home())
    runs_dir = rundir.private_dir(runs.runs_dir())
    key = job_key(job.config, os.path.realpath(work_dir(job.config, job.cwd)))
    with _start_lock(key) as descriptor:
        runs.sweep()
        _check_alone(job, key)
        directory = new_directory(runs_dir)
        try:
            _describe(job, key, directory)
            with _environment(job.config.run.env):
                start.launch(directory, descriptor, logout.shelter().prefix)
        except (start.StartFailed, OSError) as error:
            if not (directory / rundir.EXECUTED).exists():
                shutil.rmtree(directory, ignore_errors=True)
            raise StartFailed(f"the run could not be started: {error}") from error
    return directory


def early_end(directory: Path) -> str | None:
    """Why the program could not be executed, if that turns out within a moment."""
    deadline = time.monotonic() + EXECUTE_SECONDS
    while time.monotonic() < deadline:
        if ending := slot.read(directory, rundir.EXIT_JSON):
            return ending.get("error")
        time.sleep(0.02)
    return None


def check_folder(config: Config, cwd: Path) -> None:
    """Raises ConfigError where the trainer's folder is missing: it would only fail later."""
    folder = work_dir(config, cwd)
    if folder.is_dir():
        return
    line, column = config.position("run.cwd") or (None, None)
    where = config.file if line else "--set run.cwd"
    raise ConfigError([Problem(where, line, column, f"run.cwd: {folder} is no folder")])


def work_dir(config: Config, cwd: Path) -> Path:
    """Where the trainer works, when the person stands in `cwd`."""
    folder = config.run.cwd
    return cwd / Path(folder).expanduser() if folder else cwd


@contextmanager
def _start_lock(key: str) -> Iterator[int]:
    """Holds the start lock of a job. The keeper inherits it and keeps it until publication."""
    folder = rundir.private_dir(rundir.home() / "starts")
    deadline = time.monotonic() + LOCK_SECONDS
    while (descriptor := lock.take(folder / f"{key}.lock")) is None:
        if time.monotonic() > deadline:
            raise StartFailed("another start of this job does not come to an end; try again")
        time.sleep(0.02)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def _environment(extra: Mapping[str, str]) -> Iterator[None]:
    """This process's environment with `extra` in it, for the keeper to inherit."""
    before = {name: os.environ.get(name) for name in extra}
    os.environ.update(extra)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _check_alone(job: Job, key: str) -> None:
    alive = [item for item in runs.records() if item.alive]
    if job.parent and job.parent.run in {item.id for item in alive}:
        raise StartRefused(f"{job.parent.run} is still alive; stop it before it is resumed")
    same = [item for item in alive if item.job == key]
    if same and not job.again:
        raise AlreadyRunning(same[0])


def new_directory(runs_dir: Path) -> Path:
    """The directory of a new run. Raises StartFailed, OSError."""
    for _ in range(100):
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
        with suppress(FileExistsError):
            (runs_dir / name).mkdir(mode=0o700)
            return rundir.private_dir(runs_dir / name)
    raise StartFailed(f"no free run id in {runs_dir}")


def _describe(job: Job, key: str, directory: Path) -> None:
    """Writes the frozen configuration and run.json."""
    text = resolved_text(job.config).encode()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(directory / rundir.CONFIG_YAML, flags, 0o600), "wb") as file:
        file.write(text)
    rundir.write_json(directory, rundir.RUN_JSON, _facts(job, key, directory))


def _facts(job: Job, key: str, directory: Path) -> dict[str, Any]:
    run, parent = job.config.run, job.parent
    checkpoint = parent.checkpoint if parent else None
    frozen = directory / rundir.CONFIG_YAML
    return {
        "v": 1,
        "id": directory.name,
        "name": job.name or free_name(_default_name(job)),
        "kind": "train",
        "job": key,
        "command": command_line(
            job.config,
            python=sys.executable,
            config_path=str(frozen),
            run_dir=str(directory),
            checkpoint=checkpoint,
        ),
        "cwd": str(work_dir(job.config, job.cwd)),
        "config_path": str(job.config_path) if job.config_path else None,
        "config_hash": job.config_hash,
        "called_in": str(job.cwd),
        "git": git(work_dir(job.config, job.cwd)),
        "host": platform.node(),
        "user": user(),
        "machine": identity.machine_id(),
        "boot": identity.boot_id(),
        "created": time.time(),
        "versions": versions(),
        "parent": None
        if parent is None
        else {"run": parent.run, "step": parent.step, "checkpoint": parent.checkpoint},
        "output": str(run.output),
        "start_limit_s": run.start_limit,
        "stop_timeout_s": run.stop_timeout,
        "pause_checkpoint": run.pause_checkpoint,
        "resume_from": checkpoint,
        "tensorboard": _event_files(job),
        "argv": masked_words(job.argv),
    }


def _event_files(job: Job) -> dict[str, Any]:
    """Where event files go, as a path that stays right, and whether they are written."""
    said = job.config.tensorboard
    folder = said.dir and str(work_dir(job.config, job.cwd) / Path(said.dir).expanduser())
    return {"dir": folder, "write": said.write}


def masked_words(words: Iterable[str]) -> list[str]:
    """A command line as it may be kept."""
    return list(mask_arguments(str(_masked(word)) for word in words))


def _masked(word: str) -> str:
    """A word of the command line without the secret that `--set run.env.API_KEY=…` may hold."""
    name, equals, value = word.partition("=")
    return f"{name}={mask_entry(name, value)}" if equals else mask(word)


def _default_name(job: Job) -> str:
    """What a resumed run's first parent was called, else as the configuration says."""
    name = root_name(job.parent.run) if job.parent and job.parent.run else None
    if name := name or job.config.run.name:
        return name
    return job.config_path.stem.replace("_", "-") if job.config_path else "run"


def free_name(wanted: str) -> str:
    """`wanted`, or with -2, -3 … behind it when a run has that name."""
    taken = {item.name for item in runs.records()}
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    return name


def user() -> str:
    """Whose run it is."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def versions() -> dict[str, str]:
    """Of what the run is recorded with."""
    try:
        textual = metadata.version("textual")
    except metadata.PackageNotFoundError:
        textual = ""
    return {"gladius-console": __version__, "python": platform.python_version(), "textual": textual}


def git(cwd: Path) -> dict[str, Any] | None:
    """Commit and whether anything was changed since; None outside a repository."""
    try:
        done = subprocess.run(
            ["git", "-C", str(cwd), "status", "--porcelain=v2", "--branch", "--untracked-files=no"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=2,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = done.stdout.splitlines()
    commit = next((line.split()[-1] for line in lines if line.startswith("# branch.oid")), None)
    return {"commit": commit, "dirty": any(not line.startswith("#") for line in lines)}
