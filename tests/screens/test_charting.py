"""Charts by their keys and by the mouse: cursor, zoom, scale, marks, log lines, metrics, files."""

from __future__ import annotations

import math
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp
from textual.geometry import Size

from console.app import ConsoleApp
from console.cli.writing import written
from console.core.settings import Settings
from console.core.sources import Axis
from console.core.state import Entry
from console.screens.palette_metrics import ChartMetrics
from console.widgets.chart import Chart
from tests import states
from tests.screens.looking import looking
from tests.sessions import ListRows, session_of
from tests.waiting import wait_until_async
from tests.widgets.chart_series import EPOCH_0, Series, falling

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from console.core.state import RunState

SIZE = (200, 60)


def source_of(count: int = 470) -> Series:
    """A loss, its validation, the time of which the test's clock is."""
    return falling(count)


def app_of(source: Series | None = None, state: RunState | None = None, **more: Any) -> ConsoleApp:
    settings = more.pop("settings", Settings())
    state = state or state_of()
    session = session_of(state, series=source or source_of(), **more)
    return ConsoleApp(session, clock=lambda: states.NOW, intervals=False, settings=settings)


def state_of() -> RunState:
    """As the series go: 100 steps an epoch, 4,700 steps so far."""
    state = states.training()
    state.position.step, state.position.batches_per_epoch = 4700, 100
    state.timeline.entries = ()
    return state


def chart(app: ConsoleApp, name: str = "loss") -> Any:
    return app.screen.query_one(f"#{name}", Chart)


def corners(app: ConsoleApp, name: str = "loss") -> list[str]:
    """Top left, top right, bottom left, bottom right."""
    return [text.plain for text in chart(app, name).corner_texts()]


async def shown(app: ConsoleApp, pilot: Pilot[Any]) -> None:
    await wait_until_async(lambda: bool(app.screen.query("#loss")) and chart(app).sheet_now())
    await pilot.press("1")


async def test_the_arrows_move_a_cursor_whose_value_is_exact() -> None:
    source = source_of()
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("left")
        value = source.series["loss"][-1][1]
        assert corners(app)[1].startswith(f"{value:.4f}  val")
        assert "E47.00" in corners(app)[1]
        await pilot.press("left", "left")
        point = chart(app).pointed
        near = min(source.series["loss"], key=lambda one: abs(one[0] - point.epoch))
        assert (point.epoch, point.value) == near
        assert f"{near[1]:.4f}" in corners(app)[1]
        assert near[0] < 47
        await pilot.press("right")
        assert chart(app).pointed.epoch > near[0]
        await pilot.press("escape")
        assert corners(app)[1].startswith("0.0234")
        assert app.screen.focused is chart(app)


async def test_the_cursor_is_the_same_in_all_charts() -> None:
    source = source_of()
    source.series["memory/used"] = [(x, 1e9 * x) for x, _ in source.series["loss"]]
    source.series["throughput"] = [(x, 1000.0 + x) for x, _ in source.series["loss"]]
    for number in range(8):
        source.series[f"expert_share/{number}"] = [(x, 0.125) for x, _ in source.series["loss"]]
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press(*["left"] * 4)
        await pilot.pause()
        point = chart(app).pointed
        assert {one.pointed for one in app.screen.charts()} == {point}  # type: ignore[attr-defined]
        rate = 1000.0 + point.epoch
        assert f"{rate:,.0f} tok/s" in corners(app, "throughput")[1]
        assert f"RAM {point.epoch:.1f} GB  at step {point.step:,.0f}" == corners(app, "memory")[1]
        assert corners(app, "experts")[1].startswith("100 %  at step")
        await pilot.press("0")
        await pilot.pause()
        assert {one.pointed for one in app.screen.charts()} == {None}  # type: ignore[attr-defined]


def picture(app: ConsoleApp, name: str) -> str:
    """What stands inside a chart."""
    one = chart(app, name)
    return "\n".join(line.plain for line in one.picture(*one.size))


