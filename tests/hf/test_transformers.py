"""The hook in transformers: orders at their step, and a training that does not notice."""

from __future__ import annotations

import json
import os
import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.hf.needed import needs
from tests.hf.test_ranks import rank_of
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.hf.conftest import Job, Jobs

pytestmark = [*needs("transformers"), pytest.mark.timeout(240)]


@pytest.mark.parametrize("accumulation", [1, 2])
def test_a_paused_saved_and_validated_training_is_bit_identical(
    jobs: Jobs, accumulation: int
) -> None:
    options = {"steps": 40, "dropout": 0.2, "accumulation": accumulation}
    alone = jobs.start("hf_train.py", watched=False, hook=False, **options)
    job = jobs.start("hf_train.py", delay=0.05, **options)
    job.reached(5)
    paused = job.obeys("pause", args={"checkpoint": True})
    validated = job.obeys("validate")
    saved = job.obeys("checkpoint")
    job.obeys("resume")
    job.reached(paused["step"] + 3)
    again = job.obeys("validate")
    assert job.ends() == alone.ends() == 0
    answers = (paused, validated, saved, again)
    assert [answer["outcome"] for answer in answers] == ["done"] * 4
    assert validated["step"] == saved["step"] == paused["step"]
    assert (job.out / f"checkpoint-{paused['step']}" / "model.safetensors").exists()
    assert validated["values"]["loss"] > 0
    assert len(job.losses()) == 40
    assert job.losses() == alone.losses()


def facts(job: Job) -> dict[str, Any]:
    return {k: v for one in job.desk.records("info") for k, v in one["values"].items()}


def logged(job: Job, name: str) -> dict[int, Any]:
    """Step → value of a metric."""
    logs = job.desk.records("log")
    return {one["step"]: one["values"][name] for one in logs if name in one["values"]}


def test_everything_of_a_training_is_told(jobs: Jobs) -> None:
    given = {"save_strategy": "steps", "save_steps": 10, "eval_strategy": "steps", "eval_steps": 5,
             "save_total_limit": 1, "seed": 7, "weight_decay": 0.02}  # fmt: skip
    job = jobs.start("hf_train.py", steps=20, delay=0.06, final=True, arguments=given)
    assert job.ends() == 0, job.said()
    assert logged(job, "loss") == dict(job.losses())  # to the last digit
    names = {"learning_rate", "gradient_norm", "step_seconds", "compute_seconds", "aux_loss",
             "steps_per_second", "throughput"}  # fmt: skip
    assert names <= job.desk.records("log")[5]["values"].keys()
    shares = [one["experts"]["share"] for one in job.desk.records("log") if "experts" in one]
    assert len(shares) >= 15
    assert all(len(one) == 4 and abs(sum(one) - 1) < 1e-6 for one in shares)
    evaluations = job.desk.records("eval")
    assert [(one["step"], one["split"]) for one in evaluations] == [
        (5, "validation"), (10, "validation"), (15, "validation"), (20, "validation"), (20, "test"),
    ]  # fmt: skip
    assert {"loss", "runtime", "samples_per_second"} <= evaluations[0]["values"].keys()
    saves = job.desk.records("save")
    assert [(one["step"], one["ok"]) for one in saves] == [(10, True), (20, True)]
    assert saves[1]["bytes"] > 10_000
    assert saves[1]["kept"] == [saves[1]["path"]]
    assert saves[1]["seconds"] > 0
    phases = job.desk.phases()
    assert phases.count("validating") == 5
    assert phases.count("saving") == 2
    said = facts(job)
    assert said["model"] == "Qwen3MoeForCausalLM"
    expected = {"experts": 4, "active_experts": 2, "method": "full", "dataset_size": 200,
                "validation_size": 16, "batch_size": 4, "gradient_accumulation": 1, "seed": 7,
                "total_steps": 20, "precision": "fp32", "mode": "Single CPU", "schedule": "linear",
                "checkpoint_interval_steps": 10, "validation_interval_steps": 5,
                "weight_decay": 0.02, "completed_steps": 20}  # fmt: skip
    assert {name: said.get(name) for name in expected} == expected
    assert said["best_loss"] == min(loss for _, loss in job.losses())
    assert job.desk.records("bye")[0]["reason"] == "finished"


