"""What differs between two configurations, setting by setting."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from console.core.config_load import Config
from console.core.redaction import mask_entry


@dataclass(frozen=True, slots=True)
class Change:
    """A setting that differs; None stands for "not set". Secrets are masked in both values."""

    path: str
    old: Any
    new: Any


def diff(old: Config | Mapping[str, Any], new: Config | Mapping[str, Any]) -> list[Change]:
    """The settings whose values differ, those of `old` first. Lists are compared as a whole."""
    before, after = dict(leaves(_tree(old))), dict(leaves(_tree(new)))
    paths = dict.fromkeys([*before, *after])
    return [
        Change(path, mask_entry(path, before.get(path)), mask_entry(path, after.get(path)))
        for path in paths
        if not same(before.get(path), after.get(path))
    ]


def _tree(config: Config | Mapping[str, Any]) -> Mapping[str, Any]:
    return config.tree if isinstance(config, Config) else config


def leaves(node: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Each setting with its dotted path; a list is one."""
    if not isinstance(node, Mapping) or (not node and path):
        yield path, node
        return
    for key, value in node.items():
        yield from leaves(value, f"{path}.{key}" if path else str(key))


def same(old: object, new: object) -> bool:
    """Equal as settings: 1 is 1.0, NaN is NaN, but true is not 1."""
    if isinstance(old, bool) != isinstance(new, bool):
        return False
    return old == new or repr(old) == repr(new)
