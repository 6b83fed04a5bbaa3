"""What can be set in a training of transformers while it goes on.

A new setting is a row of `_STATE` or a function in `settable`.
"""

from collections.abc import Callable, Mapping
from typing import Any

from console.sdk import rates

_STATE = {
    "checkpoint_interval_steps": ("save_steps", "save_strategy"),
    "validation_interval_steps": ("eval_steps", "eval_strategy"),
    "logging_interval_steps": ("logging_steps", "logging_strategy"),
}
"""Setting → where transformers keeps it during the training, and what has to be "steps" for it."""

Settings = dict[str, dict[str, Any]]


def settable(trainer: Any, args: Any, state: Any, given: Mapping[str, Any]) -> Settings:
    """The settings for the hook."""
    found = _of_optimizer(trainer, args, state, given)
    clips = isinstance(getattr(args, "max_grad_norm", None), (int, float))
    if clips and not getattr(trainer, "is_deepspeed_enabled", False):
        found["gradient_clip"] = {
            "type": "float", "min": 0.0, "max": 1e6, "value": float(args.max_grad_norm),
            "applies": "now", "set": _setter(args, "max_grad_norm"),
            "get": lambda: float(args.max_grad_norm),
        }  # fmt: skip
    for name, (place, strategy) in _STATE.items():
        value = getattr(state, place, None)
        wanted = getattr(args, strategy, None)
        if isinstance(value, int) and value > 0 and getattr(wanted, "value", wanted) == "steps":
            found[name] = {
                "type": "int", "min": 1, "max": 10**9, "value": value, "unit": "steps",
                "applies": "now", "set": _setter(state, place), "get": _getter(state, place),
            }  # fmt: skip
    return found


def _of_optimizer(trainer: Any, args: Any, state: Any, given: Mapping[str, Any]) -> Settings:
    """Learning rate and weight decay; looked up anew, as the trainer may replace its schedule."""
    optimizer = given.get("optimizer") or getattr(trainer, "optimizer", None)

    def schedules() -> list[Any]:
        one = given.get("lr_scheduler") or getattr(trainer, "lr_scheduler", None)
        return [] if one is None else [getattr(one, "scheduler", one)]

    def rising() -> bool:
        return bool(state.global_step < warmup_steps(args, state.max_steps))

    return rates.settable(optimizer, schedules, rising)


def warmup_steps(args: Any, total: int) -> int:
    """The steps in which the learning rate rises."""
    given = getattr(args, "get_warmup_steps", None)
    return int(given(total)) if given is not None else int(getattr(args, "warmup_steps", 0) or 0)


def _setter(holder: Any, name: str) -> Callable[[Any], None]:
    return lambda value: setattr(holder, name, value)


def _getter(holder: Any, name: str) -> Callable[[], Any]:
    return lambda: getattr(holder, name)
