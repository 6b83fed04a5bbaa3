"""What is told of a training of transformers: its configuration, where it is, how fast it reads.

A new fact is a row of a table below. One that cannot be found out is left out.
"""

import math
import os
import re
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.sdk import rates
from console.sdk.hf_settings import warmup_steps
from console.sdk.routing import experts_of

_ARGUMENTS = {
    "seed": "seed",
    "batch_size": "per_device_train_batch_size",
    "validation_batch_size": "per_device_eval_batch_size",
    "gradient_accumulation": "gradient_accumulation_steps",
    "gradient_checkpointing": "gradient_checkpointing",
    "learning_rate": "learning_rate",
    "weight_decay": "weight_decay",
    "gradient_clip": "max_grad_norm",
    "workers": "dataloader_num_workers",
    "keep": "save_total_limit",
    "world": "world_size",
}
"""Fact → its name in TrainingArguments."""

_LENGTHS = ("max_length", "max_seq_length", "cutoff_len", "sequence_len")
_METHODS = re.compile(r"(\w+?)(?:Seq2Seq)?Trainer")


def facts(trainer: Any, args: Any, state: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    """Everything known at the start, by the console's names."""
    model = given.get("model")
    found = {ours: getattr(args, theirs, None) for ours, theirs in _ARGUMENTS.items()}
    parts: tuple[Callable[[], dict[str, Any]], ...] = (
        lambda: _of_model(model),
        lambda: _of_adapter(model),
        lambda: _of_run(trainer, args, given),
        lambda: _of_schedule(args, state),
        lambda: dict(rates.betas(given.get("optimizer"))),
        lambda: _of_data(trainer, args),
        lambda: _of_length(args, state, given),
    )
    for part in parts:
        with suppress(Exception):  # transformers in a version we do not know
            found |= part()
    return {name: value for name, value in found.items() if value is not None}


def place(state: Any, steps_per_epoch: int | None) -> dict[str, Any]:
    """Epoch and batch of the step that ended, counted from 1 as the console does."""
    done = getattr(state, "epoch", None)
    if done is None:
        return {}
    epoch = max(1, math.ceil(done - 1e-9))
    if not steps_per_epoch:
        return {"epoch": epoch}
    return {"epoch": epoch, "batch": state.global_step - (epoch - 1) * steps_per_epoch}


def size_of(folder: Path) -> int | None:
    """Bytes of all files in it; None when it is not there."""
    sizes = [
        os.path.getsize(os.path.join(top, name))
        for top, _, names in os.walk(folder)
        for name in names
    ]
    return sum(sizes) if sizes else None


def step_of(folder: Path) -> int:
    """The step in the name of a checkpoint; -1 without one."""
    number = folder.name.rpartition("-")[2]
    return int(number) if number.isdecimal() else -1


def workers(args: Any) -> int | None:
    """Processes that load data."""
    count = getattr(args, "dataloader_num_workers", None)
    return count if isinstance(count, int) else None


class Tokens:
    """Counts the tokens a model is given, for the throughput between two logs."""

    def __init__(self) -> None:
        self._count, self._world = 0, 1
        self._since: float | None = None
        self._handle: Any = None

    def watch(self, model: Any, world: int) -> None:
        """`world` ranks are given as many each."""
        self._world = world
        self._handle = model.register_forward_pre_hook(self._see, with_kwargs=True)

    def remove(self) -> None:
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def skip(self, seconds: float) -> None:
        """So much of the time since the last call of `rate` was not spent on tokens."""
        if self._since is not None:
            self._since += seconds

    def rate(self, known: Mapping[str, Any]) -> dict[str, float]:
        """Tokens a second since the last call; empty when the trainer says it, or there are none.

        Padding counts, as it does for transformers' own figure.
        """
        now, before = time.perf_counter(), self._since
        count, self._count, self._since = self._count, 0, now
        if before is None or not count or "throughput" in known:
            return {}
        return {"throughput": count * self._world / (now - before)}

    def _see(self, module: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
        if not module.training:
            return
        if self._since is None:
            self._since = time.perf_counter()
        tokens = kwargs.get("input_ids", args[0] if args else None)
        if hasattr(tokens, "numel") and not tokens.is_floating_point():
            self._count += tokens.numel()


def _of_model(model: Any) -> dict[str, Any]:
    config = getattr(model, "config", None)
    path = str(getattr(config, "_name_or_path", "") or "").rstrip("/")
    sizes = [(one.numel(), one.requires_grad) for one in model.parameters()]
    experts, active = experts_of(config) or (None, None)
    return {
        "model": os.path.basename(path) or type(model).__name__,
        "architecture": type(model).__name__,
        "parameters": sum(size for size, _ in sizes),
        "trainable_parameters": sum(size for size, trained in sizes if trained),
        "layers": getattr(config, "num_hidden_layers", None),
        "experts": experts,
        "active_experts": active,
        "quantisation": _quantisation(config),
    }


def _quantisation(config: Any) -> str | None:
    """For example "4-bit nf4", "8-bit" or "gptq"; None: the weights are as they are."""
    given = getattr(config, "quantization_config", None)
    if given is None:
        return None
    said = given if isinstance(given, Mapping) else vars(given)
    if said.get("load_in_4bit", said.get("_load_in_4bit")):
        return f"4-bit {said.get('bnb_4bit_quant_type', '')}".strip()
    if said.get("load_in_8bit", said.get("_load_in_8bit")):
        return "8-bit"
    return str(getattr(said.get("quant_method"), "value", said.get("quant_method"))) or None


def _of_adapter(model: Any) -> dict[str, Any]:
    """Of the first LoRA adapter of peft."""
    adapters = getattr(model, "peft_config", None)
    quantised = _quantisation(getattr(model, "config", None)) is not None
    if not adapters:
        return {"method": "full"}
    one = next(iter(adapters.values()))
    kind = str(getattr(getattr(one, "peft_type", ""), "value", getattr(one, "peft_type", "")))
    named = {"LORA": "QLoRA" if quantised else "LoRA"}
    targets = getattr(one, "target_modules", None)
    return {
        "method": named.get(kind, kind),
        "lora_r": getattr(one, "r", None),
        "lora_alpha": getattr(one, "lora_alpha", None),
        "lora_dropout": getattr(one, "lora_dropout", None),
        "lora_targets": sorted(targets) if isinstance(targets, (set, list, tuple)) else targets,
    }


def _of_run(trainer: Any, args: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    tokenizer = given.get("processing_class") or given.get("tokenizer")
    named = str(getattr(tokenizer, "name_or_path", "") or "")
    kind = _METHODS.fullmatch(type(trainer).__name__)
    library = sys.modules.get("transformers")
    return {
        "trainer": kind[1] if kind else type(trainer).__name__,
        "library": f"transformers {getattr(library, '__version__', '')}".strip(),
        "tokenizer": os.path.basename(named.rstrip("/")) or None,
        "precision": _precision(args, given.get("model")),
        "device": _device(args),
        "mode": mode(args.world_size, getattr(args, "n_gpu", 0)),
        "checkpoint_dir": os.path.abspath(args.output_dir),
    }


def _precision(args: Any, model: Any) -> str:
    """How it computes, and how the weights are kept where that is another."""
    if getattr(args, "bf16", False) or getattr(args, "fp16", False):
        return "bf16 mixed" if args.bf16 else "fp16 mixed"
    names = {"float32": "fp32", "float16": "fp16", "bfloat16": "bf16"}
    kept = str(getattr(model, "dtype", "")).removeprefix("torch.")
    return names.get(kept, kept)


def _device(args: Any) -> str:
    torch, device = sys.modules["torch"], args.device
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return f"{device.type.upper()}, {torch.get_num_threads()} threads"


def mode(world: int, gpus: int) -> str:
    """CPU, single GPU, distributed or multi-node, as the controls show it."""
    unit = "GPU" if gpus else "CPU"
    if world <= 1:
        return f"Single {unit}" if gpus <= 1 else f"Single process, {gpus} GPUs"
    here = int(os.environ.get("LOCAL_WORLD_SIZE", world) or world)
    if here < world:
        return f"Multi-node, {world} {unit}s on {math.ceil(world / here)} nodes"
    return f"Distributed, {world} {unit}s"


def _of_schedule(args: Any, state: Any) -> dict[str, Any]:
    kind, optimizer = args.lr_scheduler_type, args.optim
    by_steps = {"checkpoint_interval_steps": ("save_strategy", "save_steps"),
                "validation_interval_steps": ("eval_strategy", "eval_steps")}  # fmt: skip
    intervals = {
        ours: int(getattr(state, value))
        for ours, (strategy, value) in by_steps.items()
        if getattr(getattr(args, strategy, None), "value", None) == "steps"
    }
    return {
        "schedule": str(getattr(kind, "value", kind)),
        "optimizer": str(getattr(optimizer, "value", optimizer)),
        "warmup_steps": warmup_steps(args, state.max_steps),
        **intervals,
    }


def _of_data(trainer: Any, args: Any) -> dict[str, Any]:
    sizes = {"dataset_size": "train_dataset", "validation_size": "eval_dataset"}
    found: dict[str, Any] = {}
    for ours, theirs in sizes.items():
        with suppress(TypeError):  # a stream has no length
            data = getattr(trainer, theirs, None)
            found[ours] = None if data is None or isinstance(data, dict) else len(data)
    lengths = (getattr(args, name, None) for name in _LENGTHS)
    found["max_length"] = next((one for one in lengths if isinstance(one, int)), None)
    return found


def _of_length(args: Any, state: Any, given: Mapping[str, Any]) -> dict[str, Any]:
    samples = args.per_device_train_batch_size * args.gradient_accumulation_steps * args.world_size
    samples *= max(1, getattr(args, "n_gpu", 1)) if args.world_size <= 1 else 1
    found = {
        "total_steps": state.max_steps,
        "total_epochs": state.num_train_epochs,
        "samples_per_step": samples,
        "total_samples": state.max_steps * samples,
    }
    with suppress(TypeError):  # a stream has no length
        batches = len(given["train_dataloader"])
        found["batches_per_epoch"] = max(1, math.ceil(batches / args.gradient_accumulation_steps))
    return found
