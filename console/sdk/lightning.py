"""The hook for Lightning (lightning.pytorch or pytorch_lightning): one line.

    trainer = Trainer(..., callbacks=[GladiusCallback()])

Orders are obeyed in on_train_batch_end, after a step of the optimizer. A validation can only be
asked of Lightning there: it runs when the hook returns, and what was ordered goes on when it ends.
Nothing here raises into the trainer; where no console started the program, nothing happens.
"""

import importlib
import os
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from console.sdk import lightning_facts
from console.sdk.acting import LATER
from console.sdk.chance import Restore, keep
from console.sdk.hf_facts import size_of
from console.sdk.link import Link
from console.sdk.spending import Spending

PACKAGES = ("lightning.pytorch", "pytorch_lightning")
VALUES_SECONDS = 0.05
"""Values are read at most this often: each reading waits for the device."""

ON_DEMAND = {"val_check_batch": 1, "check_val_every_n_epoch": 1, "_val_check_time_interval": None}
"""What makes Lightning validate after this batch."""

Event = TypeVar("Event", bound=Callable[..., None])


def _base() -> Any:
    """The class a callback of Lightning is derived from, of the package that is in use."""
    for name in sorted(PACKAGES, key=lambda name: name not in sys.modules):
        with suppress(ImportError):
            return importlib.import_module(name).Callback
    return object


def _safe(event: Event) -> Event:
    """Does nothing before the training has begun; errors are only counted."""

    @wraps(event)
    def guarded(self: "GladiusCallback", *args: Any, **kwargs: Any) -> None:
        if self.link is not None:
            try:
                event(self, *args, **kwargs)
            except Exception:
                self.link.errors += 1

    return guarded  # type: ignore[return-value]


