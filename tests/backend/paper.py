"""A run on paper: a run directory whose inputs a test writes itself, and clocks it turns."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from console.backend import journal
from console.backend.history import History
from console.backend.recorder import Recorder
from console.keeper import record, rundir

if TYPE_CHECKING:
    from console.core.protocol import Event


class Paper:
    """A run directory and its clocks `t` and `m`; `say` is the trainer's print, `log` its hook."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(exist_ok=True)
        self.dir = directory
        self.t, self.m = 1_700_000_000.0, 1000.0
        self.heard: list[Event] = []
        self._opened: list[Recorder] = []
        self._end = 0
        self._start = 0
        self._hook = (0, 0)

    # the trainer

    def say(self, data: bytes | str) -> None:
        data = data.encode() if isinstance(data, str) else data
        with open(self.dir / rundir.segment_name(self._start), "ab") as file:
            file.write(data)
        self._end += len(data)

    def new_output_segment(self) -> None:
        self._start = self._end

    def hook(self, kind: str, **fields: Any) -> None:
        self.hook_bytes(record.encode({"k": kind, "t": self.t, "m": self.m, **fields}))

    def hook_bytes(self, line: bytes) -> None:
        with open(self.hook_path(), "ab") as file:
            file.write(line)

    def hook_path(self) -> Path:
        return self.dir / f"hook-{self._hook[0]}-{self._hook[1]:03d}.jsonl"

    def rotate_hook(self, *, generation: bool = False) -> None:
        self._hook = (self._hook[0] + 1, 0) if generation else (self._hook[0], self._hook[1] + 1)

    def log(self, step: int, **values: Any) -> None:
        self.hook("log", step=step, values=values)

    def pass_time(self, seconds: float) -> None:
        self.t += seconds
        self.m += seconds

    # the recorder

    def recorder(self) -> Recorder:
        made = Recorder(
            self.dir, wall=lambda: self.t, mono=lambda: self.m, listener=self.heard.append
        )
        self._opened.append(made)
        made.open()
        return made

    def kill(self) -> None:
        """All recorders are gone, without a last word."""
        for recorder in self._opened:
            recorder._store._disconnect()
            if hasattr(recorder, "_journal"):
                recorder._close_files()
        self._opened.clear()

    def record_all(self) -> Recorder:
        """A recorder that has read everything there is and committed it."""
        self.kill()
        made = self.recorder()
        drain(made)
        assert made.commit()
        return made

    # what was recorded

    def rows(self) -> list[bytes]:
        return self.screen().splitlines()

    def screen(self) -> bytes:
        return b"".join(path.read_bytes() for path in sorted(self.dir.glob("screen.*.log")))

    def journal(self, kind: str = "") -> list[dict[str, Any]]:
        return [item for item in journal.records(self.dir) if not kind or item["k"] == kind]

    def series(self, *, every: bool = True) -> dict[str, list[tuple[int, str]]]:
        """Name → (step, value as text, so that NaN equals NaN)."""
        history = History(self.dir)
        return {
            name: [(step, repr(v)) for step, _, v in history.all_points(name, every=every)]
            for name in history.names()
        }

    def values(self, name: str) -> list[float]:
        return [value for _, _, value in History(self.dir).all_points(name, every=True)]


def drain(recorder: Recorder) -> None:
    """Reads everything there is; so many polls are more than enough."""
    for _ in range(100_000):
        more = recorder.poll(max_bytes=1 << 22, max_seconds=0.5)
        if recorder._books.is_full():
            recorder.commit()
        elif not more and recorder.trouble is None:
            return
    raise AssertionError(f"never done: {recorder.trouble}")


def batch_line(epoch: int, batch: int, loss: float) -> str:
    """A line as in the blueprint."""
    return f"Epoch {epoch} | Batch {batch} | Loss: {loss:.4f} | Expert-0: 0.020 | Expert-1: 0.030\n"
