"""Everything of ours may be killed at any moment: training goes on, nothing it printed is lost."""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend.history import History
from console.backend.rows import ScreenRows
from console.keeper import record, rundir, slot
from tests.product import Product, ours, product, read_json, trainer_pid, with_children
from tests.programs import numbered
from tests.torture import figure, times
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.pty.terminal import Terminal

PROGRAM = str(Path(numbered.__file__))
KILLS = times(25, 500)


@pytest.fixture
def here() -> Iterator[Product]:
    with product() as made:
        yield made


def start(here: Product) -> Path:
    run = here.start(sys.executable, PROGRAM, str(here.home / "end"), str(here.home / "count"))
    wait_until(lambda: ScreenRows(run).count() > 0, what="the first rows")
    return run


def finish(here: Product, run: Path) -> tuple[int, int]:
    """Tells the trainer to end; (lines, steps) it made, once the run is final."""
    (here.home / "end").touch()
    wait_until((here.home / "count").exists, 60, what="the trainer's own end")
    here.call("status", run.name)
    wait_until((run / rundir.FINAL).exists, 60, what="the final run")
    wait_until(lambda: not with_children(run), 30, what="no process of ours")
    lines, steps = map(int, (here.home / "count").read_text().split())
    return lines, steps


def pids(run: Path, roles: tuple[str, ...]) -> list[int]:
    """Who plays these parts now; `screen` is not one of them."""
    keeper = read_json(run / rundir.KEEPER_JSON)
    found = [
        keeper[role]["pid"] for role in roles if role in ("guard", "pump") and keeper.get(role)
    ]
    if "backend" in roles:
        found += [pid for pid, module in ours(run).items() if module == "console.backend"]
    alive = ours(run)
    return [pid for pid in found if pid in alive]


def kill(found: list[int]) -> int:
    count = 0
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            count += 1
    return count


def assert_nothing_lost(run: Path, lines: int, steps: int) -> None:
    expected = b"".join(numbered.line(number) for number in range(lines))
    printed = b"".join(path.read_bytes() for _, path in rundir.segments(run))
    assert_equal(printed, expected)
    assert_equal(rows_of_the_trainer(run), expected)
    points = [(step, value) for step, _, value in History(run).all_points("loss")]
    assert points == [(step, numbered.loss(step)) for step in range(1, steps + 1)]
    journal = [
        line
        for path in sorted(run.glob("journal-*.jsonl"))
        for line in path.read_bytes().splitlines(keepends=True)
    ]
    assert all(record.decode(line) is not None for line in journal)
    assert len(set(journal)) == len(journal)


def assert_equal(found: bytes, expected: bytes) -> None:
    """Equal, or where not."""
    if found == expected:
        return
    pairs = enumerate(zip(found, expected, strict=False))
    at = next((i for i, (a, b) in pairs if a != b), min(len(found), len(expected)))
    around = slice(max(0, at - 100), at + 100)
    message = f"{len(found)} bytes, {len(expected)} expected, differ at {at}"
    pytest.fail(f"{message}:\n{found[around]!r}\n{expected[around]!r}")


def rows_of_the_trainer(run: Path) -> bytes:
    """The clean rows without ours."""
    text = b"".join(path.read_bytes() for path in sorted(run.glob("screen.*.log")))
    return b"".join(row for row in text.splitlines(keepends=True) if not row.startswith(b"\x1e"))


@pytest.mark.torture
@pytest.mark.parametrize(
    ("roles", "exit_known"),
    [(("screen", "backend", "pump"), True), (("screen", "backend", "guard", "pump"), False)],
    ids=["the guard lives", "the guard too"],
)
def test_fault_02_any_two_of_ours_are_killed_25_times_during_a_flood(
    here: Product, roles: tuple[str, ...], exit_known: bool
) -> None:
    chance, killed = random.Random(len(roles)), 0
    run = start(here)
    screen: Terminal | None = None
    while killed < KILLS:
        if screen is None:
            screen = here.attach(run)
        time.sleep(chance.uniform(0.0, 0.4))  # the moment of the kill is what is random
        victims = tuple(chance.sample(roles, 2))
        if "screen" in victims:
            screen.close()
            screen = None
        killed += kill(pids(run, victims))
    if screen is not None:
        screen.close()
    # A trainer that ends while all of ours are dead at once is the documented limit: not here.
    here.call("status", run.name)
    wait_until(lambda: len(pids(run, ("guard", "pump", "backend"))) == 3, 30, what="all of ours")
    lines, steps = finish(here, run)
    assert_nothing_lost(run, lines, steps)
    who = ", ".join(roles)
    figure(who, "kills", killed, 0)
    figure(who, "lines printed", lines, 0)
    figure(who, "steps reported", steps, 0)
    ending = slot.read(run, rundir.EXIT_JSON)
    assert ending is not None
    assert ending["code"] == (7 if exit_known else ending["code"])
    assert ending["known"] is (ending["code"] is not None)
    assert exit_known is False or ending["known"]


def test_fault_01_a_closed_terminal_changes_nothing(here: Product) -> None:
    run = start(here)
    with here.attach(run) as screen:
        screen.wait_for_text("LIVE STREAM")
        screen.hang_up()
        screen.wait(10)
    before = ScreenRows(run).count()
    wait_until(lambda: ScreenRows(run).count() > before + 3 * numbered.BURST)
    with here.attach(run) as screen:
        screen.wait_for(rb"[0-9]{4} xxx")
    assert_nothing_lost(run, *finish(here, run))


def test_with_all_of_ours_gone_the_trainer_waits_and_goes_on_at_the_next_look(
    here: Product,
) -> None:
    run = start(here)
    wait_until(lambda: kill_all(run), 20, what="all of ours dead at once")
    pid = trainer_pid(run)
    assert pid is not None
    wait_until(lambda: b"pipe_write" in wchan(pid) or is_asleep(pid), 30)
    assert not ours(run)
    here.call("status", run.name)
    lines, steps = finish(here, run)
    assert_nothing_lost(run, lines, steps)


def kill_all(run: Path) -> bool:
    """Kills guard, pump and backend in one go; True when none came back."""
    for pid in ours(run):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    kill(list(ours(run)))
    return not ours(run)


def wchan(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/wchan").read_bytes()
    except OSError:
        return b""


def is_asleep(pid: int) -> bool:
    """Whether it has used no CPU for a moment: it waits in write()."""

    def ticks() -> int:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = ticks()
    time.sleep(0.5)  # longer than the pause between two bursts
    return ticks() == before


def test_quitting_the_screen_says_how_to_come_back(here: Product) -> None:
    run = start(here)
    with here.attach(run) as screen:
        screen.wait_for_text("● TRAINING")
        screen.send("q")
        assert screen.wait(10) == 0
        assert f"gladius-console attach {run.name}".encode() in screen.output()
    assert_nothing_lost(run, *finish(here, run))


def test_ctrl_c_never_reaches_the_trainer(here: Product) -> None:
    run = start(here)
    with here.attach(run) as screen:
        screen.wait_for_text("● TRAINING")
        screen.send(b"\x03")
        screen.wait_for_text("training goes on")
        screen.send("q")
        assert screen.wait(10) == 0
    lines, steps = finish(here, run)
    assert lines > 0
    assert_nothing_lost(run, lines, steps)
