"""The writer of metrics.db by itself."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from console.backend import store as store_module
from console.backend.history import History
from console.backend.mounts import is_network
from console.backend.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    made.open()
    yield made
    made._disconnect()


def reopened(store: Store) -> Store:
    store._disconnect()
    again = Store(store.path.parent)
    again.open()
    return again


def test_a_commit_is_all_or_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    store.add(1, 1.0, {"a": 1.0})
    store.commit({"n": 1}, {"life": {"x": 1}})
    store.add(2, 2.0, {"a": 2.0})
    store.note(1, {"text": "lost with it"})
    real = store_module._dump
    monkeypatch.setattr(store_module, "_dump", None)
    with pytest.raises(TypeError):
        store.commit({"n": 2}, {"life": {"x": 2}})
    monkeypatch.setattr(store_module, "_dump", real)
    with closing(sqlite3.connect(store.path)) as other:
        assert other.execute("select count from series").fetchall() == [(1,)]
        assert other.execute("select * from timeline").fetchall() == []
    store.commit({"n": 3}, {"life": {"x": 3}})
    again = reopened(store)
    assert again.groups() == {"life": {"x": 3}}
    assert again.total == 2
    again._disconnect()


def test_after_a_restart_the_series_goes_on_where_it_was(store: Store) -> None:
    for step in range(3000):
        store.add(step, float(step), {"a": float(step), "b": -float(step)})
        if step % 7 == 0:
            store.commit({}, {})
        if step % 401 == 0:
            store.commit({}, {})
            store = reopened(store)
    store.commit({}, {})
    store._disconnect()
    history = History(store.path.parent)
    assert [step for step, _, _ in history.all_points("a")] == list(range(3000))
    assert [value for _, _, value in history.all_points("b")] == [-float(s) for s in range(3000)]


def test_the_tail_stays_a_few_rows(store: Store) -> None:
    most = 0
    for step in range(2100):
        store.add(step, 1.0, {"a": 1.0})
        store.commit({}, {})
        (rows,) = store._connection.execute("select count(*) from tail").fetchone()
        most = max(most, rows)
    assert most <= 33


def test_a_summary_of_a_series_stands_beside_its_name(store: Store) -> None:
    for step, value in enumerate((3.0, float("nan"), -1.0, float("inf"), 2.0)):
        store.add(step, 10.0 + step, {"a": value})
        store.commit({}, {})
    found = store._connection.execute(
        "select name, count, chunks, step, t, last, low, high, odd from series"
    ).fetchall()
    assert found == [("a", 5, 0, 4, 14.0, 2.0, -1.0, 3.0, 2)]


def test_steps_that_are_not_told_are_counted(store: Store) -> None:
    for value in (1.0, 2.0):
        store.add(None, 1.0, {"a": value})
    store.commit({}, {})
    store.add(None, 1.0, {"a": 3.0})
    store.add(10**30, 1.0, {"a": 4.0})
    store.commit({}, {})
    points = History(store.path.parent).all_points("a")
    assert [(step, value) for step, _, value in points] == [(1, 1), (2, 2), (3, 3), (4, 4)]


def test_a_trainer_that_invents_names_without_end_is_cut_off(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.backend.blocks.SERIES_LIMIT", 10)
    for number in range(30):
        store.add(1, 1.0, {f"m{number}": 1.0})
    store.add(2, 1.0, {"m0": 1.0})
    store.commit({}, {})
    assert len(History(store.path.parent).names()) == 10
    assert store.refused == 20


def test_the_timeline_keeps_every_line(store: Store) -> None:
    for number in range(1, 4):
        entry = {"id": str(number), "t": 1.0, "mark": "save", "text": f"line {number}"}
        store.note(number, entry)
        store.commit({}, {})
    assert [entry.text for entry in History(store.path.parent).timeline()] == [
        "line 1", "line 2", "line 3",
    ]  # fmt: skip


def test_on_a_network_file_system_there_is_no_write_ahead_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "is_network", lambda _path: True)
    store = Store(tmp_path)
    store.open()
    store.add(1, 1.0, {"a": 1.0})
    store.commit({}, {})
    assert store._connection.execute("pragma journal_mode").fetchone() == ("delete",)
    assert not list(tmp_path.glob("metrics.db-*"))
    assert History(tmp_path).names() == ["a"]
    store.close(final=False)


MOUNTS = """\
/dev/sda1 / ext4 rw 0 0
server:/home /home nfs4 rw 0 0
/dev/sdb /home/ana/fast xfs rw 0 0
host:/x /mnt/with\\040blank fuse.sshfs rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "network"),
    [
        ("/var/run", False),
        ("/home/ana/run", True),
        ("/home/ana/fast/run", False),
        ("/homeless", False),
        ("/mnt/with blank/run", True),
    ],
)
def test_network_mounts_are_recognised(tmp_path: Path, path: str, network: bool) -> None:
    table = tmp_path / "mounts"
    table.write_text(MOUNTS)
    assert is_network(Path(path), table) is network
    assert not is_network(Path(path), tmp_path / "none")
