"""Dictionaries and progress bars through a recorder that is killed all the time."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING

import pytest

from tests.backend.paper import Paper, drain
from tests.core.formats_reading import capture, truth

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("seed", range(3))
def test_killed_at_any_moment_each_dictionary_keeps_its_step(tmp_path: Path, seed: int) -> None:
    chance, data = random.Random(seed), capture("trl_pty")
    paper, at = Paper(tmp_path / "run"), 0
    while at < len(data):
        recorder = paper.recorder()
        size = chance.randrange(1, 6000)
        paper.say(data[at : at + size])
        at += size
        drain(recorder)
        paper.pass_time(1.0)
        if chance.random() < 0.5:
            recorder.commit()
        paper.kill()
    recorder = paper.recorder()
    drain(recorder)
    assert recorder.flush()
    recorder.commit()
    logs = [log for log in truth("trl_pty")["logs"] if "loss" in log]
    told = [(step, float(text)) for step, text in paper.series()["loss"]]
    assert told == [(log["step"], float(f"{log['loss']:.4g}")) for log in logs]
    assert recorder.state.position.total_steps == 200
    assert json.dumps(recorder.state.configuration.format)


def test_a_dictionary_is_told_when_its_bar_is_drawn_not_when_it_moves_on(tmp_path: Path) -> None:
    paper = Paper(tmp_path / "run")
    recorder = paper.recorder()
    paper.say("\r  0%|  | 0/50 [00:00<?, ?it/s]\r          \r")
    paper.say("{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}\n")
    drain(recorder)
    assert recorder.state.value("loss") is None
    paper.say("\r 10%|# | 5/50 [00:09<00:90,  1.8s/it]")
    drain(recorder)
    assert recorder.state.value("loss") == 1.5
    assert recorder.state.position.step == 5
