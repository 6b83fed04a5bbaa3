"""``python -P -m console.keeper start|adopt DIR``: how a keeper comes into being.

It detaches at once. Standard input carries the start lock, which is let go after publication;
standard output gets the word "ready", standard error the reason why not.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from . import backend, child, clock, daemon, identity, invocation, lock, rundir, slot
from .channels import Channels
from .guard import Guard
from .oom import OomCounter
from .run import Run, trainer_of

if TYPE_CHECKING:
    from .identity import Identity

Verb = Callable[[Run], Guard | None]

_USAGE = "usage: python -P -m console.keeper start|adopt RUN_DIRECTORY"


def start(run: Run) -> Guard:
    """Publishes the run, lets the trainer go, and returns its guard. Raises ValueError, OSError."""
    held = lock.take(run.directory / rundir.GUARD_LOCK)
    if held is None or run.has(rundir.TRAINER_JSON):
        raise ValueError(f"{run.directory} was started before")
    channels = Channels.for_start(run)
    for name in (rundir.EXIT_JSON, rundir.DROPS_JSON):
        slot.allocate(run.directory, name)
    waiting = child.fork(run, channels.terminal)
    channels.give_terminal_away()
    trainer = identity.of(waiting.pid)
    if trainer is None:
        raise ChildProcessError("the process for the trainer ended at once")
    counter = OomCounter.of(waiting.pid)
    guard = Guard(run, channels, trainer, counter, child=waiting)
    guard.keep_pump()
    guard.publish_keeper()
    _publish_trainer(run, trainer, counter)
    waiting.release()
    return guard


def adopt(run: Run) -> Guard | None:
    """Returns a guard for a trainer that lost its own.

    Where a guard is not missing, or the run has ended, this process is at most its backend, and
    None is returned. Raises ValueError, OSError.
    """
    if run.machine != identity.machine_id():
        raise ValueError(f"{run.directory} belongs to another machine")
    trainer = trainer_of(run.directory)
    if trainer is None or not (run.has(rundir.EXECUTED) or identity.is_alive(trainer)):
        raise ValueError(f"{run.directory}: its start was cut off, there is nothing to adopt")
    held = lock.take(run.directory / rundir.GUARD_LOCK) if run.is_of_this_boot else None
    if held is None or slot.read(run.directory, rundir.EXIT_JSON) is not None:
        if backend.is_missing(run):
            backend.execute(run)
        return None
    guard = Guard(run, Channels.for_adoption(run, trainer), trainer, _counter(run))
    guard.keep_pump()
    return guard


def main(arguments: list[str]) -> NoReturn:
    """Does a verb in a process of its own; this one ends at once."""
    verb = _VERBS.get(arguments[0]) if len(arguments) == 2 else None
    if verb is None:
        sys.exit(_USAGE)
    body = partial(_open, verb, Path(arguments[1]).absolute())
    daemon.perform(partial(daemon.fork_away, body))


def _open(verb: Verb, directory: Path) -> None:
    daemon.close_descriptors()
    try:
        guard = verb(Run.load(directory))
    except (OSError, ValueError) as error:
        os.write(2, f"{error}\n".encode(errors="replace"))
        os._exit(1)
    if guard is None:
        return
    with suppress(OSError):  # who started it was killed meanwhile: the run goes on
        os.write(1, invocation.READY)
    daemon.mute(directory / rundir.KEEPER_LOG)
    guard.serve()


def _publish_trainer(run: Run, trainer: Identity, counter: OomCounter | None) -> None:
    facts = {
        "identity": trainer.to_json(),
        "pgid": trainer.pid,  # the child makes its own session before it executes
        "session": trainer.pid,
        "started": clock.wall(),
        "m": clock.since_boot(),
        "generation": 0,
        "oom": counter and counter.to_json(),
    }
    rundir.write_json(run.directory, rundir.TRAINER_JSON, facts)


def _counter(run: Run) -> OomCounter | None:
    facts = rundir.read_json(run.directory, rundir.TRAINER_JSON) or {}
    return OomCounter.from_json(facts.get("oom"))


_VERBS: dict[str, Verb] = {"start": start, "adopt": adopt}

if __name__ == "__main__":
    main(sys.argv[1:])
