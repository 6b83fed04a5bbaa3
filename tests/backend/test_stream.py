from __future__ import annotations

import asyncio
import json
import random
import socket
import stat
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from console.backend import picture
from console.backend.address import ADDRESS_BYTES, reachable
from console.backend.stream import Stream
from console.core import codec
from console.core.protocol import Facts, Measured, Ordered, Outcome, Phase, Phased, Sampled, Ticked
from console.core.state import GROUPS, RunState, apply, to_json
from tests.backend.live import Memory
from tests.waiting import wait_until_async


class Server:
    """A stream over a recorder in memory."""

    def __init__(self, directory: Path) -> None:
        self.orders: list[tuple[dict[str, Any], str]] = []
        self.memory = Memory(directory, lambda event: self.stream.event(event))
        self.stream = Stream(directory, self.memory, lambda *order: self.orders.append(order))

    def happen(self, *events: Any) -> None:
        for event in events:
            self.memory.apply(event)
        self.stream.update()


OPEN: list[asyncio.StreamWriter] = []


@pytest.fixture(autouse=True)
async def _connections() -> AsyncIterator[None]:
    yield
    while OPEN:
        writer = OPEN.pop()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class Watcher:
    """A viewer that keeps what it was sent."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer
        self.state = RunState()
        self.rows = -1
        self.live: list[str] = []
        self.events: list[dict[str, Any]] = []
        self.names: list[str] = []

    @classmethod
    async def join(cls, directory: Path, limit: int = 1 << 24, **hello: Any) -> Watcher:
        with reachable(directory) as address:
            made = cls(*await asyncio.open_unix_connection(address, limit=limit))
        OPEN.append(made.writer)
        made.say({"hello": 1, "by": "ana@here", **hello})
        await made.until("snapshot")
        return made

    def say(self, message: dict[str, Any]) -> None:
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def hear(self) -> dict[str, Any]:
        line = await asyncio.wait_for(self.reader.readline(), 10)
        assert line, "the connection was closed"
        message: dict[str, Any] = json.loads(line)
        self.names.extend(message)
        for name in ("snapshot", "patch"):
            apply(self.state, message.get(name, {}))
        self.rows = message.get("rows", self.rows)
        self.live = message.get("live", self.live)
        self.events.extend(message.get("events", ()))
        return message

    async def until(self, name: str) -> dict[str, Any]:
        while name not in (message := await self.hear()):
            pass
        return message


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    made = Server(tmp_path)
    await made.stream.door.open()
    yield made
    await made.stream.close(final=False)


def step(number: int) -> Measured:
    return Measured(
        t=1000.0 + number, m=10.0 + number, step=number, values={"loss": 1 / (1 + number)},
        expert_loss=(0.1, float(number)), expert_share=(0.5, 0.5),
    )  # fmt: skip


def some_event(chance: random.Random, number: int) -> Any:
    t, m = 1000.0 + number, 10.0 + number
    return chance.choice(
        (
            step(number),
            Phased(t=t, m=m, phase=chance.choice(list(Phase)), step=number),
            Facts(t=t, m=m, values={"total_steps": number, "model": "é\ud83d"}),
            Ordered(t=t, m=m, id=str(number), cmd="pause", outcome=Outcome.QUEUED),
            Sampled(t=t, m=m, cpu=float("nan"), ram_used=number),
            Ticked(t=t, m=m),
        )
    )


async def test_the_first_message_is_the_whole_state(server: Server, tmp_path: Path) -> None:
    server.happen(step(3))
    server.memory.rows, server.memory.live = 5, [b"bar \xff"]
    viewer = await Watcher.join(tmp_path)
    assert viewer.names[0] == "snapshot"
    assert to_json(viewer.state) == to_json(server.memory.state)
    assert (viewer.rows, viewer.live) == (5, ["bar �"])


@pytest.mark.parametrize("seed", range(5))
async def test_snapshot_and_patches_give_the_state_of_the_backend(
    server: Server, tmp_path: Path, seed: int
) -> None:
    chance = random.Random(seed)
    viewers = []
    for number in range(300):
        if number % 100 == 7:
            viewers.append(await Watcher.join(tmp_path))
        server.happen(some_event(chance, number))
        if chance.random() < 0.1:
            await asyncio.sleep(0.001)
    wanted = to_json(server.memory.state)
    for viewer in viewers:
        while to_json(viewer.state) != wanted:
            await viewer.hear()
        assert viewer.names[0] == "snapshot"


async def test_only_changed_groups_travel(server: Server, tmp_path: Path) -> None:
    viewer = await Watcher.join(tmp_path)
    server.happen(Sampled(t=1.0, m=1.0, cpu=3.0))
    message = await viewer.until("patch")
    assert "system" in message["patch"]
    assert "experts" not in message["patch"]


async def test_a_burst_of_steps_is_few_patches_and_the_first_comes_at_once(
    server: Server, tmp_path: Path
) -> None:
    viewer = await Watcher.join(tmp_path)
    before = len(viewer.names)
    for number in range(1000):
        server.happen(step(number))
    await viewer.until("patch")
    assert viewer.state.position.step == 0
    while viewer.state.position.step != 999:
        await viewer.hear()
    assert viewer.names[before:].count("patch") <= 3


async def test_a_group_is_encoded_once_for_all_viewers(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    viewers = [await Watcher.join(tmp_path) for _ in range(20)]
    encoded: list[str] = []

    def counted(value: Any) -> Any:
        encoded.append(type(value).__name__)
        return codec.encode(value)

    monkeypatch.setattr(picture, "encode", counted)
    server.happen(Sampled(t=1.0, m=1.0, cpu=3.0))
    for viewer in viewers:
        await viewer.until("patch")
    assert encoded.count("System") == 1


async def test_rows_and_live_rows_are_told_when_they_change(server: Server, tmp_path: Path) -> None:
    viewer = await Watcher.join(tmp_path)
    server.memory.rows, server.memory.live = 2, [b"10 %"]
    server.stream.update()
    assert await viewer.until("rows") == {"rows": 2, "live": ["10 %"]}
    server.memory.rows = 3
    server.stream.update()
    assert await viewer.until("rows") == {"rows": 3}


async def test_a_slow_viewer_gets_the_newest_values_and_delays_nobody(
    server: Server, tmp_path: Path
) -> None:
    slow, quick = await Watcher.join(tmp_path, limit=1 << 19), await Watcher.join(tmp_path)

    async def read(viewer: Watcher) -> int:
        before = viewer.names.count("patch")
        while viewer.state.configuration.facts.get("number") != 29:
            await viewer.hear()
        return viewer.names.count("patch") - before

    reading = asyncio.create_task(read(quick))
    for number in range(30):
        server.happen(Facts(t=1.0, m=1.0, values={"big": "x" * 300_000, "number": number}))
        await wait_until_async(
            lambda wanted=number: quick.state.configuration.facts.get("number") == wanted
        )
    assert await reading == 30
    assert await read(slow) < 15


async def test_events_come_to_those_who_asked_in_order(server: Server, tmp_path: Path) -> None:
    curious, other = await Watcher.join(tmp_path, events=True), await Watcher.join(tmp_path)
    server.happen(*map(step, range(50)))
    while len(curious.events) < 50:
        await curious.hear()
    assert [event["step"] for event in curious.events] == list(range(50))
    await other.until("patch")
    assert not other.events


async def test_too_many_events_lose_the_oldest_and_say_how_many(
    server: Server, tmp_path: Path
) -> None:
    viewer = await Watcher.join(tmp_path, events=True)
    for number in range(5000):
        server.memory.apply(Ordered(t=1.0, m=1.0, id=str(number), cmd="x", outcome=Outcome.DONE))
    server.stream.update()
    gap = await viewer.until("gap")
    await viewer.until("events")
    assert gap["gap"] == 5000 - len(viewer.events)
    assert viewer.events[-1]["id"] == "4999"


@pytest.mark.parametrize("garbage", [b"\xff\xfe\n", b"[1]\n", b"{\n", b"nonsense\n", b"x" * 70_000])
async def test_garbage_ends_only_the_viewer_that_sent_it(
    server: Server, tmp_path: Path, garbage: bytes
) -> None:
    good, bad = await Watcher.join(tmp_path), await Watcher.join(tmp_path)
    bad.writer.write(garbage)
    await wait_until_async(lambda: len(server.stream.viewers) == 1)
    server.happen(step(1))
    await good.until("patch")


async def test_orders_arrive_with_their_sender(server: Server, tmp_path: Path) -> None:
    viewer = await Watcher.join(tmp_path)
    viewer.say({"order": {"id": "a", "cmd": "pause"}})
    viewer.say({"order": "no object"})
    viewer.say({"ping": 7})
    assert (await viewer.until("pong"))["pong"] == 7
    assert server.orders == [({"id": "a", "cmd": "pause"}, "ana@here")]


async def test_a_beat_comes_when_nothing_else_does(server: Server, tmp_path: Path) -> None:
    viewer = await Watcher.join(tmp_path)
    server.stream.beat()
    server.stream.beat()
    assert (await viewer.until("beat"))["beat"] > 0


async def test_fifty_viewers_see_the_same(server: Server, tmp_path: Path) -> None:
    viewers = [await Watcher.join(tmp_path) for _ in range(50)]
    server.happen(step(1), step(2))
    for viewer in viewers:
        while viewer.state.position.step != 2:
            await viewer.hear()
    wanted = to_json(server.memory.state)
    assert [to_json(viewer.state) == wanted for viewer in viewers] == [True] * 50


async def test_the_last_change_comes_before_the_goodbye(server: Server, tmp_path: Path) -> None:
    viewer = await Watcher.join(tmp_path)
    server.happen(*map(step, range(10)))
    server.memory.rows = 77
    server.stream.update()
    await server.stream.close(final=True)
    await viewer.until("final")
    assert (viewer.state.position.step, viewer.rows) == (9, 77)
    assert await viewer.reader.read() == b""
    assert not (tmp_path / "socket").exists()


@pytest.mark.parametrize("kind", ["file", "link", "socket"])
async def test_whatever_has_the_name_of_the_socket_is_replaced(tmp_path: Path, kind: str) -> None:
    path, victim = tmp_path / "socket", tmp_path / "victim"
    victim.write_text("kept")
    if kind == "file":
        path.write_text("")
    elif kind == "link":
        path.symlink_to(victim)
    else:
        with socket.socket(socket.AF_UNIX) as stale:
            stale.bind(str(path))
    server = Server(tmp_path)
    await server.stream.door.open()
    await Watcher.join(tmp_path)
    assert stat.S_IMODE(path.lstat().st_mode) == 0o600
    assert victim.read_text() == "kept"
    await server.stream.close(final=False)


async def test_a_directory_of_that_name_is_no_reason_to_die(tmp_path: Path) -> None:
    (tmp_path / "socket").mkdir()
    server = Server(tmp_path)
    await server.stream.door.open()
    server.stream.door.check()
    assert server.stream.door.lost
    await server.stream.close(final=False)


async def test_a_deep_run_directory_can_be_reached(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)
    deep.mkdir(parents=True)
    assert len(str(deep)) > 2 * ADDRESS_BYTES
    server = Server(deep)
    await server.stream.door.open()
    await Watcher.join(deep)
    await server.stream.close(final=False)


async def test_a_deleted_socket_is_made_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "socket").unlink()
    server.stream.door.check()
    assert server.stream.door.lost
    await server.stream.door.open()
    server.stream.door.check()
    assert not server.stream.door.lost
    await Watcher.join(tmp_path)


async def test_every_group_has_a_place_in_the_snapshot(server: Server, tmp_path: Path) -> None:
    with reachable(tmp_path) as address:
        reader, writer = await asyncio.open_unix_connection(address, limit=1 << 24)
    OPEN.append(writer)
    writer.write(b'{"hello":1}\n')
    message = json.loads(await reader.readline())
    assert set(message["snapshot"]) == set(GROUPS)
    assert message["t"] > 0
    assert message["m"] > 0