async def test_the_bars_of_experts_are_those_of_the_cursor() -> None:
    source, state = source_of(), state_of()
    loss = source.series["loss"]
    for number in range(8):
        after = 0.02 if number == 4 else 0.14
        source.series[f"expert_share/{number}"] = [(x, 0.125 if x < 24 else after) for x, _ in loss]
    state.experts.share = (0.14, 0.14, 0.14, 0.14, 0.02, 0.14, 0.14, 0.14)
    app = app_of(source, state)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        assert "16 %" in picture(app, "experts")
        await pilot.press("0")
        chart(app, "experts").point_at(source.point("loss", Axis.STEP, 1200.0))
        await pilot.pause()
        assert "16 %" not in picture(app, "experts")
        assert picture(app, "experts").count("100 %") == 8
        assert corners(app, "experts")[1] == "100 %  at step 1,200"
        chart(app, "experts").choose(4)
        app.screen.set_focus(chart(app, "experts"))
        await pilot.pause()
        assert "E4 100 %" in corners(app, "experts")[2]
        chart(app, "experts").point_at(None)
        await pilot.pause()
        assert "16 %" in picture(app, "experts")


async def test_the_bars_of_memory_are_those_of_the_cursor() -> None:
    source, state = source_of(), state_of()
    loss = source.series["loss"]
    source.series["gpu0/memory"] = [(x, 1e9 * (10 + x)) for x, _ in loss]
    source.series["cpu"] = [(x, x) for x, _ in loss]
    app = app_of(source, state)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        now = picture(app, "memory")
        chart(app, "memory").point_at(source.point("loss", Axis.STEP, 1200.0))
        await pilot.pause()
        rows = {
            line.split()[0]: line.split()[-2:]
            for line in picture(app, "memory").splitlines()
            if line.strip()
        }
        assert rows["GPU0"] == ["22/80", "GB"]
        assert rows["CPU"] == ["12", "%"]
        assert rows["GPU1"][-1] == rows["RAM"][-1] == "—"
        assert corners(app, "memory")[1] == "GPU 22.0 GB  at step 1,200"
        assert "above" not in corners(app, "memory")[2]
        chart(app, "memory").point_at(None)
        await pilot.pause()
        assert picture(app, "memory") == now


async def test_a_moment_that_is_known_is_looked_up_once_one_that_is_not_comes_late() -> None:
    source = source_of()
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        memory, asked = chart(app, "memory"), []
        past = memory.past
        memory.past = lambda *args: asked.append(args) or past(*args)
        memory.point_at(source.point("loss", Axis.STEP, 1200.0))
        assert corners(app, "memory")[1] == "—  at step 1,200"
        source.series["memory/used"] = [(x, 1e9 * x) for x, _ in source.series["loss"]]
        source.changes += 1
        memory.show(memory.state)
        assert corners(app, "memory")[1] == "RAM 12.0 GB  at step 1,200"
        count = len(asked)
        for _ in range(5):
            source.changes += 1
            memory.show(memory.state)
        assert len(asked) == count


async def test_a_narrow_chart_says_of_when_its_bars_are() -> None:
    source = source_of()
    source.series["memory/used"] = [(x, 1e9 * x) for x, _ in source.series["loss"]]
    app = app_of(source)
    async with app.run_test(size=(120, 40)) as pilot:
        await shown(app, pilot)
        chart(app, "memory").point_at(source.point("loss", Axis.STEP, 1200.0))
        await pilot.pause()
        assert corners(app, "memory")[1].endswith("at step 1,200")


@pytest.mark.parametrize("name", ["experts", "memory"])
async def test_what_is_not_recorded_of_a_moment_is_not_what_it_is_now(name: str) -> None:
    source, state = source_of(), state_of()
    late = [(x, 0.125) for x, _ in source.series["loss"] if x > 30]
    for series in ("memory/used", *(f"expert_share/{number}" for number in range(8))):
        source.series[series] = late
    app = app_of(source, state)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        chart(app, name).point_at(source.point("loss", Axis.STEP, 1200.0))
        await pilot.pause()
        assert corners(app, name)[1] == "—  at step 1,200"
        assert "nothing is recorded of that moment" in picture(app, name)
        assert corners(app, name)[2:] == ["", ""]


