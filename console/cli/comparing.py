"""A run as one side of a comparison, read from its directory; the verb is `compare.py`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.backend.history import History
from console.cli.current import state_of
from console.core.comparison import Side
from console.core.config import ConfigError, load
from console.core.redaction import mask_tree
from console.keeper import rundir

if TYPE_CHECKING:
    from console.backend.runs import Record
    from console.core.state import RunState


def side(item: Record, state: RunState | None = None) -> Side:
    """What is known of a run; `state` where the caller has it already."""
    known = state_of(item)[0] if state is None else state
    return Side(item.id, known, History(item.dir), item.facts, _tree(item))


def _tree(item: Record) -> dict[str, Any]:
    """The frozen configuration with secrets masked; nothing where it cannot be read."""
    try:
        text = (item.dir / rundir.CONFIG_YAML).read_bytes()
        tree = mask_tree(load(text, rundir.CONFIG_YAML).tree)
    except (OSError, ConfigError):
        return {}
    return tree if isinstance(tree, dict) else {}
