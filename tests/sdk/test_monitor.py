"""Programs that were started without the console: they become runs, and depend on nothing."""

from __future__ import annotations

import argparse
import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.keeper import rundir
from console.sdk.monitor import PORT, add_arguments, monitor
from console.sdk.reporter import RANKS
from tests.product import Product, ours, product, read_json
from tests.programs import watched
from tests.waiting import wait_until

FOREVER = "100000"


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    for name in (*RANKS, "GLADIUS_RUN_ID", "GLADIUS_RUN_DIR"):
        monkeypatch.delenv(name, raising=False)
    with product() as made:
        yield made


def program(here: Product, *words: str, **env: str) -> subprocess.Popen[str]:
    """Starts the trainer as a person would, with its own output."""
    return subprocess.Popen(
        [sys.executable, watched.__file__, *words],
        env={**here.env, **env},
        cwd=here.home,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(here: Product, *words: str, **env: str) -> tuple[int, str, str]:
    """Runs it to its end: exit code, output, errors."""
    with program(here, *words, **env) as trainer:
        out, err = trainer.communicate(timeout=60)
        return trainer.returncode, out, err


def only_run(here: Product) -> Path:
    """The one run there is."""
    folder = here.home / "state" / "runs"

    def found() -> list[Path]:
        return [path for path in folder.glob("*-*") if (path / rundir.RUN_JSON).exists()]

    (run,) = wait_until(found, 30, what="a run")
    if run not in here.runs:
        here.runs.append(run)
    return run


def final(run: Path) -> Path:
    wait_until((run / rundir.FINAL).exists, 30, what="the final run")
    return run


def test_it_is_listed_steered_and_over_when_it_ends(here: Product) -> None:
    with program(here, FOREVER, "0.05", "--monitor") as trainer:
        run = only_run(here)
        assert here.call("wait", run.name, "--until", "step=3", "--timeout", "60").returncode == 0
        (listed,) = here.json("runs")
        assert (listed["name"], listed["status"]) == ("my-own", "training")
        said = here.call("checkpoint", run.name)
        assert said.returncode == 0, said.stderr
        assert here.call("pause", run.name).returncode == 0
        assert here.json("status", run.name)["status"] == "paused"
        assert here.call("resume", run.name).returncode == 0
        stopped = here.call("stop", run.name)
        assert stopped.returncode == 0, stopped.stderr
        out, err = trainer.communicate(timeout=30)
    assert trainer.returncode == 0
    assert re.fullmatch(rf"made \d+ steps in {run.name}\n", out)
    assert err.startswith(f"gladius-console: this is run {run.name}: gladius-console attach ")
    status = here.json("status", final(run).name)
    assert status["status"] == "stopped"
    wait_until(lambda: not ours(run), 30, what="no process of ours left")


@pytest.mark.parametrize(
    ("then", "code", "status", "reason"),
    [
        ("exit", 0, "finished", "finished by its own word at step 5; its exit code is not known"),
        ("raise", 1, "error", "with an exception: ValueError: the last batch was odd"),
        ("vanish", -signal.SIGKILL, "dead", "it vanished without a last word"),
    ],
)
def test_its_end_is_told_by_its_own_word_only(
    here: Product, then: str, code: int, status: str, reason: str
) -> None:
    assert finish(here, "5", "0.01", "--monitor", "--then", then)[0] == code
    run = final(only_run(here))
    told = here.json("status", run.name)
    assert (told["status"], told["step"]) == (status, 5)
    assert reason in told["reason"]
    assert told["exit"] is None or told["exit"].get("code") is None


def test_a_training_that_is_over_is_no_longer_than_its_process(here: Product) -> None:
    with program(here, "5", "0.01", "--monitor", "--then", "linger") as trainer:
        run = final(only_run(here))
        assert trainer.poll() is None
        assert here.json("status", run.name)["status"] == "finished"
        trainer.communicate(timeout=30)
    assert trainer.returncode == 0


def test_what_is_known_of_it_is_in_its_run_json(here: Product) -> None:
    finish(here, "2", "0", "--monitor", "--monitor-port", "6123")
    facts = read_json(final(only_run(here)) / rundir.RUN_JSON)
    assert facts["kind"] == "monitored"
    assert facts["command"][1:] == [
        watched.__file__,
        "2",
        "0",
        "--monitor",
        "--monitor-port",
        "6123",
    ]
    assert facts["cwd"] == str(here.home)
    assert facts["monitor"] == {"host": "127.0.0.1", "port": 6123}
    assert facts["output"] == "none"


def test_its_stream_says_where_its_output_is(here: Product) -> None:
    finish(here, "2", "0", "--monitor")
    said = here.call("logs", final(only_run(here)).name)
    assert "what it prints stays on its own terminal" in said.stdout


def test_it_cannot_be_resumed_by_us_and_says_so(here: Product) -> None:
    finish(here, "2", "0", "--monitor")
    run = final(only_run(here))
    checkpoint = here.home / "a.ckpt"
    checkpoint.touch()
    said = here.call("train", "--resume", run.name)
    assert said.returncode == 3
    assert "no checkpoint" in said.stderr or "started without the console" in said.stderr


def test_all_of_ours_killed_changes_nothing_and_a_look_brings_them_back(here: Product) -> None:
    with program(here, FOREVER, "0.02", "--monitor") as trainer:
        run = only_run(here)
        assert here.call("wait", run.name, "--until", "step=3", "--timeout", "60").returncode == 0
        for _ in range(3):
            for pid in ours(run):
                os.kill(pid, signal.SIGKILL)
        step = here.json("status", run.name)["step"]
        reached = here.call("wait", run.name, "--until", f"step={step + 10}", "--timeout", "60")
        assert reached.returncode == 0, reached.stderr
        assert trainer.poll() is None
        trainer.send_signal(signal.SIGINT)
        trainer.communicate(timeout=30)
    assert here.json("status", final(run).name)["status"] in ("error", "finished")


# --- it depends on nothing --------------------------------------------------------------------


def test_without_an_option_nothing_happens(here: Product) -> None:
    assert finish(here, "3", "0") == (0, "made 3 steps in no run\n", "")
    assert not (here.home / "state").exists()


def test_a_state_folder_that_cannot_be_used_costs_one_line(here: Product) -> None:
    (here.home / "state").write_text("a file where the folder should be")
    code, out, err = finish(here, "3", "0", "--monitor")
    assert (code, out) == (0, "made 3 steps in no run\n")
    assert re.fullmatch(r"gladius-console: not watched: .*state.*\n", err)


def test_other_ranks_are_no_runs(here: Product) -> None:
    assert finish(here, "3", "0", "--monitor", RANK="1") == (0, "made 3 steps in no run\n", "")


def test_under_the_console_it_is_the_run_it_is_already(here: Product) -> None:
    run = here.start(sys.executable, watched.__file__, "5", "0.01", "--monitor", "--monitor-tui")
    assert here.call("wait", run.name, "--until", "finished", "--timeout", "60").returncode == 0
    assert only_run(here) == run
    assert here.call("logs", run.name).stdout.startswith(f"made 5 steps in {run.name}\n")


def test_a_busy_port_is_named(here: Product) -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        port = str(busy.getsockname()[1])
        code, _, err = finish(here, "2", "0", "--monitor", "--monitor-port", port)
    assert code == 0
    assert f"port {port} is busy: give another --monitor-port" in err
    final(only_run(here))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "x", "5980.0", "٣٣"])
def test_what_is_no_port_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    parser = add_arguments(argparse.ArgumentParser())
    with pytest.raises(SystemExit):
        parser.parse_args([f"--monitor-port={port}"])
    assert "is no port" in capsys.readouterr().err


def test_any_object_will_do_for_the_options() -> None:
    options = add_arguments(argparse.ArgumentParser()).parse_args([])
    assert (options.monitor, options.monitor_tui, options.monitor_port) == (False, False, PORT)
    assert monitor(options).run == ""
    assert monitor(object()).run == ""
    assert monitor(None).run == ""


@pytest.mark.parametrize("facts", ["", "[]", "{}", '{"pid": 4194304}', '{"pid": "x"}', "{"])
def test_nonsense_registers_nothing(here: Product, facts: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-m", "console.backend.monitored"],
        input=facts, env=here.env, cwd="/", capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr
    assert "Traceback" not in done.stderr
    assert not list((here.home / "state" / "runs").glob("*"))
