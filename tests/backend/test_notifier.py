"""Notices on their way: to a receiver on loopback and to commands, over failures and restarts; and
nothing of it touches the trainer."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backend import courier, post
from console.backend import notifier as module
from console.backend.client import read_state
from console.backend.notifier import Notifier
from console.core.config_notify import Way
from console.core.delivery import GIVEN_UP, RETRYING, SENT, Notified
from console.core.notify import Notice
from console.core.notify_line import Answer, Parcel
from console.core.protocol import Saved, Started
from console.keeper import rundir, start
from tests.backend.live import Memory, Runs, backend_of, describe
from tests.keeper.house import ours
from tests.receiver import Receiver, receiver
from tests.waiting import wait_until

PARCEL = Parcel(Notice("r/x-1", 1, "failed", "critical", "r", "moe", "boom", 1.0), 1)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Runs]:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "home"))
    made = Runs(tmp_path / "home")
    yield made
    made.close()


class Post:
    """A notifier over a recorder in memory."""

    def __init__(self, run_dir: Path, notify: str) -> None:
        self.dir = describe(run_dir)
        (run_dir / rundir.CONFIG_YAML).write_text(f"run: {{command: [python]}}\nnotify: {notify}\n")
        self.memory = Memory(run_dir)
        self.memory.state.run.name = "moe"
        self.notifier = Notifier(run_dir, self.memory)
        self.memory.apply(Started(t=1.0, m=1.0, pid=1))

    def save(self, step: int, *, ok: bool = True) -> None:
        self.memory.apply(Saved(t=2.0, m=2.0, step=step, path="/c", ok=ok, reason="full"))

    def settle(self, timeout: float = 20.0) -> None:
        def idle() -> bool:
            self.notifier.tick()
            return self.notifier.is_idle

        wait_until(idle, timeout)

    @property
    def outcomes(self) -> list[str]:
        return [event.outcome for event in self.memory.kinds(Notified)]


def hook(there: Receiver, **more: object) -> str:
    return json.dumps({"box": {"webhook": f"{there.url}/in", "on": "all", **more}})


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Failures are tried again soon, and nobody waits for long."""
    monkeypatch.setattr("console.core.notify_line.FIRST_PAUSE_SECONDS", 0.02)
    monkeypatch.setattr("console.core.notify_line.LAST_PAUSE_SECONDS", 0.05)


def test_all_is_told_once_in_its_order_and_recorded(tmp_path: Path, there: Receiver) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there, at_most=50))
    for step in range(1, 11):
        made.save(step)
    made.settle()
    assert [one.body["step"] for one in there.got] == [None, *range(1, 11)]
    assert there.got[0].path == "/in"
    assert made.outcomes == [SENT] * 11
    made.settle()
    assert len(there.got) == 11


def test_exactly_the_rate_goes_out_and_the_rest_is_summed(tmp_path: Path, there: Receiver) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there, at_most=3))
    for step in range(1, 15):
        made.save(step)
    made.settle()
    assert [one.body["count"] for one in there.got] == [1, 1, 13]
    assert there.got[-1].body["more"] == "and 12 more: 12 checkpoint"


def test_it_is_tried_again_until_it_is_taken_and_the_order_stays(
    tmp_path: Path, there: Receiver
) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there, at_most=50))
    there.answers += [there.code(500), there.code(503), there.code(429, Retry_After="0")]
    made.save(1)
    made.settle()
    assert [one.body["step"] for one in there.got] == [None] * 4 + [1]
    assert made.outcomes == [RETRYING] * 3 + [SENT, SENT]
    said = [entry.text for entry in made.memory.state.timeline.entries]
    assert said[-2:] == [
        "a notice by box did not go out, tried again: "
        "127.0.0.1 answers HTTP 500 Internal Server Error",
        "notices by box go out again",
    ]


def test_a_new_backend_goes_on_after_the_last_one_that_went_out(
    tmp_path: Path, there: Receiver
) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there, at_most=50))
    made.save(1)
    made.settle()
    there.answers += [there.code(500)] * 1000
    made.save(2)
    made.notifier.tick()
    wait_until(lambda: len(there.got) == 3)
    there.answers.clear()
    made.notifier = Notifier(made.dir, made.memory)
    made.settle()
    assert [one.body["step"] for one in there.got] == [None, 1, 2, 2]
    assert there.got[2].headers["Idempotency-Key"] == there.got[3].headers["Idempotency-Key"]