class GladiusCallback(_base()):  # type: ignore[misc]
    """Reports a training of Lightning, and obeys.

    Ordered checkpoints go to `folder`, else to that of the trainer's ModelCheckpoint. What else is
    given is told as facts of the run.
    """

    link: Link

    def __init__(self, folder: str | None = None, **info: object) -> None:
        self.link = None  # type: ignore[assignment]  # until the training begins
        self._given_folder, self._info = folder, info
        self._trainer: Any = None
        self._spending = Spending()
        self._during = ExitStack()
        self._step, self._rate = 0, None
        self._read_at = 0.0
        self._training_names: set[str] = set()
        self._saved: dict[int, str] = {}
        self._before: dict[str, Any] = {}
        """What ON_DEMAND has replaced; empty when no validation was ordered."""
        self._restore: Restore | None = None
        self._known: tuple[int, dict[str, Any]] | None = None
        """(step, results) while the boundary goes on after an ordered validation."""

    def on_train_start(self, trainer: Any, pl_module: Any) -> None:
        """Opens the line, in every rank."""
        try:
            self._begin(trainer, pl_module)
        except Exception:  # Lightning in a version we do not know: the training goes on alone
            self.link = None  # type: ignore[assignment]

    def _begin(self, trainer: Any, pl_module: Any) -> None:
        self._trainer, self._step = trainer, trainer.global_step
        orders: dict[str, Callable[[int], object]] = {"checkpoint": self._save}
        try:
            if trainer.enable_validation:
                orders["validate"] = self._ask_to_validate
            settable = lightning_facts.settable(trainer)
        except Exception as error:  # Lightning in a version we do not know
            settable, self._info["hook_error"] = {}, f"{type(error).__name__}: {error}"
        facts = lightning_facts.facts(trainer, pl_module) | self._info
        self.link = Link(orders, settable, distributed=True)
        self.link.info(**{"checkpoint_dir": str(self._folder()), **facts})
        self._saved = dict(self._checkpoints())
        self._spending.enter("data")

    @_safe
    def on_train_batch_start(self, trainer: Any, *_: Any) -> None:
        self._tell_saves()
        self._known, self._restore = None, None
        self._put_back()
        self._spending.enter("compute")

    @_safe
    def on_before_optimizer_step(self, trainer: Any, pl_module: Any, optimizer: Any) -> None:
        """The rate that is used now; after the step it is that of the next."""
        self._rate = optimizer.param_groups[0]["lr"]

    @_safe
    def on_train_batch_end(self, trainer: Any, pl_module: Any, outputs: Any, *_: Any) -> None:
        step = trainer.global_step
        if step == self._step:  # gradients are still gathered
            self._spending.enter("data")
            return
        self._step = step
        self._spending.enter("")
        self._tell(trainer, outputs)
        if self.link.boundary(step):
            trainer.should_stop = True
        self._spending.enter("data")

    @_safe
    def on_validation_start(self, trainer: Any, pl_module: Any) -> None:
        if not trainer.sanity_checking:
            self._during.enter_context(self.link.during("validating", trainer.global_step))
            self._spending.enter("validate")

    @_safe
    def on_validation_end(self, trainer: Any, pl_module: Any) -> None:
        """Tells the results; goes on with the boundary a validation was ordered at."""
        if trainer.sanity_checking:
            return
        seconds = self._spending.elapsed
        self._spending.enter("data")
        self._during.close()
        values = lightning_facts.results(trainer.callback_metrics, self._training_names)
        self.link.evaluated(trainer.global_step, "validation", seconds, **values)
        if self._before:
            self._put_back()
            if self._restore is not None:
                self._restore()
            self._known = (trainer.global_step, values)
            self._spending.enter("")
            if self.link.done(trainer.global_step, values):
                trainer.should_stop = True
            self._spending.enter("data")

    @_safe
    def on_test_end(self, trainer: Any, pl_module: Any) -> None:
        values = lightning_facts.results(trainer.callback_metrics, self._training_names, "test")
        self.link.evaluated(trainer.global_step, "test", **values)

    @_safe
    def on_train_end(self, trainer: Any, pl_module: Any) -> None:
        self._tell_saves()
        self._spending.enter("")
        total = {} if self.link.stopping else {"total_steps": trainer.global_step}
        self.link.info(completed_steps=trainer.global_step, **total)
        self.link.retire("the training is over")

    def _tell(self, trainer: Any, outputs: Any) -> None:
        """One record of the step; its values only now and then."""
        spent = self._spending.take()
        seconds = spent.get("data_seconds", 0.0) + spent.get("compute_seconds", 0.0)
        values: Mapping[str, Any] = {}
        if time.monotonic() - self._read_at >= VALUES_SECONDS:
            self._read_at = time.monotonic()
            values = lightning_facts.values(trainer, outputs)
            self._training_names |= set(trainer.callback_metrics)
        rate: dict[str, Any] = {} if self._rate is None else {"learning_rate": self._rate}
        pace = {"step_seconds": seconds, "steps_per_second": 1 / seconds} if seconds else {}
        place = lightning_facts.place(trainer)
        self.link.log(**{**spent, **pace, **rate, **values, **place, "step": trainer.global_step})
        if advice := self._spending.summary(lightning_facts.workers(trainer)):
            self.link.info(**advice)

    def _save(self, step: int) -> dict[str, Any]:
        self._spending.enter("save")
        path = self._folder() / f"step={step}.ckpt"
        self._trainer.save_checkpoint(path)
        size = (path.stat().st_size if path.is_file() else size_of(path)) if path.exists() else None
        self.link.saved(step, path, size, self._spending.elapsed)
        self._spending.enter("")
        return {"path": str(path), "bytes": size}

    def _ask_to_validate(self, step: int) -> object:
        """Makes Lightning validate when this batch has ended.

        Once a batch: ordered again in the same pause, the results are those just found."""
        trainer = self._trainer
        if self._known is not None and self._known[0] == step:
            return self._known[1]
        self._before = {name: getattr(trainer, name, None) for name in ON_DEMAND}
        self._restore = keep()
        for name, value in ON_DEMAND.items():
            setattr(trainer, name, value)
        return LATER

    def _put_back(self) -> None:
        """Lightning validates as it did before one was ordered."""
        for name, value in self._before.items():
            setattr(self._trainer, name, value)
        self._before = {}

    def _folder(self) -> Path:
        theirs = getattr(getattr(self._trainer, "checkpoint_callback", None), "dirpath", None)
        place = self._given_folder or theirs
        return Path(os.path.abspath(place or Path(self._trainer.default_root_dir, "checkpoints")))

    def _checkpoints(self) -> Mapping[int, str]:
        """Number of a ModelCheckpoint → what it saved last."""
        every = getattr(self._trainer, "checkpoint_callbacks", ())
        names = ("_last_checkpoint_saved", "last_model_path", "best_model_path")
        found = {
            number: next((path for name in names if (path := getattr(one, name, ""))), "")
            for number, one in enumerate(every)
        }
        return {number: path for number, path in found.items() if path}

    def _tell_saves(self) -> None:
        """Checkpoints that Lightning has written by itself since the last look."""
        now = self._checkpoints()
        for number, path in now.items():
            if self._saved.get(number) != path:
                best = getattr(self._trainer.checkpoint_callbacks[number], "best_model_path", "")
                self.link.saved(self._trainer.global_step, path, best=path == best)
        self._saved = dict(now)
