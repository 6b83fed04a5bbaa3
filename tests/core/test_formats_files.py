"""Files trainers write their metrics to."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.formats import Evaluated, Measured, Total
from console.core.formats.files import KINDS, FileReader

LLAMA = (
    b'{"current_steps": 5, "total_steps": 200, "loss": 1.23456789, "lr": 5e-05, "epoch": 0.25, '
    b'"percentage": 2.5, "elapsed_time": "0:00:03", "remaining_time": "0:02:10", '
    b'"throughput": 1234.5, "total_tokens": 4096}\n'
    b'{"current_steps": 10, "total_steps": 200, "eval_loss": 1.5, "epoch": 0.5, '
    b'"percentage": 5.0, "elapsed_time": "0:00:06", "remaining_time": "0:02:05"}\n'
)


def test_llama_factory_tells_everything() -> None:
    assert FileReader("trainer_log.jsonl").read(LLAMA) == [
        Total(-1, "total_steps", 200),
        Measured(-1, 5, 0.25, values={
            "loss": 1.23456789, "learning_rate": 5e-05, "throughput": 1234.5, "total_tokens": 4096,
        }),
        Evaluated(-1, "validation", {"loss": 1.5}, 10),
    ]  # fmt: skip


LIGHTNING = (
    b"epoch,lr-Adam,step,train_loss_epoch,train_loss_step,val_loss\n"
    b"0,0.003,9,,4.769805431365967,\n0,,79,,,3.0728445053100586\n0,,79,3.336,,\n"
)


def test_lightning_counts_from_zero_and_has_every_digit() -> None:
    first, val, mean = FileReader("metrics.csv").read(LIGHTNING)[0:5:2][:3], None, None
    found = FileReader("metrics.csv").read(LIGHTNING)
    assert (
        Measured(-1, 10, 0.0, values={"learning_rate": 0.003, "loss": 4.769805431365967}) in found
    )
    assert Evaluated(-1, "validation", {"loss": 3.0728445053100586}, 80) in found
    assert Measured(-1, 80, 0.0, values={"loss_epoch": 3.336}) in found
    assert (val, mean) == (None, None)
    assert first


def test_timm_and_ultralytics_have_a_row_an_epoch() -> None:
    timm = b"epoch,train_loss,eval_loss,eval_top1,lr\n3,2.5,2.25,61.5,0.001\n"
    assert FileReader("summary.csv").read(timm) == [
        Measured(-1, None, 3.0, values={"loss": 2.5, "learning_rate": 0.001}),
        Evaluated(-1, "validation", {"loss": 2.25, "top1": 61.5}, None),
    ]
    yolo = (
        b"       epoch,      train/box_loss,   metrics/mAP50(B),  val/box_loss,  lr/pg0\n"
        b"           1,              2.0143,            0.60512,        1.9759,   0.003\n"
    )
    assert FileReader("results.csv").read(yolo) == [
        Measured(-1, None, 1.0, values={"box_loss": 2.0143, "learning_rate": 0.003}),
        Evaluated(-1, "validation", {"map50": 0.60512, "box_loss": 1.9759}, None),
    ]


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_another_program_is_refused(name: str) -> None:
    reader = FileReader(name)
    assert reader.read(b"a,b\n1,2\n") == []
    assert reader.read(b'{"loss": 1.5, "x": 2}\n') == []
    assert reader.is_refused


def test_written_anew_with_a_further_column_only_the_new_is_told() -> None:
    reader = FileReader("metrics.csv")
    reader.read(b"step,train_loss\n0,5.5\n1,4.5\n")
    reader.again()
    (found,) = reader.read(b"step,train_loss,val_loss\n0,5.5,\n1,4.5,\n2,3.5,\n")
    assert found == Measured(-1, 3, values={"loss": 3.5})
    reader.again()
    assert len(reader.read(b"step,train_loss\n0,9.5\n1,8.5\n")) == 2


@given(st.lists(st.binary(max_size=60) | st.sampled_from(LLAMA.splitlines()), max_size=8))
def test_nothing_raises_and_everything_can_be_stored(lines: list[bytes]) -> None:
    for name in (*KINDS, "own.csv"):
        reader = FileReader(name)
        for line in lines:
            reader.read(line + b"\n")
            reader = FileReader.load(json.loads(json.dumps(reader.save(), allow_nan=False)))


def test_half_a_surrogate_pair_in_a_name_or_a_word_harms_nothing() -> None:
    line = b'{"current_steps": 1, "loss": 2, "note": "\\udcff", "\\udcfe": 3}\n'
    (found,) = FileReader("trainer_log.jsonl").read(line)
    assert isinstance(found, Measured)
    assert found.values["loss"] == 2.0