def test_nothing_goes_out_before_it_is_committed(
    tmp_path: Path, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there))
    monkeypatch.setattr(made.memory, "commit", lambda: False)
    for _ in range(5):
        made.notifier.tick()
    assert not made.notifier.is_idle
    monkeypatch.undo()
    made.settle()
    assert len(there.got) == 1


def test_a_disk_that_takes_nothing_keeps_nobody_from_hearing_of_it(
    tmp_path: Path, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there))
    made.settle()
    monkeypatch.setattr(made.memory, "commit", lambda: False)
    monkeypatch.setattr(module, "UNCOMMITTED_SECONDS", 0.3)
    made.save(1, ok=False)
    made.settle()
    made.save(2, ok=False)
    made.settle()
    assert [one.body["event"] for one in there.got] == [
        "started", "checkpoint_failed", "checkpoint_failed",
    ]  # fmt: skip
    assert len({one.headers["Idempotency-Key"] for one in there.got}) == 3


def test_what_is_told_anew_from_the_journal_goes_nowhere(tmp_path: Path, there: Receiver) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there))
    quiet = Notifier(made.dir, made.memory, lambda: False)
    quiet.tick()
    assert made.memory.commits == []
    assert there.got == []


def test_a_run_without_ways_costs_nothing(tmp_path: Path) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", "{terminal: off}")
    assert not made.notifier.is_any
    made.notifier.tick()
    assert made.memory.commits == []


def test_a_way_that_is_wrong_for_good_gives_up_and_is_told_once(
    tmp_path: Path, there: Receiver
) -> None:
    made = Post(tmp_path / "20260102-030405-abcd", hook(there, at_most=50))
    there.answers += [there.code(404)] * 3
    made.save(1)
    made.save(2)
    made.settle()
    assert made.outcomes == [GIVEN_UP] * 3
    told = [one for one in made.memory.state.timeline.entries if one.id.startswith("notified-")]
    assert [one.text.rpartition(": ")[2] for one in told] == ["is the address right?"]
    assert made.memory.state.delivery.ways["box"].given_up == 3


