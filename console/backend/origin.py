"""Which run a directory holds: run.json as the first group of the state."""

from __future__ import annotations

from pathlib import Path

from console.core.codec import decode
from console.core.state import Run
from console.keeper import rundir

_SAME = ("id", "name", "host", "user", "cwd", "command", "created", "output")


def origin(run_dir: Path) -> Run:
    """The facts of run.json; what it lacks, or says in another type, is left as not known."""
    facts = rundir.read_json(run_dir, rundir.RUN_JSON) or {}
    parent = facts.get("parent") if isinstance(facts.get("parent"), dict) else {}
    fields = {name: facts[name] for name in _SAME if facts.get(name) is not None}
    fields |= {
        "parent": (parent or {}).get("run"),
        "parent_step": (parent or {}).get("step"),
        "parent_checkpoint": (parent or {}).get("checkpoint"),
    }
    if facts.get("start_limit_s") is not None:
        fields["start_limit_seconds"] = facts["start_limit_s"]
    try:
        run: Run = decode(Run, fields)
    except (TypeError, ValueError):
        run = Run()
    run.dir = str(run_dir)
    return run
