"""Finds and reads configuration files."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from console.backend import starter
from console.cli.exits import USAGE, Failure
from console.cli.output import clean
from console.core.config import Config, ConfigError, load, override

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """A configuration file that was read and understood."""

    path: Path
    data: bytes
    config: Config

    @property
    def hash(self) -> str:
        """SHA-256 of the file's bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()


class BadConfig(Failure):
    """A configuration that cannot be used; `problems` say where and why."""

    def __init__(self, error: ConfigError) -> None:
        super().__init__(USAGE, "\n".join(map(clean, str(error).splitlines())))
        self.problems = error.problems


def user_folder() -> Path:
    """Where a person keeps configurations of their own."""
    base = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(base) if os.path.isabs(base) else Path.home() / ".config") / "gladius-console"


def places() -> list[Path]:
    """The folders a bare file name is looked for in, in this order."""
    presets = Path(str(resources.files("console"))) / "presets"
    return [Path(), Path("configs"), user_folder(), presets]


def find(typed: str) -> Path:
    """The file meant by a path or a bare name. Raises Failure."""
    given = Path(typed).expanduser()
    candidates = [given]
    if os.sep not in typed and not typed.startswith("~"):
        candidates = [folder / given for folder in places()]
    for path in candidates:
        if path.is_file():
            return path.absolute()
    wrong = next((path for path in candidates if path.exists()), None)
    if wrong is not None:
        raise Failure(USAGE, f"{clean(str(wrong))} is not a file; give a YAML file")
    looked = "" if len(candidates) == 1 else f"; looked in {', '.join(map(_shown, places()))}"
    raise Failure(USAGE, f"there is no configuration {clean(typed)!r}{looked}")


def read(path: Path, settings: list[str] | None = None) -> Found:
    """Reads and checks a file, with `--set` applied. Raises Failure naming file, line, column."""
    try:
        with path.open("rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise Failure(USAGE, f"{clean(str(path))} is not a file")
            data = file.read(MOST_BYTES + 1)
        config = override(load(data, _shown(path)), settings or [])
    except OSError as error:
        raise Failure(USAGE, f"{clean(str(path))} cannot be read: {error.strerror}") from None
    except ConfigError as error:
        raise BadConfig(error) from None
    return Found(path, data, config)


def check_folder(found: Found) -> None:
    """Raises BadConfig where the folder that the trainer is to work in is missing."""
    try:
        starter.check_folder(found.config, Path.cwd())
    except ConfigError as error:
        raise BadConfig(error) from None


def _shown(path: Path) -> str:
    """A path as a person would write it."""
    absolute = path.absolute()
    if absolute == Path.cwd():
        return "."
    try:
        return str(absolute.relative_to(Path.cwd()))
    except ValueError:
        return str(absolute)
