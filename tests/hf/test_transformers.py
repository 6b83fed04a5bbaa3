"""The hook in transformers: orders at their step, and a training that does not notice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hf.needed import needs

if TYPE_CHECKING:
    from tests.hf.conftest import Jobs

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
