"""One job starts once, whoever starts it how often, and whatever kills the start."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import CONSOLE, Product, product
from tests.waiting import wait_until

SLEEPER = (sys.executable, "-c", "import time; time.sleep(600)")


@pytest.fixture
def here() -> Iterator[Product]:
    with product() as made:
        yield made


def begin(here: Product, config: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*CONSOLE, "train", "--config", str(config), "--detach", "--json"],
        env=here.env,
        cwd=here.home,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def trainers(here: Product) -> list[Path]:
    """The directories of runs whose trainer executes."""
    return [Path(item["dir"]) for item in here.json("runs") if item["alive"]]


def test_fault_06_20_simultaneous_starts_of_one_job_make_one_run(here: Product) -> None:
    config = here.config(*SLEEPER)
    starts = [begin(here, config) for _ in range(20)]
    ends = [process.communicate(timeout=100) for process in starts]
    codes = sorted(process.returncode for process in starts)
    here.runs += [Path(json.loads(out)["dir"]) for out, _ in ends if out]
    assert codes == [0] + [6] * 19
    assert len(trainers(here)) == 1
    refused = next(err for out, err in ends if not out)
    assert here.runs[0].name in refused
    assert "attach" in refused


def test_a_start_killed_at_100_random_moments_leaves_no_run_or_one_complete_run(
    here: Product,
) -> None:
    chance = random.Random(100)
    took = 0.6
    for batch in range(25):
        configs = [here.config(*SLEEPER, extra=f"program: {batch * 4 + i}\n") for i in range(4)]
        starts = [(begin(here, config), chance.uniform(0.0, took)) for config in configs]
        began = time.monotonic()
        for process, moment in sorted(starts, key=lambda pair: pair[1]):
            time.sleep(max(0.0, began + moment - time.monotonic()))  # the moment is what is random
            process.kill()
            process.communicate()
        took = 0.9
    wait_until(lambda: settled(here), 30, what="no start under way")
    found = here.json("runs")
    here.runs += [Path(item["dir"]) for item in found]
    jobs = [json.loads((run / "run.json").read_text())["job"] for run in here.runs]
    assert len(set(jobs)) == len(jobs)
    assert all(item["alive"] for item in found)
    assert all((run / "executed").exists() for run in here.runs)


def settled(here: Product) -> bool:
    return all(item["status"] != "starting" or item["alive"] for item in here.json("runs"))


def test_a_second_start_is_refused_and_again_allows_it(here: Product) -> None:
    config = str(here.config(*SLEEPER))
    first = here.json("train", "--config", config, "--detach")
    here.runs.append(Path(first["dir"]))
    refused = here.call("train", "--config", config, "--detach")
    assert refused.returncode == 6
    assert first["run"] in refused.stderr
    second = here.json("train", "--config", config, "--detach", "--again")
    here.runs.append(Path(second["dir"]))
    assert len(trainers(here)) == 2


def test_another_setting_is_another_job(here: Product) -> None:
    config = str(here.config(*SLEEPER))
    for seed in ("1", "2"):
        words = ("train", "--config", config, "--set", f"training.seed={seed}", "--detach")
        here.runs.append(Path(here.json(*words)["dir"]))
    assert len(trainers(here)) == 2
