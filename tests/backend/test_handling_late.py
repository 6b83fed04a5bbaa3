"""Orders through handles that cannot be sent in time, or looked for: restarts, hung folders."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from console.backend import handling, targets, trigger
from console.backend.control import Control
from console.core.protocol import Ordered, Outcome, StopStage
from console.keeper import clock
from tests.backend.yard import FOREIGN, Build, Yard, yards
from tests.waiting import wait_until

AXOLOTL = "{use: axolotl, output_dir: OUT}"
SEEN = "{checkpoint: {signal: USR1, seen: model is safe, within: 10s}}"


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    yield from yards(tmp_path)


# --- folders that are gone --------------------------------------------------------------------


def _with_yaml(build: Build, folder: Path) -> Yard:
    (folder / "axolotl.yaml").write_text(f"output_dir: {folder / 'out'}\n")
    return build("axolotl", FOREIGN, "deaf", "OUT", "axolotl.yaml")


def test_after_a_restart_the_noted_output_dir_is_used_though_its_yaml_is_gone(
    build: Build, tmp_path: Path
) -> None:
    yard = _with_yaml(build, tmp_path)
    yard.give("checkpoint")
    (tmp_path / "axolotl.yaml").unlink()
    (yard.out / "axolotl_checkpoint.save").unlink()
    saved = yard.out / "checkpoint-7" / "trainer_state.json"
    saved.parent.mkdir()
    saved.touch()
    os.utime(saved, (clock.wall() + 1, clock.wall() + 1))
    yard.restart()
    yard.ticks(yard.ended)
    end = yard.ended()
    assert end is not None
    assert (end.outcome, end.step) == (Outcome.DONE, 7)


@pytest.mark.parametrize("error", [targets.Unreachable("no folder"), OSError(5, "bad disk")])
def test_an_order_nobody_can_look_for_is_unseen_with_the_reason(
    build: Build, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    yard = build(AXOLOTL, FOREIGN, "deaf", "OUT")
    yard.give("checkpoint")
    monkeypatch.setattr("console.backend.trigger.filled", fail)
    yard.ticks(yard.ended)
    end = yard.ended()
    assert end is not None
    assert end.outcome is Outcome.UNSEEN
    assert f"nobody can look: {error}" in (end.detail or "")


def test_an_order_of_an_older_console_without_its_folder_is_unseen(
    build: Build, tmp_path: Path
) -> None:
    yard = _with_yaml(build, tmp_path)
    yard.give("checkpoint")
    del yard.memory.state.control.open["a"].values["folder"]
    (tmp_path / "axolotl.yaml").unlink()
    yard.restart()
    yard.ticks(yard.ended)
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.UNSEEN]


def test_a_process_without_a_command_names_no_output_dir() -> None:
    assert trigger.output_dir(None, [[], ["x", "--output_dir"]], Path("/")) is None


@pytest.mark.parametrize(
    ("folder", "reason"), [("~nobody-of-that-name", "No such file"), ("a\0b", "null byte")]
)
def test_an_output_dir_that_cannot_be_fails_with_the_reason(
    build: Build, tmp_path: Path, folder: str, reason: str
) -> None:
    (tmp_path / "axolotl.yaml").write_text(f"output_dir: {folder}\n")
    yard = build("axolotl", FOREIGN, "deaf", "OUT", "axolotl.yaml")
    end = yard.end_of("checkpoint")
    assert end.outcome is Outcome.FAILED
    assert reason in (end.detail or "")


# --- orders whose time is over ----------------------------------------------------------------


def test_an_order_that_cannot_be_committed_in_time_expires_unsent(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    monkeypatch.setattr(yard.memory, "commit", lambda: False)
    yard.give("checkpoint", exp=clock.since_boot() + 0.3)
    yard.ticks(yard.ended)
    monkeypatch.undo()
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.EXPIRED]
    assert yard.memory.state.control.last is not None
    assert yard.memory.state.control.last.values == {}
    assert yard.end_of("checkpoint", "b").outcome is Outcome.DONE
    assert yard.said().count("model is safe now") == 1


@pytest.mark.parametrize(
    ("cmd", "control"), [("checkpoint", SEEN), ("stop", "{stop: {signal: USR1}}")]
)
def test_after_a_restart_an_unsent_order_whose_time_is_over_is_never_sent(
    build: Build, monkeypatch: pytest.MonkeyPatch, cmd: str, control: str
) -> None:
    yard = build(control, FOREIGN, "signalled", "OUT")
    monkeypatch.setattr(Control, "tick", lambda _self: None)  # killed right after the admission
    exp = clock.since_boot() + 0.2
    yard.give(cmd, exp=exp)
    monkeypatch.undo()
    wait_until(lambda: clock.since_boot() > exp)
    yard.restart()
    yard.ticks(yard.ended)
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.EXPIRED]
    assert not yard.memory.kinds(StopStage)
    yard.restart()
    yard.control.tick()
    assert "model is safe now" not in yard.said()
    assert not yard.gone()


def test_after_a_restart_an_unsent_order_in_time_is_sent(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = build(SEEN, FOREIGN, "signalled", "OUT")
    monkeypatch.setattr(Control, "tick", lambda _self: None)
    yard.give("checkpoint")
    monkeypatch.undo()
    yard.restart()
    yard.ticks(yard.ended)
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.DONE]


# --- folders that do not answer ---------------------------------------------------------------


class Hung:
    """A folder on a network that is down: what asks it waits until `back` is set."""

    def __init__(self) -> None:
        self.back = threading.Event()

    def behind(self, work: Callable[..., object]) -> Callable[..., object]:
        def late(*given: object, **named: object) -> object:
            self.back.wait()
            return work(*given, **named)

        return late


@pytest.fixture
def hung() -> Iterator[Hung]:
    one = Hung()
    yield one
    one.back.set()
    wait_until(lambda: not any(t.name == "order-files" for t in threading.enumerate()))


def test_a_touch_that_hangs_stops_nobody_and_is_done_once_the_folder_answers(
    build: Build, monkeypatch: pytest.MonkeyPatch, hung: Hung
) -> None:
    yard = build("{use: files, validate: {touch: OUT/validate.now}}", FOREIGN, "watching", "OUT")
    monkeypatch.setattr(trigger, "touch", hung.behind(trigger.touch))
    yard.give("validate")
    for _ in range(5):
        yard.control.tick()
    assert yard.outcomes() == [Outcome.QUEUED]
    told = str(yard.memory.kinds(Ordered)[-1].detail)
    assert "as soon as its file system answers" in told
    hung.back.set()
    yard.ticks(yard.ended)
    assert yard.outcomes() == [Outcome.QUEUED, Outcome.DONE]


def test_a_late_touch_that_fails_is_failed_with_the_reason(
    build: Build, monkeypatch: pytest.MonkeyPatch, hung: Hung
) -> None:
    yard = build(AXOLOTL, FOREIGN, "deaf", "OUT")
    (yard.out / "axolotl_checkpoint.save").mkdir()
    monkeypatch.setattr(trigger, "touch", hung.behind(trigger.touch))
    yard.give("checkpoint")
    assert yard.ended() is None
    hung.back.set()
    yard.ticks(yard.ended)
    end = yard.ended()
    assert end is not None
    assert end.outcome is Outcome.FAILED
    assert "cannot be touched: Is a directory" in (end.detail or "")


@pytest.mark.parametrize("asked", ["touch", "is_there", "newest"])
def test_a_folder_that_never_answers_leaves_the_order_unseen(
    build: Build, monkeypatch: pytest.MonkeyPatch, hung: Hung, asked: str
) -> None:
    monkeypatch.setattr(handling, "UNKNOWN_PACE_SECONDS", -59.0)
    yard = build(AXOLOTL, FOREIGN, "forgetful", "OUT")
    monkeypatch.setattr(trigger, asked, hung.behind(getattr(trigger, asked)))
    assert yard.end_of("checkpoint").outcome is Outcome.UNSEEN
    begun = [t for t in threading.enumerate() if t.name == "order-files"]
    assert len(begun) <= 1


def test_a_yaml_on_a_folder_that_does_not_answer_lets_the_order_expire(
    build: Build, monkeypatch: pytest.MonkeyPatch, hung: Hung, tmp_path: Path
) -> None:
    yard = _with_yaml(build, tmp_path)
    monkeypatch.setattr(trigger, "output_dir", hung.behind(trigger.output_dir))
    end = yard.end_of("checkpoint", exp=clock.since_boot() + 0.3)
    assert end.outcome is Outcome.EXPIRED
    assert not (yard.out / "axolotl_checkpoint.save").exists()


def test_a_stop_whose_touch_hangs_goes_down_the_ladder_in_its_time(
    build: Build, monkeypatch: pytest.MonkeyPatch, hung: Hung
) -> None:
    yard = build("{stop: {touch: OUT/stop.now}}", FOREIGN, "deaf", "OUT")
    monkeypatch.setattr(trigger, "touch", hung.behind(trigger.touch))
    assert yard.end_of("stop", args={"grace": 0.2}).outcome is Outcome.FAILED
    stages = [stage.stage for stage in yard.memory.kinds(StopStage)]
    assert stages == ["handle", "SIGINT", "SIGTERM", "ask"]
