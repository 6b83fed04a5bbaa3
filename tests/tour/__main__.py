"""A tour of the real program: `make tour`, or `python -m tests.tour [--output DIR] [NAME …]`.

Starts the built-in trainer, drives the console through terminals of several sizes over everything
it can do, and leaves a picture of each stop and a page with all of them. Ends with 1 when something
was not seen. NAME is a route (wide, standard, tabs, ascii, plain, broken), or one part of the first
as wide:loss.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from tests.product import CONSOLE, Product, product
from tests.pty.terminal import Terminal
from tests.tour import stops
from tests.tour.place import broken, furnished, short
from tests.tour.route import Walk, index

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.tour.stops import Parts

ROOT = Path(__file__).parent.parent.parent


@dataclass(frozen=True, slots=True)
class Route:
    """A terminal, how the console is called in it, and where it goes."""

    columns: int
    lines: int
    parts: Parts
    words: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    broken: bool = False
    """Whether it looks at the run that failed."""


ROUTES: dict[str, Route] = {
    "wide": Route(200, 60, stops.WIDE),
    "standard": Route(120, 40, stops.SEEN, ("--read-only",)),
    "tabs": Route(80, 24, stops.TABS),
    "ascii": Route(160, 50, stops.ASCII, ("--ascii",)),
    "plain": Route(160, 50, stops.COLOURLESS, env=(("NO_COLOR", "1"),)),
    "broken": Route(120, 40, stops.BROKEN, broken=True),
}
"""The first starts the run and stays until the last; the others look at it too."""


@dataclass(slots=True)
class Tour:
    """What came of the routes so far."""

    house: Product
    output: Path
    names: frozenset[str]
    env: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)

    def wants(self, route: str, part: str = "") -> bool:
        """Whether a route, or a part of it, was asked for."""
        if not self.names or route in self.names:
            return True
        parts = {name.partition(":")[2] for name in self.names if name.startswith(f"{route}:")}
        return part in parts if part else bool(parts)

    def go(self, walk: Walk, parts: Parts) -> None:
        """Those parts of a route that are wanted."""
        for part, route in parts.items():
            if part == "start" or self.wants(walk.title, part):
                walk.go(route)

    def opened(self, name: str, stack: ExitStack, command: Iterable[str]) -> Walk:
        """A terminal with the console in it."""
        route = ROUTES[name]
        env = {**self.house.env, **self.env, **dict(route.env)}
        words = [*CONSOLE, *command, *route.words]
        size = {"columns": route.columns, "lines": route.lines}
        terminal = Terminal(words, **size, env=env, cwd=str(self.house.home))
        walk = Walk(stack.enter_context(terminal), self.output, name, self.house.home)
        stack.callback(self._keep, walk)
        return walk

    def _keep(self, walk: Walk) -> None:
        self.failed += walk.failed
        self.taken += walk.taken


def main() -> int:
    """Goes round; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make tour", description=__doc__)
    parser.add_argument("--output", type=Path, default=ROOT / "build" / "tour")
    parser.add_argument("names", nargs="*", metavar="NAME")
    options = parser.parse_args()
    shutil.rmtree(options.output, ignore_errors=True)
    options.output.mkdir(parents=True)
    begun = time.monotonic()
    with product() as house:
        tour = Tour(house, options.output, frozenset(options.names))
        tour.env = furnished(house.home)
        try:
            _round(tour)
        finally:
            house.runs = sorted((house.home / "state" / "runs").glob("*"))
    return _told(tour, time.monotonic() - begun)


def _round(tour: Tour) -> None:
    """One terminal after the other; the first is open all the time."""
    first = short(tour.house, tour.env), broken(tour.house, tour.env)
    with ExitStack() as stack:
        wide = tour.opened("wide", stack, ["train", "--config", "qwen_moe.yaml"])
        wide.go(stops.START)
        run = next(
            one for one in (tour.house.home / "state" / "runs").glob("*") if one not in first
        )
        parts = {name: part for name, part in stops.WIDE.items() if name != "start"}
        if tour.wants("wide"):
            tour.go(wide, parts)
        for name, route in ROUTES.items():
            if name != "wide" and tour.wants(name):
                with ExitStack() as inner:
                    seen = first[1] if route.broken else run
                    tour.go(tour.opened(name, inner, ["attach", seen.name]), route.parts)
        if tour.wants("wide", "ending"):
            wide.go(stops.ENDED["ending"])


def _told(tour: Tour, seconds: float) -> int:
    """Writes what was seen; returns the exit code."""
    (tour.output / "index.html").write_text(index(sorted(tour.taken)), encoding="utf-8")
    (tour.output / "failed.txt").write_text("\n\n".join(tour.failed), encoding="utf-8")
    for problem in tour.failed:
        print(f"✗ {problem.splitlines()[0]}")  # noqa: T201
    count = f"{len(tour.taken)} stops, {len(tour.failed)} not as they should be"
    print(f"{count}, {seconds:.0f} s; see {tour.output}")  # noqa: T201
    return 1 if tour.failed else 0


if __name__ == "__main__":
    sys.exit(main())
