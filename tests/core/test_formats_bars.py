"""Progress bars and dictionaries of real trainers: every value and step, as the program knew it."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.formats import Evaluated, Found, Measured, Total
from tests.core.formats_reading import capture, evaluated, measured, read, read_all, truth

CAPTURES = [
    "hf_moe_tqdm_pty",
    "hf_notqdm_pipe_unbuf",
    "trl_pty",
    "lit_tqdm_pty",
    "lit_rich_pty",
    "keras_v1_pty",
    "keras_v2_pipe_unbuf",
    "synth_torchtune_tqdm",
    "synth_axolotl_dict",
]
GIB = 2.0**30
OWN_NAMES = {
    "grad_norm": "gradient_norm",
    "mean_token_accuracy": "accuracy",
    "train_tokens_per_second": "throughput",
}
NOT_VALUES = {"step", "epoch", "train_runtime"}


def digits(value: float) -> float:
    """As transformers 5 prints it."""
    return float(f"{value:.4g}")


def told(log: dict[str, Any]) -> dict[str, float]:
    """The values of one of the trainer's own records, by our names."""
    names = [name for name in log if name not in NOT_VALUES and not name.startswith("moe/")]
    return {
        OWN_NAMES.get(name, name): digits(log[name]) if isinstance(log[name], float) else log[name]
        for name in names
    }


@pytest.mark.parametrize("name", ["hf_moe_tqdm_pty", "trl_pty", "hf_notqdm_pipe_unbuf"])
def test_every_dictionary_has_its_values_and_the_step_of_the_next_bar(name: str) -> None:
    found, has_bar = read(capture(name)), "notqdm" not in name
    logs = [log for log in truth(name)["logs"] if "loss" in log]
    assert len(measured(found)) == len(logs) > 50
    for item, log in zip(measured(found), logs, strict=True):
        assert item.step == (log["step"] if has_bar else None)
        assert item.epoch == digits(log["epoch"])
        assert item.values == told(log)
        loads = [
            digits(log[f"moe/expert_{n}_load"]) for n in range(8) if "moe/expert_0_load" in log
        ]
        assert list(item.expert_share or ()) == loads


@pytest.mark.parametrize("name", ["hf_moe_tqdm_pty", "hf_notqdm_pipe_unbuf"])
def test_evaluations_are_validations_at_their_step(name: str) -> None:
    logs = [log for log in truth(name)["logs"] if "eval_loss" in log]
    results = evaluated(read(capture(name)))
    assert len(results) == len(logs) > 5
    for item, log in zip(results, logs, strict=True):
        assert item.step == (None if "notqdm" in name else log["step"])
        assert item.values["loss"] == digits(log["eval_loss"])
        assert item.values["samples_per_second"] == digits(log["eval_samples_per_second"])


def test_the_bar_of_the_training_tells_the_total_and_where_it_is() -> None:
    found = read(capture("hf_moe_tqdm_pty"))
    totals = [item for item in found if isinstance(item, Total)]
    assert [(item.name, item.value) for item in totals] == [("total_steps", 300)]
    steps = [item.step for item in found if isinstance(item, Measured)]
    assert steps == sorted(steps, key=lambda step: step or 0)
    assert steps[-1] == 300


def test_without_a_bar_no_step_is_invented() -> None:
    found = read(capture("synth_axolotl_dict"))
    records = truth("synth_blueprint")["records"]
    assert len(measured(found)) == len(records) == 150
    for item, record in zip(measured(found), records, strict=True):
        assert item.step is None
        assert item.values["loss"] == digits(record["loss"])
        assert item.values["gradient_norm"] == digits(record["grad_norm"])
        assert item.values["learning_rate"] == digits(record["lr"])
        assert item.values["throughput"] == digits(record["tok_s"])
        assert item.values["memory/max_active"] == 12.34 * GIB
        assert item.values["tokens/total"] == 512 * record["step"]


def test_dictionaries_of_transformers_4_have_numbers() -> None:
    bar = "\r  1%|▌     | {}/100 [00:00<00:09,  9.9it/s]"
    line = "\r      \r{{'loss': {}, 'grad_norm': 1.25, 'learning_rate': 5e-05, 'epoch': 0.05}}\r\n"
    text = bar.format(4) + line.format(2.1) + bar.format(5) + line.format("nan") + bar.format(10)
    first, second = measured(read(text.encode()))
    assert first.values == {"loss": 2.1, "gradient_norm": 1.25, "learning_rate": 5e-05}
    assert (first.step, first.epoch) == (5, 0.05)
    assert second.step == 10
    assert str(second.values["loss"]) == "nan"


