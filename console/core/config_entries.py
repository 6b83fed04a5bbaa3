"""The entries of one rule or handle, read by their kinds; what is wrong is said at its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.core.config_problem import Wrong, nearest, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from console.core.config_kind import Kind
    from console.core.config_problem import Mark, Problems
    from console.core.config_yaml import Path

    MarksOf = Callable[[Path], tuple[Mark, Mark]]


def entries(
    path: Path, given: Mapping[Any, Any], kinds: Mapping[str, Kind], marks: MarksOf,
    problems: Problems,
) -> dict[str, Any]:  # fmt: skip
    """The values of `given`, which stands at `path`, by name; without those that are wrong."""
    said = {}
    for key, value in given.items():
        place = (*path, key)
        kind = kinds.get(key)
        if kind is None:
            close = nearest(str(key), kinds)
            hint = f"did you mean {close}?" if close else f"known here: {', '.join(kinds)}"
            problems.add(marks(place)[0], f"unknown setting {quote(key)} in {path[1]}:", hint)
            continue
        try:
            said[key] = kind.read(value)
        except Wrong as error:
            dotted = ".".join(map(str, place))
            problems.add(marks((*place, *error.at))[1], f"{dotted}: {error.message}", error.hint)
    return said
