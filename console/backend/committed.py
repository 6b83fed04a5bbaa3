"""What is known of a run without its backend: the last commit, and a look at the run's files now.

Starts nothing, writes nothing, locks nothing.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from console.backend import lifecycle
from console.backend.origin import beginning
from console.core.protocol import Observed, Started, Ticked
from console.core.reduce import reduce
from console.core.state import RunState, from_json
from console.keeper import clock, identity, lock, rundir, start

_WAITS = ("mode=ro", "mode=ro&immutable=1")
"""How to open the file: beside a writer; and a plain file on a read-only mount."""


def read_state(run_dir: Path) -> RunState:
    """The committed state with the end, the processes and the status as they are now.

    Of another machine's run only what was committed: nobody here can say whether it lives.
    """
    groups, _ = _read(run_dir)
    state = from_json(groups) if groups else beginning(run_dir)
    if start.is_local(run_dir):
        _look(run_dir, state)
    state.changed.clear()
    return state


def read_rows(run_dir: Path) -> tuple[int, list[bytes]]:
    """(number of settled rows, live rows) as committed."""
    groups, record = _read(run_dir)
    rows = (groups.get("output") or {}).get("rows", 0)
    return rows, [row.encode() for row in record.get("live", [])]


def _look(run_dir: Path, state: RunState) -> None:
    """Applies what the files and the process table say now."""
    t, m = clock.wall(), clock.since_boot()
    trainer = lifecycle.trainer_of(run_dir)
    if trainer is None or state.life.ended is not None:
        return
    if state.life.started is None:
        reduce(state, Started(t=t, m=m, pid=trainer.pid))
    alive = identity.is_alive(trainer)
    ending = lifecycle.recorded_ending(run_dir) or lifecycle.reboot(run_dir, state)
    if ending is None and not alive and not lock.is_held(run_dir / rundir.GUARD_LOCK):
        ending = lifecycle.unseen()
    reduce(state, ending or Observed(t=t, m=m, alive=alive, stopped=_stopped(trainer)))
    reduce(state, Ticked(t=t, m=m))


def _stopped(trainer: identity.Identity) -> bool:
    return identity.all_stopped([trainer])


def _read(run_dir: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """(groups of the state, record of the last commit); both empty when there is none."""
    path = run_dir / rundir.METRICS_DB
    for how in _WAITS:
        with suppress(sqlite3.Error, ValueError), closing(_connect(path, how)) as db:
            groups = {name: json.loads(data) for name, data in db.execute("select * from state")}
            found = db.execute("select data from committed").fetchone()
            return groups, json.loads(found[0]) if found else {}
    return {}, {}


def _connect(path: Path, how: str) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{quote(str(path))}?{how}", uri=True, timeout=2.0)