def test_a_receiver_that_hangs_is_left_behind(
    tmp_path: Path, there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LIMIT_SECONDS", 0.2)
    monkeypatch.setattr(module, "PATIENCE_SECONDS", 0.1)
    made = Post(tmp_path / "20260102-030405-abcd", hook(there))
    there.answers += [there.hang, there.drip]
    slowest = 0.0

    def idle() -> bool:
        nonlocal slowest
        before = time.monotonic()
        made.notifier.tick()
        slowest = max(slowest, time.monotonic() - before)
        return made.notifier.is_idle

    wait_until(idle, 20)
    assert slowest < 0.2
    assert made.outcomes == [RETRYING, RETRYING, SENT]
    there.closing.set()
    wait_until(lambda: not any(one.is_alive() for one in module.Errand.hanging), 15)


def test_only_so_many_threads_may_hang(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    gate = threading.Event()
    hanging = [threading.Thread(target=gate.wait, daemon=True) for _ in range(module.MOST_HANGING)]
    for one in hanging:
        one.start()
    monkeypatch.setattr(module.Errand, "hanging", hanging)
    asked: list[Way] = []

    def send(way: Way, _parcel: Parcel, _cwd: str | None) -> Answer:
        asked.append(way)
        return Answer(True)

    made = Post(
        tmp_path / "20260102-030405-abcd", "{box: {webhook: 'http://127.0.0.1:9/', on: all}}"
    )
    made.notifier = Notifier(made.dir, made.memory, send=send)
    for _ in range(3):
        made.notifier.tick()
    assert asked == []
    assert made.outcomes[:1] == [RETRYING]
    gate.set()
    for one in hanging:
        one.join(5)
    made.settle()
    assert len(asked) == 1


# one post


def way(kind: str, target: str = "", **fields: object) -> Way:
    return Way("w", kind, target, **fields)  # type: ignore[arg-type]


def test_each_kind_of_address_gets_what_it_understands(there: Receiver) -> None:
    for kind, path in (("ntfy", "/base/topic"), ("slack", "/services/x"), ("webhook", "/h?a=1")):
        assert post.send(way(kind, there.url + path, token="tk"), PARCEL).ok
    ntfy, slack, plain = there.got
    assert (ntfy.path, ntfy.body["topic"], ntfy.body["message"]) == ("/base/", "topic", "boom")
    assert (slack.path, slack.body) == ("/services/x", {"text": "moe: failed\nboom"})
    assert (plain.path, plain.body["event"]) == ("/h?a=1", "failed")
    assert plain.headers["Authorization"] == "Bearer tk"


def test_a_redirect_is_followed_on_the_same_host_only(there: Receiver) -> None:
    there.answers.append(there.code(307, Location="/there"))
    assert post.send(way("webhook", f"{there.url}/in"), PARCEL).ok
    assert [(one.method, one.path) for one in there.got] == [("POST", "/in"), ("POST", "/there")]
    with receiver() as other:
        for elsewhere in (other.url, other.url.replace("127.0.0.1", "localhost"), "file:///etc"):
            there.answers.append(there.code(302, Location=f"{elsewhere}/x"))
            answer = post.send(way("webhook", f"{there.url}/in", token="tk"), PARCEL)
            assert (answer.ok, answer.again) == (False, False)
            assert "another host" in answer.detail or "HTTP" in answer.detail
        assert other.got == []
    there.answers += [there.code(302, Location="/loop")] * 20
    assert not post.send(way("webhook", f"{there.url}/in"), PARCEL).ok


def test_an_endless_answer_is_not_read(there: Receiver) -> None:
    there.answers.append(there.huge)
    before = time.monotonic()
    assert post.send(way("webhook", f"{there.url}/in"), PARCEL).ok
    assert time.monotonic() - before < 5


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("http://127.0.0.1:9/secret", "127.0.0.1 takes no connections"),
        ("http://nobody.invalid/secret", "the name nobody.invalid is not found"),
        ("env:NOT_SET_ANYWHERE", "the variable NOT_SET_ANYWHERE is not set where the run began"),
    ],
)
def test_why_it_did_not_go_out_is_said_without_the_address(target: str, said: str) -> None:
    answer = post.send(way("webhook", target), PARCEL)
    assert answer.detail == said
    assert "secret" not in answer.detail


