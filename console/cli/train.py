"""`train`: starts a run, and shows it."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path

from console.backend import ancestry, monitored, runs, starter
from console.cli import configfile, show
from console.cli.exits import ALREADY_RUNNING, DONE, FAILED, NO_SUCH_RUN, REJECTED, USAGE, Failure
from console.cli.options import add_json, add_looks, add_slow_link, find_run, shown
from console.cli.output import clean, print_json
from console.core.config import ConfigError
from console.core.config_kind import NAME
from console.core.config_problem import Wrong
from console.keeper import logout, rundir

STARTED_BY = ("gladius-console", "train")


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
    add_slow_link(parser)
    add_looks(parser)
    add_json(parser)


def _name(text: str) -> str:
    """A name as in `run.name`, and one that is not taken for an id."""
    try:
        name: str = NAME.read(text)
    except Wrong as error:
        raise argparse.ArgumentTypeError(error.message) from None
    if rundir.is_run_id(name):
        raise argparse.ArgumentTypeError("this would be taken for the id of a run")
    return name


def run(options: argparse.Namespace) -> int:
    job = _job(options)
    directory = begin(job)
    for word in _handle_warnings(job):
        print(f"gladius-console: {clean(word)}", file=sys.stderr)
    if warning := logout.shelter().warning:
        print(f"gladius-console: {warning}", file=sys.stderr)
    if options.json:
        print_json({"run": directory.name, "dir": str(directory)}, lines=not options.detach)
    elif options.detach:
        print(directory.name)
    if options.detach:
        if reason := starter.early_end(directory):
            print(
                f"gladius-console: {directory.name} did not begin: {clean(reason)}", file=sys.stderr
            )
        return DONE
    return show.show(
        directory,
        plain=options.plain,
        as_json=options.json,
        from_start=True,
        slow_link=options.slow_link,
        display=shown(options),
    )


def _handle_warnings(job: starter.Job) -> list[str]:
    handle = job.config.control
    return handle.warnings(job.config.run.command) if handle else []


def begin(job: starter.Job) -> Path:
    """Starts the job; its run directory. Raises Failure."""
    try:
        return starter.begin(job)
    except starter.AlreadyRunning as error:
        there = f"watch it: gladius-console attach {error.run.id}"
        another = "start another one beside it: add --again"
        message = f"{clean(str(error))}\n  {there}\n  {another}"
        raise Failure(ALREADY_RUNNING, message) from None
    except starter.StartRefused as error:
        raise Failure(REJECTED, clean(str(error))) from None
    except starter.StartFailed as error:
        raise Failure(FAILED, clean(str(error))) from None
    except ConfigError as error:
        raise configfile.BadConfig(error) from None


def _job(options: argparse.Namespace) -> starter.Job:
    parent = _parent(options.resume) if options.resume is not None else None
    if options.config is None:
        job = as_before(parent, options.set)
    else:
        found = configfile.read(configfile.find(options.config), options.set)
        job = starter.Job(found.config, Path.cwd(), found.path, found.hash)
    argv = (*STARTED_BY, *options.argv)
    return replace(job, name=options.name, parent=parent, again=options.again, argv=argv)


def as_before(parent: ancestry.Parent | None, settings: list[str]) -> starter.Job:
    """The parent's own configuration, frozen when it began, in the folder it was called in."""
    before = runs.record(runs.runs_dir() / parent.run) if parent and parent.run else None
    if before is None:
        raise Failure(USAGE, "say which configuration: --config FILE")
    if before.facts.get("kind") == monitored.KIND:
        said = "was started without the console: start it again as you did then"
        raise Failure(REJECTED, f"{before.id} {said}")
    found = configfile.read(before.dir / rundir.CONFIG_YAML, settings)
    path, digest = before.facts.get("config_path"), before.facts.get("config_hash")
    return starter.Job(
        config=found.config,
        cwd=_folder(before),
        config_path=Path(path) if isinstance(path, str) else None,
        config_hash=digest if isinstance(digest, str) else None,
    )


def after(parent: ancestry.Parent, settings: list[str], words: tuple[str, ...]) -> starter.Job:
    """What goes on from the parent as it was configured; `words` are what the person typed."""
    return replace(as_before(parent, settings), parent=parent, argv=(STARTED_BY[0], *words))


def _folder(before: runs.Record) -> Path:
    folder = before.facts.get("called_in")
    if isinstance(folder, str) and Path(folder).is_dir():
        return Path(folder)
    return Path.cwd()


def _parent(typed: str) -> ancestry.Parent:
    """What to go on from: a run with a checkpoint, or a checkpoint's path."""
    path = Path(typed).expanduser()
    is_path = os.sep in typed or typed.startswith("~")
    try:
        if not is_path:
            return ancestry.of_run(find_run(typed))
    except Failure as failure:
        if failure.code != NO_SUCH_RUN or not path.exists():
            raise
    except ancestry.NotResumable as error:
        raise Failure(REJECTED, clean(str(error))) from None
    if not typed or not path.exists():
        raise Failure(NO_SUCH_RUN, f"there is no run and no checkpoint {clean(typed)!r}")
    return ancestry.of_checkpoint(path)
