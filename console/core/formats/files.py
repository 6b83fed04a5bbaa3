"""Files trainers write their metrics to: bytes → findings. Better than what they print: every digit,
and always a place.

| file | written by |
|---|---|
| `trainer_log.jsonl` | LLaMA-Factory (`train/callbacks.py`): one object a line, `current_steps` of `total_steps` |
| `metrics.csv` | Lightning CSVLogger: sparse columns, steps from 0; written anew when a column is added |
| `summary.csv` | timm (`utils/summary.py`): one row an epoch |
| `results.csv` | Ultralytics (`engine/trainer.py`): one row an epoch |

A file the user names may be of any trainer: CSV with a header, or one JSON object a line.
"""  # noqa: E501

from __future__ import annotations

import csv
import json
import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any
from zlib import crc32

from console.core.formats.memory import Memory
from console.core.formats.names import meaning
from console.core.formats.numbers import NUMBER, number
from console.core.formats.results import Pairs, found_in

if TYPE_CHECKING:
    from console.core.formats.found import Found

LINE_BYTES = 1 << 16
"""A longer line is damaged."""

_COLUMNS_LIMIT = 1024
_NUMBER = re.compile(NUMBER)
_TASK = re.compile(r"\((?:B|M|P)\)$")
_LEARNING_RATE = re.compile(r"lr(?:[/-](?:pg0|[A-Za-z]+))?$")


@dataclass(frozen=True, slots=True)
class Kind:
    """A file known by its name. `columns`: one of them must be there, or it is another's file.
    `first_step`: what its first step is called. `is_sparse`: it tells less often than the output,
    and later."""

    columns: frozenset[str] = frozenset()
    first_step: int = 1
    is_sparse: bool = False


KINDS: dict[str, Kind] = {
    "trainer_log.jsonl": Kind(frozenset({"current_steps"})),
    "metrics.csv": Kind(frozenset({"step"}), first_step=0, is_sparse=True),
    "summary.csv": Kind(frozenset({"train_loss", "eval_loss", "eval_top1"})),
    "results.csv": Kind(frozenset({"train/box_loss", "train/cls_loss", "train/loss"})),
}
_ANY = Kind()


@dataclass(slots=True)
class FileReader:
    """One file's reader; `save` is JSON-able. Give it whole lines, in order."""

    name: str
    columns: list[str] = field(default_factory=list)
    rows: int = 0
    """Rows told."""
    first: int = 0
    last: int = 0
    """Checksums of the first and the last of them."""
    skip: int = 0
    """Rows of a file written anew that were told before."""
    is_refused: bool = False
    """It is none of the files it is called like."""
    memory: Memory = field(default_factory=Memory)

    @property
    def kind(self) -> Kind:
        return KINDS.get(self.name, _ANY)

    def save(self) -> dict[str, Any]:
        """JSON-able state."""
        return {**asdict(self), "memory": self.memory.save()}

    @classmethod
    def load(cls, state: dict[str, Any]) -> FileReader:
        """The reader `save` described."""
        return cls(**{**state, "memory": Memory.load(state["memory"])})

    def again(self) -> None:
        """The file was written anew: its rows are told from the first that was not told."""
        self.columns, self.skip, self.rows = [], self.rows, 0

    def read(self, lines: bytes) -> list[Found]:
        """What whole lines say."""
        found: list[Found] = []
        for line in lines.splitlines():
            if line.strip() and not self.is_refused:
                found += self._line(line[:LINE_BYTES].decode("utf-8", "replace"))
        return found

    def _line(self, line: str) -> list[Found]:
        if line.lstrip().startswith("{"):
            values = _object(line)
        elif self.columns:
            values = dict(zip(self.columns, _cells(line), strict=False))
        else:
            self.columns = [name.strip() for name in _cells(line)][:_COLUMNS_LIMIT]
            self.is_refused = not self._is_known(set(self.columns))
            return []
        if not self.rows and not self._is_known(values.keys()):
            self.is_refused = True
            return []
        return self._row({name: text for name, text in values.items() if text.strip()})

    def _is_known(self, names: Any) -> bool:
        return not self.kind.columns or not self.kind.columns.isdisjoint(names)

    def _row(self, values: dict[str, str]) -> list[Found]:
        self.rows += 1
        check = crc32(repr(sorted(values.items())).encode())
        if self.rows == 1 and check != self.first:
            self.first, self.skip = check, 0  # another file
        if self.rows <= self.skip:
            return []
        self.last = check
        pairs: Pairs = []
        for name, text in values.items():
            printed = text.strip().encode("utf-8", "replace")  # JSON may hold half a surrogate pair
            value = number(printed) if _NUMBER.fullmatch(printed) else None
            if value is not None:
                pairs.append((self._printed(name), self._value(name, value)))
        totals = {}
        total = values.get("total_steps", "")
        if total.isdecimal() and len(total) < 16:
            totals["step"] = int(total)
        found = found_in(-1, _without_epoch(pairs), self.memory, totals=totals, is_result=True)
        return found or []

    def _printed(self, name: str) -> bytes:
        name = _TASK.sub("", name.strip()).replace("metrics/", "val/")
        if _LEARNING_RATE.match(name):
            name = "lr"
        return name.encode("utf-8", "replace")

    def _value(self, name: str, value: float) -> float:
        if name == "step":
            return value + 1 - self.kind.first_step
        return value


def _without_epoch(pairs: Pairs) -> Pairs:
    """A step wins over an epoch's batch; clocks and shares of the whole are no values."""
    return [
        (name, value)
        for name, value in pairs
        if name not in _CLOCKS and (meaning(name).position or meaning(name).name)
    ]


_CLOCKS = frozenset({b"percentage", b"time", b"elapsed_time", b"remaining_time"})


def _cells(line: str) -> list[str]:
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _object(line: str) -> dict[str, str]:
    """The numbers of a JSON object, as text."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        str(name): repr(value) if isinstance(value, float) else str(value)
        for name, value in found.items()
        if isinstance(value, (int, float, str)) and not isinstance(value, bool)
    }
