"""Some systems end everything of a user at logout (``KillUserProcesses`` in logind.conf). There a
run is started in a scope of the user's own service manager, which may outlive the session.

Standard library only; asks the login manager by systemd's own programs.
"""

from __future__ import annotations

import getpass
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

LIMIT_SECONDS = 2.0
LINGER = Path("/var/lib/systemd/linger")  # a file a user whose service manager outlives sessions
_SCOPE = ("systemd-run", "--user", "--scope", "--quiet", "--collect")
_LOGIN = "org.freedesktop.login1"
_QUESTION = (
    "busctl", "get-property", _LOGIN, f"/{_LOGIN.replace('.', '/')}", f"{_LOGIN}.Manager",
    "KillUserProcesses", "KillExcludeUsers",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Shelter:
    """`prefix` goes before the keeper's command; `warning` says why a logout would end the run."""

    prefix: tuple[str, ...] = ()
    warning: str | None = None


def shelter(linger: Path = LINGER) -> Shelter:
    """How to start a run so that it outlives the login session."""
    user = _user()
    if "XDG_SESSION_ID" not in os.environ or not _ends_at_logout(user):
        return Shelter()
    if (linger / user).exists() and _said((*_SCOPE, "true")) is not None:
        return Shelter(_SCOPE)
    return Shelter(
        warning="logging out of this machine ends all your programs, this run too; "
        "to let them go on, call once: loginctl enable-linger"
    )


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return ""


def _ends_at_logout(user: str) -> bool:
    kills, _, excluded = (_said(_QUESTION) or "").partition("\n")
    return kills.strip() == "b true" and f'"{user}"' not in excluded


def _said(command: tuple[str, ...]) -> str | None:
    """What a program prints; None when it is missing, fails, or takes too long."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LIMIT_SECONDS
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout if done.returncode == 0 else None
