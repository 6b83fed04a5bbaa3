"""Which run a directory holds: run.json and the frozen configuration, as groups of the state."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.codec import decode
from console.core.config import Config, ConfigError, load
from console.core.notices import Wanted
from console.core.redaction import mask_arguments, mask_tree
from console.core.state import Configuration, Run, RunState
from console.keeper import rundir

if TYPE_CHECKING:
    from console.core.handles import Handle

_SAME = ("id", "name", "host", "user", "cwd", "command", "created", "output",
         "pause_checkpoint", "kind")  # fmt: skip
_SECONDS = {"start_limit_s": "start_limit_seconds", "stop_timeout_s": "stop_timeout_seconds"}


def origin(run_dir: Path) -> Run:
    """The facts of run.json, secrets masked; what it lacks, or says in another type, is left as not
    known."""
    facts = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
    parent = facts.get("parent") if isinstance(facts.get("parent"), dict) else {}
    fields = {name: facts[name] for name in _SAME if facts.get(name) is not None}
    fields |= {
        "parent": (parent or {}).get("run"),
        "parent_step": (parent or {}).get("step"),
        "parent_checkpoint": (parent or {}).get("checkpoint"),
    }
    fields |= {ours: facts[name] for name, ours in _SECONDS.items() if facts.get(name) is not None}
    try:
        run: Run = decode(Run, fields)
    except (TypeError, ValueError):
        run = Run()
    run.dir = str(run_dir)
    run.command = mask_arguments(run.command)
    return run


def configuration(run_dir: Path, frozen: Config | None) -> Configuration:
    """What was frozen, secrets masked, and the file it was read from."""
    facts = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
    path = facts.get("config_path")
    found = Configuration()
    if isinstance(path, str):
        found.path, found.filename = path, Path(path).name
    masked = mask_tree(frozen.tree) if frozen else {}
    found.tree = masked if isinstance(masked, dict) else {}
    return found


def handle(run_dir: Path) -> Handle | None:
    """What the frozen configuration says the trainer offers from outside."""
    try:
        text = (run_dir / rundir.CONFIG_YAML).read_bytes()
        # Most configurations say nothing of it, and to read one takes its time.
        return load(text, rundir.CONFIG_YAML).control if b"control" in text else None
    except (OSError, ConfigError):
        return None


def beginning(run_dir: Path) -> RunState:
    """The state of a run of which nothing has been recorded yet."""
    try:
        frozen = load((run_dir / rundir.CONFIG_YAML).read_bytes(), rundir.CONFIG_YAML)
    except (OSError, ConfigError):
        frozen = None
    state = RunState(run=origin(run_dir), configuration=configuration(run_dir, frozen))
    if frozen is not None:
        state.run.notices = Wanted(**asdict(frozen.notices))
        state.run.calls = frozen.notify.terminal
    if frozen is not None and (found := frozen.control):
        run = state.run
        run.control, run.control_orders = found.name, found.orders
        run.control_notes = found.notes()
    return state
