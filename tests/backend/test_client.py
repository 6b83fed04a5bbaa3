from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, suppress
from pathlib import Path
from typing import Any

import pytest

from console.backend import client as client_module
from console.backend.client import Follower, OrderNotSent, Update, read_state, send_order
from console.backend.sender import new_order
from console.backend.stream import Stream
from console.core.order import parse_order
from console.core.protocol import Measured, Ordered, Outcome
from console.core.state import GROUPS, Status, to_json
from console.keeper import fifo, rundir, slot
from tests.backend.live import Memory, describe
from tests.waiting import wait_until_async


class Backend:
    """A stream over a recorder in memory, and an ear at control.fifo."""

    def __init__(self, directory: Path) -> None:
        self.memory = Memory(directory, lambda event: self.stream.event(event))
        self.stream = Stream(directory, self.memory, lambda *_: None)
        self._ear = fifo.open_rw(directory, rundir.CONTROL_FIFO)

    def step(self, number: int) -> None:
        self.memory.apply(Measured(t=1.0, m=1.0, step=number, values={"loss": 1.0}))
        self.stream.update()

    def heard(self) -> list[str]:
        """Ids of the orders in control.fifo since the last call."""
        with suppress(BlockingIOError):
            lines = os.read(self._ear, 65536).splitlines()
            return [order.id for order in map(parse_order, lines) if order]
        return []

    def answer(self, order_id: str, outcome: Outcome, detail: str | None = None) -> None:
        self.memory.apply(
            Ordered(t=5.0, m=5.0, id=order_id, cmd="pause", outcome=outcome, detail=detail)
        )
        self.stream.update()

    async def die(self) -> None:
        await self.stream.close(final=False)

    async def close(self) -> None:
        await self.die()
        os.close(self._ear)


class Watch:
    """Follows in a task and keeps every update."""

    def __init__(self, follower: Follower) -> None:
        self.follower = follower
        self.updates: list[Update] = []
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        async with aclosing(self.follower.updates()) as updates:
            async for update in updates:
                self.updates.append(update)

    async def close(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


@pytest.fixture
def run_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(client_module, "LAST_RETRY_SECONDS", 0.1)
    return describe(tmp_path / "20260102-030405-abcd")


@pytest.fixture
async def backend(run_dir: Path) -> AsyncIterator[Backend]:
    made = Backend(run_dir)
    await made.stream.door.open()
    yield made
    await made.close()


@pytest.fixture
async def watches() -> AsyncIterator[list[Watch]]:
    made: list[Watch] = []
    yield made
    for watch in made:
        await watch.close()


@pytest.fixture
def heals(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Path]]:
    asked: list[Path] = []
    monkeypatch.setattr("console.keeper.start.ensure", asked.append)
    return asked


def follow(watches: list[Watch], run_dir: Path, **options: Any) -> Follower:
    follower = Follower(run_dir, by="ana", **options)
    watches.append(Watch(follower))
    return follower


async def test_it_shows_what_the_backend_knows(
    backend: Backend, run_dir: Path, watches: list[Watch]
) -> None:
    backend.step(3)
    backend.memory.rows, backend.memory.live = 9, [b"40 %"]
    follower = follow(watches, run_dir)
    await wait_until_async(lambda: follower.connected)
    assert watches[0].updates[0].groups == frozenset(GROUPS)
    backend.step(4)
    await wait_until_async(lambda: follower.state.position.step == 4)
    assert to_json(follower.state) == to_json(backend.memory.state)
    assert (follower.rows, follower.live, follower.lost_since) == (9, [b"40 %"], None)


async def test_a_lost_backend_leaves_the_last_state_and_comes_back_with_everything(
    backend: Backend, run_dir: Path, watches: list[Watch], heals: list[Path]
) -> None:
    follower = follow(watches, run_dir)
    backend.step(1)
    await wait_until_async(lambda: follower.state.position.step == 1)
    await backend.die()
    await wait_until_async(lambda: follower.lost_since is not None)
    assert not follower.connected
    assert follower.state.position.step == 1
    await wait_until_async(lambda: heals)
    backend.step(2)
    await backend.stream.door.open()
    await wait_until_async(lambda: follower.connected)
    assert follower.state.position.step == 2
    assert follower.lost_since is None
    assert sum(update.connection for update in watches[0].updates) == 3


async def test_a_backend_that_says_nothing_is_lost(
    run_dir: Path, watches: list[Watch], heals: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "SILENCE_SECONDS", 0.2)
    backend = Backend(run_dir)
    await backend.stream.door.open()
    follower = follow(watches, run_dir)
    await wait_until_async(lambda: follower.connected)
    await wait_until_async(lambda: not follower.connected)
    await backend.close()


