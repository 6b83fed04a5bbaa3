"""The configuration files of one run for people: view, edit, presets, templates.

Everything here may wait for a disk; what cannot be done raises OSError, ValueError or RuntimeError
with a sentence that says what to do.
"""

from __future__ import annotations

import os
import shlex
import signal
import stat
import subprocess
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import client, settingsfile
from console.cli import configfile, starting
from console.cli.exits import Failure
from console.cli.writing import placed
from console.core import changes
from console.core.config import ConfigError, load
from console.core.config_diff import diff
from console.core.format_text import text
from console.core.redaction import mask
from console.core.template import template, veiled
from console.keeper import rundir

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from console.backend.runs import Record
    from console.core.config import Config
    from console.core.config_diff import Change

SUFFIX = ".yaml"
LONGEST_NAME = 100


class Unreadable(ValueError):
    """The frozen copy is none that this version reads; the text says where and why."""


class Configurations:
    """What can be done with the configuration of a run."""

    def __init__(self, item: Record) -> None:
        self._item = item
        given = item.facts.get("config_path")
        self.path = given if isinstance(given, str) else ""

    # view

    def shown(self) -> tuple[str, str]:
        """The text as the run was started, secrets masked, and what it is a copy of: the file with
        its comments while it still says that, else the frozen copy."""
        data, frozen = self._frozen()
        note = "as started"
        if self.path:
            try:
                source = Path(self.path).read_bytes()
                config = load(source, self.path)
                if not diff(frozen, config):
                    return veiled(source.decode("utf-8"), config), note
                is_set = not starting.changes(self._item)
                note += ", with --set" if is_set else "; the file says something else now"
            except (OSError, ValueError, ConfigError):
                note += "; the file cannot be read now"
        return veiled(data.decode("utf-8"), frozen), note

    # edit

    def why_not_edit(self) -> str:
        """Why the file cannot be edited here; empty when it can."""
        if not self.path:
            return "this run was started without a configuration file"
        if not self._item.local:
            return f"the file is on {text(self._item.host or 'another host')}"
        path = Path(self.path)
        try:
            found = path.stat()
        except OSError as error:
            return f"{text(path)}: {error.strerror}"
        if not stat.S_ISREG(found.st_mode):
            return f"{text(path)} is no file"
        if found.st_uid != os.geteuid():
            return f"{text(path)} belongs to somebody else; save a template and edit that"
        if not os.access(path, os.W_OK):
            return f"{text(path)} is read-only; chmod u+w it, or save a template and edit that"
        return ""

    def editor(self) -> list[str]:
        """The command of the person's editor. Raises ValueError when there is none."""
        given = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ""
        try:
            words = shlex.split(given)
        except ValueError as error:
            raise ValueError(f"VISUAL or EDITOR is no command: {error}") from None
        if not words:
            said = f"no editor is set; export EDITOR=nano, or edit {text(self.path)} and press r"
            raise ValueError(said)
        return words

    def edit(self) -> None:
        """Runs the editor on the file; the terminal must be free for it."""
        words = self.editor()
        # Ctrl+C there is for the editor; a function of ours does not pass on to it.
        before = signal.signal(signal.SIGINT, lambda *_: None)
        try:
            done = subprocess.run([*words, self.path], check=False)
        except OSError as error:
            said = f"{text(words[0])} cannot be started: {error.strerror}; set VISUAL or EDITOR"
            raise OSError(said) from None
        finally:
            signal.signal(signal.SIGINT, before)
        code = done.returncode
        if code:
            how = f"exit code {code}" if code > 0 else signal.strsignal(-code) or f"signal {-code}"
            raise RuntimeError(
                f"{text(Path(words[0]).name)} ended with {how}; press r to see what differs"
            )

    # presets

    def presets(self) -> Sequence[str]:
        """Names of configurations in the places where bare names are looked for."""
        return starting.candidates()

    def compare(self, preset: str) -> Sequence[Change]:
        """How a preset differs from what this run began with."""
        _data, frozen = self._frozen()
        try:
            return diff(frozen, configfile.read(configfile.find(preset)).config)
        except (Failure, ConfigError) as error:
            raise ValueError(str(error)) from None

    async def start(self, preset: str) -> str:
        """Starts a new run with a preset; its id."""
        return await starting.start(preset)

    def write(self, preset: str) -> str:
        """Writes a preset into the run's file, what was there is kept beside it; what to tell."""
        if why := self.why_not_edit():
            raise RuntimeError(why)
        source, target = configfile.find(preset), Path(self.path).resolve()
        if source.resolve() == target:
            raise RuntimeError(f"{text(preset)} is the file of this run")
        data = configfile.read(source).data
        kept = _kept(target)
        _replace(target, data)
        return f"{target} says what {preset} says; what it said is in {kept}"

    # templates

    def template_name(self) -> str:
        """A name to begin with."""
        return f"{Path(self.path).stem or 'run'}-{self._item.id[:8]}{SUFFIX}"

    def save_template(self, name: str, *, overwrite: bool = False) -> str:
        """Saves the configuration of the run as a template; what to tell. Raises FileExistsError
        when there is one of this name."""
        target = configfile.user_folder() / checked_name(name)
        if os.path.lexists(target) and not overwrite:
            raise FileExistsError(f"{target} is there already")
        _data, frozen = self._frozen()
        source: bytes | None = None
        with suppress(OSError):
            source = Path(self.path).read_bytes() if self.path else None
        found, has_comments = template(source, frozen, self._header())
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _replace(target, found.encode())
        note = "" if has_comments else " (without comments: the file says something else by now)"
        return f"template saved: {target}{note}. train --config {target.name} starts it"

    def _frozen(self) -> tuple[bytes, Config]:
        """The configuration the run was started with, as text too. Raises OSError, Unreadable."""
        data = (self._item.dir / rundir.CONFIG_YAML).read_bytes()
        try:
            return data, load(data, rundir.CONFIG_YAML)
        except ConfigError as error:
            raise Unreadable(str(error)) from None

    def _header(self) -> list[str]:
        """Where the template is from, and what was changed while the run went on."""
        day = time.strftime("%Y-%m-%d")
        lines = [f"From run {self._item.id} ({text(self._item.name)}), saved {day}."]
        known = client.read_state(self._item.dir).control.changes
        lines += [
            f"Changed while it ran: {changes.told(one.new, one.old)}" for one in known if one.stands
        ]
        return [mask(line) for line in lines]


