"""Being a process of our own: forking, descriptors, signals, priority.

Guard and pump replace each other by forking, for as long as a run lasts. If a forked process went
on from where it was forked, its stack would grow with every generation; so a fork raises `Become`,
which unwinds to `perform`, and the new process starts there with an empty stack.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from .invocation import WORKING_DIRECTORY

Body = Callable[[], None]

LOG_BYTES = 1 << 20
_NICENESS = 5
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h
# Logging out sends these to everything of a user; the trainer may outlive them, and so must we.
_IGNORED = (signal.SIGINT, signal.SIGHUP, signal.SIGTERM)


class Become(BaseException):
    """Raised in a forked process: leave everything behind and do `body`."""

    def __init__(self, body: Body) -> None:
        super().__init__()
        self.body = body


def perform(body: Body) -> NoReturn:
    """Does `body`, and in processes forked by it theirs, and ends the process."""
    while True:
        try:
            body()
            os._exit(0)
        except Become as turn:
            # Its number will belong to another file here, and signals must not write into that.
            signal.set_wakeup_fd(-1)
            body = turn.body
        except BaseException:
            sys.excepthook(*sys.exc_info())
            os._exit(1)


def fork(body: Body) -> int:
    """Returns the pid of a child that does `body`. Raises OSError when no process is to be had."""
    if pid := os.fork():
        return pid
    raise Become(body)


def fork_away(body: Body) -> None:
    """Does `body` in a process that is no child of this one, in a session of its own."""
    if pid := os.fork():
        os.waitpid(pid, 0)
        return
    os.setsid()
    if os.fork():
        os._exit(0)
    os.chdir(WORKING_DIRECTORY)
    raise Become(body)


def close_descriptors(keep: Iterable[int] = ()) -> None:
    """Closes everything above standard error but `keep`."""
    kept = {0, 1, 2, *keep}
    for descriptor in [int(name) for name in os.listdir("/dev/fd")]:
        if descriptor not in kept:
            with suppress(OSError):  # the listing's own descriptor is closed already
                os.close(descriptor)


def mute(log: Path | None = None) -> None:
    """Points the standard descriptors to /dev/null, standard error to `log` if it can be opened."""
    null = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(null, descriptor)
    if null > 2:
        os.close(null)
    if log is None:
        return
    with suppress(OSError):
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_NONBLOCK
        file = os.open(log, flags, 0o600)
        if os.fstat(file).st_size > LOG_BYTES:
            os.ftruncate(file, 0)
        os.dup2(file, 2)
        os.close(file)


def be_deaf() -> None:
    """Takes SIGINT, SIGHUP and SIGTERM without ending; not passed on through an exec."""
    for number in _IGNORED:
        signal.signal(number, _nothing)


def hear_children() -> int:
    """Returns a pipe that gets readable when a child ends, also where a caller blocked SIGCHLD."""
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.set_blocking(writer, False)
    signal.signal(signal.SIGCHLD, _nothing)
    signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGCHLD})
    return reader


def default_signals() -> None:
    """Gives back every default: what a program may expect when it is executed."""
    for number in signal.valid_signals():
        with suppress(OSError, ValueError):  # SIGKILL and SIGSTOP cannot be set
            signal.signal(number, signal.SIG_DFL)


def step_aside() -> None:
    """Lowers the priority a little, once: the trainer comes first."""
    with suppress(OSError):
        niceness = max(_NICENESS, os.getpriority(os.PRIO_PROCESS, 0))
        os.setpriority(os.PRIO_PROCESS, 0, niceness)


def adopt_orphans() -> None:
    """Makes this process the parent of orphans among its descendants, where the system has that."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _nothing(_number: int, _frame: object) -> None:
    """A handler, not SIG_IGN: ignored signals would stay ignored in what we execute."""
