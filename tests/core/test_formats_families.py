"""Every value in logs of known trainers, against what they logged themselves."""

from __future__ import annotations

import json
from math import log

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.formats import MeasuredBlock, Reader
from tests.core.capture_values import (
    LOGS,
    Points,
    capture,
    computed,
    points,
    read,
    records,
    without_step,
)

CAPTURES = {
    "synth_nanogpt": "nanogpt",
    "synth_llmc": "llm.c",
    "synth_megatron": "megatron",
    "synth_nemo_printer": "nemo",
    "synth_torchtitan_plain": "torchtitan",
    "synth_fairseq_simple": "fairseq",
    "synth_open_clip": "open_clip",
    "synth_timm": "timm",
    "synth_deepspeed": "deepspeed",
    "xgb_pty": "xgboost",
}


def check(name: str, told: dict[str, Points], others: set[str], facts: dict[str, str]) -> None:
    """The capture has exactly these metrics, of which `others` are made up by who captured it, and
    says these facts."""
    seen = read(capture(name))
    said = seen.as_json()
    assert said["format"] == CAPTURES[name]
    for metric, expected in told.items():
        assert seen.metrics[metric] == expected, metric
    assert set(seen.metrics) == set(told) | others
    assert seen.facts == facts


def test_nanogpt_is_read_to_the_digits_printed() -> None:
    evaluated = [one for one in records() if "val_loss" in one]
    train = [(one["step"], float(f"{one['loss']:.4f}")) for one in evaluated]
    told = {
        "loss": points("loss", ".4f"),
        "step_seconds": points("dt", ".2f", 1000, shift=-3),
        "validation/loss": points("val_loss", ".4f"),
        "validation/train_loss": train,
    }
    check("synth_nanogpt", told, {"mfu"}, {})


def test_llm_c_is_read_to_the_digits_printed() -> None:
    told = {
        "loss": points("loss", ".6f"),
        "gradient_norm": points("grad_norm", ".4f"),
        "learning_rate": points("lr", ".2e"),
        "step_seconds": points("dt", ".2f", 1000, shift=-3),
        "throughput": points("tok_s", ".0f"),
        "validation/loss": without_step(points("val_loss", ".6f")),
    }
    check("synth_llmc", told, {"mfu", "loss_z", "gradient_norm_z"}, {"total_steps": "150"})


def test_megatron_is_read_to_the_digits_printed() -> None:
    told = {
        "loss": points("loss", ".6E"),
        "learning_rate": points("lr", ".6E"),
        "gradient_norm": points("grad_norm", ".3f"),
        "aux_loss": points("aux", ".2f"),
        "step_seconds": points("dt", ".1f", 1000, shift=-3),
        "samples": points("step", ".0f", 8),
        "validation/loss": points("val_loss", ".6E"),
    }
    others = {"tflops", "loss_scale", "nan_iterations", "skipped_iterations"}
    check("synth_megatron", told, {*others, "validation/perplexity"}, {"total_steps": "150"})


def test_nemo_is_read_to_the_digits_printed_with_its_own_steps() -> None:
    told = {
        "loss": points("loss", ".4g", first=-1),
        "learning_rate": points("lr", ".4g", first=-1),
        "step_seconds": points("dt", ".4g", first=-1),
        "samples": points("step", ".0f", 8, first=-1),
    }
    check("synth_nemo_printer", told, {"epoch"}, {"total_steps": "149"})


def test_torchtitan_is_read_to_the_digits_printed() -> None:
    told = {
        "loss": points("loss", ".5f"),
        "gradient_norm": points("grad_norm", ".4f"),
        "throughput": points("tok_s", ".0f"),
        "validation/loss": points("val_loss", ".4f"),
    }
    others = {"memory_bytes", "memory_percent", "tflops", "mfu"}
    beside = {f"validation/{name}" for name in ("memory_bytes", "memory_percent", "throughput")}
    check("synth_torchtitan_plain", told, others | beside, {})


def test_torchtitan_is_read_through_its_colours() -> None:
    plain = capture("synth_torchtitan_plain")
    coloured = plain
    for colour, name in enumerate((b"step:", b"loss:", b"grad_norm:", b"memory:", b"tps:")):
        coloured = coloured.replace(name, b"\x1b[%dm" % (31 + colour) + name)
    coloured = coloured.replace(b"\n", b"\x1b[39m\n")
    assert coloured != plain
    assert read(coloured).metrics == read(plain).metrics


