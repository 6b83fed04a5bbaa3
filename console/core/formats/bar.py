"""A progress bar of tqdm as text.

`Epoch 1:  34%|███▍  | 27/80 [00:00<00:00, 76.50it/s, v_num=0, loss=3.080]`: description, how far
of how much, and what the program hangs on. Form: `tqdm.std.tqdm.format_meter`; a terminal that is
too narrow cuts the end off, so a last value without its closing bracket is not read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from console.core.formats.results import Pairs

_LENGTH_LIMIT = 2000
_TITLE = re.compile(rb"(.{0,400}?)(?:(?<![\d.])\d{1,3})?$")
_RATE = rb"(?:, +(?:\?|[\d.]{1,20}[kMG]?)(it/s|s/it|[^,\]]{1,40})?)?"
_COUNT = re.compile(
    rb"[^|]{0,1000}\| *(\d{1,12})/(\d{1,12}|\?) \[[\d:]{1,12}<[\d:?-]{1,12}" + _RATE
)
_OPEN = re.compile(rb"(?:^|(.{0,400}): )(\d{1,12})it \[[\d:]{1,12}" + _RATE)
_PAIR = re.compile(rb",? +([A-Za-z_][\w/.@ -]{0,60}?) ?[=:] ?([^,\]=]{1,40}?)(?=, |,?\]|,$)")
_IN_WORDS = re.compile(rb"([A-Za-z_][\w/-]{0,40}) ?[:= ] ?(" + NUMBER + rb")(?=[\s,;:|)\]]|$)")
_EPOCH = re.compile(rb"(?i)\bepochs?\b[ :#\[(]{0,4}(\d{1,6})(?: ?(?:/|of) ?(\d{1,6}))?")
_NUMBER = re.compile(NUMBER)
_ELSE = re.compile(rb"(?i)\b(?:val|valid\w*|eval\w*|test\w*|sanity\w*|predict\w*|infer\w*)\b")


@dataclass(frozen=True, slots=True)
class Bar:
    """One state of a bar. `total` is None when the program does not know it; `is_steps`: it counts
    iterations, not examples or bytes; `pairs`: names and values hung on."""

    title: bytes
    n: int
    total: int | None
    is_steps: bool
    pairs: Pairs

    @property
    def is_of_training(self) -> bool:
        """Whether the title does not speak of validation, tests or predictions."""
        return not _ELSE.search(self.title)

    @property
    def epoch(self) -> int | None:
        """The epoch its title names."""
        match = _EPOCH.search(self.title)
        return int(match[1]) if match else None

    @property
    def epochs(self) -> int | None:
        """Of how many."""
        match = _EPOCH.search(self.title)
        return int(match[2]) if match and match[2] else None

    def in_title(self) -> Pairs:
        """Names and values its title carries."""
        return [(name, number(text)) for name, text in _IN_WORDS.findall(self.title)]


def parse(line: bytes) -> Bar | None:
    """The bar a line without colours shows; None when it shows none."""
    if b" [" not in line or len(line) > _LENGTH_LIMIT:
        return None
    for sign in (b"%|", b": |"):
        at = line.find(sign)
        count = _COUNT.match(line, at + len(sign)) if at >= 0 else None
        title = _TITLE.match(line[:at]) if count else None
        if count and title:
            total = None if count[2] == b"?" else int(count[2])
            return _bar(line, title[1], int(count[1]), total, count)
    match = _OPEN.match(line) if b"it [" in line else None
    return _bar(line, match[1] or b"", int(match[2]), None, match) if match else None


def _bar(line: bytes, title: bytes, n: int, total: int | None, match: re.Match[bytes]) -> Bar:
    is_steps = (match[3] or b"") in (b"it/s", b"s/it")
    return Bar(title.strip(b" :"), n, total, is_steps, _pairs(line, match.end()))


def _pairs(line: bytes, at: int) -> Pairs:
    """What is hung on, up to the closing bracket or where it was cut off."""
    pairs: Pairs = []
    while (match := _PAIR.match(line, at)) is not None:
        text = match[2].strip()
        is_percent = text.endswith(b"%")
        text = text.rstrip(b"%")
        is_number = _NUMBER.fullmatch(text) is not None
        pairs.append((match[1], number(text, -2 if is_percent else 0) if is_number else None))
        at = match.end()
    return pairs