async def test_enter_in_the_timeline_takes_the_cursor_of_the_charts_along() -> None:
    state = state_of()
    state.timeline.entries = (
        Entry("a", EPOCH_0 - 1e6, "start", "long before", step=None, row=1),
        Entry("b", states.T - 9.0, "save", "checkpoint at step 1,200", step=1200, row=2),
        Entry("c", EPOCH_0 - 1e6, "save", "of another run", step=900_000, row=3),
    )
    app = app_of(state=state)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("8", "down", "enter")
        await wait_until_async(lambda: chart(app).pointed is not None)
        assert app.focused is app.screen.query_one("#timeline")
        point = chart(app).here()
        assert point.step == 1200
        assert f"{point.value:.4f}" in corners(app)[1]
        assert "E12.00" in corners(app)[1]
        for key in ("up", "end"):  # no chart has those moments: the cursor stays
            await pilot.press(key, "enter")
            await pilot.pause()
            assert chart(app).here() == point
        await pilot.press("escape")
        await wait_until_async(lambda: chart(app).pointed is None)
        assert app.focused is app.screen.query_one("#timeline")


async def test_an_entry_without_a_step_is_found_by_its_time() -> None:
    state, source = state_of(), source_of()
    at = EPOCH_0 + 1000.0
    state.timeline.entries = (Entry("b", at, "pause", "paused", row=2),)
    app = app_of(source, state=state)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("8", "enter")
        await wait_until_async(lambda: chart(app).pointed is not None)
        assert abs(chart(app).here().t - at) < 100.0
        assert chart(app, "memory").pointed.step is not None


async def test_zoom_says_what_is_in_sight_and_follows_at_the_end() -> None:
    source = source_of()
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("a", "a", "plus")
        assert chart(app).axis(state_of()) is Axis.STEP
        assert corners(app)[2].startswith("last 2,350 steps")
        source.series["loss"] += [(47 + i / 10, 0.02) for i in range(1, 11)]
        source.changes += 1
        chart(app).show(app.screen.session.link.state)  # type: ignore[attr-defined]
        await pilot.pause()
        assert chart(app).sheet_now().found.right == 4800
        await pilot.press("shift+left")
        left, right = chart(app).span(state_of())
        assert right < 4800
        assert corners(app)[2].startswith(f"steps {left:,.0f} – {right:,.0f}")
        source.series["loss"] += [(48 + i / 10, 0.02) for i in range(1, 11)]
        source.changes += 1
        chart(app).show(app.screen.session.link.state)  # type: ignore[attr-defined]
        assert chart(app).span(state_of()) == (left, right)
        await pilot.press("shift+right", "shift+right")
        assert corners(app)[2].startswith("last ")
        await pilot.press("minus", "minus")
        assert not chart(app).view.is_zoomed
        await pilot.press("plus", "plus", "0")
        assert corners(app)[2].startswith("step")


async def test_ctrl_z_zooms_where_the_terminal_reports_it() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("ctrl+z", "ctrl+z")
        left, right = chart(app).span(state_of())
        await pilot.press("ctrl+shift+z")
        assert chart(app).span(state_of())[1] - chart(app).span(state_of())[0] > right - left
        await pilot.press("ctrl+0")
        assert not chart(app).view.is_zoomed


async def test_zoom_keeps_the_cursor_where_it_is() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press(*["left"] * 30)
        point = chart(app).pointed
        sheet = chart(app).sheet_now()
        before = sheet.found.column(point.epoch, sheet.columns)
        await pilot.press("plus", "plus", "plus")
        await pilot.pause()
        sheet = chart(app).sheet_now()
        assert abs(sheet.found.column(point.epoch, sheet.columns) - before) <= 2
        assert chart(app).pointed == point


