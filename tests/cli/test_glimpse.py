"""The newest rows of a run before it is connected."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.cli import glimpse

if TYPE_CHECKING:
    from pathlib import Path


def run_with(home: Path, text: bytes) -> Path:
    folder = home / "20260427-140312-7f3a"
    folder.mkdir()
    (folder / "screen.000000000000.log").write_bytes(text)
    return folder


def test_the_newest_rows_with_their_numbers(tmp_path: Path) -> None:
    text = b"".join(b"row %d\n" % number for number in range(5000)) + b"not whole"
    found = glimpse.rows(run_with(tmp_path, text), 3)
    assert found is not None
    assert found.count() == 5000
    assert found.rows(4990, 20) == [b"row 4997", b"row 4998", b"row 4999"]


def test_secrets_are_masked(tmp_path: Path) -> None:
    run = run_with(tmp_path, b"api_key=sk-0123456789abcdef0123456789\n")
    found = glimpse.rows(run, 3)
    assert found is not None
    assert b"0123456789abcdef" not in b"".join(found.rows(0, 3))


def test_no_rows_no_run_and_no_right_are_none(tmp_path: Path) -> None:
    assert glimpse.rows(run_with(tmp_path, b""), 3) is None
    assert glimpse.rows(tmp_path / "20260427-140312-0000", 3) is None
