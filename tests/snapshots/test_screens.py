"""Pictures of whole screens: every state that matters, at the sizes people have.

`python -m pytest tests/snapshots --snapshot-update` takes them anew: look at them then.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from textual.pilot import Pilot

from console.app import ConsoleApp
from console.core.display import Display
from console.core.settings import Settings
from console.widgets.heatmap import Heatmap
from tests import states
from tests.screens.looking import settled
from tests.screens.test_heatmap import tuned
from tests.screens.test_overview import Rooms
from tests.sessions import FakeLink, Update, session_of
from tests.states import NOW, STATES, M
from tests.waiting import wait_until_async

if TYPE_CHECKING:
    from console.core.state import RunState
    from console.screens.session import House

Compare = Callable[..., bool]
Before = Callable[[Pilot[Any]], Awaitable[None]]

WIDE, LARGE, STANDARD, LOW, TABS, NARROW, TINY = (
    (200, 60), (160, 50), (120, 40), (100, 30), (80, 24), (60, 20), (40, 12)
)  # fmt: skip

REPORT = """\
# ✓ qwen-moe finished

finished with exit code 0 at step 12,000

| | |
|---|---|
| Steps | 12,000 |
| Best loss | 0.0187 in epoch 42 |

Start from its last checkpoint: `gladius-console train --resume 20260421-103912-a1b2`
"""


def pressing(*keys: str) -> Before:
    async def before(pilot: Pilot[Any]) -> None:
        await settled(pilot)
        await pilot.press(*keys)
        await settled(pilot)

    return before


def console(run: RunState | None, house: House | None = None, **options: Any) -> ConsoleApp:
    session = None if run is None else session_of(run, report=lambda: REPORT, person="ana@trainbox")
    return ConsoleApp(session, house, clock=lambda: NOW, intervals=False, **options)


@pytest.mark.parametrize("size", [WIDE, STANDARD, LOW, TABS, NARROW], ids=str)
@pytest.mark.parametrize("name", STATES)
def test_every_state(snap_compare: Compare, name: str, size: tuple[int, int]) -> None:
    assert snap_compare(console(STATES[name]()), terminal_size=size, run_before=settled)


@pytest.mark.parametrize("size", [LARGE, TINY], ids=str)
def test_the_other_sizes(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(console(states.training()), terminal_size=size, run_before=settled)


@pytest.mark.parametrize(
    "colours", ["gladius-light", "gladius-contrast", "gladius-safe", "ansi-dark"]
)
def test_the_other_themes(snap_compare: Compare, colours: str) -> None:
    app = console(states.training(), settings=Settings(theme=colours))
    assert snap_compare(app, terminal_size=STANDARD, run_before=settled)


@pytest.mark.parametrize("size", [STANDARD, LOW, TABS], ids=str)
def test_plain_characters(snap_compare: Compare, size: tuple[int, int]) -> None:
    app = console(states.saving(), display=Display(ascii=True))
    assert snap_compare(app, terminal_size=size, run_before=settled)


@pytest.mark.parametrize("name", ["training", "held", "many_experts"])
def test_no_colours(snap_compare: Compare, name: str) -> None:
    app = console(STATES[name](), display=Display(colourless=True))
    assert snap_compare(app, terminal_size=STANDARD, run_before=pressing("escape", "2"))


@pytest.mark.parametrize("size", [WIDE, STANDARD, TABS], ids=str)
def test_a_lost_connection(snap_compare: Compare, size: tuple[int, int]) -> None:
    async def lose(pilot: Pilot[Any]) -> None:
        link = pilot.app.session.link  # type: ignore[attr-defined]
        assert isinstance(link, FakeLink)
        link.connected, link.lost_since = False, M - 12
        await settled(pilot)
        link.queue.put_nowait(Update(frozenset(), connection=True))
        await wait_until_async(lambda: pilot.app.screen.has_class("-lost"))
        await settled(pilot)

    assert snap_compare(console(states.training()), terminal_size=size, run_before=lose)


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("training", ("f3",)),
        ("asking", ("f3",)),
        ("training", ("f7",)),
        ("training", ("question_mark",)),
        ("training", ("f6",)),
        ("finished", ("R",)),
        ("bare", ("5", "down")),
        ("training", ("comma", "down")),
        ("training", ("at",)),
        ("training", ("ctrl+k",)),
    ],
    ids=[
        "stop",
        "kill",
        "values",
        "help",
        "reload",
        "report",
        "why-not",
        "settings",
        "user",
        "palette",
    ],
)
def test_what_opens_over_the_screen(
    snap_compare: Compare, name: str, keys: tuple[str, ...]
) -> None:
    app = console(STATES[name]())
    assert snap_compare(app, terminal_size=STANDARD, run_before=pressing(*keys))


def test_the_heatmap(snap_compare: Compare) -> None:
    async def open_it(pilot: Pilot[Any]) -> None:
        await pressing("H")(pilot)
        heatmap = pilot.app.screen.query_one(Heatmap)
        await wait_until_async(lambda: heatmap.picture is not None)
        await pilot.pause()

    app = ConsoleApp(tuned(), clock=lambda: NOW, intervals=False)
    assert snap_compare(app, terminal_size=STANDARD, run_before=open_it)


@pytest.mark.parametrize("panel", ["1", "4", "5", "6", "7", "8"])
def test_the_tabs(snap_compare: Compare, panel: str) -> None:
    app = console(states.training())
    assert snap_compare(app, terminal_size=TABS, run_before=pressing(panel))


@pytest.mark.parametrize("size", [STANDARD, TABS], ids=str)
def test_the_overview(snap_compare: Compare, size: tuple[int, int]) -> None:
    assert snap_compare(console(None, Rooms().house()), terminal_size=size)


def test_the_overview_before_the_first_run(snap_compare: Compare) -> None:
    assert snap_compare(console(None, Rooms(runs=[]).house()), terminal_size=STANDARD)
