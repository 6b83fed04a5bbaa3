"""The families of one line a step, each with the function that reads its line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats import (
    boosting,
    deepspeed,
    fairseq,
    maxtext,
    megatron,
    mlx,
    nanogpt,
    torchtitan,
    vision,
)
from console.core.formats.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.core.formats.found import Found

    ReadLine = Callable[[int, bytes, Memory], list[Found] | None]

_HINT = re.compile(rb"tep|loss|poch|ter|Train: |Test|Starting training\.|HellaSwag|saving |'s ")
_BEGINNINGS = (b"[", b" ", b"train ")
"""What one of each family's lines has in common with others."""

FAMILIES: dict[str, ReadLine] = {
    "nanogpt": nanogpt.read_line,
    "nanochat": nanogpt.read_chat_line,
    "llm.c": nanogpt.read_c_line,
    "megatron": megatron.read_line,
    "nemo": megatron.read_nemo_line,
    "torchtitan": torchtitan.read_line,
    "torchtune": torchtitan.read_tune_line,
    "maxtext": maxtext.read_line,
    "fairseq": fairseq.read_line,
    "open_clip": vision.read_clip_line,
    "timm": vision.read_timm_line,
    "mlx-lm": mlx.read_line,
    "deepspeed": deepspeed.read_line,
    "xgboost": boosting.read_xgb_line,
    "lightgbm": boosting.read_lgb_line,
}


def may_claim(line: bytes) -> bool:
    """Whether a line can be of one of these families at all: most of a program's lines can not."""
    return _HINT.search(line) is not None or line.startswith(_BEGINNINGS)


def claims(line: bytes) -> bool:
    """Whether a line, or one with other digits, is of one of these families."""
    return may_claim(line) and any(
        read(-1, line, Memory()) is not None for read in FAMILIES.values()
    )
