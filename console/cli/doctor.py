"""`doctor`: looks whether all is there that this program needs, a line each: ok, or what to do.

To add a check: a row of `CHECKS` in `backend/checkup.py`, or a line in `doctor_terminal.py`.
None of them can end it: one that raises, or takes longer than LIMIT_SECONDS, is a line too.
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import partial

from console.cli import asking, doctor_terminal
from console.cli.exits import DONE, FAILED
from console.cli.options import add_json
from console.cli.output import clean, colours, print_json
from console.core.checkup import Finding

LIMIT_SECONDS = 3.0
OK, NOT_OK = "ok", "to do"
_GREEN, _YELLOW, _PLAIN = "\x1b[32m", "\x1b[33m", "\x1b[0m"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    from console.backend.checkup import CHECKS

    answers = asking.ask()  # before anything runs beside it
    terminal = limited("terminal", lambda: list(doctor_terminal.findings(answers)))
    found = list(terminal)
    for name, check in CHECKS.items():
        found += limited(name, partial(_one, check))
    if options.json:
        lines = [{**asdict(one), "ok": one.ok} for one in found]
        print_json({"ok": all(one.ok for one in found), "findings": lines})
    else:
        for one in found:
            print("\n".join(_lines(one, colours())))
    return DONE if all(one.ok for one in found) else FAILED


def _one(check: Callable[[], Finding]) -> list[Finding]:
    return [check()]


def limited(
    name: str, look: Callable[[], Sequence[Finding]], limit: float = LIMIT_SECONDS
) -> Sequence[Finding]:
    """What `look` finds; that it failed or took too long is a finding too."""
    found: list[Finding] = []

    def do() -> None:
        try:
            found.extend(look())
        except Exception as error:  # a check must never be what fails
            why = f"{type(error).__name__}: {error}"
            found.append(Finding(name, why, "this could not be looked at; it may still work"))

    thread = threading.Thread(target=do, name=f"doctor-{name}", daemon=True)
    thread.start()
    thread.join(limit)
    if thread.is_alive():
        remedy = "something under it hangs: a dead network file system, a driver"
        return [Finding(name, f"no answer within {limit:g} s", remedy)]
    return found


def _lines(one: Finding, colour: bool) -> list[str]:
    word = OK if one.ok else NOT_OK
    sign = f"{_GREEN if one.ok else _YELLOW}{word:<5}{_PLAIN}" if colour else f"{word:<5}"
    lines = [f"{sign}  {one.name:<22} {clean(one.found)}"]
    return lines if one.ok else [*lines, f"{'':<30}→ {clean(one.remedy)}"]