def test_an_address_may_be_in_the_environment(
    there: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_HOOK", f"{there.url}/in")
    assert post.send(way("webhook", "env:MY_HOOK"), PARCEL).ok
    monkeypatch.setenv("MY_HOOK", "ftp://x")
    assert "https://" in post.send(way("webhook", "env:MY_HOOK"), PARCEL).detail


def test_a_slow_receiver_has_its_time_limit(there: Receiver) -> None:
    there.answers.append(there.hang)
    answer = post.send(way("webhook", there.url), PARCEL, limit=0.2)
    assert (answer.ok, answer.again) == (False, True)


# a command


def test_a_command_gets_the_notice_as_json_and_in_its_environment(tmp_path: Path) -> None:
    out = tmp_path / "out"
    code = (
        "import os,sys; open('out','w').write(sys.stdin.read()+os.environ['GLADIUS_NOTICE_TEXT'])"
    )
    hostile = Parcel(
        Notice("r/x-1", 1, "failed", "critical", "r", "m", "$(id) `id` \ufffd", 1.0), 1
    )
    answer = post.send(way("command", command=(sys.executable, "-c", code)), hostile, str(tmp_path))
    assert answer.ok
    said = out.read_text()
    body, end = json.JSONDecoder().raw_decode(said)
    assert (body["text"], said[end:]) == ("$(id) `id` \ufffd",) * 2


def test_a_command_that_fails_or_is_not_there_says_so() -> None:
    assert post.send(way("command", command=("false",)), PARCEL).detail == (
        "false ended with exit code 1"
    )
    assert post.send(way("command", command=("/no/such",)), PARCEL).detail == (
        "such: No such file or directory"
    )
    assert not post.send(way("command", command=("true", "a\0b")), PARCEL).ok


def test_a_command_does_not_outlive_the_backend_that_runs_it(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    script = f"sleep 60 & echo $$ > {pid}; wait"
    code = (
        "import os, sys, threading, time\n"
        "from tests.backend.test_notifier import PARCEL, post, way\n"
        f"sends = lambda: post.send(way('command', command=('sh', '-c', {script!r})), PARCEL)\n"
        "threading.Thread(target=sends, daemon=True).start()\n"
        f"while not (os.path.exists({str(pid)!r}) and open({str(pid)!r}).read().strip()):\n"
        "    time.sleep(0.01)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path.cwd())
    wait_until(lambda: not _lives(int(pid.read_text())), 10)


def test_a_command_that_does_not_end_is_killed_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"sleep 60 & echo $! $$ > {pids}; wait"
    answer = post.send(way("command", command=("sh", "-c", script)), PARCEL, limit=0.5)
    assert "was killed" in answer.detail
    for pid in pids.read_text().split():
        wait_until(lambda pid=pid: not _lives(int(pid)))


def _lives(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# a real run

SAVES = """
import sys, time
sys.path.insert(0, {root!r})
from console.sdk import Link
link = Link(orders={{"checkpoint": lambda step: {{"path": "/c"}}}})
step = 0
while step < {steps}:
    step += 1
    time.sleep(0.02)
    link.log(step=step, loss=1.0)
    if link.boundary(step):
        break
"""
ROOT = str(Path(__file__).parents[2])


def delivered(folder: Path) -> int:
    way = read_state(folder).delivery.ways.get("box")
    return 0 if way is None else way.sent


def train(runs: Runs, notify: str, steps: int = 100_000) -> Path:
    folder = runs.make(
        [sys.executable, "-u", "-c", SAVES.format(root=ROOT, steps=steps)], backend=True, name="moe"
    )
    (folder / rundir.CONFIG_YAML).write_text(f"run: {{command: [python]}}\nnotify: {notify}\n")
    start.launch(folder, None)
    return folder


def test_a_real_run_tells_its_begin_and_its_end(runs: Runs, there: Receiver) -> None:
    folder = train(runs, hook(there), steps=10)
    wait_until(lambda: (folder / rundir.FINAL).exists(), 30)
    assert [one.body["event"] for one in there.got] == ["started", "finished"]
    way = read_state(folder).delivery.ways["box"]
    assert (way.sent, way.trouble) == (2, "")
    wait_until(lambda: not ours(folder))


def test_backends_killed_in_the_middle_send_nothing_twice_and_lose_nothing(
    runs: Runs, there: Receiver
) -> None:
    folder = train(runs, hook(there, at_most=600))
    there.wait_for(1)
    for sent in range(1, 4):
        order = json.dumps({"v": 1, "id": f"save-{sent}", "cmd": "checkpoint", "by": "t"})
        (folder / rundir.CONTROL_FIFO).write_text(f"{order}\n")
        there.wait_for(1 + sent, 30)
        backend = wait_until(lambda: backend_of(folder), 20)
        wait_until(lambda sent=sent: delivered(folder) == 1 + sent, 20)
        os.kill(backend.pid, signal.SIGKILL)
        wait_until(lambda pid=backend.pid: (now := backend_of(folder)) and now.pid != pid, 30)
    ids = [one.body["id"] for one in there.got]
    assert len(ids) == len(set(ids)) == 1 + sent
    assert [one.body["event"] for one in there.got] == ["started", *["checkpoint"] * sent]


def test_a_receiver_that_hangs_does_not_touch_the_trainer(runs: Runs, there: Receiver) -> None:
    there.answers += [there.hang] * 100
    folder = train(runs, hook(there))
    there.wait_for(1)
    before = time.monotonic()
    first = read_state(folder).position.step or 0
    wait_until(lambda: (read_state(folder).position.step or 0) >= first + 50, 30)
    assert time.monotonic() - before < 10


def test_what_had_not_gone_out_at_the_end_goes_out_later(runs: Runs, there: Receiver) -> None:
    there.answers += [there.code(503)] * 4
    folder = train(runs, hook(there, at_most=50), steps=3)
    wait_until(lambda: (folder / rundir.FINAL).exists(), 40)
    way = read_state(folder).delivery.ways["box"]
    assert way.trouble.startswith("127.0.0.1 answers HTTP 503")
    wait_until(lambda: len(there.got) >= 6, 40)
    wait_until(lambda: (rundir.read_json(folder, courier.NOTIFIED_JSON) or {}) != {}, 10)
    assert [one.body["event"] for one in there.got[-2:]] == ["started", "finished"]
    wait_until(lambda: not ours(folder), 20)
