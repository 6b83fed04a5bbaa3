"""What stands before a line: ranks and loggers' prefixes."""

from __future__ import annotations

import pytest

from console.core.formats import Evaluated, Measured, Saved
from console.core.formats.prefix import strip
from tests.core.formats_reading import capture, evaluated, measured, read, read_all

PREFIXES = {
    "[default0]:": "0",
    "[trainer12]:": "12",
    "[rank1]:": "1",
    "[rank1]: ": "1",
    "[rank: 3] ": "3",
    "0: ": "0",
    " 7: ": "7",
    "[1,0]<stdout>:": "0",
    "[1,12]<stderr>: ": "12",
    "[prterun-host-77@1,2]<stdout>: ": "2",
    "(RayTrainWorker pid=4711) ": "RayTrainWorker pid=4711",
    "(Worker pid=4711, ip=10.0.0.7) ": "Worker pid=4711, ip=10.0.0.7",
    "2026-03-01 12:00:00,123 | INFO | fairseq | ": None,
    "2026-03-01 12:00:00.123 | INFO     | __main__:main:12 - ": None,
    "2026-03-01 12:00:00,123 - __main__ - INFO - ": None,
    "[titan] 2026-03-01 12:00:00,123 - root - INFO - ": None,
    "[2026-03-01 12:00:00,123] [INFO] [logging.py:96:log_dist] ": None,
    "[2026-03-01 12:00:00,123] [INFO] [logging.py:96:log_dist] [Rank 0] ": "0",
    "[default3]:[2026-03-01 12:00:00,123] [INFO] [engine.py:9:step] [Rank 3] ": "3",
    "I0706 16:50:26.201234 140107 metric_logger.py:214] ": None,
    "[INFO|trainer.py:2409] 2026-03-01 12:00:00,123 >> ": None,
    "INFO:root:": None,
    "WARNING:a.b:": None,
    "2026-03-01T12:00:00.123Z ": None,
    "[2026-03-01 12:00:00] ": None,
    "12:00:01 INFO ": None,
    "[12:00:01] ": None,
    "03/01/2026 12:00:00 - INFO - __main__ - ": None,
    "[rank1]: INFO:root:": "1",
}  # fmt: skip
LINES = [
    "{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}",
    "step 150: train loss 2.0143, val loss 1.9759",
    "step: 150  loss:  2.01425",
    "epoch 001:    150 / 150 loss=2.906",
    "loss 5",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("before", PREFIXES)
def test_a_prefix_is_taken_off_and_nothing_of_the_line(before: str, line: str) -> None:
    assert strip((before + line).encode()) == (PREFIXES[before], line.encode())


PLAIN = [
    "",
    "[100]\ttrain-logloss:0.05276",
    "[INFO] Learning rate: 1e-4",
    "[WARN] Expert-4 load imbalance",
    "Epoch 47 | Batch 8450 | Loss: 0.0234",
    "INFO step: 5 loss: 1.5",
    "12:00 step 5",
    "150: ",
    "[rank0 is slow] step 3",
    "(1, 2) loss 5",
    "Infinity",
    "[user@host]$ python train.py",
]


@pytest.mark.parametrize("line", PLAIN)
def test_a_line_without_a_prefix_stays_as_it_is(line: str) -> None:
    assert strip(line.encode()) == (None, line.encode())


def prefixed(data: bytes, before: bytes) -> bytes:
    return b"".join(before + line for line in data.splitlines(keepends=True))


@pytest.mark.parametrize("before", [before for before in PREFIXES if before[0] != "W"])
@pytest.mark.parametrize("name", ["hf_notqdm_pipe_unbuf", "synth_nanogpt", "synth_llmc"])
def test_captures_with_a_prefix_say_the_same(before: str, name: str) -> None:
    plain, data = read_all(capture(name)), prefixed(capture(name), before.encode())
    found, reader = read_all(data, range(0, len(data), 4000))
    assert repr(measured(found)) == repr(measured(plain[0]))
    assert repr(evaluated(found)) == repr(evaluated(plain[0]))
    assert reader.summary()["recognised"] == plain[1].summary()["recognised"]


@pytest.mark.parametrize("count", [3, 400])
def test_the_first_rank_that_reports_is_listened_to(count: int) -> None:
    text = "".join(
        f"[rank0]: waiting for data {step}\n"
        f"[rank3]: step={step} loss={step}.5\n"
        f"[rank1]: step={step} loss={step}.75\n"
        f"[rank0]: val step={step} loss: 0.5\n"
        f"[rank3]: val step={step} loss: 0.25\n"
        for step in range(1, count)
    )
    found, reader = read_all(text.encode())
    told = [(item.step, item.values["loss"]) for item in measured(found)]
    assert told == [(step, step + 0.5) for step in range(1, count)]
    assert [item.values["loss"] for item in evaluated(found)] == [0.5] * (count - 1)
    assert reader.summary()["recognised"] == 4 * (count - 1)


def test_lines_without_a_rank_always_count() -> None:
    found = read(b"[rank3]: step=1 loss=1.5\nstep=2 loss=2.5\n[rank0]: step=3 loss=3.5\n")
    assert [item.step for item in measured(found)] == [1, 2]


def test_the_rank_is_remembered_over_a_restart() -> None:
    data = b"[rank3]: step=1 loss=1.5\n[rank0]: step=2 loss=2.5\n[rank3]: step=3 loss=3.5\n"
    found = read(data, range(0, len(data), 25), restart=True)
    assert [item.step for item in measured(found)] == [1, 3]


def test_a_flood_with_a_loggers_prefix_is_still_read_as_columns() -> None:
    text = "".join(
        f"2026-03-01 12:00:{step % 60:02d},123 | INFO | train | step={step} loss={step}.5\n"
        for step in range(1000)
    )
    found = read(text.encode())
    assert sum(isinstance(item, Measured) for item in found) < 100
    (block,) = [item for item in found if not isinstance(item, (Measured, Evaluated, Saved))]
    assert block.steps == list(range(1000))  # type: ignore[union-attr]
    assert block.values["loss"] == [step + 0.5 for step in range(1000)]  # type: ignore[union-attr]
