"""The stream on a screen: what is seen after rows came and keys were pressed."""

from __future__ import annotations

import pytest
from rich.cells import cell_len
from textual.events import MouseScrollUp

from console.commands import COMMANDS, Scope
from console.widgets.stream import ACTIONS, Stream
from tests.widgets.stream_app import ListRows, StreamApp, settle, state

SIZE = (60, 12)


def numbered(count: int) -> list[str]:
    return [f"line {number}" for number in range(count)]


async def test_it_begins_with_the_command_and_follows_the_newest_line() -> None:
    app = StreamApp(ListRows(numbered(3)))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert app.body()[:4] == [
            "[ana@gpu-1 qwen]$ python train.py --config qwen_moe.yaml",
            "line 0",
            "line 1",
            "line 2",
        ]
        app.add(*numbered(100))
        await settle(pilot)
        assert app.body() == [f"line {number}" for number in range(90, 100)]
        assert "103 lines" in app.screen_text()[0]
        assert "● follow" in app.bottom()


async def test_scrolling_up_stops_following_and_says_how_much_is_below() -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("up", "up")
        await settle(pilot)
        assert app.body()[-1] == "line 97"
        assert "↓ 2 below" in app.bottom()
        assert "○ follow" in app.bottom()
        app.add(*numbered(1202))
        await settle(pilot)
        assert app.body()[-1] == "line 97"
        assert "↓ 1,204 below" in app.bottom()
        await pilot.press("end")
        await settle(pilot)
        assert app.body()[-1] == "line 1201"
        assert "● follow" in app.bottom()
        assert "below" not in app.bottom()


