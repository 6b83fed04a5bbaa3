"""Where the trainer's next checkpoint goes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.core.state import RunState

_CONFIGURED = (("run", "checkpoint_dir"), ("checkpointing", "folder"))


def of(state: RunState) -> Path | None:
    """The folder the last one lies in, else the configured one; None when neither tells."""
    last = state.checkpoints.last
    if last is not None and last.path:
        return Path(state.run.cwd or "/", last.path).parent
    for section, name in _CONFIGURED:
        settings = state.configuration.tree.get(section)
        given = settings.get(name) if isinstance(settings, dict) else None
        if isinstance(given, str) and given and "{" not in given:
            return Path(state.run.cwd or "/", given)
    return None
