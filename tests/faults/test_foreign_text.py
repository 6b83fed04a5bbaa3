"""No byte of somebody else's reaches the terminal as a sequence or as markup, wherever it stands.

Hostile text is put into every word of a state, then every place that shows words is looked at.
"""

from __future__ import annotations

import re
import sys
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests import states
from tests.product import CONSOLE, Product
from tests.pty.terminal import Terminal
from tests.pty.test_console import ROOT, program
from tests.screens.looking import looking

if TYPE_CHECKING:
    from console.core.state import RunState

EVIL = (
    "\x1b]52;c;RVZJTA==\x07\x1b]0;EVIL\x07\x1b]8;;http://evil\x1b\\\x1bP+q45\x1b\\\x1b_EVIL\x1b\\"
    "\x1b[66;77H\x1b[?1337h\x9b66;78H\x9d0;EVIL\x9c\x1b[8m\x85\u202e[bold]x[/nope][@click=app.quit]"
)
SEQUENCES = tuple(
    word.encode()
    for word in (
        "\x1b]52;c;RVZJ", "\x1b]0;", "\x1b]8;", "\x1bP+q", "\x1b_EVIL", "\x1b[66;77H",
        "\x1b[?1337h", "\x1b[8m", "\x9b", "\x9d", "\x85", "\u202e",
    )
)  # fmt: skip
KEPT = frozenset({"id", "mark", "unit", "cmd", "stop_stage"})
"""Words of ours, by the name of their field."""


def poisoned(value: Any, name: str = "") -> Any:
    """The value with hostile text in every word that is not one of ours."""
    if is_dataclass(value) and not isinstance(value, type):
        for item in fields(value):
            held = getattr(value, item.name)
            if item.name != "changed" and (made := poisoned(held, item.name)) is not held:
                object.__setattr__(value, item.name, made)
        return value
    if isinstance(value, Enum) or name in KEPT:
        return value
    if isinstance(value, str):
        return EVIL + value
    if isinstance(value, dict):
        return {key: poisoned(item) for key, item in value.items()}
    return type(value)(map(poisoned, value)) if type(value) in (list, tuple) else value


def hostile(name: str = "training") -> RunState:
    state = states.STATES[name]()
    abilities = state.control.abilities
    poisoned(state)
    state.control.abilities = abilities
    return state


def plainly(output: bytes) -> str:
    """The end of what a program wrote, without colours."""
    return re.sub(rb"\x1b\[[0-9;]*m", b"", output)[-4000:].decode(errors="replace")


def assert_harmless(output: bytes) -> None:
    for sequence in SEQUENCES:
        at = output.find(sequence)
        assert at < 0, (sequence, output[max(0, at - 60) : at + 60])


@pytest.mark.parametrize("name", ["training", "error"])
def test_fault_21_no_place_of_the_screen_lets_a_sequence_through(name: str) -> None:
    """In every view, dialog, notice and in the palette, on a real terminal."""
    views = (
        b"1",
        b"2",
        b"4",
        b"5",
        b"6",
        b"7\r",
        b"v",
        b"?",
        b":",
        b"r",
        b"h",
        b"R",
        b"S",
        b"/x",
        b"c",
    )
    with Terminal(program("hostile", name), columns=200, lines=60, cwd=str(ROOT)) as screen:
        screen.wait_for_text("LIVE STREAM")
        for keys in views:
            for part in (keys, b"\x1b", b"\x1b"):
                seen = len(screen.chunks)
                screen.send(part)
                if part != b"\x1b":
                    screen.wait_for(b".", since=seen)
        for columns, lines in ((120, 40), (110, 30), (80, 24), (25, 6)):
            seen = len(screen.chunks)
            screen.resize(columns, lines)
            screen.wait_for(b".", since=seen)
        screen.send(b"\x1b")
        screen.signal(15)
        assert screen.wait() == 143, plainly(screen.output())
        assert_harmless(screen.output())


@pytest.mark.parametrize("name", ["training", "error", "bare"])
async def test_fault_22_tooltips_and_notices_are_text_and_no_markup(name: str) -> None:
    async with looking(hostile(name), (200, 60)) as look:
        look.app.notify(EVIL, markup=False)
        await look.pilot.pause()
        shown = [str(widget.tooltip) for widget in look.app.screen.walk_children()
                 if widget.tooltip is not None]  # fmt: skip
        assert shown
        for text in (*shown, look.text()):
            assert all(sign.isprintable() or sign == "\n" for sign in text), repr(text)
            assert "\u202e" not in text
        assert "[bold]x[/nope][@click=app.quit]" in look.text()


