"""The file with what a person chose: `settings.yaml` in their configuration folder.

Several screens may change it at once: a change reads the file again, changes its own values, and
replaces the file whole. A file with an error is told, and never written over.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.core import settings as choices
from console.core.settings import Settings

NAME = "settings.yaml"
LARGEST = 1 << 20
HEADER = "# What was chosen in gladius-console. It may be edited; comments are not kept.\n"


class Unreadable(RuntimeError):
    """The file is there and cannot be taken; the text says where and why."""


def path_of() -> Path:
    """In `$XDG_CONFIG_HOME/gladius-console`, or in `~/.config`."""
    base = os.environ.get("XDG_CONFIG_HOME") or ""
    root = Path(base) if os.path.isabs(base) else Path.home() / ".config"
    return root / "gladius-console" / NAME


def read(path: Path) -> tuple[Settings, list[str]]:
    """The settings and what is wrong with single values. Raises Unreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except FileNotFoundError:
        return Settings(), []
    except OSError as error:
        raise Unreadable(f"{path}: {error.strerror}") from error
    if len(data) > LARGEST:
        raise Unreadable(f"{path}: larger than {LARGEST >> 20} MiB")
    import yaml  # 20 ms, which a start without a file need not wait for

    try:
        found = yaml.safe_load(data)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = "" if mark is None else f":{mark.line + 1}:{mark.column + 1}"
        why = getattr(error, "problem", None) or "no YAML"
        raise Unreadable(f"{path}{where}: {why}") from error
    if found is None:
        return Settings(), []
    if not isinstance(found, dict):
        raise Unreadable(f"{path}: a mapping of settings is expected")
    settings, problems = choices.of(found)
    return settings, [f"{path}: {problem}" for problem in problems]


def change(path: Path, **values: Any) -> Settings:
    """Writes these values into the file; the settings as they are then.

    Raises Unreadable where the file has an error, OSError where it cannot be written, and what
    `core.settings.changed` does.
    """
    import yaml

    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (path.parent / f".{NAME}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        settings = choices.changed(read(path)[0], **values)
        _replace(path, HEADER + yaml.safe_dump(_data(settings), sort_keys=True, allow_unicode=True))
    return settings


def _data(settings: Settings) -> dict[str, Any]:
    return {
        name: dict(value) if hasattr(value, "items") else value
        for name, value in choices.plain(settings).items()
    }


def _replace(path: Path, text: str) -> None:
    target = path.resolve()  # a link to a file that somebody keeps elsewhere stays one
    descriptor, name = tempfile.mkstemp(prefix=f".{NAME}-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, target)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
