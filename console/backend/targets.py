"""Which processes of a run a handle means, and whether they are ready for its signal.

What is looked at here is true for a moment only: `identity.signal_exactly` looks once more.
"""

from __future__ import annotations

import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core.handles import Act, To, has_option
from console.core.ranks import Row, chosen, is_launcher, ranks
from console.keeper import processes

if TYPE_CHECKING:
    from console.keeper.identity import Identity

RANK_NAMES = ("RANK", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_PROCID")
WORLD_NAMES = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_NTASKS")
"""Variables by which launchers tell a process its rank, and how many there are; best first."""

_DIES_OF = frozenset({"INT", "TERM", "HUP", "QUIT", "ABRT", "ALRM", "USR1", "USR2", "IO"})
"""Signals that end a process which has no handler for them."""


class Unreachable(Exception):
    """The handle cannot be used now; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Targets:
    """Processes that get a signal, in the order of their ranks; `words` are of all members."""

    members: tuple[Identity, ...]
    text: str


def find(members: Sequence[Identity], trainer: Identity | None, act: Act) -> Targets:
    """Whom `act` means. Raises Unreachable when nobody is there or ready for it."""
    rows = rows_of(members)
    pids = chosen(rows, trainer.pid if trainer else 0, act.to)
    by_pid = {member.pid: member for member in members}
    found = tuple(by_pid[pid] for pid in pids if pid in by_pid)
    if not found:
        raise Unreachable(f"no process of the run is there for {act.to}")
    _check_job(found, rows, act)
    _check_ready(found, act)
    names = ", ".join(str(member.pid) for member in found[:8])
    more = f" and {len(found) - 8} more" if len(found) > 8 else ""
    word = "process" if len(found) == 1 else "processes"
    return Targets(found, f"SIG{act.signal} to {act.to} ({word} {names}{more})")


def rows_of(members: Sequence[Identity]) -> list[Row]:
    """The members with their command lines and ranks, one look at the process table."""
    table = processes.table()
    name = next((one for one in RANK_NAMES if _numbers(members, one)), None)
    return [
        Row(
            member.pid,
            table[member.pid].parent,
            tuple(word for word in processes.command(member.pid) if word),
            _rank(member.pid, name),
        )
        for member in members
        if member.pid in table
    ]


def _numbers(members: Sequence[Identity], name: str) -> bool:
    """Whether this variable gives workers their rank."""
    return any(
        _rank(member.pid, name) is not None
        and not is_launcher([word for word in processes.command(member.pid) if word])
        for member in members
    )


def _rank(pid: int, name: str | None) -> int | None:
    text = None if name is None else processes.variable(pid, name)
    return int(text) if text and text.isdecimal() else None


def _check_job(found: Sequence[Identity], rows: Sequence[Row], act: Act) -> None:
    """What must be so of the whole job."""
    pid = found[0].pid
    if act.slurm and not processes.variable(pid, "SLURM_JOB_ID"):
        raise Unreachable("it does not run in a job of Slurm, where alone this works")
    world = _world(pid)
    here = len(ranks(rows)) or 1
    if act.everywhere and world is not None and world > here:
        job = processes.variable(pid, "SLURM_JOB_ID")
        send = f"scancel --signal={act.signal} {job}" if job else "signal them all by hand"
        raise Unreachable(
            f"{here} of {world} ranks are on this machine, and all must get the signal: {send}"
        )


def _world(pid: int) -> int | None:
    for name in WORLD_NAMES:
        with suppress(TypeError, ValueError):
            return int(processes.variable(pid, name) or "")
    return None


def _check_ready(found: Sequence[Identity], act: Act) -> None:
    """A signal nobody waits for would kill the training instead of saving it."""
    number = signal.Signals[f"SIG{act.signal}"]
    for member in found:
        words = [word for word in processes.command(member.pid) if word]
        if act.option and act.to is not To.TRAINER and not has_option(words, act.option):
            without = f"process {member.pid} was started without {act.option}"
            raise Unreachable(f"{without}: SIG{act.signal} would only kill it, unsaved")
        if act.signal in _DIES_OF and processes.catches(member.pid, number) is False:
            raise Unreachable(
                f"process {member.pid} has no handler for SIG{act.signal}, which would only kill "
                "it, or is ignored"
            )
