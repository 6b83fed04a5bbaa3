"""Terminal input that ends Textual 8.2.8 becomes keys, or nothing."""

from __future__ import annotations

import asyncio

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App, ComposeResult
from textual.containers import Container
from textual.widgets import Input

from console.widgets import hardening
from tests.waiting import wait_until_async


@pytest.fixture(autouse=True)
def _installed() -> None:
    hardening.install()


def keys(sequence: str) -> list[str]:
    """The keys of it, and of the silence after it."""
    parser = XTermParser()
    found = list(parser.feed(sequence))
    if parser._timeout_time is not None:
        parser._timeout_time = 0.0
        found += parser.tick()
    return [event.key for event in found if isinstance(event, events.Key)]


@pytest.mark.parametrize(
    ("sequence", "expected"),
    [
        ("\x1b[97u", ["a"]),
        ("\x1b[97:65;2u", ["shift+a"]),
        ("\x1b[97;1:1u", ["a"]),
        ("\x1b[97;1:3u", []),
        ("\x1b[97:65:99;5:1u", ["ctrl+a"]),
        ("\x1b[101;6u", ["ctrl+shift+e"]),
        ("\x1b[69;6u", ["ctrl+shift+e"]),
        ("\x1b[69;5u", ["ctrl+shift+e"]),
        ("\x1b[1114112u", []),
        ("\x1b[99999999999999999999u", []),
    ],
)
def test_kitty_sequences(sequence: str, expected: list[str]) -> None:
    assert keys(sequence) == expected


def test_bytes_that_are_no_text_are_replaced() -> None:
    from textual.drivers import linux_driver

    decode = linux_driver.getincrementaldecoder("utf-8")().decode
    assert decode(b"a\xff\xfeb") == "a��b"
    assert decode(b"\xc3") + decode(b"\xa9") == "é"


async def test_a_timer_that_is_too_late_fires_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held up between two looks at its clock, it would never come."""
    fired: list[bool] = []
    async with App[None]().run_test() as pilot:
        clock = iter(range(1_000_000))
        monkeypatch.setattr("textual.timer._time.get_time", lambda: float(next(clock)))
        pilot.app.set_timer(0.001, lambda: fired.append(True))
        await wait_until_async(lambda: bool(fired), what="the timer fired")
    assert fired == [True]


class Field(App[None]):
    """A field, below parts that are slow to pass a key on."""

    def compose(self) -> ComposeResult:
        with Slow():
            yield Input("abc")


class Slow(Container):
    """Holds up each key that comes by."""

    async def on_key(self) -> None:
        await asyncio.sleep(0.05)


@pytest.mark.parametrize(
    ("keys", "left"),
    [
        ("\x7f\x7f\x7f0.5", "0.5"),
        ("x\x7f\x7fyz", "abyz"),
        ("\x1b[D\x1b[Dd\x1b[F!", "adbc!"),
        ("\x15new", "new"),
    ],
)
async def test_a_field_takes_keys_in_their_order(keys: str, left: str) -> None:
    async with Field().run_test() as pilot:
        field = pilot.app.query_one(Input)
        field.focus()
        await pilot.pause()
        field.action_end()
        for event in XTermParser().feed(keys):
            pilot.app.post_message(event)
        await wait_until_async(lambda: field.value == left, what=left)
        await pilot.pause(0.2)
        assert field.value == left
