"""A step that fails is held: what is freed meanwhile, what is obeyed, and how it goes on."""

from __future__ import annotations

import gc
import sys
import threading
import types
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from console.sdk import Link
from console.sdk import link as link_module
from console.sdk import reporter as reporter_module
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.sdk.conftest import Desk, Trainer


class Failing:
    """Runs one step in a thread, as it may wait there. The step raises `error`."""

    def __init__(self, link: Link, step: int, error: BaseException) -> None:
        self.raised: BaseException | None = None
        self.failed: bool | None = None
        self.thread = threading.Thread(target=self._run, args=(link, step, error))

    def _run(self, link: Link, step: int, error: BaseException) -> None:
        try:
            with link.step(step) as tried:
                raise error
            self.failed = tried.failed
        except BaseException as raised:
            self.raised = raised


@contextmanager
def failing(link: Link, step: int, error: BaseException) -> Iterator[Failing]:
    made = Failing(link, step, error)
    made.thread.start()
    try:
        yield made
    finally:
        link.stopping = link.stopping or made.thread.is_alive()
        made.thread.join()


def held(desk: Desk) -> bool:
    return desk.phases()[-1:] == ["error"]


def done(desk: Desk, order: str) -> list[str]:
    return wait_until(lambda: o if len(o := desk.outcomes(order)) > 1 else [], what=order)


def test_a_step_that_works_is_no_matter(desk: Desk, link: Link) -> None:
    with link.step(1) as tried:
        pass
    assert not tried.failed
    assert "error" not in desk.phases()


def test_a_failed_step_is_held_and_recover_goes_on(
    desk: Desk, link: Link, capsys: pytest.CaptureFixture[str]
) -> None:
    link.boundary(6)
    with failing(link, 7, MemoryError("no room")) as step:
        wait_until(lambda: held(desk))
        [phase] = [one for one in desk.records("phase") if one["phase"] == "error"]
        assert (phase["step"], phase["error"]) == (7, "MemoryError: no room")
        order = desk.send("recover")
        assert done(desk, order) == ["received", "done"]
        step.thread.join()
    assert (step.failed, step.raised) == (True, None)
    assert desk.phases()[-2:] == ["error", "training"]
    assert desk.records("phase")[-1]["order"] == order
    assert capsys.readouterr().err.endswith("MemoryError: no room\n")


def test_without_a_step_number_the_last_one_told_counts(desk: Desk, link: Link) -> None:
    link.log(step=4, loss=1.0)
    with failing(link, None, ValueError("x")):  # type: ignore[arg-type]
        wait_until(lambda: held(desk))
        assert desk.records("phase")[-1]["step"] == 4


def test_recover_sets_what_it_is_given_before(desk: Desk, link: Link, trainer: Trainer) -> None:
    with failing(link, 1, MemoryError()) as step:
        wait_until(lambda: held(desk))
        order = desk.send("recover", args={"set": {"learning_rate": 0.5}})
        assert done(desk, order)[-1] == "done"
        step.thread.join()
    assert trainer.rate == 0.5
    assert desk.answer(order)["values"] == {"learning_rate": 0.5}


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"set": {"learning_rate": 5.0}}, "goes from 0.0 to 1.0"),
        ({"set": {"batch_size": 4}}, "after a restart only"),
        ({"from": "checkpoint"}, "cannot go back to a checkpoint"),
    ],
)
def test_a_recovery_that_cannot_be_is_rejected_and_the_step_stays_held(
    desk: Desk, link: Link, args: dict[str, object], why: str
) -> None:
    with failing(link, 1, MemoryError()) as step:
        wait_until(lambda: held(desk))
        order = desk.send("recover", args=args)
        assert done(desk, order)[-1] == "rejected"
        assert why in desk.answer(order)["detail"]
        assert step.thread.is_alive()
        assert held(desk)


def test_from_a_checkpoint_the_trainers_own_handler_goes_back(desk: Desk) -> None:
    back: list[int] = []

    def go_back(step: int) -> dict[str, int]:
        back.append(step)
        if len(back) == 1:
            raise OSError("no checkpoint")
        return {"step": 5}

    link = Link(orders={"recover": go_back})
    assert "recover" in desk.records("hello")[0]["orders"]
    with failing(link, 9, ValueError()) as step:
        wait_until(lambda: held(desk))
        first = desk.send("recover", args={"from": "checkpoint"})
        assert done(desk, first)[-1] == "failed"
        second = desk.send("recover", args={"from": "checkpoint"})
        assert done(desk, second)[-1] == "done"
        step.thread.join()
    assert back == [9, 9]
    assert desk.answer(second)["values"] == {"step": 5}
    link.close()


