"""Values of a run printed through the formats of known trainers, and read back."""

from __future__ import annotations

import json
from collections.abc import Callable
from math import log

from tests.core.capture_values import Points, Record, computed, points, read, records


def log_of(line: Callable[[Record], str]) -> bytes:
    """A log with what a program prints for each record."""
    return "".join(line(one) + "\n" for one in records()).encode()


def assert_printed(line: Callable[[Record], str], told: dict[str, Points], name: str) -> None:
    """A log printed with a program's format has these values."""
    seen = read(log_of(line))
    assert seen.as_json()["format"] == name
    assert seen.as_json()["recognised"] == seen.as_json()["lines"]
    for metric, expected in told.items():
        assert seen.metrics[metric] == expected, metric


def test_nanochat_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        step = (
            f"step {one['step']:05d}/{150:05d} ({one['step'] / 1.5:.2f}%) | loss: "
            f"{one['ema_loss']:.6f} | lrm: {one['lr'] / 0.003:.2f} | dt: {one['dt'] * 1000:.2f}ms |"
            f" tok/sec: {int(one['tok_s']):,} | bf16_mfu: 41.23 | epoch: 1 pq: 0 rg: 3 | "
            f"total time: 0.04m | eta: 0.1m"
        )
        validation = f"Step {one['step']:05d} | Validation bpb: {one.get('val_loss', 0):.6f}\n"
        return (validation if "val_loss" in one else "") + step

    told = {
        "loss": points("ema_loss", ".6f"),
        "learning_rate_multiplier": points("lr", ".2f", 1 / 0.003),
        "step_seconds": points("dt", ".2f", 1000, shift=-3),
        "throughput": [(one["step"], float(int(one["tok_s"]))) for one in records()],
        "validation/bits_per_byte": points("val_loss", ".6f"),
    }
    assert_printed(line, told, "nanochat")


def test_torchtune_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        return (
            f"Step {one['step']} | loss:{one['loss']} lr:{one['lr']} "
            f"tokens_per_second_per_gpu:{one['tok_s']} grad_norm:{one['grad_norm']} "
        )

    names = {"loss": "loss", "lr": "learning_rate", "tok_s": "throughput"}
    told = {
        name: [(one["step"], float(one[key])) for one in records()]
        for key, name in {**names, "grad_norm": "gradient_norm"}.items()
    }
    assert_printed(line, told, "torchtune")


def test_maxtext_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        step = (
            f"completed step: {one['step'] - 1}, seconds: {one['dt']:.3f}, TFLOP/s/device: 37.633, "
            f"Tokens/s/device: {one['tok_s']:.3f}, total_weights: 512, loss: {one['loss']:.3f}, "
            f"lm_loss: {one['loss']:.3f}, perplexity: 1.000, moe_lb_loss: {one['aux']:.6f}"
        )
        step = f"I0706 16:50:26.2 140 metric_logger.py:214] {step}"
        if "val_loss" not in one:
            return step
        return f"{step}\nCompleted eval after train step {one['step']}, loss={one['val_loss']:.3f}"

    told = {
        "loss": points("loss", ".3f", first=-1),
        "step_seconds": points("dt", ".3f", first=-1),
        "throughput": points("tok_s", ".3f", first=-1),
        "aux_loss": points("aux", ".6f", first=-1),
        "validation/loss": points("val_loss", ".3f"),
    }
    assert_printed(line, told, "maxtext")


def test_fairseq_json_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        stats = {
            "epoch": 1, "update": round(one["step"] / 150, 3),
            "loss": f"{one['loss'] / log(2):.3f}", "wps": f"{one['tok_s']:.1f}",
            "num_updates": str(one["step"]), "lr": f"{one['lr']:g}",
            "gnorm": f"{one['grad_norm']:.3f}", "wall": "1",
        }  # fmt: skip
        return f"2026-03-01 09:00:01 | INFO | train_inner | {json.dumps(stats)}"

    told = {
        "loss_bits": points("loss", ".3f", 1 / log(2)),
        "throughput": points("tok_s", ".1f"),
        "learning_rate": points("lr", "g"),
        "gradient_norm": points("grad_norm", ".3f"),
    }
    assert_printed(line, told, "fairseq")


def test_mlx_lm_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        step = (
            f"Iter {one['step']}: Train loss {one['loss']:.3f}, Learning Rate {one['lr']:.3e}, "
            f"It/sec {1 / one['dt']:.3f}, Tokens/sec {one['tok_s']:.3f}, Trained Tokens "
            f"{512 * one['step']}, Peak mem 12.340 GB"
        )
        validation = f"Iter {one['step']}: Val loss {one.get('val_loss', 0):.3f}, Val took 1.5s\n"
        return (validation if "val_loss" in one else "") + step

    told = {
        "loss": points("loss", ".3f"),
        "learning_rate": points("lr", ".3e"),
        "throughput": points("tok_s", ".3f"),
        "steps_per_second": computed(lambda one: 1 / one["dt"], ".3f"),
        "trained_tokens": points("step", ".0f", 512),
        "validation/loss": points("val_loss", ".3f"),
    }
    assert_printed(line, told, "mlx-lm")


def test_mlx_lm_table_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        row = (
            f"  \x1b[90m{one['step']:>4}\x1b[0m    \x1b[1;32m{one['loss']:>5.3f} ▼\x1b[0m    "
            f"\x1b[1m{one['tok_s']:>5,.0f}\x1b[0m    \x1b[90m{512 * one['step'] / 1000:>5.1f}k"
            "\x1b[0m"
        )
        head = "  iter   train_loss     tok/s     tokens\n" if one["step"] == 1 else ""
        validation = f"  {one['step']:>4}    val {one.get('val_loss', 0):>5.3f}    1.23s\n"
        return head + (validation if "val_loss" in one else "") + row

    told = {
        "loss": points("loss", ".3f"),
        "throughput": points("tok_s", ".0f"),
        "trained_tokens": points("step", ".1f", 0.512, shift=3),
        "validation/loss": points("val_loss", ".3f"),
    }
    assert_printed(line, told, "mlx-lm")


def test_lightgbm_is_read_to_the_digits_printed() -> None:
    def line(one: Record) -> str:
        return (
            f"[{one['step']}]\ttraining's binary_logloss: {one['loss']:g}\ttraining's auc: "
            f"{one['lr']:g}\tvalid_1's binary_logloss: {one['ema_loss']:g}"
        )

    told = {
        "binary_logloss": points("loss", "g"),
        "loss": points("loss", "g"),
        "auc": points("lr", "g"),
        "validation/binary_logloss": points("ema_loss", "g"),
        "validation/loss": points("ema_loss", "g"),
    }
    assert_printed(line, told, "lightgbm")