async def test_scrolling_down_to_the_end_follows_again() -> None:
    app = StreamApp(ListRows(numbered(50)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("up", "down")
        app.add("new")
        await settle(pilot)
        assert app.body()[-1] == "new"


@pytest.mark.parametrize(
    ("keys", "last"),
    [
        (["up"], 98),
        (["K"], 94),
        (["ctrl+up"], 94),
        (["pageup"], 90),
        (["pageup", "pagedown"], 99),
        (["pageup", "J"], 95),
        (["pageup", "ctrl+down", "down"], 96),
        (["home"], 8),
        (["home", "end"], 99),
        (["f", "pageup"], 90),
    ],
)
async def test_keys_scroll(keys: list[str], last: int) -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press(*keys)
        await settle(pilot)
        assert app.body()[-1] == f"line {last}"


async def test_follow_is_switched_by_key_and_by_a_click_on_the_word() -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("f")
        app.add("one more")
        await settle(pilot)
        assert app.body()[-1] == "line 99"
        await pilot.click(Stream, offset=(app.bottom().index("follow"), SIZE[1] - 1))
        await settle(pilot)
        assert app.body()[-1] == "one more"


async def test_the_wheel_scrolls() -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=SIZE) as pilot:
        await pilot._post_mouse_events([MouseScrollUp], Stream)
        await settle(pilot)
        assert app.body()[-1] == "line 96"


async def test_a_long_row_is_cut_with_a_mark_and_moves_sideways() -> None:
    app = StreamApp(ListRows(["0123456789" * 10, "short"]))
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        assert app.body()[1].endswith("…")
        assert len(app.body()[1]) == 56
        await pilot.press(*["right"] * 9)
        await settle(pilot)
        assert app.body()[1].startswith("8901")
        assert "…" not in app.body()[1]
        await pilot.press(*["left"] * 12)
        await settle(pilot)
        assert app.body()[1].startswith("0123")


async def test_wrapped_rows_show_everything_and_follow_the_end() -> None:
    app = StreamApp(ListRows(["0123456789" * 10, "模型" * 30, "the end"]))
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("w")
        await settle(pilot)
        body = app.body()
        assert body[1] + body[2] == "0123456789" * 10
        assert "".join(body[3:6]) == "模型" * 30
        assert body[6] == "the end"
        app.add(*numbered(20), "x" * 100)
        await settle(pilot)
        assert "".join(app.body()[-2:]) == "x" * 100
        await pilot.press("pageup")
        await settle(pilot)
        assert "below" in app.bottom()


async def test_clear_hides_what_is_above_and_undo_brings_it_back() -> None:
    rows = ListRows(numbered(30))
    app = StreamApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("ctrl+l")
        await settle(pilot)
        assert not any(app.body())
        assert "cleared" in app.bottom()
        app.add("after")
        await settle(pilot)
        assert app.body()[0] == "after"
        await pilot.press("home")
        await settle(pilot)
        assert app.body()[0] == "after"
        await pilot.press("u", "home")
        await settle(pilot)
        assert app.body()[1] == "line 0"
        assert rows.count() == 31


async def test_live_rows_come_last_and_change_in_place() -> None:
    rows = ListRows(numbered(3))
    app = StreamApp(rows)
    async with app.run_test(size=SIZE) as pilot:
        for text in (b"10 %", b"20 %"):
            rows.moving = [text]
            app.stream.show_rows(rows)
            await settle(pilot)
            assert app.body()[4] == text.decode()
        rows.moving = []
        app.add("done")
        await settle(pilot)
        assert app.body()[4:6] == ["done", ""]


async def test_the_border_tells_errors_warnings_lost_and_waiting_bytes() -> None:
    app = StreamApp(ListRows())
    async with app.run_test(size=(150, 12)) as pilot:
        app.stream.show(state(errors=1, warnings=3, dropped=12345, behind=3_000_000))
        await settle(pilot)
        for words in ("✗ 1 error ", "▲ 3 warnings", "▲ 12,345 bytes dropped", "behind by 3"):
            assert words in app.bottom()
        assert "0 lines" in app.screen_text()[0]
        assert "/ search" in app.bottom()


async def test_where_space_is_short_the_least_important_words_go() -> None:
    app = StreamApp(ListRows(numbered(100)))
    async with app.run_test(size=(30, 8)) as pilot:
        app.stream.show(state(errors=1, warnings=3, dropped=12345))
        await settle(pilot)
        assert "12,345 bytes dropped" in app.bottom()
        assert "▲ 3" not in app.bottom()


async def test_the_bare_form_has_a_lower_rule_only() -> None:
    app = StreamApp(ListRows(numbered(100)), classes="-bare")
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        text = app.screen_text()
        assert text[0].startswith(" line 77")
        assert text[22].startswith(" line 99")
        assert text[23].startswith("── / search  & filter ")
        assert "● follow  ✗ 0  ▲ 0 ──" in text[23]


async def test_plain_characters_when_asked_for() -> None:
    app = StreamApp(ListRows(["\x1ePAUSED", "x" * 100, *numbered(50)]), classes="-ascii")
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        await pilot.press("home")
        await settle(pilot)
        assert "".join(app.screen_text()).isascii()


HOSTILE = [
    "[bold]not bold[/bold] [@click=app.quit]do not[/]",
    "模型 🚀 naïve café 👨‍👩‍👧 ❤️ e\u0301",
    "tab\tstop \x07bell \x9b31m \u202ereversed\u202c \ufeff",
    b"\xff\xfe broken \xc3",
    "\x1b[31",
    "模" * 100,
    "🇩🇪" * 40,
    "a" * 20000,
    "",
]


@pytest.mark.parametrize("classes", ["", "-bare"])
@pytest.mark.parametrize("width", [9, 40, 41, 100])
async def test_every_row_is_exactly_as_wide_as_the_pane(width: int, classes: str) -> None:
    app = StreamApp(ListRows(HOSTILE), classes)
    async with app.run_test(size=(width, 14)) as pilot:
        for keys in ([], ["right"], ["right"], ["w"]):
            await pilot.press(*keys)
            await settle(pilot)
            for strip in map(app.stream.render_line, range(app.size.height)):
                assert cell_len(strip.text) == strip.cell_length == width
                assert sum(segment.cell_length for segment in strip) == width


async def test_foreign_text_is_shown_as_it_is_and_does_nothing() -> None:
    app = StreamApp(ListRows(HOSTILE))
    async with app.run_test(size=(100, 14)) as pilot:
        await settle(pilot)
        assert app.body()[1] == "[bold]not bold[/bold] [@click=app.quit]do not[/]"
        await pilot.click(Stream, offset=(30, 2))
        await settle(pilot)
        assert app.is_running
        text = "\n".join(app.screen_text())
        assert not any(ord(c) < 32 and c != "\n" for c in text)
        assert "\u202e" not in text


@pytest.mark.parametrize("size", [(1, 1), (2, 2), (3, 5), (5, 3), (7, 1), (20, 2), (250, 80)])
@pytest.mark.parametrize("classes", ["", "-bare"])
async def test_any_size_is_good(size: tuple[int, int], classes: str) -> None:
    app = StreamApp(ListRows([*numbered(5), *HOSTILE]), classes)
    async with app.run_test(size=size) as pilot:
        await pilot.press("up", "w", "space", "end")
        await settle(pilot)
        assert all(cell_len(row) == size[0] for row in app.screen_text())
        app.stream.styles.width = app.stream.styles.height = 0
        await pilot.pause()
        app.add("nobody sees this")
        await settle(pilot)


async def test_a_resize_keeps_what_is_in_view() -> None:
    app = StreamApp(ListRows(numbered(200)))
    async with app.run_test(size=(60, 20)) as pilot:
        await pilot.press("home", *["J"] * 10)
        await settle(pilot)
        top = app.body()[0]
        for size in ((100, 30), (40, 10), (60, 20)):
            await pilot.resize_terminal(*size)
            await settle(pilot)
            assert app.body()[0] == top


async def test_a_hidden_stream_costs_nothing_and_is_up_to_date_when_shown() -> None:
    source = ListRows(numbered(50))
    app = StreamApp(source)
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        app.stream.display = False
        await pilot.pause()
        source.asked = 0
        app.add("came meanwhile")
        await settle(pilot)
        assert source.asked == 0
        app.stream.display = True
        await pilot.pause()
        await settle(pilot)
        assert app.body()[-1] == "came meanwhile"


async def test_colours_come_from_the_theme_and_change_with_it() -> None:
    tags = ["[INFO] a", "[WARN] b", "[WARNING] c", "[ERROR] d", "[CRITICAL] e", "[SUCCESS] f"]
    app = StreamApp(ListRows([*tags, "✓ g", "✗ h"]))
    names = ["info", "warning", "warning", "error", "error", "success", "success", "error"]
    async with app.run_test(size=SIZE) as pilot:
        for theme in ("gladius", "gladius-light", "textual-dark"):
            app.theme = theme
            await pilot.pause()
            app.stream.changed()
            await settle(pilot)
            for y, name in enumerate(names, 2):
                segments = list(app.stream.render_line(y))
                head = next(segment for segment in segments if segment.text[:1] in "[✓✗")
                wanted = app.stream.get_component_rich_style(f"stream--{name}")
                assert head.style is not None
                assert head.style.color == wanted.color, (theme, name)


async def test_the_frame_shows_the_focus() -> None:
    app = StreamApp(ListRows())
    async with app.run_test(size=SIZE) as pilot:
        await settle(pilot)
        focused = next(iter(app.stream.render_line(0))).style
        app.set_focus(None)
        await settle(pilot)
        assert next(iter(app.stream.render_line(0))).style != focused


async def test_export_is_asked_for_by_a_click() -> None:
    app = StreamApp(ListRows(numbered(3)))
    async with app.run_test(size=(160, 12)) as pilot:
        await settle(pilot)
        await pilot.click(Stream, offset=(app.bottom().index("x export"), 11))
        await settle(pilot)
        assert app.commands == ["export"]


def test_every_command_of_the_stream_is_an_action() -> None:
    for command in COMMANDS:
        if command.scope is Scope.STREAM:
            name = ACTIONS.get(command.id, command.id).partition("(")[0]
            assert hasattr(Stream, f"action_{name}"), command.id
