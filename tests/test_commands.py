"""The table of commands: keys, scopes, reasons."""

from __future__ import annotations

from itertools import combinations

import pytest

from console.commands import BY_ID, COMMANDS, Readiness, Scope, available, best_key, toggle
from console.core.handles import HANDLES
from console.core.protocol import Outcome
from console.core.state import OrderView, RunState
from console.widgets.controls import tooltip
from tests import states
from tests.states import STATES


def test_no_key_means_two_things_in_one_place() -> None:
    for one, other in combinations(COMMANDS, 2):
        shared = {*one.keys, *one.typed} & {*other.keys, *other.typed}
        together = Scope.RUN in (one.scope, other.scope) or one.scope is other.scope
        twins = {one.id, other.id} == {"pause", "resume"}
        assert not (shared and together) or twins, (one.id, other.id, shared)


def test_every_command_says_what_it_does() -> None:
    assert len(BY_ID) == len(COMMANDS)
    assert all(command.label and command.help for command in COMMANDS)


@pytest.mark.parametrize("name", STATES)
def test_whatever_cannot_be_done_has_a_reason(name: str) -> None:
    state = STATES[name]()
    for command in COMMANDS:
        found = available(command.id, state)
        assert found.ok == (found.reason == "")


@pytest.mark.parametrize(
    ("name", "command", "readiness"),
    [
        ("training", "pause", Readiness.READY),
        ("saving", "checkpoint", Readiness.WAITING),
        ("saving", "pause", Readiness.READY),
        ("stopping", "stop", Readiness.WAITING),
        ("stopping", "checkpoint", Readiness.DISABLED),
        ("asking", "stop", Readiness.READY),
        ("finished", "pause", Readiness.DISABLED),
        ("finished", "report", Readiness.READY),
        ("training", "report", Readiness.DISABLED),
        ("bare", "checkpoint", Readiness.IMPOSSIBLE),
        ("bare", "stop", Readiness.READY),
        ("starting", "checkpoint", Readiness.DISABLED),
        ("bare", "hyperparameters", Readiness.IMPOSSIBLE),
        ("empty", "reload", Readiness.IMPOSSIBLE),
        ("held", "recover", Readiness.READY),
        ("held", "failure", Readiness.READY),
        ("held", "pause", Readiness.DISABLED),
        ("held", "stop", Readiness.READY),
        ("held", "checkpoint", Readiness.READY),
        ("training", "recover", Readiness.DISABLED),
        ("training", "failure", Readiness.DISABLED),
        ("finished", "recover", Readiness.DISABLED),
        ("dead", "recover", Readiness.READY),
    ],
)
def test_readiness(name: str, command: str, readiness: Readiness) -> None:
    assert available(command, STATES[name]()).readiness is readiness


def handled() -> RunState:
    """A trainer without the hook, and with a handle."""
    state = states.bare()
    state.run.control, state.run.control_orders = "megatron", HANDLES["megatron"].orders
    state.run.control_notes = HANDLES["megatron"].notes()
    return state


def test_what_a_handle_cannot_do_is_dimmed_with_its_reason() -> None:
    found = available("checkpoint", handled())
    assert found.readiness is Readiness.IMPOSSIBLE
    assert found.reason == "Megatron-LM saves on a signal only while it ends: order stop"


def test_the_way_of_an_order_without_the_hook_is_in_its_note() -> None:
    state = handled()
    state.run.command = ("torchrun", "pretrain_gpt.py")
    pause, stop = available("pause", state), available("stop", state)
    assert pause.ok
    assert pause.note.startswith("megatron has no pause; it is frozen (SIGSTOP): memory")
    assert "NCCL gives a waiting collective up after 10 min" in pause.note
    assert stop.note.startswith("by its handle megatron: SIGTERM to its ranks")
    assert pause.note in tooltip(BY_ID["pause"], pause)
    assert available("pause", states.training()).note == ""


def test_a_dimmed_order_of_a_known_trainer_names_the_handle() -> None:
    state = states.bare()
    state.run.command = ("axolotl", "train", "a.yml")
    found = available("checkpoint", state)
    assert found.readiness is Readiness.IMPOSSIBLE
    assert "it looks like Axolotl: set `control: axolotl`" in found.reason


def test_pause_and_resume_wait_for_each_other() -> None:
    state = states.training()
    state.control.open = {"o": OrderView("o", "pause", outcome=Outcome.RECEIVED)}
    assert available("resume", state).readiness is Readiness.WAITING


def test_f2_means_what_can_be_done() -> None:
    assert toggle(states.training()).id == "pause"
    assert toggle(states.paused()).id == "resume"
    assert toggle(states.frozen()).id == "resume"
    best = best_key(states.finished())
    assert best is not None
    assert best.id == "report"
