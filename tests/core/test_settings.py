"""What a person chose: read with patience, written without loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from console.core.settings import Settings, changed, of, plain


def test_nothing_is_the_defaults() -> None:
    assert of({}) == (Settings(), [])
    assert plain(Settings()) == {}


@pytest.mark.parametrize(
    ("name", "value", "wanted"),
    [
        ("wrap", "yes", "true or false"),
        ("wrap", 1, "true or false"),
        ("slow_link", -1, "a whole number of 0 or more"),
        ("slow_link", True, "a whole number of 0 or more"),
        ("theme", 3, "a text"),
        ("slots", {"loss": 3}, "a mapping of names"),
        ("keymap", ["f2"], "a mapping of names"),
        ("view", {1: 2}, "a mapping of names"),
        ("ascii", "no", "true or false"),
    ],
)
def test_a_value_of_another_kind_is_told_and_the_default_taken(
    name: str, value: Any, wanted: str
) -> None:
    settings, problems = of({name: value, "follow": False})
    assert replace(settings, other={}) == Settings(follow=False)
    assert problems == [f"{name}: {wanted} is expected"]
    with pytest.raises(ValueError, match=wanted):
        changed(Settings(), **{name: value})


def test_a_value_that_could_not_be_taken_stays_until_another_is_chosen() -> None:
    settings, _problems = of({"slow_link": "4k", "theme": None})
    assert plain(changed(settings, wrap=True)) == {"slow_link": "4k", "wrap": True}
    assert plain(changed(settings, slow_link=4000)) == {"slow_link": 4000}
    assert plain(changed(settings, slow_link=0)) == {}


def test_what_is_not_known_here_is_kept() -> None:
    settings, problems = of({"newer": [1], "wrap": True, "theme": None})
    assert not problems
    assert plain(changed(settings, wrap=False, theme="x")) == {"newer": [1], "theme": "x"}


def test_a_name_that_is_none_is_refused() -> None:
    for name in ("newer", "other"):
        with pytest.raises(KeyError):
            changed(Settings(), **{name: 1})
