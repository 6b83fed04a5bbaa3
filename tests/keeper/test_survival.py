"""Whatever of ours is killed, whenever: no byte is lost and the trainer does not notice."""

from __future__ import annotations

import os
import random
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from console.keeper import fifo, identity, lock, processes, rundir, start
from console.keeper.run import trainer_of
from tests.keeper.house import (
    FLOOD,
    House,
    exit_record,
    flooded,
    keeper,
    kill,
    kill_all_of_ours,
    ours,
    output,
    patched,
)
from tests.torture import figure, times
from tests.waiting import wait_until

lossless = pytest.mark.skipif(sys.platform != "linux", reason="needs splice")


def kill_pump(folder: Path) -> bool:
    return kill(keeper(folder, "pump"))


def kill_guard(folder: Path) -> bool:
    return kill(keeper(folder, "guard"))


def kill_both(folder: Path) -> bool:
    kill_all_of_ours(folder)
    start.ensure(folder)  # as every attach does
    return True


def kill_any(folder: Path) -> bool:
    if not ours(folder):  # one was killed before it could replace the other
        start.ensure(folder)
    return random.choice([kill_pump, kill_guard, kill_both])(folder)


@lossless
@pytest.mark.torture
@pytest.mark.parametrize(
    ("way", "kills"),
    [
        (kill_pump, times(40, 400)),
        (kill_guard, times(8, 200)),
        (kill_both, times(6, 150)),
        (kill_any, times(16, 250)),
    ],
)
def test_fault_03_kills_at_random_moments_of_a_flood_lose_no_byte(
    house: House, way: Callable[[Path], bool], kills: int
) -> None:
    random.seed(kills)
    folder = house.make([sys.executable, "-c", FLOOD])
    patched(folder, {"sink.SEGMENT_BYTES": 3_000_001})
    wait_until(lambda: start.state(folder) == "running")
    # The backend holds the pipe too: bytes in it outlive guard and pump.
    backends_end = fifo.open_rw(folder, rundir.OUTPUT_FIFO)
    for _ in range(kills):
        time.sleep(random.uniform(0.0, 0.05))
        wait_until(lambda: way(folder), what="somebody to kill")
    start.ensure(folder)
    printed = flooded(house, folder)
    record = exit_record(folder)
    os.close(backends_end)
    assert record["known"] == (way is kill_pump)
    assert record["code"] == (7 if way is kill_pump else None)
    assert output(folder) == printed
    rundir.touch(folder, rundir.FINAL)
    wait_until(lambda: not ours(folder), timeout=5)
    assert (folder / rundir.KEEPER_LOG).read_text() == ""
    figure(f"keeper, {way.__name__}", "kills", kills, 0)
    figure(f"keeper, {way.__name__}", "bytes printed", len(printed), 0)


def test_a_trainer_without_anybody_waits_and_goes_on_at_the_next_look(house: House) -> None:
    folder = house.python(FLOOD)
    trainer = trainer_of(folder)
    assert trainer is not None
    wait_until(lambda: rundir.segments(folder))
    kill_all_of_ours(folder)
    assert start.state(folder) == "running"

    def is_blocked() -> bool:
        row = processes.look(trainer.pid)
        waiting = Path(f"/proc/{trainer.pid}/wchan")
        return row is not None and row.state == "S" and "pipe" in waiting.read_text()

    if processes.LINUX:
        wait_until(is_blocked, what="the pipe is full")
    end = fifo.open_rw(folder, rundir.OUTPUT_FIFO)
    start.ensure(folder)
    printed = flooded(house, folder)
    assert exit_record(folder)["known"] is False
    assert output(folder) == printed
    os.close(end)


def test_a_new_keeper_finds_the_pipe_of_the_trainer_even_when_it_was_deleted(house: House) -> None:
    folder = house.python(FLOOD)
    wait_until(lambda: rundir.segments(folder))
    kill_all_of_ours(folder)
    (folder / rundir.OUTPUT_FIFO).unlink()
    start.ensure(folder)
    printed = flooded(house, folder)
    exit_record(folder)
    assert output(folder) == printed


def test_healing_what_is_healthy_or_over_changes_nothing(house: House) -> None:
    folder = house.python("import time; time.sleep(60)")
    wait_until(lambda: len(ours(folder)) == 2)
    before = ours(folder)
    start.ensure(folder)
    assert ours(folder) == before
    assert kill(trainer_of(folder))
    exit_record(folder)
    rundir.touch(folder, rundir.FINAL)
    wait_until(lambda: not ours(folder))
    start.ensure(folder)
    assert not ours(folder)


def test_two_healers_make_one_keeper(house: House) -> None:
    folder = house.python("import time; time.sleep(60)")
    wait_until(lambda: len(ours(folder)) == 2)
    kill_all_of_ours(folder)
    healers = [threading.Thread(target=start.ensure, args=(folder,)) for _ in "1234"]
    for healer in healers:
        healer.start()
    for healer in healers:
        healer.join()
    wait_until(lambda: len(ours(folder)) == 2)
    assert lock.is_held(folder / rundir.GUARD_LOCK)
    wait_until(lambda: lock.is_held(folder / rundir.PUMP_LOCK))
    assert identity.is_alive(trainer_of(folder))  # type: ignore[arg-type]


def test_orders_wait_in_their_pipes_while_the_guard_is_replaced(house: House) -> None:
    folder = house.python("import time; time.sleep(60)")
    guard = wait_until(lambda: keeper(folder, "guard"))
    fifo.send(folder, rundir.CONTROL_FIFO, b"checkpoint\n")
    kill(guard)
    wait_until(lambda: (new := keeper(folder, "guard")) and new != guard)
    reader = fifo.open_rw(folder, rundir.CONTROL_FIFO)
    assert os.read(reader, 100) == b"checkpoint\n"
    os.close(reader)


@pytest.mark.parametrize("name", [rundir.CONTROL_FIFO, rundir.INBOX_FIFO, rundir.NUDGE_FIFO])
def test_fault_28_a_deleted_order_pipe_is_made_again_and_read(house: House, name: str) -> None:
    folder = house.python("import time; time.sleep(60)")
    (folder / name).unlink()
    wait_until(lambda: (folder / name).exists(), timeout=3)

    def can_send() -> bool:
        try:
            fifo.send(folder, name, b"pause\n")
        except fifo.NobodyReads:
            return False
        return True

    wait_until(can_send, timeout=3)
