"""fairseq's simple and JSON logs. Its losses are in bits (base 2) and are told twice: `loss` in
nats like every other trainer's, to one decimal more than printed (at least four), and `loss_bits`
as printed.

A criterion that logs nats shows it by its perplexity, which is then e**loss. The mean over an epoch
is `epoch_loss`. Formats: fairseq `fairseq/logging/progress_bar.py`, `fairseq_cli/train.py`,
`fairseq/checkpoint_utils.py`.
"""

from __future__ import annotations

import re
from math import exp, isfinite, log
from typing import TYPE_CHECKING

from console.core.formats.found import Found, Saved
from console.core.formats.lines import HEAD, evaluated, gibibytes, measured, values, whole
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.lines import Names
    from console.core.formats.memory import Memory

_STEP = re.compile(rb"(?<![\w.])epoch (\d{3,9}): +(\d{1,12}) / (\d{1,12}) (?=[\w/]{1,60}=)")
_STEP_PAIR = re.compile(rb"([A-Za-z][\w/@.-]{0,60})=(" + NUMBER + rb")(?=,|\s|$)")
_END = re.compile(
    rb"(?<![\w.])epoch (\d{3,9}) \| (valid on '[^']{1,200}' subset \| )?(?=\w{1,60} )"
)
_END_PAIR = re.compile(rb"(?:^|\| )([A-Za-z][\w/@.-]{0,60}) (" + NUMBER + rb")(?= \||\s*$)")
_OBJECT = re.compile(rb"\{\"epoch\": \d.{3,8000}\}\s*$")
_MEMBER = re.compile(rb"\"([A-Za-z][\w/@.-]{0,60})\": \"?(" + NUMBER + rb")\"?(?=[,}])")
_SAVED = re.compile(
    rb"Saved checkpoint (\S.{0,4000}?) \(epoch \d{1,9} @ (\d{1,12}) updates, score "
)
_IN_BITS = ("loss", "nll_loss")
_DIGITS = re.compile(rb"\.(\d{1,30})")
_NAMES: Names = {
    b"wps": ("throughput", number),
    b"ups": ("updates_per_second", number),
    b"wpb": ("tokens_per_batch", number),
    b"bsz": ("sentences_per_batch", number),
    b"clip": ("clipped_percent", number),
    b"gb_free": ("memory_free_bytes", gibibytes),
    b"train_wall": None,
    b"best_loss": None,
    b"best": None,
    b"update": None,
}

Pairs = list[tuple[bytes, bytes]]


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of fairseq says; None when it is none."""
    if b"epoch" not in line:
        return None
    match = _STEP.search(line, 0, HEAD)
    if match:
        total = memory.total(row, "batches_per_epoch", int(match[3]))
        pairs = _STEP_PAIR.findall(line, match.end())
        return [*total, *_moment(row, pairs, memory, int(match[1]), int(match[2]))]
    match = _END.search(line, 0, HEAD)
    if match:
        pairs = [
            (name.removeprefix(b"valid_"), text)  # as releases before 0.9 print them
            for name, text in _END_PAIR.findall(line, match.end() - 2)
        ]
        kind = _evaluation if match[2] else _epoch
        return kind(row, pairs, memory) if b"num_updates" in dict(pairs) else None
    if b'num_updates"' in line:
        return _read_object(row, line, memory)
    match = _SAVED.search(line, 0, HEAD + 4096) if b"Saved checkpoint " in line else None
    return [Saved(row, match[1].decode("utf-8", "replace"), int(match[2]))] if match else None


def _read_object(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _OBJECT.search(line)
    pairs: Pairs = _MEMBER.findall(match[0]) if match else []
    names = dict(pairs)
    if b"num_updates" in names:
        return _moment(row, pairs, memory, whole(names.get(b"epoch")), None)
    for prefix, kind in ((b"train_", _epoch), (b"valid_", _evaluation)):
        if prefix + b"num_updates" in names:
            return kind(row, [(name.removeprefix(prefix), text) for name, text in pairs], memory)
    return None


def _moment(
    row: int, pairs: Pairs, memory: Memory, epoch: int | None, batch: int | None
) -> list[Found]:
    step = _updates(pairs)
    if step is None and epoch is not None and batch is not None:
        step = memory.step_at(epoch, batch)
    place = None if epoch is None else float(epoch)
    return measured(row, memory, _told(pairs), step, place, batch)


def _epoch(row: int, pairs: Pairs, memory: Memory) -> list[Found]:
    told = _told(pairs)
    means = {f"epoch_{name}": told[name] for name in ("loss", "loss_bits") if name in told}
    return measured(row, memory, means, _updates(pairs)) if means else []


def _evaluation(row: int, pairs: Pairs, _memory: Memory) -> list[Found]:
    told = _told(pairs)
    for name in ("throughput", "tokens_per_batch", "sentences_per_batch"):
        told.pop(name, None)
    return evaluated(row, told, _updates(pairs))


def _updates(pairs: Pairs) -> int | None:
    return whole(dict(pairs).get(b"num_updates"))


def _told(pairs: Pairs) -> dict[str, float]:
    """The values; losses in nats beside the bits that were printed."""
    told = values(pairs, _NAMES)
    if _is_in_nats(told):
        return told
    for printed, text in pairs:
        name = printed.decode("utf-8", "replace")
        if name in _IN_BITS and name in told:
            digits = _DIGITS.search(text)
            told[f"{name}_bits"] = told[name]
            told[name] = _rounded(told[name] * log(2), max(len(digits[1]) if digits else 0, 3) + 1)
    return told


def _rounded(value: float, digits: int) -> float:
    return round(value, digits) if isfinite(value) else value


def _is_in_nats(told: dict[str, float]) -> bool:
    """Whether the perplexity is e**loss rather than 2**loss."""
    loss, perplexity = told.get("nll_loss", told.get("loss")), told.get("perplexity")
    if loss is None or perplexity is None or not abs(loss) < 100 or not isfinite(perplexity):
        return False
    return abs(exp(loss) - perplexity) < abs(float(2.0**loss) - perplexity)