def test_a_stop_raises_the_error_as_it_was_and_saves_nothing(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    error = ValueError("mine")
    with failing(link, 2, error) as step:
        wait_until(lambda: held(desk))
        order = desk.send("stop")
        step.thread.join()
    assert step.raised is error
    assert link.stopping
    assert trainer.saves == []
    assert "half-way" in desk.answer(order)["detail"]
    assert desk.phases()[-2:] == ["error", "stopping"]


def test_other_orders_are_obeyed_meanwhile_but_no_pause(
    desk: Desk, link: Link, trainer: Trainer
) -> None:
    with failing(link, 3, ValueError()):
        wait_until(lambda: held(desk))
        save, change = desk.send("checkpoint"), desk.send("set", args={"learning_rate": 0.2})
        pause, resume = desk.send("pause"), desk.send("resume")
        assert [done(desk, order)[-1] for order in (save, change)] == ["done", "done"]
        assert desk.outcomes(pause) == desk.outcomes(resume) == ["rejected"]
        assert (trainer.saves, trainer.rate) == ([3], 0.2)
        assert desk.phases()[-3:] == ["error", "saving", "error"]


def test_it_gives_signs_of_life_while_it_is_held(
    desk: Desk, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link_module, "ALIVE_SECONDS", 0.01)
    monkeypatch.setattr(link_module, "POLL_SECONDS", 0.01)
    with failing(link, 3, ValueError()):
        wait_until(lambda: len(desk.records("alive")) > 2)
        assert desk.records("alive")[-1]["step"] == 3


def test_it_gives_signs_of_life_while_the_trainer_goes_back(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporter_module, "ALIVE_SECONDS", 0.01)
    begun, may_end = threading.Event(), threading.Event()

    def go_back(_step: int) -> None:
        begun.set()
        may_end.wait(20)

    link = Link(orders={"recover": go_back})
    with failing(link, 9, ValueError()) as step:
        wait_until(lambda: held(desk))
        order = desk.send("recover", args={"from": "checkpoint"})
        assert begun.wait(10)
        before = len(desk.records("alive"))
        wait_until(lambda: len(desk.records("alive")) > before + 2)
        assert held(desk)
        may_end.set()
        assert done(desk, order)[-1] == "done"
        step.thread.join()
    wait_until(lambda: "gladius-alive" not in {one.name for one in threading.enumerate()})
    assert (link.errors, desk.records("alive")[-1]["step"]) == (0, 9)
    link.close()


def test_recover_is_rejected_where_nothing_failed(desk: Desk, link: Link) -> None:
    with failing(link, 1, ValueError()) as step:
        wait_until(lambda: held(desk))
        desk.send("recover")
        step.thread.join()
    order = desk.send("recover")
    link.boundary(2)
    assert desk.outcomes(order)[-1] == "rejected"
    assert desk.answer(order)["detail"] == "no step has failed"


@pytest.mark.parametrize("error", [StopIteration(), KeyboardInterrupt(), SystemExit(3)])
def test_what_is_no_failure_passes_through(desk: Desk, link: Link, error: BaseException) -> None:
    with pytest.raises(type(error)), link.step(1):
        raise error
    assert "error" not in desk.phases()


def test_without_a_console_the_error_is_raised_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLADIUS_RUN_DIR", raising=False)
    link = Link()
    error = MemoryError()
    with pytest.raises(MemoryError) as raised, link.step(1):
        raise error
    assert raised.value is error
    with link.step() as tried:
        pass
    assert not tried.failed


class Big:
    """What stands for a tensor."""


def test_the_memory_of_the_failed_step_is_freed_while_it_is_held(
    desk: Desk, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    watched: list[weakref.ref[Big]] = []
    emptied: list[bool] = []
    torch = types.SimpleNamespace(
        cuda=types.SimpleNamespace(empty_cache=lambda: emptied.append(True))
    )
    monkeypatch.setitem(sys.modules, "torch", torch)

    def forward() -> None:
        activations = Big()
        watched.append(weakref.ref(activations))
        try:
            raise KeyError("inner")
        except KeyError as error:
            raise MemoryError("no room") from error

    failed: list[bool] = []

    def train() -> None:
        with link.step(1) as tried:
            forward()
        failed.append(tried.failed)

    thread = threading.Thread(target=train)
    thread.start()
    wait_until(lambda: held(desk))
    gc.collect()
    assert watched[0]() is None
    assert emptied == [True]
    desk.send("recover")
    thread.join()
    assert failed == [True]
