"""Where the person sits: at this machine's desktop, or at another one, by SSH."""

from __future__ import annotations

import getpass
import os
import platform
import shutil
import subprocess
import sys
from urllib.parse import urlsplit

OPENERS = {"darwin": "open", "linux": "xdg-open"}
SSH_PORT = 22


def is_remote() -> bool:
    """Whether the person came by SSH."""
    return any(os.environ.get(name) for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY"))


def show(url: str) -> bool:
    """Opens a browser, if the person sits at a desktop of this machine; whether one was asked.

    Only by the desktop's own program: another one might be a browser for terminals, in this one.
    """
    has_desktop = sys.platform == "darwin" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    )
    opener = shutil.which(OPENERS.get(sys.platform, ""))
    if is_remote() or not has_desktop or opener is None:
        return False
    quiet = subprocess.DEVNULL
    try:
        subprocess.run(
            [opener, url], stdin=quiet, stdout=quiet, stderr=quiet, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True


def tunnel(url: str) -> str:
    """What to type on the person's own machine to reach a port of this one; empty without SSH."""
    if not is_remote():
        return ""
    port, way = urlsplit(url).port, os.environ.get("SSH_CONNECTION", "").split()
    # "client's address, its port, our address, our port", as sshd(8) has it
    is_usual = len(way) != 4 or not way[3].isdecimal() or int(way[3]) == SSH_PORT
    other = "" if is_usual else f"-p {way[3]} "
    return f"ssh -L {port}:127.0.0.1:{port} {other}{_user()}@{platform.node() or 'HOST'}"


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "USER"