async def test_the_axis_goes_from_epochs_to_steps_and_time_with_the_same_part() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press(*["left"] * 10, "plus", "plus")
        await pilot.press("shift+left", "shift+left")
        left, right = chart(app).span(state_of())
        await pilot.press("a")
        assert chart(app).axis(state_of()) is Axis.TIME
        low, high = chart(app).span(state_of())
        assert low == pytest.approx(EPOCH_0 + 100 * left, abs=30)
        assert high == pytest.approx(EPOCH_0 + 100 * right, abs=30)
        await pilot.press("a")
        assert chart(app).axis(state_of()) is Axis.STEP
        await pilot.press("a")
        assert chart(app).axis(state_of()) is Axis.EPOCH
        assert chart(app).span(state_of()) == pytest.approx((left, right), abs=0.5)


async def test_the_moving_average_goes_through_its_strengths() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        seen = []
        for _ in range(4):
            seen.append(corners(app)[2].partition("EMA ")[2])
            await pilot.press("e")
        assert seen == ["0.6", "0.9", "0.99", ""]
        assert corners(app)[2].endswith("EMA 0.6")


async def test_a_logarithmic_axis_has_labels_of_values_and_counts_what_is_left_out() -> None:
    source = Series({"loss": [(i / 10, 10.0 ** (-i / 100)) for i in range(400)]})
    source.series["loss"][200:203] = [(20 + i / 10, -1.0) for i in range(3)]
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("l")
        await pilot.pause()
        labels = [label for _, label in chart(app).sheet_now().up]
        assert {"1", "0.1", "0.01", "0.001"} <= set(labels)
        assert "log" in corners(app)[2]
        assert "of 0 or less left out" in corners(app)[2]
        await pilot.press("l")
        assert "log" not in corners(app)[2]


async def test_a_robust_range_leaves_a_spike_out_and_says_how_many() -> None:
    source = source_of()
    source.series["loss"][300] = (30.0, 500.0)
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        assert chart(app).sheet_now().found.high >= 500
        await pilot.press("o")
        await pilot.pause()
        sheet = chart(app).sheet_now()
        assert sheet.found.high < 1
        assert sheet.clipped >= 1
        assert f"clipped {sheet.clipped}" in corners(app)[2]


def marked() -> RunState:
    state = state_of()
    entries = [
        states.entry(1, 900, "save", "saved at step 1,000"),
        states.entry(2, 800, "alert", "GPU 0 at 91 °C\x1b[2J"),
        states.entry(3, 700, "pause", "paused"),
        states.entry(4, 600, "epoch", "epoch 40"),
    ]
    for entry, step in zip(entries, (1000, 2000, 3000, 4000), strict=True):
        entry.step, entry.row = step, step // 500
    state.timeline.entries = tuple(entries)
    return state


async def test_what_happened_is_marked_and_told_under_the_cursor() -> None:
    app = app_of(state=marked(), rows=ListRows([b"row %d" % i for i in range(40)]))
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        first = chart(app).picture(*chart(app).size)[0].plain
        assert [sign for sign in first if sign in "✓▲‖·"] == ["✓", "▲", "‖"]
        await to(app, pilot, 20.0)
        assert corners(app)[2].startswith("▲ GPU 0 at 91 °C")
        assert "\x1b" not in corners(app)[2]
        await pilot.press("enter")
        await pilot.pause()
        assert app.screen.focused is app.screen.query_one("#stream")
        assert chosen_row(app) == 4
        await pilot.press("1", "m")
        await pilot.pause()
        assert "▲" not in chart(app).picture(*chart(app).size)[0].plain
        assert "no marks" in corners(app)[2]


def chosen_row(app: ConsoleApp) -> int:
    """The row that is marked in the stream; it is in sight."""
    canvas = app.screen.query_one("#stream").canvas  # type: ignore[attr-defined]
    line: int = canvas.selection.anchor.line
    assert any(place.line == line for place in canvas.places)
    return line - 1


