"""What every test needs: a screen that looks the same on every machine."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests import torture

for _name in [name for name in os.environ if name == "NO_COLOR" or name.startswith("TEXTUAL")]:
    del os.environ[_name]
# Before textual is imported: it reads these once.
os.environ["TEXTUAL_ANIMATIONS"] = "none"
# Before numpy is: small matrices are slower on many threads.
os.environ["OMP_NUM_THREADS"] = os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["TZ"] = "UTC"
os.environ["COLORTERM"] = "truecolor"
os.environ["TERM"] = "xterm-256color"
os.environ.pop("TMUX", None)
time.tzset()


@pytest.fixture(autouse=True)
def _private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test touches the runs or the settings of the person who runs it."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config-home"))
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "gladius-home"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What the kill loops and sweeps have done."""
    if torture.TORTURE and torture.FIGURES:
        terminalreporter.section("torture")
        for line in torture.table():
            terminalreporter.write_line(line)
