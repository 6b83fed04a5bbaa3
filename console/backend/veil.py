"""Secrets in the rows a viewer shows: masked as they are read, since the files keep every byte.

A row is looked at closely only when it holds a word of the table: most rows never are.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from console.backend.colours import plain
from console.core.redaction import ADDRESSES, mask, secret_values
from console.keeper import rundir

OWN = b"\x1e"
KEPT_ROWS = 512
"""Rows whose masked form is remembered: a screen asks for the same ones again and again."""

_WORDS = (
    b"token", b"key", b"secret", b"passw", b"passphrase", b"pwd", b"credential", b"cookie",
    b"authorization", b"bearer", b"://", b"hf_", b"sk-", b"k_live_", b"k_test_", b"ghp_", b"gho_",
    b"ghu_", b"ghs_", b"ghr_", b"github_pat_", b"glpat-", b"akia", b"asia", b"xox", b"aiza",
    b"npm_", b"pypi-", b"eyj",
)  # fmt: skip
"""In lower letters: without one of these there is nothing `mask` would find by name or shape."""

_COUNTED = (b"tokens/s", b"tok/s", b"tokens_per_sec", b"tokenizer")
"""What holds such a word in the log of nearly every trainer, and is no secret."""

_ADDRESS = re.compile(r"https?://([^\s\"'/]+/[^\s\"']{4,})")
"""Host and path of an address one can post to."""

_SETTING = re.compile(r"^[ -]*([\w.-]+): +(.+)$", re.MULTILINE)


def secrets_of(run_dir: Path) -> tuple[str, ...]:
    """What stands under a secret's name in our environment and in the frozen configuration.

    That one is ours, a setting a line; reading it as YAML would take longer than the first picture.
    """
    found = set(secret_values(os.environ))
    with suppress(OSError):
        text = (run_dir / rundir.CONFIG_YAML).read_text(encoding="utf-8", errors="replace")
        for name, value in _SETTING.findall(text):
            found.update(secret_values({name: value.strip("\"' ")}))
            if name in ADDRESSES:
                found.update(_ADDRESS.findall(value))
    return tuple(sorted(found, key=lambda value: (-len(value), value)))


class Veil:
    """Masks rows. `values` are hidden literally, wherever they stand."""

    def __init__(self, values: Iterable[str] = ()) -> None:
        self._texts = tuple(values)
        self._values = tuple(value.encode() for value in self._texts)
        self._row = lru_cache(KEPT_ROWS)(self._masked)

    def rows(self, rows: Sequence[bytes]) -> list[bytes]:
        """As many rows, secrets masked; a row with a secret loses its colours."""
        return [self._row(row) for row in rows]

    def block(self, block: bytes) -> bytes:
        """A block of whole rows, secrets masked."""
        return b"\n".join(map(self._masked, block.split(b"\n")))

    def _masked(self, row: bytes) -> bytes:
        if not self._may_hold_a_secret(row):
            return row
        text = plain(row).decode(errors="surrogateescape")
        shown = mask(text, self._texts)
        if shown == text:
            return row
        mark = OWN if row.startswith(OWN) else b""
        return mark + shown.encode(errors="surrogateescape")

    def _may_hold_a_secret(self, row: bytes) -> bool:
        text = plain(row)
        if any(value in text for value in self._values):
            return True
        text = text.lower()
        for word in _COUNTED:
            text = text.replace(word, b"")
        return any(word in text for word in _WORDS)
