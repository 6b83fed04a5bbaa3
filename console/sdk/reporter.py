"""What a trainer says to whoever watches it: metrics, phases, checkpoints, evaluations.

A new kind of record is a method here that calls `_write`.
"""

import atexit
import fcntl
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar
from weakref import WeakSet

from console.sdk.inbox import open_fifo
from console.sdk.records import Records, Thinner, listed, number, plain

VERSION = "1"
ALIVE_SECONDS = 5.0
RANKS = ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
WORLDS = ("WORLD_SIZE", "SLURM_NTASKS", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE")

P = ParamSpec("P")
R = TypeVar("R", bound="Reporter")


OPEN: "WeakSet[Reporter]" = WeakSet()
"""Those of this process that report: their last word can be said for them (`monitor.py`)."""


def quiet(method: Callable[Concatenate[R, P], None]) -> Callable[Concatenate[R, P], None]:
    """In a null object the method does nothing; in any other its errors are only counted."""

    @wraps(method)
    def guarded(self: R, /, *args: P.args, **kwargs: P.kwargs) -> None:
        if self.active:
            try:
                method(self, *args, **kwargs)
            except Exception:
                self.errors += 1

    return guarded


def launched(names: Sequence[str], default: int) -> int:
    """The first of the environment variables `names` that a launcher set to a whole number."""
    texts = (os.environ.get(name, "") for name in names)
    return next((int(text) for text in texts if text.isdecimal()), default)


def start_ticks() -> int | None:
    """When this process started, in clock ticks since boot; None where no /proc tells."""
    with suppress(OSError):
        return int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
    return None


class Reporter:
    """Writes records to the run directory, if there is one and this process is to report.

    That is rank 0, or the program without ranks, while it holds hook.lock; forked children are not.
    """

    def __init__(self, folder: str, rank: int | None = None) -> None:
        """`rank`, where it is known better than from the environment."""
        self.stopping = False
        """Whether the trainer is to stop. A signal handler may set it; it ends a pause too."""
        self.errors = 0
        """Errors of the hook itself: never raised, only counted."""
        self._folder = folder
        self._pid = os.getpid()
        self._records: Records | None = None
        self._thinner = Thinner()
        self._lock = -1
        self._phase = ""
        self._step: int | None = None
        self._told = False
        """Whether a save or an evaluation was told of since this was last reset."""
        self._error_before = getattr(sys, "last_value", None)
        if folder and (launched(RANKS, 0) if rank is None else rank) == 0:
            with suppress(OSError):
                self._open()

    @property
    def generation(self) -> int:
        """Which start within the run this is, from 0; -1 when nothing is reported."""
        return self._records.generation if self._records else -1

    @property
    def active(self) -> bool:
        """Whether there is a console's run directory and this process is the one that reports.

        A forked child has none: `_release` is called in it."""
        return self._records is not None

    def log(
        self,
        /,
        step: int | None = None,  # has to be given; without it this must not raise either
        experts: Sequence[float] | None = None,
        expert_share: Sequence[float] | None = None,
        epoch: float | None = None,
        batch: int | None = None,
        **values: object,
    ) -> None:
        """Metrics of a step; `experts` are losses and `expert_share` shares (0 to 1) per expert."""
        if self._records is None:
            return
        try:
            self._begin(step := int(step))  # type: ignore[arg-type]
            losses = () if experts is None else listed(experts)
            shares = () if expert_share is None else listed(expert_share)
            fields = self._thinner.passes((step, values, losses, shares, epoch, batch))
            if fields:
                self._records.write("log", fields)
        except Exception:
            self.errors += 1

    @quiet
    def info(self, /, **values: object) -> None:
        """Facts of the run; a newer value replaces an older one."""
        self._write("info", values=plain(values))

    @quiet
    def phase(self, name: str, step: int, order: str = "", error: str | None = None) -> None:
        """What the trainer does: training, paused, saving, validating, testing, stopping, error."""
        if name != self._phase:
            self._phase = name
            self._write("phase", phase=name, step=int(step), order=order or None, error=error)

    @contextmanager
    def during(self, phase: str, step: int, order: str = "", then: str = "") -> Iterator[None]:
        """The phase while the block runs, with signs of life; after it `then` or the one before."""
        before = self._phase
        if before == phase:
            yield
            return
        self.phase(phase, step, order)
        try:
            with self.living(step):
                yield
        finally:
            self.phase(then or before or "training", step, order)

    @contextmanager
    def living(self, step: int) -> Iterator[None]:
        """Signs of life while the block runs, for as long as it may take."""
        over = threading.Event()
        self._show_life(step, over)
        try:
            yield
        finally:
            over.set()

    @quiet
    def saved(
        self,
        step: int,
        path: str | os.PathLike[str] = "",
        bytes: int | None = None,
        seconds: float | None = None,
        ok: bool = True,
        reason: str | None = None,
        best: bool = False,
        kept: Sequence[str] | None = None,
    ) -> None:
        """A checkpoint was written to `path`, or not (`ok=False`) for the `reason`."""
        self._told = True
        where = os.path.abspath(path) if path else ""
        if ok and bytes is None and os.path.isfile(where):
            bytes = os.path.getsize(where)
        facts = {"bytes": bytes, "seconds": number(seconds), "reason": reason, "kept": plain(kept)}
        self._write("save", step=int(step), path=where, ok=ok, best=best, **facts)

    @quiet
    def evaluated(
        self,
        /,
        step: int,
        split: str = "validation",
        seconds: float | None = None,
        **values: object,
    ) -> None:
        """Results on the validation or test data; an accuracy is 0 to 1."""
        self._told = True
        found = {
            "values": {name: number(value) for name, value in values.items()},
            "seconds": number(seconds),
        }
        self._write("eval", step=int(step), split=split, **found)

    @quiet
    def close(self, reason: str = "", error: str | None = None) -> None:
        """The last word: finished, stopped or exception; without it, it is said at exit."""
        last = getattr(sys, "last_value", None)
        if not reason and last is not None and last is not self._error_before:
            reason, error = "exception", f"{type(last).__name__}: {last}"
        reason = reason or ("stopped" if self.stopping else "finished")
        self._write("bye", step=self._step, reason=reason, error=error)
        if self._records:
            self._records.settle()
        self._release()

    def _open(self) -> None:
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._lock = os.open(f"{self._folder}/hook.lock", flags, 0o600)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._records = Records(self._folder)
        except OSError:
            self._release()
            raise
        atexit.register(self.close)
        OPEN.add(self)
        os.register_at_fork(after_in_child=self._release)

    def _release(self) -> None:
        """Closes everything; in a forked child too, so that it does not hold its parent's lock."""
        if self._records:
            self._records.release()
            self._records = None
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1
        atexit.unregister(self.close)

    def _begin(self, step: int) -> None:
        self._step = step
        if not self._phase:
            self.phase("training", step)

    def _write(self, kind: str, **fields: object) -> None:
        """Writes a record that is no metric, and wakes whoever reads."""
        if not self._records:
            return
        if held := self._thinner.rest():
            self._records.write("log", held)
        self._records.write(kind, {k: v for k, v in fields.items() if v is not None})
        fd = open_fifo(f"{self._folder}/nudge.fifo", os.O_WRONLY)
        if fd >= 0:
            with suppress(OSError):
                os.write(fd, b"h")
            os.close(fd)

    @quiet
    def _show_life(self, step: int, over: threading.Event) -> None:
        """Says `alive` from a thread of its own until `over`: the trainer's own is busy."""

        def live() -> None:
            while not over.wait(ALIVE_SECONDS):
                if self._records:
                    self._records.write("alive", {"step": step})

        threading.Thread(target=live, name="gladius-alive", daemon=True).start()
