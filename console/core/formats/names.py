"""What trainers call their values → one name each. A name nobody here knows stays what it is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

_ALIASES = {
    "loss": ("loss", "lm_loss", "total_loss", "reduced_train_loss", "loss_step"),
    "learning_rate": ("lr", "learning_rate"),
    "gradient_norm": ("grad_norm", "gradient_norm", "gnorm", "norm"),
    "aux_loss": ("aux_loss", "load_balancing_loss"),
    "accuracy": ("acc", "accuracy", "mean_token_accuracy"),
    "perplexity": ("ppl", "perplexity"),
    "throughput": (
        "throughput", "tokens_per_second", "tokens_per_sec", "tokens/sec", "tok/s", "tps",
        "tokens/train_per_sec_per_gpu",
    ),
    "weight_decay": ("weight_decay", "wd"),
}  # fmt: skip
_CANONICAL = {alias: name for name, aliases in _ALIASES.items() for alias in aliases}
_SPLITS = {
    "val": "validation", "valid": "validation", "validation": "validation", "eval": "validation",
    "dev": "validation", "test": "test",
}  # fmt: skip

# Values a configuration does not have: a line with one of these reports a result.
RESULTS = frozenset({"loss", "accuracy", "perplexity", "gradient_norm"})

# Counters and clocks: on a line of results, but not results.
COUNTERS = frozenset({
    "step", "steps", "global_step", "current_steps", "total_steps", "iter", "iteration",
    "num_updates", "update", "epoch", "epochs", "batch", "batch_size", "global_batch_size", "time",
    "eta", "elapsed", "runtime", "wall", "total", "seed", "v_num",
    "rank", "world_size", "pid", "port", "version",
})  # fmt: skip

POSITIONS = {
    "step": "step", "steps": "step", "global_step": "step", "current_steps": "step",
    "iter": "step", "iteration": "step", "num_updates": "step",
    "epoch": "epoch", "batch": "batch",
}  # fmt: skip

_SPLIT_NAME = re.compile(r"(val|valid|validation|eval|dev|test)[_/](.+)")
_EXPERT = re.compile(r"(?:moe/)?expert_?(\d{1,4})[_/](load|share|loss)")
_AVERAGE = re.compile(r"(?:avg|average|mean|running)_(?=loss$)")


class Meaning(NamedTuple):
    """What a printed name stands for: a `position` (step, epoch, batch), a value of an `expert`
    (number, "loss" or "share"), or the value `name` of a `split` ("" is training). A counter or
    clock has no name."""

    position: str | None = None
    expert: tuple[int, str] | None = None
    split: str = ""
    name: str = ""


@lru_cache(maxsize=4096)
def meaning(printed: bytes) -> Meaning:
    """What a printed name stands for."""
    name = plain(printed)
    if name in POSITIONS:
        return Meaning(position=POSITIONS[name])
    expert = _EXPERT.fullmatch(name)
    if expert:
        return Meaning(expert=(int(expert[1]), "loss" if expert[2] == "loss" else "share"))
    part = _SPLIT_NAME.fullmatch(name)
    split = _SPLITS[part[1]] if part else ""
    name = canonical(part[2] if part else name)
    return Meaning() if name in COUNTERS else Meaning(split=split, name=name)


def canonical(name: str) -> str:
    """The name of a plain name in the metrics database."""
    for prefix in ("train/", "train_", "training_"):
        name = name.removeprefix(prefix)
    return _CANONICAL.get(_AVERAGE.sub("", name), name)


def plain(name: bytes) -> str:
    """A printed name in lower case with underscores."""
    return re.sub(r"[ -]+", "_", name.decode("utf-8", "replace").strip().lower())
