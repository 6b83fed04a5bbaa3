"""Formats of unknown trainers, levels, and what holds for any input."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.formats import (
    Evaluated,
    Found,
    Measured,
    MeasuredBlock,
    Reader,
    Saved,
    Total,
    level,
    levels,
)

LOGS = Path(__file__).parent.parent / "logs"

KNOWN: dict[str, list[Found]] = {
    "step=3 loss=0.25": [Measured(0, 3, values={"loss": 0.25})],
    "step: 3, train_loss: 2.5e-1, lr: 1e-4, grad_norm: 1.5": [
        Measured(0, 3, values={"loss": 0.25, "learning_rate": 1e-4, "gradient_norm": 1.5})
    ],
    "iter 150: loss 2.0143; time 14.52ms, mfu 3.21%": [Measured(0, 150, values={"loss": 2.0143})],
    "step  150/300 | loss 2.014251 (-0.31z)| norm 1.0106 (+0.12z)| lr 3.00e-03 | 14.52 ms": [
        Total(0, "total_steps", 300),
        Measured(0, 150, values={"loss": 2.014251, "gradient_norm": 1.0106, "learning_rate": 3e-3}),
    ],
    "Epoch 2 batch 10/50 - loss: 0.5 - accuracy: 94.5%": [
        Total(0, "batches_per_epoch", 50),
        Measured(0, 60, 2.0, 10, {"loss": 0.5, "accuracy": 0.945}),
    ],
    "Epoch 3/10 avg loss: 0.5 entropy=2.5": [
        Total(0, "total_epochs", 10),
        Measured(0, None, 3.0, values={"loss": 0.5, "entropy": 2.5}),
    ],
    "step 5 loss=nan": [Measured(0, 5, values={"loss": float("nan")})],
    "step 1000 val_loss: 1.5 val_acc: 0.75": [
        Evaluated(0, "validation", {"loss": 1.5, "accuracy": 0.75}, 1000)
    ],
    "[mine] - INFO - step: 15, loss:  2.01425  memory: 41.35GiB(43.52%)  tps: 35,261": [
        Measured(0, 15, values={"loss": 2.01425, "throughput": 35261.0})
    ],
    "validate step: 150 loss:  1.9759": [Evaluated(0, "validation", {"loss": 1.9759}, 150)],
    "{'loss': '5.48', 'learning_rate': '0.0012', 'epoch': '0.05'}": [
        Measured(0, None, 0.05, values={"loss": 5.48, "learning_rate": 0.0012})
    ],
    '{"step": 7, "loss": 0.5, "moe/expert_0_load": 0.25, "moe/expert_2_load": 0.5}': [
        Measured(0, 7, values={"loss": 0.5}, expert_share=(0.25, None, 0.5))
    ],
    "{'eval_loss': '2.817', 'eval_runtime': '0.0241', 'epoch': '3.2'}": [
        Evaluated(0, "validation", {"loss": 2.817})
    ],
    '2026-03-01 | INFO | train | {"epoch": 1, "train_loss": "2.9", "train_lr": "0.1"}': [
        Measured(0, None, 1.0, values={"loss": 2.9, "learning_rate": 0.1})
    ],
}

UNKNOWN = [
    "",
    "loss",
    "Epoch 1/10",
    "=== Run 7: loss function = cross_entropy, epochs = 10 ===",
    "loss_scale: 1.0 at step 5",
    "Training for 10 epochs, batch 32, loss: mse",
    "best loss so far",
    "{'eos_token_id': 256, 'bos_token_id': None}",
    "{'learning_rate': 0.001, 'loss': 'mse', 'epoch': 10}",
    "{'train_runtime': '13.56', 'train_loss': '2.285', 'epoch': '6'}",
    "| epoch | loss | accuracy |",
    "| 1     | 0.5  | 0.9      |",
    "  2%|▎ | 5/200 [00:00<00:03, 57.01it/s, loss=2.5, step=5]",
    "Downloading: 100%|████| 400/400 [00:01<00:00, 350 examples/s]",
    "step 3 took 12.5ms, normal",
    "2026-03-01 09:00:01 step 5: checkpoint at 10:30 loss unknown",
    "normalised 300 images at step 5: 3.5 each",
    "{" * 9000,
]


@pytest.mark.parametrize("line", KNOWN)
def test_unknown_trainers_are_read_by_names_and_numbers(line: str) -> None:
    reader = Reader()
    assert repr(reader.read((line + "\n").encode(), 0)) == repr(KNOWN[line])
    assert reader.summary()["recognised"] == 1


@pytest.mark.parametrize("line", UNKNOWN)
def test_what_is_no_result_gives_no_metric(line: str) -> None:
    assert Reader().read((line + "\n").encode(), 0) == []


def test_a_dictionary_is_read_to_the_digits_printed() -> None:
    truth = json.loads((LOGS / "hf_notqdm_pipe_unbuf.json").read_text())
    rows = (LOGS / "hf_notqdm_pipe_unbuf.raw").read_bytes().replace(b"\r", b"\n")
    found = Reader().read(rows, 0)
    measured = [fact for fact in found if isinstance(fact, Measured)]
    logs = [record for record in truth["logs"] if "loss" in record]
    assert len(measured) == len(logs) > 100
    for fact, record in zip(measured, logs, strict=True):
        assert fact.values["loss"] == float(f"{record['loss']:.4g}")
        assert fact.values["gradient_norm"] == float(f"{record['grad_norm']:.4g}")
        assert fact.values["learning_rate"] == float(f"{record['learning_rate']:.4g}")
        assert fact.epoch == float(f"{record['epoch']:.4g}")
    assert sum(isinstance(fact, Evaluated) for fact in found) == sum(
        "eval_loss" in record for record in truth["logs"]
    )


def flat(found: list[Found]) -> list[tuple[int, int | None, float | None, int | None, object]]:
    """(row, step, epoch, batch, (name, value)) of every value, blocks taken apart."""
    values = []
    for item in found:
        if isinstance(item, MeasuredBlock):
            for index, (row, step) in enumerate(zip(item.rows, item.steps, strict=True)):
                epoch = item.epochs[index] if item.epochs else None
                batch = item.batches[index] if item.batches else None
                values += [
                    (row, step, epoch, batch, (name, repr(column[index])))
                    for name, column in item.values.items()
                ]
        elif isinstance(item, Measured):
            values += [
                (item.row, item.step, item.epoch, item.batch, (name, repr(value)))
                for name, value in item.values.items()
            ]
    return sorted(values, key=repr)


def test_in_a_large_block_of_an_unknown_trainer_every_line_counts() -> None:
    rows = b"".join(b"noise\nstep=%d loss=0.%d\n" % (step, step) for step in range(1000))
    found = Reader().read(rows, 5)
    assert [row for row, *_ in sorted(flat(found))] == [6 + 2 * step for step in range(1000)]
    assert [step for _, step, *_ in sorted(flat(found))] == list(range(1000))
    assert sum(isinstance(item, Measured) for item in found) < 100


LINES = (
    "step %d/%d | loss: %.2f | lr 3e-4 | grad_norm: %.3f | tok/s: 12,345",
    "step %d | loss: %.4f | lr 3e-4",
    "@%07d@ Epoch 1 | Batch %d | Loss: %.4f | Expert-0: 0.021",
    "epoch %d batch %d loss %.3f acc 50%%",
    "iter %d: loss nan, time 12.5ms",
    "val step %d loss: %.3f",
    "[rank0] 12:00:%02d step=%d loss=%.3f aux_loss=0.5",
    "nothing of interest in line %d",
    "{'loss': %d.5, 'step': %d}",
)


@given(
    st.lists(
        st.tuples(st.sampled_from(LINES), st.integers(1, 120), st.integers(0, 10_000)),
        min_size=1,
        max_size=6,
    )
)
@settings(deadline=None)
def test_columns_say_what_the_lines_say_one_by_one(parts: list[tuple[str, int, int]]) -> None:
    lines = []
    for text, count, first in parts:
        for number in range(first, first + count):
            numbers = (number,) * (text.replace("%%", "").count("%"))
            lines.append((text % numbers).encode() + b"\n")
    whole, single = Reader(), Reader()
    at_once = whole.read(b"".join(lines), 7)
    by_line = [item for row, line in enumerate(lines) for item in single.read(line, 7 + row)]
    kept = {name for item in at_once for name in getattr(item, "values", {})}
    assert set(flat(at_once)) <= set(flat(by_line))
    told = [value for value in flat(by_line) if value[4][0] == "loss"]  # type: ignore[index]
    assert [value for value in flat(at_once) if value[4][0] == "loss"] == told  # type: ignore[index]
    assert kept == {name for item in by_line for name in getattr(item, "values", {})}
    others = (Total, Evaluated, Saved)
    assert [i for i in at_once if isinstance(i, others)] == [
        i for i in by_line if isinstance(i, others)
    ]
    assert whole.save() == single.save()


def test_a_family_in_the_flood_of_another_is_still_read() -> None:
    lines = [f"Epoch 1 | Batch {number} | Loss: 0.5" for number in range(1, 301)]
    lines.insert(150, "{'eval_loss': '2.5', 'epoch': '1'}")
    found = Reader().read("".join(line + "\n" for line in lines).encode(), 0)
    assert Evaluated(150, "validation", {"loss": 2.5}, 150) in found


LEVELS = {
    b"[ERROR] CUDA out of memory": "error",
    b"\x1b[31m[ERROR]\x1b[0m x": "error",
    b"2026-01-01 | ERROR | module | x": "error",
    b"\x1b[1;31mERROR\x1b[0m x": "error",
    b"CRITICAL:root:x": "error",
    b"Traceback (most recent call last):": "error",
    b"[rank0]: Traceback (most recent call last):": "error",
    b"[WARN] Expert-4 load imbalance": "warning",
    b"WARNING:root:x": "warning",
    b"train.py:12: UserWarning: x": "warning",
    b"Warning: x": "warning",
    b"[WARN] retry after ERROR: x": "error",
    b"[INFO] ERROR_RATE=0.1": None,
    b"0 ERRORS": None,
    b"WARNINGS off": None,
    b"[INFO] x": None,
}


@pytest.mark.parametrize(("row", "expected"), LEVELS.items())
def test_a_row_announces_its_level(row: bytes, expected: str | None) -> None:
    assert level(row) == expected


def test_levels_count_rows_of_a_block_once_each() -> None:
    rows = b"".join(row + b"\n" for row in LEVELS) * 3
    expected = list(LEVELS.values())
    assert levels(rows) == (3 * expected.count("error"), 3 * expected.count("warning"))
    assert levels(b"") == (0, 0)


WORDS = st.sampled_from(
    [
        b"Epoch ",
        b"47",
        b" | ",
        b"Batch ",
        b"Loss: ",
        b"loss",
        b"=",
        b": ",
        b"0.5",
        b"nan",
        b"step ",
        b"9" * 30,
        b"1e999",
        b"-1",
        b"/",
        b"{",
        b"}",
        b"'",
        b'"',
        b",",
        b"Expert-",
        b"E0:",
        b"%",
        b"Throughput: ",
        b"Memory: ",
        b"GB",
        b"Temp: ",
        "°C".encode(),
        "▓".encode(),
        b" complete",
        b"[INFO] ",
        b"[WARN] ",
        b"Learning rate: ",
        "✓ ".encode(),
        b"Model: ",
        b"(",
        b")",
        b"params",
        b"Starting training: ",
        b"Checkpoint saved: ",
        b"Validation ",
        b"accuracy ",
        b"\n",
        b"\n",
        b"\x1b[31m",
        b"\x1b[0m",
        b"\xff",
        b"ERROR",
        b"WARN",
        b" ",
        b"eval_",
        b"expert_1_load",
        b"e-5",
    ]
)
blocks = st.lists(WORDS, max_size=80).map(b"".join) | st.binary(max_size=300)


@given(blocks, st.integers(1, 300))
@settings(max_examples=400, deadline=None)
def test_nothing_raises_and_everything_can_be_stored(rows: bytes, repeat: int) -> None:
    reader = Reader()
    found = reader.read((rows + b"\n") * repeat, 10)
    found += reader.read(b"", 10, [rows])
    levels(rows)
    json.dumps(reader.save(), allow_nan=False)
    for fact in found:
        assert (
            -1 <= (fact.row if hasattr(fact, "row") else 0) < 10 + (rows.count(b"\n") + 1) * repeat
        )
        if isinstance(fact, Measured):
            assert fact.step is None or abs(fact.step) < 2**63
            assert all(isinstance(value, float) for value in fact.values.values())


@given(blocks, blocks)
@settings(max_examples=200, deadline=None)
def test_saved_and_loaded_it_goes_on_the_same(first: bytes, second: bytes) -> None:
    whole, head = Reader(), Reader()
    whole.read(first + b"\n", 0)
    head.read(first + b"\n", 0)
    tail = Reader.load(json.loads(json.dumps(head.save())))
    assert repr(tail.read(second + b"\n", 9)) == repr(whole.read(second + b"\n", 9))
    assert tail.summary() == whole.summary()


@given(blocks)
@settings(max_examples=200, deadline=None)
def test_lines_understood_are_never_more_than_lines(rows: bytes) -> None:
    reader = Reader()
    reader.read(rows, 0)
    summary = reader.summary()
    assert 0 <= summary["recognised"] <= summary["lines"] <= rows.count(b"\n") + 1
