"""`config [RUN]`: the configuration of a run, its presets, and a template made of it."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from console.cli import starting
from console.cli.configurations import Configurations, Unreadable
from console.cli.exits import DONE, FAILED, REJECTED, USAGE, Failure
from console.cli.options import add_json, add_run, find_run
from console.cli.output import clean, print_json
from console.core.codec import encode
from console.core.config import ConfigError, load
from console.core.redaction import mask_tree
from console.keeper import rundir

if TYPE_CHECKING:
    from console.backend.runs import Record


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    what = parser.add_mutually_exclusive_group()
    add_json(parser)
    what.add_argument("--raw", action="store_true", help="only the text, as it is (masked)")
    what.add_argument("--presets", action="store_true", help="configurations found by their name")
    what.add_argument("--template", metavar="NAME", help="save it as a template of this name")
    parser.add_argument("--overwrite", action="store_true", help="replace a template that is there")


def run(options: argparse.Namespace) -> int:
    if options.presets:
        return _presets(options)
    item = find_run(options.run)
    if options.template is not None:
        return _template(options, item)
    try:
        found, note = Configurations(item).shown()
    except OSError as error:
        raise Failure(FAILED, f"{item.id} has no configuration: {error.strerror}") from None
    except ValueError as error:
        raise Failure(FAILED, f"{item.id}: {clean(str(error))}") from None
    if options.json:
        return _json(item)
    if not options.raw:
        print(f"# {item.id}: {clean(str(item.facts.get('config_path') or 'no file'))}, {note}")
    sys.stdout.writelines(f"{clean_line(line)}\n" for line in found.splitlines())
    return DONE


def clean_line(line: str) -> str:
    """A line of a file without control characters, its indentation kept."""
    indent = line[: len(line) - len(line.lstrip(" "))]
    return indent + clean(line)


def _json(item: Record) -> int:
    try:
        frozen = load((item.dir / rundir.CONFIG_YAML).read_bytes(), rundir.CONFIG_YAML)
    except ConfigError as error:
        raise Failure(FAILED, clean(str(error))) from None
    tree = encode(mask_tree(frozen.tree))
    print_json({"run": item.id, "file": item.facts.get("config_path"), "config": tree})
    return DONE


def _presets(options: argparse.Namespace) -> int:
    found = starting.candidates()
    if options.json:
        print_json(found)
    else:
        print("\n".join(map(clean, found)) or "no configuration is found by its name")
    return DONE


def _template(options: argparse.Namespace, item: Record) -> int:
    try:
        said = Configurations(item).save_template(options.template, overwrite=options.overwrite)
    except FileExistsError as error:
        raise Failure(REJECTED, f"{clean(str(error))}; --overwrite replaces it") from None
    except Unreadable as error:
        raise Failure(FAILED, f"{item.id}: {clean(str(error))}") from None
    except ValueError as error:
        raise Failure(USAGE, f"{clean(options.template)}: {clean(str(error))}") from None
    if options.json:
        print_json({"run": item.id, "said": said})
    else:
        print(clean(said))
    return DONE
