"""`tensorboard`: once per run, for whoever asks, and never longer than it says."""

from __future__ import annotations

import importlib.util
import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backend import boards
from console.backend.board import FIRST_PORT
from console.keeper import identity, rundir
from tests.eventreader import points
from tests.product import CONSOLE, Product, product, trainer_pid
from tests.programs import able, fake_tensorboard
from tests.waiting import wait_until

F9 = "\x1b[20~"
ABLE = (sys.executable, able.__file__)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    """A product with a TensorBoard on the PATH; every board is ended afterwards."""
    folder = fake_tensorboard.install(tmp_path / "bin")
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")
    for name in ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY", "DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    with product() as made:
        yield made
        for run in made.runs:
            if run.exists():
                boards.close_board(run)


def training(here: Product, extra: str = "") -> Path:
    """A run that has made some steps and goes on."""
    run = here.start(*ABLE, "0", "0.05", extra=extra)
    assert here.call("wait", run.name, "--until", "step=3", "--timeout", "60").returncode == 0
    return run


def finished(here: Product, extra: str = "") -> Path:
    run = here.start(*ABLE, "5", "0.01", extra=extra)
    assert here.call("wait", run.name, "--until", "finished", "--timeout", "60").returncode == 0
    wait_until((run / rundir.FINAL).exists, 30, what="the final run")
    return run


def board_of(run: Path) -> boards.Board:
    found = boards.find(run)
    assert found is not None
    return found


def page(url: str) -> str:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return str(answer.read().decode())


def gone(board: boards.Board) -> bool:
    return not (identity.is_alive(board.owner) or identity.is_alive(board.server))


def test_it_is_started_once_and_ends_with_the_run(here: Product) -> None:
    run = training(here)
    said = here.call("tensorboard", run.name)
    assert said.returncode == 0, said.stderr
    board = board_of(run)
    assert said.stdout.splitlines()[0] == board.url
    assert (
        f"it ends with the run, or by: gladius-console tensorboard --stop {run.name}" in said.stdout
    )
    assert page(board.url) == f"logdir={run / 'tensorboard'}"
    again = here.json("tensorboard", run.name)
    assert again == {"run": run.name, "url": board.url, "tunnel": None}
    assert board_of(run).server == board.server
    assert here.call("stop", run.name).returncode == 0
    wait_until(lambda: gone(board), 15, what="TensorBoard to end with the run")
    assert not (run / boards.BOARD_JSON).exists()


def test_it_is_ended_on_demand_and_can_be_had_again(here: Product) -> None:
    run = training(here)
    assert here.call("tensorboard", run.name).returncode == 0
    board = board_of(run)
    said = here.call("tensorboard", "--stop", run.name)
    assert (said.returncode, said.stdout) == (0, "TensorBoard has ended\n")
    assert gone(board)
    assert here.call("tensorboard", "--stop", run.name).stdout == "there was no TensorBoard\n"
    assert here.call("tensorboard", run.name).returncode == 0
    assert board_of(run).server != board.server


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere it outlives a killed owner")
def test_a_killed_owner_takes_it_along_and_the_next_call_starts_another(here: Product) -> None:
    run = training(here)
    assert here.call("tensorboard", run.name).returncode == 0
    board = board_of(run)
    identity.signal_exactly(board.owner, signal.SIGKILL)
    wait_until(lambda: gone(board), what="both to end")
    assert here.call("tensorboard", run.name).returncode == 0
    assert not gone(board_of(run))


def test_a_server_whose_owner_is_gone_is_ended_before_another_begins(here: Product) -> None:
    run = training(here)
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"]) as orphan:
        server = identity.of(orphan.pid)
        assert server is not None
        owner = identity.Identity(server.boot, 2**22 + 1, 1)
        left = boards.Board("http://127.0.0.1:1/", 1, "/", owner, server, False)
        rundir.write_json(run, boards.BOARD_JSON, left.to_json())
        assert boards.find(run) is None
        assert here.call("tensorboard", run.name).returncode == 0
        assert orphan.wait(10) == -signal.SIGTERM


def test_on_a_run_that_is_over_it_lives_as_long_as_those_who_asked(here: Product) -> None:
    run = finished(here)
    command = [*CONSOLE, "tensorboard", run.name]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, env=here.env, stdout=pipe, text=True) as first,
        subprocess.Popen(command, env=here.env, stdout=pipe, text=True) as second,
    ):
        assert first.stdout is not None
        assert second.stdout is not None
        url = first.stdout.readline()
        assert second.stdout.readline() == url
        assert "the run has ended" in first.stdout.readline()
        board = board_of(run)
        first.send_signal(signal.SIGINT)
        assert first.wait(10) == 130
        assert page(board.url)
        second.send_signal(signal.SIGKILL)
        second.wait(10)
        wait_until(lambda: gone(board), 15, what="TensorBoard to end with its last user")