async def to(app: ConsoleApp, pilot: Pilot[Any], x: float) -> None:
    """Moves the cursor next to an x."""
    for _ in range(200):
        await pilot.press("left")
        point = chart(app).pointed
        if point.epoch <= x + 0.2:
            break
    await pilot.pause()


async def test_enter_goes_to_the_log_line_of_the_step() -> None:
    rows = ListRows([b"step %d | loss 0.5" % step for step in range(4701)])
    app = app_of(rows=rows)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press(*["left"] * 12, "enter")
        await pilot.pause()
        step = round(chart(app).pointed.step)
        assert chosen_row(app) == step
        assert app.screen.focused is app.screen.query_one("#stream")


async def test_enter_says_when_no_line_is_known() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("left", "enter")
        await wait_until_async(lambda: "no log line is known for step 4,700" in notices(app))
        assert app.screen.focused is chart(app)


def notices(app: ConsoleApp) -> str:
    return "\n".join(notice.message for notice in app._notifications)


async def test_in_the_tabs_enter_brings_the_log_to_the_front() -> None:
    rows = ListRows([b"step %d | loss 0.5" % step for step in range(4701)])
    app = app_of(rows=rows)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until_async(lambda: bool(app.screen.query("#loss")))
        await pilot.press("1")
        await pilot.pause()
        await pilot.press("left", "left", "enter")
        await pilot.pause()
        assert app.screen.focused is app.screen.query_one("#stream")
        assert app.screen.body.view.panel == "stream"  # type: ignore[attr-defined]


# --- the mouse --------------------------------------------------------------------------------


def cell(app: ConsoleApp, share: float, name: str = "loss") -> tuple[int, int]:
    """A cell of a chart, from its upper left corner: frame and padding included."""
    found = chart(app, name)
    sheet = found.sheet_now()
    return 2 + sheet.left + round(share * (sheet.columns - 1)), found.outer_size.height // 2


async def test_the_mouse_shows_the_value_under_it_and_a_click_its_line() -> None:
    rows = ListRows([b"step %d | loss 0.5" % step for step in range(4701)])
    app = app_of(rows=rows)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        assert "mean of this epoch" in str(chart(app).tooltip)
        await pilot.hover("#loss", offset=cell(app, 0.5))
        assert chart(app).tooltip is None
        assert chart(app).pointed.epoch == pytest.approx(23.5, abs=0.5)
        assert f"at E{chart(app).pointed.epoch:.2f}" in corners(app)[1]
        await pilot.click("#loss", offset=cell(app, 0.25))
        await pilot.pause()
        point = chart(app).pointed
        assert point.epoch == pytest.approx(47 / 4, abs=0.5)
        assert chosen_row(app) == round(point.step)
        assert app.screen.focused is chart(app)
        await pilot.click("#loss", offset=cell(app, 0.25), times=2)
        await pilot.pause()
        assert app.screen.focused is app.screen.query_one("#stream")


async def test_wheel_and_drag() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot._post_mouse_events([MouseScrollUp], "#loss", cell(app, 0.5))
        left, right = chart(app).span(state_of())
        assert right - left == pytest.approx(23.5)
        assert (left + right) / 2 == pytest.approx(23.5, abs=1)
        at, to_the_left = cell(app, 0.6), cell(app, 0.4)
        await pilot.mouse_down("#loss", offset=at)
        await pilot._post_mouse_events([MouseMove], "#loss", to_the_left, button=1)
        await pilot.mouse_up("#loss", offset=to_the_left)
        moved = chart(app).span(state_of())
        assert moved[0] == pytest.approx(left + 0.2 * (right - left), abs=0.6)
        await pilot._post_mouse_events([MouseScrollDown], "#loss", cell(app, 0.5))
        assert not chart(app).view.is_zoomed


async def test_a_right_click_opens_the_menu_and_a_choice_acts() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.click("#loss", offset=cell(app, 0.5), button=3)
        await wait_until_async(lambda: type(app.screen).__name__ == "Menu")
        await pilot.press("l")
        await wait_until_async(lambda: type(app.screen).__name__ == "TrainingScreen")
        await wait_until_async(lambda: chart(app).view.is_log)


