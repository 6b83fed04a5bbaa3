"""The configuration as people and scripts see it: what the trainer says it really uses wins.

`info` are the trainer's own facts (`Configuration.facts` in the state), the configuration fills
what they do not tell. Not known is None in the state object and `—` on the panel.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.core import format as fmt
from console.core.config_kind import COUNT, POSITIVE
from console.core.config_load import Config
from console.core.config_schema import KINDS

_SAME_NAMES = {
    "model": "experts active_experts parameters tokenizer",
    "training": "batch_size gradient_accumulation max_length precision seed",
    "optimization": "learning_rate schedule warmup_steps optimizer betas epsilon weight_decay",
}
_FACTS: dict[str, tuple[str, str]] = {
    "model": ("model", "name"),
    **{name: (section, name) for section, names in _SAME_NAMES.items() for name in names.split()},
    "validation_interval_steps": ("checkpointing", "validation_interval_steps"),
}
"""The trainer's name of a fact → the setting that says the same."""


def configuration_state(
    config: Config | Mapping[str, Any],
    info: Mapping[str, Any],
    filename: str | None,
    modified_iso: str | None,
) -> dict[str, Any]:
    """The blueprint's configuration state object. `frequency` is in minutes,
    `validationFrequency` in steps."""
    used = _used(config, info)
    model = {"name": "model", "experts": "experts", "activeExperts": "active_experts",
             "parameters": "parameters"}  # fmt: skip
    training = {"batchSize": "batch_size", "gradientAccumulation": "gradient_accumulation",
                "maxLength": "max_length", "precision": "precision"}  # fmt: skip
    optimization = {"learningRate": "learning_rate", "schedule": "schedule",
                    "warmupSteps": "warmup_steps", "optimizer": "optimizer", "betas": "betas",
                    "epsilon": "epsilon", "weightDecay": "weight_decay"}  # fmt: skip
    betas = used["betas"]
    used["betas"] = None if betas is None else list(betas)
    seconds = used["checkpoint_interval_seconds"]
    return {
        "filename": filename,
        "modified": modified_iso,
        "model": {key: used[name] for key, name in model.items()},
        "training": {key: used[name] for key, name in training.items()},
        "optimization": {key: used[name] for key, name in optimization.items()},
        "checkpointing": {
            "frequency": None if seconds is None else seconds / 60,
            "validationFrequency": used["validation_interval_steps"],
        },
    }


def panel(config: Config | Mapping[str, Any], info: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Label and value of each row of the configuration panel, in its order."""
    used = _used(config, info)
    betas = [fmt.setting(beta) for beta in used["betas"] or ()]
    epsilon = [] if used["epsilon"] is None else [fmt.setting(used["epsilon"])]
    more = (("Method", _method(info)), ("Dataset", _dataset(info)))
    return [
        ("Model", _model(used)),
        ("Experts", _experts(used)),
        ("Batch", _batch(used, info)),
        ("Max length", fmt.number(used["max_length"])),
        ("Precision", fmt.text(used["precision"])),
        ("Seed", fmt.UNKNOWN if used["seed"] is None else str(used["seed"])),
        ("LR", _joined(_or_none(fmt.setting, used["learning_rate"]), used["schedule"])),
        ("Warm-up", _steps(used["warmup_steps"])),
        ("Optimizer", fmt.text(used["optimizer"])),
        ("β ε", _joined(*betas, *epsilon)),
        ("Checkpoint", _checkpoint(used)),
        ("Validate", _steps(used["validation_interval_steps"])),
    ] + [row for row in more if row[1] != fmt.UNKNOWN]


def _used(config: Config | Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    """Every fact by the trainer's name for it; one that is no fit for its kind is not known."""
    tree = config.tree if isinstance(config, Config) else config
    used = {}
    for fact, (section, name) in _FACTS.items():
        kind = KINDS[section][name]
        said = kind.read_or_none(_listed(info.get(fact)))
        used[fact] = said if said is not None else kind.read_or_none(_get(tree, section, name))
    return used | _checkpoint_interval(tree, info)


def _listed(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _get(tree: Mapping[str, Any], section: str, name: str) -> object:
    found = tree.get(section)
    return found.get(name) if isinstance(found, Mapping) else None


def _checkpoint_interval(tree: Mapping[str, Any], info: Mapping[str, Any]) -> dict[str, Any]:
    """By time, by steps or both; from one source, as the trainer may use only one of them."""
    said_seconds = POSITIVE.read_or_none(info.get("checkpoint_interval_seconds"))
    said_steps = COUNT.read_or_none(info.get("checkpoint_interval_steps"))
    if said_seconds is None and said_steps is None:
        minutes = POSITIVE.read_or_none(_get(tree, "checkpointing", "interval_minutes"))
        said_seconds = None if minutes is None else minutes * 60
        said_steps = COUNT.read_or_none(_get(tree, "checkpointing", "interval_steps"))
    return {"checkpoint_interval_seconds": said_seconds, "checkpoint_interval_steps": said_steps}


def _joined(*parts: str | None) -> str:
    return fmt.text(" ".join(part for part in parts if part))


def _or_none(form: Any, value: object) -> str | None:
    return None if value is None else form(value)


def _model(used: Mapping[str, Any]) -> str:
    name, size = used["model"], _or_none(fmt.parameters, used["parameters"])
    if name and size and size.lower() in name.lower():
        return fmt.text(name)
    return _joined(name, size)


def _experts(used: Mapping[str, Any]) -> str:
    experts, active = used["experts"], used["active_experts"]
    if experts is None or active is None:
        return fmt.number(experts)
    return f"{fmt.number(experts)}, {fmt.number(active)} active"


def _batch(used: Mapping[str, Any], info: Mapping[str, Any]) -> str:
    """Batch per device × accumulation × devices = samples of one step of the optimizer."""
    batch, accumulation = used["batch_size"], used["gradient_accumulation"]
    if batch is None or accumulation is None:
        return fmt.number(batch)
    factors = [batch, accumulation]
    if (world := COUNT.read_or_none(info.get("world")) or 1) > 1:
        factors.append(world)
    product = " × ".join(map(fmt.number, factors))
    return f"{product} = {fmt.number(batch * accumulation * world)}"


def _method(info: Mapping[str, Any]) -> str:
    """How a model is trained further, as the hook says it: `LoRA r 16 α 32, 4-bit nf4`."""
    rank, alpha = (COUNT.read_or_none(info.get(name)) for name in ("lora_r", "lora_alpha"))
    sizes = f" r {rank}" if rank is not None else ""
    sizes += f" α {alpha}" if alpha is not None else ""
    said = [info.get("method"), info.get("quantisation")]
    method, quantised = (one if isinstance(one, str) else "" for one in said)
    return fmt.text(", ".join(part for part in (method + sizes, quantised) if part))


def _dataset(info: Mapping[str, Any]) -> str:
    size = COUNT.read_or_none(info.get("dataset_size"))
    return fmt.UNKNOWN if size is None else f"{fmt.number(size)} examples"


def _steps(steps: int | None) -> str:
    if steps is None:
        return fmt.UNKNOWN
    return "1 step" if steps == 1 else f"{fmt.number(steps)} steps"


def _checkpoint(used: Mapping[str, Any]) -> str:
    seconds, steps = used["checkpoint_interval_seconds"], used["checkpoint_interval_steps"]
    parts = []
    if seconds is not None:
        parts.append(f"{fmt.setting(seconds / 60)} min" if seconds >= 60 else fmt.duration(seconds))
    if steps is not None:
        parts.append(f"every {_steps(steps)}")
    return ", ".join(parts) or fmt.UNKNOWN
