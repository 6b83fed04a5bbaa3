"""The handles trainers already have: what is done from outside for an order, and what is not there.

`control: axolotl` in the configuration chooses a row of HANDLES, `control: {checkpoint: {signal:
USR1}}` makes one. Nothing is done here; `backend/handling.py` does it. To add a trainer: a row. The
sources of each are named in docs/TRAINERS.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ORDERS = ("checkpoint", "validate", "stop")
"""What a handle can do; pause and resume are signals to all processes, `set` needs the hook."""


class To(StrEnum):
    """Which processes of a run get a signal."""

    TRAINER = "trainer"
    """The one that was started: the trainer itself, or its launcher."""
    RANK0 = "rank0"
    RANKS = "ranks"
    """Every rank of this machine, without launcher and data loaders."""
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Act:
    """How an order reaches the trainer: a signal, or a file that is touched.

    `does` says it in words. Paths are relative to the trainer's folder; `{output_dir}` in them is
    the trainer's own. `taken` and `seen` are texts in its output that show that it took the order
    and that it is done; `appears` is a pattern of files that are new then.
    """

    does: str = ""
    signal: str | None = None
    """Its name without SIG."""
    to: To = To.RANK0
    touch: str | None = None
    option: str | None = None
    """A word of the command line without which the signal only kills."""
    everywhere: bool = False
    """Every rank of the job must get it, or those that got it wait for the others for ever."""
    slurm: bool = False
    """It works only in a job of Slurm."""
    taken: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    appears: str | None = None
    within: float = 60.0
    """Seconds after which nothing seen means that nothing is known."""
    steps: int = 0
    """It may look for its file only every so many steps."""


@dataclass(frozen=True, slots=True)
class Handle:
    """What can be ordered of a trainer from outside; `cannot` says why an order is not there."""

    name: str
    title: str
    acts: Mapping[str, Act] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)
    output_dir: str | None = None

    @property
    def orders(self) -> tuple[str, ...]:
        """In the order of ORDERS."""
        return tuple(order for order in ORDERS if order in self.acts)

    def why_not(self, order: str) -> str:
        """Why this order does not work through this handle."""
        known = self.cannot.get(order)
        return known or f"control: {self.name} has no {order}; it needs the hook: console.sdk.Link"

    def notes(self) -> dict[str, str]:
        """Order → what is done for it, or why nothing can be done."""
        found = {order: self.why_not(order) for order in ORDERS if order not in self.acts}
        return found | {order: act.does for order, act in self.acts.items()}

    def warnings(self, command: tuple[str, ...]) -> list[str]:
        """What looks as if it will not work with this command line."""
        return [
            f"{order}: {act.option} is not in the command; without it SIG{act.signal} only kills "
            f"{self.title}, unsaved (a script may add it: it is looked for again before the signal)"
            for order, act in self.acts.items()
            if act.option and not has_option(command, act.option)
        ]


def has_option(words: tuple[str, ...] | list[str], option: str) -> bool:
    """Whether an option is on a command line, as `--a-b`, `--a_b` or with `=value`."""
    wanted = option.replace("_", "-")
    return any(word.partition("=")[0].replace("_", "-") == wanted for word in words)


AXOLOTL = Handle(
    "axolotl",
    "Axolotl",
    {
        "checkpoint": Act(
            "touches axolotl_checkpoint.save in its output_dir; Axolotl looks every 100 steps, "
            "and only with dynamic_checkpoint: {enabled: true}",
            touch="{output_dir}/axolotl_checkpoint.save",
            taken=("Dynamic checkpoint triggered",),
            appears="{output_dir}/checkpoint-*/trainer_state.json",
            steps=100,
        ),
        "stop": Act(
            "SIGINT to rank 0: it saves the weights (no optimizer state) and ends",
            signal="INT",
        ),
    },
    {"validate": "Axolotl validates only by its own schedule"},
)

HF_JIT = Handle(
    "hf-jit",
    "Hugging Face Trainer with enable_jit_checkpoint",
    {
        "stop": Act(
            "SIGTERM to every rank: it waits 3 s, saves a checkpoint at a boundary and ends",
            signal="TERM",
            to=To.RANKS,
            everywhere=True,
        )
    },
    {
        "checkpoint": "enable_jit_checkpoint saves only while it ends: order stop, or add the hook",
        "validate": "the Trainer validates only by its own schedule; it needs the hook",
    },
)

MEGATRON = Handle(
    "megatron",
    "Megatron-LM",
    {
        "stop": Act(
            "SIGTERM to its ranks, not to torchrun, which would kill them after 30 s: they agree, "
            "save and end (--exit-signal-handler)",
            signal="TERM",
            to=To.RANKS,
            option="--exit-signal-handler",
        )
    },
    {
        "checkpoint": "Megatron-LM saves on a signal only while it ends: order stop",
        "validate": "Megatron-LM validates only by its own schedule (--eval-interval)",
    },
)

LIGHTNING_SLURM = Handle(
    "lightning-slurm",
    "Lightning under Slurm",
    {
        "checkpoint": Act(
            "SIGUSR1 to every rank: Lightning saves an hpc checkpoint and has Slurm requeue the "
            "job, which then starts anew from it",
            signal="USR1",
            to=To.RANKS,
            everywhere=True,
            slurm=True,
            taken=("Handling auto-requeue signal",),
            seen=("Requeued SLURM job",),
        ),
        "stop": Act(
            "SIGTERM to every rank: it ends at a batch boundary, and saves only if a callback does",
            signal="TERM",
            to=To.RANKS,
        ),
    },
    {"validate": "Lightning validates only by its own schedule; it needs the hook"},
)

TIMM = Handle(
    "timm",
    "timm",
    {
        "stop": Act(
            "SIGINT to every rank: it ends and prints its best epoch; what is not saved is lost",
            signal="INT",
            to=To.RANKS,
            everywhere=True,
        )
    },
    {
        "checkpoint": "timm saves at the end of an epoch (--recovery-interval: between)",
        "validate": "timm validates at the end of an epoch",
    },
)

SIGNALS = Handle("signals", "the trainer")
FILES = Handle("files", "the trainer")
"""Without rows of their own: the configuration gives them."""

HANDLES: dict[str, Handle] = {
    one.name: one for one in (AXOLOTL, HF_JIT, MEGATRON, LIGHTNING_SLURM, TIMM, SIGNALS, FILES)
}
