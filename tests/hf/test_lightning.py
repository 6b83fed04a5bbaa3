"""The hook in Lightning: orders at their step, and a training that does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hf.needed import needs

if TYPE_CHECKING:
    from tests.hf.conftest import Jobs

pytestmark = [*needs("lightning"), pytest.mark.timeout(240)]


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_paused_saved_and_validated_training_is_bit_identical(
    jobs: Jobs, accumulation: int
) -> None:
    alone = jobs.start("lightning_train.py", watched=False, hook=False, accumulation=accumulation)
    job = jobs.start("lightning_train.py", delay=0.05, accumulation=accumulation)
    job.reached(5)
    paused, validated = job.obeys("pause"), job.obeys("validate")
    saved, again = job.obeys("checkpoint"), job.obeys("validate")
    assert job.desk.phases()[-1] == "paused"
    job.obeys("resume")
    job.reached(paused["step"] + 3)
    later = job.obeys("validate")
    assert job.ends() == alone.ends() == 0
    answers = (paused, validated, saved, again, later)
    assert [answer["outcome"] for answer in answers] == ["done"] * 5
    assert paused["step"] == validated["step"] == saved["step"] == again["step"]
    assert validated["values"] == again["values"]
    assert validated["values"]["loss"] > 0
    assert (job.out / "checkpoints" / f"step={paused['step']}.ckpt").exists()
    assert job.losses() == alone.losses()
    assert len(job.losses()) == 80
    assert "errors [0]" in job.said()


def test_settings_and_a_stop(jobs: Jobs) -> None:
    job = jobs.start("lightning_train.py", epochs=40, delay=0.02)
    job.reached(3)
    wanted = {"learning_rate": 0.0005, "weight_decay": 0.2, "gradient_clip": 0.5}
    changed = job.obeys("set", args=wanted)
    job.reached(changed["step"] + 8)
    stopped = job.obeys("stop")
    assert job.ends() == 0
    assert (changed["outcome"], changed["values"]) == ("done", wanted)
    logs = job.desk.records("log")
    rates = {one["step"]: one["values"].get("learning_rate") for one in logs}
    assert rates[changed["step"]] == 0.001
    assert {rates[step] for step in rates if changed["step"] < step < 25} == {0.0005}
    assert f"ended at {stopped['step']} errors [0]" in job.said()
    assert job.desk.records("bye")[0]["reason"] == "stopped"


def test_two_processes_obey_together(jobs: Jobs) -> None:
    distributed = {"strategy": "ddp", "devices": 2}
    job = jobs.start("lightning_train.py", epochs=100, delay=0.01, ranks=2, arguments=distributed)
    job.reached(5)
    paused, validated = job.obeys("pause"), job.obeys("validate")
    saved = job.obeys("checkpoint")
    job.obeys("resume")
    job.reached(paused["step"] + 5)
    stopped = job.obeys("stop")
    assert job.ends() == 0, job.said()
    answers = (paused, validated, saved, stopped)
    assert [answer["outcome"] for answer in answers] == ["done"] * 4
    assert job.said().count(f"ended at {stopped['step']} errors [0]") == 2
    facts = {k: v for one in job.desk.records("info") for k, v in one["values"].items()}
    assert facts["mode"] == "Distributed, 2 CPUs"
