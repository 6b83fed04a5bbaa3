"""`sdk --copy DIR`: the hook as one file and as a folder, for environments without this package."""

from __future__ import annotations

import argparse
from pathlib import Path

from console.cli.exits import DONE, FAILED, Failure
from console.cli.options import add_json
from console.cli.output import clean, print_json
from console.sdk import single


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--copy",
        metavar="DIR",
        required=True,
        help="where to write gladius_link.py and gladius_sdk",
    )
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    try:
        folder = Path(options.copy).expanduser().absolute()
        path, package = single.copy(folder), single.copy_package(folder)
    except OSError as error:
        raise Failure(FAILED, f"{clean(options.copy)}: {error.strerror}") from None
    if options.json:
        print_json({"file": str(path), "package": str(package)})
    else:
        print(f"{clean(str(path))} written; in the trainer: from {path.stem} import Link")
        print(f"{clean(str(package))} written; from {package.name}.hf import GladiusCallback")
    return DONE
