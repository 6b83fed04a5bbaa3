"""Placeholders in a command: `{config}` is replaced, `{{config}}` stays as `{config}`.

Only a known name in braces is a placeholder, so that JSON and shell-like words
(`{"a": {"b": 1}}`, `{0..9}`) pass untouched; another single word in braces is a typing error.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from console.core.config_problem import Mark, Problems, nearest

PLACEHOLDERS = ("python", "config", "run_dir", "checkpoint")

_BRACES = re.compile(r"\{\{([A-Za-z_][A-Za-z0-9_]*)\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}")


def fill(word: str, values: Mapping[str, str]) -> str:
    """The word with placeholders replaced; `values` has every name of PLACEHOLDERS."""
    return _BRACES.sub(lambda m: f"{{{m[1]}}}" if m[1] else values[m[2]], word)


def check_placeholders(
    words: Sequence[str],
    path: tuple[str | int, ...],
    marks: Callable[[tuple[str | int, ...]], tuple[Mark, Mark]],
    problems: Problems,
) -> None:
    """Reports words in braces that are no placeholder."""
    for index, word in enumerate(words):
        for found in _BRACES.finditer(word):
            name = found[2]
            if name is None or name in PLACEHOLDERS:
                continue
            known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
            close = nearest(name, PLACEHOLDERS)
            hint = f"did you mean {{{close}}}? " if close else ""
            hint += f"known: {known}; write {{{{{name[:40]}}}}} for the word itself"
            place = marks((*path, index))[1]
            problems.add(place, f"unknown placeholder {{{name[:40]}}}", hint)
