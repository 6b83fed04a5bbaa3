"""nanoGPT, nanochat and llm.c: one line a step with the loss, another for an evaluation.

nanoGPT's `mfu` is -100 % until it is known. nanochat's loss is a running mean that the program
itself smooths, and its learning rate only a multiplier. llm.c's `val loss` names no step.
Formats: nanoGPT `train.py`, nanochat `scripts/base_train.py`, `chat_sft.py` and `chat_rl.py`,
llm.c `train_gpt2.cu`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Found, Saved
from console.core.formats.lines import (
    HEAD,
    evaluated,
    measured,
    milliseconds,
    positive,
    values,
)
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_SAVING = "nanogpt/saving"
_NANO_STEP = re.compile(
    rb"(?<![\w.])iter (\d{1,12}): loss (" + NUMBER + rb"), time (" + NUMBER + rb")ms"
    rb"(?:, mfu (" + NUMBER + rb")%)?\s*$"
)
_NANO_EVALUATION = re.compile(
    rb"(?<![\w.])step (\d{1,12}): train loss (" + NUMBER + rb"), val loss (" + NUMBER + rb")\s*$"
)
_NANO_SAVING = re.compile(rb"^saving checkpoint to (\S.{0,4000}?)\s*$")
_NANO_NAMES: Names = {
    b"loss": ("loss", number),
    b"time": ("step_seconds", milliseconds),
    b"mfu": ("mfu", positive),
    b"train": ("train_loss", number),
}

_CHAT_STEP = re.compile(
    rb"(?<![\w.])step (\d{1,12})(?:/(\d{1,12}))? \(\d{1,3}\.\d\d%\) \| (?=loss: )"
)
_CHAT_RESULT = re.compile(
    rb"(?<![\w.])Step (\d{1,12})(/\d{1,12})? \| "
    rb"(?=Validation bpb: |CORE metric: |ChatCORE: |Average reward: |Example step |Pass@\d)"
)
_CHAT_PAIR = re.compile(rb"([A-Za-z][\w/@ ]{0,40}): (" + NUMBER + rb")(?=\s|ms|m\b|,|$)")
_CHAT_NAMES: Names = {
    b"loss": ("loss", number),
    b"lrm": ("learning_rate_multiplier", number),
    b"dt": ("step_seconds", milliseconds),
    b"tok/sec": ("throughput", number),
    b"bf16_mfu": ("mfu", number),
    b"Validation bpb": ("bits_per_byte", number),
    b"Average reward": ("reward", number),
    b"Average sequence length": ("sequence_length", number),
    b"total time": None,
    b"eta": None,
    b"pq": None,
    b"rg": None,
}

_C_STEP = re.compile(
    rb"(?<![\w.])step +(\d{1,12})/(\d{1,12}) \| loss (" + NUMBER + rb") \(([-+]?[\w.]{1,20})z\)\| "
    rb"norm (" + NUMBER + rb") \(([-+]?[\w.]{1,20})z\)\| lr (" + NUMBER + rb") \| "
    rb"(" + NUMBER + rb") ms \| (?:(" + NUMBER + rb")% \w+ MFU \| )?(" + NUMBER + rb") tok/s"
)
_C_EVALUATION = re.compile(rb"^val loss (" + NUMBER + rb")\s*$")
_C_HELLASWAG = re.compile(rb"^HellaSwag: \d{1,9}/\d{1,9} = (" + NUMBER + rb")\s*$")
_C_ORDER = (b"loss", b"loss z", b"norm", b"norm z", b"lr", b"ms", b"mfu", b"tok/s")
_C_NAMES: Names = {
    b"norm": ("gradient_norm", number),
    b"norm z": ("gradient_norm_z", number),
    b"lr": ("learning_rate", number),
    b"ms": ("step_seconds", milliseconds),
    b"mfu": ("mfu", positive),
    b"tok/s": ("throughput", number),
}


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of nanoGPT says; None when it is none. A checkpoint is announced before it is
    written and is told with the line that follows it."""
    if b"loss " not in line:
        saving = _NANO_SAVING.match(line) if line.startswith(b"saving") else None
        if saving:
            memory.said[_SAVING] = saving[1].decode("utf-8", "replace")
            return []
        return None
    match = _NANO_STEP.search(line, 0, HEAD)
    if match:
        pairs = zip((b"loss", b"time", b"mfu"), match.groups(b"")[1:], strict=True)
        path = memory.said.pop(_SAVING, None)
        saved = [] if path is None else [Saved(row, str(path), memory.step)]
        return [*saved, *measured(row, memory, values(pairs, _NANO_NAMES), int(match[1]))]
    match = _NANO_EVALUATION.search(line, 0, HEAD)
    if not match:
        return None
    memory.step = int(match[1])
    told = values([(b"loss", match[3]), (b"train", match[2])], _NANO_NAMES)
    return evaluated(row, told, memory.step)


def read_chat_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of nanochat says; None when it is none."""
    if b"tep " not in line or b" | " not in line:
        return None
    match = _CHAT_STEP.search(line, 0, HEAD)
    if match:
        told = values(_CHAT_PAIR.findall(line, match.end()), _CHAT_NAMES)
        epoch = re.search(rb" \| epoch: (\d{1,9})", line)
        total = memory.total(row, "total_steps", int(match[2])) if match[2] else []
        place = float(epoch[1]) if epoch else None
        return [*total, *measured(row, memory, told, int(match[1]), place)]
    match = _CHAT_RESULT.search(line, 0, HEAD)
    if not match:
        return None
    told = values(_CHAT_PAIR.findall(line, match.end()), _CHAT_NAMES)
    if "bits_per_byte" in told:
        return evaluated(row, told, int(match[1]))
    return measured(row, memory, told, int(match[1])) if told else []


def read_c_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of llm.c says; None when it is none."""
    if b" tok/s" in line:
        match = _C_STEP.search(line, 0, HEAD)
        if match is None:
            return None
        pairs = zip(_C_ORDER, match.groups(b"")[2:], strict=True)
        total = memory.total(row, "total_steps", int(match[2]))
        return [*total, *measured(row, memory, values(pairs, _C_NAMES), int(match[1]))]
    if line.startswith(b"val loss "):
        match = _C_EVALUATION.match(line)
        return evaluated(row, values([(b"loss", match[1])], _C_NAMES), None) if match else None
    match = _C_HELLASWAG.match(line) if line.startswith(b"HellaSwag: ") else None
    value = number(match[1]) if match else None
    return None if value is None else measured(row, memory, {"hellaswag_accuracy": value}, None)
