"""Lines of known trainers beyond the captures, and what must not be taken for a metric."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.formats import Evaluated, Found, Measured, Reader, Saved, Total
from console.core.formats.families import claims
from tests.core.known_lines import LINES


@pytest.mark.parametrize("line", LINES)
def test_a_line_of_a_known_trainer_says_all_it_carries(line: str) -> None:
    name, expected = LINES[line]
    reader = Reader()
    found = reader.read((line + "\n").encode(), 0)
    assert [_sorted(one) for one in found] == [_sorted(one) for one in expected]
    assert reader.summary()["formats"] == [name]


def _sorted(found: Found) -> str:
    values = getattr(found, "values", {})
    rest = [getattr(found, field) for field in found.__slots__ if field != "values"]
    return repr((type(found).__name__, rest, sorted(values.items())))


def read(*lines: str) -> list[Found]:
    return Reader().read("".join(line + "\n" for line in lines).encode(), 0)


def test_nanogpt_has_saved_when_it_goes_on() -> None:
    step = "iter {}: loss 2.5, time 10.0ms, mfu 3.0%"
    begun = read(step.format(10), "saving checkpoint to out dir")
    assert not any(isinstance(one, Saved) for one in begun)
    done = read(step.format(10), "saving checkpoint to out dir", step.format(11))
    assert [one for one in done if isinstance(one, Saved)] == [Saved(2, "out dir", 10)]


def test_nemo_tells_a_validation_once() -> None:
    line = "Training epoch 0, iteration {}/99 | global_step: {} | reduced_train_loss: 2.5 | " + (
        "val_loss: {}"
    )
    found = read(line.format(1, 1, 3.5), line.format(2, 2, 3.5), line.format(3, 3, 3.25))
    told = [(one.step, one.values) for one in found if isinstance(one, Evaluated)]
    assert told == [(1, {"loss": 3.5}), (3, {"loss": 3.25})]


def test_timm_has_a_total_when_it_has_said_its_epochs() -> None:
    step = "Train: 1 [  74/150 ( 50%)]  Loss: 2.01 (2.09)  Time: 0.015s,  550.95/s  LR: 3.000e-03"
    found = read("Scheduled epochs: 4 (epochs + cooldown_epochs).", step, step)
    told = [(one.name, one.value) for one in found if isinstance(one, Total)]
    assert told == [("total_epochs", 4), ("batches_per_epoch", 150), ("total_steps", 600)]


def test_mlx_table_is_read_after_its_heading_only() -> None:
    rows = (
        "   150    2.014 ▼    35,261     76.8k",
        "   160    2.025 ▲    35,000     81.9k",
        "   160    val 1.976    1.23s",
        "  save  0000160_adapters.safetensors",
    )
    assert read(*rows) == []
    bar = "train ████░░ 25% ·   150/600"
    assert read(bar) == []
    assert read("  iter   train_loss     tok/s     tokens", *rows, bar) == [
        Measured(1, 150, values={"loss": 2.014, "throughput": 35261.0, "trained_tokens": 76800.0}),
        Measured(2, 160, values={"loss": 2.025, "throughput": 35000.0, "trained_tokens": 81900.0}),
        Evaluated(3, "validation", {"loss": 1.976, "seconds": 1.23}, 160),
        Saved(4, "0000160_adapters.safetensors", 160),
        Total(5, "total_steps", 600),
    ]


@pytest.mark.parametrize(
    "end", ["Early stopping, best iteration is:", "Did not meet early stopping. Best iteration is:"]
)
def test_lightgbm_does_not_tell_the_best_round_again(end: str) -> None:
    line = "[{}]\tvalid_0's l2: {}"
    found = read(
        line.format(20, 0.5), end, line.format(10, 0.25),
        line.format(30, 0.75),
    )  # fmt: skip
    told = [one.step for one in found if isinstance(one, Evaluated)]
    assert told == [20, 30]


STRAY = (
    "step 150: train loss went down",
    "step 1/150 | loss | norm",
    "| max_sequence_length T | 1024                                               |",
    "iteration 3/10 | retrying",
    "iteration 3/10 of warm-up: loss scale 65536",
    "  [2026-03-01 09:00:00.000000] saving checkpoint at iteration 150 to /ckpt in torch format",
    " validation loss at iteration 150 | unknown |",
    "Step 5 | started",
    "Step 5 | url:http://host:8080/x",
    "completed step: done",
    "Completed eval",
    "epoch 001 | begin",
    "epoch 001: 150 / 900 of the files",
    "{\"epoch\": 1, \"num_updates\": {}}",
    "Train: 0 files in /data",
    "Train Epoch: 0 begins",
    "Test: [1/20] skipped",
    "Iter 5: Saved",
    "Iter 5: skipping",
    "step=5, skipped=3 files",
    "[1] 12345",
    "[0]\tUsing device cuda:0",
    "[3]\thost-name:8080 up",
    "[LightGBM] [Info] Total Bins 6132",
    "[LightGBM] [Info] [binary:BoostFromScore]: pavg=0.502222 -> initscore=0.008889",
    "[09:00:00] WARNING: src/learner.cc:740: Parameters: { x } are not used.",
    "val loss",
    "val loss is 2.5 today",
    "  40    lines read    12",
)  # fmt: skip


@pytest.mark.parametrize("line", STRAY)
def test_a_line_that_only_looks_like_one_is_no_metric(line: str) -> None:
    found = Reader().read((line + "\n").encode(), 0)
    assert not [one for one in found if isinstance(one, (Measured, Evaluated, Saved))]


@pytest.mark.parametrize("line", LINES)
def test_families_claim_their_lines_whatever_the_digits(line: str) -> None:
    text = line.encode()
    assert claims(text)
    assert claims(text.translate(bytes.maketrans(b"123456789", b"000000000")))


@given(
    st.lists(st.sampled_from(sorted(LINES)), min_size=1, max_size=4),
    st.lists(
        st.tuples(
            st.integers(0, 400),
            st.integers(0, 12),
            st.sampled_from(
                [b"", b"9" * 30, b"1e9999", b"nan", b"-", b".", b"\xff", b"0", b"{", b","]
            ),
        ),
        max_size=6,
    ),
)
@settings(max_examples=400, deadline=None)
def test_damaged_lines_raise_nothing_and_can_be_stored(
    lines: list[str], damages: list[tuple[int, int, bytes]]
) -> None:
    text = "\n".join(lines).encode()
    for at, length, instead in damages:
        text = text[:at] + instead + text[at + length :]
    reader = Reader()
    for fact in reader.read(text + b"\n", 3):
        step = getattr(fact, "step", None)
        assert step is None or 0 <= step < 2**63
        assert all(isinstance(value, float) for value in getattr(fact, "values", {}).values())
    json.dumps(reader.save(), allow_nan=False)
