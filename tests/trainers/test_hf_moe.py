"""The trainer that needs torch, where there is none; with torch it is tested in tests/hf."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from console.core.config import load
from console.trainers.hf_moe.settings import from_config
from console.trainers.moe.settings import SettingsError

PRESET = Path(__file__).parents[2] / "configs" / "qwen3_moe_hf.yaml"
WITHOUT = """
import runpy, sys
sys.modules["torch"] = None  # not installed
sys.argv = ["hf_moe", "--config", sys.argv[1]]
runpy.run_module("console.trainers.hf_moe", run_name="__main__")
"""


def test_without_torch_it_says_so_and_what_to_call() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT, str(PRESET)], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert "this trainer needs torch" in line
    assert line.endswith(" -m pip install torch transformers accelerate")


def test_the_preset_says_what_the_defaults_are_not() -> None:
    settings = from_config(load(PRESET.read_bytes(), str(PRESET)))
    assert (settings.experts, settings.active_experts, settings.epochs) == (8, 2, 1)
    assert settings.program.data.name == "synthetic_conversations"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("precision: auto", "precision: fp8", "precision is one of auto, fp32, bf16"),
        ("interval_steps: 200", "interval_minutes: 2", "saves by steps"),
        ("key_heads: 2", "key_heads: 3", "key_heads divide query_heads"),
        ("width: 64", "widht: 64", "program.widht is unknown"),
    ],
)
def test_what_cannot_be_is_said_by_name(old: str, new: str, said: str) -> None:
    text = PRESET.read_text().replace(old, new, 1)
    with pytest.raises(SettingsError, match=said):
        from_config(load(text.encode(), "x.yaml"))
