"""The parts of the bridges that need no library: names, time, random state, settings."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from console.sdk import Link, chance, rates, spending
from console.sdk.hf_facts import mode, place
from console.sdk.lightning_facts import results, values
from console.sdk.lora import name_of
from console.sdk.routing import experts_of

if TYPE_CHECKING:
    from tests.sdk.conftest import Desk


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight",
         "lora/model.layers.0.self_attn.q_proj/A"),
        ("module.base_model.model.wte.lora_embedding_B.default", "lora/wte/B"),
        ("h.1.c_attn.lora_B.second.weight", "lora/h.1.c_attn/B/second"),
        ("model.layers.0.self_attn.q_proj.weight", None),
        ("x.lora_dropout.default.p", None),
    ],
)  # fmt: skip
def test_lora_matrices_are_named_after_their_layer(path: str, name: str | None) -> None:
    assert name_of(path) == name


@pytest.mark.parametrize(
    ("shares", "sentence"),
    [
        ({"data": 0.4, "compute": 0.6}, "40% of the time waits for data: load data in more "
         "processes (now 0), or prepare it before the training"),
        ({"save": 0.15, "compute": 0.85},
         "15% of the time goes into checkpoints: save less often, or to a faster disk"),
        ({"validate": 0.5, "save": 0.2, "compute": 0.3},
         "50% of the time goes into validation: validate less often, or on less"),
        ({"data": 0.1, "compute": 0.9}, "90% of the time computes: nothing is in its way"),
    ],
)  # fmt: skip
def test_advice_names_what_takes_too_long(shares: dict[str, float], sentence: str) -> None:
    assert spending.advice(shares, workers=0) == sentence


def test_time_goes_where_the_clock_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(spending.time, "perf_counter", lambda: now[0])
    clock = spending.Spending()
    for kind, seconds in (("data", 1.0), ("compute", 3.0), ("", 100.0), ("save", 0.5)):
        clock.enter(kind)
        now[0] += seconds
    assert clock.take() == {"data_seconds": 1.0, "compute_seconds": 3.0, "save_seconds": 0.5}
    assert clock.take() == {}
    assert clock.summary()["time_compute"] == pytest.approx(3 / 4.5, abs=1e-4)
    assert clock.summary() == {}


def test_what_a_handler_draws_is_not_missing_afterwards(desk: Desk) -> None:
    def draw(_step: int) -> None:
        random.random()
        np.random.normal(size=3)

    random.seed(1)
    np.random.seed(1)
    restore = chance.keep()
    wanted = (random.random(), np.random.normal())
    restore()
    link = Link(orders={"checkpoint": draw, "validate": draw})
    for order in ("checkpoint", "validate"):
        desk.send(order)
    link.boundary(1)
    link.close()
    assert (random.random(), np.random.normal()) == wanted


def optimizer(*groups: dict[str, Any]) -> Any:
    return SimpleNamespace(param_groups=list(groups))


def test_a_new_rate_scales_everything_the_schedule_comes_from() -> None:
    one = optimizer({"lr": 0.05, "initial_lr": 0.1}, {"lr": 0.005, "initial_lr": 0.01})
    schedule = SimpleNamespace(base_lrs=[0.1, 0.01], _last_lr=[0.05, 0.005])
    found = rates.settable(one, lambda: [schedule])
    assert found["learning_rate"]["value"] == 0.1
    assert found["learning_rate"]["get"]() == one.param_groups[0]["lr"]
    found["learning_rate"]["set"](0.025)
    assert found["learning_rate"]["get"]() == pytest.approx(0.025)
    assert [group["lr"] for group in one.param_groups] == [0.025, 0.0025]
    assert schedule.base_lrs == [0.05, 0.005]


def test_a_rate_set_in_the_warm_up_is_the_one_it_rises_to() -> None:
    one = optimizer({"lr": 0.0, "initial_lr": 0.1})
    rates.settable(one, list, rising=lambda: True)["learning_rate"]["set"](0.05)
    assert one.param_groups[0]["initial_lr"] == 0.05
    with pytest.raises(ValueError, match="0 now"):
        rates.settable(one, list)["learning_rate"]["set"](0.05)


def test_weight_decay_is_set_where_weights_decay() -> None:
    one = optimizer({"lr": 1.0, "weight_decay": 0.1}, {"lr": 1.0, "weight_decay": 0.0})
    rates.settable(one, list)["weight_decay"]["set"](0.3)
    assert [group["weight_decay"] for group in one.param_groups] == [0.3, 0.0]
    assert "weight_decay" not in rates.settable(optimizer({"lr": 1.0}), list)


def test_experts_are_found_in_any_configuration() -> None:
    qwen = SimpleNamespace(num_experts=128, num_experts_per_tok=8)
    assert experts_of(qwen) == (128, 8)
    assert experts_of(SimpleNamespace(text_config=qwen)) == (128, 8)
    assert experts_of(SimpleNamespace(hidden_size=8)) is None
    assert experts_of(None) is None


@pytest.mark.parametrize(
    ("world", "gpus", "local", "text"),
    [
        (1, 0, "", "Single CPU"), (1, 1, "", "Single GPU"),
        (1, 4, "", "Single process, 4 GPUs"), (8, 1, "8", "Distributed, 8 GPUs"),
        (16, 1, "8", "Multi-node, 16 GPUs on 2 nodes"),
    ],
)  # fmt: skip
def test_the_mode(
    world: int, gpus: int, local: str, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", local)
    assert mode(world, gpus) == text


def test_epochs_and_batches_count_from_one() -> None:
    at = [place(SimpleNamespace(epoch=n / 4, global_step=n), 4) for n in (1, 4, 5)]
    assert at == [
        {"epoch": 1, "batch": 1}, {"epoch": 1, "batch": 4}, {"epoch": 2, "batch": 1},
    ]  # fmt: skip


def test_values_of_lightning_by_the_names_of_the_console() -> None:
    metrics = {"train_loss_step": 1.5, "train_loss_epoch": 9.0, "val_loss": 7.0, "acc": 0.5}
    trainer = SimpleNamespace(callback_metrics=metrics, accumulate_grad_batches=2)
    assert values(trainer, None) == {"loss": 1.5, "accuracy": 0.5}
    trainer.callback_metrics = {}
    assert values(trainer, {"loss": 0.75}) == {"loss": 1.5}
    assert results(metrics, set()) == {"loss": 7.0}
    assert results({"train_loss": 1.0, "score": 2.0}, {"train_loss"}) == {"score": 2.0}
