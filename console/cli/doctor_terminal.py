"""What `doctor` looks at of the terminal: kind, size, locale, colours, keys, clipboard, tmux."""

from __future__ import annotations

import codecs
import locale
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from console.core.checkup import Finding

if TYPE_CHECKING:
    from console.cli.asking import Answers

LIMIT_SECONDS = 2.0
SLOW_ESCAPE_MS = 100
_OPTIONS = {
    "escape-time": ("-s",),
    "set-clipboard": ("-s",),
    "allow-passthrough": ("-g", "-w"),
    "mouse": ("-g",),
    "default-terminal": ("-s",),
}
Tmux = Callable[..., str]


def findings(answers: Answers, tmux: Tmux | None = None) -> Iterator[Finding]:
    """All lines; `answers` is what the terminal was asked before."""
    if not os.isatty(1):
        yield Finding("terminal", "none here: lines are printed instead of a screen (--plain)")
        return
    yield _kind()
    yield _size()
    yield _locale()
    yield _colours()
    yield from _answered(answers)
    if os.environ.get("TMUX"):
        yield from _tmux(tmux or _ask_tmux)
    elif os.environ.get("STY"):
        remedy = "tmux passes on more: colours, copies, notifications; F-keys work in both"
        yield Finding("screen", "GNU screen: it holds Escape back and drops OSC 52", remedy)
    else:
        yield Finding("clipboard", "OSC 52, if the terminal takes it; copied.txt always has it")


def _kind() -> Finding:
    term = os.environ.get("TERM", "")
    if term in ("", "dumb"):
        return Finding("TERM", term or "not set", "export TERM=xterm-256color")
    return Finding("TERM", term)


def _size() -> Finding:
    columns, lines = shutil.get_terminal_size((0, 0))
    found = f"{columns}x{lines}"
    if columns < 60 or lines < 16:
        return Finding("size", found, "at least 60x16 shows more than the log")
    return Finding("size", found)


def _locale() -> Finding:
    try:
        name = codecs.lookup(locale.getpreferredencoding(False)).name
    except LookupError:
        name = "unknown"
    if name != "utf-8":
        return Finding("locale", name, "export LC_ALL=C.UTF-8")
    return Finding("locale", "UTF-8")


def _colours() -> Finding:
    if "NO_COLOR" in os.environ:
        return Finding("colours", "none, by NO_COLOR; states have words and shapes too")
    if os.environ.get("COLORTERM") in ("truecolor", "24bit"):
        return Finding("colours", "16 million")
    if "256" in os.environ.get("TERM", ""):
        return Finding("colours", "256; for all, if the terminal has them: COLORTERM=truecolor")
    return Finding("colours", "few", "export TERM=xterm-256color COLORTERM=truecolor, if it can")


def _answered(answers: Answers) -> Iterator[Finding]:
    if not answers.is_there:
        remedy = "a terminal that answers (or a shorter line to it) shows the screen sooner"
        yield Finding("answers", "it does not answer within 2 s", remedy)
        return
    drawn = "frames are drawn at once" if answers.synchronised else "no: a frame may be seen half"
    yield Finding("synchronised output", drawn)
    if answers.ambiguous is not None:
        remedy = "set ambiguous width to narrow in the terminal" if answers.ambiguous > 1 else ""
        cells = "1 cell" if answers.ambiguous == 1 else f"{answers.ambiguous} cells"
        yield Finding("ambiguous width", cells, remedy)
    told = "Ctrl+Shift+X is told from Ctrl+X" if answers.kitty else "no Ctrl+Shift: use the letters"
    yield Finding("keys", f"{told}; gladius-console keys shows what is sent")


def _tmux(ask: Tmux) -> Iterator[Finding]:
    version = ask("-V")
    if not version:
        yield Finding("tmux", "it does not answer", "check that tmux is on the PATH")
        return
    said = {
        name: ask("show-options", *scope, "-v", name).strip() for name, scope in _OPTIONS.items()
    }
    yield Finding("tmux", version.strip())
    delay = said["escape-time"]
    slow = delay.isdecimal() and int(delay) > SLOW_ESCAPE_MS
    yield _option("escape-time", delay, "set -s escape-time 10" if slow else "")
    yield _option("set-clipboard", said["set-clipboard"],
                  "set -s set-clipboard on" if said["set-clipboard"] == "off" else "")  # fmt: skip
    passes = said["allow-passthrough"] in ("on", "all")
    known = bool(said["allow-passthrough"])  # tmux before 3.3 always lets it through
    yield _option("allow-passthrough", said["allow-passthrough"] or "always",
                  "set -g allow-passthrough on" if known and not passes else "")  # fmt: skip
    mouse = said["mouse"]
    note = ": clicks reach tmux's panes with set -g mouse on" if mouse == "off" else ""
    yield _option("mouse", f"{mouse}{note}")
    kind = said["default-terminal"]
    good = kind.startswith(("tmux", "screen-256")) or "256" in kind
    yield _option("default-terminal", kind,
                  "" if good else 'set -s default-terminal "tmux-256color"')  # fmt: skip


def _option(name: str, value: str, line: str = "") -> Finding:
    return Finding(f"tmux {name}", value or "not known", f"in ~/.tmux.conf: {line}" if line else "")


def _ask_tmux(*words: str) -> str:
    """What tmux prints; empty when it does not."""
    try:
        done = subprocess.run(
            ["tmux", *words], stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=LIMIT_SECONDS, check=False,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
