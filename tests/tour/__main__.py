"""A tour of the real program: `make tour`, or `python -m tests.tour [--output DIR] [NAME …]`.

Starts the built-in trainer, drives the console through a terminal at several sizes over everything
it can do, and leaves a picture of each stop and a page with all of them. Ends with 1 when something
was not seen.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.product import CONSOLE, Product, product
from tests.pty.terminal import Terminal
from tests.tour import stops
from tests.tour.route import Stop, Walk, index

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parent.parent.parent
ROUTES: dict[str, tuple[int, int, Sequence[Stop]]] = {
    "wide": (200, 60, stops.WIDE),
    "standard": (120, 40, stops.STANDARD),
    "tabs": (80, 24, stops.TABS),
}
"""Name → columns, lines and stops."""


def main() -> int:
    """Goes round; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make tour", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "tour")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    failed: list[str] = []
    taken: list[str] = []
    with product() as house:
        for name in options.names or ROUTES:
            walk = _walk(house, name, options.output)
            failed += walk.failed
            taken += walk.taken
    (options.output / "index.html").write_text(index(taken), encoding="utf-8")
    (options.output / "failed.txt").write_text("\n\n".join(failed), encoding="utf-8")
    for problem in failed:
        print(f"✗ {problem.splitlines()[0]}")  # noqa: T201
    print(f"{len(taken)} stops, {len(failed)} not as they should be; see {options.output}")  # noqa: T201
    return 1 if failed else 0


def _walk(house: Product, name: str, folder: Path) -> Walk:
    """One terminal: the first starts the run, the others look at it too."""
    columns, lines, route = ROUTES[name]
    command = [*CONSOLE, "attach", house.runs[0].name] if house.runs else _started()
    size = {"columns": columns, "lines": lines}
    with Terminal(command, **size, env=house.env, cwd=str(house.home)) as terminal:
        walk = Walk(terminal, folder, name)
        try:
            walk.go(route)
        finally:
            house.runs = sorted((house.home / "state" / "runs").glob("*"))
    return walk


def _started() -> list[str]:
    return [*CONSOLE, "train", "--config", str(ROOT / "configs" / "qwen_moe.yaml")]


if __name__ == "__main__":
    sys.exit(main())
