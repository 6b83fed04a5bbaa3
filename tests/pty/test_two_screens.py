"""Two people on one run: both see the same, both are obeyed, and one leaves without the other."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.product import CONSOLE, Product, product
from tests.programs import able
from tests.pty.terminal import Terminal
from tests.waiting import wait_until


@pytest.fixture
def here() -> Iterator[Product]:
    with product() as made:
        yield made


def read_only(here: Product, run: Path) -> Terminal:
    return Terminal(
        [*CONSOLE, "attach", run.name, "--read-only"], columns=120, lines=40, env=here.env
    )


def viewers(here: Product, run: Path) -> list[dict[str, object]]:
    found: list[dict[str, object]] = here.json("status", run.name)["viewers"]
    return found


def orders(run: Path) -> list[str]:
    """Commands that were done, from the journal and the hook's answers."""
    lines = [line for path in (*run.glob("journal-*"), *run.glob("hook-*"))
             for line in path.read_text().splitlines()]  # fmt: skip
    records = [json.loads(line[line.index("{") : line.rindex("}") + 1]) for line in lines]
    return [str(one.get("cmd")) for one in records if one.get("outcome") == "done"]


def test_both_see_the_same_and_both_are_obeyed(here: Product) -> None:
    run = here.start(sys.executable, able.__file__, "0", "0.05")
    with here.attach(run) as one, here.attach(run) as other:
        for terminal in (one, other):
            terminal.wait_for_text("● TRAINING")
        assert len(wait_until(lambda: v if len(v := viewers(here, run)) == 2 else [], 20)) == 2

        one.send("\x1bOQ")  # F2
        for terminal in (one, other):
            terminal.wait_for_text("PAUSED")
        other.send("\x1bOQ")
        for terminal in (one, other):
            terminal.wait_for_text("● TRAINING")
        other.send("\x1b[15~")  # F5
        for terminal in (one, other):
            terminal.wait_for(rb"checkpoint", since=0)
        wait_until(lambda: {"pause", "resume", "checkpoint"} <= {*orders(run)}, 20)

        other.send("q")
        assert other.wait() == 0
        wait_until(lambda: len(viewers(here, run)) == 1, 20)
        one.send("\x1bOQ")
        one.wait_for_text("PAUSED")
        assert here.json("status", run.name)["status"] == "paused"


def test_who_only_watches_sees_it_and_orders_nothing(here: Product) -> None:
    run = here.start(sys.executable, able.__file__, "0", "0.05")
    with here.attach(run) as one, read_only(here, run) as guest:
        for terminal in (one, guest):
            terminal.wait_for_text("● TRAINING")
        told = wait_until(lambda: v if len(v := viewers(here, run)) == 2 else [], 20)
        assert sorted(bool(item["read_only"]) for item in told) == [False, True]
        guest.send("\x1bOQ")
        guest.wait_for_text("read-only")
        one.send("@")
        shown = one.wait_for_text("read only)")
        assert re.search(r"Watching too.*@.*\(read only\)", "\n".join(shown))
        one.send("\x1b")
        one.send("\x1bOQ")
        for terminal in (one, guest):
            terminal.wait_for_text("PAUSED")
        guest.hang_up()
        wait_until(lambda: len(viewers(here, run)) == 1, 20)
        assert here.json("status", run.name)["status"] == "paused"
        one.send("\x1bOQ")
        one.wait_for_text("● TRAINING")
