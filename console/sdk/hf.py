"""The hook for Hugging Face transformers, TRL, Axolotl and LLaMA-Factory: one line.

    trainer = Trainer(..., callbacks=[GladiusCallback()])

Orders are obeyed in on_step_begin, when all of the step before is done (transformers logs,
evaluates and saves after on_step_end): pause, checkpoint, validate, set, stop. A stop leaves after
the step that begins there, because transformers looks for it only then. Nothing here raises into
the trainer; where no console started the program, nothing happens.
"""

import importlib
import sys
from collections.abc import Callable, Mapping
from functools import wraps
from types import FrameType
from typing import Any, TypeVar

from console.sdk import hf_facts, hf_settings
from console.sdk.hf_report import SPLITS, Report
from console.sdk.link import Link

Event = TypeVar("Event", bound=Callable[..., None])


def _base() -> Any:
    """The class a callback of transformers is derived from; without transformers, any."""
    try:
        return importlib.import_module("transformers").TrainerCallback
    except ImportError:
        return object


def _safe(event: Event) -> Event:
    """Does nothing before the training has begun; errors are only counted."""

    @wraps(event)
    def guarded(self: "GladiusCallback", *args: Any, **kwargs: Any) -> None:
        if self.report is not None:
            try:
                event(self, *args, **kwargs)
            except Exception:
                self.report.link.errors += 1

    return guarded  # type: ignore[return-value]


class GladiusCallback(_base()):  # type: ignore[misc]
    """Reports a training of transformers, and obeys.

    `trainer` need not be given: it is found when the training begins. `lora_norms_every` steps the
    norms of LoRA matrices are taken (0 = never), at most every `experts_seconds` the load of the
    experts. What else is given is told as facts of the run.
    """

    report: Report

    def __init__(
        self,
        trainer: Any = None,
        lora_norms_every: int = 50,
        experts_seconds: float = 1.0,
        **info: object,
    ) -> None:
        self.report = None  # type: ignore[assignment]  # until the training begins
        self._trainer = trainer
        self._every, self._seconds, self._info = lora_norms_every, experts_seconds, info

    def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Opens the line, in every rank."""
        try:
            self._begin(args, state, given)
        except Exception:  # transformers in a version we do not know: the training goes on alone
            self.report = None  # type: ignore[assignment]

    def _begin(self, args: Any, state: Any, given: Mapping[str, Any]) -> None:
        self._trainer = self._trainer or _trainer_of(self)
        facts: Mapping[str, Any] = {}
        try:
            facts = hf_facts.facts(self._trainer, args, state, given) | self._info
            settable = hf_settings.settable(self._trainer, args, state, given)
        except Exception as error:  # transformers in a version we do not know
            facts, settable = {**facts, "hook_error": f"{type(error).__name__}: {error}"}, {}
        link = Link(self._orders(), settable, distributed=True)
        link.info(**facts)
        self.report = Report(link, facts.get("batches_per_epoch"), self._every)
        self.report.watch(args, given.get("model"), self._seconds)

    @_safe
    def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.finish(state)

    @_safe
    def on_step_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.leave_phase()
        self.report.tell(hf_facts.workers(args))
        with self.report.at_boundary():
            if self.report.link.boundary(state.global_step):
                control.should_training_stop = True
        self.report.begin_step()

    @_safe
    def on_step_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.end_step(state)
        if not control.should_log:  # else transformers waits for the device: that is computing
            self.report.next_phase(control, state.global_step)

    @_safe
    def on_epoch_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.next_phase(control, state.global_step)

    @_safe
    def on_log(
        self, args: Any, state: Any, control: Any, logs: Mapping[str, Any] | None = None, **_: Any
    ) -> None:
        said = dict(logs or {})
        split = next((name for name in SPLITS if any(key.startswith(name) for key in said)), None)
        if split is not None:
            self.report.evaluated(state.global_step, split, said)
        elif "train_runtime" in said:
            self.report.summed_up(said)
        else:
            self.report.logged(state.global_step, said)
            self.report.next_phase(control, state.global_step)

    @_safe
    def on_prediction_step(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.enter_phase("validating", state.global_step)

    @_safe
    def on_evaluate(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        self.report.leave_phase()
        if control.should_save:
            self.report.enter_phase("saving", state.global_step)

    @_safe
    def on_predict(
        self, args: Any, state: Any, control: Any, metrics: Any = None, **_: Any
    ) -> None:
        self.report.leave_phase()
        self.report.evaluated(state.global_step, "test_", dict(metrics or {}))

    @_safe
    def on_save(self, args: Any, state: Any, control: Any, **given: Any) -> None:
        """Told by transformers after it has saved, as the schedule wanted it."""
        self.report.saved(state, self._folder(args))
        self.report.leave_phase()

    def _orders(self) -> dict[str, Callable[[int], object]]:
        """What the trainer can do at a boundary."""
        if self._trainer is None:
            return {}
        orders: dict[str, Callable[[int], object]] = {"checkpoint": self._save}
        if getattr(self._trainer, "eval_dataset", None) is not None:
            orders["validate"] = self._evaluate
        return orders

    def _save(self, _step: int) -> dict[str, Any]:
        self.report.spending.enter("save")
        trainer = self._trainer
        trainer._save_checkpoint(trainer.model_wrapped, trial=None)
        return self.report.saved(trainer.state, self._folder(trainer.args))

    def _evaluate(self, _step: int) -> dict[str, Any]:
        """What `evaluate` returns, without its prefix; it is told by on_log."""
        self.report.spending.enter("validate")
        found: Mapping[str, Any] = self._trainer.evaluate()
        named = {name.removeprefix("eval_"): value for name, value in found.items()}
        return {name: value for name, value in named.items() if name != "epoch"}

    def _folder(self, args: Any) -> str:
        """Where the checkpoints are."""
        given = getattr(self._trainer, "_get_output_dir", None)
        return str(given(trial=None) if given is not None else args.output_dir)


def _trainer_of(callback: object) -> Any:
    """The trainer that calls `callback` just now; transformers does not hand itself over."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        one = frame.f_locals.get("self")
        handler = getattr(one, "callback_handler", None)
        if any(known is callback for known in getattr(handler, "callbacks", ())):
            return one
        frame = frame.f_back
    return None
