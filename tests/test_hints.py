"""Hints of keys are written in one way, a key and a word: `Esc close`, never `Esc: close`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import console

ROOT = Path(console.__file__).parent
FILES = sorted(
    [*ROOT.glob("screens/*.py"), *ROOT.glob("widgets/*.py"), *ROOT.glob("commands/*.py")]
)
WITH_COLON = re.compile(r"(?:^|\s)(?:Esc|Enter|Space|Tab|F\d+|\^?[A-Za-z/]): \S")


def strings(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_hint_is_a_key_and_a_word(path: Path) -> None:
    assert [said for said in strings(path) if WITH_COLON.search(said)] == []


def test_the_way_it_must_not_be_is_found() -> None:
    for said in ("Esc: close", "↑↓ move  d: the usual one", "Enter: apply"):
        assert WITH_COLON.search(said)
    assert not WITH_COLON.search("now choose another run: Enter or C compares")
