"""TensorBoard for a run, as screens and the command line ask for it: once per run, shared by all.

The program belongs to an owner, a process of its own (`board.py`) that starts it, names it in
BOARD_JSON and ends it: at the end of the run, when somebody asks, and for a run that is over
already as soon as nobody who asked for it is there any more. The trainer knows nothing of it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from console.keeper import identity, invocation, lock, rundir, start
from console.keeper.identity import Identity

BOARD_JSON = "tensorboard.json"
BOARD_LOCK = "tensorboard.lock"
USERS_LOCK = "tensorboard.users"
BOARD_LOG = "tensorboard.log"
START_SECONDS = 120.0
"""How long a start may take: TensorBoard imports a lot, and what was recorded is written first."""

STOP_SECONDS = 10.0
LOOK_SECONDS = 0.05


class BoardFailed(RuntimeError):
    """TensorBoard cannot be had; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Board:
    """A TensorBoard that serves. `notes` are sentences for the person, e.g. of a busy port."""

    url: str
    port: int
    logdir: str
    owner: Identity
    server: Identity
    is_for_users: bool
    """Whether it lives as long as those who asked for it, not as long as the run."""
    notes: tuple[str, ...] = ()

    @classmethod
    def from_json(cls, facts: dict[str, Any] | None) -> Board | None:
        """The board a file tells of; None when it is none."""
        match facts:
            case {"url": str(url), "port": int(port), "logdir": str(logdir), "notes": list(notes)}:
                rest = facts or {}
                owner = Identity.from_json(rest.get("owner"))
                server = Identity.from_json(rest.get("server"))
                if owner and server:
                    users, said = rest.get("is_for_users") is True, tuple(map(str, notes))
                    return cls(url, port, logdir, owner, server, users, said)
        return None

    def to_json(self) -> dict[str, Any]:
        return {
            "url": self.url, "port": self.port, "logdir": self.logdir, "notes": [*self.notes],
            "owner": self.owner.to_json(), "server": self.server.to_json(),
            "is_for_users": self.is_for_users,
        }  # fmt: skip


def find(run_dir: Path) -> Board | None:
    """The board of a run that serves now; None when there is none."""
    board = Board.from_json(rundir.read_json(run_dir, BOARD_JSON))
    if board is None or not identity.is_alive(board.owner):
        return None
    return board if identity.is_alive(board.server) else None


def open_board(run_dir: Path) -> Board:
    """The board of a run, started if there is none. Blocks for as long as that takes.

    Raises BoardFailed, OSError.
    """
    if not start.is_local(run_dir):
        raise BoardFailed("the run is on another host: start TensorBoard there")
    deadline = time.monotonic() + START_SECONDS
    while True:
        if board := find(run_dir):
            return board
        if not lock.is_held(run_dir / BOARD_LOCK):
            end_orphan(run_dir)
            if said := _call_owner(run_dir, deadline):
                raise BoardFailed(said)
        elif time.monotonic() > deadline:
            raise BoardFailed(f"TensorBoard did not begin to serve: see {run_dir / BOARD_LOG}")
        else:
            time.sleep(LOOK_SECONDS)


def use(run_dir: Path) -> int:
    """A descriptor that counts as one user of the board as long as it is open. Raises OSError."""
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    descriptor = os.open(run_dir / USERS_LOCK, flags, 0o600)
    lock.share(descriptor)
    return descriptor


def close_board(run_dir: Path) -> bool:
    """Ends the board of a run; False when there is none. Raises BoardFailed, PermissionError."""
    board = find(run_dir)
    if board is None:
        return end_orphan(run_dir)
    identity.signal_exactly(board.owner, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while identity.is_alive(board.owner) or identity.is_alive(board.server):
        if time.monotonic() > deadline:
            raise BoardFailed(f"TensorBoard (pid {board.server.pid}) did not end")
        time.sleep(LOOK_SECONDS)
    return True


def end_orphan(run_dir: Path) -> bool:
    """Ends a server whose owner was killed, where the system did not; whether there was one."""
    board = Board.from_json(rundir.read_json(run_dir, BOARD_JSON))
    if board is None or identity.is_alive(board.owner):
        return False
    return identity.signal_exactly(board.server, signal.SIGTERM)


def _call_owner(run_dir: Path, deadline: float) -> str:
    """Starts the owner; returns what it complains of, "" when it serves or another one begins."""
    command = [sys.executable, "-P", "-m", "console.backend.board", str(run_dir.absolute())]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=invocation.WORKING_DIRECTORY,
        env=invocation.environment(),
        start_new_session=True,
    ) as first:
        said = b""
        with suppress(subprocess.TimeoutExpired):
            said, _ = first.communicate(timeout=max(1.0, deadline - time.monotonic()))
        if first.poll() is None:
            first.kill()
            return "TensorBoard did not begin to serve in time"
    return said.decode(errors="replace").strip()