def test_lora_is_told_with_its_norms(jobs: Jobs) -> None:
    pytest.importorskip("peft", reason="needs peft: make test-hf")
    job = jobs.start("hf_train.py", steps=101, lora=True, delay=0.06)
    assert job.ends() == 0, job.said()
    said = facts(job)
    assert (said["method"], said["lora_r"], said["lora_alpha"]) == ("LoRA", 4, 8)
    assert said["lora_targets"] == ["q_proj", "v_proj"]
    assert said["trainable_parameters"] < said["parameters"]
    layers = [f"model.layers.{n}.self_attn.{p}_proj" for n in (0, 1) for p in "qv"]
    for layer in layers:
        assert set(logged(job, f"lora/{layer}/A")) == {50, 100}
        assert 0 < logged(job, f"lora/{layer}/B")[50] < logged(job, f"lora/{layer}/B")[100]


def test_settings_and_a_stop(jobs: Jobs) -> None:
    given = {"save_strategy": "steps", "save_steps": 5000, "weight_decay": 0.01}
    job = jobs.start("hf_train.py", steps=1000, delay=0.06, arguments=given)
    job.reached(5)
    wanted = {"learning_rate": 0.0001, "weight_decay": 0.3, "gradient_clip": 0.5,
              "checkpoint_interval_steps": 400}  # fmt: skip
    changed = job.obeys("set", args=wanted)
    refused = job.obeys("set", args={"batch_size": 3})
    job.reached(changed["step"] + 8)
    stopped = job.obeys("stop")
    assert job.ends() == 0, job.said()
    assert (changed["outcome"], changed["values"]) == ("done", wanted)
    assert refused["outcome"] == "rejected"
    step, rates = changed["step"], logged(job, "learning_rate")
    assert rates[step] > 0.0009
    assert rates[step + 1] == pytest.approx(0.0001)
    decay = (1000 - step - 8) / (1000 - step)  # the schedule goes on from there
    assert rates[step + 9] == pytest.approx(0.0001 * decay, rel=1e-3)
    assert stopped["outcome"] == "done"
    state = json.loads(
        (job.out / f"checkpoint-{stopped['step']}" / "trainer_state.json").read_text()
    )
    assert state["global_step"] == stopped["step"]
    assert state["save_steps"] == 400
    assert f"ended at {stopped['step'] + 1}" in job.said()  # see the module: one step more
    assert job.desk.records("bye")[0]["reason"] == "stopped"


def test_an_order_after_the_training_is_refused(jobs: Jobs) -> None:
    job = jobs.start("hf_train.py", steps=3, linger=30)
    job.reached(2)
    greetings = [one["orders"] for one in wait_until(lambda: job.desk.records("hello")[1:], 60)]
    assert greetings == [[]]
    refused = job.obeys("checkpoint")
    assert (refused["outcome"], refused["detail"]) == ("rejected", "the training is over")


def test_a_training_nobody_watches_is_left_alone(jobs: Jobs) -> None:
    job = jobs.start("hf_train.py", watched=False, steps=5)
    assert job.ends() == 0
    assert "ended at 5" in job.said()


def test_two_processes_pause_longer_than_their_group_allows(jobs: Jobs) -> None:
    job = jobs.start("hf_train.py", ranks=2, steps=3000, timeout=3, slow_rank=1)
    job.reached(5)
    paused = job.obeys("pause")
    assert paused["outcome"] == "done"
    until = time.monotonic() + 7
    wait_until(lambda: time.monotonic() > until or job.process.poll() is not None, 12)
    saved, validated = job.obeys("checkpoint"), job.obeys("validate")
    job.obeys("resume")
    job.reached(paused["step"] + 5)
    again = job.obeys("validate")
    stopped = job.obeys("stop")
    assert job.ends() == 0, job.said()
    answers = (saved, validated, again, stopped)
    assert [answer["outcome"] for answer in answers] == ["done"] * 4
    assert saved["step"] == validated["step"] == paused["step"]
    assert job.said().count(f"ended at {stopped['step'] + 1}") == 2
    assert facts(job)["mode"] == "Distributed, 2 CPUs"


def test_a_rank_killed_while_it_trains_leaves_nobody_behind(jobs: Jobs) -> None:
    job = jobs.start("hf_train.py", ranks=2, steps=100_000, timeout=3)
    job.reached(5)
    workers = [pid for pid in job.watch() if rank_of(pid) is not None]
    os.kill(next(pid for pid in workers if rank_of(pid) == 1), signal.SIGKILL)
    assert job.ends() != 0
