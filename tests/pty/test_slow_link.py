"""On a slow link the terminal gets no more bytes than it may; keys are answered all the same."""

from __future__ import annotations

import time

from tests.product import CONSOLE, product
from tests.pty.terminal import Terminal

RATE = 6000
TRAINER = (
    "import itertools, time\n"
    "for n in itertools.count():\n"
    "    print('Epoch 1 | Batch', n, '| Loss: 0.1234 | what is said', flush=True)\n"
    "    time.sleep(0.01)\n"
)


def test_the_rate_is_kept_and_said() -> None:
    with product() as here:
        run = here.start("python3", "-c", TRAINER)
        command = [*CONSOLE, "attach", run.name, "--slow-link", str(RATE)]
        with Terminal(command, columns=80, lines=24, env=here.env) as screen:
            screen.wait_for_text("slow link")
            began, since = time.monotonic(), len(screen.chunks)
            time.sleep(10.0)  # what is measured is a rate
            grown = len(screen.output(since))
            assert 0 < grown <= 1.25 * RATE * (time.monotonic() - began)
            at = screen.send("?")
            assert screen.wait_for(b"HELP|Help|help", since=len(screen.chunks)) - at < 2.0


def test_without_it_there_is_no_limit() -> None:
    with product() as here:
        run = here.start("python3", "-c", TRAINER)
        with here.attach(run, columns=80, lines=24) as screen:
            screen.wait_for(b"what is said")
            since = len(screen.chunks)
            time.sleep(5.0)  # what is measured is a rate
            assert len(screen.output(since)) > 5.0 * RATE
            assert not any("slow link" in line for line in screen.screen())
