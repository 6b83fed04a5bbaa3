"""`synthetic_conversations`: small dialogues made by a seeded grammar, as bytes.

They are made on first use and kept in a file: one line of JSON (sizes, SHA-256), then the bytes.
A name in braces is replaced by one of its phrases in GRAMMAR, again and again. The words of TOPICS,
the numbers and the order code stay the same within a dialogue: there is something to look back at,
to copy, to add up and to spell, which takes the model longer than the phrases do.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1
"""To be raised with every change of the grammar: the kept file is then made anew."""

_WORDS = {
    "thing": "bicycle kettle guitar laptop camera toaster radio lamp clock boat heater printer "
    "telescope scooter piano mixer drill tent compass umbrella projector keyboard wagon ladder",
    "place": "kitchen garage office attic studio cellar library workshop balcony hallway bakery "
    "greenhouse laboratory harbour station museum",
    "person": "Ana Ben Chloe David Elif Farid Greta Hugo Ines Jonas Kira Leo Mina Noah Olga Pavel "
    "Quentin Rosa Samir Tessa Umut Vera Wanda Yusuf",
    "part": "handle switch wheel cable lid screen spring pedal filter battery hinge button nozzle "
    "sensor bracket motor",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "colour": "red blue green yellow black white grey purple orange silver",
}
TOPICS = {name: words.split() for name, words in _WORDS.items()}
GRAMMAR = {
    "dialogue": ["{hello}\n{talk}\n{close}", "{hello}\n{talk}\n{talk}\n{close}"],
    "hello": [
        "User: Hello, this is {person}.\nBot: Hello {person}, how can I help you?",
        "User: Hi! {person} here.\nBot: Hi {person}! What can I do for you?",
        "User: Good morning.\nBot: Good morning! May I ask your name?\nUser: It is {person}.",
    ],
    "talk": ["{repair}", "{repair}", "{order}", "{sum}", "{spelling}"],
    "repair": [
        "User: The {part} of my {colour} {thing} is {state}.\n{advice}",
        "User: I left my {thing} in the {place} and now the {part} is {state}.\n{advice}",
        "User: How do I {task} the {part} of a {colour} {thing}?\n{advice}",
    ],
    "state": ["broken", "loose", "too hot", "wet", "missing", "very loud", "stuck", "bent"],
    "task": ["repair", "clean", "replace", "measure", "paint", "open", "test"],
    "advice": [
        "Bot: Please {task} the {part} first, it takes {small} minutes.",
        "Bot: Take the {thing} out of the {place} and {task} the {part}.",
        "Bot: A new {part} for your {thing} costs {large} euros.\nUser: Can {person} come on {day}?"
        "\nBot: Yes, {day} is fine. Bring the {part}.",
        "Bot: Do not {task} it, {person}! Wait until {day} and try the {thing} again.",
    ],
    "order": [
        "User: Where is my order {code}?\nBot: Order {code} is in the {place}.",
        "User: I want a {colour} {thing}.\nBot: Your order is {code}.\nUser: {code}, thanks.",
    ],
    "sum": [
        "User: What is {small} plus {large}?\nBot: {small} plus {large} is {total}.",
        "User: I pay {large} and {small} euros.\nBot: That makes {total} euros.",
    ],
    "spelling": ["User: How do you spell {thing}?\nBot: {letters}."],
    "close": [
        "User: Thank you!\nBot: You are welcome, {person}.",
        "User: Great, see you on {day}.\nBot: Goodbye {person}, see you on {day}.",
        "User: Goodbye.\nBot: Goodbye {person}!",
    ],
}


@dataclass(frozen=True, slots=True)
class Dataset:
    """Bytes of the three splits; no dialogue is in two of them."""

    path: Path
    examples: int
    sha256: str
    train: NDArray[np.uint8]
    validation: NDArray[np.uint8]
    test: NDArray[np.uint8]


def dialogues(count: int, seed: int) -> Iterator[str]:
    """`count` dialogues, all different. Raises ValueError when the grammar has not so many."""
    source, seen = random.Random(seed), set[str]()
    for _ in range(20 * count):
        if len(seen) == count:
            return
        text = _expand("{dialogue}", _topics(source), source) + "\n\n"
        if text not in seen:
            seen.add(text)
            yield text
    if len(seen) < count:
        raise ValueError(f"the grammar does not make {count} different dialogues")


def _topics(source: random.Random) -> dict[str, str]:
    """What a dialogue is about."""
    chosen = {name: source.choice(words) for name, words in TOPICS.items()}
    small, large = source.randrange(2, 20), source.randrange(10, 80)
    numbers = {"small": small, "large": large, "total": small + large}
    code = "".join(source.choice("ABCDEFGH23456789") for _ in range(5))
    return {
        **chosen,
        **{name: str(number) for name, number in numbers.items()},
        "code": code,
        "letters": "-".join(chosen["thing"]),
    }


def _expand(text: str, topics: dict[str, str], source: random.Random) -> str:
    def replace(match: re.Match[str]) -> str:
        name = match[1]
        if name in topics:
            return topics[name]
        return _expand(source.choice(GRAMMAR[name]), topics, source)

    return re.sub(r"\{(\w+)\}", replace, text)


def cache_folder() -> Path:
    """Where data is kept between runs: $XDG_CACHE_HOME/gladius-console."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "gladius-console"


def load(folder: Path, name: str, examples: int, split: Sequence[float], seed: int) -> Dataset:
    """The dataset, made when it is not there yet or is damaged. `split` adds up to 1."""
    key = json.dumps([VERSION, name, examples, split, seed])
    path = folder / f"{name}-{hashlib.sha256(key.encode()).hexdigest()[:12]}.bin"
    content = path.read_bytes() if path.exists() else b""
    if not _is_whole(content):
        content = _make(examples, split, seed)
        _write(path, content)
    head, _, body = content.partition(b"\n")
    facts = json.loads(head)
    ends = np.cumsum(facts["bytes"])[:2]
    train, validation, test = np.split(np.frombuffer(body, np.uint8), ends)
    return Dataset(path, examples, facts["sha256"], train, validation, test)


def _make(examples: int, split: Sequence[float], seed: int) -> bytes:
    made = [text.encode() for text in dialogues(examples, seed)]
    first, second = round(examples * split[0]), round(examples * (split[0] + split[1]))
    parts = [b"".join(part) for part in (made[:first], made[first:second], made[second:])]
    body = b"".join(parts)
    facts = {"bytes": [len(part) for part in parts], "sha256": hashlib.sha256(body).hexdigest()}
    return json.dumps(facts).encode() + b"\n" + body


def _is_whole(content: bytes) -> bool:
    head, _, body = content.partition(b"\n")
    try:
        return bool(json.loads(head)["sha256"] == hashlib.sha256(body).hexdigest())
    except (ValueError, TypeError, KeyError):
        return False


def _write(path: Path, content: bytes) -> None:
    """Atomic: two runs that start at once both find a whole file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    beside.write_bytes(content)
    beside.replace(path)


def windows(text: NDArray[np.uint8], length: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Samples and the bytes that follow theirs: two arrays (count, length), side by side."""
    count = (len(text) - 1) // length
    end = count * length
    return text[:end].reshape(count, length), text[1 : end + 1].reshape(count, length)


def epoch_order(count: int, seed: int, epoch: int) -> NDArray[np.intp]:
    """The order of `count` samples in an epoch: the whole random state is (seed, epoch)."""
    return np.random.default_rng([seed, epoch]).permutation(count)
