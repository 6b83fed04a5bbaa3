"""docs/SCREEN.md tells of tests that exist, and of every key."""

from __future__ import annotations

import re
from pathlib import Path

from console.commands import COMMANDS
from console.widgets.keyname import key_name

TESTS = Path(__file__).parent
TEXT = (TESTS.parent / "docs" / "SCREEN.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("|").split(" | ")]
    for line in TEXT.splitlines()
    if line.startswith("| ") and not line.startswith("| interaction")
]
FOLDERS = ("", "screens/", "widgets/", "pty/")


def test_every_row_has_a_test_that_exists() -> None:
    for row in ROWS:
        assert len(row) == 4, row
        named = re.findall(r"`([\w/]+)::(test_\w+)`", row[3])
        assert named, row
        for file, name in named:
            assert defined(file, name), f"{row[0]}: {file}::{name}"


def defined(file: str, name: str) -> bool:
    """Whether a file of this short name has such a test."""
    folder, _, short = file.rpartition("/")
    places = [f"{folder}/"] if folder else FOLDERS
    paths = [TESTS / place / f"test_{short}.py" for place in places]
    return any(
        f"def {name}(" in path.read_text(encoding="utf-8") for path in paths if path.exists()
    )


def test_every_key_is_told() -> None:
    told = TEXT.replace("−", "-")
    for command in COMMANDS:
        first = next(iter((*command.keys, *command.typed)), None)
        if first is not None:
            name = key_name(first).replace("Shift+", "⇧").replace("−", "-")
            assert re.search(rf"(?<!\w){re.escape(name)}(?!\w)", told), (command.id, name)
