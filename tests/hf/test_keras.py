"""The hook in Keras: orders at their step, and a training that does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hf.needed import needs

if TYPE_CHECKING:
    from tests.hf.conftest import Jobs

pytestmark = [*needs("keras", "torch"), pytest.mark.timeout(240)]


def test_a_paused_saved_and_validated_training_is_bit_identical(jobs: Jobs) -> None:
    alone = jobs.start("keras_train.py", watched=False, hook=False)
    job = jobs.start("keras_train.py", delay=0.05)
    job.reached(5)
    paused, validated = job.obeys("pause"), job.obeys("validate")
    saved = job.obeys("checkpoint")
    job.obeys("resume")
    assert job.ends() == alone.ends() == 0, job.said()
    answers = (paused, validated, saved)
    assert [answer["outcome"] for answer in answers] == ["done"] * 3
    assert paused["step"] == validated["step"] == saved["step"]
    assert set(validated["values"]) == {"loss", "accuracy"}
    assert (job.out / "checkpoints" / f"step-{paused['step']}.keras").exists()
    assert job.losses() == alone.losses()
    assert len(job.losses()) == 80
    assert "errors 0" in job.said()


def test_a_rate_is_set_and_a_stop_obeyed(jobs: Jobs) -> None:
    job = jobs.start("keras_train.py", epochs=40, delay=0.02)
    job.reached(3)
    changed = job.obeys("set", args={"learning_rate": 0.25})
    stopped = job.obeys("stop", args={"checkpoint": False})
    assert job.ends() == 0
    assert changed["outcome"] == stopped["outcome"] == "done"
    assert "errors 0 rate 0.25" in job.said()
    assert len(job.losses()) == stopped["step"]
