"""Programs that tell of GPUs: found, run for a limited time, and their JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

from console.backend.sensors.orphan import end_with_parent
from console.backend.sensors.source import CALL_SECONDS, Failed

OTHER_FOLDERS = ("/opt/rocm/bin", "/usr/lib/wsl/lib")
"""Where the tools of drivers are when PATH does not name them."""


def find(name: str) -> str | None:
    """The path of a program."""
    path = os.environ.get("PATH", os.defpath)
    return shutil.which(name, path=os.pathsep.join((path, *OTHER_FOLDERS)))


def output(path: str, *arguments: str, codes: Sequence[int] = (0,)) -> str:
    """What a program prints. Raises Failed when it cannot be run, is too slow or ends otherwise."""
    name = os.path.basename(path)
    try:
        done = subprocess.run(
            (path, *arguments),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=CALL_SECONDS,
            env={**os.environ, "LC_ALL": "C"},
            check=False,
            preexec_fn=end_with_parent,  # there is one thread here
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(f"{name} did not answer within {CALL_SECONDS:.0f} s") from error
    except OSError as error:
        raise Failed(f"{name} cannot be run: {error.strerror}") from error
    if done.returncode not in codes:
        raise Failed(f"{name}: {_complaint(done)}")
    return done.stdout.decode(errors="replace")


def _complaint(done: subprocess.CompletedProcess[bytes]) -> str:
    """Its first words, or how it ended."""
    said = (done.stderr.strip() or done.stdout.strip()).decode(errors="replace")
    return said.splitlines()[0][:120] if said else f"ended with {done.returncode}"


def document(printed: str, name: str) -> Any:
    """The JSON in what a program printed, warnings before it left out. Raises Failed."""
    lines = printed.splitlines(keepends=True)
    for at, line in enumerate(lines):
        if line.lstrip().startswith(("{", "[")):
            try:
                return json.JSONDecoder().raw_decode("".join(lines[at:]).lstrip())[0]
            except (ValueError, RecursionError):
                continue
    raise Failed(f"{name} printed no JSON")
