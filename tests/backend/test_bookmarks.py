"""Bookmarks are kept with the run, whoever sets them."""

from __future__ import annotations

import errno
import os
import pathlib
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from console.backend import bookmarks

if TYPE_CHECKING:
    from pathlib import Path


def test_they_are_kept_and_taken_away(tmp_path: Path) -> None:
    assert bookmarks.read(tmp_path) == []
    for row in (40, 7, 40):
        bookmarks.keep(tmp_path, row, True)
    assert bookmarks.read(tmp_path) == [7, 40]
    bookmarks.keep(tmp_path, 7, False)
    bookmarks.keep(tmp_path, 1000, False)
    assert bookmarks.read(tmp_path) == [40]
    assert [path.name for path in tmp_path.iterdir()] == [bookmarks.NAME]
    assert stat.S_IMODE((tmp_path / bookmarks.NAME).stat().st_mode) == 0o600


def test_many_at_once_lose_none(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda row: bookmarks.keep(tmp_path, row, True), range(40)))
    assert bookmarks.read(tmp_path) == list(range(40))


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"[]", b'{"rows": 5}', b'{"rows": {}}', b"\xff", b"[" * 100_000],
)
def test_a_damaged_file_is_none(tmp_path: Path, text: bytes) -> None:
    (tmp_path / bookmarks.NAME).write_bytes(text)
    assert bookmarks.read(tmp_path) == []
    bookmarks.keep(tmp_path, 3, True)
    assert bookmarks.read(tmp_path) == [3]


def test_what_is_no_row_is_left_out(tmp_path: Path) -> None:
    text = '{"v": 1, "rows": [5, -1, true, "x", null, 2.5, 5, 1]}'
    (tmp_path / bookmarks.NAME).write_text(text)
    assert bookmarks.read(tmp_path) == [1, 5]


def test_a_folder_that_cannot_be_written_raises_and_keeps_the_old(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        bookmarks.keep(tmp_path / "gone", 3, True)
    (tmp_path / f".{bookmarks.NAME}.{os.getpid()}.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic"):
        bookmarks.keep(tmp_path, 3, True)
    assert not (tmp_path / "elsewhere").exists()


def test_several_screens_at_once_lose_none(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from console.backend import bookmarks\n"
        "for row in range(int(sys.argv[2]), 200, 4): bookmarks.keep(Path(sys.argv[1]), row, True)"
    )
    words = [sys.executable, "-c", code, str(tmp_path)]
    screens = [subprocess.Popen([*words, str(first)]) for first in range(4)]
    assert [screen.wait(60) for screen in screens] == [0] * 4
    assert bookmarks.read(tmp_path) == list(range(200))


def test_a_file_that_cannot_be_read_now_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bookmarks.keep(tmp_path, 7, True)

    def broken(_path: Path) -> bytes:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(pathlib.Path, "read_bytes", broken)
    assert bookmarks.read(tmp_path) == []
    with pytest.raises(OSError, match="Input/output"):
        bookmarks.keep(tmp_path, 8, True)
    monkeypatch.undo()
    assert bookmarks.read(tmp_path) == [7]
