"""Every key, in its panel, in hostile states and sizes: it acts, or it says why not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from console.commands import COMMANDS, Command, Scope
from console.screens import views
from tests.screens.looking import Looking, looking
from tests.sessions import ListRows, ListSeries, session_of
from tests.states import STATES
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from console.screens.session import Session

CHARTS = ("loss", "experts", "throughput", "memory")
PANELS: dict[Scope, tuple[str, ...]] = {
    Scope.RUN: ("stream",),
    Scope.STREAM: ("stream",),
    Scope.CHART: CHARTS,
    Scope.CONFIG: ("config",),
    Scope.TIMELINE: ("timeline",),
}
STILL = frozenset({
    "line_up", "line_down", "five_up", "five_down", "page_up", "page_down", "top", "end", "left",
    "right", "timeline_up", "timeline_down", "timeline_page_up", "timeline_page_down",
    "timeline_newest", "timeline_oldest", "chart_left", "chart_right", "chart_bar_up",
    "chart_bar_down", "chart_bar_page_up", "chart_bar_page_down", "chart_bar_first",
    "chart_bar_last",
})  # fmt: skip
"""What only moves may stand still at an end, or where there is nothing."""
QUITS = frozenset({"quit"})
UNTOLD = frozenset({"level", "clear"})
"""To be mended: where the log has no border and no line, nothing tells of these."""

CASES = (
    ("empty", True, (20, 5)),
    ("training", False, (120, 40)),
    ("finished", False, (80, 24)),
    ("bare", False, (100, 30)),
)


def session(name: str, read_only: bool) -> Session:
    found = session_of(STATES[name](), read_only="steered elsewhere" if read_only else "")
    if name == "empty":
        found = replace(found, rows=ListRows([]), series=ListSeries({}))
    return found


def presses() -> Iterator[tuple[Command, str]]:
    """Each command with the panel its key is pressed in."""
    for command in COMMANDS:
        if command.keys and command.id not in QUITS | UNTOLD:
            for panel in PANELS[command.scope]:
                yield command, panel


def shown(look: Looking) -> object:
    """All that a person sees or hears of, with its colours, and what was ordered."""
    app = look.app
    picture = [list(strip) for strip in app.screen._compositor.render_strips()]
    told = [note.message for note in app._notifications]
    opened = [id(screen) for screen in app.screen_stack]
    return picture, told, opened, len(look.link.ordered), app.settings, app.screen.focused


async def at(look: Looking, panel: str) -> None:
    """This panel has the focus, nothing is open, nothing is told, no order is on its way."""
    while len(look.app.screen_stack) > 1:
        await look.app.pop_screen()
    look.app.clear_notifications()
    screen = look.screen
    for order in screen.ordering.sent:
        screen.ordering.failed(order.cmd)
    screen.stream().action_unfilter()
    now = screen.body.view
    if screen.focused is screen.painter.parts[panel] and not now.maximised and now.panel == panel:
        return
    view = replace(now, maximised=False, panel="stream")
    screen.look(view)
    if panel != "stream":
        screen.look(views.opened(view, panel, screen.kind))
    screen.set_focus(None)
    part = screen.painter.parts[panel]
    if panel in screen.body.plan(look.app.size):
        screen.set_focus(part)
    await look.settle()


@pytest.mark.parametrize(("name", "read_only", "size"), CASES)
async def test_every_key_acts_or_says_why(
    name: str, read_only: bool, size: tuple[int, int]
) -> None:
    silent = []
    async with looking(session(name, read_only), size) as look:
        for command, panel in presses():
            await at(look, panel)
            if look.screen.panel_in_focus() != panel:
                continue  # no such panel at this size
            before = shown(look)
            await look.press(command.keys[0])
            if command.id in STILL:
                continue
            with suppress(TimeoutError):  # an error is looked for in slices
                await wait_until_async(lambda: shown(look) != before, timeout=0.5)  # noqa: B023
                continue
            silent.append((command.id, command.keys[0], panel))
    assert not silent


async def test_a_screen_that_only_watches_starts_and_writes_no_preset() -> None:
    files: Any = object()
    watched = replace(session("training", True), configurations=lambda: files)
    async with looking(watched) as look:
        look.screen.action_command("config_preset")
        await look.see("Presets: steered elsewhere")
        assert len(look.app.screen_stack) == 1


async def test_a_key_of_other_charts_is_answered() -> None:
    async with looking(session("training", False)) as look:
        await look.press("2", "l")
        await look.see("Logarithmic: not in this chart")


async def test_what_a_small_terminal_does_not_show_is_told_and_not_kept() -> None:
    async with looking(session("training", False), (80, 24)) as look:
        before = look.screen.body.view
        await look.press("backslash")
        await look.see("Side column: changes nothing")
        assert look.screen.body.view == before
