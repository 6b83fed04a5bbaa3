"""What a viewer reads out of metrics.db while it is written."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from math import inf
from pathlib import Path

import pytest

from console.backend.history import History
from console.backend.store import Store
from console.core.sources import Axis, Point
from tests.backend.paper import Paper


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path)
    assert made.open() is None
    yield made
    made._disconnect()


def test_a_missing_database_is_an_empty_source(tmp_path: Path) -> None:
    history = History(tmp_path / "nowhere")
    assert history.names() == []
    assert history.version() == 0
    assert history.extent("loss", Axis.STEP) is None
    assert not len(history.columns("loss", Axis.TIME, 0, 1, 10))
    assert history.nearest("loss", Axis.EPOCH, 1.0) is None
    assert list(history.all_points("loss")) == []
    assert (history.timeline(), history.committed(), history.screen()) == ([], None, (0, []))
    assert not (tmp_path / "nowhere").exists()


def test_a_foreign_file_is_an_empty_source_until_it_is_ours(tmp_path: Path) -> None:
    (tmp_path / "metrics.db").write_bytes(b"no database at all")
    history = History(tmp_path)
    assert history.names() == []
    (tmp_path / "metrics.db").unlink()
    with one_value(tmp_path):
        assert history.names() == ["loss"]


@contextmanager
def one_value(directory: Path) -> Iterator[None]:
    store = Store(directory)
    store.open()
    store.add(1, 1.0, {"loss": 1.0})
    store.commit({}, {})
    yield
    store.close(final=False)


def test_what_is_read_bit_by_bit_equals_what_is_read_at_once(store: Store, tmp_path: Path) -> None:
    """Commits of any size, readers that look at any of them, restarts of the writer in between."""
    rng, step, written = random.Random(5), 0, {"a": 0, "b": 0}
    often, seldom = History(tmp_path), History(tmp_path)
    for _round in range(50):
        for _ in range(rng.choice((1, 1, 3, 40, 700))):
            step += rng.choice((1, 1, 1, 5, -3))
            names = rng.choice((("a",), ("a", "b")))
            store.add(step, float(step), {name: rng.random() for name in names})
            for name in names:
                written[name] += 1
        store.commit({}, {})
        if rng.random() < 0.1:
            store.close(final=rng.random() < 0.5)
            store.__init__(tmp_path)  # type: ignore[misc]
            store.open()
        fresh = History(tmp_path)
        readers = [often, seldom] if rng.random() < 0.1 else [often]
        for name, reader in ((name, reader) for name in written for reader in readers):
            if name not in fresh.names():
                continue
            assert reader.version() == fresh.version() == sum(written.values())
            assert list(reader.all_points(name)) == list(fresh.all_points(name))
            assert len(list(reader.all_points(name, every=True))) == written[name]
            low, high = sorted((rng.uniform(0, step), rng.uniform(0, step)))
            for axis in (Axis.STEP, Axis.TIME):
                wanted = fresh.columns(name, axis, low, high, 50)
                assert reader.columns(name, axis, low, high, 50) == wanted
                assert reader.extent(name, axis) == fresh.extent(name, axis)


def test_the_version_grows_with_values_only(store: Store, tmp_path: Path) -> None:
    history = History(tmp_path)
    seen = [history.version()]
    store.add(1, 1.0, {"a": 1.0, "b": 1.0})
    store.commit({}, {})
    seen.append(history.version())
    store.commit({"t": 1.0}, {"output": {"bytes": 1}})
    seen.append(history.version())
    assert seen == [0, 2, 2]


def test_charts_of_a_long_run_read_few_blocks(store: Store, tmp_path: Path) -> None:
    count = 200_000
    names = [f"m{i}" for i in range(3)]
    steps = list(range(count))
    for first in range(0, count, 50_000):
        part = steps[first : first + 50_000]
        store.extend(part, 1.0, {name: [float(s % 977) for s in part] for name in names})
        store.commit({}, {})
    store.close(final=True)
    history = History(tmp_path)
    for name in names:
        found = history.columns(name, Axis.STEP, 0, count, 100)
        assert len(found) == 100
        assert (min(found.low), max(found.high)) == (0.0, 976.0)
    assert len(history._blocks) < 3 * 32


def epochs(tmp_path: Path, position: dict[str, int], recorded: bool) -> History:
    store = Store(tmp_path)
    store.open()
    for step in range(1, 101):
        values = {"loss": float(step)}
        if recorded:
            values["epoch"] = float(1 + (step - 1) // 20)
        store.add(step, float(step), values)
    store.commit({}, {"position": position})
    store.close(final=False)
    return History(tmp_path)


def test_epochs_are_steps_by_the_batches_of_one_when_they_are_known(tmp_path: Path) -> None:
    history = epochs(tmp_path, {"batches_per_epoch": 20}, recorded=True)
    assert history.extent("loss", Axis.EPOCH) == (0.05, 5.0)
    assert history.nearest("loss", Axis.EPOCH, 2.0) == (2.0, 40.0)
    found = history.columns("loss", Axis.EPOCH, 1.0, 2.0, 100)
    assert (found.x[0], found.x[-1], len(found)) == (1.0, 2.0, 21)


def test_epochs_are_those_recorded_when_batches_are_not_known(tmp_path: Path) -> None:
    history = epochs(tmp_path, {}, recorded=True)
    assert history.nearest("loss", Axis.EPOCH, 2.0) == (2.0, 21.0)
    assert history.nearest("loss", Axis.EPOCH, 2.5) == (2.5, 31.0)
    assert list(history.columns("loss", Axis.EPOCH, 4.0, 4.0, 10).low) == [61.0]


def test_without_any_epoch_steps_are_shown(tmp_path: Path) -> None:
    history = epochs(tmp_path, {}, recorded=False)
    assert history.extent("loss", Axis.EPOCH) == (1.0, 100.0)


def test_a_reader_leaves_nothing_open_and_nothing_locked(paper_run: Paper) -> None:
    history = History(paper_run.dir)
    history.columns("loss", Axis.STEP, -inf, inf, 10)
    points = history.all_points("loss")
    next(points)
    points.close()
    with closing(sqlite3.connect(paper_run.dir / "metrics.db", isolation_level=None)) as other:
        assert other.execute("pragma journal_mode=delete").fetchone() == ("delete",)


@pytest.fixture
def paper_run(tmp_path: Path) -> Paper:
    paper = Paper(tmp_path / "run")
    paper.hook("hello", pid=1)
    for step in range(10):
        paper.log(step, loss=1.0)
    paper.hook("save", step=9, path="c.pt", ok=True)
    paper.record_all()
    paper.kill()
    return paper


def test_state_timeline_and_age_are_those_of_the_last_commit(paper_run: Paper) -> None:
    history = History(paper_run.dir)
    state = history.committed()
    assert state is not None
    assert state.position.step == 9
    assert state.checkpoints.count == 1
    assert [entry.mark for entry in history.timeline()] == ["save"]
    assert history.recorded_at() == paper_run.t


def test_a_database_made_anew_is_read_anew(paper_run: Paper) -> None:
    history = History(paper_run.dir)
    assert len(list(history.all_points("loss"))) == 10
    (paper_run.dir / "metrics.db").unlink()
    with one_value(paper_run.dir):
        assert [value for _, _, value in history.all_points("loss")] == [1.0]


def test_a_point_is_known_on_every_axis(store: Store, tmp_path: Path) -> None:
    for step in range(0, 5000, 10):
        store.add(step, 1e9 + 2 * step, {"loss": 1.0 / (1 + step), "epoch": step / 100})
    store.commit({}, {})
    history = History(tmp_path)
    wanted = Point(1230, 1e9 + 2460, 1.0 / 1231, pytest.approx(12.3))
    assert history.point("loss", Axis.STEP, 1232) == wanted
    assert history.point("loss", Axis.TIME, 1e9 + 2461) == wanted
    assert history.point("loss", Axis.EPOCH, 12.31) == wanted
    assert history.point("none", Axis.STEP, 1) is None
    assert Point(1, 2.0, 3.0).x(Axis.EPOCH) is None


def test_a_point_of_a_run_without_epochs_has_none(store: Store, tmp_path: Path) -> None:
    store.add(7, 1e9, {"loss": 1.0})
    store.commit({}, {})
    assert History(tmp_path).point("loss", Axis.EPOCH, 7.0) == Point(7, 1e9, 1.0)
