"""A foreign trainer in a real process, and a control that reaches it through its handle."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from console.backend.control import Control
from console.backend.lifecycle import Lifecycle
from console.backend.origin import beginning
from console.core.order import Order
from console.core.protocol import (
    Ordered,
    Outcome,
    Started,
)
from console.keeper import clock, identity, rundir
from tests.backend.live import Memory, describe
from tests.programs import foreign
from tests.waiting import wait_until

FOREIGN = str(Path(foreign.__file__))
TORCHRUN = str(Path(foreign.__file__).with_name("torchrun"))
WAIT = 20.0


class Yard:
    """Control over a recorder in memory and a foreign trainer whose output it reads."""

    def __init__(
        self, folder: Path, control: str, words: Sequence[str], env: dict[str, str]
    ) -> None:
        self.out = folder / "out"
        self.out.mkdir()
        self.run_dir = folder / f"20260102-030405-{os.getpid() % 65536:04x}"
        command = [sys.executable, *[word.replace("OUT", str(self.out)) for word in words]]
        self._output = folder / "output"
        with self._output.open("wb") as file:
            self.trainer = subprocess.Popen(
                command,
                env={**os.environ, "GLADIUS_RUN_ID": self.run_dir.name, **env},
                start_new_session=True,
                stdout=file,
                cwd=folder,
            )
        describe(self.run_dir, self.trainer.pid, cwd=str(folder), command=command)
        text = f"run: {{command: [x]}}\ncontrol: {control}\n".replace("OUT", str(self.out))
        (self.run_dir / rundir.CONFIG_YAML).write_text(text)
        self.memory = Memory(self.run_dir, lambda event: self.control.hear(event))
        self.memory.state = beginning(self.run_dir)
        self.control: Control
        self.restart()
        self.memory.apply(Started(t=1.0, m=clock.since_boot(), pid=self.trainer.pid))

    def restart(self) -> None:
        """Another backend."""
        self.lifecycle = Lifecycle(self.run_dir, self.memory)
        self.control = Control(self.memory, self.lifecycle)

    def said(self) -> list[str]:
        return self._output.read_text().splitlines()

    def is_ready(self, count: int = 1) -> bool:
        return self.said().count("ready") >= count

    def give(self, cmd: str, order_id: str = "a", **fields: object) -> None:
        self.control.take([Order(id=order_id, cmd=cmd, **fields)])  # type: ignore[arg-type]

    def ticks(self, condition: Callable[[], object]) -> None:
        def done() -> object:
            self.memory.live = self._output.read_bytes().splitlines()
            self.control.tick()
            return condition()

        wait_until(done, timeout=WAIT, every=0.02)

    def outcomes(self, order_id: str = "a") -> list[Outcome]:
        """Without the repetitions that only say more."""
        told = [event.outcome for event in self.memory.kinds(Ordered) if event.id == order_id]
        return [one for place, one in enumerate(told) if place == 0 or told[place - 1] is not one]

    def ended(self, order_id: str = "a") -> Ordered | None:
        """The end of an order."""
        if order_id in self.memory.state.control.open:
            return None
        events = [event for event in self.memory.kinds(Ordered) if event.id == order_id]
        last: Ordered = events[-1]
        return last

    def end_of(self, cmd: str, order_id: str = "a", **fields: object) -> Ordered:
        self.give(cmd, order_id, **fields)
        self.ticks(lambda: self.ended(order_id))
        found = self.ended(order_id)
        assert found is not None
        return found

    def gone(self) -> bool:
        return self.trainer.poll() is not None

    def marks(self, word: str) -> set[str]:
        return {path.name for path in self.out.glob(f"{word}-*")}

    def close(self) -> None:
        def none_left() -> bool:
            left = self.lifecycle.members()
            for member in left:
                identity.signal_exactly(member, signal.SIGKILL)
            return not left

        with suppress(ProcessLookupError):
            self.trainer.kill()
        self.trainer.wait()
        wait_until(none_left)


Build = Callable[..., Yard]


def yards(folder: Path) -> Iterator[Build]:
    """Builds yards in a folder, and ends every process of theirs."""
    made: list[Yard] = []

    def start(control: str, *words: str, ranks: int = 1, **env: str) -> Yard:
        yard = Yard(folder, control, words, env)
        made.append(yard)
        wait_until(lambda: yard.is_ready(ranks), timeout=WAIT)
        return yard

    yield start
    for yard in made:
        yard.close()
