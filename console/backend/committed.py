"""What is known of a run without its backend: the last commit, and a look at the run's files now.

Starts nothing, writes nothing, locks nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import lifecycle
from console.core.protocol import Observed, Started, Ticked
from console.core.reduce import reduce
from console.keeper import clock, identity, lock, rundir, start

if TYPE_CHECKING:
    from console.core.state import RunState


def read_state(run_dir: Path) -> RunState:
    """The committed state with the end, the processes and the status as they are now.

    Of another machine's run only what was committed: nobody here can say whether it lives.
    """
    # Reading databases and configurations is slow to import, and most viewers never need it.
    from console.backend.history import History
    from console.backend.origin import beginning

    state = History(run_dir).committed() or beginning(run_dir)
    if start.is_local(run_dir):
        look(run_dir, state)
    state.changed.clear()
    return state


def read_rows(run_dir: Path) -> tuple[int, list[bytes]]:
    """(number of settled rows, live rows) as committed."""
    from console.backend.history import History

    return History(run_dir).screen()


def look(run_dir: Path, state: RunState) -> None:
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
    stopped = identity.all_stopped([trainer])
    reduce(state, ending or Observed(t=t, m=m, alive=alive, stopped=stopped))
    reduce(state, Ticked(t=t, m=m))
