"""Orders: each one's life, and what a trainer is spared."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from console.core.protocol import KINDS, event_of
from console.sdk import Link, reporter
from console.sdk import link as link_module
from console.sdk.acting import LATER
from console.sdk.inbox import LINE_BYTES
from console.sdk.records import now
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.sdk.conftest import Desk, Trainer


@contextmanager
def at_boundary(link: Link, step: int) -> Iterator[list[bool]]:
    """boundary(step) in a thread, as it may wait there; what it returned is in the list."""
    returned: list[bool] = []
    thread = threading.Thread(target=lambda: returned.append(link.boundary(step)))
    thread.start()
    try:
        yield returned
    finally:
        link.stopping = link.stopping or not returned
        thread.join()


def test_the_greeting_tells_abilities_and_facts(desk: Desk, link: Link) -> None:
    hello, info = desk.records("hello", "info")
    assert hello["orders"] == ["pause", "resume", "checkpoint", "validate", "stop", "set"]
    assert hello["settable"]["batch_size"] == {
        "type": "int", "min": 1, "value": 8, "applies": "restart",
    }  # fmt: skip
    assert "set" not in hello["settable"]["learning_rate"]
    assert (hello["pid"], hello["gen"], hello["rank"], hello["world"]) == (os.getpid(), 0, 0, 1)
    assert hello["start"] == reporter.start_ticks()
    assert info["values"] == {"total_steps": 100}


def test_a_trainer_without_handlers_offers_pause_and_stop_only(desk: Desk) -> None:
    link = Link()
    link.boundary(1)
    validate, change = desk.send("validate"), desk.send("set", args={"x": 1})
    link.boundary(2)
    link.close()
    assert desk.records("hello")[0]["orders"] == ["pause", "resume", "stop"]
    assert desk.outcomes(validate) == desk.outcomes(change) == ["rejected"]


def test_every_record_is_understood_by_the_console(desk: Desk, link: Link) -> None:
    link.log(1, loss=0.5, experts=[1, None], expert_share=[1.0, 0.0], epoch=1, batch=1, odd=True)
    desk.send("checkpoint")
    desk.send("validate")
    link.boundary(1)
    with link.during("saving", 2):
        link.saved(2, "/x", ok=False, reason="full")
    link.evaluated(2, "test", 0.1, loss=1.0, accuracy=0.5)
    link.close("exception", "ValueError: no")
    written = desk.records()
    assert {record["k"] for record in written} == {
        "hello",
        "info",
        "log",
        "phase",
        "answer",
        "save",
        "eval",
        "bye",
    }
    assert all(isinstance(event_of(record), KINDS[record["k"]]) for record in written)


def test_a_checkpoint_order_is_received_and_done_at_the_step(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    order = desk.send("checkpoint")
    assert link.boundary(7) is False
    assert trainer.saves == [7]
    assert desk.outcomes(order) == ["received", "done"]
    assert desk.answer(order)["step"] == 7
    assert desk.answer(order)["values"] == {"path": "/checkpoints/7.npz"}
    assert desk.phases() == ["training", "saving", "training"]
    [save] = desk.records("save")
    assert (save["path"], save["ok"], save["step"]) == ("/checkpoints/7.npz", True, 7)


def test_a_validation_order_answers_its_values(desk: Desk, link: Link, trainer: Trainer) -> None:
    order = desk.send("validate")
    link.boundary(3)
    assert desk.answer(order)["values"] == {"loss": 0.5, "accuracy": 0.75}
    [evaluation] = desk.records("eval")
    assert (evaluation["split"], evaluation["values"]["loss"]) == ("validation", 0.5)


def test_a_failed_handler_is_answered_and_the_training_goes_on(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    trainer.failure = OSError(28, "No space left on device")
    order = desk.send("checkpoint")
    assert link.boundary(4) is False
    assert desk.outcomes(order) == ["received", "failed"]
    assert "No space left" in desk.answer(order)["detail"]
    assert [save["ok"] for save in desk.records("save")] == [False]
    assert desk.phases()[-1] == "training"


def test_a_handler_that_reports_for_itself_is_not_reported_twice(desk: Desk) -> None:
    def save(step: int) -> None:
        link.saved(step, "/mine", bytes=5, seconds=1.0, best=True)

    link = Link(orders={"checkpoint": save})
    desk.send("checkpoint")
    link.boundary(1)
    link.close()
    [record] = desk.records("save")
    assert (record["path"], record["bytes"], record["best"]) == ("/mine", 5, True)


def test_a_pause_saves_waits_and_obeys_everything_at_the_same_step(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    pause = desk.send("pause")
    with at_boundary(link, 5) as returned:
        wait_until(lambda: desk.outcomes(pause) == ["received", "done"])
        assert trainer.saves == [5]
        assert desk.phases() == ["training", "saving", "paused"]
        orders = [
            desk.send("pause"),
            desk.send("checkpoint"),
            desk.send("validate"),
            desk.send("set", args={"learning_rate": 0.5}),
        ]
        wait_until(lambda: desk.outcomes(orders[-1])[-1:] == ["done"])
        assert not returned
        resume = desk.send("resume")
        wait_until(lambda: returned)
    assert returned == [False]
    assert [desk.answer(order)["step"] for order in [*orders, resume]] == [5] * 5
    assert (trainer.saves, trainer.validations, trainer.rate) == ([5, 5], [5], 0.5)
    assert desk.phases()[-1] == "training"


def test_a_pause_may_do_without_the_checkpoint(desk: Desk, link: Link, trainer: Trainer) -> None:
    desk.send("pause", args={"checkpoint": False})
    desk.send("resume")
    link.boundary(1)
    assert trainer.saves == []
    assert desk.phases() == ["training", "paused", "training"]


def test_a_pause_whose_checkpoint_fails_still_pauses_and_says_so(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    trainer.failure = OSError("disk full")
    pause = desk.send("pause")
    desk.send("resume")
    link.boundary(1)
    assert desk.outcomes(pause) == ["received", "done"]
    assert "disk full" in desk.answer(pause)["detail"]


def test_orders_for_a_state_that_is_already_so_are_done(desk: Desk, link: Link) -> None:
    resume = desk.send("resume")
    link.boundary(1)
    assert desk.outcomes(resume) == ["received", "done"]
    assert desk.phases() == ["training"]


def test_a_stop_saves_and_ends_the_loop(desk: Desk, link: Link, trainer: Trainer) -> None:
    stop, late = desk.send("stop"), desk.send("checkpoint")
    assert link.boundary(9) is True
    assert link.boundary(10) is True
    link.close()
    assert trainer.saves == [9]
    assert desk.outcomes(stop) == ["received", "done"]
    assert desk.outcomes(late) == ["received", "rejected"]
    assert desk.phases()[-1] == "stopping"
    assert desk.records("bye")[0]["reason"] == "stopped"


def test_a_stop_ends_a_pause(desk: Desk, link: Link) -> None:
    desk.send("pause")
    with at_boundary(link, 2) as returned:
        wait_until(lambda: desk.phases()[-1:] == ["paused"])
        desk.send("stop", args={"checkpoint": False})
        wait_until(lambda: returned)
    assert returned == [True]


def test_a_stop_without_its_final_checkpoint_does_not_stop(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    trainer.failure = OSError("disk full")
    stop = desk.send("stop")
    assert link.boundary(9) is False
    assert desk.outcomes(stop) == ["received", "failed"]
    assert desk.phases()[-1] == "training"


def test_a_signal_handler_ends_a_pause(desk: Desk, link: Link) -> None:
    desk.send("pause")
    with at_boundary(link, 2) as returned:
        wait_until(lambda: desk.phases()[-1:] == ["paused"])
        link.stopping = True
        wait_until(lambda: returned)
    assert returned == [True]


def test_signs_of_life_while_paused_and_while_saving(
    desk: Desk, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter, "ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(link_module, "ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(link_module, "POLL_SECONDS", 0.01)
    with link.during("saving", 3):
        wait_until(lambda: len(desk.records("alive")) >= 2)
    before = len(desk.records("alive"))
    desk.send("pause", args={"checkpoint": False})
    with at_boundary(link, 4):
        wait_until(lambda: len(desk.records("alive")) >= before + 2)
    assert desk.records("alive")[-1]["step"] == 4


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        ({"learning_rate": 2.0}, "goes from 0.0 to 1.0"),
        ({"learning_rate": "fast"}, "is of type float"),
        ({"learning_rate": True}, "is of type float"),
        ({"learning_rate": 0.666}, "not this one"),
        ({"batch_size": 16}, "after a restart"),
        ({"colour": 1}, "no setting"),
    ],
)
def test_a_setting_is_refused_with_the_reason(
    desk: Desk, link: Link, trainer: Trainer, args: dict[str, object], reason: str
) -> None:
    order = desk.send("set", args=args)
    link.boundary(1)
    assert desk.outcomes(order) == ["received", "rejected"]
    assert reason in desk.answer(order)["detail"]
    assert trainer.rate == 0.1


def test_a_setting_that_is_not_a_number_is_refused(desk: Desk, link: Link) -> None:
    desk.write(b'{"id":"n","cmd":"set","args":{"learning_rate":NaN}}\n')
    link.boundary(1)
    assert desk.outcomes("n") == ["received", "rejected"]


def test_a_whole_number_is_a_learning_rate_too(desk: Desk, link: Link, trainer: Trainer) -> None:
    order = desk.send("set", args={"learning_rate": 1})
    link.boundary(1)
    assert desk.answer(order)["values"] == {"learning_rate": 1.0}
    assert trainer.rate == 1.0


def test_the_same_id_is_obeyed_once(desk: Desk, link: Link, trainer: Trainer) -> None:
    for _ in range(2):
        desk.send("checkpoint", id="same")
        link.boundary(1)
    assert trainer.saves == [1]
    assert desk.outcomes("same") == ["received", "done", "duplicate"]


def test_late_orders_and_orders_of_another_boot_expire(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    late = desk.send("checkpoint", exp=now() - 1)
    elsewhere = desk.send("checkpoint", boot="another")
    timely = desk.send("checkpoint", exp=now() + 60)
    link.boundary(1)
    assert desk.outcomes(late) == desk.outcomes(elsewhere) == ["expired"]
    assert desk.outcomes(timely) == ["received", "done"]
    assert len(trainer.saves) == 1


def test_orders_that_waited_for_the_trainer_are_obeyed_if_they_have_an_id(desk: Desk) -> None:
    saves: list[int] = []
    order = desk.send("checkpoint")
    desk.write(b"stop\n")
    link = Link(orders={"checkpoint": saves.append})
    assert link.boundary(1) is False
    link.close()
    assert saves == [1]
    assert desk.outcomes(order) == ["received", "done"]
    assert desk.outcomes("") == ["expired"]


def test_a_bare_word_is_an_order(desk: Desk, link: Link, trainer: Trainer) -> None:
    desk.write(b"checkpoint\nsing\n")
    link.boundary(6)
    assert trainer.saves == [6]
    assert desk.outcomes("") == ["received", "rejected", "done"]


def test_an_order_in_two_pieces_is_put_together(desk: Desk, link: Link, trainer: Trainer) -> None:
    desk.write(b'{"id":"halves","cmd":')
    link.boundary(1)
    desk.write(b'"checkpoint"}\n')
    link.boundary(2)
    assert trainer.saves == [2]


@pytest.mark.parametrize(
    "garbage",
    [
        b"\x00\xff\xfe\x80\n",
        b"{" * 400 + b"\n",
        b"x" * 5000 + b"\n",
        b'{"id":1,"cmd":"stop"}\n',
        b'{"id":"a","cmd":"stop","args":[]}\n',
        b'{"cmd":"stop"}\n',
        b'["stop"]\n',
        b'{"id":"long","cmd":"' + b"a" * LINE_BYTES + b'"}\n',
        b"\n\n\n",
    ],
)
def test_garbage_is_skipped_and_counted(
    desk: Desk, link: Link, trainer: Trainer, garbage: bytes
) -> None:
    desk.write(garbage)
    order = desk.send("checkpoint")
    link.boundary(1)
    assert desk.outcomes(order) == ["received", "done"]
    assert link._inbox.skipped == garbage.count(b"\n")
    assert link.stopping is False


def test_an_inbox_made_anew_is_found(
    desk: Desk, link: Link, trainer: Trainer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.folder / "inbox.fifo").unlink()
    os.mkfifo(desk.folder / "inbox.fifo", 0o600)
    desk.send("checkpoint")
    monkeypatch.setattr(link._inbox, "_look_at", 0.0)
    link.boundary(2)
    assert trainer.saves == [2]


@pytest.mark.parametrize("kind", ["file", "link", "open to others", "missing"])
def test_an_unsafe_inbox_is_not_read(desk: Desk, kind: str) -> None:
    inbox = desk.folder / "inbox.fifo"
    inbox.unlink()
    if kind == "file":
        inbox.write_bytes(b"stop\n")
    elif kind == "link":
        os.mkfifo(desk.folder / "elsewhere", 0o600)
        inbox.symlink_to(desk.folder / "elsewhere")
    elif kind == "open to others":
        os.mkfifo(inbox)
        inbox.chmod(0o666)
    link = Link()
    assert link._inbox.fd == -1
    assert link.boundary(1) is False
    assert link.errors == 0
    link.close()


def test_answers_wake_the_console_and_metrics_do_not(desk: Desk, link: Link) -> None:
    nudge = os.open(desk.folder / "nudge.fifo", os.O_RDWR | os.O_NONBLOCK)
    try:
        link.boundary(1)
        assert len(os.read(nudge, 100)) == 1  # the phase
        link.log(2, loss=1.0)
        with pytest.raises(BlockingIOError):
            os.read(nudge, 100)
    finally:
        os.close(nudge)


def test_fault_18_a_broken_run_directory_is_never_an_exception(desk: Desk, link: Link) -> None:
    for file in desk.folder.iterdir():
        file.unlink()
    desk.folder.rmdir()
    link.log(1, loss=1.0)
    link.saved(1, "/x")
    assert link.boundary(1) is False
    desk.folder.mkdir()


def test_wrong_calls_are_counted_and_not_raised(desk: Desk, trainer: Trainer) -> None:
    link = Link()
    link.log(loss=1.0)  # type: ignore[call-arg]  # no step
    link.log(step="many", loss=1.0)  # type: ignore[arg-type]
    assert link.errors == 2
    link.close()


def test_a_retired_line_refuses_orders_and_goes_on_reporting(desk: Desk, link: Link) -> None:
    link.boundary(1)
    link.retire("the training is over")
    order = desk.send("checkpoint")
    wait_until(lambda: desk.outcomes(order) == ["rejected"])
    assert desk.answer(order)["detail"] == "the training is over"
    assert desk.records("hello")[-1]["orders"] == []
    link.evaluated(1, "test", loss=0.5)
    assert desk.records("eval")[0]["split"] == "test"
    assert desk.records("bye") == []


def test_a_second_training_in_a_program_has_a_line_of_its_own(desk: Desk) -> None:
    first = Link()
    first.retire("the training is over")
    second = Link(orders={"checkpoint": lambda _: None})
    assert (first.active, second.active) == (False, True)
    order = desk.send("checkpoint")
    second.boundary(1)
    assert desk.outcomes(order) == ["received", "done"]
    assert [record["k"] for record in desk.records("hello", "bye")] == [
        "hello", "hello", "bye", "hello",
    ]  # fmt: skip
    second.close()


def test_what_is_done_later_is_answered_when_it_ends(desk: Desk) -> None:
    link = Link(orders={"validate": lambda _: LATER})
    pause, order, resume = desk.send("pause"), desk.send("validate"), desk.send("resume")
    assert link.boundary(3) is False
    assert desk.outcomes(pause) == ["received", "done"]
    assert desk.outcomes(order) == desk.outcomes(resume) == ["received"]
    assert link.done(3, {"loss": 0.25}) is False
    assert desk.answer(order)["values"] == {"loss": 0.25}
    assert desk.outcomes(resume) == ["received", "done"]
    link.close()


def test_what_was_to_be_done_later_and_was_not_has_failed(desk: Desk) -> None:
    link = Link(orders={"validate": lambda _: LATER})
    order = desk.send("validate")
    link.boundary(3)
    link.boundary(4)
    assert desk.outcomes(order) == ["received", "failed"]
    link.close()


# a checkpoint first, all or nothing, and undo


def change(args: dict[str, object], **more: object) -> dict[str, object]:
    return {"set": args, **more}


def test_a_checkpoint_comes_first_and_old_and_new_are_told(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    rates: list[float] = []
    save = link._handlers["checkpoint"]
    link._handlers["checkpoint"] = lambda step: (rates.append(trainer.rate), save(step))[1]
    order = desk.send("set", args=change({"learning_rate": 0.5}, checkpoint=True))
    link.boundary(7)
    assert (trainer.saves, rates, trainer.rate) == ([7], [0.1], 0.5)
    answer = desk.answer(order)
    assert (answer["outcome"], answer["step"]) == ("done", 7)
    assert (answer["values"], answer["old"]) == ({"learning_rate": 0.5}, {"learning_rate": 0.1})
    assert desk.phases()[-2:] == ["saving", "training"]


def test_a_checkpoint_that_fails_changes_nothing(desk: Desk, link: Link, trainer: Trainer) -> None:
    trainer.failure = OSError("disk full")
    order = desk.send("set", args=change({"learning_rate": 0.5}, checkpoint=True))
    link.boundary(1)
    assert desk.outcomes(order) == ["received", "rejected"]
    said = desk.answer(order)["detail"]
    assert said == "nothing was changed: the checkpoint failed: OSError: disk full"
    assert trainer.rate == 0.1
    [saved] = desk.records("save")
    assert saved["ok"] is False


def test_what_does_not_fit_is_refused_before_anything_is_saved(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    bad = [{"learning_rate": 2.0}, {"learning_rate": 10**100}, {"learning_rate": 0.5, "colour": 1}]
    orders = [desk.send("set", args=change(one, checkpoint=True)) for one in bad]
    link.boundary(1)
    assert [desk.outcomes(order)[-1] for order in orders] == ["rejected"] * 3
    assert (trainer.saves, trainer.rate) == ([], 0.1)


def test_a_trainer_that_cannot_save_refuses_and_says_so(desk: Desk) -> None:
    found: list[float] = []
    link = Link(settable={"rate": {"value": 1.0, "set": found.append}})
    first = desk.send("set", args=change({"rate": 2.0}, checkpoint=True))
    second = desk.send("set", args=change({"rate": 2.0}))
    link.boundary(1)
    link.close()
    assert "set it without a checkpoint" in desk.answer(first)["detail"]
    assert desk.answer(second)["outcome"] == "done"
    assert found == [2.0]


@pytest.mark.parametrize("error", [ValueError("no"), RuntimeError("broken")])
def test_when_one_value_is_refused_those_before_it_are_put_back(
    desk: Desk, error: Exception
) -> None:
    held = {"a": 1.0, "b": 2.0}

    def refuse(value: float) -> None:
        held["b"] = value
        if value == 9.0:
            raise error

    link = Link(
        settable={
            "a": {"value": 1.0, "set": lambda v: held.__setitem__("a", v)},
            "b": {"value": 2.0, "set": refuse, "get": lambda: held["b"]},
        }
    )
    order = desk.send("set", args={"a": 5.0, "b": 9.0})
    link.boundary(1)
    link.close()
    assert desk.answer(order)["outcome"] == (
        "rejected" if isinstance(error, ValueError) else "failed"
    )
    assert held["a"] == 1.0
    assert held["b"] == (
        9.0 if isinstance(error, ValueError) else 2.0
    )  # its own refusal is its own


def test_a_check_of_the_trainers_comes_before_the_checkpoint(desk: Desk, trainer: Trainer) -> None:
    def odd(value: int) -> None:
        if value % 2:
            raise ValueError(f"{value} is odd")

    sizes: list[int] = []
    size = {"type": "int", "value": 8, "set": sizes.append, "check": odd, "choices": [2, 3, 4]}
    link = Link(orders={"checkpoint": trainer.save}, settable={"size": size})
    told = desk.records("hello")[0]["settable"]["size"]
    assert told == {"type": "int", "value": 8, "choices": [2, 3, 4]}
    orders = [desk.send("set", args=change({"size": size}, checkpoint=True)) for size in (3, 6, 4)]
    link.boundary(1)
    link.close()
    assert [desk.answer(order)["outcome"] for order in orders] == ["rejected", "rejected", "done"]
    assert desk.answer(orders[0])["detail"] == "3 is odd"
    assert desk.answer(orders[1])["detail"] == "size is one of 2, 3, 4, not 6"
    assert (trainer.saves, sizes) == ([1], [4])


def test_undo_is_refused_once_somebody_else_has_set_the_value(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    first = desk.send("set", args=change({"learning_rate": 0.2}))
    second = desk.send("set", args=change({"learning_rate": 0.3}))
    stale = desk.send("set", args=change({"learning_rate": 0.1}, undo=first))
    link.boundary(1)
    assert desk.answer(stale)["detail"].startswith("learning_rate was changed again since")
    assert trainer.rate == 0.3
    back = desk.send("set", args=change({"learning_rate": 0.2}, undo=second))
    again = desk.send("set", args=change({"learning_rate": 0.1}, undo=first))
    link.boundary(2)
    assert desk.answer(back)["outcome"] == desk.answer(again)["outcome"] == "done"
    assert desk.answer(again)["old"] == {"learning_rate": 0.2}
    assert trainer.rate == 0.1


def test_what_takes_a_value_for_after_a_restart_says_so(desk: Desk) -> None:
    taken: list[int] = []
    late = {"type": "int", "value": 1, "applies": "restart", "set": taken.append}
    link = Link(settable={"seed": late})
    link.close()
    assert desk.records("hello")[0]["settable"]["seed"]["accepts"] is True


class OtherRank:
    """Another rank beside this one, that says something of its own."""

    def __init__(self, said: str | None) -> None:
        self.said, self.asked = said, 0

    def gather(self, own: str | None) -> list[str | None]:
        self.asked += 1
        return [own, self.said]


def test_a_check_that_refuses_on_one_rank_is_heard_by_all(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    def refuse(_value: float) -> None:
        raise ValueError("not here")

    order = desk.send("set", args=change({"learning_rate": 0.5}, checkpoint=True))
    link._take()
    other = OtherRank("Rejected: it does not fit")
    link._ranks = other  # type: ignore[assignment]
    link._obey(link._queue.popleft(), 1)
    assert desk.answer(order)["outcome"] == "rejected"
    assert "rank 1: Rejected: it does not fit" in desk.answer(order)["detail"]
    assert (trainer.saves, trainer.rate, other.asked) == ([], 0.1, 1)

    link._settable["learning_rate"]["check"] = refuse
    link._ranks = None
    order = desk.send("set", args=change({"learning_rate": 0.5}))
    link._take()
    link._ranks = other = OtherRank(None)  # type: ignore[assignment]
    link._obey(link._queue.popleft(), 1)
    link._ranks = None
    assert desk.answer(order)["detail"] == "not here"
    assert other.asked == 1  # the other one waits for this word


def test_what_a_check_and_a_getter_draw_is_not_missing_afterwards(desk: Desk) -> None:
    def draw(*_: object) -> float:
        return random.random()

    spec = {"value": 1.0, "set": draw, "check": draw, "get": draw}
    link = Link(settable={"rate": spec})
    before = random.getstate()
    order = desk.send("set", args={"rate": 2.0})
    link.boundary(1)
    link.close()
    assert desk.answer(order)["outcome"] == "done"
    assert random.getstate() == before


class Array:
    """A value that is neither equal nor unequal, as an array is."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("the truth value is ambiguous")

    __hash__ = None  # type: ignore[assignment]


def test_values_that_cannot_be_compared_are_put_back_all_the_same(desk: Desk) -> None:
    held = {"a": 1.0}

    def refuse(_value: float) -> None:
        raise ValueError("no")

    link = Link(
        settable={
            "a": {"value": 1.0, "set": lambda v: held.__setitem__("a", v)},
            "b": {"value": 1.0, "set": lambda _: None, "get": Array},
            "c": {"value": 1.0, "set": refuse},
        }
    )
    order = desk.send("set", args={"a": 5.0, "b": 2.0, "c": 3.0})
    link.boundary(1)
    link.close()
    assert (desk.answer(order)["outcome"], desk.answer(order)["detail"]) == ("rejected", "no")
    assert held == {"a": 1.0}


def test_a_declaration_that_is_none_raises_nothing_into_the_trainer(desk: Desk) -> None:
    link = Link(settable={"rate": {"value": 1.0, "set": lambda _: None}, "odd": None})  # type: ignore[dict-item]
    link.close()
    assert list(desk.records("hello")[0]["settable"]) == ["rate"]
