"""A terminal for programs under test: a real pty, its queries answered, every byte time-stamped."""

from __future__ import annotations

import errno
import fcntl
import os
import pty
import re
import signal
import struct
import termios
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyte

ANSWERS: tuple[tuple[re.Pattern[bytes], bytes], ...] = (
    (re.compile(rb"\x1b\[\?2026\$p"), b"\x1b[?2026;2$y"),  # synchronised output: yes
    (re.compile(rb"\x1b\[\?2048\$p"), b"\x1b[?2048;0$y"),  # in-band resize: no
    (re.compile(rb"\x1b\[\?(?!2026|2048)(\d+)\$p"), b"\x1b[?\\1;0$y"),
    (re.compile(rb"\x1b\[0?c"), b"\x1b[?62;22c"),
    (re.compile(rb"\x1b\[>0?c"), b"\x1b[>1;10;0c"),
    (re.compile(rb"\x1b\[6n"), b"\x1b[1;1R"),
    (re.compile(rb"\x1b\[16t"), b"\x1b[6;16;8t"),  # the size of a cell in pixels
    (re.compile(rb"\x1b\[\?u"), b"\x1b[?0u"),
    (re.compile(rb"\x1b\]10;\?(?:\x07|\x1b\\)"), b"\x1b]10;rgb:d4d4/d4d4/d4d4\x1b\\"),
    (re.compile(rb"\x1b\]11;\?(?:\x07|\x1b\\)"), b"\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\"),
)
LONGEST_QUERY = 24

NOT_PASSED_ON = frozenset({"COLUMNS", "LINES", "NO_COLOR", "CI", "SLURM_JOB_ID"})
"""A person's terminal knows nothing of where the tests run."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What arrived at once, and when (time.monotonic)."""

    at: float
    data: bytes


class Terminal:
    """A program on a pty of `columns` × `lines`. Use it as a context manager: it ends the program.

    Only this one process is ended, by its pid.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 120,
        lines: int = 40,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.columns, self.lines = columns, lines
        self.chunks: list[Chunk] = []
        self.started = time.monotonic()
        self.status: int | None = None
        self._rest = b""
        self._display = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._display)
        self._fed = 0
        self._cut_off = b""
        """The beginning of a sequence at the end of what was fed."""
        self._waiter = threading.Condition()
        surroundings = {
            **{name: value for name, value in os.environ.items() if name not in NOT_PASSED_ON},
            "TERM": "xterm-256color",
            "COLORTERM": "truecolor",
            "LC_ALL": "C.UTF-8",
            **(env or {}),
        }
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            try:
                _set_size(0, columns, lines)
                os.chdir(cwd or os.getcwd())
                os.execvpe(command[0], list(command), surroundings)
            finally:
                os._exit(127)
        _set_size(self.master, columns, lines)
        self._thread = threading.Thread(target=self._drain, daemon=True)
        self._thread.start()

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # what the program sees

    def send(self, data: bytes | str) -> float:
        """Types; returns when (time.monotonic)."""
        at = time.monotonic()
        os.write(self.master, data.encode() if isinstance(data, str) else data)
        return at

    def resize(self, columns: int, lines: int) -> None:
        self.columns, self.lines = columns, lines
        _set_size(self.master, columns, lines)

    def signal(self, number: int) -> None:
        if self.status is None:
            os.kill(self.pid, number)

    def hang_up(self) -> None:
        """The terminal window is closed."""
        os.close(self.master)
        self.master = -1

    # what the program printed

    def output(self, since: int = 0) -> bytes:
        """Every byte from chunk number `since` on."""
        return b"".join(chunk.data for chunk in self.chunks[since:])

    def wait_for(self, pattern: bytes, timeout: float = 20.0, since: int = 0) -> float:
        """When the bytes that complete `pattern` (a regular expression) arrived.

        Raises TimeoutError with the end of the output.
        """
        wanted = re.compile(pattern)
        deadline = time.monotonic() + timeout
        index, window = since, b""
        while True:
            with self._waiter:
                if index >= len(self.chunks):
                    self._waiter.wait(max(0.0, min(0.5, deadline - time.monotonic())))
                fresh = self.chunks[index:]
            for chunk in fresh:
                index += 1
                window = window[-4096:] + chunk.data
                if wanted.search(window):
                    return chunk.at
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {pattern!r} in: {self.output()[-600:]!r}")

    def display(self) -> pyte.Screen:
        """What a person sees now, with its colours."""
        display = self._display
        if (display.columns, display.lines) != (self.columns, self.lines):
            display.resize(self.lines, self.columns)
        chunks = self.chunks[self._fed :]
        self._fed += len(chunks)
        data = self._cut_off + b"".join(chunk.data for chunk in chunks)
        end = _BEGUN.search(data)
        assert end is not None  # it matches nothing at all, too
        self._cut_off = end[0]
        self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data[: end.start()]))
        return display

    def screen(self) -> list[str]:
        """What a person sees now, a string a line."""
        return [line.rstrip() for line in self.display().display]

    def wait_for_text(self, text: str, timeout: float = 20.0) -> list[str]:
        """The screen once `text` stands on it. Raises TimeoutError with the screen."""
        deadline = time.monotonic() + timeout
        while True:
            seen = len(self.chunks)
            shown = self.screen()
            if any(text in line for line in shown):
                return shown
            if time.monotonic() > deadline:
                raise TimeoutError(f"no {text!r} on the screen:\n" + "\n".join(shown))
            with self._waiter:
                if len(self.chunks) == seen:
                    self._waiter.wait(0.25)

    # its end

    def wait(self, timeout: float = 20.0) -> int:
        """The exit code once the program has ended (negative: the signal). Raises TimeoutError."""
        deadline = time.monotonic() + timeout
        while self.status is None:
            done, status = os.waitpid(self.pid, os.WNOHANG)
            if done:
                self.status = os.waitstatus_to_exitcode(status)
            elif time.monotonic() > deadline:
                raise TimeoutError(f"still running after {timeout} s")
            else:
                time.sleep(0.005)
        self._thread.join(timeout=1)  # what it printed last is read
        return self.status

    def close(self) -> None:
        """Ends the program if need be, and the pty."""
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            self.wait()
        self._thread.join(timeout=5)
        if self.master >= 0:
            os.close(self.master)
            self.master = -1

    def _drain(self) -> None:
        master = self.master
        while True:
            try:
                data = os.read(master, 1 << 16)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                break
            if not data:
                break
            with self._waiter:
                self.chunks.append(Chunk(time.monotonic(), data))
                self._waiter.notify_all()
            self._answer(master, data)

    def _answer(self, master: int, data: bytes) -> None:
        text = self._rest + data
        asked = [
            (found.end(), found.expand(answer) if b"\\1" in answer else answer)
            for query, answer in ANSWERS
            for found in query.finditer(text)
        ]
        for _, answer in sorted(asked):  # in the order of the questions
            os.write(master, answer)
        done = max((end for end, _ in asked), default=0)
        cut = text.rfind(b"\x1b")
        fresh = cut >= done and len(text) - cut < LONGEST_QUERY
        self._rest = text[cut:] if cut >= 0 and fresh else b""


_BEGUN = re.compile(rb"(?:\x1b(?:\[[<>=?]?[0-9;$]*)?)?\Z")
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<>=?][0-9;]*[mu]|\x1b\[[?>=]?[0-9;]*\$p|\x1b\[=[0-9;]*u")
"""Sequences that pyte takes for something else."""


def _set_size(descriptor: int, columns: int, lines: int) -> None:
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
