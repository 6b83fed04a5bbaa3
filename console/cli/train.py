"""`train`: starts a run, and shows it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from console.backend import client, runs, starter
from console.cli import configfile, show
from console.cli.exits import ALREADY_RUNNING, DONE, REJECTED, USAGE, Failure
from console.cli.options import add_json, find_run
from console.cli.output import clean, print_json
from console.keeper import rundir

LONGEST_NAME = 60


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", metavar="FILE", help="a YAML file, or the name of a preset")
    parser.add_argument("--name", type=_name, help="a name for the run")
    parser.add_argument(
        "--set", action="append", default=[], metavar="a.b=v", help="change a setting (repeatable)"
    )
    parser.add_argument(
        "--resume", metavar="RUN|CHECKPOINT", help="go on from a run's last checkpoint, or from one"
    )
    parser.add_argument(
        "--again", action="store_true", help="start even if the same job is running"
    )
    parser.add_argument("--detach", action="store_true", help="only start it; print the run's id")
    parser.add_argument("--plain", action="store_true", help="lines instead of the full screen")
    add_json(parser)


def _name(text: str) -> str:
    if not text.strip() or len(text) > LONGEST_NAME or text != clean(text):
        raise argparse.ArgumentTypeError(f"a name has 1 to {LONGEST_NAME} printable characters")
    if rundir.is_run_id(text) or text.startswith("-"):
        raise argparse.ArgumentTypeError("this would be taken for a run id or an option")
    return text


def run(options: argparse.Namespace) -> int:
    directory = _begin(options)
    if options.detach:
        if options.json:
            print_json({"run": directory.name, "dir": str(directory)})
        else:
            print(directory.name)
        return DONE
    return show.show(directory, plain=options.plain)


def _begin(options: argparse.Namespace) -> Path:
    parent = _parent(options.resume) if options.resume else None
    found = configfile.read(_config_path(options, parent), options.set)
    job = starter.Job(
        config=found.config,
        cwd=_cwd(parent),
        config_path=found.path,
        config_bytes=found.data,
        name=options.name,
        parent=parent,
        again=options.again,
        argv=("gladius-console", "train", *options.argv),
    )
    try:
        return starter.begin(job)
    except starter.AlreadyRunning as error:
        there = f"watch it: gladius-console attach {error.run.id}"
        another = "start another one beside it: add --again"
        message = f"{clean(str(error))}\n  {there}\n  {another}"
        raise Failure(ALREADY_RUNNING, message) from None
    except starter.StartRefused as error:
        raise Failure(REJECTED, clean(str(error))) from None


def _config_path(options: argparse.Namespace, parent: starter.Parent | None) -> Path:
    if options.config is not None:
        return configfile.find(options.config)
    if parent is None or parent.run is None:
        raise Failure(USAGE, "say which configuration: --config FILE")
    return runs.runs_dir() / parent.run / rundir.CONFIG_YAML


def _cwd(parent: starter.Parent | None) -> Path:
    """Where the trainer works: where the parent did, else here."""
    record = runs.record(runs.runs_dir() / parent.run) if parent and parent.run else None
    folder = record.facts.get("cwd") if record else None
    if isinstance(folder, str) and Path(folder).is_dir():
        return Path(folder)
    return Path.cwd()


def _parent(typed: str) -> starter.Parent:
    """What to go on from: a checkpoint's path, or a run with a checkpoint."""
    path = Path(typed).expanduser()
    if (os.sep in typed or typed.startswith("~")) and path.exists():
        return starter.Parent(run=None, step=None, checkpoint=str(path.absolute()))
    item = find_run(typed)
    if item.alive:
        stop = f"gladius-console stop {item.id}"
        raise Failure(REJECTED, f"{item.id} is still alive; stop it before: {stop}")
    last = client.read_state(item.dir).checkpoints.last
    if last is None:
        raise Failure(REJECTED, f"{item.id} saved no checkpoint; start it anew with --config FILE")
    if not Path(last.path).exists():
        raise Failure(REJECTED, f"the checkpoint of {item.id} is gone: {clean(last.path)}")
    return starter.Parent(run=item.id, step=last.step, checkpoint=last.path)
