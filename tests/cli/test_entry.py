"""Every verb says how it is used, and what was wrong with what was typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from console import __version__
from console.cli.verbs import VERBS, Verb

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

NEEDS_NO_RUN = {
    "train",
    "runs",
    "check",
    "rm",
    "prune",
    "sdk",
    "formats",
    "notify",
    "keys",
    "doctor",
    "compare",
    "set",
}
ACTING = ("pause", "resume", "checkpoint", "validate", "stop", "acknowledge", "undo", "reload")
WITHOUT_JSON = {"metrics", "attach"}


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_every_verb_explains_itself_with_an_example(call: Call, verb: Verb) -> None:
    said = call(verb.name, "--help")
    assert (said.code, said.err) == (0, "")
    assert f"example: gladius-console {verb.name}" in said.out
    assert ("--json" in said.out) is (verb.name not in WITHOUT_JSON)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_an_unknown_option_is_a_usage_error(call: Call, verb: Verb) -> None:
    said = call(verb.name, "--bogus\x1b]0;x\x07")
    assert (said.code, said.out) == (2, "")
    assert "\x1b" not in said.err
    assert said.err.startswith("usage: gladius-console")


def test_the_version_and_all_verbs_are_told(call: Call) -> None:
    assert call("--version").out == f"gladius-console {__version__}\n"
    said = call("--help")
    assert all(f"\n  {verb.name} " in said.out for verb in VERBS)


@pytest.mark.parametrize(
    ("typed", "hint"), [("stauts", "did you mean status?"), ("x\x1b[31m", "there are train")]
)
def test_an_unknown_verb_names_the_nearest(call: Call, typed: str, hint: str) -> None:
    said = call(typed)
    assert (said.code, said.out) == (2, "")
    assert hint in said.err
    assert "\x1b" not in said.err


def test_no_verb_without_a_terminal_lists_the_runs(call: Call) -> None:
    said = call()
    assert said.code == 0
    assert "gladius-console train --config" in said.out
    assert call("--json").json == []


@pytest.mark.parametrize("verb", [v.name for v in VERBS if v.name not in (*NEEDS_NO_RUN, *ACTING)])
def test_reading_without_any_run_says_so_with_5(call: Call, verb: str) -> None:
    said = call(verb)
    assert (said.code, said.out) == (5, "")
    assert "train --config FILE" in said.err


@pytest.mark.parametrize("verb", ACTING)
def test_acting_without_a_live_run_is_2(call: Call, verb: str) -> None:
    said = call(verb)
    assert (said.code, said.out) == (2, "")
    assert "train --config FILE" in said.err


@pytest.mark.parametrize(
    "words",
    [
        ("wait", "--until", "bogus"),
        ("wait", "--until", "step=x"),
        ("wait", "--timeout", "-1"),
        ("wait", "--timeout", "nan"),
        ("stop", "--timeout", "soon"),
        ("logs", "--tail", "-1"),
        ("metrics", "--format", "xml"),
        ("prune",),
        ("prune", "--older-than", "-5"),
        ("prune", "--older-than", "nan"),
        ("prune", "--keep", "-1"),
        ("rm",),
        ("sdk",),
        ("check",),
        ("train",),
        ("train", "--config"),
        ("train", "--config", "x.yaml", "--name", "-x"),
        ("train", "--config", "x.yaml", "--name", "a/b"),
        ("train", "--config", "x.yaml", "--name", " "),
        ("train", "--config", "x.yaml", "--name", "a\x1b[31mb"),
        ("train", "--config", "x.yaml", "--name", "a" * 81),
        ("train", "--config", "x.yaml", "--name", "20260101-120000-abcd"),
    ],
    ids=" ".join,
)
def test_wrong_arguments_are_2_and_change_nothing(
    call: Call, house: Product, words: tuple[str, ...]
) -> None:
    said = call(*words)
    assert (said.code, said.out) == (2, "")
    assert said.err
    assert "\x1b" not in said.err
    assert not (house.home / "state").exists()


@pytest.mark.parametrize("words", [("attach",), ("train",), ()], ids=str)
def test_a_theme_that_is_none_is_told_with_those_there_are(
    call: Call, words: tuple[str, ...]
) -> None:
    said = call(*words, "--theme", "x\x1b[31m")
    assert (said.code, said.out) == (2, "")
    assert "gladius-contrast" in said.err
    assert "\x1b" not in said.err


@pytest.mark.parametrize("words", [("attach",), ("train",), ()], ids=str)
def test_the_options_for_looks_are_explained(call: Call, words: tuple[str, ...]) -> None:
    said = call(*words, "--help")
    assert all(option in said.out for option in ("--theme", "--ascii", "--no-color"))


def test_options_for_looks_before_a_verb_are_told_to_come_after(call: Call) -> None:
    said = call("--ascii", "attach")
    assert said.code == 2
    assert "options come after the verb: gladius-console attach" in said.err
