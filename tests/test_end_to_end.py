"""From the hook to whoever listens at a run's socket: all of it, in order, with exact values.

The trainer has nothing but the standard library: no training library, none of our dependencies.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from console.backend.address import reachable
from console.sdk.reporter import RANKS
from tests.product import Product, product
from tests.programs import watched
from tests.waiting import wait_until

ROOT = Path(__file__).parent.parent
STEPS = 12
BARE = (sys.executable, "-S", watched.__file__, str(STEPS), "0.08")
"""Without site-packages: what is imported there is the standard library, and console.sdk."""


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    for name in (*RANKS, "GLADIUS_RUN_ID", "GLADIUS_RUN_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with product() as made:
        yield made


@contextmanager
def started(here: Product, gate: Path, *, monitored: bool) -> Iterator[Path]:
    """A run that waits for its gate: started by the console, or by somebody else."""
    words = [*BARE, "--gate", str(gate)]
    if not monitored:
        yield here.start(*words)
        return
    with subprocess.Popen(
        [*words, "--monitor"], env=here.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as trainer:
        folder = here.home / "state" / "runs"
        (run,) = wait_until(lambda: [*folder.glob("*/run.json")], 30, what="a run")
        here.runs.append(run.parent)
        yield run.parent
        trainer.communicate(timeout=60)


def listen(run: Path, gate: Path) -> list[dict[str, Any]]:
    """Everything the socket tells from before the first step to its last word."""
    heard: list[dict[str, Any]] = []
    with reachable(run) as address, socket.socket(socket.AF_UNIX) as line:
        line.settimeout(60)
        wait_until(lambda: line.connect_ex(address) == 0, 30, what="somebody at the socket")
        line.sendall(b'{"hello": 1, "events": true, "by": "test"}\n')
        with line.makefile("rb") as messages:
            for text in messages:
                heard.append(json.loads(text))
                if "snapshot" in heard[-1]:
                    gate.touch()
                if "final" in heard[-1]:
                    return heard
    raise AssertionError(f"no last word in {heard[-3:]}")


@pytest.mark.parametrize("monitored", [False, True], ids=["started", "monitored"])
def test_everything_arrives_in_order_with_exact_values(here: Product, monitored: bool) -> None:
    gate = here.home / "gate"
    with started(here, gate, monitored=monitored) as run:
        heard = listen(run, gate)
    events = [event for message in heard for event in message.get("events", ())]
    told = [
        event for event in events if event["k"] in ("hello", "info", "log", "eval", "bye", "exit")
    ]
    kinds = [event["k"] for event in told]
    assert kinds[:2] == ["hello", "info"]
    assert kinds[-2:] == ["bye", "exit"]
    assert set(kinds[2:-2]) == {"log", "eval"}

    assert told[1]["values"] == {"total_steps": STEPS, "model": "tiny"}
    logs = [event for event in told if event["k"] == "log"]
    assert [event["step"] for event in logs] == [*range(1, STEPS + 1)]
    for event in logs:
        step = event["step"]
        assert event["values"] == {"loss": watched.loss(step), "learning_rate": 0.5**step}

    evaluations = [event for event in told if event["k"] == "eval"]
    assert [event["step"] for event in evaluations] == [5, 10]
    for event in evaluations:
        step, place = event["step"], told.index(event)
        assert event["split"] == "validation"
        assert event["values"] == {"loss": watched.loss(step) / 2, "accuracy": step / 1000}
        assert [other["step"] for other in told[place - 1 : place + 2]] == [step, step, step + 1]

    assert told[-2]["reason"] == "finished"
    assert told[-1]["code"] == (None if monitored else 0)
    assert "final" in heard[-1]
