"""A real screen on a real terminal calls: the bytes that arrive, plain and wrapped for tmux."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.product import CONSOLE, Product, product
from tests.programs import able
from tests.pty.terminal import Terminal
from tests.waiting import wait_until

NAMED = "  name: '#(touch pwned)'\n"
"""In the name of a window this would be a command for tmux to run."""

EXTRA = "guards: {expert_imbalance: off}\nnotify: {terminal: {on: [checkpoint]}}\n"


@pytest.fixture
def house() -> Iterator[Product]:
    with product() as made:
        yield made


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_save_calls_by_osc_9_and_the_bell(house: Product, wrapped: bool) -> None:
    run = house.start(sys.executable, able.__file__, "0", "0.05", extra=EXTRA)
    assert house.call("wait", run.name, "--until", "step=3", "--timeout", "30").returncode == 0
    tmux = {"TMUX": "/nowhere,1,0", "TMUX_PANE": "%0", "PATH": "/nowhere"} if wrapped else {}
    name = run.name
    with Terminal([*CONSOLE, "attach", name], env={**house.env, "XDG_CONFIG_HOME": "/nowhere",
                                                  **tmux}) as screen:  # fmt: skip
        screen.wait_for_text("● TRAINING")
        assert b"\x1b]9;" not in screen.output()
        assert house.call("checkpoint", run.name).returncode == 0
        start, end = (rb"\x1bPtmux;\x1b\x1b", rb"\x07\x1b\\\x07") if wrapped else (b"\x1b", b"\x07")
        screen.wait_for(start + rb"\]9;[^\x07\x1b]*: checkpoint: saved at step[^\x07\x1b]*" + end)
        screen.send("q")
        assert screen.wait() == 0
    assert house.call("stop", run.name).returncode == 0


@pytest.mark.skipif(shutil.which("tmux") is None, reason="there is no tmux")
def test_the_window_of_tmux_says_so_until_a_key_is_pressed(house: Product) -> None:
    run = house.start(sys.executable, able.__file__, "0", "0.05", extra=NAMED + EXTRA)
    assert house.call("wait", run.name, "--until", "step=3", "--timeout", "30").returncode == 0
    socket = str(house.home / "tmux")
    tmux = ["tmux", "-S", socket, "-f", "/dev/null"]

    def ask(*words: str) -> str:
        env = {**house.env, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"}
        done = subprocess.run([*tmux, *words], capture_output=True, text=True, check=False, env=env)
        return done.stdout.strip()

    def name() -> str:
        return ask("display-message", "-p", "-t", "own", "#{window_name}")

    shell = " ".join([*CONSOLE, "attach", run.name])
    ask(
        "new-session",
        "-d",
        "-s",
        "own",
        "-n",
        "my #{pane_id}",
        "-c",
        str(house.home),
        "-x",
        "120",
        "-y",
        "40",
        shell,
    )
    try:
        before = name()
        wait_until(lambda: "● TRAINING" in ask("capture-pane", "-p", "-t", "own"), 30)
        for leave in ("w", "q"):
            assert house.call("checkpoint", run.name).returncode == 0
            wait_until(lambda: name().startswith("! (touch pwned)"), 20, what=name())
            if leave == "q":
                ask("set-option", "-w", "-t", "own", "remain-on-exit", "on")
            ask("send-keys", "-t", "own", leave)
            wait_until(lambda: name() == before, 20, what=f"{before} after {leave}")
        assert not [*house.home.rglob("pwned")]
    finally:
        ask("kill-server")
    assert house.call("stop", run.name).returncode == 0
