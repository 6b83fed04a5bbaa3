"""The training screen as a whole: arrangements, panels, focus, refreshing, the connection."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from textual.geometry import Region

from console.core.protocol import Outcome
from console.core.state import RunState, Status
from console.screens.arrangement import Arrangement, arrangement, boxes
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import session_of
from tests.states import STATES, M, T

SIZES = [
    (20, 5), (33, 9), (59, 40), (60, 16), (80, 24), (99, 60), (100, 24), (100, 30), (140, 35),
    (100, 36), (120, 40), (149, 80), (150, 50), (200, 60), (250, 80),
]  # fmt: skip


def placed(look: Looking) -> dict[str, Region]:
    """The region of every part that is on the screen."""
    body = look.screen.body
    compositor = look.app.screen._compositor
    return {
        str(part.id): compositor.full_map[part].region
        for part in body.children
        if part in compositor.full_map
    }


async def test_every_size_shows_its_arrangement_and_nothing_else() -> None:
    async with looking(states.training()) as look:
        for width, height in SIZES:
            await look.pilot.resize_terminal(width, height)
            await look.pilot.pause()
            plan = boxes(width, height, look.screen.body.view)
            assert placed(look) == {name: Region(*box) for name, box in plan.items()}
            classes = {f"-{kind}" for kind in Arrangement} & set(look.screen.classes)
            assert classes == {f"-{arrangement(width, height)}"}
            assert len(look.lines()) == height


@pytest.mark.parametrize("make", STATES.values(), ids=STATES.keys())
async def test_no_line_is_longer_than_the_terminal_in_any_state(
    make: Callable[[], RunState],
) -> None:
    async with looking(make()) as look:
        for width, height in ((60, 16), (100, 24), (120, 40), (150, 50)):
            await look.pilot.resize_terminal(width, height)
            await look.pilot.pause()
            assert all(len(line) <= width for line in look.lines())
            assert make().status.upper() in look.text()


async def test_where_the_time_goes_has_a_row_where_there_is_room() -> None:
    state = states.training()
    state.configuration.facts |= {
        "time_data": 0.41, "time_compute": 0.59, "time_advice": "41% waits for data",
    }  # fmt: skip
    async with looking(state, (200, 60)) as look:
        await look.see("compute 59 %  data 41 %")
        tooltip = look.app.screen.query_one("#progress").tooltip
        assert "41% waits for data" in str(tooltip)


async def test_the_progress_panel_says_what_is_known() -> None:
    async with looking(states.training()) as look:
        rows = [
            "█▉" * 14 + "░" * 12,
            "Epoch       47 / 100       ███░░░░  47 %",
            "Batch       8,452 / 12,000 ████░░░  70 %",
            "Elapsed     147 h 23 m         ETA 18:16",
            "Remaining   4 h 05 m – 4 h 20 m",
            "Checkpoints 47, last 2 m ago    next 7 m",
            "At risk     2 m 04 s of work   save 10 m",
            "Samples     596,524 / 847,293       70 %",
            "Validation  94.7 %       best 94.9 % E42",
            "Test        93.2 %",
            "GPU         67 / 73 °C   ✓ within limits",
            "LR          1.20e-5               cosine",
            "Grad norm   0.847                wd 0.01",
        ]
        for row in rows:
            assert row in look.text()


async def test_what_is_not_known_is_a_dash() -> None:
    async with looking(states.bare()) as look:
        for row in (
            "Epoch       —",
            "Remaining   —",
            "Validation  —",
            "GPU         —",
            "LR          —",
        ):
            assert row in look.text()


@pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 24), (120, 40), (200, 60)])
async def test_every_panel_comes_with_its_number(size: tuple[int, int]) -> None:
    names = [
        "loss",
        "experts",
        "throughput",
        "memory",
        "controls",
        "progress",
        "config",
        "timeline",
    ]
    async with looking(states.training(), size) as look:
        for number, name in enumerate(names, start=1):
            await look.press(str(number))
            assert name in placed(look)
            focused = look.app.focused
            assert focused is not None
            assert name in [ancestor.id for ancestor in focused.ancestors_with_self]


async def test_the_same_number_or_escape_closes_what_is_in_front() -> None:
    async with looking(states.training(), (80, 24)) as look:
        await look.press("6")
        assert "stream" not in placed(look)
        await look.press("6")
        assert "stream" in placed(look)
        await look.press("8", "escape")
        assert "stream" in placed(look)


async def test_a_panel_can_be_maximised_and_the_side_column_hidden() -> None:
    async with looking(states.training()) as look:
        await look.press("6", "z")
        assert set(placed(look)) == {"header", "status", "keys", "progress"}
        await look.press("z", "backslash")
        assert "progress" not in placed(look)
        await look.press("backslash")
        assert "progress" in placed(look)
        before = placed(look)["stream"].height
        await look.press("equals_sign")
        assert placed(look)["stream"].height != before


async def test_the_focused_panel_stays_in_front_when_the_terminal_shrinks_and_grows() -> None:
    async with looking(states.training()) as look:
        await look.press("8")
        await look.pilot.resize_terminal(80, 24)
        await look.pilot.pause()
        assert "timeline" in placed(look)
        assert look.app.focused is not None
        assert look.app.focused.id == "timeline"
        await look.pilot.resize_terminal(120, 40)
        await look.pilot.pause()
        assert look.app.focused.id == "timeline"


async def test_scroll_positions_survive_a_resize() -> None:
    state = states.training()
    state.timeline.entries = tuple(
        states.entry(i, 1000 - i, "save", f"checkpoint {i}") for i in range(100)
    )
    async with looking(state) as look:
        panel = look.screen.painter.parts["timeline"]
        panel.scroll_to(y=40, animate=False)
        await look.pilot.pause()
        await look.pilot.resize_terminal(200, 60)
        await look.pilot.resize_terminal(120, 40)
        await look.pilot.pause()
        assert panel.scroll_y == 40


async def test_tab_goes_only_where_something_can_be_seen() -> None:
    async with looking(states.training(), (80, 24)) as look:
        seen = set()
        for _ in range(12):
            await look.press("tab")
            focused = look.app.focused
            assert focused is not None
            seen |= {ancestor.id for ancestor in focused.ancestors_with_self}
        assert "progress" not in seen


async def test_a_change_of_state_is_shown_at_once_although_parts_have_intervals() -> None:
    async with looking(states.training(), intervals=True) as look:
        state = look.link.state
        state.life.status, state.life.cause = Status.PAUSED, "paused at step 8,453"
        await look.tell("life")
        assert "▮▮ PAUSED" in look.lines()[0]
        assert "F2 Resume" in look.text()
        assert "paused at step 8,453" in look.text()


async def test_nothing_is_drawn_when_nothing_changed() -> None:
    async with looking(states.finished()) as look:
        drawn = []
        for part in look.screen.painter.parts.values():
            original = part.refresh
            part.refresh = lambda *a, _o=original, _p=part, **k: (drawn.append(_p), _o(*a, **k))[1]
        await look.tell(*states.finished().__slots__)
        look.screen._second()
        await look.pilot.pause()
        assert drawn == []


async def test_ages_grow_while_nothing_happens() -> None:
    async with looking(states.training()) as look:
        assert "last step 0.4 s ago" in look.text()
        look.now = states.NOW._replace(t=T + 12, m=M + 12)
        look.screen._second()
        await look.see("last step 12 s ago")


async def test_a_lost_connection_is_said_and_comes_back() -> None:
    async with looking(states.training()) as look:
        look.link.connected, look.link.lost_since = False, M - 12
        await look.tell(connection=True)
        await look.see("CONNECTION LOST 12 S AGO")
        assert "Epoch       47 / 100" in look.text()
        assert look.screen.has_class("-lost")
        await look.press("8")
        assert look.app.focused is not None
        look.link.connected, look.link.lost_since = True, None
        await look.tell("life", connection=True)
        assert "CONNECTION LOST" not in look.text()
        assert not look.screen.has_class("-lost")


@pytest.mark.parametrize("stopped", [True, False])
async def test_the_end_is_summed_up_only_for_whoever_stopped_the_run_here(stopped: bool) -> None:
    session = session_of(states.training(), report=lambda: "# Training summary\n\nall went well")
    async with looking(session) as look:
        if stopped:
            await look.press("f3", "right", "enter")
        look.link.state = states.finished()
        await look.tell("life")
        look.link.final = True
        await look.tell(connection=True)
        await look.see("all went well" if stopped else "[R] shows the report")
        assert ("all went well" in look.text()) == stopped


async def test_a_bad_end_is_told() -> None:
    make = states.error
    session = session_of(states.training(), report=lambda: "# Training summary\n\nall went well")
    async with looking(session) as look:
        look.link.state = make()
        await look.tell("life")
        look.link.final = True
        await look.tell(connection=True)
        await look.see("R shows the report.")


async def test_an_old_end_is_not_summed_up_unasked() -> None:
    session = session_of(states.finished(), report=lambda: "# Training summary\n\nall went well")
    async with looking(session) as look:
        look.link.final = True
        await look.tell(connection=True)
        assert "all went well" not in look.text()
        await look.press("R")
        await look.see("all went well")
        assert f"train --resume {look.link.state.run.id}" in look.text()


async def test_fault_22_foreign_text_is_never_markup() -> None:
    state = states.training()
    state.run.name = "[bold]x[/nope]\x1b]52;c;\x07"
    state.configuration.filename = "[@click=app.quit]a.yaml[/]"
    state.life.cause, state.life.status = "[/foo] \x1b[2J", Status.STALLED
    assert state.control.last is not None
    state.control.last.detail = "[red]no[/red]"
    state.control.last.outcome = Outcome.REJECTED
    async with looking(state, (200, 60)) as look:
        text = look.text()
        for part in ("[bold]x[/nope]", "[@click=app.quit]a.yaml[/]", "[/foo]", "[red]no[/red]"):
            assert part in text
        assert "\x1b" not in text
        assert "\x07" not in text


async def test_the_clock_of_another_machine_is_left_alone() -> None:
    state = states.training()
    state.life.step_seen_m = M + 5000
    async with looking(session_of(state, foreign=True)) as look:
        assert "last step 0.4 s ago" in look.text()


async def test_without_a_connection_no_state_is_shown_as_if_it_were_live() -> None:
    async with looking(states.training()) as look:
        look.link.connected, look.link.lost_since = False, M - 12
        await look.tell(connection=True)
        assert "● TRAINING" not in look.text()
        assert "? TRAINING  connection lost" in look.lines()[0]


async def test_who_only_watches_sees_it_in_header_and_controls() -> None:
    async with looking(session_of(states.training(), read_only="only watching")) as look:
        assert "read only" in look.lines()[0]
        assert "╰─ read only ─" in look.text()
        assert "[–F2 Pause" in look.text()


async def test_a_run_that_ended_does_not_look_as_if_it_could_be_controlled() -> None:
    async with looking(states.finished()) as look:
        header, foot = look.lines()[0], look.lines()[-1]
        assert "Pause" not in header + foot
        assert "Stop" not in header + foot
        assert "[R Report]" in header
        assert "·F2 Pause" in look.text()
        assert "[ F2 Pause" not in look.text()


async def test_the_side_column_of_a_wide_terminal_goes_alone() -> None:
    async with looking(states.training(), (200, 60)) as look:
        before = set(placed(look))
        await look.press("backslash")
        assert before - set(placed(look)) == {"controls", "progress"}
        await look.press("7")
        assert "controls" not in placed(look)


async def test_there_is_one_notice_at_most() -> None:
    async with looking(states.bare()) as look:
        await look.press("f8", "f5", "f8")
        assert len(look.app._notifications) == 1


async def test_the_search_covers_nothing_of_the_border() -> None:
    async with looking(states.training()) as look:
        stream = look.screen.stream()
        await look.press("home", "slash")
        bar = stream.query_one("SearchBar").region
        row = look.lines()[bar.y]
        assert "follow" in row[bar.right :]


async def test_long_names_of_values_can_be_told_apart() -> None:
    state = states.training()
    spec = state.control.settable["learning_rate"]
    names = ["checkpoint_interval_steps", "checkpoint_interval_seconds"]
    state.control.settable = dict.fromkeys(names, spec)
    async with looking(state, (80, 24)) as look:
        await look.press("f7")
        assert all(f"{name} " in look.text() for name in names)