async def test_without_healing_nothing_is_started(
    run_dir: Path, watches: list[Watch], heals: list[Path]
) -> None:
    follower = follow(watches, run_dir, heal=False)
    await wait_until_async(lambda: watches[0].updates)
    with pytest.raises(OrderNotSent, match="nothing of the run listens"):
        await follower.order("pause")
    assert not heals
    assert not [name for name in os.listdir(run_dir) if name.endswith(".lock")]


async def test_another_machines_run_is_only_read(
    tmp_path: Path, watches: list[Watch], heals: list[Path]
) -> None:
    run_dir = describe(tmp_path / "20260102-030405-abce", machine="elsewhere")
    before = sorted(run_dir.iterdir())
    backend = Backend(run_dir)
    await backend.stream.door.open()
    follower = follow(watches, run_dir)
    await wait_until_async(lambda: watches[0].updates)
    assert not follower.connected
    assert not heals
    await backend.close()
    assert sorted(run_dir.iterdir()) == before


async def test_a_final_run_is_shown_once_and_that_is_all(
    run_dir: Path, watches: list[Watch], heals: list[Path]
) -> None:
    rundir.touch(run_dir, rundir.FINAL)
    follower = follow(watches, run_dir)
    await asyncio.wait_for(watches[0].task, 5)
    assert follower.final
    assert [update.groups for update in watches[0].updates] == [frozenset(GROUPS)]
    assert not heals


async def test_the_goodbye_ends_the_updates(
    backend: Backend, run_dir: Path, watches: list[Watch]
) -> None:
    follower = follow(watches, run_dir)
    await wait_until_async(lambda: follower.connected)
    await backend.stream.close(final=True)
    await asyncio.wait_for(watches[0].task, 5)
    assert follower.final
    assert follower.lost_since is None


async def test_an_order_is_sent_again_until_it_is_taken_in(
    backend: Backend, run_dir: Path, watches: list[Watch], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "RESEND_SECONDS", 0.05)
    follower = follow(watches, run_dir)
    await wait_until_async(lambda: follower.connected)
    order_id = await follower.order("pause")
    seen: list[str] = []
    await wait_until_async(lambda: (seen.extend(backend.heard()), len(seen) >= 3)[1])
    assert set(seen) == {order_id}
    backend.answer(order_id, Outcome.QUEUED)
    await wait_until_async(lambda: follower.sent(order_id).outcome is Outcome.QUEUED)
    backend.heard()
    await wait_until_async(lambda: not follower._deliveries)
    assert backend.heard() == []


async def test_the_end_of_an_order_is_known_from_events_too(
    backend: Backend, run_dir: Path, watches: list[Watch]
) -> None:
    follower = follow(watches, run_dir, events=True)
    await wait_until_async(lambda: follower.connected)
    order_id = await follower.order("pause")
    backend.answer(order_id, Outcome.QUEUED)
    backend.answer(order_id, Outcome.DONE, "so it is")
    backend.answer("another", Outcome.REJECTED)
    await wait_until_async(lambda: follower.sent(order_id).outcome is Outcome.DONE)
    assert follower.sent(order_id).detail == "so it is"


def test_without_a_backend_the_files_tell_how_it_ended(run_dir: Path) -> None:
    describe(run_dir, os.getpid())
    assert read_state(run_dir).status in (Status.STARTING, Status.TRAINING)
    slot.write(run_dir, rundir.EXIT_JSON, {"code": 3, "known": True, "t": 1.0, "m": 1.0})
    state = read_state(run_dir)
    assert state.status is Status.ERROR
    assert state.run.id == run_dir.name


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (str, "does not exist"),
        (lambda path: os.mkfifo(path, 0o600), "has no reader"),
        (lambda path: path.write_text(""), "is not a pipe"),
        (lambda path: path.symlink_to("/dev/null"), "is a link"),
        (lambda path: path.mkdir(), "directory"),
    ],
)
def test_an_order_that_cannot_be_sent_says_why(run_dir: Path, make: Any, reason: str) -> None:
    path = run_dir / rundir.CONTROL_FIFO
    path.unlink()
    make(path)
    with pytest.raises(OrderNotSent, match=reason):
        send_order(run_dir, new_order("pause"))


def test_a_full_pipe_is_no_place_to_wait(run_dir: Path) -> None:
    ear = fifo.open_rw(run_dir, rundir.CONTROL_FIFO)
    with suppress(BlockingIOError):
        while True:
            os.write(ear, b"x" * 4096)
    with pytest.raises(OrderNotSent, match="is full"):
        send_order(run_dir, new_order("pause"))
    os.close(ear)


def test_an_order_above_one_write_is_refused(run_dir: Path) -> None:
    with pytest.raises(OrderNotSent, match="512"):
        send_order(run_dir, new_order("set", {"x": "y" * 600}))


def test_importing_it_does_not_import_what_only_a_backend_needs() -> None:
    code = "import sys, console.backend.client; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not loaded & {"psutil", "pynvml", "numpy", "textual", "console.backend.service"}