def test_in_a_torn_order_no_step_is_invented() -> None:
    line = "{{'loss': {}, 'learning_rate': 5e-05, 'epoch': 0.05}}\n"
    text = "  0%| | 0/9 [00:00<?, ?it/s]\n" + "".join(map(line.format, (1.5, 2.5, 3.5)))
    text += " 44%|# | 4/9 [00:01<00:01, 4.0it/s]\n" + line.format(4.5)
    assert [item.step for item in measured(read(text.encode()))] == [None] * 4


def test_a_second_training_has_a_total_of_its_own() -> None:
    text = ""
    for total in (10, 20):
        for step in (5, 10):
            text += f"\r{{'loss': {step}.5, 'learning_rate': 5e-05, 'epoch': 0.5}}\n"
            text += f"\r 50%|# | {step}/{total} [00:01<00:01, 4.0it/s]"
    text = "\r  0%| | 0/10 [00:00<?, ?it/s]" + text
    found = read(text.encode())
    assert [item.step for item in measured(found)] == [5, 10, 5, 10]
    assert [item.value for item in found if isinstance(item, Total)] == [10, 20]


def test_lightning_counts_the_last_state_of_each_batch() -> None:
    found, steps = read(capture("lit_tqdm_pty")), truth("lit_tqdm_pty")["steps"]
    assert len(measured(found)) == len(steps) == 240
    for item, step in zip(measured(found), steps, strict=True):
        assert item.step == step["global_step"] + 1
        assert item.batch == step["global_step"] % 80 + 1
        assert item.epoch == step["global_step"] // 80
        assert item.values == {
            "loss": float(f"{step['loss']:.3g}"),
            "learning_rate": step["lr"],
        }
    assert [(item.step, item.values["loss"]) for item in evaluated(found)] == [
        (each["global_step"], float(f"{each['val_loss']:.3g}"))
        for each in truth("lit_tqdm_pty")["val"][1:]
    ]


def test_lightning_on_rich_tells_what_its_clock_let_it_draw() -> None:
    """Rich draws by the clock, sometimes between a batch and its values: a value may be that of
    the batch before."""
    found = read(capture("lit_rich_pty"))
    losses = {s["global_step"] + 1: round(s["loss"], 3) for s in truth("lit_rich_pty")["steps"]}
    told = [item for item in measured(found) if "loss" in item.values]
    assert len(told) > 150
    late = [item for item in told if item.values["loss"] != losses[item.step or 0]]
    assert len(late) <= len(told) // 50
    assert all(item.values["loss"] == losses[(item.step or 0) - 1] for item in late)
    assert [(item.step, item.values["loss"]) for item in evaluated(found)] == [
        (each["global_step"], round(each["val_loss"], 3))
        for each in truth("lit_rich_pty")["val"][1:]
    ]


@pytest.mark.parametrize("name", ["keras_v1_pty", "keras_v2_pipe_unbuf"])
def test_keras_tells_means_and_validations_of_each_epoch(name: str) -> None:
    found, known = read(capture(name)), truth("keras_v1_pty")
    for number, epoch in enumerate(known["epochs"], 1):
        last = next(item for item in measured(found) if item.step == number * 90)
        assert (last.epoch, last.batch) == (number, 90)
        assert last.values == {key: round(epoch[key], 4) for key in ("loss", "accuracy")}
        result = next(item for item in evaluated(found) if item.step == number * 90)
        assert result.values == {key: round(epoch[f"val_{key}"], 4) for key in ("loss", "accuracy")}
    firsts = [item for item in measured(found) if item.batch == 1]
    assert len(firsts) == (4 if name == "keras_v1_pty" else 0)
    for item, batch in zip(firsts, known["batches"] if firsts else (), strict=True):
        assert item.values["loss"] == round(batch["loss"], 4)
    assert len(measured(found)) == 4 + len(firsts)


KERAS = {
    " 45/100 [============>.................] - ETA: 3s - loss: 0.5 - acc: 0.9": (45, 0.5, 0.9),
    "100/100 [==============================] - 6s 57ms/step - loss: 0.4 - accuracy: 0.8": (
        100, 0.4, 0.8,
    ),
    "100/100 - 6s - loss: 4.0e-01 - accuracy: 0.8 - 6s/epoch - 57ms/step": (100, 0.4, 0.8),
    "100/100 - loss: 0.4": None,
}  # fmt: skip


