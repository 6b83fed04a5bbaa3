"""Several ranks that obey together: none waits for another longer than its group allows."""

from __future__ import annotations

import os
import re
import signal
import time
from typing import TYPE_CHECKING

import pytest

from tests.hf.needed import needs
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.hf.conftest import Job, Jobs

pytestmark = [*needs("torch"), pytest.mark.timeout(240)]

TIMEOUT = 3
"""Seconds the process group of the training waits."""

MOST_STEPS = 800
"""Steps of 5 ms within which an order is obeyed, at the worst: two seconds, and sending it."""


def left_at(job: Job) -> dict[int, int]:
    """Rank → its last step."""
    found = re.findall(r"rank (\d+) (?:left|ended) at (\d+)", job.said())
    return {int(rank): int(step) for rank, step in found}


def hold(job: Job, seconds: float) -> None:
    """Waits while the pause lasts; the trainer has to live all the while."""
    until = time.monotonic() + seconds
    wait_until(lambda: time.monotonic() > until or job.process.poll() is not None, seconds + 5)
    assert job.process.poll() is None, job.said()


@pytest.mark.parametrize("slow_rank", [0, 1])
def test_a_pause_longer_than_the_timeout_of_the_group(jobs: Jobs, slow_rank: int) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, timeout=TIMEOUT, slow_rank=slow_rank)
    job.reached(20)
    paused = job.obeys("pause")
    hold(job, 2 * TIMEOUT)
    saved, validated = job.obeys("checkpoint"), job.obeys("validate")
    changed = job.obeys("set", args={"learning_rate": 0.025})
    hold(job, TIMEOUT + 1)
    job.obeys("resume")
    job.reached(paused["step"] + 10)
    stopped = job.obeys("stop")
    assert job.ends() == 0, job.said()
    orders = (paused, saved, validated, changed, stopped)
    assert [answer["outcome"] for answer in orders] == ["done"] * 5
    assert saved["step"] == validated["step"] == paused["step"]
    assert validated["values"] == {"loss": 2.0}
    assert left_at(job) == {0: stopped["step"], 1: stopped["step"]}
    assert stopped["step"] < paused["step"] + 10 + MOST_STEPS
    assert job.said().count("rate 0.025") == 2
    assert job.said().count("errors 0") == 2


def test_ranks_that_come_late_are_waited_for(jobs: Jobs) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, timeout=20, late_rank=0)
    job.reached(5)
    stopped = job.obeys("stop")
    assert job.ends() == 0
    assert left_at(job) == {0: stopped["step"], 1: stopped["step"]}


def test_an_order_that_fails_on_one_rank_has_failed(jobs: Jobs) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, failing_rank=1)
    job.reached(5)
    saved = job.obeys("checkpoint")
    assert saved["outcome"] == "failed"
    assert "rank 1: OSError" in saved["detail"]
    assert [save["ok"] for save in job.desk.records("save")] == [False]
    stopped = job.obeys("stop", args={"checkpoint": False})
    assert stopped["outcome"] == "done"
    assert job.ends() == 0


@pytest.mark.parametrize("victim", [0, 1])
def test_a_rank_killed_in_a_pause_ends_the_training(jobs: Jobs, victim: int) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, timeout=TIMEOUT)
    job.reached(5)
    job.obeys("pause")
    workers = [pid for pid in job.watch() if rank_of(pid) is not None]
    os.kill(next(pid for pid in workers if rank_of(pid) == victim), signal.SIGKILL)
    assert job.ends(60) != 0
    assert left_at(job) == {}


def test_when_the_ranks_no_longer_agree_the_training_goes_on(jobs: Jobs) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, steps=3000, leaving_rank=1, timeout=30)
    job.reached(60)
    refused = job.obeys("pause")
    assert refused["outcome"] == "rejected"
    assert "the ranks no longer agree" in refused["detail"]
    assert job.desk.records("hello")[-1]["orders"] == []
    assert job.ends() == 0, job.said()
    assert left_at(job) == {0: 3000, 1: 3000}


def test_fast_steps_are_not_all_looked_at(jobs: Jobs) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, steps=600, delay=0.001)
    assert job.ends() == 0
    looks = [int(text) for text in re.findall(r"looked (\d+) times", job.said())]
    assert looks[0] == looks[1]
    assert 3 <= looks[0] < 300, job.said()


def test_without_a_console_no_rank_looks(jobs: Jobs) -> None:
    job = jobs.start("plain_ranks.py", ranks=2, watched=False, steps=50)
    assert job.ends() == 0
    assert left_at(job) == {0: 50, 1: 50}
    assert job.said().count("errors 0") == 2


def rank_of(pid: int) -> int | None:
    """The rank torchrun gave a process."""
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            words = dict(word.partition(b"=")[::2] for word in file.read().split(b"\0"))
    except OSError:
        return None
    return int(words[b"RANK"]) if b"RANK" in words else None
