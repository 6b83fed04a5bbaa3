"""Terminal input that ends Textual 8.2.8 becomes keys, or nothing."""

from __future__ import annotations

import pytest
from textual import events
from textual._xterm_parser import XTermParser
from textual.app import App

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
