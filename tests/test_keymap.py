"""Keys other than the table's: read with patience, refused with a reason, the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from console.commands import BY_ID, COMMANDS, Scope, acting, asking, keymap, keys_of
from console.widgets.keyname import first_key, key_name, key_names


@pytest.fixture(autouse=True)
def _as_in_the_table() -> Iterator[None]:
    keymap.use({})
    keymap.forget_reports()
    yield
    keymap.use({})
    keymap.forget_reports()


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("F4", "f4"), ("f12", "f12"), ("^K", "ctrl+k"), ("Ctrl+Shift+R", "ctrl+shift+r"),
        ("?", "question_mark"), ("PgUp", "pageup"), ("alt+left", "alt+left"), ("K", "K"),
        ("shift+k", "K"), (",", "comma"), ("comma", "comma"), ("ctrl++", "ctrl+plus"),
        ("shift+ctrl+x", "ctrl+shift+x"), ("space", "space"), ("Esc", "escape"), ("é", "é"),
    ],
)  # fmt: skip
def test_a_key_is_understood_as_people_write_it(written: str, name: str) -> None:
    assert keymap.key_from(written) == name


@pytest.mark.parametrize("written", ["", "F99", "hyper+k", "ctrl+", "\x1b", "banana", "ctrl+\n"])
def test_what_is_no_key_is_told(written: str) -> None:
    with pytest.raises(ValueError, match="no key"):
        keymap.key_from(written)


def test_every_key_of_the_table_is_one() -> None:
    for command in COMMANDS:
        for key in (*command.keys, *command.typed):
            assert keymap.key_from(key) == key


def test_what_is_shown_can_be_written() -> None:
    for command in COMMANDS:
        for key in keys_of(command):
            if key_name(key).isascii():
                assert keymap.key_from(key_name(key)) == key


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ({"no_such": "f4"}, "no such command"),
        ({"resume": "f4"}, "has the keys of pause"),
        ({"pause": "banana"}, "no key 'banana'"),
        ({"pause": []}, "at least one key"),
        ({"pause": 7.5}, "keys are expected"),
        ({"pause": {"a": 1}}, "keys are expected"),
        ({"pause": "escape"}, "one step back"),
        ({"pause": "ctrl+h"}, "Backspace"),
        ({"pause": "f3"}, "f3 is the key of Stop (stop)"),
        ({"pause": "f"}, "f is the key of Follow (follow)"),
        ({"follow": "n"}, "n is the key of Next hit (search_next)"),
        ({"pause": "\x1b]0;x\x07"}, "no key"),
    ],
)
def test_what_cannot_be_used_is_refused_with_its_reason(entry: Any, reason: str) -> None:
    chosen, refused = keymap.read(entry, COMMANDS)
    assert chosen == {}
    assert [reason in one.reason for one in refused] == [True]


def test_one_bad_entry_takes_no_other_along() -> None:
    chosen, refused = keymap.read({"pause": "F4", "stop": "F5", "wrap": ["W", "^W"]}, COMMANDS)
    assert chosen == {"pause": ("f4",), "wrap": ("W", "ctrl+w")}
    assert [one.command for one in refused] == ["stop"]


def test_two_commands_may_change_places() -> None:
    chosen, refused = keymap.read({"pause": "f3", "stop": "f2"}, COMMANDS)
    assert (set(chosen), refused) == ({"pause", "stop"}, [])


def test_a_letter_goes_on_to_ask() -> None:
    keymap.use(keymap.read({"pause": "F4, l"}, [c for c in COMMANDS if c.scope is Scope.RUN])[0])
    pause, resume = BY_ID["pause"], BY_ID["resume"]
    assert (acting(pause), asking(pause)) == (("f4",), ("l",))
    assert keys_of(resume) == keys_of(pause)
    assert (first_key(pause), key_names(pause)) == ("F4", "F4, l")


def test_a_moved_key_takes_the_place_of_its_kind() -> None:
    assert keymap.moved(BY_ID["checkpoint"], "f10") == "f10,ctrl+s,c"
    assert keymap.moved(BY_ID["checkpoint"], "l") == "f5,ctrl+s,l"
    assert keymap.moved(BY_ID["search"], "s") == "s,ctrl+f"


def test_keys_few_terminals_send_are_shown_where_they_are_known_to_come() -> None:
    assert "ctrl+shift+r" not in keys_of(BY_ID["reload"])
    keymap.reports("ctrl+shift")
    assert "ctrl+shift+r" in keys_of(BY_ID["reload"])


def test_textual_is_told_of_every_place_of_a_binding() -> None:
    keymap.use({"checkpoint": ("f4",), "follow": ("g",)})
    assert keymap.textual_keymap(COMMANDS) == {
        "checkpoint": "f4",
        "checkpoint-letter": keymap.NO_KEY,
        "run.checkpoint": "f4",
        "run.checkpoint-letter": keymap.NO_KEY,
        "follow": "g",
        "stream.follow": "g",
    }
