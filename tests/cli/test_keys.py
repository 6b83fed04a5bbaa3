"""`keys`: what is pressed is told as the screen takes it, and the terminal is left as it was."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from console.cli import keys
from console.commands import BY_ID, COMMANDS
from tests.pty.terminal import Terminal

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

pytestmark = pytest.mark.timeout(60)
TRIAL = ["sh", "-c", 'stty -a > before; "$0" -m console keys; stty -a > after; echo END']


def trial(house: Product) -> Terminal:
    started = Terminal([*TRIAL, sys.executable], env=house.env, cwd=str(house.home))
    started.wait_for(b"Press keys", 30)
    started.wait_for(b"\x1b\\[>1u", 30)
    return started


def restored(house: Product) -> bool:
    return (house.home / "before").read_text() == (house.home / "after").read_text()


def test_keys_are_told_by_bytes_name_and_command(house: Product) -> None:
    with trial(house) as terminal:
        for sent, line in (
            ("\x1bOQ", "ESC O Q                      f2                   Pause, Resume"),
            ("\x1b[1;3D", "ESC [ 1 ; 3 D                alt+left             Overview"),
            ("\x1b[114;6u", "ESC [ 1 1 4 ; 6 u            ctrl+shift+r         Reload config"),
            ("\x1b", "ESC                          escape"),
            ("p", "p                            p                    Pause (asks)"),
        ):
            terminal.send(sent)
            terminal.wait_for_text(line)
        terminal.send("qq")
        terminal.wait_for(b"END", 20)
        assert b"\x1b[<u" in terminal.output()
        terminal.wait()
    assert restored(house)


@pytest.mark.parametrize("garbage", [b"\xff\xfe\x00", b"\x1b[<999;999;999M\x1b[M\xff\xff\xff",
                                     b"\x1b[99999999999999999999u", b"\x1b]0;x\x07"])  # fmt: skip
def test_garbage_ends_nothing_and_ctrl_c_twice_leaves(house: Product, garbage: bytes) -> None:
    with trial(house) as terminal:
        terminal.send(garbage)
        terminal.send("v")
        terminal.wait_for_text("Validate")
        terminal.send("\x03")
        terminal.wait_for_text("ctrl+c")
        terminal.send("\x03")
        terminal.wait_for(b"END", 20)
        terminal.wait()
    assert restored(house)


def test_a_signal_puts_the_terminal_back(house: Product) -> None:
    with trial(house) as terminal:
        (child,) = (int(one) for one in open_children(terminal.pid))
        os.kill(child, signal.SIGTERM)
        terminal.wait_for(b"END", 20)
        assert b"\x1b[<u" in terminal.output()
        terminal.wait()
    assert restored(house)


def open_children(pid: int) -> list[str]:
    with open(f"/proc/{pid}/task/{pid}/children") as file:
        return file.read().split()


def test_the_list_has_every_command_with_a_key_and_the_persons_own(
    call: Call, house: Product
) -> None:
    folder = house.home / "etc" / "gladius-console"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "settings.yaml").write_text("keymap: {checkpoint: f10, nonsense: x}\n")
    said = call("keys", "--list", "--json")
    (folder / "settings.yaml").unlink()
    assert "there is no command nonsense" in said.err
    found = {one["id"]: one for one in said.json["commands"]}
    assert set(found) == {one.id for one in COMMANDS if one.keys or one.typed}
    assert found["checkpoint"]["keys"] == [{"key": "f10", "reported": True}]
    assert found["checkpoint"]["yours"]
    reload = {one["key"]: one["reported"] for one in found["reload"]["keys"]}
    assert reload == {"f6": True, "r": True, "ctrl+shift+r": None}
    assert "(ctrl+shift+r)" in call("keys", "--list").out


def test_without_a_terminal_it_says_what_to_do(call: Call) -> None:
    said = call("keys")
    assert (said.code, "keys --list" in said.err) == (2, True)


def test_what_comes_together_is_split_into_presses() -> None:
    pressed = [b"\x1bOQ", b"p", b"\x1b[1;5A", b"\x1b", b"\x1b[1;3D", "é".encode(), b"\x1bq"]
    assert keys.split(b"".join(pressed)) == pressed
    assert keys.keys_of(BY_ID["pause"], {"pause": " f4 , P"}) == ("f4", "P")
