"""Runs the console on the terminal it is started on, with an example run; prints its farewell.

`python -m tests.pty.console_program [STATE|crash|hostile STATE]`. The exit code is the
console's. Its last line lists
the orders that were given.
"""

from __future__ import annotations

import locale
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace

from console.app import ConsoleApp
from console.core.display import display
from console.screens.session import House
from console.widgets.moment import Now
from tests.sessions import FakeLink, Update, session_of
from tests.states import NOW, STATES, M

BEGUN = time.monotonic()


def clock() -> Now:
    """The evening of the examples, going on."""
    since = time.monotonic() - BEGUN
    return Now(NOW.t + since, M + since)


class BrokenLink(FakeLink):
    """A connection with a fault nobody expects."""

    async def updates(self) -> AsyncIterator[Update]:
        yield Update(rows=True, connection=True)
        raise AssertionError("a fault of ours")


if __name__ == "__main__":
    name = sys.argv[1] if len(sys.argv) > 1 else "training"
    session = session_of(STATES.get(name, STATES["training"])())
    if name == "hostile":
        from tests.faults.test_foreign_text import hostile

        session = session_of(hostile(sys.argv[2]))
    if name == "crash":
        session = replace(session, link=BrokenLink(session.link.state))
    house = House(runs=tuple, connect=lambda _run: session)
    shown = display(os.environ, locale.getencoding())
    app = ConsoleApp(house=house, run=session.link.state.run.id, clock=clock, display=shown)
    said = app.run()
    if said:
        sys.stdout.write(f"{said}\n")
    sys.stdout.write(f"ordered: {session.link.ordered}\n")
    sys.exit(app.return_code or 0)
