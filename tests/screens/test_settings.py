"""The settings over the screen, by their keys: each acts at once, and is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import CursorPosition
from textual.widgets import Input

from console.backend import settingsfile
from console.commands import BY_ID, keymap
from console.core.display import Display
from console.core.settings import Settings
from console.screens.keys import KeysScreen
from console.screens.menu import Entries
from console.screens.settings import Choices, SettingsScreen
from console.screens.settings_rows import ROWS
from tests import states
from tests.screens.looking import Looking, looking
from tests.screens.test_overview import Rooms
from tests.sessions import session_of
from tests.states import STATES

SIZES = ((200, 60), (120, 40), (100, 30), (80, 24), (60, 16), (40, 10), (20, 5), (10, 3))


async def choose(look: Looking, row: str) -> None:
    """Opens the settings with the row marked."""
    await look.press("comma")
    assert isinstance(look.app.screen, SettingsScreen)
    ids = [row.name for row in ROWS]
    await look.press(*["down"] * ids.index(row))


async def test_a_theme_is_seen_at_once_and_is_there_at_the_next_start(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    keep = lambda **values: settingsfile.change(path, **values)  # noqa: E731
    async with looking(states.training(), keep=keep) as look:
        await choose(look, "theme")
        await look.press("right")
        assert look.app.theme == "gladius-light"
        await look.press("left", "left")
        assert look.app.theme == "ansi-light"
        await look.press("right", "enter", "escape")
        assert look.app.theme == "gladius-light"
        assert not isinstance(look.app.screen, SettingsScreen)
    kept = settingsfile.read(path)[0]
    async with looking(states.training(), settings=kept) as look:
        assert look.app.theme == "gladius-light"


async def test_every_value_of_every_row_can_be_gone_through() -> None:
    async with looking(states.training()) as look:
        await look.press("comma")
        for row in ROWS:
            before = look.app.settings
            for _value in row.values:
                await look.pilot.press("right")
            assert look.app.settings == before
            await look.pilot.press("down")


async def test_a_click_changes_a_setting() -> None:
    async with looking(states.training()) as look:
        await look.press("comma")
        await look.pilot.click(Choices, offset=(5, 2))
        await look.settle()
        assert look.app.settings.reduced_motion
        assert look.app.animation_level == "none"


async def test_a_way_of_notices_is_switched_off_and_the_others_stay() -> None:
    chosen = Settings(notices={"osc9": True, "unknown": 3})
    async with looking(states.training(), settings=chosen) as look:
        await choose(look, "notices-bell")
        await look.press("left")
        assert look.app.settings.notices == {"osc9": True, "unknown": 3, "bell": False}
        await look.press("right")
        assert look.app.settings.notices == {"osc9": True, "unknown": 3}


async def test_a_broken_file_is_told_with_its_line_and_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "settings.yaml"
    path.write_text("theme: gladius\nkeymap: {pause: [\n", encoding="utf-8")
    with pytest.raises(settingsfile.Unreadable) as caught:
        settingsfile.read(path)
    keep = lambda **values: settingsfile.change(path, **values)  # noqa: E731
    async with looking(states.training(), keep=keep, said=[str(caught.value)]) as look:
        await choose(look, "wrap")
        await look.see("settings.yaml:3:1")
        await look.press("right")
        await look.see("not kept for the next start")
        assert look.app.settings.wrap
    assert path.read_text(encoding="utf-8").endswith("[\n")


async def test_letters_that_do_not_ask_act_at_once() -> None:
    async with looking(states.training(), settings=Settings(confirm_letters=False)) as look:
        await look.press("c")
        assert look.link.ordered == [("checkpoint", {})]


async def test_the_alerts_of_this_run_are_shown() -> None:
    state = states.training()
    state.configuration.tree["guards"] = {"throughput_low": "off",
                                          "gpu_hot": {"when": "gpu_temperature > 70"}}  # fmt: skip
    async with looking(state) as look:
        await choose(look, "guards")
        await look.press("enter")
        await look.see("ALERTS OF THIS RUN")
        await look.see("gpu_temperature > 70")
        await look.see("changed")
        assert "throughput_low  " not in look.text().split("They are changed")[0]


async def test_alerts_of_a_run_whose_configuration_is_not_known_are_told_as_such() -> None:
    async with looking(states.bare()) as look:
        await choose(look, "guards")
        await look.press("enter")
        await look.see("the run's own are not known")


# keys


async def rebind(look: Looking, command: str, key: str) -> None:
    """Opens the keys, goes to a command, and presses the new key."""
    await choose(look, "keymap")
    await look.press("enter")
    await look.see("KEYS")
    listed = look.app.screen.query_one(Entries)
    listed.highlighted = listed.get_option_index(command)
    await look.press("enter")
    await look.see("PRESS A KEY")
    await look.press(key)


async def test_a_key_is_moved_by_pressing_another_and_is_shown_everywhere() -> None:
    kept: list[dict[str, object]] = []
    async with looking(states.training(), keep=lambda **values: kept.append(values)) as look:
        await rebind(look, "pause", "f4")
        assert kept == [{"keymap": {"pause": "f4,p"}}]
        await look.see("changed")
        await look.press("escape", "escape")
        text = look.text()
        assert "F2" not in text
        assert "[F4 Pause]" in text
        assert "[ F4 Pause" in text
        assert "[F4] Pause" in text
        assert " F4 Pause  F3 Stop" in text
        chip = look.screen.query_one("#chip-pause")
        assert "(F4, p)" in str(chip.tooltip)
        await look.press("ctrl+k", *"pause")
        await look.see("Pause  F4, p")
        await look.press("escape", "5", "question_mark")
        await look.see("F4  p")
        await look.press("escape", "f2")
        assert look.link.ordered == []
        await look.press("f4")
        assert look.link.ordered == [("pause", {})]


async def test_a_moved_letter_still_asks() -> None:
    async with looking(states.training()) as look:
        await rebind(look, "checkpoint", "Q")
        await look.press("escape", "escape", "Q")
        await look.see("press Q again to checkpoint")
        assert look.link.ordered == []
        await look.press("Q")
        assert look.link.ordered == [("checkpoint", {})]
        await look.press("c", "c")
        assert look.link.ordered == [("checkpoint", {})]


async def test_a_key_that_is_taken_is_refused_and_nothing_changes() -> None:
    async with looking(states.training()) as look:
        await rebind(look, "pause", "f3")
        await look.see("F3 is not taken: f3 is the key of Stop")
        assert look.app.settings.keymap == {}
        await look.press("enter", "tab")
        await look.see("goes to the next panel")
        await look.press("enter", "escape")
        assert isinstance(look.app.screen, KeysScreen)
        assert look.app.settings.keymap == {}


async def test_a_key_chosen_for_another_command_is_not_taken_from_it() -> None:
    chosen = {"pause": "f12,p"}
    async with looking(states.training(), settings=Settings(keymap=chosen)) as look:
        await rebind(look, "stop", "f12")
        await look.see("F12 is not taken: f12 is the key of")
        assert look.app.settings.keymap == chosen


async def test_the_palette_can_be_moved_and_its_old_keys_are_free() -> None:
    async with looking(states.training()) as look:
        await rebind(look, "palette", "f10")
        await look.press("escape", "escape", "ctrl+k")
        assert look.app.screen is look.screen
        await look.press("f10")
        assert look.app.screen is not look.screen
        await look.press("escape")
        await rebind(look, "follow", "ctrl+k")
        assert keymap.keys_of(BY_ID["follow"]) == ("ctrl+k",)


async def test_a_sign_that_opens_the_palette_can_be_typed() -> None:
    async with looking(None, house=Rooms().house()) as look:
        await look.press("slash", "a", "colon", "b")
        assert look.app.screen.query_one("#filter", Input).value == "a:b"
        await look.press("escape", "colon")
        await look.see("Settings  ")


async def test_the_usual_key_comes_back() -> None:
    async with looking(states.training(), settings=Settings(keymap={"wrap": "W"})) as look:
        await choose(look, "keymap")
        await look.press("enter")
        listed = look.app.screen.query_one(Entries)
        listed.highlighted = listed.get_option_index("wrap")
        await look.press("d")
        assert look.app.settings.keymap == {}
        assert keymap.keys_of(BY_ID["wrap"]) == ("w",)


async def test_a_keymap_with_mistakes_is_told_and_the_rest_of_it_used() -> None:
    wanted = Settings(keymap={"pause": "F4", "stop": "F5", "bogus\x1b[31m": "x"})
    async with looking(states.training(), settings=wanted) as look:
        await choose(look, "theme")
        await look.see("keymap: stop: f5 is the key of Checkpoint")
        await look.see("there is no such command")
        await look.press("escape", "f4")
        assert look.link.ordered == [("pause", {})]


async def test_a_theme_there_is_not_is_told() -> None:
    async with looking(states.training(), settings=Settings(theme="x\x1b[31m")) as look:
        await look.see("there is no theme 'x")
        assert look.app.theme == "gladius"


@pytest.mark.parametrize("size", [(60, 16), (40, 10), (20, 5), (10, 3)])
async def test_settings_and_keys_can_be_used_on_any_terminal(size: tuple[int, int]) -> None:
    async with looking(states.training(), size) as look:
        await choose(look, "keymap")
        await look.press("enter", "down", "escape")
        await look.press("up", "up", "up", "right", "escape")
        assert look.app.screen is look.screen
        for keys in (("at",), ("question_mark",), ("ctrl+k",)):
            await look.press(*keys)
            assert all(len(line) <= size[0] for line in look.lines())
            await look.press("escape")


async def test_a_moved_key_of_the_stream_works_there() -> None:
    async with looking(states.training(), settings=Settings(keymap={"wrap": "W"})) as look:
        active = look.app.screen.active_bindings
        assert "W" in active
        assert "w" not in active
        await look.pilot.resize_terminal(200, 60)
        await look.settle()
        assert "W wrap" in look.text()


async def test_every_command_with_a_key_is_bound_by_its_id() -> None:
    """So that a keymap reaches it: a binding without an id cannot be moved."""
    async with looking(states.training()) as look:
        ids = {
            binding.id
            for widget in look.screen.walk_children(with_self=True)
            for bindings in widget._bindings.key_to_bindings.values()
            for binding in bindings
        }
        for command in BY_ID.values():
            if command.keys and command.id != "resume":
                assert ids & {command.id, f"{command.scope}.{command.id}"}, command.id


# the user menu


async def test_the_user_menu_says_who_and_what_and_copies_the_way_back() -> None:
    session = session_of(states.training(), person="ana@trainbox", watching=lambda: ["ben@lab"])
    async with looking(session) as look:
        await look.see("[@ ana@trainbox]")
        await look.press("at")
        await look.see("control: orders can be given")
        await look.see("ben@lab")
        await look.press("c")
        assert look.app.clipboard == session.attach_command
        await look.press("at", "s")
        await look.see("SETTINGS")


async def test_the_user_menu_opens_by_a_click_and_tells_a_reader_so() -> None:
    session = session_of(states.training(), read_only="this screen only watches")
    async with looking(session) as look:
        await look.pilot.click("#chip-person")
        await look.see("read only: this screen only watches")
        await look.see("Watching too     —")


async def test_quitting_by_the_user_menu_leaves_the_training_alone() -> None:
    async with looking(states.training()) as look:
        await look.press("at", "x")
        await look.pilot.pause()
        assert look.link.ordered == []
    assert str(look.app.return_value).startswith("training goes on")


# the layout


async def test_the_layout_is_there_again_at_the_next_start() -> None:
    kept: dict[str, object] = {}
    async with looking(states.training(), keep=kept.update) as look:
        await look.press("equals_sign", "3", "z")
    assert kept["view"] == {"panel": "throughput", "maximised": True, "side": True, "split": -6}
    async with looking(states.training(), settings=Settings(**kept)) as look:  # type: ignore[arg-type]
        assert look.screen.body.view.maximised
        assert look.screen.panel_in_focus() == "throughput"
        await look.press("z")
        assert look.screen.body.view.split == -6


async def test_a_layout_without_sense_is_the_default() -> None:
    nonsense = {"panel": ["x"], "maximised": "yes", "side": 0, "split": 17, "more": None}
    async with looking(states.training(), settings=Settings(view=nonsense)) as look:
        assert look.screen.body.view.panel == "stream"
        assert (look.screen.body.view.maximised, look.screen.body.view.split) == (False, 0)


# how it looks


@pytest.mark.parametrize("name", STATES)
async def test_every_state_at_every_size_is_plain_ascii(name: str) -> None:
    async with looking(STATES[name](), display=Display(ascii=True)) as look:
        for width, height in SIZES:
            await look.pilot.resize_terminal(width, height)
            await look.settle()
            text = look.text()
            assert text.isascii(), sorted({char for char in text if not char.isascii()})
            status = str(look.link.state.status).upper()
            assert (status in text) or height < 5


async def test_what_opens_over_the_screen_is_plain_ascii_too() -> None:
    display = Display(ascii=True)
    house = Rooms().house()
    async with looking(states.training(), house=house, display=display) as look:
        for keys in (("f3",), ("comma",), ("at",), ("question_mark",), ("ctrl+k",), ("H",), ("b",)):
            await look.press(*keys)
            assert look.text().isascii(), keys
            await look.press("escape")


async def test_a_terminal_that_draws_frames_two_cells_wide_gets_plain_ones() -> None:
    async with looking(states.training()) as look:
        look.app.post_message(CursorPosition(2, 0))
        await look.settle()
        assert not look.text().isascii()  # nobody asked
        look.app._probing = True
        look.app.post_message(CursorPosition(2, 0))
        await look.settle()
        assert look.text().isascii()


async def test_a_setting_is_stronger_than_what_the_terminal_answers() -> None:
    async with looking(states.training(), settings=Settings(ascii=False)) as look:
        look.app._probing = True
        look.app.post_message(CursorPosition(2, 0))
        await look.settle()
        assert not look.text().isascii()


async def test_plain_characters_come_and_go_at_once() -> None:
    async with looking(states.training()) as look:
        assert not look.text().isascii()
        await choose(look, "ascii")
        await look.press("right")
        assert look.text().isascii()
        await look.press("right")
        assert "●" in look.text()


@pytest.mark.parametrize("name", STATES)
async def test_every_state_can_be_told_without_colours(name: str) -> None:
    async with looking(STATES[name](), display=Display(colourless=True)) as look:
        strips = look.app.screen._compositor.render_strips()
        styles = [segment.style for strip in strips for segment in strip if segment.style]
        assert all(style.color is None and style.bgcolor is None for style in styles)
        assert str(look.link.state.status).upper() in look.text()


async def test_the_focus_is_seen_without_colours() -> None:
    async with looking(states.training(), display=Display(colourless=True)) as look:
        await look.press("2")
        assert "┏━ 2 EXPERTS" in look.text()
        await look.press("5")
        assert "┏━ 2 EXPERTS" not in look.text()
        assert "┏━ CONTROLS" in look.text()


async def test_nothing_moves_where_nothing_is_to() -> None:
    async with looking(states.training(), settings=Settings(reduced_motion=True)) as look:
        assert look.app.animation_level == "none"
        await look.press("f7")
        assert look.app.focused is not None
        assert not getattr(look.app.focused, "cursor_blink", True)