@pytest.mark.parametrize("line", KERAS)
def test_keras_2_is_read_too(line: str) -> None:
    found = measured(read(f"Epoch 1/5\n{line}\n".encode()))
    expected = KERAS[line]
    assert [(i.step, i.values["loss"], i.values["accuracy"]) for i in found] == (
        [expected] if expected else []
    )


def test_torchtune_tells_each_step_once() -> None:
    found = measured(read(capture("synth_torchtune_tqdm")))
    records = truth("synth_blueprint")["records"]
    assert [(item.step, item.values["loss"]) for item in found] == [
        (record["step"], float(f"{record['loss']:.4f}")) for record in records
    ]


YOLO = """\
      Epoch    GPU_mem   box_loss   cls_loss   dfl_loss  Instances       Size
\r\x1b[K        1/3      2.31G      2.014      1.079      1.203         23        640: 1% ── 1/150 68.9it/s 2.2s<1.0s
\r\x1b[K        1/3      2.31G      1.914      1.079      1.203         23        640: 100% ━━━━━━━━━━━━ 150/150 68.9it/s 2.2s<0.0s
                 Class     Images  Instances      Box(P          R      mAP50  mAP50-95): 100% ━━━━━━━━━━━━ 4/4 4.1it/s 1.0s
                   all        128        929       0.64      0.537      0.605      0.446
\r\x1b[K        2/3       2.4G      1.814      1.079      1.203         23        640: 100% ━━━━━━━━━━━━ 150/150 68.9it/s 2.2s<0.0s
"""  # noqa: E501


def test_the_header_of_ultralytics_names_its_columns() -> None:
    found = read(YOLO.encode())
    first, last, second = measured(found)
    assert (first.step, last.step, second.step) == (1, 150, 300)
    assert last.values == {
        "box_loss": 1.914,
        "cls_loss": 1.079,
        "dfl_loss": 1.203,
        "memory": 2.31e9,
    }
    assert evaluated(found) == [
        Evaluated(
            evaluated(found)[0].row, "validation",
            {"precision": 0.64, "recall": 0.537, "map50": 0.605, "map50-95": 0.446}, 150,
        )
    ]  # fmt: skip


def test_numbers_in_a_table_without_a_header_say_nothing() -> None:
    assert measured(read(YOLO.partition("\n")[2].encode())) == []


def frames(*states: str) -> bytes:
    return "".join("\r" + state for state in states).encode() + b"\n"


def bar(n: int, total: int, tail: str, title: str = "") -> str:
    return f"{title}{100 * n // total:3d}%|██▌   | {n}/{total} [00:01<00:09,  9.9it/s{tail}]"


def test_any_bar_with_a_loss_is_read() -> None:
    states = [bar(n, 4, f", loss={9 - n}.5, lr=1e-4, acc=50%", "train: ") for n in range(5)]
    found = measured(read(frames(*states)))
    assert [(item.step, item.values["loss"]) for item in found] == [
        (1, 8.5), (2, 7.5), (3, 6.5), (4, 5.5),
    ]  # fmt: skip
    assert found[0].values == {"loss": 8.5, "learning_rate": 1e-4, "accuracy": 0.5}


def test_a_bar_for_each_epoch_goes_on_counting() -> None:
    states = [
        bar(n, 2, f", loss={epoch}.{n}", f"Epoch {epoch}/3: ")
        for epoch in (1, 2, 3)
        for n in range(3)
    ]
    found = read(frames(*states))
    assert [(i.step, i.epoch, i.values["loss"]) for i in measured(found)] == [
        (1, 1, 1.1), (2, 1, 1.2), (3, 2, 2.1), (4, 2, 2.2), (5, 3, 3.1), (6, 3, 3.2),
    ]  # fmt: skip
    assert {(i.name, i.value) for i in found if isinstance(i, Total)} == {
        ("total_epochs", 3), ("batches_per_epoch", 2), ("total_steps", 6),
    }  # fmt: skip
    untitled = [bar(n, 2, f", loss={round}.{n}") for round in (1, 2, 3) for n in range(3)]
    assert [i.step for i in measured(read(frames(*untitled)))] == [1, 2, 3, 4, 5, 6]


