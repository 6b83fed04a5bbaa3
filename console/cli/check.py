"""`check FILE`: is this configuration good, and what would be started?"""

from __future__ import annotations

import argparse
import shlex
import sys
from dataclasses import asdict

from console.cli import configfile
from console.cli.exits import DONE
from console.cli.options import add_json
from console.cli.output import clean, print_json
from console.core.config import command_line
from console.core.redaction import mask_arguments


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="a YAML file, or the name of a preset")
    parser.add_argument(
        "--set", action="append", default=[], metavar="a.b=v", help="change a setting (repeatable)"
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    try:
        found = configfile.read(configfile.find(options.file), options.set)
        configfile.check_folder(found)
    except configfile.BadConfig as error:
        if options.json:
            print_json({"ok": False, "problems": [asdict(one) for one in error.problems]})
        raise
    words = command_line(
        found.config,
        python=sys.executable,
        config_path="{config}",
        run_dir="{run_dir}",
        checkpoint=None,
    )
    shown = list(mask_arguments(words))
    handle = found.config.control
    warnings = handle.warnings(tuple(words)) if handle else []
    if options.json:
        print_json({"ok": True, "file": str(found.path), "command": shown, "warnings": warnings})
    else:
        print(f"ok: {clean(str(found.path))}")
        print(f"starts: {clean(shlex.join(shown))}")
        for order, note in handle.notes().items() if handle else ():
            print(f"{order}: {clean(note)}")
        for warning in warnings:
            print(f"warning: {clean(warning)}", file=sys.stderr)
    return DONE
