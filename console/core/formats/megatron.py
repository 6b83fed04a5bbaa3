"""Megatron-LM and NeMo's ProgressPrinter: `name: value` between bars, position first.

Megatron prints from the last rank; NeMo counts steps and epochs from 0, and its total is the last
step's number. Formats: Megatron-LM `megatron/training/training.py` (`training_log`,
`evaluate_and_print_results`) and `checkpointing.py`; NeMo `callbacks/progress_printer.py`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Found, Saved
from console.core.formats.lines import HEAD, evaluated, measured, milliseconds, values
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_STEP = re.compile(
    rb"(?<![\w.])iteration +(\d{1,12})/ *(\d{1,12}) \|(?= consumed samples:| elapsed time per)"
)
_PAIR = re.compile(rb"(?:^|\|) ?([^|:]{1,80}): *(" + NUMBER + rb") *(?=\||$)")
_EVALUATION = re.compile(
    rb"(?<![\w.])(validation|test)[^|]{0,80}? loss at ([^|]{1,120}?) \| (?=[^|:]{1,80} value: )"
)
_ITERATION = re.compile(rb"iteration +(\d{1,12})")
_SAVED = re.compile(
    rb"successfully saved checkpoint (?:from|at) iteration +(\d{1,12}) to (\S.{0,4000}?)"
    rb"(?: \[ t \d.{0,100})?\s*$"
)
_AUXILIARY = ("load_balancing_loss", "seq_load_balancing_loss", "global_load_balancing_loss")
_NAMES: Names = {
    b"consumed samples": ("samples", number),
    b"skipped samples": ("skipped_samples", number),
    b"elapsed time per iteration (ms)": ("step_seconds", milliseconds),
    b"throughput per GPU (TFLOP/s/GPU)": ("tflops", number),
    b"compute per GPU (TFLOP/s/GPU)": ("tflops", number),
    b"energy per GPU (J/iter/GPU)": ("energy_joules", number),
    b"power per GPU (W/GPU)": ("power_watts", number),
    b"global batch size": None,
    b"lm loss": ("loss", number),
    b"num zeros": ("zero_gradients", number),
    b"params norm": ("parameter_norm", number),
    b"number of skipped iterations": ("skipped_iterations", number),
    b"number of nan iterations": ("nan_iterations", number),
    b"load_balancing_loss": ("load_balancing_loss", number),
    b"lm loss value": ("loss", number),
    b"lm loss PPL": ("perplexity", number),
}

_NEMO_STEP = re.compile(rb"(?<![\w.])Training epoch (\d{1,9}), iteration (\d{1,12})/(\d{1,12}) \| ")
_NEMO_PLACE = re.compile(rb"\| global_step: (\d{1,12})")
_NEMO_NAMES: Names = {
    b"reduced_train_loss": ("loss", number),
    b"train_step_timing in s": ("step_seconds", number),
    b"consumed_samples": ("samples", number),
    b"global_step": None,
}
_NEMO_VALIDATION = ("val_loss", "validation_loss", "val_ppl")


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of Megatron-LM says; None when it is none."""
    if b"iteration" not in line and b" loss at " not in line:
        return None
    match = _STEP.search(line, 0, HEAD)
    if match:
        told = values(_PAIR.findall(line, match.end() - 1), _NAMES)
        for name in _AUXILIARY:
            if name in told:
                told.setdefault("aux_loss", told[name])
        told.pop("load_balancing_loss", None)
        total = memory.total(row, "total_steps", int(match[2]))
        return [*total, *measured(row, memory, told, int(match[1]))]
    match = _EVALUATION.search(line, 0, HEAD)
    if match:
        return _evaluated(row, line, match, memory)
    match = _SAVED.search(line, 0, HEAD + 4096)
    if match:
        return [Saved(row, match[2].decode("utf-8", "replace"), int(match[1]))]
    return None


def _evaluated(row: int, line: bytes, match: re.Match[bytes], memory: Memory) -> list[Found]:
    told = values(_PAIR.findall(line, match.end() - 2), _NAMES)
    place = _ITERATION.search(match[2])
    is_test = match[1] == b"test" or b"test set" in match[2] or b"test data" in match[2]
    step = int(place[1]) if place else memory.step
    return evaluated(row, told, step, "test" if is_test else "validation")


def read_nemo_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of NeMo's printer says; None when it is none. The result of the last validation
    stands in every line after it and is told once."""
    if b"Training epoch " not in line:
        return None
    match = _NEMO_STEP.search(line, 0, HEAD)
    if not match:
        return None
    told = values(_PAIR.findall(line, match.end() - 2), _NEMO_NAMES)
    place = _NEMO_PLACE.search(line)
    step = int(place[1]) if place else int(match[2])
    found = memory.total(row, "total_steps", int(match[3]))
    result = {"loss" if name.endswith("loss") else "perplexity": told.pop(name)
              for name in _NEMO_VALIDATION if name in told}  # fmt: skip
    if result and memory.said.get("nemo/validation") != str(result):
        memory.said["nemo/validation"] = str(result)
        found += evaluated(row, result, step)
    return [*found, *measured(row, memory, told, step, float(match[1]))]
