"""Who watches a run: told to all who are connected, true as long as the connection is."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

import pytest

from console.backend.client import Follower
from console.backend.stream import Stream
from console.core.status_json import Surroundings, status_object
from console.core.watching import LONGEST, Watcher, from_json, named, watcher_text
from tests.backend.live import Memory
from tests.backend.test_stream import Watcher as Viewer
from tests.backend.test_stream import _connections, server  # noqa: F401  # fixtures
from tests.waiting import wait_until_async

USER = getpass.getuser()


async def heard(viewer: Viewer, count: int) -> list[dict[str, object]]:
    """The audience, once it is so many."""
    while True:
        message = await viewer.until("viewers")
        if len(message["viewers"]) == count:
            found: list[dict[str, object]] = message["viewers"]
            return found


async def test_all_are_told_who_comes_and_who_goes(server: object, tmp_path: Path) -> None:  # noqa: F811
    first = await Viewer.join(tmp_path, by="ana@box:pts/1", watches="screen")
    second = await Viewer.join(tmp_path, by="bob@box:pts/2", watches="lines", read_only=True)
    (one, other) = await heard(first, 2)
    # The user is the system's word, the rest is theirs.
    assert (one["who"], other["who"]) == (f"{USER}@box:pts/1", f"{USER}@box:pts/2")
    assert (one["kind"], other["kind"]) == ("screen", "lines")
    assert (one["read_only"], other["read_only"]) == (False, True)
    assert one["pid"] == os.getpid()
    assert one["number"] != other["number"]
    second.writer.close()
    assert [left["number"] for left in await heard(first, 1)] == [one["number"]]


async def test_the_first_message_has_them_and_each_is_told_which_one_it_is(
    server: object, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    await Viewer.join(tmp_path, watches="screen")
    made = await Viewer.join(tmp_path, watches="screen")
    assert made.names.count("viewers") == made.names.count("snapshot") == 1
    await Viewer.join(tmp_path, watches="screen")
    message = await made.until("viewers")
    assert message["you"] == message["viewers"][1]["number"]


async def test_who_only_asks_is_no_watcher_but_is_told(server: object, tmp_path: Path) -> None:  # noqa: F811
    for watches in ({}, {"watches": "nonsense"}, {"watches": ["screen"]}, {"watches": {}}):
        asking = await Viewer.join(tmp_path, **watches)
        assert asking.names.count("viewers") == 1
    asking.say({"ping": 1})
    await asking.until("pong")
    watcher = await Viewer.join(tmp_path, watches="screen")
    assert len(await heard(asking, 1)) == 1
    assert watcher.names.count("you") == 1


async def test_a_second_hello_is_no_second_watcher(server: object, tmp_path: Path) -> None:  # noqa: F811
    viewer = await Viewer.join(tmp_path, watches="screen")
    viewer.say({"hello": 1, "watches": "screen"})
    viewer.say({"ping": 1})
    while "pong" not in (message := await viewer.hear()):
        assert len(message.get("viewers", [0])) == 1


async def test_one_that_reads_slowly_is_told_later(tmp_path: Path) -> None:
    stream = Stream(tmp_path, Memory(tmp_path, lambda _event: None), lambda _order, _by: None)
    await stream.door.open()
    slow = await Viewer.join(tmp_path, watches="screen")
    (inside,) = stream.viewers
    inside.pause_writing()
    await Viewer.join(tmp_path, watches="screen")
    await wait_until_async(lambda: inside.owes_audience)
    inside.resume_writing()
    assert len(await heard(slow, 2)) == 2
    await stream.close(final=False)


@pytest.mark.parametrize("final", [False, True])
async def test_a_follower_knows_them_and_nobody_without_a_backend(
    tmp_path: Path, final: bool
) -> None:
    run = tmp_path / "20260102-030405-abcd"
    run.mkdir()
    follower = Follower(run, heal=False, watches="screen")
    follower.local = True
    stream = Stream(run, Memory(run, lambda _event: None), lambda _order, _by: None)
    await stream.door.open()
    updates = follower.updates()
    await anext(updates)
    await wait_until_async(lambda: stream.viewers)
    assert follower.viewers is not None
    assert [one.number for one in follower.viewers] == [follower.number]
    await stream.close(final=final)
    async for _update in updates:
        if not follower.connected:
            break
    assert follower.viewers is None
    await updates.aclose()


@pytest.mark.parametrize(
    ("claimed", "user", "shown"),
    [
        ("ana@box:pts/3", "ana", "ana@box:pts/3"),
        ("root@box", "ana", "ana@box"),
        ("ana@box", None, "ana@box"),
        ("", "ana", "ana"),
        ("\x1b]0;x\x07@a\nb", "ana", "ana@a b"),
        ("a@" + "b" * 500, "ana", ("ana@" + "b" * 500)[:LONGEST]),
    ],
)
def test_names(claimed: str, user: str | None, shown: str) -> None:
    assert named(claimed, user) == shown


def test_in_words_and_in_status() -> None:
    one = Watcher(3, "ana@box:pts/3", "lines", True, 1.7e9, 77)
    assert watcher_text(one) == "ana@box:pts/3 (lines, read only)"
    assert watcher_text(Watcher(1, "ana@box", "screen", False, 0.0)) == "ana@box"
    memory = Memory(Path("/nowhere"), lambda _event: None)
    assert status_object(memory.state, Surroundings(now=0.0))["viewers"] is None
    said = status_object(memory.state, Surroundings(now=0.0, viewers=(one,)))["viewers"]
    assert said[0]["who"] == "ana@box:pts/3"
    assert said[0]["since"] == "2023-11-14T22:13:20+00:00"


@pytest.mark.parametrize("told", [[{}], [1], [{"number": "x"}], [{"number": 1, "who": "a"}]])
def test_nonsense_is_no_audience(told: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match=r"list of watchers|invalid literal"):
        from_json(told)
