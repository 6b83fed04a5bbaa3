"""`python -P -m console.backend.board DIR`: owns the TensorBoard of one run; see `boards.py`.

It detaches, and stays silent on standard output until the server can be used: what it says there is
why there is none. TensorBoard is its child, ends with it (also when it is killed, on Linux), and
sees no GPU.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from console.backend import boards, eventfiles
from console.backend.boards import Board
from console.backend.eventfiles import EventFiles
from console.backend.history import History
from console.keeper import daemon, identity, invocation, lock, rundir, start

HOST = "127.0.0.1"
FIRST_PORT, PORTS = 6006, 100
TRIES = 5
READY_SECONDS = 60.0
END_SECONDS = 3.0
WRITE_SECONDS = 20.0
"""How long writing what was recorded may hold up the start."""

TICK_SECONDS, WRITE_EVERY_SECONDS = 0.25, 2.0
LOG_BYTES = 1 << 20
MISSING = "TensorBoard is not installed: pip install tensorboard"

_ALIVE = ("starting", "running")
_PR_SET_PDEATHSIG = 1  # linux/prctl.h


class Failed(Exception):
    """There will be no TensorBoard; the text says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """A port, and what to say of it."""

    port: int
    note: str = ""


def program() -> list[str]:
    """How TensorBoard is called here: from the PATH, else from our interpreter. Raises Failed."""
    if found := shutil.which("tensorboard"):
        return [os.path.abspath(found)]
    if importlib.util.find_spec("tensorboard") is not None:
        return [sys.executable, "-P", "-m", "tensorboard.main"]
    raise Failed(MISSING)


def free_port(first: int = FIRST_PORT) -> Place:
    """The first port from `first` on that nobody listens on. Raises Failed."""
    for port in range(first, FIRST_PORT + PORTS):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind((HOST, port))
                note = "" if port == FIRST_PORT else f"port {FIRST_PORT} is busy, it is {port}"
                return Place(port, note)
    raise Failed(f"the ports {FIRST_PORT} to {FIRST_PORT + PORTS - 1} are busy: end one of them")


