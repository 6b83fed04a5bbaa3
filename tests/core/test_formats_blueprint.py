"""The blueprint's stream: every line of its picture, and real values to the digits printed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from console.core.formats import (
    Evaluated,
    Fact,
    Found,
    Measured,
    MeasuredBlock,
    Reader,
    Saved,
    Total,
)  # fmt: skip

LOGS = Path(__file__).parent.parent / "logs"

STEP = 46 * 12000 + 8450

PICTURE: dict[str, list[Found]] = {
    "[gladius@training-server ~]$": [Fact(0, "command", "python train.py --config qwen_moe.yaml")],
    "Initializing": [Fact(2, "program", "GLADIUS Training Pipeline v2.0")],
    "✓ Config": [Fact(4, "config", "qwen_moe.yaml")],
    "✓ Dataset": [
        Fact(5, "dataset", "/data/synthetic_conversations"),
        Total(5, "total_samples", 847_293),
    ],
    "✓ Model": [
        Fact(6, "model", "Qwen2.5-14B-Instruct-MoE"),
        Total(6, "experts", 8),
        Fact(6, "parameters", 14_000_000_000),
    ],
    "✓ Tokenizer": [Fact(7, "tokenizer", "Qwen2Tokenizer"), Fact(7, "vocab_size", 151_643)],
    "✓ Device": [
        Fact(8, "device", "2x NVIDIA A100-80GB"),
        Fact(8, "memory_total_bytes", 160_000_000_000),
    ],
    "Starting training": [
        Total(10, "total_epochs", 100),
        Total(10, "batches_per_epoch", 12_000),
        Total(10, "total_steps", 1_200_000),
    ],
    "Epoch 47 | Batch 8450": [
        Measured(13, STEP, 47.0, 8450, {"loss": 0.0234}, expert_loss=(0.021, 0.025))
    ],
    "Throughput: 2,847": [
        Measured(14, STEP, values={
            "throughput": 2847.0, "memory_bytes": 142.3e9, "memory_total_bytes": 160e9,
            "temperature": 67.0, "temperature_max": 73.0,
        })
    ],
    "70.4%": [Measured(15, STEP, values={"progress": 0.704})],
    "[INFO] Expert routing": [Measured(17, STEP, expert_share=(0.14, 0.13, 0.12, 0.13, 0.12))],
    "[INFO] Learning rate": [
        Measured(18, STEP, values={"learning_rate": 1.2e-5}),
        Fact(18, "schedule", "cosine"),
    ],
    "[WARN] Expert-4": [Measured(19, STEP, values={"expert_share/4": 0.08})],
    "[INFO] Gradient accumulation": [Fact(20, "gradient_accumulation", 4)],
    "[INFO] Checkpoint saved": [Saved(21, "checkpoints/epoch_47_batch_8450.pt", STEP)],
    "Epoch 47 | Batch 8451": [
        Measured(23, STEP + 1, 47.0, 8451, {"loss": 0.0231}, expert_loss=(0.020, 0.024))
    ],
    "Throughput: 2,852": [
        Measured(24, STEP + 1, values={
            "throughput": 2852.0, "memory_bytes": 142.5e9, "memory_total_bytes": 160e9,
            "temperature": 67.0, "temperature_max": 73.0,
        })
    ],
    "70.5%": [Measured(25, STEP + 1, values={"progress": 0.705})],
    "Epoch 47 | Batch 8452": [
        Measured(27, STEP + 2, 47.0, 8452, {"loss": 0.0229}, expert_loss=(0.019, 0.023))
    ],
    "70.6%": [Measured(28, STEP + 2, values={"progress": 0.706})],
}  # fmt: skip
DECORATION = ("═", "─", "[█ Auto-scroll")


def picture() -> bytes:
    return (LOGS / "blueprint_stream.txt").read_bytes()


def test_every_line_of_the_picture_is_understood() -> None:
    reader = Reader()
    expected = iter(PICTURE.items())
    for row, line in enumerate(picture().decode().splitlines()):
        found = reader.read((line + "\n").encode(), row)
        if not line or line.startswith(DECORATION):
            assert found == []
        else:
            key, facts = next(expected)
            assert key in line
            assert found == facts
    assert next(expected, None) is None
    assert reader.summary()["lines"] == reader.summary()["recognised"] == len(PICTURE)
    assert reader.summary()["formats"] == ["blueprint"]


def test_the_picture_as_one_block_gives_the_same() -> None:
    assert Reader().read(picture(), 0) == [fact for facts in PICTURE.values() for fact in facts]


def test_real_values_are_read_to_the_digits_printed() -> None:
    truth = json.loads((LOGS / "synth_blueprint.json").read_text())["records"]
    reader = Reader()
    rows = (LOGS / "synth_blueprint.raw").read_bytes().splitlines(keepends=True)
    found = [fact for row, line in enumerate(rows) for fact in reader.read(line, row)]
    batches = [fact for fact in found if isinstance(fact, Measured) and "loss" in fact.values]
    speeds = [fact for fact in found if isinstance(fact, Measured) and "throughput" in fact.values]
    assert len(batches) == len(speeds) == len(truth) == 150
    for record, batch, speed in zip(truth, batches, speeds, strict=True):
        assert batch.step == batch.batch == speed.step == record["step"]
        assert batch.values["loss"] == float(f"{record['loss']:.4f}")
        assert batch.expert_loss == tuple(float(f"{load:.3f}") for load in record["load"])
        assert speed.values["throughput"] == float(f"{record['tok_s']:.0f}")
        assert speed.values["memory_bytes"] == 142.3e9


LINES: dict[str, list[Found]] = {
    "Throughput: 1,024 tokens/sec | Memory: — | Temp: —": [
        Measured(0, values={"throughput": 1024.0})
    ],
    "Throughput: 1,024 tokens/sec | Memory: n/a | Temp: n/a": [
        Measured(0, values={"throughput": 1024.0})
    ],
    "Throughput: — | Memory: 0.31GB/16.8GB | Temp: 67°C/—": [
        Measured(0, values={
            "memory_bytes": 0.31e9, "memory_total_bytes": 16.8e9, "temperature": 67.0,
        })
    ],
    "Throughput: 12.5 tokens/sec | Memory: 142.3/160GB | Temp: —/73°C": [
        Measured(0, values={
            "throughput": 12.5, "memory_bytes": 142.3e9, "memory_total_bytes": 160e9,
            "temperature_max": 73.0,
        })
    ],
    "Throughput: — | Memory: —/16GB | Temp: —": [Measured(0, values={"memory_total_bytes": 16e9})],
    "Throughput: — | Memory: 1.5GiB | Temp: 40°C": [
        Measured(0, values={"memory_bytes": 1.5 * 2**30, "temperature": 40.0})
    ],
    "Throughput: — | Memory: — | Temp: —": [],
    "Epoch 2 | Batch 3 | Loss: nan": [Measured(0, 3, 2.0, 3, {"loss": float("nan")})],
    "Epoch 2/9 | Batch 3/1,200 | Loss: 1e-3 | LR: 2e-4 | Expert-2: 0.5": [
        Total(0, "batches_per_epoch", 1200),
        Measured(0, 1203, 2.0, 3, {"loss": 1e-3, "learning_rate": 2e-4},
                 expert_loss=(None, None, 0.5)),
    ],
    "\x1b[32m[SUCCESS]\x1b[0m Checkpoint saved: a b.pt": [Saved(0, "a b.pt")],
    "[INFO] Validation: loss 0.0251 | accuracy 94.7%": [
        Evaluated(0, "validation", {"loss": 0.0251, "accuracy": 0.947})
    ],
    "Test accuracy: 0.932": [Evaluated(0, "test", {"accuracy": 0.932})],
    "[INFO] Expert routing distribution: E0:0% E2:100%": [
        Measured(0, expert_share=(0.0, None, 1.0))
    ],
    "✓ Seed: 42": [Fact(0, "seed", "42")],
    "Validation starts": [],
    "[ERROR] out of memory": [],
    "Epoch | Batch | Loss": [],
    "Learning rate: high": [],
    "▓▓▓ many complete": [],
}  # fmt: skip


@pytest.mark.parametrize("line", LINES)
def test_a_line_says_no_more_than_it_prints(line: str) -> None:
    assert repr(Reader().read((line + "\n").encode(), 0)) == repr(LINES[line])


def read(*lines: str) -> list[int | None]:
    """Steps of the losses in these lines."""
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    return [fact.step for fact in found if isinstance(fact, Measured) and "loss" in fact.values]


def batch(epoch: int, number: int) -> str:
    return f"Epoch {epoch} | Batch {number} | Loss: 0.5"


def test_steps_follow_from_the_batches_of_an_epoch() -> None:
    start = "Starting training: Epoch 3/9, Batch 1/100"
    assert read(start, batch(3, 1), batch(3, 100), batch(4, 1)) == [201, 300, 301]


def test_steps_go_on_when_batches_begin_again_and_nobody_said_how_many() -> None:
    assert read(batch(1, 1), batch(1, 9), batch(2, 1), batch(2, 2), batch(3, 1)) == [
        1,
        9,
        10,
        11,
        12,
    ]


def test_steps_are_the_batches_when_these_go_on() -> None:
    assert read(batch(1, 9), batch(2, 10), batch(3, 11)) == [9, 10, 11]


def test_a_run_that_goes_back_repeats_its_steps() -> None:
    assert read(batch(1, 9), batch(2, 1), batch(1, 8), batch(2, 1)) == [9, 10, 8, 10]


def flood(count: int) -> list[str]:
    """Blueprint lines, some of every kind."""
    lines = []
    for number in range(1, count + 1):
        lines.append(f"Epoch 1 | Batch {number} | Loss: {number / 1e4:.4f} | Expert-0: 0.5")
        lines.append(f"Throughput: {number} tokens/sec | Memory: 1GB/2GB | Temp: 1°C/2°C")
        if number % 10 == 0:
            lines.append(f"\x1b[34m[INFO]\x1b[0m Learning rate: {number}e-9 (cosine schedule)")
        if number % 50 == 0:
            lines.append(f"[INFO] Checkpoint saved: batch_{number}.pt")
            lines.append(f"[INFO] Validation: loss {number / 1e4:.4f}")
    return lines


def test_a_flood_keeps_every_loss_checkpoint_and_evaluation() -> None:
    lines = flood(1000)
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 70)
    (block,) = (fact for fact in found if isinstance(fact, MeasuredBlock))
    assert block.steps == block.batches == list(range(1, 1001))
    assert block.epochs == [1] * 1000
    assert block.values["loss"] == [float(f"{number / 1e4:.4f}") for number in range(1, 1001)]
    assert all(f"Batch {step} " in lines[row - 70]
               for row, step in zip(block.rows, block.steps, strict=True))  # fmt: skip
    saved = [(fact.path, fact.step) for fact in found if isinstance(fact, Saved)]
    assert saved == [(f"batch_{number}.pt", number) for number in range(50, 1001, 50)]
    evaluated = [fact for fact in found if isinstance(fact, Evaluated)]
    assert [fact.step for fact in evaluated] == list(range(50, 1001, 50))


def test_a_flood_is_thinned_but_the_last_of_each_kind_is_read() -> None:
    lines = flood(1000)
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    measured = [fact for fact in found if isinstance(fact, Measured)]
    assert len(measured) < 100
    assert not any("loss" in fact.values for fact in measured)
    last = {name: fact for fact in measured for name in [*fact.values, fact.expert_loss]}
    assert last["throughput"].values["throughput"] == 1000.0
    assert last["learning_rate"].values["learning_rate"] == 1e-6
    assert last[(0.5,)].step == 1000
    for fact in measured:
        if "throughput" in fact.values:
            assert fact.step == fact.values["throughput"]


def test_a_flood_cut_anywhere_gives_the_same_losses() -> None:
    lines = flood(600)
    whole = "".join(line + "\n" for line in lines).encode()
    for size in (3, 150, 400):
        reader = Reader()
        losses: list[tuple[int | None, float]] = []
        for start in range(0, len(lines), size):
            part = "".join(line + "\n" for line in lines[start : start + size]).encode()
            for fact in reader.read(part, start):
                if isinstance(fact, MeasuredBlock):
                    losses += zip(fact.steps, fact.values["loss"], strict=True)
                elif isinstance(fact, Measured) and "loss" in fact.values:
                    losses.append((fact.step, fact.values["loss"]))
        assert losses == [(number, float(f"{number / 1e4:.4f}")) for number in range(1, 601)]
        assert reader.summary()["recognised"] == whole.count(b"\n")


def test_a_start_in_the_middle_of_a_flood_counts_from_there() -> None:
    lines = [*flood(300), "Starting training: Epoch 2/9, Batch 1/5000", *flood(300)]
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    blocks = [fact for fact in found if isinstance(fact, MeasuredBlock)]
    assert blocks[0].steps == list(range(1, 301))
    assert blocks[1].steps == list(range(1, 301))
    assert Total(next(i for i, line in enumerate(lines) if "Starting" in line),
                 "batches_per_epoch", 5000) in found  # fmt: skip


def test_epochs_that_change_within_a_flood_keep_the_steps_growing() -> None:
    lines = [batch(epoch, number) for epoch in range(1, 6) for number in range(1, 101)]
    (block,) = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    assert isinstance(block, MeasuredBlock)
    assert block.steps == list(range(1, 501))


def test_one_odd_loss_in_a_flood_costs_nothing_but_itself() -> None:
    lines = flood(300)
    lines[0] = "Epoch 1 | Batch 1 | Loss: high"
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    assert sum(isinstance(fact, Measured) and "loss" in fact.values for fact in found) == 299


def test_a_progress_line_that_is_redrawn_is_read_from_its_frames() -> None:
    frame = "▓▓▓░░ 60.0% complete".encode()
    assert Reader().read(b"", 7, [frame], [2]) == [Measured(9, values={"progress": 0.6})]
    assert Reader().read(b"", 7, [frame]) == [Measured(-1, values={"progress": 0.6})]
