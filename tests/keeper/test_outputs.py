"""The two other ways of taking a trainer's output: a file, and a terminal."""

from __future__ import annotations

from console.keeper import rundir
from tests.keeper.house import FLOOD, House, exit_record, flooded, keeper, kill, output
from tests.waiting import wait_until

ABOUT = """
import os, sys
print(os.isatty(1), os.isatty(2), *(os.get_terminal_size(1) if os.isatty(1) else ()))
sys.stderr.write("ä\\r\\x00\\x1b[1mend\\n")
"""


def test_a_terminal_is_wide_and_changes_no_byte(house: House) -> None:
    folder = house.python(ABOUT, output="pty")
    assert exit_record(folder)["code"] == 0
    assert output(folder) == "True True 250 50\nä\r\0\x1b[1mend\n".encode()


def test_a_file_is_written_by_the_trainer_alone(house: House) -> None:
    folder = house.python(ABOUT, output="file")
    assert exit_record(folder)["code"] == 0
    assert output(folder) == "False False\nä\r\0\x1b[1mend\n".encode()
    assert not (folder / rundir.OUTPUT_FIFO).exists()
    assert rundir.segments(folder)[0][1].stat().st_mode & 0o777 == 0o600


def test_terminal_and_file_survive_the_death_of_guard_and_pump(house: House) -> None:
    for mode in ("pty", "file"):
        folder = house.python(FLOOD, output=mode)
        for role in ("pump", "guard", "pump"):
            who = wait_until(lambda at=folder, of=role: keeper(at, of))
            kill(who)
            wait_until(lambda at=folder, of=role, old=who: keeper(at, of) not in (None, old))
        printed = flooded(house, folder)
        exit_record(folder)
        kept = output(folder)
        # Without splice, a kill can lose what the pump had in its hands.
        assert kept == printed if mode == "file" else printed.endswith(kept[-700:])