class Owner:
    """One run's server; `serve` returns when it is not needed any more."""

    def __init__(self, run_dir: Path) -> None:
        self._run_dir, self._ended = run_dir, False
        self._is_for_users = start.state(run_dir) not in _ALIVE
        self._folder, _ = eventfiles.settings(run_dir)
        self._files = EventFiles(run_dir, self._folder)
        self._is_writer = lock.take(run_dir / eventfiles.LOCK) is not None  # held until we end
        self._server: subprocess.Popen[bytes] | None = None
        self._notes: list[str] = []

    def begin(self) -> None:
        """Writes what is recorded, starts the server, and names it. Raises Failed, OSError."""
        signal.signal(signal.SIGTERM, self._end)
        command = program()
        self._write(WRITE_SECONDS)
        place = free_port()
        for _ in range(TRIES):
            if self._started(command, place.port):
                self._publish(place)
                return
            place = free_port(place.port + 1)
        raise Failed(f"TensorBoard ended at once: {self._last_words()}")

    def serve(self) -> None:
        write_at = time.monotonic() + WRITE_EVERY_SECONDS
        while not self._is_over():
            time.sleep(TICK_SECONDS)
            if time.monotonic() >= write_at:
                self._write(TICK_SECONDS)
                self._shorten_log()
                write_at = time.monotonic() + WRITE_EVERY_SECONDS

    def close(self) -> None:
        """Ends the server: nothing of it is left."""
        if self._server is not None:
            self._server.terminate()
            try:
                self._server.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
        self._files.close()
        (self._run_dir / boards.BOARD_JSON).unlink(missing_ok=True)

    def _end(self, _number: int, _frame: object) -> None:
        self._ended = True

    def _is_over(self) -> bool:
        if self._ended or self._server is None or self._server.poll() is not None:
            return True
        if not self._run_dir.exists():
            return True
        if not self._is_for_users:
            return start.state(self._run_dir) not in _ALIVE
        # Whoever asks now waits until this process is gone, and starts another one.
        return lock.take(self._run_dir / boards.USERS_LOCK) is not None

    # the event files

    def _write(self, seconds: float) -> None:
        """Writes what the backend does not; a disk that takes nothing is told with the address."""
        until = time.monotonic() + seconds
        try:
            if self._is_writer:
                state = History(self._run_dir).committed()
                stepless = state is not None and state.position.step is None
                while self._files.write(stepless=stepless) and time.monotonic() < until:
                    pass
            self._folder.mkdir(mode=0o700, exist_ok=True)
        except OSError as error:
            note = f"{self._folder} cannot be written: {error.strerror or error}"
            if note not in self._notes:
                self._notes.append(note)

    # the server

    def _started(self, command: list[str], port: int) -> bool:
        """Whether the server listens; False when another program took the port meanwhile."""
        logdir = self._folder if self._folder.parent == self._run_dir else self._folder.parent
        arguments = ["--logdir", str(logdir), "--host", HOST, "--port", str(port)]
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC
        log = os.open(self._run_dir / boards.BOARD_LOG, flags, 0o600)
        try:
            self._server = subprocess.Popen(
                [*command, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**invocation.environment(), "CUDA_VISIBLE_DEVICES": "-1"},
                preexec_fn=_end_with_parent,  # this process has one thread
            )
        finally:
            os.close(log)
        return self._listens(self._server, port)

    def _listens(self, server: subprocess.Popen[bytes], port: int) -> bool:
        deadline = time.monotonic() + READY_SECONDS
        while time.monotonic() < deadline and not self._ended:
            if server.poll() is not None:
                if _answers(port):
                    return False
                raise Failed(f"TensorBoard ended at once: {self._last_words()}")
            if _answers(port) and server.poll() is None:
                return True
            time.sleep(TICK_SECONDS / 5)
        raise Failed(f"TensorBoard does not listen on port {port}: {self._last_words()}")

    def _publish(self, place: Place) -> None:
        assert self._server is not None
        owner, server = identity.of(os.getpid()), identity.of(self._server.pid)
        if owner is None or server is None:
            raise Failed(f"TensorBoard ended at once: {self._last_words()}")
        notes = (*([place.note] if place.note else []), *self._notes)
        board = Board(
            f"http://{HOST}:{place.port}/", place.port, str(self._folder), owner, server,
            self._is_for_users, notes,
        )  # fmt: skip
        rundir.write_json(self._run_dir, boards.BOARD_JSON, board.to_json())

    def _last_words(self) -> str:
        """The last line the server printed."""
        with suppress(OSError):
            text = (self._run_dir / boards.BOARD_LOG).read_text(errors="replace")
            return next((line for line in reversed(text.splitlines()) if line.strip()), "no reason")
        return "no reason"

    def _shorten_log(self) -> None:
        with suppress(OSError):
            path = self._run_dir / boards.BOARD_LOG
            if path.stat().st_size > LOG_BYTES:
                os.truncate(path, 0)


def main(arguments: list[str]) -> None:
    if len(arguments) != 1:
        sys.exit("usage: python -P -m console.backend.board RUN_DIRECTORY")
    body = partial(_own, Path(arguments[0]))
    daemon.perform(partial(daemon.fork_away, body))


def _own(run_dir: Path) -> None:
    daemon.close_descriptors()
    os.umask(0o077)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    daemon.step_aside()
    owner: Owner | None = None
    try:
        if lock.take(run_dir / boards.BOARD_LOCK) is None:
            return  # another one begins, or is there
        owner = Owner(run_dir)
        owner.begin()
        daemon.mute()
        owner.serve()
    except (Failed, OSError) as error:
        os.write(1, f"{error}\n".encode(errors="replace"))
    finally:
        if owner is not None:
            owner.close()


def _answers(port: int) -> bool:
    with suppress(OSError), socket.create_connection((HOST, port), timeout=1.0):
        return True
    return False


def _end_with_parent() -> None:
    """Runs in the server before it is executed: it gets SIGTERM when its owner dies."""
    daemon.default_signals()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


if __name__ == "__main__":
    main(sys.argv[1:])
