"""Signals to exactly the processes of a run, the trainer's own group first."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

from console.keeper import identity

if TYPE_CHECKING:
    from console.keeper.identity import Identity


def send(members: Iterable[Identity], number: int) -> list[Identity]:
    """Signals each of them; returns those that may not be signalled by us."""
    refused = []
    for member in members:
        try:
            identity.signal_exactly(member, number)
        except PermissionError:
            refused.append(member)
    return refused


def group_first(
    members: Iterable[Identity], trainer: Identity | None
) -> tuple[list[Identity], list[Identity]]:
    """(the trainer and its process group, the trainer foremost; everybody else)"""
    wanted = _group(trainer.pid) if trainer else None
    ordered = sorted(members, key=lambda member: member != trainer)
    inside = [m for m in ordered if m == trainer or (wanted and _group(m.pid) == wanted)]
    return inside, [member for member in ordered if member not in inside]


def let_go_on(members: Iterable[Identity]) -> None:
    """Ends a stop by signal; harmless for processes that run."""
    send(members, signal.SIGCONT)


def _group(pid: int) -> int | None:
    with suppress(OSError):
        return os.getpgid(pid)
    return None
