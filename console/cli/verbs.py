"""Every verb: its name, the module that does it, one line of help, an example."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Verb:
    """A row of the command line."""

    name: str
    module: str
    help: str
    example: str


VERBS: tuple[Verb, ...] = (
    Verb("train", "train", "start a training run and show it", "train --config qwen_moe.yaml"),
    Verb("attach", "attach", "show a run on the full screen", "attach qwen-moe"),
    Verb("runs", "listing", "list all runs", "runs --json"),
    Verb("status", "status", "how a run is, in one look", "status --json"),
    Verb("follow", "follow", "print what happens to a run as it happens", "follow --json"),
    Verb("wait", "wait", "wait until a run is so far", "wait --until step=500 --timeout 600"),
    Verb("pause", "orders", "pause at the next batch boundary", "pause"),
    Verb("resume", "orders", "go on after a pause", "resume"),
    Verb("checkpoint", "orders", "save a checkpoint now", "checkpoint"),
    Verb("validate", "orders", "validate now, print loss and accuracy", "validate --json"),
    Verb("stop", "orders", "stop after a final checkpoint", "stop --timeout 300"),
    Verb("acknowledge", "orders", "mark open alerts as seen", "acknowledge --alert gpu_hot/1"),
    Verb("recover", "recover", "go on after a failure", "recover --set training.batch_size=4"),
    Verb("set", "steer", "change values while it trains", "set learning_rate=3e-4"),
    Verb("undo", "steer", "put the last changed values back", "undo"),
    Verb("reload", "reload", "apply what was edited in the configuration", "reload --diff"),
    Verb("config", "config", "show the configuration of a run", "config --template mine.yaml"),
    Verb("logs", "logs", "print the trainer's output", "logs -f"),
    Verb("metrics", "metrics", "write all metrics", "metrics --format csv --output run.csv"),
    Verb("timeline", "timeline", "what happened, and who changed what", "timeline --audit"),
    Verb("compare", "compare", "two runs side by side", "compare qwen-moe qwen-moe-2"),
    Verb("export", "export", "write all of a run into a folder", "export --output qwen-moe"),
    Verb("report", "report", "print the summary of a run", "report"),
    Verb("tensorboard", "tensorboard", "look at a run in TensorBoard", "tensorboard qwen-moe"),
    Verb("formats", "formats", "tell what a captured log is recognised as", "formats train.log"),
    Verb("check", "check", "check a configuration file", "check configs/qwen_moe.yaml"),
    Verb("notify", "notify", "send a test notice by every way", "notify --test qwen-moe"),
    Verb("keys", "keys", "show what the terminal sends for a key", "keys --list"),
    Verb("doctor", "doctor", "look whether all is there that is needed", "doctor --json"),
    Verb("rm", "removal", "delete a run that has ended", "rm 20260101-120000-abcd"),
    Verb("prune", "removal", "delete old runs", "prune --older-than 30 --keep 20"),
    Verb("sdk", "sdk", "copy the hook for trainers as one file", "sdk --copy ."),
)

BY_NAME = {verb.name: verb for verb in VERBS}
