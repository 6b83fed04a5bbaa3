"""`step 150/1000 | loss: 2.09 | lr 3e-4`: position and results as names and numbers on one line.

For trainers nobody here knows, so with care: a line must name where the run is (step, iteration,
epoch or batch) and hold a result (`names.RESULTS`); progress bars are left alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from console.core.formats.names import meaning
from console.core.formats.numbers import NUMBER, number
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.found import Found
    from console.core.formats.memory import Memory

_LENGTH_LIMIT = 2000
_HINTS = (b"loss", b"acc", b"ppl", b"perplexity", b"norm")
_BAR = re.compile(rb"\d%\||it/s|s/it|\xe2\x96\x88|\xe2\x94\x81")
_POSITION = re.compile(
    rb"(?<![\w.])(global_step|step|steps|iter|iteration|num_updates|epoch|batch)"
    rb"[ \t]{0,3}[:=#]?[ \t]{0,3}\[?[ \t]{0,12}(\d{1,12}(?:\.\d{1,12})?)"
    rb"(?:[ \t]{0,3}/[ \t]{0,12}(\d{1,12})(?![\w.]))?(?![\d.]*[a-z%])"
)
# A name of one word, or of two where the first tells what kind of value it is. After another word
# it would be the end of a longer name, of which nobody knows what it means.
_NAME = (
    rb"(?<![\w./'\"-])(?<![a-z] )((?:(?:train|training|val|valid|validation|eval|test|lm|avg|"
    rb"average|mean|running|total|grad|gradient|learning|aux|weight) )?"
)
_END = rb"(?![\w:/]|\.\w|-\w)(%?)"
_PAIR = re.compile(
    _NAME + rb"[a-z_][\w/@-]{0,40})[ \t]{0,3}[:=][ \t]{0,12}(" + NUMBER + rb")" + _END
)
_SPACED = re.compile(
    _NAME + rb"(?:loss|accuracy|acc|perplexity|ppl|lr|norm)) {1,4}"
    rb"([-+]?\d{1,12}\.\d{1,30}(?:e[-+]?\d{1,3})?|nan|inf)" + _END
)
# A line that speaks of an evaluation as a whole: `validate step: 150  loss: 1.97`.
_SPLIT = re.compile(
    rb"(?<![\w/.-])(?:(val|valid|validat\w{1,4}|eval|evaluat\w{1,4})|test|testing)"
    rb"(?![\w/.=-])(?! (?:loss|acc|accuracy|ppl|perplexity)\b)"
)


_SAME_DIGIT = bytes.maketrans(b"123456789", b"000000000")
_SHAPES = 256


@dataclass(frozen=True, slots=True)
class Plan:
    """Where in lines of one shape the names and numbers stand."""

    positions: tuple[tuple[slice, slice, slice | None], ...]
    """Name, number, total."""
    pairs: tuple[tuple[slice, slice, bool], ...]
    """Name, number, whether it is in percent."""
    split: str


def shape(line: bytes) -> bytes:
    """The line with all digits alike: what lines of one kind have in common."""
    return line.translate(_SAME_DIGIT)


def read_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What one line without colours says; None when it is not of this family."""
    if len(line) > _LENGTH_LIMIT:
        return None
    line = line.lower()
    if not any(map(line.__contains__, _HINTS)):  # most lines: not worth a shape
        return None
    found = plan(shape(line))
    if found is None:
        return None
    pairs: Pairs = []
    totals: dict[str, int] = {}
    for name, text, total in found.positions:
        pairs.append((line[name], number(line[text])))
        if total:
            totals[meaning(line[name]).position or ""] = int(line[total])
    for name, text, percent in found.pairs:
        if not percent or meaning(line[name]).name == "accuracy":
            pairs.append((line[name], number(line[text], -2 if percent else 0)))
    return found_in(row, pairs, memory, found.split, totals, needs_position=True)


@lru_cache(_SHAPES)
def plan(shape: bytes) -> Plan | None:
    """How to read lines of one shape, in lower case; None when they are not of this family.

    No pattern here tells one digit from another, so that what holds for the shape holds for all
    its lines; a trainer's lines have few shapes, and looking for names is what takes time.
    """
    if len(shape) > _LENGTH_LIMIT or not any(map(shape.__contains__, _HINTS)):
        return None
    if _BAR.search(shape):
        return None
    positions = [
        (slice(*match.span(1)), slice(*match.span(2)), slice(*match.span(3)) if match[3] else None)
        for match in _POSITION.finditer(shape)
    ]
    if not positions:
        return None
    pairs = [
        (slice(*match.span(1)), slice(*match.span(2)), bool(match[3]))
        for pattern in (_PAIR, _SPACED)
        for match in pattern.finditer(shape)
    ]
    match = _SPLIT.search(shape) if b"val" in shape or b"test" in shape else None
    split = ("validation" if match[1] else "test") if match else ""
    return Plan(tuple(positions), tuple(pairs), split)