def test_a_bar_that_was_cut_off_tells_no_half_number() -> None:
    whole = bar(1, 9, ", loss=2.25, grad_norm=1.125")
    for end in range(len(whole)):
        for item in measured(read(frames(whole[:end]))):
            assert item.values.get("loss", 2.25) == 2.25
            assert item.values.get("gradient_norm", 1.125) == 1.125


OTHERS = [
    bar(3, 4, "", "Tokenizing train dataset: "),
    "Tokenizing: 100%|██| 400/400 [00:00<00:00, 6772.27 examples/s]",
    bar(1, 1, "", "Writing model shards: "),
    "Downloading: 12%|█ | 1.2G/9.9G [00:01<00:09, 120MB/s]",
    bar(2, 4, ""),
    bar(2, 4, ", loss=0.5", "Validation: "),
    bar(2, 4, ", loss=0.5", "eval "),
    bar(2, 4, ", v_num=3"),
    "{'eos_token_id': 256, 'epoch': 3.5}",
    "{'train_runtime': '13.56', 'train_loss': '2.285', 'epoch': '6'}",
    "{'learning_rate': '3e-4', 'epochs': '3.0'}",
    "100%|██| loss of 5/300 [hours]",
    "Epoch 3/4",
    "  90/90 files - 3s - loss: unknown",
]


@pytest.mark.parametrize("line", OTHERS)
def test_bars_and_dictionaries_of_other_things_say_nothing(line: str) -> None:
    assert read(frames(line, line) + frames(line)) == []


def test_other_bars_between_do_not_give_a_dictionary_its_step() -> None:
    line = "\r{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}\n"
    text = "\r" + bar(0, 50, "") + line + "\r" + bar(5, 50, "") + line
    text += "".join("\r" + bar(n, 4, "") for n in range(5)) + "\r" + bar(7, 9, "", "Map: ")
    found = measured(read((text + "\r" + bar(10, 50, "")).encode()))
    assert [item.step for item in found] == [5, 10]


def test_what_waits_at_the_end_is_told() -> None:
    line = "\r{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}\n"
    (item,) = measured(read(("\r" + bar(0, 50, "") + line).encode()))
    assert (item.step, item.epoch, item.values["loss"]) == (None, 0.05, 1.5)


def test_live_rows_give_a_dictionary_its_step_at_once() -> None:
    line = "\r{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}\n"
    _, reader = read_all(b"")
    for text in ("\r" + bar(0, 50, "") + line,):
        assert measured(reader.read(text.replace("\r", "\n").encode(), 0)) == []
    assert reader.peek([bar(3, 4, "", "Map: ").encode(), bar(5, 50, "").encode()[:-1]]) == []
    assert [i.step for i in measured(reader.peek([bar(5, 50, "").encode()]))] == [5]
    assert reader.peek([bar(5, 50, "").encode()]) == []


@pytest.mark.parametrize("name", CAPTURES)
def test_in_any_chunks_the_same(name: str) -> None:
    data, chance = capture(name), random.Random(name)
    whole, reader = read_all(data)
    for size in (1, 64, 5000):
        found, other = read_all(data, range(size, len(data), size))
        assert repr(found) == repr(whole)
        assert other.summary() == reader.summary()
    cuts = [chance.randrange(len(data)) for _ in range(40)]
    assert repr(read(data, cuts, restart=True)) == repr(whole)


PIECES = [
    "\r" + bar(0, 50, ""), "\r" + bar(5, 50, ""), "\r" + bar(1, 4, ""), "\n", "\x1b[A", "\r",
    "{'loss': 1.5, 'learning_rate': 5e-05, 'epoch': 0.05}\n", "\x1b[2K", "\r        \r",
    "{'eval_loss': 2.5, 'epoch': 0.05}\n", "\r" + bar(1, 9, ", loss=nan", "Epoch 1: "),
    "\r" + bar(2, 9, ", loss=2.5", "Epoch 1: "), "\r" + bar(0, 9, ", loss=2.5", "Epoch 2: "),
    "Epoch 1/5\n", "9/9 - 6s - 57ms/step - loss: 0.4\n", "plain\n", "\x1b[1m", "step=3 loss=1.5\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=30), st.lists(st.integers(0, 3000), max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_mixture_in_any_chunks_the_same(pieces: list[str], cuts: list[int]) -> None:
    data = "".join(pieces).encode()
    whole: list[Found] = read(data)
    assert repr(read(data, cuts, restart=True)) == repr(whole)
    assert repr(read(data, range(1, len(data)))) == repr(whole)
