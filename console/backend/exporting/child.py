"""An exporter for a screen: what is long is done by a process of its own (`__main__.py`)."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.backend.exporting.exporter import RunExporter
from console.backend.exporting.folder import tidy
from console.core.export_parts import (
    CANCELLED,
    Cancelled,
    Exported,
    Occupied,
    Progress,
    Refused,
    Tell,
)
from console.keeper import invocation

LOOK_SECONDS = 0.1


class ScreenExporter(RunExporter):
    """As RunExporter; `write` keeps no thread of ours busy."""

    def write(
        self, folder: str, parts: Sequence[str], *, force: bool = False, tell: Tell
    ) -> Exported:
        """See RunExporter. `tell` is asked ten times a second, also while nothing moves."""
        asked = {
            "run_dir": str(self._dir.absolute()), "name": self._name, "here": str(self._here),
            "folder": folder, "parts": list(parts), "force": force,
        }  # fmt: skip
        with subprocess.Popen(
            [sys.executable, "-P", "-m", "console.backend.exporting"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=invocation.WORKING_DIRECTORY,
            env=invocation.environment(),
            start_new_session=True,
        ) as child:
            assert child.stdin is not None
            with suppress(BrokenPipeError):  # it died at once: there is no answer then
                child.stdin.write(json.dumps(asked).encode())
                child.stdin.close()
            try:
                return _heard(child, tell)
            except (_Died, Cancelled) as died:
                tidy(Path(self.look(folder, parts).folder))
                if isinstance(died, Cancelled):
                    raise
                raise OSError(0, str(died)) from None


class _Died(Exception):
    """The child ended without an answer."""


def _heard(child: subprocess.Popen[bytes], tell: Tell) -> Exported:
    """The answer of the child, or what it means. Raises Refused, Cancelled, OSError."""
    heard: dict[str, Any] = {}
    reader = threading.Thread(target=_listen, args=(child, heard), daemon=True)
    reader.start()
    is_cancelled = False
    while reader.is_alive():
        reader.join(LOOK_SECONDS)
        if not tell(heard.get("progress", Progress())) and not is_cancelled:
            is_cancelled = True
            child.terminate()
    child.wait()
    for word, answered in _ANSWERS.items():
        if word in heard:
            return answered(heard[word])
    if is_cancelled:  # before it listened to that
        raise Cancelled(CANCELLED)
    raise _Died(f"the process that exports died ({child.returncode}); export once more")


def _listen(child: subprocess.Popen[bytes], heard: dict[str, Any]) -> None:
    assert child.stdout is not None
    for line in child.stdout:
        try:
            told = json.loads(line)
        except ValueError:  # it was killed in the middle of a line
            return
        if "done" in told:
            heard["progress"] = Progress(**told)
        else:
            heard.update(told)


def _exported(told: dict[str, Any]) -> Exported:
    return Exported(told["folder"], told["files"], told["bytes"], tuple(told["notes"]))


def _raises(kind: Callable[[str], Exception]) -> Callable[[Any], Exported]:
    def answered(told: Any) -> Exported:
        raise kind(str(told))

    return answered


_ANSWERS: dict[str, Callable[[Any], Exported]] = {
    "exported": _exported,
    "occupied": _raises(Occupied),
    "refused": _raises(Refused),
    "cancelled": _raises(Cancelled),
    "failed": _raises(lambda why: OSError(0, why)),
}
