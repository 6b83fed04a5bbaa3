"""The last things of a run: everything recorded, the report written, the run marked as final."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import past
from console.backend.veil import secrets_of
from console.core.report import Background, report
from console.keeper import rundir

if TYPE_CHECKING:
    from console.backend.recorder import Recorder


def conclude(recorder: Recorder) -> bool:
    """Settles what may still change, writes the report, commits; False when the disk does not
    take it now (try again)."""
    if not recorder.flush():
        return False
    with suppress(OSError):  # it can be made again from the state at any time
        write_report(recorder.run_dir, report(recorder.state, background(recorder.run_dir)))
    return bool(recorder.commit())


def mark_final(recorder: Recorder) -> bool:
    """Leaves the marker, the backend's last word; False when the disk does not take it now.

    Nobody reads orders any more: without the FIFO a shell's `echo` does not wait for ever.
    """
    try:
        rundir.touch(recorder.run_dir, rundir.FINAL)
    except OSError:
        return False
    with suppress(OSError):
        (recorder.run_dir / rundir.CONTROL_FIFO).unlink()
    return True


def background(run_dir: Path) -> Background:
    """What the report says besides the state."""
    run = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
    facts = {"host": run.get("host"), "user": run.get("user"), **(run.get("versions") or {})}
    if git := run.get("git"):
        facts["git commit"] = str(git.get("commit")) + (" (edited)" if git.get("dirty") else "")
    return Background(
        offset_seconds=float(time.localtime().tm_gmtoff),
        orders=tuple(past.orders(run_dir).values()),
        environment={name: str(value) for name, value in facts.items() if value},
        values=secrets_of(run_dir),
    )


def write_report(run_dir: Path, text: str) -> None:
    """Replaces `report.md` as a whole. Raises OSError."""
    temporary = run_dir / f".{rundir.REPORT}.{os.getpid()}"
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
    with os.fdopen(os.open(temporary, flags, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    temporary.rename(run_dir / rundir.REPORT)