@pytest.mark.parametrize("key", ["full_stop", "shift+f10"])
async def test_keys_open_the_menu_of_any_chart(key: str) -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("4", key)
        await wait_until_async(lambda: type(app.screen).__name__ == "Menu")
        options = app.screen.query_one("Entries")
        ids = [option.id for option in options.options]  # type: ignore[attr-defined]
        assert "chart_metric" in ids
        assert "chart_zoom_in" not in ids  # bars have no axis


# --- another metric ---------------------------------------------------------------------------


async def test_any_metric_can_stand_in_the_place_of_a_chart() -> None:
    kept: list[dict[str, Any]] = []
    source = source_of()
    source.series["gradient_norm"] = [(x, 1.0 + x) for x, _ in source.series["loss"]]
    app = app_of(source)
    app._keep = lambda **values: kept.append(values)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("3", "i")
        await wait_until_async(lambda: type(app.screen).__name__ == "Metrics")
        await pilot.press(*"grad", "enter")
        await wait_until_async(lambda: getattr(chart_or_none(app), "metric", "") != "")
        await pilot.pause()
        assert corners(app, "throughput")[0] == "3 gradient_norm"
        assert corners(app, "throughput")[1] == "0.847"
        assert corners(app, "throughput")[3] == "range 1 – 48"
        assert app.screen.focused is chart(app, "throughput")
        assert {"slots": {"throughput": "gradient_norm"}} in kept
        await pilot.press("i")
        await wait_until_async(lambda: type(app.screen).__name__ == "Metrics")
        await pilot.press("enter")  # the first line: its own content again
        await wait_until_async(lambda: not hasattr(chart_or_none(app), "metric"))
        assert app.settings.slots == {}


def chart_or_none(app: ConsoleApp) -> Chart | None:
    found = app.screen_stack[0].query("#throughput")
    return found.first(Chart) if found else None


async def test_a_metric_that_was_chosen_is_there_at_the_next_start() -> None:
    app = app_of(settings=Settings(slots={"loss": "nothing\x1b[31m", "memory": "validation/loss"}))
    async with app.run_test(size=SIZE) as pilot:
        await wait_until_async(lambda: bool(app.screen.query("#memory")))
        await pilot.pause()
        assert corners(app, "memory")[0] == "4 validation/loss"
        assert corners(app, "loss")[0] == "1 nothing\ufffd[31m"
        assert corners(app, "loss")[1] == "—"


async def test_hundreds_of_metrics_are_found_by_typing() -> None:
    source = source_of()
    for number in range(300):
        source.series[f"lora/layers.{number}.q/A"] = [(0.0, float(number))]
    app = app_of(source)
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("i")
        await wait_until_async(lambda: type(app.screen).__name__ == "Metrics")
        options: Any = app.screen.query_one("OptionList")
        lines = [str(option.prompt) for option in options.options]
        assert any("lora/*/A  300 alike" in line for line in lines)
        assert len(lines) < 10
        await pilot.press(*"layers.29 q/")
        await pilot.pause()
        lines = [str(option.prompt).strip() for option in options.options]
        assert lines[0] == "lora/layers.29.q/A"
        await pilot.press("enter")
        await wait_until_async(lambda: corners(app)[0] == "1 lora/layers.29.q/A")


async def test_commands_of_the_palette_act_in_the_chart_in_front() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        app.screen.action_command("chart_zoom_in")  # type: ignore[attr-defined]
        await wait_until_async(lambda: chart(app).view.is_zoomed)
        await pilot.press("4")
        app.screen.action_command("chart_log")  # type: ignore[attr-defined]
        await wait_until_async(lambda: "Logarithmic: not in this chart" in notices(app))


