"""`synthetic_conversations`: small dialogues made by a seeded grammar, as bytes.

They are made on first use and kept in a file: one line of JSON (sizes, SHA-256), then the bytes.
The grammar is GRAMMAR: a name in braces is replaced by one of its phrases; within a dialogue the
words of TOPICS stay the same, so that the model can learn to look back.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VERSION = 1
"""To be raised with every change of the grammar: the kept file is then made anew."""

_WORDS = {
    "thing": "bicycle kettle guitar laptop garden camera bread coffee radio lamp clock boat",
    "place": "kitchen garage office attic studio cellar library workshop balcony",
    "person": "Ana Ben Chloe David Elif Farid Greta Hugo Ines Jonas Kira Leo",
    "part": "handle switch wheel cable lid screen spring pedal filter battery",
    "day": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "number": " ".join(str(number) for number in range(2, 30)),
}
TOPICS = {name: words.split() for name, words in _WORDS.items()}
GRAMMAR = {
    "dialogue": ["{greeting}\n{answer}\n{problem}\n{advice}\n{close}"],
    "greeting": [
        "User: Hello, this is {person}.",
        "User: Hi! {person} here.",
        "User: Good morning.",
    ],
    "answer": [
        "Bot: Hello {person}, how can I help you?",
        "Bot: Hi {person}! What can I do for you?",
    ],
    "problem": [
        "User: The {part} of my {thing} is {state}.",
        "User: I left my {thing} in the {place} and now the {part} is {state}.",
        "User: How do I {task} the {part} of a {thing}?",
    ],
    "state": ["broken", "loose", "too hot", "wet", "missing", "very loud"],
    "task": ["repair", "clean", "replace", "measure", "paint"],
    "advice": [
        "Bot: Please {task} the {part} first. It takes {number} minutes.\n{followup}",
        "Bot: Take the {thing} out of the {place} and {task} the {part}.\n{followup}",
        "Bot: A new {part} for your {thing} costs {number} euros.\n{followup}",
    ],
    "followup": [
        "User: And then?\nBot: Then wait until {day} and try the {thing} again.",
        "User: Can {person} do that on {day}?\nBot: Yes, {day} is fine. Bring the {part}.",
        "User: Is it dangerous?\nBot: No, but keep the {thing} dry.",
    ],
    "close": [
        "User: Thank you!\nBot: You are welcome, {person}.",
        "User: Great, see you on {day}.",
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
        topics = {name: source.choice(words) for name, words in TOPICS.items()}
        text = _expand("{dialogue}", topics, source) + "\n\n"
        if text not in seen:
            seen.add(text)
            yield text
    if len(seen) < count:
        raise ValueError(f"the grammar does not make {count} different dialogues")


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


def load(
    folder: Path, name: str, examples: int, split: tuple[float, float, float], seed: int
) -> Dataset:
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


def _make(examples: int, split: tuple[float, float, float], seed: int) -> bytes:
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
