"""A small Qwen3-MoE trained by transformers: OUT OPTIONS; losses go to OUT/losses.json.

Options: steps, dropout, accumulation, delay (seconds a step), slow_rank, timeout (of the process
group), lora, hook, arguments (of TrainingArguments), final, linger (seconds after the training).
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import torch
from transformers import (
    Qwen3MoeConfig,
    Qwen3MoeForCausalLM,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from console.sdk.hf import GladiusCallback

OUT, OPTIONS = Path(sys.argv[1]), json.loads(sys.argv[2])
RANK = int(os.environ.get("RANK", "0"))
torch.set_num_threads(1)
torch.manual_seed(0)

CONFIG = Qwen3MoeConfig(
    vocab_size=64, hidden_size=32, intermediate_size=32, moe_intermediate_size=16,
    num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1, head_dim=16, num_experts=4,
    num_experts_per_tok=2, max_position_embeddings=32, output_router_logits=True,
    attention_dropout=OPTIONS.get("dropout", 0.0), attn_implementation="eager",
)  # fmt: skip


class Rows(torch.utils.data.Dataset):
    """Rows that are made from their number."""

    def __init__(self, low: int, high: int) -> None:
        self.low, self.high = low, high

    def __len__(self) -> int:
        return self.high - self.low

    def __getitem__(self, index: int) -> dict[str, torch.Tensor]:
        row = (torch.arange(16) * 7 + (self.low + index) * 13) % 61
        return {"input_ids": row, "labels": row}


class Slow(TrainerCallback):
    """Takes its time, one rank more than the others."""

    def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> None:
        time.sleep(OPTIONS.get("delay", 0.0))
        if OPTIONS.get("slow_rank", -1) == RANK:
            time.sleep(0.1)


def model() -> Any:
    made = Qwen3MoeForCausalLM(CONFIG)
    if not OPTIONS.get("lora"):
        return made
    from peft import LoraConfig, get_peft_model

    return get_peft_model(made, LoraConfig(r=4, lora_alpha=8, target_modules=["q_proj", "v_proj"]))


def trainer() -> Trainer:
    given: dict[str, Any] = {
        "max_steps": OPTIONS.get("steps", 20), "logging_steps": 1, "save_strategy": "no",
        "gradient_accumulation_steps": OPTIONS.get("accumulation", 1), "learning_rate": 1e-3,
        "per_device_train_batch_size": 4, "report_to": [], "use_cpu": True, "disable_tqdm": True,
    }  # fmt: skip
    if "WORLD_SIZE" in os.environ:
        given |= {"ddp_backend": "gloo", "ddp_timeout": OPTIONS.get("timeout", 1800)}
    arguments = TrainingArguments(output_dir=str(OUT), **(given | OPTIONS.get("arguments", {})))
    hooks = [GladiusCallback(experts_seconds=0.0)] if OPTIONS.get("hook", True) else []
    return Trainer(
        model=model(), args=arguments, train_dataset=Rows(0, 200), eval_dataset=Rows(200, 216),
        callbacks=[Slow(), *hooks],
    )  # fmt: skip


made = trainer()
made.train()
if OPTIONS.get("final"):
    made.evaluate(metric_key_prefix="test")
if made.is_world_process_zero():
    losses = [(one["step"], one["loss"]) for one in made.state.log_history if "loss" in one]
    (OUT / "losses.json").write_text(json.dumps(losses))
time.sleep(OPTIONS.get("linger", 0.0))
print(f"rank {RANK} ended at {made.state.global_step}", flush=True)
