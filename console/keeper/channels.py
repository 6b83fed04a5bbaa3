"""The pipes guard and pump hold open, so that neither trainer nor orders ever meet a closed end."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import termios
from contextlib import suppress
from typing import TYPE_CHECKING

from . import fifo, processes
from .rundir import CONTROL_FIFO, INBOX_FIFO, NUDGE_FIFO, NUDGE_OUTPUT, OUTPUT_FIFO

if TYPE_CHECKING:
    from .identity import Identity
    from .run import Run

_ORDERS = (CONTROL_FIFO, INBOX_FIFO, NUDGE_FIFO)
_ROWS, _COLUMNS = 50, 250


class Channels:
    """`output` is where the trainer's bytes come out: None when it writes the file itself.

    `terminal` is the trainer's side of a pseudo terminal, until the trainer has it.
    """

    def __init__(self, run: Run) -> None:
        """Makes and opens the pipes of a run. Raises FifoError or OSError."""
        self.run = run
        self.output: int | None = None
        self.terminal: int | None = None
        self._held: dict[str, int] = {}
        for name in _ORDERS:
            fifo.make(run.directory, name)
            self._held[name] = fifo.open_rw(run.directory, name)

    @classmethod
    def for_start(cls, run: Run) -> Channels:
        channels = cls(run)
        if run.output == "fifo":
            fifo.make(run.directory, OUTPUT_FIFO)
            channels.output = fifo.open_rw(run.directory, OUTPUT_FIFO)
        elif run.output == "pty":
            channels.output, channels.terminal = _open_terminal()
        return channels

    @classmethod
    def for_adoption(cls, run: Run, trainer: Identity) -> Channels:
        """The master of a lost pseudo terminal cannot be had again: `output` is None then."""
        channels = cls(run)
        if run.output == "fifo":
            channels.output = _find_output(run, trainer)
        return channels

    @property
    def descriptors(self) -> set[int]:
        """What a forked guard or pump keeps open."""
        return {*self._held.values(), *([] if self.output is None else [self.output])}

    def give_terminal_away(self) -> None:
        """Leaves the trainer's side to the trainer, so that its end can be seen on ours."""
        if self.terminal is not None:
            os.close(self.terminal)
        self.terminal = None

    def has_output(self) -> bool:
        """Says whether bytes of the trainer are waiting."""
        if self.output is None:
            return False
        poll = select.poll()
        poll.register(self.output, select.POLLIN)
        return any(events & select.POLLIN for _, events in poll.poll(0))

    def nudge(self, what: bytes = NUDGE_OUTPUT) -> None:
        """Tells the backend that there is something to read; best effort."""
        with suppress(OSError):  # full: it has been told
            os.write(self._held[NUDGE_FIFO], what)

    def refresh(self) -> None:
        """Makes a deleted order pipe again, and opens one that was made again by somebody else."""
        for name, descriptor in self._held.items():
            with suppress(OSError):
                fifo.make(self.run.directory, name)
                there = os.lstat(self.run.directory / name)
                if not os.path.samestat(there, os.fstat(descriptor)):
                    self._held[name] = fifo.open_rw(self.run.directory, name)
                    os.close(descriptor)


def _find_output(run: Run, trainer: Identity) -> int:
    """The pipe by its name; when it was deleted, the one the living trainer still writes to."""
    if processes.LINUX:
        with suppress(OSError):
            link = f"/proc/{trainer.pid}/fd/1"
            if os.readlink(link) == f"{run.directory.resolve() / OUTPUT_FIFO} (deleted)":
                return os.open(link, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    fifo.make(run.directory, OUTPUT_FIFO)
    return fifo.open_rw(run.directory, OUTPUT_FIFO)


def _open_terminal() -> tuple[int, int]:
    """Returns (our side, the trainer's side) of a wide terminal that changes no byte."""
    ours, theirs = pty.openpty()
    os.set_blocking(ours, False)
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", _ROWS, _COLUMNS, 0, 0))
    modes = termios.tcgetattr(theirs)
    modes[1] &= ~termios.OPOST
    modes[3] &= ~termios.ECHO
    termios.tcsetattr(theirs, termios.TCSANOW, modes)
    return ours, theirs
