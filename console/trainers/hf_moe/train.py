"""Model, data and Trainer from the settings; the one line of the hook is in `trainer`."""

from __future__ import annotations

import os
import signal
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from transformers import (
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
    Trainer,
    TrainingArguments,
    set_seed,
)
from transformers.trainer_utils import get_last_checkpoint

from console.sdk.hf import GladiusCallback
from console.trainers.moe import data
from console.trainers.moe.settings import SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from console.trainers.hf_moe.settings import Settings

VOCABULARY = 256


class Windows(torch.utils.data.Dataset):  # type: ignore[misc]  # its type is not known here
    """Pieces of text of equal length, in bytes; transformers shifts the labels itself."""

    def __init__(self, text: NDArray[np.uint8], length: int) -> None:
        self._rows = data.windows(text, length)[0]

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: int) -> dict[str, Any]:
        row = torch.from_numpy(self._rows[index].astype(np.int64))
        return {"input_ids": row, "labels": row}


def run(settings: Settings, resume: Path | None) -> None:
    """Trains to the end, or until an order or a signal stops it. Raises SettingsError."""
    torch.set_num_threads(settings.program.threads)
    set_seed(settings.seed)
    hook = GladiusCallback(
        experts_seconds=settings.program.experts_seconds, model=settings.model, tokenizer="bytes",
        max_length=settings.max_length,
    )  # fmt: skip
    made, held_out = trainer(settings, hook)
    stopped = Stopped(hook)
    made.train(resume_from_checkpoint=_checkpoint(resume))
    if stopped.by_signal:
        made._save_checkpoint(made.model_wrapped, trial=None)
    elif made.state.global_step >= made.state.max_steps:
        made.evaluate(held_out, metric_key_prefix="test")
    if torch.distributed.is_initialized():
        torch.distributed.destroy_process_group()


class Stopped:
    """A SIGINT or SIGTERM ends the training after its step, on all ranks; a second at once."""

    def __init__(self, hook: GladiusCallback) -> None:
        self.by_signal = False
        self._hook = hook
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._take)

    def _take(self, number: int, _frame: object) -> None:
        if self.by_signal or self._hook.report is None:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.by_signal = self._hook.report.link.stopping = True


def trainer(settings: Settings, hook: GladiusCallback) -> tuple[Trainer, Windows]:
    """The Trainer, and the test data."""
    given = settings.program.data
    whole = data.load(settings.data_folder, given.name, given.examples, given.split, given.seed)
    splits = (whole.train, whole.validation, whole.test)
    if min(map(len, splits)) <= settings.max_length:
        raise SettingsError("program.data.examples are too few to hold some out")
    training, validation, held_out = (Windows(text, settings.max_length) for text in splits)
    made = Trainer(
        model=model(settings),
        args=arguments(settings),
        train_dataset=training,
        eval_dataset=validation,
        compute_metrics=_accuracy,
        preprocess_logits_for_metrics=_likeliest,
        callbacks=[hook],
    )
    return made, held_out


def model(settings: Settings) -> Any:
    """A Qwen3-MoE with weights drawn from the seed."""
    program = settings.program
    config = Qwen3MoeConfig(
        vocab_size=VOCABULARY, hidden_size=program.width, num_hidden_layers=program.layers,
        num_attention_heads=program.query_heads, num_key_value_heads=program.key_heads,
        head_dim=program.head_width, intermediate_size=program.expert_width,
        moe_intermediate_size=program.expert_width, num_experts=settings.experts,
        num_experts_per_tok=settings.active_experts, norm_topk_prob=True,
        router_aux_loss_coef=program.balance, output_router_logits=True,
        attention_dropout=program.dropout, max_position_embeddings=settings.max_length,
        tie_word_embeddings=True, use_cache=False,
    )  # fmt: skip
    config.keys_to_ignore_at_inference = ["aux_loss", "router_logits", "past_key_values"]
    return Qwen3MoeForCausalLM(config)


def arguments(settings: Settings) -> TrainingArguments:
    """Of the Trainer. On a GPU: the fused optimizer, and bf16 where it has that."""
    gpu = torch.cuda.is_available()
    wants = settings.precision == "bf16" or (settings.precision == "auto" and gpu)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of transformers to itself
        return TrainingArguments(
            output_dir=str(settings.checkpoint_folder), seed=settings.seed,
            num_train_epochs=settings.epochs, max_steps=settings.steps or -1,
            per_device_train_batch_size=settings.batch_size,
            per_device_eval_batch_size=settings.batch_size * 2,
            gradient_accumulation_steps=settings.gradient_accumulation,
            learning_rate=settings.learning_rate, lr_scheduler_type=settings.schedule.lower(),
            warmup_steps=settings.warmup_steps, weight_decay=settings.weight_decay,
            adam_beta1=settings.betas[0], adam_beta2=settings.betas[1],
            adam_epsilon=settings.epsilon, max_grad_norm=settings.gradient_clip,
            optim="adamw_torch_fused" if gpu else "adamw_torch",
            bf16=wants and gpu and torch.cuda.is_bf16_supported(), use_cpu=not gpu,
            eval_strategy="steps", eval_steps=settings.validation_interval_steps,
            save_strategy="steps", save_steps=settings.interval_steps,
            save_total_limit=settings.keep, logging_steps=settings.program.logging_steps,
            logging_nan_inf_filter=False, report_to=[], disable_tqdm=True,
            ddp_backend=None if gpu or "RANK" not in os.environ else "gloo",
        )  # fmt: skip


def _checkpoint(given: Path | None) -> str | None:
    """A checkpoint of transformers: the folder, or the newest in it. Raises SettingsError."""
    if given is None:
        return None
    if (given / "trainer_state.json").exists():
        return str(given)
    newest = get_last_checkpoint(str(given)) if given.is_dir() else None
    if newest is None:
        raise SettingsError(f"{given} is no checkpoint of transformers, and has none in it")
    return str(newest)


def _likeliest(logits: Any, _labels: Any) -> Any:
    """Of each place the byte the model finds likeliest: all that the accuracy needs."""
    return (logits[0] if isinstance(logits, tuple) else logits).argmax(-1)


def _accuracy(found: Any) -> dict[str, float]:
    """The share of bytes that were the likeliest, 0 to 1."""
    guessed, true = found.predictions[:, :-1], found.label_ids[:, 1:]
    return {"accuracy": float((guessed == true).mean())}
