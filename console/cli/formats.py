"""`formats FILE`: what the console recognises in a captured log, on the way a run's output takes.

Every value is told, where in a run's floods of lines only every loss is.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import isfinite
from typing import Any, BinaryIO

from console.backend.patience import own
from console.cli import configfile
from console.cli.exits import DONE, FAILED, Failure
from console.cli.options import add_json
from console.cli.output import clean, print_json, table
from console.core import format as people
from console.core.formats import (
    Evaluated,
    Fact,
    Found,
    Measured,
    Reader,
    Saved,
    Total,
    read_cleaned,
)
from console.core.terminal import Cleaned, Cleaner

PIECE = 1024
"""Bytes fed at once: few enough that no version of a progress bar is forgotten, and that no row
is read in a block."""

Point = tuple[int | None, float]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", nargs="?", metavar="FILE", help="a captured log (left out: stdin)")
    parser.add_argument("--config", metavar="FILE", help="with the formats: of this configuration")
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    config = configfile.read(configfile.find(options.config)).config if options.config else None
    reader = Reader(own(config.formats if config else ()))
    with _source(options.file) as file:
        seen = recognised(reader, iter(lambda: file.read(PIECE), b""))
    print_json(seen.as_json()) if options.json else print("\n".join(seen.as_text()))
    return DONE


@contextmanager
def _source(path: str | None) -> Iterator[BinaryIO]:
    if path is None or path == "-":
        yield sys.stdin.buffer
        return
    try:
        with open(path, "rb") as file:
            yield file
    except OSError as error:
        raise Failure(FAILED, f"{clean(path)} cannot be read: {error.strerror}") from None


@dataclass(slots=True)
class Recognised:
    """What was found in a log: values by the name they have in the metrics database, and facts."""

    metrics: dict[str, list[Point]] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)
    checkpoints: int = 0
    summary: dict[str, Any] = field(default_factory=dict)

    def add(self, found: Iterable[Found]) -> None:
        """Notes findings."""
        for fact in found:
            if isinstance(fact, (Measured, Evaluated)):
                for name, value in _values(fact):
                    self.metrics.setdefault(name, []).append((fact.step, value))
            elif isinstance(fact, (Fact, Total)):
                self.facts[fact.name] = str(fact.value)
            elif isinstance(fact, Saved):
                self.checkpoints += 1

    def as_json(self) -> dict[str, Any]:
        """The step of a value is null when the output names none; NaN and Inf are null."""
        formats = self.summary["formats"]
        return {
            "format": formats[0] if formats else None,
            "lines": self.summary["lines"],
            "recognised": self.summary["recognised"],
            "metrics": {
                name: [[step, value if isfinite(value) else None] for step, value in points]
                for name, points in self.metrics.items()
            },
        }

    def as_text(self) -> list[str]:
        """For people: the formats, then a line for each metric, then what else was said."""
        formats, lines = self.summary["formats"], self.summary["lines"]
        off = [
            f"{name} is switched off: {why}" for name, why in self.summary.get("off", {}).items()
        ]
        if not formats:
            return [f"nothing recognised in {people.number(lines)} lines", *off]
        told = [
            f"format      {', '.join(formats)}",
            f"lines       {people.number(lines)}",
            f"recognised  {people.number(self.summary['recognised'])}",
            *off,
        ]
        if self.summary["versions"]:
            told.append(f"bar updates {people.number(self.summary['versions'])}")
        if self.checkpoints:
            told.append(f"checkpoints {people.number(self.checkpoints)}")
        told += [f"{clean(name)}: {clean(value)}" for name, value in self.facts.items()]
        if self.metrics:
            rows = [_row(name, points) for name, points in sorted(self.metrics.items())]
            told += ["", table(("METRIC", "VALUES", "LAST", "AT STEP"), rows, right=(1, 2, 3))]
        return told


def recognised(reader: Reader, pieces: Iterable[bytes]) -> Recognised:
    """What a reader finds in the bytes of a log."""
    seen, cleaner, first = Recognised(), Cleaner(), 0
    for cleaned in _cleaned(cleaner, pieces):
        seen.add(read_cleaned(reader, cleaned, first))
        first += cleaned.count
    seen.add(reader.finish())
    seen.summary = reader.summary()
    return seen


def _cleaned(cleaner: Cleaner, pieces: Iterable[bytes]) -> Iterator[Cleaned]:
    for piece in pieces:
        yield cleaner.feed(piece)
    yield cleaner.flush()


def _values(fact: Measured | Evaluated) -> Iterator[tuple[str, float]]:
    if isinstance(fact, Evaluated):
        yield from ((f"{fact.split}/{name}", value) for name, value in fact.values.items())
        return
    yield from fact.values.items()
    if fact.epoch is not None:
        yield "epoch", fact.epoch
    for name, experts in (("expert_loss", fact.expert_loss), ("expert_share", fact.expert_share)):
        for number, value in enumerate(experts or ()):
            if value is not None:
                yield f"{name}/{number}", value


def _row(name: str, points: list[Point]) -> tuple[str, str, str, str]:
    step, value = points[-1]
    at = "—" if step is None else people.number(step)
    return clean(name), people.number(len(points)), f"{value:.6g}", at
