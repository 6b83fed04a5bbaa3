"""Changing a running training from the screen: the form, undo, reload, the configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from console.core.changes import Change
from console.core.config_diff import Change as Differs
from console.core.protocol import Outcome
from console.core.state import OrderView
from tests import states
from tests.screens.looking import looking
from tests.sessions import session_of
from tests.states import T

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.state import RunState
    from tests.screens.looking import Looking

RATE = {"set": {"learning_rate": 5e-6}, "checkpoint": True}
CHANGE = Change(
    "c-1", T - 60, "ana@trainbox:pts/3", 8400, {"learning_rate": 1.2e-5},
    {"learning_rate": 1.5e-5}, stands=True,
)  # fmt: skip


def changed() -> RunState:
    state = states.training()
    state.control.changes = (CHANGE,)
    return state


def field(look: Looking, number: int = 0) -> Input:
    return look.app.screen.query_one(f"#value-{number}", Input)


# the form


async def test_a_value_is_changed_with_a_checkpoint_first() -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        assert "[x] Checkpoint first" in look.text()
        field(look).value = "5e-6"
        await look.press("enter")
        assert look.link.ordered == [("set", RATE)]
        assert "… set sent" in look.text()


async def test_the_checkpoint_can_be_left_out() -> None:
    async with looking(states.training()) as look:
        await look.press("h", "down")
        assert "[x] Checkpoint first" in look.text()
        await look.press("space")
        assert "[ ] Checkpoint first" in look.text()
        field(look).value = "5e-6"
        field(look).focus()
        await look.press("enter")
        assert look.link.ordered == [("set", RATE | {"checkpoint": False})]


@pytest.mark.parametrize("held", [False, True])
async def test_where_nothing_can_be_saved_the_tick_is_dimmed_with_the_reason(held: bool) -> None:
    state = states.held() if held else states.training()
    if not held:
        state.control.abilities = tuple(a for a in state.control.abilities if a != "checkpoint")
    async with looking(state) as look:
        await look.press(*(["escape"] if held else []), "f7")
        why = "a step failed half-way" if held else "this trainer saves nothing by order"
        assert f"[ ] Checkpoint first: {why}" in look.text()
        field(look).value = "5e-6"
        await look.press("enter")
        assert look.link.ordered == [("set", RATE | {"checkpoint": False})]


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("nan", "a finite number is expected"),
        ("1e999", "a finite number is expected"),
        ("-1", "at least 1e-7"),
        ("2", "at most 0.01"),
        ("fast", "a number is expected"),
        ("", "a number is expected"),
        ("\x1b[31m", "a number is expected"),
    ],
)
async def test_what_does_not_fit_is_told_while_it_is_typed_and_not_sent(
    typed: str, problem: str
) -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        field(look).value = typed
        await look.settle()
        assert f"✗ {problem}" in look.text()
        await look.press("enter")
        assert f"✗ learning_rate: {problem}" in look.text()
        assert look.link.ordered == []


async def test_what_it_was_stands_beside_what_is_typed() -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        field(look).value = "5e-6"
        await look.settle()
        assert "was 1.2e-5" in look.text()
        await look.press("escape")
        assert look.link.ordered == []


async def test_what_needs_a_restart_is_shown_and_cannot_be_typed_over() -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        assert "needs restart" in look.text()
        assert len(look.app.screen.query(Input)) == 1


async def test_what_counts_after_a_restart_is_sent_only_after_saying_so() -> None:
    state = states.training()
    state.control.settable["batch_size"]["accepts"] = True
    async with looking(state) as look:
        await look.press("f7")
        field(look, 1).value = "16"
        await look.press("enter")
        assert look.link.ordered == []
        assert "batch_size: needs a restart to count. Enter again sends it." in look.text()
        await look.press("enter")
        assert look.link.ordered == [("set", {"set": {"batch_size": 16}, "checkpoint": True})]


async def test_somebody_elses_change_meanwhile_is_told_before_ours_is_sent() -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        field(look).value = "5e-6"
        settable = {name: dict(spec) for name, spec in look.link.state.control.settable.items()}
        settable["learning_rate"]["value"] = 9e-6
        look.link.state.control.settable = settable
        await look.press("enter")
        assert "learning_rate was set to 9e-6 meanwhile" in look.text()
        assert look.link.ordered == []
        await look.press("enter")
        assert look.link.ordered == [("set", RATE)]


async def test_names_and_values_of_a_trainer_are_shown_as_text() -> None:
    state = states.training()
    state.control.settable = {
        "[red]ra\x1bte[/]": {"type": "float", "value": 1.0, "unit": "\x1b]0;x\x07", "min": 0.0},
        "mode": {"type": "str", "value": "a", "choices": ["a", "b\x9b"]},
    }
    async with looking(state, (80, 24)) as look:
        await look.press("f7")
        assert "[red]ra\ufffdte[/]" in look.text()
        assert "a | b\ufffd" in look.text()


async def test_done_is_told_with_old_and_new_and_the_step() -> None:
    async with looking(states.training(), (80, 24)) as look:
        await look.press("f7")
        field(look).value = "5e-6"
        await look.press("enter")
        look.link.state.control.last = OrderView(
            "mine-1", "set", outcome=Outcome.DONE, answered=T, step=8460,
            values={"learning_rate": 5e-6}, old={"learning_rate": 1.2e-5},
        )  # fmt: skip
        await look.tell("control")
        await look.see("set done at step 8,460")
        await look.see("1.2e-5 → 5e-6")


# undo and the list


async def test_undo_shows_what_is_put_back_and_asks() -> None:
    async with looking(changed()) as look:
        await look.press("U")
        assert "learning_rate  1.2e-5 → 1.5e-5" in look.text()
        assert "ana@trainbox" in look.text()
        await look.press("escape", "U", "U")
        put_back = {"set": {"learning_rate": 1.5e-5}, "undo": "c-1"}
        assert look.link.ordered == [("set", put_back)]


async def test_enter_on_the_question_puts_nothing_back() -> None:
    async with looking(changed()) as look:
        await look.press("U", "enter")
        assert look.link.ordered == []


async def test_a_change_meanwhile_is_not_undone_unseen() -> None:
    async with looking(changed()) as look:
        await look.press("U")
        newer = replace(CHANGE, id="c-2", t=T, by="bob@trainbox:pts/4")
        look.link.state.control.changes += (newer,)
        await look.press("U")
        assert look.link.ordered == []
        await look.see("something was changed meanwhile")


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ((), "no value was changed in this run"),
        (
            (replace(CHANGE, stands=False), replace(CHANGE, id="u", undoes="c-1", stands=False)),
            "what was changed is undone",
        ),
        ((replace(CHANGE, stands=False),), "the trainer began anew since"),
    ],
)
async def test_nothing_to_undo_says_why(known: tuple[Change, ...], reason: str) -> None:
    state = states.training()
    state.control.changes = known
    async with looking(state) as look:
        await look.press("U")
        await look.see(reason)
        assert look.link.ordered == []


async def test_the_list_of_changes_is_reached_from_the_form() -> None:
    state = changed()
    refused = replace(
        CHANGE, id="c-2", by="b\x1bob", outcome=Outcome.REJECTED, detail="no \x1b[31mspace",
        old={}, stands=False,
    )  # fmt: skip
    state.control.changes += (refused,)
    async with looking(state) as look:
        await look.press("f7")
        look.app.screen.query_one("#do-history").focus()
        await look.press("enter")
        assert "learning_rate 1.5e-5 → 1.2e-5" in look.text()
        assert "b\ufffdob · rejected: no \ufffd[31mspace" in look.text()
        await look.press("escape")
        assert "HYPERPARAMETERS" in look.text()


async def test_read_only_nothing_can_be_changed_or_undone() -> None:
    session = session_of(changed(), read_only="attached with --read-only")
    async with looking(session) as look:
        await look.press("f7", "U")
        await look.see("attached with --read-only")
        assert look.link.ordered == []


# reload


DIFFERENCES = (
    Differs("optimization.learning_rate", 1.2e-5, 5e-6),
    Differs("training.seed", 42, 7),
    Differs("program.api_key", "***", "***"),
    Differs("run.na\x1bme", None, "[b]x\x1b[/b]"),
)


def reloading(changes: Sequence[Differs] | Exception, **options: Any) -> Any:
    def read() -> Sequence[Differs]:
        if isinstance(changes, Exception):
            raise changes
        return changes

    return session_of(states.training(), config_changes=read, **options)


@pytest.mark.parametrize("key", ["f6", "r", "ctrl+shift+r"])
async def test_reload_shows_the_difference_and_applies_what_applies_now(key: str) -> None:
    async with looking(reloading(DIFFERENCES)) as look:
        await look.press(key)
        await look.see("applies now")
        shown = look.text()
        assert "optimization.learning_rate  1.2e-5 → 5e-6" in shown
        assert "needs restart" in shown
        assert "run.na\ufffdme" in shown
        assert look.link.ordered == []
        await look.settle()
        await look.press("enter")
        assert look.link.ordered == [("set", RATE)]


async def test_a_file_that_cannot_be_read_says_where_and_changes_nothing() -> None:
    async with looking(reloading(ValueError("qwen_moe.yaml:3:5: \x1b a mapping"))) as look:
        await look.press("f6")
        await look.see("qwen_moe.yaml:3:5: \ufffd a mapping")
        assert "nothing changed" in look.text()
        await look.press("enter")
        assert look.link.ordered == []


async def test_a_file_that_agrees_says_so() -> None:
    async with looking(reloading(())) as look:
        await look.press("f6")
        await look.see("The file says what this run began with.")


async def test_a_value_out_of_bounds_is_told_and_not_sent() -> None:
    async with looking(reloading((Differs("optimization.learning_rate", 1.2e-5, 5.0),))) as look:
        await look.press("f6")
        await look.see("refused: at most 0.01")
        await look.press("enter")
        assert look.link.ordered == []


async def test_who_only_reads_sees_the_difference_and_cannot_apply_it() -> None:
    async with looking(reloading(DIFFERENCES, read_only="only watches")) as look:
        await look.press("f6")
        await look.see("Nothing can be applied: only watches")
        await look.press("enter")
        assert look.link.ordered == []
