"""Trigger files: touched so that nothing else is ever written, and looked for afterwards."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from glob import escape, iglob
from pathlib import Path

from console.backend.targets import Unreachable

OUTPUT_DIR = "{output_dir}"
MOST_BYTES = 1 << 20
MOST_FOUND = 1000
_OPTION = re.compile(r"--output[-_]dir(?:=(.+))?")
_SETTING = re.compile(r"^output_dir:[ \t]*(?:\"([^\"\n]+)\"|'([^'\n]+)'|([^\s#\"'][^\n#]*))", re.M)


def touch(path: Path) -> None:
    """Makes the file or renews its time; never follows a link, never changes what is in it.

    Raises Unreachable with the reason.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        if path.is_symlink():
            raise Unreachable(f"{path} is a link; it is not touched, as it may lead anywhere")
        descriptor = os.open(path, flags, 0o644)
    except OSError as error:
        raise Unreachable(f"{path} cannot be touched: {error.strerror}") from error
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Unreachable(f"{path} is no plain file; it is not touched")
        os.utime(descriptor)
    except OSError as error:
        raise Unreachable(f"{path} cannot be touched: {error.strerror}") from error
    finally:
        os.close(descriptor)


def is_there(path: Path) -> bool:
    """Whether the file still waits to be taken; True as well when nobody can tell."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def newest(pattern: str, since: float) -> Path | None:
    """The file of a pattern that was written last, if that was after `since` (Unix seconds)."""
    best: tuple[float, str] | None = None
    for count, name in enumerate(iglob(pattern)):
        if count >= MOST_FOUND:
            break
        with suppress(OSError):
            written = os.stat(name).st_mtime
            if written > since and (best is None or written > best[0]):
                best = written, name
    return None if best is None else Path(best[1])


def filled(path: str, cwd: Path, output_dir: Path | None, *, pattern: bool = False) -> str:
    """A path of the table as a real one. Raises Unreachable without the folder it needs."""
    if OUTPUT_DIR not in path:
        return str(cwd / os.path.expanduser(path))  # which, unlike Path, takes any user
    if output_dir is None:
        raise Unreachable(
            "its output_dir is not known; say it: control: {use: axolotl, output_dir: …}"
        )
    folder = str(output_dir)
    return path.replace(OUTPUT_DIR, escape(folder) if pattern else folder)


def output_dir(given: str | None, commands: Sequence[Sequence[str]], cwd: Path) -> Path | None:
    """The trainer's output_dir: as configured, else of the command lines, else of the YAML file
    they name."""
    found = given
    for words in commands if found is None else ():
        found = found or _of_options(words) or _of_file(words, cwd)
    return None if found is None else cwd / os.path.expanduser(found.strip())


def _of_options(words: Sequence[str]) -> str | None:
    for word, following in zip(words, (*words[1:], ""), strict=False):
        if match := _OPTION.fullmatch(word):
            return match[1] or following or None
    return None


def _of_file(words: Sequence[str], cwd: Path) -> str | None:
    for word in words:
        if not word.endswith((".yml", ".yaml")):
            continue
        if not (cwd / word).is_file():  # a FIFO would never end
            continue
        with suppress(OSError), (cwd / word).open("rb") as file:
            text = file.read(MOST_BYTES).decode(errors="replace")
            if match := _SETTING.search(text):
                return next(part for part in match.groups() if part)
    return None
