"""What the configuration may say, and what the preset says."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.core.config import load
from console.core.config_view import configuration_state, panel
from console.core.format import UNKNOWN
from console.trainers.moe import steering
from console.trainers.moe.settings import Settings, SettingsError, from_config

PRESET = Path(__file__).parents[2] / "configs" / "qwen_moe.yaml"
COMMAND = "run: {command: [x]}\n"


def read(text: str) -> Settings:
    return from_config(load((COMMAND + text).encode(), "mine.yaml"))


def preset() -> Settings:
    return from_config(load(PRESET.read_bytes(), "qwen_moe.yaml"))


def test_the_preset_says_what_is_used_and_has_more_than_ten_epochs() -> None:
    settings = preset()
    assert settings.epochs > 10
    assert (settings.experts, settings.active_experts) == (8, 2)
    assert settings.interval_minutes
    assert settings.betas == (0.9, 0.99)


def test_the_preset_fills_every_field_of_the_configuration_panel() -> None:
    config = load(PRESET.read_bytes(), "qwen_moe.yaml")
    settings = from_config(config)
    facts = steering.facts(settings, steering.Tuning.of(settings), 1000, "CPU")
    for known in (facts, {}):
        assert UNKNOWN not in dict(panel(config, known)).values()
    state = configuration_state(config, facts, "qwen_moe.yaml", None)
    sections = ("model", "training", "optimization", "checkpointing")
    assert None not in [value for name in sections for value in state[name].values()]


def test_facts_and_configuration_agree() -> None:
    config = load(PRESET.read_bytes(), "qwen_moe.yaml")
    settings = from_config(config)
    facts = steering.facts(settings, steering.Tuning.of(settings), 1000, "CPU")
    assert panel(config, facts)[1:] == panel(config, {})[1:]  # but the number of parameters


def test_what_is_left_out_has_a_default() -> None:
    settings = read("")
    assert settings == Settings(file="mine.yaml")
    assert settings.dimensions.head_width * settings.dimensions.query_heads == 64


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("program: {widht: 3}", "program.widht is unknown"),
        ("program: {width: wide}", "program.width is like 64, not 'wide'"),
        ("program: {data: {split: 1}}", "program.data.split is like"),
        ("program: {data: {split: [0.5, 0.5, 0.5]}}", "three shares"),
        ("program: {data: {name: wikipedia}}", "synthetic_conversations"),
        ("program: [1]", "program is a mapping"),
        ("program: {width: 30}", "query_heads divide width"),
        ("program: {query_heads: 4, key_heads: 3}", "key_heads divide query_heads"),
        ("optimization: {schedule: step}", "schedule is one of cosine"),
        ("optimization: {optimizer: SGD}", "optimizer is AdamW"),
        ("training: {precision: fp16}", "precision is fp32"),
    ],
)
def test_what_this_trainer_cannot_do_is_refused_by_name(text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        read(text)


def test_the_checkpoints_of_a_run_are_in_its_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert read("").checkpoint_folder == Path("checkpoints", "Qwen-MoE-Mini")
    monkeypatch.setenv("GLADIUS_RUN_DIR", str(tmp_path))
    assert read("").checkpoint_folder == tmp_path / "checkpoints"
    assert read("checkpointing: {folder: elsewhere}").checkpoint_folder == Path("elsewhere")
