"""Markdown from foreign text: nothing in a value can end a cell or a span, or begin markup."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from console.core import format as fmt


def plain(value: object) -> str:
    """Foreign text that cannot end a table cell or begin markup."""
    shown = fmt.text(value)
    for sign in "\\`*[<|":
        shown = shown.replace(sign, f"\\{sign}")
    return shown


def code(value: object) -> str:
    """Foreign text as a code span; a pipe would end a table cell even there."""
    shown = fmt.text(value)
    if shown == fmt.UNKNOWN:
        return shown
    fence = "``" if "`" in shown else "`"
    pad = " " if "`" in shown else ""
    return f"{fence}{pad}{shown.replace('|', chr(92) + '|')}{pad}{fence}"


def block(*lines: str) -> Iterator[str]:
    """Lines of shell in a fence; empty ones are left out."""
    yield "```sh"
    yield from (fmt.text(line) for line in lines if line)
    yield "```"


def table(rows: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Rows of a name and a value; the first is the head: a table has one, and an empty one is
    a bar without a word."""
    head, *others = rows
    return grid(head, others)


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """The lines of a table; cells are finished Markdown."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
