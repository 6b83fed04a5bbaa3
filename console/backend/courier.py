"""`python -P -m console.backend.courier DIR`: what a person was to be told and had not gone out
when the run was over. It stays until it has, or for an hour.

The run is final: nothing is written into its books. How it went is in `notified.json` beside them.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from console.backend import client
from console.backend.notifier import TICK_SECONDS, Notifier
from console.core.codec import encode
from console.core.notify_line import GIVE_UP_SECONDS
from console.core.reduce import reduce
from console.keeper import clock, invocation, rundir

if TYPE_CHECKING:
    from console.core.protocol import Event
    from console.core.state import RunState

NOTIFIED_JSON = "notified.json"


def begin(run_dir: Path) -> None:
    """Starts one for a run that is final. Raises OSError."""
    subprocess.Popen(
        [sys.executable, "-P", "-m", "console.backend.courier", str(run_dir.absolute())],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=invocation.WORKING_DIRECTORY,
        env=invocation.environment(),
        start_new_session=True,
    )


class Afterwards:
    """The state of a run that is over, as something to record in; see `recording.Recording`."""

    rows = 0
    live: list[bytes] = []  # noqa: RUF012 (nobody adds to it)

    def __init__(self, run_dir: Path, state: RunState) -> None:
        self._run_dir, self.state = run_dir, state

    def apply(self, event: Event, *, journal: bool = True) -> None:
        del journal
        reduce(self.state, event)

    def commit(self) -> bool:
        try:
            rundir.write_json(self._run_dir, NOTIFIED_JSON, encode(self.state.delivery))
        except OSError:
            return False
        return True


def main(arguments: list[str]) -> int:
    run_dir = Path(arguments[0])
    notifier = Notifier(run_dir, Afterwards(run_dir, client.read_state(run_dir)))
    until = clock.since_boot() + GIVE_UP_SECONDS
    while clock.since_boot() < until and run_dir.is_dir():
        notifier.tick(last=True)
        if notifier.is_idle:
            return 0
        time.sleep(TICK_SECONDS)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
