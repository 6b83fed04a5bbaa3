"""Changing a running training from the screen: the form, undo, reload, the configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from textual.widgets import Input

from console.core.changes import Change
from console.core.config_diff import Change as Differs
from console.core.protocol import Ordered, Outcome, event_of
from console.core.reduce import reduce
from console.core.state import OrderView
from tests import states
from tests.screens.looking import looking
from tests.sessions import session_of
from tests.states import M, T

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


async def test_a_trainer_whose_hook_is_older_says_what_to_do() -> None:
    state = states.training()
    async with looking(state, (120, 40)) as look:
        await look.press("f7")
        field(look).value = "5e-6"
        await look.press("enter")
        reduce(
            state, Ordered(T, M, "mine-1", "set", Outcome.QUEUED, "ana", look.link.ordered[-1][1])
        )
        record = {
            "k": "answer", "t": T, "m": M, "id": "mine-1", "cmd": "set", "outcome": "rejected",
            "detail": "set is no setting of this trainer",
        }  # fmt: skip
        answer = event_of(record)
        assert answer is not None
        reduce(state, answer)
        await look.tell("control", "timeline")
        await look.see("hook is older than this")
        await look.see("upgrade")


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


# the configuration


class Files:
    """Configuration files of a run, and what was done with them."""

    path = "/home/ana/llm/qwen_moe.yaml"

    def __init__(self) -> None:
        self.done: list[tuple[str, ...]] = []
        self.why = ""
        self.there: set[str] = set()
        self.failure: Exception | None = None

    def shown(self) -> tuple[str, str]:
        rows = ["# a comment", "program:", "  api_key: '***'", "  [b]x[/b]: \x1b]0;x\x07"]
        return "\n".join(rows + [f"  key{number}: {number}" for number in range(60)]), "as started"

    def why_not_edit(self) -> str:
        return self.why

    def editor(self) -> list[str]:
        if self.failure:
            raise self.failure
        return ["nano"]

    def edit(self) -> None:
        self.done.append(("edit",))

    def presets(self) -> list[str]:
        return ["small.yaml", "la\x1brge.yaml"]

    def compare(self, preset: str) -> Sequence[Differs]:
        if self.failure:
            raise self.failure
        return DIFFERENCES[:2]

    async def start(self, preset: str) -> str:
        self.done.append(("start", preset))
        raise RuntimeError("the same job runs already")

    def write(self, preset: str) -> str:
        self.done.append(("write", preset))
        return "written"

    def template_name(self) -> str:
        return "mine.yaml"

    def save_template(self, name: str, *, overwrite: bool = False) -> str:
        if "/" in name:
            raise ValueError("a plain file name is expected")
        if name in self.there and not overwrite:
            raise FileExistsError(f"{name} is there already")
        self.done.append(("template", name))
        return f"template saved: {name}"


def with_files(files: Files, **options: Any) -> Any:
    return session_of(
        states.training(), configurations=lambda: files, config_changes=lambda: DIFFERENCES[:2],
        **options,
    )  # fmt: skip


async def test_enter_on_the_panel_opens_the_menu_and_v_views_it_coloured_and_masked() -> None:
    async with looking(with_files(Files())) as look:
        await look.press("7", "enter")
        for label in ("View the whole file", "Edit it", "Load a preset", "Save as a template"):
            assert label in look.text()
        await look.press("v")
        assert "# a comment" in look.text()
        assert "[b]x[/b]: \ufffd]0;x\ufffd" in look.text()
        assert "as started" in look.text()
        await look.press("slash", *"key5")
        assert "/key5 1/11" in look.text()
        await look.press("enter", "N")
        assert "/key5 11/11" in look.text()
        assert "key59: 59" in look.text()
        await look.press("q")
        assert "CONFIG qwen_moe.yaml" in look.text()


async def test_escape_leaves_the_search_before_the_page() -> None:
    async with looking(with_files(Files())) as look:
        await look.press("7", "enter", "v", "slash", *"nowhere")
        assert "/nowhere no hit" in look.text()
        await look.press("escape")
        assert "as started" in look.text()
        await look.press("escape")
        assert "# a comment" not in look.text()


async def test_the_mouse_opens_the_menu() -> None:
    async with looking(with_files(Files()), (200, 60)) as look:
        await look.pilot.click("#config", button=3)
        await look.settle()
        assert "View the whole file" in look.text()


async def test_editing_where_the_terminal_cannot_be_given_away_says_what_to_do() -> None:
    async with looking(with_files(files := Files())) as look:
        await look.press("7", "enter", "e")
        await look.see("elsewhere, then")
        assert files.done == []


async def test_without_an_editor_it_says_what_to_do() -> None:
    files = Files()
    files.failure = ValueError("no editor is set; export EDITOR=nano")
    async with looking(with_files(files)) as look:
        await look.press("7", "enter", "e")
        await look.see("export EDITOR=nano")


@pytest.mark.parametrize("how", ["file", "read-only", "none"])
async def test_what_cannot_be_edited_is_dimmed_with_the_reason(how: str) -> None:
    files = Files()
    files.why = "it belongs to somebody else" if how == "file" else ""
    session = with_files(files, read_only="only watches" if how == "read-only" else "")
    if how == "none":
        session = session_of(states.training())
    why = {"file": "it belongs to", "read-only": "only watches", "none": "no files here"}[how]
    async with looking(session) as look:
        await look.press("7", "enter")
        assert why in look.text()
        await look.press("e")
        assert files.done == []
        assert "Edit it in your editor" in look.text()


async def test_a_preset_is_compared_and_starts_a_run_or_says_why_not() -> None:
    async with looking(with_files(files := Files())) as look:
        await look.press("7", "enter", "p")
        assert "la\ufffdrge.yaml" in look.text()
        await look.press("enter")
        assert "optimization.learning_rate  1.2e-5 → 5e-6" in look.text()
        look.app.screen.query_one("#do-start").focus()
        await look.press("enter")
        await look.see("no new run was started: the same job")
        assert files.done == [("start", "small.yaml")]


async def test_a_preset_is_written_to_the_file_only_after_asking() -> None:
    async with looking(with_files(files := Files())) as look:
        await look.press("7", "enter", "p", "enter")
        look.app.screen.query_one("#do-write").focus()
        await look.press("enter")
        assert "is replaced by small.yaml" in look.text()
        await look.press("enter")
        assert files.done == []
        await look.press("enter", "p", "enter")
        look.app.screen.query_one("#do-write").focus()
        await look.press("enter", "right", "enter")
        assert files.done == [("write", "small.yaml")]
        await look.see("RELOAD qwen_moe.yaml")


async def test_a_template_asks_before_it_replaces_one() -> None:
    files = Files()
    files.there = {"mine.yaml"}
    async with looking(with_files(files)) as look:
        await look.press("7", "enter", "t", "enter")
        await look.see("mine.yaml is there already")
        await look.press("enter")
        assert files.done == []
        await look.press("enter", "t", "enter")
        await look.see("Replace it")
        await look.settle()
        await look.press("right", "enter")
        assert files.done == [("template", "mine.yaml")]


async def test_a_name_that_does_not_fit_is_told_and_asked_again() -> None:
    async with looking(with_files(files := Files())) as look:
        await look.press("7", "enter", "t")
        look.app.screen.query_one(Input).value = "a/b"
        await look.press("enter")
        assert "✗ a plain file name is expected" in look.text()
        look.app.screen.query_one(Input).value = "b"
        await look.press("enter")
        assert files.done == [("template", "b")]


@pytest.mark.parametrize("size", [(20, 5), (60, 16), (80, 24), (200, 60)])
async def test_every_dialog_fits_every_terminal(size: tuple[int, int]) -> None:
    session = with_files(Files())
    session.link.state.control.changes = (CHANGE,)
    async with looking(session, size) as look:
        for command in (
            "hyperparameters", "undo", "changes", "reload", "config_menu", "config_view",
            "config_preset", "config_template",
        ):  # fmt: skip
            look.screen.action_command(command)
            await look.settle()
            assert all(len(line) <= size[0] for line in look.lines())
            assert len(look.app.screen_stack) == 2, command
            await look.press("escape")
            assert len(look.app.screen_stack) == 1, command
