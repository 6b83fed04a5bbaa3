"""What the operating system says of the trainer: started, alive, frozen, ended, and how."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from console.backend.healer import Healer
from console.backend.recording import Recording, tell
from console.core.protocol import Exited, Observed, Started, event_of
from console.keeper import clock, identity, lock, rundir, slot, start
from console.keeper.identity import Identity

if TYPE_CHECKING:
    from console.core.state import RunState

REBOOT = "ended by reboot"
SUCCESSOR_SECONDS = 5.0
"""How long a run without a keeper waits for another one to record the end."""

SILENT_KEEPER_SECONDS = 60.0
"""How long a living keeper may take to record the end (it lets the output drain first)."""


class Lifecycle:
    """One run's trainer. Call `look` twice a second; `ending` says when and how it ended."""

    def __init__(self, run_dir: Path, recording: Recording) -> None:
        self.run_dir = run_dir
        self._recording = recording
        self._facts = rundir.read_json(run_dir, rundir.TRAINER_JSON) or {}
        self._run_id = str((rundir.read_json(run_dir, rundir.RUN_JSON) or {}).get("id", ""))
        self._gone_m: float | None = None
        self._unkept_m: float | None = None
        self._healer = Healer(run_dir)
        self.trainer = trainer_of(run_dir)

    @property
    def alive(self) -> bool:
        return self.trainer is not None and identity.is_alive(self.trainer)

    def members(self) -> list[Identity]:
        """Every living process of the run. Looks at the whole process table."""
        return identity.members(self._run_id, self.trainer)

    def frozen(self) -> bool:
        """Whether every member is stopped by a signal."""
        return self.trainer is not None and (
            identity.all_stopped([self.trainer]) and identity.all_stopped(self.members())
        )

    def look(self) -> None:
        """Records what changed: started, alive, stopped; replaces a dead keeper."""
        life = self._recording.state.life
        if life.ended is not None or self.trainer is None:
            return
        if life.started is None:
            self._recording.apply(self._started())
        alive = self.alive
        frozen = alive and self.frozen()
        if (alive, frozen) != (life.alive, life.frozen):
            tell(self._recording, Observed, alive=alive, stopped=frozen)
        self._watch_keeper()

    def ending(self) -> Exited | None:
        """How the trainer ended; None while it lives or while somebody may still tell."""
        found = recorded_ending(self.run_dir) or reboot(self.run_dir, self._recording.state)
        if found or self.alive:
            return found
        now = clock.since_boot()
        self._gone_m = self._gone_m or now
        kept = lock.is_held(self.run_dir / rundir.GUARD_LOCK)
        self._unkept_m = None if kept else self._unkept_m or now
        nobody_tells = (
            now - self._gone_m > SILENT_KEEPER_SECONDS
            if self._unkept_m is None
            else now - self._unkept_m > SUCCESSOR_SECONDS
        )
        return unseen() if nobody_tells else None

    def _started(self) -> Started:
        pid = self.trainer.pid if self.trainer else 0
        return Started(
            t=float(self._facts.get("started") or clock.wall()),
            m=float(self._facts.get("m") or clock.since_boot()),
            pid=pid,
        )

    def _watch_keeper(self) -> None:
        """Guard and pump replace each other; when both are dead, we ask for a new pair."""
        names = (rundir.GUARD_LOCK, rundir.PUMP_LOCK)
        if any(lock.is_held(self.run_dir / name) for name in names):
            return
        self._healer.ask()


def trainer_of(run_dir: Path) -> Identity | None:
    """Who the trainer is, None when the run is not published."""
    facts = rundir.read_json(run_dir, rundir.TRAINER_JSON)
    return Identity.from_json(facts.get("identity")) if facts else None


def recorded_ending(run_dir: Path) -> Exited | None:
    """The end in `exit.json`, None when there is none yet."""
    record = slot.read(run_dir, rundir.EXIT_JSON)
    event = event_of({"k": "exit", **record}) if record else None
    return event if isinstance(event, Exited) else None


def reboot(run_dir: Path, state: RunState) -> Exited | None:
    """The end by a reboot, when the trainer belongs to an earlier boot of this machine.

    Nobody knows the moment: the last one recorded stands for it.
    """
    trainer = trainer_of(run_dir)
    if trainer is None or trainer.boot == identity.boot_id() or not start.is_local(run_dir):
        return None
    t, m = state.timing.as_of, state.timing.as_of_m
    if t is None or m is None:
        t, m = clock.wall(), clock.since_boot()
    return Exited(t=t, m=m, known=False, why=REBOOT)


def unseen() -> Exited:
    """The end of a trainer that is gone, when nobody of ours saw how."""
    return Exited(t=clock.wall(), m=clock.since_boot(), known=False)
