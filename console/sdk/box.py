"""`python -m console.sdk.box DIR PID`: a box at the foot of a terminal that shows one run.

It reads what the hook writes into the run directory, draws on standard error twice a second, and
ends with the training: at the trainer's last word, or when standard input closes, which its end
does however it comes. The rows above the box are the trainer's own. Without a terminal, or in a
small one, it prints a line now and then instead. What is drawn is made in `boxart.py`.
"""

import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.sdk.boxart import ROWS, Picture, box, completion, line

DRAW_SECONDS, LINE_SECONDS, GPU_SECONDS = 0.5, 30.0, 5.0
LEAST_COLUMNS, LEAST_ROWS = 64, ROWS + 8
READ_BYTES = 1 << 16
GPU_FIELDS = "memory.used,memory.total,utilization.gpu,temperature.gpu,power.draw"


class Reader:
    """Follows the hook's files of a run, in their order."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._place = (0, 0)
        self._offset, self._rest = 0, b""

    def records(self) -> list[dict[str, Any]]:
        """What has been written since the last call."""
        found: list[dict[str, Any]] = []
        while data := self._read() or self._next():
            *lines, self._rest = (self._rest + data).split(b"\n")
            found += [record for text in lines if (record := decode(text)) is not None]
        return found

    def _read(self) -> bytes:
        data = b""
        with suppress(OSError), open(self._path(*self._place), "rb") as file:
            file.seek(self._offset)
            data = file.read(READ_BYTES)
        self._offset += len(data)
        return data

    def _next(self) -> bytes:
        generation, number = self._place
        for following in ((generation, number + 1), (generation + 1, 0)):
            if self._path(*following).exists():
                self._place, self._offset, self._rest = following, 0, b""
                return self._read()
        return b""

    def _path(self, generation: int, number: int) -> Path:
        return self._folder / f"hook-{generation}-{number:03d}.jsonl"


def decode(text: bytes) -> dict[str, Any] | None:
    """The record in a line; None when it is none, or damaged."""
    try:
        if int(text[:8], 16) != zlib.crc32(text[9:]):
            return None
        found = json.loads(text[9:])
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


class Gpu:
    """The first GPU, as nvidia-smi tells; asked for by a process that is never waited for."""

    def __init__(self) -> None:
        self._program = shutil.which("nvidia-smi")
        self._asked: subprocess.Popen[str] | None = None
        self._due = 0.0
        self.values: list[float | None] | None = None
        """Bytes used, of how many, percent, °C, watts; None where there is no GPU to be seen."""

    def look(self) -> None:
        now = time.monotonic()
        if self._asked is not None and self._asked.poll() is not None:
            self.values, self._asked = parsed(self._asked.communicate()[0]), None
        if self._asked is not None and now > self._due:
            self._asked.kill()
            self._asked.wait()
            self.values, self._asked = None, None
        if self._program is not None and self._asked is None and now >= self._due:
            self._due = now + GPU_SECONDS
            words = [self._program, f"--query-gpu={GPU_FIELDS}", "--format=csv,noheader,nounits"]
            quiet = subprocess.DEVNULL
            with suppress(OSError):
                self._asked = subprocess.Popen(
                    words, stdin=quiet, stdout=subprocess.PIPE, stderr=quiet, text=True
                )

    def close(self) -> None:
        if self._asked is not None:
            self._asked.kill()
            self._asked.communicate()


def parsed(text: str) -> list[float | None] | None:
    """A line of nvidia-smi's CSV: MiB, MiB, percent, °C, W; what it does not give is None."""
    words = [word.strip() for word in (text.splitlines() or [""])[0].split(",")]
    if len(words) != len(GPU_FIELDS.split(",")):
        return None
    values: list[float | None] = []
    for word in words:
        try:
            values.append(float(word))
        except ValueError:
            values.append(None)
    return [*(v if v is None else v * (1 << 20) for v in values[:2]), *values[2:]]


class Foot:
    """The last rows of a terminal, kept out of what scrolls (DECSTBM, as VT100 has it)."""

    def __init__(self) -> None:
        self._size: os.terminal_size | None = None

    def draw(self, rows: list[str]) -> None:
        size = os.get_terminal_size(2)
        parts = []
        if size != self._size:
            high = size.lines - len(rows)
            # Makes room first, so that nothing the trainer printed is covered.
            parts.append("\n" * len(rows) + f"\x1b7\x1b[1;{high}r\x1b8\x1b[{len(rows)}A")
            self._size = size
        parts.append("\x1b7")
        for number, row in enumerate(rows, size.lines - len(rows) + 1):
            parts.append(f"\x1b[{number};1H\x1b[2K{row}")
        parts.append("\x1b8")
        write("".join(parts))

    def leave(self) -> None:
        """Gives all rows back."""
        if self._size is not None:
            foot = self._size.lines - ROWS + 1
            write(f"\x1b7\x1b[r\x1b[{foot};1H\x1b[J\x1b8")
        self._size = None


def write(text: str) -> None:
    """In one go, so that the trainer's own bytes come before or after it."""
    with suppress(OSError):
        os.write(2, text.encode("utf-8", "replace"))


def has_room() -> bool:
    """Whether the box can be drawn."""
    if os.environ.get("TERM", "dumb") in ("", "dumb") or not os.isatty(2):
        return False
    try:
        size = os.get_terminal_size(2)
    except OSError:
        return False
    return size.columns >= LEAST_COLUMNS and size.lines >= LEAST_ROWS


def serve(folder: Path, trainer: int) -> None:
    """Draws until the training ends. Its forked children may hold our standard input longer."""
    reader, picture, gpu, foot = Reader(folder), Picture(name_of(folder)), Gpu(), Foot()
    next_line = time.monotonic() + LINE_SECONDS
    waits = True
    try:
        while waits and not picture.is_over:
            waits = not select.select([0], [], [], DRAW_SECONDS)[0] and os.getppid() == trainer
            picture.take(reader.records())
            gpu.look()
            picture.gpu = gpu.values
            if has_room():
                foot.draw(box(picture, time.time()))
            else:
                foot.leave()
                if time.monotonic() >= next_line:
                    next_line = time.monotonic() + LINE_SECONDS
                    write(line(picture) + "\n")
    finally:
        gpu.close()
        foot.leave()
    write("".join(f"{row}\n" for row in completion(picture, time.time())))


def name_of(folder: Path) -> str:
    with suppress(OSError, ValueError, AttributeError):
        return str(json.loads((folder / "run.json").read_bytes()).get("name") or "")
    return ""


def main(arguments: list[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the trainer gets it too, and decides
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(0))
    signal.signal(signal.SIGTTOU, signal.SIG_IGN)
    serve(Path(arguments[0]), int(arguments[1]))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
