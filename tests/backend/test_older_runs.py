"""A run directory of a version before values, alerts and notices had their books is read, and goes
on, whether its database is there or has to be made anew."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest

from console.backend.client import read_state
from console.backend.history import History
from console.core import changes
from tests.backend.paper import Paper

if TYPE_CHECKING:
    from pathlib import Path

NEW_IN_GROUPS = {
    "run": ("calls",), "control": ("changes",), "experts": ("dead_since",),
    "alerts": ("seen", "seen_by"),
}  # fmt: skip
NEW_IN_ENTRIES = ("cmd", "outcome", "changes", "about")


def without_news(entry: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name not in NEW_IN_ENTRIES}


@pytest.fixture
def paper(tmp_path: Path) -> Paper:
    made = Paper(tmp_path / "20260102-030405-abcd")
    (made.dir / "config.yaml").write_text("run: {command: [x]}\n")
    rate = {"type": "float", "value": 0.1, "applies": "now"}
    made.hook("hello", pid=7, start=1, gen=0, orders=["set"], settable={"rate": rate})
    made.log(1, loss=2.0)
    made.hook("save", step=1, path="/x", ok=False, reason="full")
    made.hook("answer", id="a", cmd="set", outcome="done", step=1, values={"rate": 0.2})
    made.record_all()
    made.kill()
    with closing(sqlite3.connect(made.dir / "metrics.db")) as db, db:
        db.execute("delete from state where name = 'delivery'")
        for name, data in db.execute("select name, data from state").fetchall():
            group = json.loads(data)
            for field in NEW_IN_GROUPS.get(name, ()):
                group.pop(field, None)
            if name == "control" and group["last"]:
                group["last"].pop("old")
            if name == "timeline":
                group["entries"] = [without_news(entry) for entry in group["entries"]]
            db.execute("update state set data = ? where name = ?", (json.dumps(group), name))
        for number, data in db.execute("select id, data from timeline").fetchall():
            entry = json.dumps(without_news(json.loads(data)))
            db.execute("update timeline set data = ? where id = ?", (entry, number))
    return made


@pytest.mark.parametrize("is_lost", [False, True])
def test_it_is_read_and_goes_on(paper: Paper, is_lost: bool) -> None:
    state = read_state(paper.dir)
    assert state.control.changes == ()
    assert state.delivery.ways == {}
    assert [entry.cmd for entry in state.timeline.entries] == ["", ""]
    assert len(History(paper.dir).timeline()) == 2
    if is_lost:
        (paper.dir / "metrics.db").unlink()
    recorder = paper.recorder()
    more: dict[str, Any] = {"values": {"rate": 0.3}, "old": {"rate": 0.2}}
    paper.hook("answer", id="b", cmd="set", outcome="done", step=2, **more)
    while recorder.poll():
        pass
    assert recorder.commit()
    state = read_state(paper.dir)
    assert state.timeline.count == 3
    assert state.timeline.entries[-1].text == "rate 0.2 → 0.3"
    assert len(History(paper.dir).timeline()) == 3
    undoable = changes.undoable(state)
    assert undoable is not None
    assert changes.put_back(undoable) == {"set": {"rate": 0.2}, "undo": "b"}
