from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.keeper import rundir


@pytest.mark.parametrize(
    "text",
    ["", "../x", "20260102-030405-00g0", "20260102-030405-0000\n", "20260102-030405-0000/..",
     "-rf", "20260102-030405-0000\0", "٢0260102-030405-0000", "x" * 300, "20260102-030405-AAAA"],
)  # fmt: skip
def test_only_run_ids_become_paths(text: str) -> None:
    assert not rundir.is_run_id(text)
    with pytest.raises(ValueError, match="not a run id"):
        rundir.run_dir(text)


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"GLADIUS_HOME": "/a/b"}, "/a/b"),
        ({"XDG_STATE_HOME": "/s"}, "/s/gladius-console"),
        ({"XDG_STATE_HOME": "relative"}, "/home/ana/.local/state/gladius-console"),
        ({}, "/home/ana/.local/state/gladius-console"),
    ],
)
def test_where_state_lives(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GLADIUS_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", "/home/ana")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert rundir.home() == Path(expected)
    run = rundir.run_dir("20260102-030405-0abc")
    assert run == Path(expected) / "runs" / "20260102-030405-0abc"
    assert rundir.start_lock(run, "k") == Path(expected) / "starts" / "k.lock"


def test_a_private_directory_is_made_and_kept_private(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        made = rundir.private_dir(tmp_path / "a" / "b")
    finally:
        os.umask(old)
    assert made.stat().st_mode & 0o777 == 0o700
    made.chmod(0o755)
    assert rundir.private_dir(made).stat().st_mode & 0o777 == 0o700


def test_fault_47_a_link_a_file_or_a_strangers_directory_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    (tmp_path / "file").touch()
    for name, reason in (("link", "is a link"), ("file", "not a directory")):
        with pytest.raises(rundir.UnsafeDirectory, match=f"{name} is .*{reason}|{reason}"):
            rundir.private_dir(tmp_path / name)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    with pytest.raises(rundir.UnsafeDirectory, match="belongs to user"):
        rundir.private_dir(tmp_path / "real")


def test_json_is_replaced_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    rundir.write_json(tmp_path, "run.json", {"a": 1})
    with pytest.raises(TypeError):
        rundir.write_json(tmp_path, "run.json", {"a": object()})
    assert rundir.read_json(tmp_path, "run.json") == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert (tmp_path / "run.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"\xff", b"[" * 100_000])
def test_what_is_no_object_reads_as_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "run.json").write_bytes(content)
    assert rundir.read_json(tmp_path, "run.json") is None


def test_segments_are_plain_files_in_order(tmp_path: Path) -> None:
    for offset in (1 << 31, 0, 5):
        (tmp_path / rundir.segment_name(offset)).touch()
    (tmp_path / rundir.segment_name(7)).mkdir()
    (tmp_path / rundir.segment_name(8)).symlink_to(tmp_path / rundir.segment_name(0))
    (tmp_path / "output.12.log").touch()
    assert [offset for offset, _ in rundir.segments(tmp_path)] == [0, 5, 1 << 31]


def test_missing_parents_are_private_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        rundir.private_dir(tmp_path / "new" / "state")
    finally:
        os.umask(before)
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700
