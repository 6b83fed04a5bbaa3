"""Which processes of a run are its ranks: not launchers, not shells, not data loaders.

A launcher (torchrun, accelerate, DeepSpeed, srun) gives each rank its number in the environment,
and whatever a rank starts inherits it: so a rank is the topmost process with its number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from posixpath import basename

from console.core.handles import To

LAUNCHERS = {
    "accelerate", "axolotl", "bash", "conda", "dash", "deepspeed", "docker", "env", "horovodrun",
    "llamafactory-cli", "mpiexec", "mpirun", "nice", "nohup", "numactl", "pdsh", "pipenv", "poetry",
    "sh", "srun", "stdbuf", "sudo", "systemd-run", "time", "timeout", "torchrun", "torchx", "uv",
    "xargs", "zsh",
}  # fmt: skip
"""Programs that start a trainer and wait for it."""

LAUNCHER_MODULES = (
    "torch.distributed.run",
    "torch.distributed.launch",
    "accelerate.commands",
    "deepspeed.launcher",
)
"""Modules that do the same; what is below them too."""


@dataclass(frozen=True, slots=True)
class Row:
    """A process: command line, and the rank its environment gives it."""

    pid: int
    parent: int
    words: tuple[str, ...] = ()
    rank: int | None = None


def is_launcher(words: Sequence[str]) -> bool:
    """Whether this command line only starts others: `torchrun …`, `python -m accelerate.… …`."""
    if not words:
        return False
    name = basename(words[0])
    if not name.startswith("python"):
        return name in LAUNCHERS
    rest = list(words[1:])
    while rest and rest[0].startswith("-"):
        if rest[0] == "-m":
            module = rest[1] if len(rest) > 1 else ""
            return any(module == one or module.startswith(f"{one}.") for one in LAUNCHER_MODULES)
        rest = rest[2:] if rest[0] in ("-W", "-X") else rest[1:]
    return bool(rest) and basename(rest[0]) in LAUNCHERS


def chosen(rows: Sequence[Row], trainer: int, to: To) -> list[int]:
    """The pids `to` means, of the living processes `rows`; empty when there are none."""
    by_pid = {row.pid: row for row in rows}
    if to is To.ALL:
        return sorted(by_pid)
    if to is To.TRAINER:
        return [trainer] if trainer in by_pid else []
    found = ranks(rows)
    if not found:
        return _worker(by_pid, trainer)
    return list(found.values()) if to is To.RANKS else [found[min(found)]]


def ranks(rows: Sequence[Row]) -> dict[int, int]:
    """Rank → pid; empty without a launcher that numbers them. Of several the lowest pid."""
    numbered = {row.pid: row for row in rows if row.rank is not None and not is_launcher(row.words)}
    found: dict[int, int] = {}
    for pid, row in sorted(numbered.items()):
        above = numbered.get(row.parent)
        if row.rank is not None and (above is None or above.rank != row.rank):
            found.setdefault(row.rank, pid)
    return dict(sorted(found.items()))


def _worker(by_pid: Mapping[int, Row], pid: int) -> list[int]:
    """Without numbers: from the trainer down through launchers and shells to the one that works."""
    seen: set[int] = set()
    while pid in by_pid and pid not in seen:
        seen.add(pid)
        below = sorted(row.pid for row in by_pid.values() if row.parent == pid)
        if not below or not is_launcher(by_pid[pid].words):
            return [pid]
        pid = below[0]
    return []
