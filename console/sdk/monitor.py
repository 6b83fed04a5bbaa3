"""Watching a program that was started without the console: two lines at its beginning.

    add_arguments(parser)                  # --monitor, --monitor-tui, --monitor-port
    monitor(parser.parse_args())           # before the hook: Link() or a callback

With --monitor the program is a run like any other: `gladius-console runs` lists it, `attach` shows
it, orders reach it through the hook. With --monitor-tui a small box shows it on this terminal as
well. Nothing here raises into the program: what cannot be had costs one line of warning. Without an
option, in ranks other than 0 and under the console nothing happens.

`with monitor(args):` ends the run with the block instead of with the process (notebooks).
"""

import argparse
import atexit
import json
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from console.sdk.reporter import OPEN, RANKS, launched

PORT = 5980
HOST = "127.0.0.1"
START_SECONDS = 30.0
LAST_PICTURE_SECONDS = 2.0
RUN_DIR, RUN_ID = "GLADIUS_RUN_DIR", "GLADIUS_RUN_ID"


def add_arguments(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Adds the three options; returns the parser."""
    group = parser.add_argument_group("watching")
    group.add_argument(
        "--monitor", action="store_true", help="be a run that gladius-console lists and shows"
    )
    group.add_argument(
        "--monitor-tui", action="store_true", help="the same, and a box on this terminal"
    )
    group.add_argument(
        "--monitor-port",
        type=_port,
        default=PORT,
        metavar="PORT",
        help=f"kept for the web page, on {HOST} (default: {PORT})",
    )
    return parser


def monitor(args: object, name: str | None = None) -> "Monitor":
    """Makes this program a run, if the options ask for it; `name` is what it is called.

    `args` has the attributes monitor, monitor_tui and monitor_port; what is missing is off.
    """
    made = Monitor()
    shows = bool(getattr(args, "monitor_tui", False))
    if not (shows or getattr(args, "monitor", False)):
        return made
    if launched(RANKS, 0) != 0 or os.environ.get(RUN_DIR):
        return made
    try:
        made.begin(name, getattr(args, "monitor_port", PORT), shows=shows)
    except (OSError, ValueError, LookupError, subprocess.SubprocessError) as error:
        _say(f"not watched: {error}")
    return made


class Monitor:
    """This program as a run; `run` is its id, empty when it is none."""

    def __init__(self) -> None:
        self.run, self.dir = "", ""
        self._pid = os.getpid()
        self._box: subprocess.Popen[bytes] | None = None

    def begin(self, name: str | None, port: int, *, shows: bool) -> None:
        """Registers, says so, and opens the box. Raises OSError, ValueError, SubprocessError."""
        facts = {
            "pid": self._pid, "command": command(), "cwd": os.getcwd(), "port": port, "name": name,
        }  # fmt: skip
        done = _call("console.backend.monitored", json.dumps(facts))
        told = json.loads(done)
        self.run, self.dir = str(told["run"]), str(told["dir"])
        os.environ[RUN_ID], os.environ[RUN_DIR] = self.run, self.dir
        atexit.register(self._end)
        _say(f"this is run {self.run}: gladius-console attach {self.run}")
        fate = "is kept for it" if _is_free(port) else "is busy: give another --monitor-port"
        _say(f"there is no web page yet; port {port} {fate}")
        if shows:
            self._box = _open_box(self.dir, self._pid)

    def close(self, reason: str = "", error: str | None = None) -> None:
        """The training is over, whatever this process does next; the hook's last word is said."""
        if not self.run or os.getpid() != self._pid:
            return
        for link in list(OPEN):
            link.close(reason, error)
        with suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
            os.close(os.open(Path(self.dir, "closed"), flags, 0o600))
        if os.environ.get(RUN_DIR) == self.dir:
            os.environ.pop(RUN_DIR)
            os.environ.pop(RUN_ID, None)
        atexit.unregister(self._end)
        self._end()
        self.run = ""

    def __enter__(self) -> "Monitor":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()
        else:
            self.close("exception", f"{type(error).__name__}: {error}")

    def _end(self) -> None:
        """Gives the box the time for its last picture."""
        box, self._box = self._box, None
        if box is None or os.getpid() != self._pid:
            return
        with suppress(subprocess.TimeoutExpired, OSError):
            if box.stdin is not None:
                box.stdin.close()  # the word that there is no more to come
            box.wait(LAST_PICTURE_SECONDS)
        if box.poll() is None:
            box.terminate()
            with suppress(subprocess.TimeoutExpired):
                box.wait(LAST_PICTURE_SECONDS)


def command() -> list[str]:
    """How this program was called."""
    with suppress(OSError):
        words = Path("/proc/self/cmdline").read_bytes().rstrip(b"\0").split(b"\0")
        return [os.fsdecode(word) for word in words]
    return [sys.executable, *sys.argv]


def _call(module: str, text: str) -> str:
    """What a module of ours prints. Raises LookupError with what it complains of."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", module],
        input=text,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
        cwd="/",
    )
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise LookupError(said[-1] if said else f"{module} failed")
    return done.stdout


def _open_box(folder: str, pid: int) -> "subprocess.Popen[bytes] | None":
    """A process that draws on our standard error; it ends with us, whatever ends us."""
    words: Sequence[str] = [sys.executable, "-P", "-m", "console.sdk.box", folder, str(pid)]
    try:
        error = sys.__stderr__.fileno() if sys.__stderr__ else 2
        return subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=error, cwd="/"
        )
    except (OSError, ValueError) as failure:
        _say(f"no box: {failure}")
        return None


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 6 and 0 < int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text!r} is no port: a number from 1 to 65535")
    return int(text)


def _say(line: str) -> None:
    """One line on standard error, if that is possible."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(
            f"gladius-console: {''.join(c if c.isprintable() else '?' for c in line)}\n"
        )
        sys.stderr.flush()
