"""Files a person asked for: whole, and never over another one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from console.cli.writing import written


def test_a_file_is_where_it_is_said_to_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = written("", "a/b.csv", ["one\n", "two \ud800\n"])
    assert path == str(tmp_path / "a-b.csv")
    assert Path(path).read_text() == "one\ntwo ?\n"
    assert Path(path).stat().st_mode & 0o777 == 0o600


def test_what_is_there_is_left(tmp_path: Path) -> None:
    (tmp_path / "loss.csv").write_text("mine")
    (tmp_path / "loss-2.csv").symlink_to(tmp_path / "elsewhere")
    assert written(str(tmp_path), "loss.csv", ["new"]) == str(tmp_path / "loss-3.csv")
    assert (tmp_path / "loss.csv").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_failure_leaves_nothing(tmp_path: Path) -> None:
    def breaks() -> Iterator[str]:
        yield "some"
        raise OSError("no space")

    with pytest.raises(OSError, match="no space"):
        written(str(tmp_path), "loss.csv", breaks())
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="is no folder"):
        written(str(tmp_path / "missing"), "loss.csv", ["x"])
