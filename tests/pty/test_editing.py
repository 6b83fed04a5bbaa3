"""The configuration edited in the person's editor on a real terminal, and applied to a training."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.product import CONSOLE, Product, product
from tests.pty.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Iterator

STEERED = """
import sys, time
from console.sdk import Link
rate = [0.5]
link = Link(
    orders={"checkpoint": lambda step: f"/nowhere/{step}.ckpt"},
    settable={"learning_rate": {
        "value": 0.5, "min": 0.0, "max": 1.0, "applies": "now",
        "set": lambda value: rate.__setitem__(0, value)}},
)
for step in range(1, 100000):
    link.log(step=step, loss=1.0)
    if link.boundary(step):
        break
    time.sleep(0.05)
"""
EDITOR = """
import os, sys, termios
path = sys.argv[1]
cooked = bool(termios.tcgetattr(0)[3] & termios.ICANON)
print(f"EDITING in a {'cooked' if cooked else 'raw'} terminal", flush=True)
said = input("new rate? ")
text = open(path).read().replace("learning_rate: 0.5", f"learning_rate: {said}")
open(path, "w").write(text)
"""


@pytest.fixture
def house() -> Iterator[Product]:
    with product() as made:
        yield made


def opened(house: Product, run: Path) -> Terminal:
    editor = house.home / "editor.py"
    editor.write_text(EDITOR)
    env = house.env | {"VISUAL": f"{sys.executable} {editor}"}
    return Terminal([*CONSOLE, "attach", run.name], columns=120, lines=40, env=env)


def test_edit_comes_back_with_the_difference_and_applies_it(house: Product) -> None:
    extra = "optimization:\n  learning_rate: 0.5  # the rate\n"
    program = house.home / "steered.py"
    program.write_text(STEERED)
    run = house.start(sys.executable, str(program), extra=extra)
    file = Path(house.json("config", run.name)["file"])
    with opened(house, run) as terminal:
        terminal.wait_for_text("Enter menu")
        terminal.send("7\r")
        terminal.wait_for_text("Edit it in your editor")
        terminal.send("e")
        terminal.wait_for_text("new rate?")
        assert "EDITING in a cooked terminal" in "\n".join(terminal.screen())
        terminal.send("\x03")  # for the editor: an interrupt there is none of ours
        terminal.wait_for_text("Interrupt; press r")
        terminal.send("7\r")
        terminal.wait_for_text("Edit it in your editor")
        seen = len(terminal.chunks)
        terminal.send("e")
        terminal.wait_for(rb"new rate\?", since=seen)
        terminal.send("0.25\n")
        terminal.wait_for_text("0.5 → 0.25")
        terminal.wait_for_text("applies now")
        assert "  # the rate" in file.read_text()
        terminal.wait_for_text("[ Apply ]")
        # An Enter in the moment a dialog comes up is held back; who sees no effect presses again.
        while any("[ Apply ]" in line for line in terminal.screen()):
            terminal.send("\r")
            with suppress(TimeoutError):
                terminal.wait_for_text("learning_rate 0.5 → 0.25", timeout=2.0)
        terminal.wait_for_text("learning_rate 0.5 → 0.25")
        terminal.send("q")
        assert terminal.wait() == 0
    found = house.json("reload", run.name, "--diff")["differences"]
    assert [one["when"] for one in found] == ["in use already"]
