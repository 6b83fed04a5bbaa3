"""What a trainer looks like, so that a dimmed control can name the handle; never acted upon.

`suggestion` judges the command line first, then what the output reader recognised. To add one: a
row in WORDS or FORMATS.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.handles import HANDLES

if TYPE_CHECKING:
    from console.core.state import RunState

WORDS: tuple[tuple[str, str], ...] = (
    ("axolotl", r"(?:.*/)?axolotl|axolotl\.cli(?:\.\w+)*"),
    ("megatron", r"(?:.*/)?pretrain_\w+\.py|--exit-signal-handler|--tensor-model-parallel-size"),
    ("hf-jit", r"--enable[_-]jit[_-]checkpoint"),
)
"""Handle → a word of the command line, as a regular expression."""

FORMATS: dict[str, tuple[str, str]] = {
    "huggingface": ("hf-jit", "with enable_jit_checkpoint "),
    "megatron": ("megatron", ""),
    "lightning": ("lightning-slurm", "with Slurm's auto-requeue "),
    "timm": ("timm", ""),
}
"""Name of an output format → (handle, on which condition)."""

AXOLOTL_VALUES = ("tokens/trainable", "memory/max_active")
"""Values only that one prints, in Hugging Face's form."""

DISTRIBUTED = re.compile(
    r"(?:.*/)?(?:torchrun|deepspeed|srun|mpirun|mpiexec|accelerate|horovodrun)"
    r"|torch\.distributed\.(?:run|launch)|--nproc[_-]per[_-]node(?:=.*)?"
)

FREEZING = "memory and GPUs stay held, nothing is saved"
WATCHDOG = (
    "it runs on several processes: NCCL gives a waiting collective up after 10 min (default) and "
    "agents of torchrun on several nodes lose contact sooner, so resume before that"
)


def likeness(state: RunState) -> tuple[str, str] | None:
    """(name of the handle, condition) this trainer seems to have."""
    for name, pattern in WORDS:
        if any(re.fullmatch(pattern, word) for word in state.run.command):
            return name, ""
    summary = state.configuration.format
    values = {*state.metrics, *summary.get("values", ())}
    if values.intersection(AXOLOTL_VALUES):
        return "axolotl", ""
    for known in summary.get("formats", ()):
        if found := FORMATS.get(str(known)):
            return found
    return None


def suggestion(state: RunState, order: str) -> str:
    """`looks like Axolotl: set control: axolotl`; empty when nothing is known or one is set."""
    found = None if state.run.control else likeness(state)
    if found is None:
        return ""
    handle = HANDLES[found[0]]
    orders = "" if order in handle.orders else f" (for {', '.join(handle.orders)} only)"
    return f"looks like {handle.title}: {found[1]}set `control: {handle.name}`{orders}"


def is_distributed(state: RunState) -> bool:
    """Whether it seems to run on several processes that wait for each other."""
    world = state.configuration.facts.get("world")
    if isinstance(world, int) and world > 1:
        return True
    return any(DISTRIBUTED.fullmatch(word) for word in state.run.command)


def freezing(state: RunState) -> str:
    """What a pause by SIGSTOP means for this trainer."""
    return f"{FREEZING}; {WATCHDOG}" if is_distributed(state) else FREEZING
