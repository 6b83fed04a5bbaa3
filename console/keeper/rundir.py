"""The run directory: names of its files, where it lives, and how small JSON files get into it."""

from __future__ import annotations

import json
import os
import re
import stat
from contextlib import suppress
from pathlib import Path
from typing import Any

RUN_JSON = "run.json"
CONFIG_YAML = "config.yaml"
KEEPER_JSON = "keeper.json"
TRAINER_JSON = "trainer.json"
EXIT_JSON = "exit.json"
DROPS_JSON = "drops.json"
OUTPUT_FIFO = "output.fifo"
CONTROL_FIFO = "control.fifo"
INBOX_FIFO = "inbox.fifo"
NUDGE_FIFO = "nudge.fifo"
NUDGE_OUTPUT, NUDGE_END = b".", b"e"  # what the keeper writes there: output moved, end recorded
SCREEN_INDEX = "screen.idx"
METRICS_DB = "metrics.db"
SOCKET = "socket"
REPORT = "report.md"
BACKEND_LOG = "backend.log"
KEEPER_LOG = "keeper.log"  # empty unless guard or pump failed
GUARD_LOCK = "guard.lock"
PUMP_LOCK = "pump.lock"
BACKEND_LOCK = "backend.lock"
HOOK_LOCK = "hook.lock"
FINAL = "final"  # the backend's very last act
CLOSED = "closed"  # a trainer nobody started says that its training is over
EXECUTED = "executed"  # the child's last act before it becomes the trainer

_RUN_ID = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9a-f]{4}")
_SEGMENT = re.compile(r"output\.([0-9]{20})\.log")


class UnsafeDirectory(PermissionError):
    """A directory for private state is a link, no directory, or belongs to somebody else."""


def home() -> Path:
    """Returns the absolute state folder: $GLADIUS_HOME, else below the XDG state folder."""
    if own := os.environ.get("GLADIUS_HOME"):
        return Path(own).absolute()
    state = os.environ.get("XDG_STATE_HOME", "")
    base = Path(state) if os.path.isabs(state) else Path.home() / ".local" / "state"
    return base / "gladius-console"


def is_run_id(text: str) -> bool:
    return _RUN_ID.fullmatch(text) is not None


def run_dir(run_id: str) -> Path:
    """Returns the directory of a run, which need not exist. Raises ValueError: no run id."""
    if not is_run_id(run_id):
        raise ValueError(f"not a run id: {run_id!r}")
    return home() / "runs" / run_id


def start_lock(directory: Path, job: str) -> Path:
    """Returns the start lock of a job, beside the ``runs`` folder `directory` lies in."""
    return directory.parent.parent / "starts" / f"{job}.lock"


def private_dir(path: Path) -> Path:
    """Makes `path` (and its parents) or checks it, gives it mode 0700 and returns it.

    Raises UnsafeDirectory when it is a link, no directory, or not owned by this user.
    """
    for folder in [*reversed(path.parents), path]:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
    facts = path.lstat()
    if not stat.S_ISDIR(facts.st_mode):
        kind = "a link" if stat.S_ISLNK(facts.st_mode) else "not a directory"
        raise UnsafeDirectory(f"{path} is {kind}; remove it or choose another state folder")
    if facts.st_uid != os.geteuid():
        raise UnsafeDirectory(f"{path} belongs to user {facts.st_uid}, not to you")
    if stat.S_IMODE(facts.st_mode) != 0o700:
        path.chmod(0o700)
    return path


def segment_name(offset: int) -> str:
    """Returns the name of the output segment whose first byte is the run's byte `offset`."""
    return f"output.{offset:020d}.log"


def segments(directory: Path) -> list[tuple[int, Path]]:
    """Returns (start offset, path) of every output segment that is a plain file, ascending."""
    found = []
    with os.scandir(directory) as entries:
        for entry in entries:
            match = _SEGMENT.fullmatch(entry.name)
            if match and entry.is_file(follow_symlinks=False):
                found.append((int(match[1]), directory / entry.name))
    return sorted(found)


def write_json(directory: Path, name: str, value: dict[str, Any]) -> None:
    """Replaces `name` as a whole: temporary file beside it, fsync, rename. Mode 0600.

    Raises OSError; the old file is then untouched and no temporary file is left.
    """
    temporary = directory / f".{name}.{os.getpid()}"
    with suppress(FileNotFoundError):
        temporary.unlink()
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(temporary, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(json.dumps(value, allow_nan=False).encode())
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(directory / name)
    except BaseException:
        with suppress(OSError):
            temporary.unlink()
        raise
    _sync(directory)


def read_json(directory: Path, name: str) -> dict[str, Any] | None:
    """Returns the object in `name`, or None when it is missing, unreadable or no object."""
    try:
        descriptor = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            value = json.load(file)
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def touch(directory: Path, name: str) -> None:
    """Makes the empty marker file `name`. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    os.close(os.open(directory / name, flags, 0o600))


def _sync(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