PRINTS = f"""
import time
from console.sdk import Link
def save(step):
    raise OSError({EVIL!r})
link = Link(orders={{"checkpoint": save}}, model={EVIL!r})
print({EVIL!r} + " said", flush=True)
for step in range(1, 100000):
    link.log(step, **{{"loss": 1.0, {EVIL!r}: 2.0}})
    if link.boundary(step):
        break
    time.sleep(0.02)
raise RuntimeError({EVIL!r})
"""


@pytest.fixture
def run(here: Product) -> Path:
    """A run whose every word is hostile, even its name and that of its configuration."""
    file = here.config(sys.executable, "-c", PRINTS, extra=f"program: {{x: {EVIL[-31:]!r}}}\n")
    odd = here.home / "\x1b]0;EVIL\x07[bold].yaml"
    file.rename(odd)
    made = Path(
        here.json("train", "--config", str(odd), "--name", "[bold]x[@click=app.quit]", "--detach")[
            "dir"
        ]
    )
    here.runs.append(made)
    assert here.call("wait", made.name, "--until", "step=2", "--timeout", "30").returncode == 0
    return made


def on_terminal(here: Product, *words: str) -> bytes:
    """What a verb writes on a terminal of its own."""
    with Terminal([*CONSOLE, *words], columns=200, lines=60, env=here.env) as screen:
        screen.wait(30)
        screen._thread.join(5)
        return screen.output()


def test_fault_21_no_verb_lets_a_sequence_through(here: Product, run: Path) -> None:
    odd = str(next(here.home.glob("*.yaml")))
    with here.attach(run, columns=200, lines=60) as screen:
        screen.wait_for_text("said")
        screen.send(b"\x1b[15~")  # F5: the save that fails
        screen.wait_for_text("failed")
        assert_harmless(screen.output())
    for words in (("checkpoint", run.name), ("checkpoint", EVIL), ("check", odd), (EVIL,)):
        assert_harmless(on_terminal(here, *words))
    for order in (
        ("stop", run.name, "--no-checkpoint"),
        ("status", run.name),
        ("runs",),
        ("logs", run.name),
    ):
        assert_harmless(on_terminal(here, *order))
    for verb in ("report", "metrics", "follow"):
        assert_harmless(on_terminal(here, verb, run.name))
    assert_harmless(on_terminal(here, "attach", run.name, "--plain"))
    refused = on_terminal(here, "logs", run.name, "--raw")
    assert b"--force" in refused
    assert_harmless(refused)
    assert b"\x1b]0;EVIL\x07" in on_terminal(here, "logs", run.name, "--raw", "--force")


SPLIT = f"""
import os, random, time
evil = {EVIL!r}.encode()
for byte in evil + b"\\x9b66;79H\\x9d0;EVIL\\x9c\\x90EVIL\\x9c\\n":  # 8-bit forms, no UTF-8
    os.write(1, bytes([byte]))
    time.sleep(0.001)
chance = random.Random(21)
parts = [b"\\x1b]52;c;RVZJ", b"\\x07", b"\\x1b\\\\", b"\\x1bP+q", b"\\x1b_EVIL",
         b"\\x1b[66;77H", b"\\x1b[?1337h", b"\\x9b", b"\\x9d", b"\\xc2\\x9b", b"\\xc2",
         b"\\x85", b"\\x1b", b"[", b"8m", b"\\x1b[31m", b"\\r", b"\\n"]
for _ in range(10_000):
    os.write(1, b"".join(chance.choices(parts, k=4)))
os.write(1, b"\\x18\\n said\\n\\x1b]0;EVIL")  # the last one has no end
time.sleep(600)
"""
NOT_COLOUR = re.compile("\x1b(?!\\[[0-9;:]*m)|[\x00-\x08\x0b\x0c\x0e-\x1a\x7f-\x9f\u202e]")


def test_fault_21_what_a_trainer_splits_and_leaves_open_is_text(here: Product) -> None:
    """10,000 random sequences, split over writes, in 8-bit forms and without an end."""
    made = here.start(sys.executable, "-c", SPLIT)
    with here.attach(made, columns=200, lines=60) as screen:
        screen.wait_for_text(" said", 60)
        assert_harmless(screen.output())
    for words in (("logs", made.name), ("status", made.name), ("runs",)):
        assert not NOT_COLOUR.search(on_terminal(here, *words).decode()), words
    with Terminal([*CONSOLE, "attach", made.name, "--plain"], env=here.env) as plain:
        plain.wait_for(b"said")
        assert not NOT_COLOUR.search(plain.output().decode())
