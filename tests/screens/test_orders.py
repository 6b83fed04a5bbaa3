"""Orders from the screen: given once, waiting until answered, asked for where they can hurt."""

from __future__ import annotations

import pytest

from console.core.protocol import Outcome
from console.core.state import OrderView, RunState
from console.screens.dialog import Window
from console.widgets.order_line import order_line, order_sentence
from tests import states
from tests.screens.looking import looking
from tests.sessions import session_of
from tests.states import M, T


def answer(outcome: Outcome, cmd: str = "checkpoint", **facts: object) -> OrderView:
    return OrderView(id="mine-1", cmd=cmd, outcome=outcome, answered=T, **facts)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("key", "cmd"),
    [("f2", "pause"), ("f5", "checkpoint"), ("ctrl+s", "checkpoint"), ("f8", "validate")],
)
async def test_a_key_gives_its_order_once(key: str, cmd: str) -> None:
    async with looking(states.training()) as look:
        await look.press(key, key)
        assert look.link.ordered == [(cmd, {})]
        assert f"… {cmd} sent" in look.text()


async def test_the_badge_changes_on_the_trainers_word_only() -> None:
    async with looking(states.training()) as look:
        await look.press("f2")
        assert "● TRAINING" in look.lines()[0]


async def test_f2_resumes_what_is_paused() -> None:
    async with looking(states.paused()) as look:
        await look.press("f2")
        assert look.link.ordered == [("resume", {})]


async def test_a_letter_asks_to_be_pressed_again() -> None:
    async with looking(states.training()) as look:
        await look.press("p")
        assert look.link.ordered == []
        assert "press p again to pause" in look.text()
        look.now = states.NOW._replace(t=T + 1)
        await look.press("p")
        assert look.link.ordered == [("pause", {})]


async def test_a_letter_is_forgotten_after_two_seconds() -> None:
    async with looking(states.training()) as look:
        await look.press("c")
        look.now = states.NOW._replace(t=T + 2.5)
        await look.press("c")
        assert look.link.ordered == []


async def test_another_letter_is_no_confirmation() -> None:
    async with looking(states.training()) as look:
        await look.press("p", "c")
        assert look.link.ordered == []


async def test_a_button_gives_the_order() -> None:
    async with looking(states.training()) as look:
        await look.pilot.click("#button-validate")
        await look.pilot.pause()
        assert look.link.ordered == [("validate", {})]
        await look.press("5", "right", "enter")


async def test_an_order_waits_until_the_trainer_answers_it() -> None:
    async with looking(states.training()) as look:
        control = look.link.state.control
        await look.press("f5")
        control.open = {"mine-1": OrderView("mine-1", "checkpoint", outcome=Outcome.RECEIVED, at=T)}
        await look.tell("control")
        await look.press("f5")
        assert len(look.link.ordered) == 1
        assert "… checkpoint at work" in look.text()
        control.open, control.last = {}, answer(Outcome.DONE, step=8460)
        await look.tell("control")
        assert "✓ checkpoint done at step 8,460" in look.text()
        await look.press("f5")
        assert len(look.link.ordered) == 2


@pytest.mark.parametrize("outcome", [Outcome.FAILED, Outcome.REJECTED, Outcome.EXPIRED])
async def test_a_failure_is_told_with_its_reason_and_the_button_comes_back(
    outcome: Outcome,
) -> None:
    async with looking(states.training()) as look:
        await look.press("f5")
        look.link.state.control.last = answer(outcome, detail="no space left")
        await look.tell("control")
        assert f"checkpoint {outcome}: no space left" in look.text()
        await look.press("f5")
        assert len(look.link.ordered) == 2


async def test_an_order_that_cannot_be_sent_says_why() -> None:
    async with looking(states.training()) as look:
        look.link.refuse = OSError("nobody reads control.fifo")
        await look.press("f5")
        await look.see("checkpoint was not sent: nobody reads control.fifo")
        look.link.refuse = None
        await look.press("f5")
        assert look.link.ordered == [("checkpoint", {})]


async def test_an_order_nobody_takes_in_is_given_up() -> None:
    async with looking(states.training()) as look:
        await look.press("f5")
        look.now = states.NOW._replace(t=T + 31, m=M + 31)
        look.screen._second()
        await look.see("checkpoint was not taken in within 30 s")
        await look.press("f5")
        assert len(look.link.ordered) == 2


async def test_what_is_impossible_says_why() -> None:
    async with looking(states.bare()) as look:
        await look.press("f8")
        assert look.link.ordered == []
        await look.see("validate needs the hook in the trainer")


async def test_the_reason_stands_below_the_buttons_when_one_has_the_focus() -> None:
    async with looking(states.bare()) as look:
        look.app.screen.query_one("#button-checkpoint").focus()
        await look.see("Checkpoint: needs the hook")


async def test_arrows_go_from_button_to_button_and_stay_among_them() -> None:
    async with looking(states.bare()) as look:
        await look.press("5", "up", "left", "down", "right")
        await look.see("Validate: needs the hook")
        await look.press("left", "up", "left", "up")
        assert look.app.focused is look.app.screen.query_one("#button-pause")


async def test_stop_asks_and_cancel_has_the_focus() -> None:
    async with looking(states.training()) as look:
        await look.press("f3")
        assert "STOP TRAINING" in look.text()
        assert "2 m 04 s of work" in look.text()
        await look.press("enter")
        assert look.link.ordered == []
        await look.press("f3", "right", "enter")
        assert look.link.ordered == [("stop", {"checkpoint": True})]