async def test_the_palette_knows_every_metric_for_every_chart() -> None:
    app = app_of()
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        for metric in ("loss", "", "loss"):  # in a crowd the last one counts
            app.screen.show_metric("memory", metric)  # type: ignore[attr-defined]
        provider = ChartMetrics(app.screen)
        hits = [hit async for hit in provider.search("chart 4 validation")]
        hit = hits[0]
        assert hit.text == "Chart 4: show validation/loss"
        hit.command()
        await wait_until_async(lambda: corners(app, "memory")[0] == "4 validation/loss")


# --- files ------------------------------------------------------------------------------------


def files(tmp_path: Path, source: Series) -> dict[str, Any]:
    def points(name: str) -> Iterable[tuple[int, float, float]]:
        for x, y in source.series.get(name, ()):
            yield round(100 * x), EPOCH_0 + 100 * x, y

    return {
        "points": points,
        "write": lambda folder, name, parts: written(folder or str(tmp_path), name, parts),
    }


def there(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("kind", ["csv", "svg", "txt"])
async def test_a_chart_is_written_to_a_file(kind: str, tmp_path: Path) -> None:
    source = source_of()
    app = app_of(source, **files(tmp_path, source))
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("a", "a", "plus", "ctrl+e")
        await wait_until_async(lambda: type(app.screen).__name__ == "ChartFiles")
        await pilot.click(f"#do-{kind}")
        await wait_until_async(lambda: "the chart is in" in notices(app))
    (path,) = there(tmp_path)
    assert path.name == f"20260421-103912-a1b2-loss.{kind}"
    text = path.read_text()
    if kind == "csv":
        rows = [line.split(",") for line in text.splitlines()]
        train = [row for row in rows if row[0] == "loss"]
        assert (int(train[0][1]), int(train[-1][1])) == (2350, 4700)
        assert float(train[-1][3]) == source.series["loss"][-1][1]
        assert any(row[0] == "validation/loss" for row in rows)
    else:
        assert {"svg": "<polyline", "txt": "1 LOSS"}[kind] in text


async def test_a_folder_that_is_none_is_told(tmp_path: Path) -> None:
    source = source_of()
    app = app_of(source, **files(tmp_path, source))
    async with app.run_test(size=SIZE) as pilot:
        await shown(app, pilot)
        await pilot.press("ctrl+e")
        await wait_until_async(lambda: type(app.screen).__name__ == "ChartFiles")
        app.screen.query_one("#folder").value = str(tmp_path / "missing")  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_until_async(lambda: "is no folder" in notices(app))
    assert there(tmp_path) == []


# --- strange runs -----------------------------------------------------------------------------

EVERY_KEY = ("left", "right", "plus", "minus", "shift+left", "shift+right", "e", "l", "o", "a",
             "m", "enter", "escape", "0")  # fmt: skip
STRANGE: dict[str, list[tuple[float, float]]] = {
    "nothing": [],
    "one": [(1.0, 2.0)],
    "nan": [(float(i), math.nan) for i in range(9)],
    "zero": [(float(i), 0.0) for i in range(9)],
    "huge": [(0.0, 1e308), (1.0, -1e308), (2.0, 5e-324)],
}


@pytest.mark.parametrize("points", STRANGE.values(), ids=list(STRANGE))
@pytest.mark.parametrize("size", [(160, 50), (80, 24), (20, 5)])
async def test_every_key_in_every_chart_of_a_strange_run(
    points: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    app = app_of(Series({"loss": points}), states.STATES["finished" if points else "empty"]())
    async with app.run_test(size=size) as pilot:
        await wait_until_async(lambda: bool(app.screen.query("#loss")))
        for panel in "1234":
            await pilot.press(panel, *EVERY_KEY)
            await pilot.pause()
        for name in ("loss", "experts", "throughput", "memory"):
            assert chart(app, name).failure == ""


async def test_the_words_in_a_border_follow_a_size_that_came_late() -> None:
    async with looking(states.training(), (100, 30)) as look:
        chart = look.app.screen.query_one("#loss", Chart)
        chart.corners("1 LOSS")
        chart._told_for = Size(5, 5)
        chart.refresh()
        await look.see("1 LOSS ───── 0.0234 ─╮")
