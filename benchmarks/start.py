"""From exec to the first paint, to the first frame of the screen, and to one with data.

The first paint is the newest rows, drawn before the screen is imported.
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from benchmarks import leet
from benchmarks.lab import CONSOLE, lab, program
from benchmarks.table import Row
from tests.pty.terminal import Terminal

TRIES = 7
BRAILLE = rb"\xe2[\xa0-\xa3][\x80-\xbf]"


def run() -> list[Row]:
    """Ours against a minimal Textual program and LEET, interleaved."""
    with lab() as here:
        times = here.home / "times"
        run_dir = here.start(*program("steps", 12, 600, times, "print"))
        here.call("wait", run_dir.name, "--until", "step=60")
        attach = [*CONSOLE, "attach", run_dir.name]
        has_leet = leet.command() is not None
        target = here.home / "run-bench.wandb"
        if has_leet:
            leet.write_finished(target, 1000)
        first, frame, live, minimal, peer = [], [], [], [], []
        for _ in range(TRIES):
            first.append(_time(attach, rb"GLADIUS", here.env))
            frame.append(_time(attach, rb"LIVE STREAM", here.env))
            live.append(_time(attach, rb"Loss \d", here.env))
            minimal.append(_time(program("minimal"), rb"FIRST_PAINT", here.env))
            if has_leet:
                peer.append(_time(leet.show(target), BRAILLE, leet.environment(here.home)))
    return _rows(first, frame, live, minimal, peer)


def _time(command: Sequence[str], pattern: bytes, env: Mapping[str, str]) -> float:
    with Terminal(command, columns=200, lines=60, env=env) as screen:
        return screen.wait_for(pattern, 30) - screen.started


def _rows(
    first: list[float],
    frame: list[float],
    live: list[float],
    minimal: list[float],
    peer: list[float],
) -> list[Row]:
    ours, small = statistics.median(first), statistics.median(minimal)
    rows = [
        Row(
            "start",
            "first paint",
            _ms(ours),
            f"minimal Textual {_ms(small)}",
            f"{ours / small:.2f} ×",
            "≤ 1.5 ×",
            ours / small <= 1.5,
        ),
        Row(
            "start",
            "first frame of the screen",
            _ms(statistics.median(frame)),
            f"minimal Textual {_ms(small)}",
            f"{statistics.median(frame) / small:.2f} ×",
        ),
    ]
    whole = statistics.median(live)
    if peer:
        theirs = statistics.median(peer)
        rows.append(
            Row(
                "start",
                "live screen with data",
                _ms(whole),
                f"LEET {_ms(theirs)}",
                f"{whole / theirs:.2f} ×",
                "≤ 0.6 ×",
                whole / theirs <= 0.6,
            )
        )
    else:
        rows.append(Row("start", "live screen with data", _ms(whole), "LEET is not installed"))
    return rows


def _ms(seconds: float) -> str:
    return f"{1e3 * seconds:.0f} ms"