async def test_stop_through_a_handle_says_what_it_does() -> None:
    state = states.bare()
    state.run.control, state.run.control_orders = "mine", ("stop",)
    state.run.control_notes = {"stop": "touches out/[red]stop\x1b[2J.now"}
    async with looking(state) as look:
        await look.press("f3")
        assert "Its handle mine: touches out/[red]stop" in look.text()
        assert "\x1b" not in look.text()
        await look.press("right", "enter")
        assert look.link.ordered == [("stop", {"checkpoint": True})]


def test_an_order_on_its_way_through_a_handle_says_what_was_sent() -> None:
    state = states.bare()
    sent = "sent SIGUSR1 to rank0 (process 7)"
    view = OrderView("o", "checkpoint", detail=sent, values={"sent": T}, at=T - 3)
    state.control.open = {"o": view}
    told = order_sentence(state, states.NOW).plain
    assert told == f"… checkpoint {sent}; nothing more was seen yet, 3.0 s ago"
    assert order_line(state, states.NOW).plain == "… checkpoint waits for trainer, 3.0 s ago"


async def test_what_was_not_seen_is_told_with_what_to_do() -> None:
    async with looking(states.training()) as look:
        await look.press("f5")
        detail = "sent SIGUSR1 to rank0 (process 7); nothing seen in its output for 60 s"
        look.link.state.control.last = answer(Outcome.UNSEEN, detail=detail)
        await look.tell("control")
        await look.see("It may still be obeyed")


async def test_what_does_not_stop_is_killed_only_after_two_questions() -> None:
    async with looking(states.asking()) as look:
        await look.press("f3", "right", "enter")
        assert look.link.ordered == []
        assert "Kill the trainer now?" in look.text()
        await look.press("right", "enter")
        assert look.link.ordered == [("stop", {"kill": True})]


async def test_a_stop_that_waits_for_a_decision_is_announced() -> None:
    async with looking(states.stopping()) as look:
        look.link.state.life.stop_stage = "ask"
        await look.tell("life")
        await look.see("The trainer did not stop")


async def test_nothing_can_be_ordered_when_reading_only() -> None:
    session = session_of(states.training(), read_only="attached with --read-only")
    async with looking(session) as look:
        await look.press("f2", "f5", "f3")
        assert look.link.ordered == []
        await look.see("attached with --read-only")


async def test_hyperparameters_are_checked_and_only_changes_are_sent() -> None:
    async with looking(states.training()) as look:
        await look.press("f7")
        field = look.app.screen.query_one("#value-0")
        field.value = "1"  # type: ignore[attr-defined]
        await look.press("enter")
        assert "✗ learning_rate: at most 0.01" in look.text()
        field.value = "5e-6"  # type: ignore[attr-defined]
        await look.press("enter")
        assert look.link.ordered == [("set", {"set": {"learning_rate": 5e-6}, "checkpoint": True})]


def many() -> RunState:
    state = states.training()
    state.control.settable = {
        "learning_rate": {"type": "float", "min": 1e-7, "max": 1e-2, "applies": "now",
                          "value": 1.2e-5},
        "auxiliary_loss_coefficient": {"type": "float", "min": 1e-6, "max": 1.0, "applies": "now",
                                       "value": 0.01, "unit": "per token"},
        "schedule": {"type": "str", "applies": "restart", "value": "cosine",
                     "choices": ["constant", "linear", "cosine", "polynomial", "inverse square",
                                 "one cycle", "exponential"]},
    }  # fmt: skip
    return state


@pytest.mark.parametrize("size", [(200, 60), (120, 40), (80, 24), (60, 20)])
async def test_the_bounds_of_a_value_are_readable_at_every_size(size: tuple[int, int]) -> None:
    async with looking(many(), size) as look:
        await look.press("f7")
        for words in ("1e-7 – 0.01", "1e-6 – 1 · per token", "constant | linear", "exponential"):
            await look.see(words)
        assert any("schedule " in line and " cosine" in line for line in look.lines())
        look.app.screen.query_one("#value-0").value = "5e-6"  # type: ignore[attr-defined]
        await look.see("was 1.2e-5 · applies now · 1e-7 – 0.01")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_first_picture_of_the_dialog_is_as_it_stays(size: tuple[int, int]) -> None:
    async with looking(many(), size) as look:
        await look.press("f7")
        window = look.app.screen.query_one(Window)
        assert window.content_size.width == min(84, size[0] * 96 // 100) - 4
        assert window.has_class("-narrow")


async def test_bounds_stand_beside_the_value_where_there_is_room() -> None:
    async with looking(states.training(), (120, 40)) as look:
        await look.press("f7")
        line = next(line for line in look.lines() if "learning_rate" in line)
        assert "applies now · 1e-7 – 0.01" in line


@pytest.mark.parametrize(("size", "told"), [((80, 24), True), ((120, 40), False)])
async def test_success_is_announced_only_where_no_panel_tells_it(
    size: tuple[int, int], told: bool
) -> None:
    async with looking(states.training(), size) as look:
        await look.press("f5")
        look.link.state.control.last = answer(Outcome.DONE, step=8460)
        await look.tell("control")
        assert bool(look.app._notifications) == told


@pytest.mark.parametrize("size", [(120, 40), (80, 24)])
async def test_a_question_says_how_to_leave_it(size: tuple[int, int]) -> None:
    async with looking(states.training(), size) as look:
        await look.press("f3")
        await look.see("Esc cancel ─╯")
        await look.press("escape")
        assert "Esc cancel" not in look.text()