def test_a_removed_run_takes_it_along_and_does_not_come_back(here: Product) -> None:
    run = finished(here)
    command = [*CONSOLE, "tensorboard", run.name]
    with subprocess.Popen(command, env=here.env, stdout=subprocess.PIPE, text=True) as user:
        assert user.stdout is not None
        user.stdout.readline()
        board = board_of(run)
        assert here.call("rm", run.name).returncode == 0
        wait_until(lambda: gone(board), 15, what="TensorBoard to end")
        assert user.wait(10) == 0
    assert not run.exists()


def test_what_is_not_written_while_it_runs_is_written_when_it_is_asked_for(here: Product) -> None:
    elsewhere = here.home / "all runs"
    run = training(here, f"tensorboard: {{write: off, dir: {json.dumps(str(elsewhere))}}}\n")
    assert not elsewhere.exists()
    assert here.call("tensorboard", run.name).returncode == 0
    assert page(board_of(run).url) == f"logdir={elsewhere}"
    found = points(elsewhere / run.name)["train/loss"]
    assert [step for step, _, _ in found][:3] == [1, 2, 3]
    wait_until(lambda: len(points(elsewhere / run.name)["train/loss"]) > len(found), 20)


def test_the_backend_writes_them_by_itself(here: Product) -> None:
    run = finished(here)
    steps = [step for step, _, _ in points(run / "tensorboard")["train/loss"]]
    assert steps == [1, 2, 3, 4, 5]


def test_over_ssh_the_way_to_it_is_told(here: Product, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 51000 10.0.0.1 2222")
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("USER", "ana")
    monkeypatch.setenv("LOGNAME", "ana")
    run = training(here)
    tunnel = here.json("tensorboard", run.name)["tunnel"]
    port = board_of(run).port
    assert tunnel.startswith(f"ssh -L {port}:127.0.0.1:{port} -p 2222 ana@")


def test_f9_on_two_screens_shows_the_same_one_and_copies_it(
    here: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "10.0.0.2 51000 10.0.0.1 22")
    run = training(here)
    # Bytes are looked for, not pictures: to make those of a busy run takes long.
    with here.attach(run) as one, here.attach(run) as other:
        for screen, key in ((one, F9), (other, "t")):
            screen.wait_for("● follow".encode(), 40)
            screen.send(key)
        one.wait_for(rb"ssh -L", 40)
        board = board_of(run)
        for screen in (one, other):
            screen.wait_for(rb"ssh -L %d:127\.0\.0\.1:%d " % (board.port, board.port), 40)
            screen.wait_for(re.escape(board.url.encode()), 40)
            screen.wait_for(rb"\x1b\]52;c;[A-Za-z0-9+/=]+\x07", 40)
            screen.signal(signal.SIGTERM)
            assert screen.wait() == 128 + signal.SIGTERM
    assert page(board.url)
    assert here.call("stop", run.name).returncode == 0
    wait_until(lambda: gone(board), 15, what="TensorBoard to end with the run")


def test_at_a_desktop_a_browser_is_opened(
    here: Product, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opener = tmp_path / "bin" / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$1" >> {tmp_path / "opened"}\n')
    opener.chmod(0o755)
    monkeypatch.setenv("DISPLAY", ":0")
    run = training(here)
    said = here.call("tensorboard", run.name)
    assert "a browser was opened" in said.stdout
    assert (tmp_path / "opened").read_text() == f"{board_of(run).url}\n"


def test_fault_49_a_busy_port_is_named_and_the_next_one_taken(here: Product) -> None:
    run = training(here)
    with socket.socket() as busy:
        busy.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            busy.bind(("127.0.0.1", FIRST_PORT))
            busy.listen()
        except OSError:
            pass  # somebody else's is as good
        said = here.call("tensorboard", run.name)
        assert said.returncode == 0, said.stderr
        board = board_of(run)
        assert board.port != FIRST_PORT
        assert f"port {FIRST_PORT} is busy, it is {board.port}" in said.stdout
        assert page(board.url)


def test_fault_49_without_tensorboard_it_says_what_to_do_and_the_run_goes_on(
    here: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    if importlib.util.find_spec("tensorboard"):
        pytest.skip("TensorBoard is installed here")
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    run = training(here)
    said = here.call("tensorboard", run.name)
    assert said.returncode == 1
    assert said.stderr == (
        "gladius-console: TensorBoard is not installed: pip install tensorboard\n"
    )
    assert boards.find(run) is None
    goes_on(here, run)


def test_fault_49_a_tensorboard_that_fails_is_quoted_and_the_run_goes_on(
    here: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAKE_TENSORBOARD", "refuse")
    run = training(here)
    said = here.call("tensorboard", run.name)
    assert said.returncode == 1
    assert "TensorBoard ended at once: E1125 the logdir makes no sense" in said.stderr
    goes_on(here, run)


def goes_on(here: Product, run: Path) -> None:
    """The trainer lives and makes steps."""
    pid = trainer_pid(run)
    reached = here.json("status", run.name)["step"] + 3
    assert here.call("wait", run.name, "--until", f"step={reached}").returncode == 0
    assert trainer_pid(run) == pid
