"""The training stream of the blueprint: `Epoch 47 | Batch 8450 | Loss: 0.0234 | Expert-0: 0.021 …`.

A kind of line is a row in `_KINDS`; how a large block of them is read is in `blueprint_block`.
Units: throughput in tokens/s; memory in bytes (GB = 1e9); temperatures in °C, the highest beside;
progress and shares 0–1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.found import Evaluated, Found, Measured, Saved, by_expert
from console.core.formats.names import canonical, plain
from console.core.formats.numbers import NUMBER, byte_size, count, integer, number

if TYPE_CHECKING:
    from collections.abc import Callable

    from console.core.formats.memory import Memory

_COUNT = rb"(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})"
_UNIT = rb"([KMGT]?i?B)"

_BATCH = re.compile(
    rb"Epoch (\d{1,6})(?:/\d{1,6})? \| Batch " + _COUNT + rb"(?:/" + _COUNT + rb")?"
)
_FIELD = re.compile(rb" \| ([A-Za-z][\w -]{0,40}): (" + NUMBER + rb")(?=\s|\||$)")
_EXPERT = re.compile(rb"Expert-(\d{1,4})$")
_THROUGHPUT = re.compile(rb"Throughput: (" + NUMBER + rb") (?:tokens|tok)/s")
_MEMORY = re.compile(
    rb"Memory: (?:([\d.]{1,20}) ?" + _UNIT + rb"?)?[^/|\d]*(?:/ ?([\d.]{1,20}) ?" + _UNIT + rb")?"
)
_TEMPERATURE = re.compile(
    rb"Temp: (?:([\d.]{1,8}) ?\xc2\xb0C)?[^/|\d]*(?:/ ?([\d.]{1,8}) ?\xc2\xb0C)?"
)
_PROGRESS = re.compile(rb"^[\xe2\x96\x91-\x93\x88 ]+? ?(\d{1,3}(?:\.\d{1,10})?)% complete")
_SHARE = re.compile(rb"\bE(\d{1,4}): ?([\d.]{1,10})%")
_IMBALANCE = re.compile(
    rb"Expert-(\d{1,4}) load imbalance detected(?: \(([\d.]{1,10})% utilization\))?"
)
_RATE = re.compile(rb"Learning rate: (" + NUMBER + rb")(?: \((\w+) schedule\))?")
_START = re.compile(
    rb"Starting training: Epoch (\d{1,6})/(\d{1,6})(?:, Batch " + _COUNT + rb"/" + _COUNT + rb")?"
)
_SAVED = re.compile(rb"Checkpoint saved: (\S.{0,4095})")
_EVALUATED = re.compile(rb"(Validation|Test)\b")
_RESULT = re.compile(rb"(?i)\b(loss|accuracy|perplexity)\b[ :=]{1,3}(" + NUMBER + rb")(%?)")
_SETUP = re.compile(rb"\xe2\x9c\x93 ([A-Z][\w ]{0,40}): (.{1,500}?)(?: \(([^()]{1,300})\))?\s*$")
_COMMAND = re.compile(rb"\[[^\]\s@]+@[^\]]+\][$#] (.{1,2000})$")
_PROGRAM = re.compile(rb"Initializing (\S.{0,200})$")

# Pattern in the parentheses of a set-up line, name of the total or fact, its number.
_DETAILS: tuple[tuple[re.Pattern[bytes], str, Callable[..., float | None]], ...] = (
    (re.compile(_COUNT + rb" examples"), "total_samples", integer),
    (re.compile(rb"(\d{1,3}) experts"), "experts", integer),
    (re.compile(rb"vocab_size=" + _COUNT), "vocab_size", integer),
    (re.compile(rb"([\d.]{1,20})([KMBT]?) param"), "parameters", count),
    (re.compile(rb"([\d.]{1,20})" + _UNIT + rb" total"), "memory_total_bytes", byte_size),
)
_TOTALS = frozenset({"total_samples", "experts"})


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    match = _KIND.match(line)
    return _KINDS[match[1]](row, line[match.start(1) :], memory) if match else None


def claims(line: bytes) -> bool:
    """Whether a line begins like one of this family; one that does may still not be."""
    return _KIND.match(line) is not None


def fields(line: bytes, start: int) -> tuple[dict[str, float], tuple[float | None, ...] | None]:
    """The `Name: value` columns from `start` on: (values, loss by expert)."""
    values: dict[str, float] = {}
    losses: list[tuple[int, float | None]] = []
    for name, text in _FIELD.findall(line, start):
        value = number(text)
        expert = _EXPERT.match(name)
        if expert:
            losses.append((int(expert[1]), value))
        elif value is not None:
            values[canonical(plain(name))] = value
    return values, by_expert(losses)


def _batch(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _BATCH.match(line)
    if not match:
        return None
    found = memory.total(row, "batches_per_epoch", integer(match[3])) if match[3] else []
    values, losses = fields(line, match.end())
    epoch, batch = int(match[1]), integer(match[2])
    step = memory.step_at(epoch, batch)
    return [*found, Measured(row, step, float(epoch), batch, values, losses)]


def _system(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    values: dict[str, float | None] = {}
    throughput = _THROUGHPUT.match(line)
    if throughput:
        values["throughput"] = number(throughput[1])
    used = _MEMORY.search(line)
    if used:
        unit = used[2] or used[4] or b""
        values["memory_bytes"] = byte_size(used[1], unit) if used[1] and unit else None
        values["memory_total_bytes"] = byte_size(used[3], used[4]) if used[3] else None
    heat = _TEMPERATURE.search(line)
    if heat:
        values["temperature"] = number(heat[1] or b"")
        values["temperature_max"] = number(heat[2] or b"")
    return _values(
        row, {name: value for name, value in values.items() if value is not None}, memory
    )


def _values(row: int, values: dict[str, float], memory: Memory) -> list[Found]:
    return [Measured(row, memory.step, values=values)] if values else []


def _progress(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _PROGRESS.match(line)
    value = number(match[1], -2) if match else None
    return None if value is None else _values(row, {"progress": value}, memory)


def _distribution(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    shares = by_expert([(int(i), number(text, -2)) for i, text in _SHARE.findall(line)])
    return [Measured(row, memory.step, expert_share=shares)] if shares else None


def _imbalance(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _IMBALANCE.match(line)
    if not match:
        return None
    share = number(match[2], -2) if match[2] else None
    return [] if share is None else _values(row, {f"expert_share/{int(match[1])}": share}, memory)


def _rate(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _RATE.match(line)
    value = number(match[1]) if match else None
    if match is None or value is None:
        return None
    schedule = memory.fact(row, "schedule", match[2].decode()) if match[2] else []
    return [*_values(row, {"learning_rate": value}, memory), *schedule]


def _accumulation(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = re.match(rb"Gradient accumulation: (\d{1,9}) step", line)
    return memory.fact(row, "gradient_accumulation", int(match[1])) if match else None


def _saved(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _SAVED.match(line)
    return (
        [Saved(row, match[1].rstrip().decode("utf-8", "replace"), memory.step)] if match else None
    )


def _text(printed: bytes) -> str:
    return printed.decode("utf-8", "replace").rstrip()


def _start(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _START.match(line)
    if not match:
        return None
    found = memory.total(row, "total_epochs", int(match[2]))
    if match[4]:
        batches = integer(match[4])
        found += memory.total(row, "batches_per_epoch", batches)
        found += memory.total(row, "total_steps", int(match[2]) * batches)
    return found


def _evaluated(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _EVALUATED.match(line)
    values = {}
    for name, text, percent in _RESULT.findall(line):
        value = number(text, -2 if percent else 0)
        if value is not None:
            values[name.decode().lower()] = value
    if not match or not values or b"%|" in line:  # that is a progress bar
        return None
    return [Evaluated(row, match[1].decode().lower(), values, memory.step)]


def _setup(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    match = _SETUP.match(line)
    if not match:
        return None
    name = plain(match[1]).removesuffix("_loaded")
    found = memory.fact(row, name, _text(match[2]))
    for pattern, detail, convert in _DETAILS:
        printed = pattern.search(match[3] or b"")
        value = convert(*printed.groups()) if printed else None
        if value is not None:
            remember = memory.total if detail in _TOTALS else memory.fact
            found += remember(row, detail, int(value))
    return found


def _named(pattern: re.Pattern[bytes], name: str) -> Callable[..., list[Found] | None]:
    def read(row: int, line: bytes, memory: Memory) -> list[Found] | None:
        match = pattern.match(line)
        return (
            memory.fact(row, name, match[1].decode("utf-8", "replace").rstrip()) if match else None
        )

    return read


# Beginning of the text after `[LEVEL] ` → reader.
_KINDS: dict[bytes, Callable[[int, bytes, Memory], list[Found] | None]] = {
    b"Epoch ": _batch,
    b"Throughput: ": _system,
    b"\xe2\x96\x93": _progress,
    b"\xe2\x96\x91": _progress,
    b"\xe2\x96\x88": _progress,
    b"Expert routing distribution: ": _distribution,
    b"Expert-": _imbalance,
    b"Learning rate: ": _rate,
    b"Gradient accumulation: ": _accumulation,
    b"Checkpoint saved: ": _saved,
    b"Validation": _evaluated,
    b"Test": _evaluated,
    b"Starting training: ": _start,
    b"\xe2\x9c\x93 ": _setup,
    b"Initializing ": _named(_PROGRAM, "program"),
    b"[": _named(_COMMAND, "command"),
}
_KIND = re.compile(rb"(?:\[[A-Z]{2,10}\] +)?(" + b"|".join(map(re.escape, _KINDS)) + rb")")
