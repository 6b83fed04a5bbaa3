"""Files of a run are written where the person stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from console.backend.rows import ScreenRows
from console.cli import house
from tests.cli.conftest import forge


@pytest.fixture
def item(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    run, here = tmp_path / "run", tmp_path / "here"
    for folder in (run, here):
        folder.mkdir()
    (run / "screen.000000000000.log").write_bytes(b"\x1b[31mred\x1b[0m\n\x1eOURS\nplain\n")
    monkeypatch.chdir(here)
    return SimpleNamespace(id="run-1", dir=run)


def written() -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in Path.cwd().iterdir()}


def test_the_whole_log_has_one_name_clean_and_raw(item: Any) -> None:
    for clean in (True, False, True):
        said = house._export_rows(item, ScreenRows(item.dir), "all", clean, None)
        assert said.startswith("the log is in ")
    assert written() == {
        "run-1.log": b"red\nOURS\nplain\n",
        "run-1.raw.log": b"\x1b[31mred\x1b[0m\nOURS\nplain\n",
    }


def test_parts_never_take_the_place_of_one_another(item: Any) -> None:
    rows = ScreenRows(item.dir)
    assert "1 filtered line is in" in house._export_rows(item, rows, "filtered", True, [2])
    assert "2 filtered lines are in" in house._export_rows(item, rows, "filtered", True, [0, 2])
    assert "-selected.raw.log" in house._export_rows(item, rows, "selected", False, range(1))
    assert written() == {
        "run-1-filtered.log": b"plain\n",
        "run-1-filtered-2.log": b"red\nplain\n",
        "run-1-selected.raw.log": b"\x1b[31mred\x1b[0m\n",
    }


def test_a_folder_that_is_gone_is_an_error_of_the_system(item: Any) -> None:
    Path.cwd().rmdir()
    with pytest.raises(OSError, match="No such file"):
        house._export_rows(item, ScreenRows(item.dir), "filtered", True, [2])


def test_a_session_tells_what_the_console_itself_uses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "state"))
    session = house.connect(forge(tmp_path, "20200101-000000-abcd"))
    try:
        told = session.overhead()
        assert told is not None
        assert "of a core since they began" in told[0]
        assert "in 1 process" in told[1]
    finally:
        session.close()


def test_a_configuration_is_shown_without_the_secrets_no_line_gives_away(tmp_path: Path) -> None:
    path = tmp_path / "config.yaml"
    path.write_text("run:\n  command:\n  - x\n  - --api-key\n  - sesame-a\n")
    shown = house._masked(path)
    assert shown is not None
    assert "sesame" not in shown
    assert "- --api-key" in shown
    path.write_text("run: [\napi_key: sesame\n")
    assert "sesame" not in (house._masked(path) or "")
    assert house._masked(tmp_path / "none") is None