def checked_name(typed: str) -> str:
    """The file name of a template. Raises ValueError for what is none."""
    name = typed.strip()
    plain = name.removesuffix(SUFFIX)
    if not plain or "/" in name or not name.isprintable() or name.startswith("."):
        raise ValueError("a plain file name is expected, without folders")
    if plain + SUFFIX == settingsfile.NAME:
        raise ValueError(f"{settingsfile.NAME} is where the console keeps its own: another name")
    if len(name.encode()) > LONGEST_NAME:
        raise ValueError("the name is too long")
    return plain + SUFFIX


def _kept(target: Path) -> str:
    """A copy beside the file, whole, for the same people, and over nothing; its path."""
    with _written(target, target.read_bytes()) as name:
        return placed(Path(name), target.with_name(f"{target.name}.bak"))


def _replace(target: Path, data: bytes) -> None:
    """Writes all of a file or nothing; the mode stays."""
    with _written(target, data) as name:
        os.replace(name, target)


@contextmanager
def _written(target: Path, data: bytes) -> Iterator[str]:
    """A file of another name beside `target`, with its mode; it is gone where it got no other."""
    mode = stat.S_IMODE(target.stat().st_mode) if target.exists() else 0o600
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        yield name
    finally:
        with suppress(OSError):
            os.unlink(name)
