"""The timeline and alerts panel: cursor, place in the log, filter, audit, acknowledge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.alarm import AlertBegan, AlertSeen
from console.core.protocol import Ordered, Outcome
from console.core.reduce import reduce
from console.core.state import Entry, RunState
from console.widgets.header import Title
from console.widgets.timeline import TimelinePanel
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import ListRows, session_of
from tests.states import M, T

WIDE = (160, 50)


def alarmed(count: int = 2) -> RunState:
    state = states.training()
    for number in range(count):
        reduce(state, AlertBegan(t=T - 9 + number, m=M - 9 + number, id=f"hot/{number}", rule="hot",
                                 text=f"GPU {number} is at 84 °C", row=5))  # fmt: skip
    return state


def audited() -> RunState:
    state = states.training()
    by = "ben@laptop:pts/1"
    for outcome in (Outcome.QUEUED, Outcome.DONE):
        order = Ordered(t=T - 5, m=M - 5, id="o", cmd="checkpoint", outcome=outcome, by=by)
        reduce(state, order)
    return state


def panel(look: Looking) -> TimelinePanel:
    found = look.screen.painter.parts["timeline"]
    assert isinstance(found, TimelinePanel)
    return found


def frame(look: Looking) -> str:
    """The panel with its border."""
    region = panel(look).region
    lines = look.lines()[region.y : region.bottom]
    return "\n".join(line[region.x : region.right] for line in lines)


async def test_enter_goes_to_the_place_in_the_log() -> None:
    rows = ListRows([b"row %d" % number for number in range(1000)])
    async with looking(session_of(states.training(), rows=rows), WIDE) as look:
        await look.press("8", "down", "down", "enter")
        assert panel(look).chosen.text == "validation loss 0.0312, accuracy 94.7 %"
        await look.see("row 400")
        await look.see("line 401")
        assert "row 999" not in look.text()


async def test_in_tabs_the_place_brings_the_log_to_the_front() -> None:
    rows = ListRows([b"row %d" % number for number in range(1000)])
    async with looking(session_of(states.training(), rows=rows), (80, 24)) as look:
        await look.press("8", "end", "enter")
        assert look.screen.body.view.panel == "stream"
        await look.see("row 100")


async def test_the_keys_stand_on_the_border_while_the_panel_has_the_focus() -> None:
    async with looking(states.training(), WIDE) as look:
        assert "Enter log" not in frame(look)
        await look.press("8")
        assert "Enter log" in frame(look)
        await look.press("1")
        assert "Enter log" not in frame(look)


async def test_an_entry_without_a_place_says_so() -> None:
    state = states.training()
    state.timeline.entries = (Entry("a", T, "start", "started"),)
    async with looking(state, WIDE) as look:
        await look.press("8", "enter")
        await look.see("it has no place in the log")


async def test_the_cursor_stays_with_its_entry_and_the_newest_with_the_newest() -> None:
    async with looking(states.training(), WIDE) as look:
        await look.press("8")
        assert panel(look).chosen.id == "e-6"
        state = look.link.state
        state.timeline.entries += (states.entry(7, 1, "save", "checkpoint at step 8,500"),)
        await look.tell("timeline")
        assert panel(look).chosen.id == "e-7"
        await look.press("down")
        state.timeline.entries += (states.entry(8, 0, "save", "checkpoint at step 8,550"),)
        await look.tell("timeline")
        assert panel(look).chosen.id == "e-6"
        await look.press("end", "down", "pagedown")
        assert panel(look).chosen.id == "e-1"
        await look.press("home")
        assert panel(look).chosen.id == "e-8"


async def test_the_filter_takes_text_and_leaves_step_by_step() -> None:
    async with looking(states.training(), WIDE) as look:
        await look.press("8", "ampersand", *"rate")
        assert "“rate”  1 of 6" in frame(look)
        assert "checkpoint" not in frame(look)
        await look.press("enter")
        assert panel(look).has_focus
        await look.press("escape")
        assert "checkpoint" in frame(look)
        assert look.app.screen is look.screen


async def test_kinds_go_round_and_an_empty_one_says_how_to_leave() -> None:
    async with looking(states.training(), WIDE) as look:
        await look.press("8", "L")
        assert "alerts  1 of 6" in frame(look)
        await look.press("L")
        assert "checkpoints  2 of 6" in frame(look)
        await look.press("L", "L", "L", "L")
        assert "none of these; Esc shows all" in frame(look)
        await look.press("escape")
        assert panel(look).view == "all"


async def test_the_audit_list_tells_who_what_and_the_outcome() -> None:
    async with looking(audited(), WIDE) as look:
        await look.press("8", "z")
        assert "ben" not in frame(look)
        await look.press("a")
        lines = [line for line in frame(look).splitlines() if "ben" in line]
        assert lines[0].split()[2:6] == ["›", "ben", "checkpoint", "done"]
        assert "eval" not in frame(look)
        await look.press("a")
        assert "ben" not in frame(look)


async def test_a_acknowledges_the_chosen_alert_and_waits_for_the_word_of_the_run() -> None:
    async with looking(alarmed(), WIDE) as look:
        assert "▲ 2" in look.lines()[0]
        await look.press("8", "down", "A")
        assert look.link.ordered == [("acknowledge", {"alert": "hot/0"})]
        assert "▲ 2" in look.lines()[0]
        reduce(look.link.state, AlertSeen(t=T, m=M, id="hot/0", by="ana@trainbox:pts/3"))
        await look.tell("alerts", "control")
        assert "▲ 1" in look.lines()[0]
        assert "· seen by ana" in frame(look)
        assert "▲ 1 open alert" in frame(look)


async def test_a_on_another_entry_acknowledges_all() -> None:
    async with looking(alarmed(), WIDE) as look:
        await look.press("8", "end", "A")
        assert look.link.ordered == [("acknowledge", {})]


@pytest.mark.parametrize(
    ("read_only", "count", "said"),
    [("only watching", 1, "only watching"), ("", 0, "no open alert waits for anybody")],
)
async def test_what_cannot_be_acknowledged_says_why(read_only: str, count: int, said: str) -> None:
    session = replace(session_of(alarmed(count)), read_only=read_only)
    async with looking(session, WIDE) as look:
        await look.press("8", "A")
        assert look.link.ordered == []
        await look.see(f"Acknowledge: {said}")


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24)])
async def test_a_click_on_the_count_opens_the_alerts(size: tuple[int, int]) -> None:
    async with looking(alarmed(), size) as look:
        title = look.screen.query_one(Title)
        x = look.lines()[0].index("▲")
        await look.pilot.click(title, offset=(x - title.region.x, 0))
        await look.settle()
        assert panel(look).view == "alerts"
        assert look.screen.body.view.panel == "timeline"
        assert "GPU 1 is at 84" in frame(look)


async def test_a_click_beside_the_count_opens_nothing() -> None:
    async with looking(alarmed(), WIDE) as look:
        await look.pilot.click(look.screen.query_one(Title), offset=(2, 0))
        await look.settle()
        assert panel(look).view == "all"


async def test_the_mouse_chooses_goes_and_changes_the_kind() -> None:
    rows = ListRows([b"row %d" % number for number in range(1000)])
    async with looking(session_of(states.training(), rows=rows), WIDE) as look:
        region = panel(look).content_region
        await look.pilot.click(offset=(region.x + 3, region.y + 2))
        assert panel(look).chosen.id == "e-4"
        await look.pilot.click(offset=(region.x + 3, region.y + 1), times=2)
        await look.see("line 501")
        look.app.clear_notifications()
        await look.settle()
        outer = panel(look).region
        await look.pilot.click(offset=(outer.x + 5, outer.bottom - 1))
        assert panel(look).view == "alerts"
        await look.pilot.click(offset=(outer.x + 5, outer.y))
        assert panel(look).view == "all"


async def test_the_oldest_entries_are_read_when_the_cursor_comes_to_the_end() -> None:
    state = states.training()
    older = [states.entry(-n, 90_000 + n, "save", f"old {n}") for n in range(40)]
    state.timeline.count = 46
    session = replace(
        session_of(state), timeline=lambda: [*reversed(older), *state.timeline.entries]
    )
    async with looking(session, (80, 24)) as look:
        await look.press("8")
        assert "newest 6 of 46" in frame(look)
        await look.press("end")
        await look.settle()
        await look.press("end")
        await look.see("old 39")
        assert panel(look).chosen.text == "old 39"
        assert len(panel(look).items) == 46


async def test_foreign_text_is_text() -> None:
    state = states.training()
    said, by = "[bold]x\x1b]52;c;x\x07", "[b]e\x1b[2Jvil"
    state.timeline.entries = (Entry("a", T, "change", said, by=by),)
    async with looking(state, WIDE) as look:
        await look.press("8", "a")
        assert "[bold]x" in frame(look)
        assert "\x1b" not in look.text()


@pytest.mark.parametrize("size", [(250, 80), (100, 30), (60, 16), (40, 10), (20, 5)])
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    async with looking(alarmed(), size) as look:
        await look.press("8", "a", "L", "ampersand", "x", "escape", "end")
        assert all(len(line) <= size[0] for line in look.lines())
        assert look.app.is_running
