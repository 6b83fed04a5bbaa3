"""Rows of the progress panel, the order line and the small texts around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from console.core.protocol import Gpu, Outcome
from console.core.state import OrderView, RunState, Status
from console.widgets.controls import mode
from console.widgets.gpu_health import tip
from console.widgets.keyname import key_name
from console.widgets.order_line import order_line, order_sentence
from console.widgets.progress_rows import ROWS, at_risk, eta, next_save
from console.widgets.timeline_line import SIGNS
from tests import states
from tests.states import NOW, M, T

if TYPE_CHECKING:
    from console.widgets.moment import Now


def row(name: str, state: RunState, now: Now = NOW) -> tuple[str, str]:
    value, right = dict(ROWS)[name](state, now)
    return value.plain, (right[-1] if isinstance(right, tuple) else right).plain


def changed(change: Callable[[RunState], None]) -> RunState:
    state = states.training()
    change(state)
    return state


def test_an_epoch_counted_in_parts_keeps_two_decimals() -> None:
    state = states.training()
    state.position.epoch, state.position.total_epochs = 2.3125, 3
    assert row("Epoch", state) == ("2.31 / 3", "█████░░  77 %")


def test_a_total_that_is_not_known_is_left_out() -> None:
    state = states.training()
    state.position.batches_per_epoch = None
    assert row("Batch", state) == ("8,452", "")


def test_an_eta_of_another_day_names_it() -> None:
    state = states.training()
    state.timing.remaining_low = state.timing.remaining_high = 86_400.0
    assert eta(state, NOW) == "Tue 14:04"
    assert eta(state, NOW._replace(offset=36_000.0)) == "Wed 00:04"


def test_there_is_no_eta_while_paused() -> None:
    assert row("Elapsed", states.paused())[1] == "ETA —"


def test_pauses_are_not_at_risk_and_bring_no_save_nearer() -> None:
    paused = states.paused()
    assert at_risk(paused) == 124.0
    assert next_save(paused, NOW) is None


def test_work_is_at_risk_from_the_start_when_nothing_was_saved() -> None:
    assert at_risk(states.starting()) == 3.0


def test_nothing_is_at_risk_in_a_run_that_ended() -> None:
    assert row("At risk", states.finished())[0] == "—"


def test_the_next_save_by_steps_is_told_in_time() -> None:
    state = states.training()
    state.checkpoints.interval_seconds, state.checkpoints.interval_steps = None, 1000
    assert next_save(state, NOW) == pytest.approx(548 * 0.9)


def test_failed_checkpoints_are_counted_in_red() -> None:
    state = states.training()
    state.checkpoints.failed = 2
    value, _ = dict(ROWS)["Checkpoints"](state, NOW)
    assert value.plain == "47, last 2 m ago, ✗ 2 failed"
    assert any("$error" in str(span.style) for span in value.spans)


def test_a_clock_of_another_machine_is_not_compared_with_ours() -> None:
    assert row("Checkpoints", states.training(), NOW._replace(m=None))[0] == "47, last 2 m ago"


def test_an_old_value_has_its_age() -> None:
    late = NOW._replace(t=T + 200, m=M + 200)
    assert row("LR", states.training(), late)[0] == "1.20e-5  3 m ago"
    assert row("LR", states.paused(), late)[0] == "1.20e-5"


def gpus(**facts: object) -> Callable[[RunState], None]:
    def change(state: RunState) -> None:
        state.system.gpus = (Gpu(id=0, temperature=60.0, **facts),)  # type: ignore[arg-type]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (gpus(temperature_limit=85.0), "✓ within limits"),
        (gpus(temperature_limit=60.0), "▲ GPU 0 above 60 °C"),
        (gpus(throttled="power cap, too hot (hardware)"), "▲ GPU 0 too hot"),
        (gpus(throttled="hardware slowdown"), "▲ GPU 0 throttled"),
        (gpus(throttled="power cap"), "✓ at power cap"),
        (gpus(throttled="clock limit set"), "✓ within limits"),
        (gpus(throttled=""), "✓ within limits"),
        (gpus(throttled="too hot", label="0:1"), "▲ GPU 0:1 too hot"),
        (gpus(lost=True), "✗ GPU 0 lost"),
    ],
)
def test_the_health_of_the_gpus_in_a_word(change: Callable[[RunState], None], said: str) -> None:
    assert row("GPU", changed(change))[1] == said


@pytest.mark.parametrize(("note", "said"), [
    ("no GPU: NVIDIA driver not found, no amd-smi, no rocm-smi", "—  no driver"),
    ("no GPU found by the NVIDIA driver", "—  no GPU"),
    ("GPU readings stopped; trying again", "—  no reading"), (None, "—"),
])  # fmt: skip
def test_why_no_gpu_is_shown_in_two_words(note: str | None, said: str) -> None:
    state = states.bare()
    state.system.gpu_note = note
    assert row("GPU", state)[0] == said


def test_what_slows_the_gpus_down_is_told_in_full_in_the_tip() -> None:
    state = states.training()
    assert tip(state.system) is None
    state.system.gpus = (Gpu(0, throttled="power cap, too hot"), Gpu(1, throttled=""))
    assert tip(state.system) == "GPU 0: power cap, too hot"
    state.system.gpu_note = "no GPU"
    assert tip(state.system) == "GPU: no GPU"


def test_many_gpus_are_a_range() -> None:
    def change(state: RunState) -> None:
        state.system.gpus = tuple(Gpu(id=i, temperature=60.0 + i) for i in range(8))

    assert row("GPU", changed(change))[0] == "60–67 °C"


def test_no_gpu_says_why() -> None:
    assert row("GPU", states.bare()) == ("—  no GPU", "")


def test_an_old_reading_of_the_machine_says_so() -> None:
    assert row("GPU", states.training(), NOW._replace(t=T + 60))[1] == "1 m ago"


def test_a_validation_without_accuracy_tells_its_loss() -> None:
    state = states.training()
    state.evaluation.validation_accuracy = state.evaluation.best_accuracy = None
    state.evaluation.best_loss = 0.0298
    assert row("Validation", state) == ("loss 0.0312", "best 0.0298")


@pytest.mark.parametrize(
    ("view", "text"),
    [
        (OrderView("1", "pause", outcome=Outcome.DONE, step=8450, answered=T),
         "✓ pause done at step 8,450, 14:04"),
        (OrderView("1", "pause", outcome=Outcome.REJECTED, detail="not now\nno", answered=T),
         "✗ pause rejected: not now no, 14:04"),
        (OrderView("1", "validate", outcome=Outcome.DONE, step=9, answered=T,
                   values={"loss": 0.0312, "accuracy": 0.947}),
         "✓ validate done at step 9, 14:04"),
    ],
)  # fmt: skip
def test_the_answer_to_an_order_is_one_line(view: OrderView, text: str) -> None:
    state = states.training()
    state.control.last = view
    assert order_line(state, NOW).plain == text


def test_the_sentence_of_an_order_tells_what_the_line_leaves_out() -> None:
    view = OrderView("1", "validate", outcome=Outcome.DONE, step=9, answered=T,
                     values={"loss": 0.0312, "accuracy": 0.947})  # fmt: skip
    state = states.training()
    state.control.last = view
    said = "✓ validate done at step 9: loss 0.0312, accuracy 0.9470, 14:04"
    assert order_sentence(state, NOW).plain == said


@pytest.mark.parametrize("outcome", [Outcome.SENT, Outcome.QUEUED, Outcome.RECEIVED, Outcome.DONE])
def test_an_order_fits_into_the_side_column(outcome: Outcome) -> None:
    state = states.training()
    view = OrderView("1", "checkpoint", outcome=outcome, at=T - 59, answered=T, step=845_000,
                     detail="frozen by signal: nothing is computed")  # fmt: skip
    state.control.last = view
    state.control.open = {} if outcome is Outcome.DONE else {"1": view}
    assert order_line(state, NOW).cell_length <= 40
    assert "frozen" not in order_line(state, NOW).plain


def test_the_newest_open_order_is_told_first() -> None:
    sent = OrderView("", "validate", outcome=Outcome.SENT, at=T - 1)
    assert order_line(states.saving(), NOW, [sent]).plain.startswith("… validate sent")
    assert order_line(states.saving(), NOW).plain == "… checkpoint at work, 2.0 s ago"
    assert order_line(states.empty(), NOW).plain == ""


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"device": "cuda", "world": 2}, "2 × GPU, distributed"),
        ({"device": "cuda:0"}, "1 × GPU"),
        ({"device": "cpu"}, "CPU"),
        ({"device": "mps"}, "mps"),
        ({"mode": "multi-node, 4 × 8 GPU", "device": "cuda"}, "multi-node, 4 × 8 GPU"),
        ({}, ""),
    ],
)
def test_the_mode_in_a_word(facts: dict[str, object], said: str) -> None:
    state = states.training()
    state.configuration.facts = facts
    assert mode(state) == said


@pytest.mark.parametrize(
    ("key", "name"),
    [("f2", "F2"), ("ctrl+k", "^K"), ("question_mark", "?"), ("ctrl+shift+r", "^Shift+R"),
     ("alt+left", "Alt+←"), ("S", "S"), ("f", "f")],
)  # fmt: skip
def test_keys_are_written_as_people_know_them(key: str, name: str) -> None:
    assert key_name(key) == name


def test_every_kind_of_timeline_entry_has_a_sign() -> None:
    from console.core.timeline import MARKS

    assert set(MARKS) <= set(SIGNS)


def test_every_state_has_a_look() -> None:
    from console.widgets.look import LOOKS, badge

    assert set(LOOKS) == set(Status)
    assert {badge(status).plain.strip().split()[-1] for status in Status} == {
        status.upper() for status in Status
    }


def test_what_is_left_how_often_it_saves_and_the_limit_of_heat_where_there_is_room() -> None:
    state = states.training()

    def right(name: str) -> list[str]:
        _, found = dict(ROWS)[name](state, NOW)
        assert isinstance(found, tuple)
        return [one.plain for one in found]

    assert right("Samples")[0] == "250,769 left  70 %"
    assert right("At risk")[0] == "autosave 10 m"
    assert right("GPU")[0] == "max 85 °C  ✓ within limits"
    state.checkpoints.interval_seconds, state.checkpoints.interval_steps = None, 500
    assert right("At risk")[0] == "autosave 500 steps"
    state.checkpoints.interval_steps = None
    assert right("At risk")[0] == "autosave —"


def test_a_weight_decay_nobody_tells_is_not_known() -> None:
    state = states.bare()
    state.metrics, state.configuration.facts = {}, {}
    assert row("Grad norm", state) == ("—", "wd —")
