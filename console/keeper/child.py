"""What the forked child does until it is the trainer."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NoReturn

from . import daemon, invocation, rundir

if TYPE_CHECKING:
    from .run import Run

CANNOT_EXECUTE = 127  # as shells have it
_GO = b"g"
_FAULT_BYTES = 1000
_DEFAULTS = {"PYTHONUNBUFFERED": "1", "COLUMNS": "250", "TTY_COMPATIBLE": "1"}


@dataclass(frozen=True, slots=True)
class Child:
    """A trainer to be. It waits for `release`, and ends when guard dies before."""

    pid: int
    _go: int
    _fault: int

    def release(self) -> None:
        with suppress(BrokenPipeError):  # it has died waiting: its end is recorded like any other
            os.write(self._go, _GO)
        os.close(self._go)

    def fault(self) -> str | None:
        """Returns why it could not execute; None when it could. Only for a child that ended."""
        with suppress(OSError):
            return os.read(self._fault, _FAULT_BYTES).decode(errors="replace") or None
        return None


def fork(run: Run, terminal: int | None) -> Child:
    """Returns the waiting child. Raises OSError when no process is to be had.

    It inherits umask, limits, priority and signal mask: they must still be the caller's here.
    """
    wait, go = os.pipe()
    fault, tell = os.pipe()
    os.set_blocking(fault, False)
    pid = daemon.fork(partial(_become_trainer, run, terminal, wait, tell))
    os.close(wait)
    os.close(tell)
    return Child(pid, go, fault)


def trainer_environment(run: Run) -> dict[str, str]:
    """Returns the caller's environment and what is added to it; what the user set stays."""
    environment = invocation.environment()
    for name, value in _DEFAULTS.items():
        environment.setdefault(name, value)
    if "NO_COLOR" not in environment:
        environment.setdefault("FORCE_COLOR", "1")
    environment[invocation.RUN_ID] = run.id
    environment[invocation.RUN_DIR] = str(run.directory)
    if run.resume_from is not None:
        environment[invocation.RESUME] = run.resume_from
    return environment


def _become_trainer(run: Run, terminal: int | None, wait: int, tell: int) -> None:
    """Runs in the child. `wait` and `tell` are closed by a successful exec."""
    try:
        daemon.mute()
        daemon.close_descriptors({wait, tell, *([] if terminal is None else [terminal])})
    except OSError as error:
        _give_up(tell, "close what it inherited", error)
    daemon.default_signals()
    steps: list[tuple[str, Callable[[], object]]] = [
        ("begin a session of its own", os.setsid),
        ("wait until it is recorded", partial(_wait_for_go, wait)),
        (f"open its output in {str(run.directory)!r}", partial(_direct_output, run, terminal)),
        (f"mark {str(run.directory)!r}", partial(rundir.touch, run.directory, rundir.EXECUTED)),
        (f"enter the working directory {run.cwd!r}", partial(os.chdir, run.cwd)),
        (f"execute {run.command[0]!r}", partial(_execute, run)),
    ]
    for what, step in steps:
        try:
            step()
        except (OSError, ValueError) as error:
            _give_up(tell, what, error)


def _wait_for_go(wait: int) -> None:
    if os.read(wait, 1) != _GO:
        os._exit(CANNOT_EXECUTE)  # guard died before the run was recorded: never run unrecorded


def _give_up(tell: int, what: str, error: Exception) -> NoReturn:
    """Says why the trainer could not be executed, and ends."""
    reason = getattr(error, "strerror", None) or str(error)
    os.write(tell, f"cannot {what}: {reason}".encode(errors="replace")[:_FAULT_BYTES])
    os._exit(CANNOT_EXECUTE)


def _direct_output(run: Run, terminal: int | None) -> None:
    """Standard output and error: opened here, so that only the trainer shares their state.

    The pipe for reading too: then the trainer is a reader itself, and never gets SIGPIPE.
    """
    if terminal is not None:
        descriptor = terminal
    elif run.output == "file":
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(run.directory / rundir.segment_name(0), flags, 0o600)
    else:
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(run.directory / rundir.OUTPUT_FIFO, flags)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)


def _execute(run: Run) -> None:
    os.execvpe(run.command[0], run.command, trainer_environment(run))
