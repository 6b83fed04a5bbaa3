"""F9: how TensorBoard is asked for on the screen, and what is said of it."""

from __future__ import annotations

import asyncio

import pytest

from console.screens.session import Board, Session
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import session_of

AWAY = Board(
    "http://127.0.0.1:6007/", "ssh -L 6007:127.0.0.1:6007 ana@trainbox",
    lives="It ends with the run.", notes=("port 6006 is busy, it is 6007",),
)  # fmt: skip


class Desk:
    """What the session calls; `gate` holds the start back."""

    def __init__(self, board: Board = AWAY, failure: Exception | None = None) -> None:
        self.board, self.failure = board, failure
        self.gate = asyncio.Event()
        self.gate.set()
        self.asked = self.ended = 0

    async def begin(self) -> Board:
        self.asked += 1
        await self.gate.wait()
        if self.failure:
            raise self.failure
        return self.board

    async def end(self) -> str:
        self.ended += 1
        return "TensorBoard has ended"


def session(desk: Desk) -> Session:
    return session_of(states.training(), tensorboard=desk.begin, end_tensorboard=desk.end)


def copied(look: Looking, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    found: list[str] = []
    monkeypatch.setattr(look.app, "copy_to_clipboard", found.append)
    return found


@pytest.mark.parametrize("key", ["f9", "t"])
async def test_over_ssh_the_address_and_the_way_are_shown_and_copied(
    key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with looking(session(Desk())) as look:
        taken = copied(look, monkeypatch)
        await look.press(key)
        await look.see("http://127.0.0.1:6007/")
        for text in ("ssh -L 6007:127.0.0.1:6007 ana@trainbox", "port 6006 is busy", "ends with"):
            assert text in look.text()
        assert taken == ["ssh -L 6007:127.0.0.1:6007 ana@trainbox\nhttp://127.0.0.1:6007/"]
        assert look.link.ordered == []


async def test_at_a_desktop_nothing_is_copied_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with looking(session(Desk(Board("http://127.0.0.1:6006/", opened=True)))) as look:
        taken = copied(look, monkeypatch)
        await look.press("f9")
        await look.see("A browser was opened.")
        assert taken == []
        await look.press("right", "enter")
        assert taken == ["http://127.0.0.1:6006/"]


async def test_nothing_waits_for_it_and_a_second_key_starts_no_second_one() -> None:
    desk = Desk()
    desk.gate.clear()
    async with looking(session(desk)) as look:
        await look.press("f9", "f9", "t")
        await look.see("TensorBoard begins")
        assert desk.asked == 1
        await look.press("f5")
        assert look.link.ordered == [("checkpoint", {})]
        desk.gate.set()
        await look.see("http://127.0.0.1:6007/")


async def test_behind_another_dialog_it_is_only_told() -> None:
    desk = Desk()
    desk.gate.clear()
    async with looking(session(desk)) as look:
        await look.press("f9", "f3")
        await look.see("STOP TRAINING")
        desk.gate.set()
        await look.see("TensorBoard is at http://127.0.0.1:6007/")
        assert "STOP TRAINING" in look.text()


async def test_it_is_ended_from_the_dialog() -> None:
    desk = Desk()
    async with looking(session(desk)) as look:
        await look.press("f9")
        await look.see("End TensorBoard")
        await look.press("right", "right", "enter")
        await look.see("TensorBoard has ended")
        assert desk.ended == 1


async def test_fault_49_why_there_is_none_is_said_on_the_screen() -> None:
    missing = RuntimeError("TensorBoard is not installed: pip install tensorboard")
    async with looking(session(Desk(failure=missing))) as look:
        await look.press("f9")
        await look.see("TensorBoard is not installed: pip install tensorboard")
        assert "● TRAINING" in look.lines()[0]


async def test_a_screen_that_only_watches_starts_nothing() -> None:
    watching = session_of(states.training(), read_only="this screen only watches (--read-only)")
    async with looking(watching) as look:
        await look.press("f9")
        await look.see("TensorBoard is not started")


async def test_foreign_text_in_a_name_reaches_no_terminal() -> None:
    odd = Board("http://127.0.0.1:1/", "ssh \x1b]52;c;b3duZWQ=\x07[red]x[/red]", lives="\x1b[2J")
    async with looking(session(Desk(odd))) as look:
        await look.press("f9")
        await look.see("[red]x[/red]")
        assert "\x1b" not in look.text()