def test_fairseq_is_read_to_the_digits_printed() -> None:
    told = {
        "loss_bits": points("loss", ".3f", 1 / log(2)),
        "perplexity": computed(lambda one: 2 ** (one["loss"] / log(2)), ".2f"),
        "learning_rate": points("lr", "g"),
        "gradient_norm": points("grad_norm", ".3f"),
        "throughput": points("tok_s", ".1f"),
    }
    others = {
        "loss", "epoch", "clipped_percent", "memory_free_bytes", "sentences_per_batch",
        "tokens_per_batch", "updates_per_second",
    }  # fmt: skip
    check("synth_fairseq_simple", told, others, {"batches_per_epoch": "150"})


def test_fairseq_tells_its_loss_in_nats() -> None:
    told = read(capture("synth_fairseq_simple")).metrics
    for (step, loss), (_, bits), true in zip(
        told["loss"], told["loss_bits"], records(), strict=True
    ):
        assert step == true["step"]
        assert loss == round(bits * log(2), 4)
        assert abs(loss - true["loss"]) < 0.0005 * log(2) + 0.00005


def test_open_clip_is_read_to_the_digits_printed_without_steps() -> None:
    told = {
        "loss": points("loss", "#.5g"),
        "loss_average": points("ema_loss", "#.5g"),
        "contrastive_loss": points("loss", "#.5g"),
        "contrastive_loss_average": points("ema_loss", "#.5g"),
        "learning_rate": points("lr", ".6f"),
        "samples": points("step", ".0f", 8),
        "samples_per_second": computed(lambda one: 8 / one["dt"], "#g"),
        "samples_per_second_per_gpu": computed(lambda one: 8 / one["dt"], "#g"),
        "step_seconds": points("dt", ".3f"),
        "epoch": [(step, step * 8 / 1200) for step in range(1, 151)],
    }
    without = {name: without_step(values) for name, values in told.items()}
    others = {"data_seconds", "logit_scale"}
    check("synth_open_clip", without, others, {"total_samples": "1200"})


def test_timm_is_read_to_the_digits_printed_with_its_own_steps() -> None:
    told = {
        "loss": points("loss", "#.3g", first=-1),
        "loss_average": points("ema_loss", "#.3g", first=-1),
        "learning_rate": points("lr", ".3e", first=-1),
        "samples_per_second": computed(lambda one: 8 / one["dt"], ".2f", first=-1),
        "step_seconds": points("dt", ".3f", first=-1),
    }
    check("synth_timm", told, {"epoch", "data_seconds"}, {"batches_per_epoch": "150"})


def test_deepspeed_is_read_to_the_digits_printed() -> None:
    told = {
        "loss": points("loss", ".4f"),
        "learning_rate": [(o["step"], o["lr"]) for o in records()],
        "step_seconds": points("dt", ".3f"),
        "samples_per_second_average": [(o["step"], 8 / o["dt"]) for o in records()],
    }
    others = {
        "epoch", "memory_bytes", "memory_peak_bytes", "samples_per_second", "skipped_iterations",
    }  # fmt: skip
    check("synth_deepspeed", told, others, {})


def test_xgboost_is_read_to_the_digits_printed() -> None:
    history = json.loads((LOGS / "xgb_pty.json").read_text())["history"]
    told = {
        f"{where}{metric}": [
            (step, float(f"{value:.5f}")) for step, value in enumerate(history[data][metric])
        ]
        for data, where in (("train", ""), ("eval", "validation/"))
        for metric in ("logloss", "auc")
    }
    told["loss"] = told["logloss"]
    told["validation/loss"] = told["validation/logloss"]
    check("xgb_pty", told, set(), {})


@pytest.mark.parametrize("name", CAPTURES)
@given(st.data())
@settings(max_examples=8, deadline=None)
def test_any_chunks_give_the_same_values(name: str, data: st.DataObject) -> None:
    raw = capture(name)[:6000]
    cuts = data.draw(st.lists(st.integers(0, len(raw)), max_size=40))
    whole, parts = read(raw), read(raw, cuts)
    assert whole.metrics
    assert repr(parts) == repr(whole)


@pytest.mark.parametrize("name", CAPTURES)
def test_a_large_block_says_what_its_lines_say(name: str) -> None:
    rows = capture(name).replace(b"\r\n", b"\n") * 3
    lines = rows.splitlines(keepends=True)
    whole, single = Reader(), Reader()
    at_once = whole.read(rows, 5)
    by_line = [item for row, line in enumerate(lines) for item in single.read(line, 5 + row)]
    assert len(lines) > 400
    assert not any(isinstance(item, MeasuredBlock) for item in at_once)
    assert repr(at_once) == repr(by_line)
    assert whole.save() == single.save()
    assert whole.summary()["formats"] == [CAPTURES[name]]


@pytest.mark.parametrize("name", CAPTURES)
def test_a_terminal_and_a_pipe_give_the_same_values(name: str) -> None:
    pipe = capture(name).replace(b"\r\n", b"\n")
    assert repr(read(pipe.replace(b"\n", b"\r\n"))) == repr(read(pipe))
