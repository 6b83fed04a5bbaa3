"""Who has a run in sight now: the screens and the plain outputs that are connected to its backend.

It is nothing of the run's record: it is true as long as the connection is, and never kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from console.core.format_text import text

KINDS = ("screen", "lines")
"""The full screen, and what prints lines. Whoever asks once is none of them."""

LONGEST = 64
"""Signs of a name; more is cut."""


@dataclass(frozen=True, slots=True)
class Watcher:
    """Somebody who watches."""

    number: int
    """Of the connection, from 1 on; each has another."""
    who: str
    """`user@host:tty`: the user as the system knows it, the rest as they say."""
    kind: str
    read_only: bool
    since: float
    """Unix seconds."""
    pid: int | None = None


def named(claimed: str, user: str | None) -> str:
    """Who somebody is: what they say, but the user name is the system's where it is known."""
    said, at, place = text(claimed).partition("@")
    if user is None:
        shown = f"{said}{at}{place}"
    else:
        shown = f"{text(user)}@{place}" if place else text(user)
    return shown[:LONGEST]


def as_json(watchers: Sequence[Watcher]) -> list[dict[str, Any]]:
    """Plain JSON values."""
    return [asdict(one) for one in watchers]


def from_json(told: Sequence[Mapping[str, Any]]) -> tuple[Watcher, ...]:
    """What `as_json` gave. Raises ValueError for anything else."""
    try:
        return tuple(
            Watcher(
                int(one["number"]), str(one["who"]), str(one["kind"]), bool(one["read_only"]),
                float(one["since"]), None if one.get("pid") is None else int(one["pid"]),
            )
            for one in told
        )  # fmt: skip
    except (TypeError, KeyError, AttributeError, OverflowError) as error:
        raise ValueError(f"no list of watchers: {error}") from None


def watcher_text(one: Watcher) -> str:
    """`ana@trainbox:pts/3`, with what sets it apart from a screen that gives orders."""
    apart = [] if one.kind == "screen" else [one.kind]
    apart += ["read only"] if one.read_only else []
    return text(one.who) + (f" ({', '.join(apart)})" if apart else "")
