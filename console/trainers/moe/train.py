"""The training loop: joins network, data, optimizer, checkpoints, printed lines and the hook.

Deterministic: the weights after a step depend on the settings alone. Neither a validation nor a
save nor a pause changes anything, and a resumed training equals one that was never interrupted.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from console.sdk import Link
from console.trainers.moe import checkpoint, data, steering
from console.trainers.moe.evaluation import evaluate
from console.trainers.moe.fault import Fault
from console.trainers.moe.model import VOCABULARY, Tensors, forward, initialise
from console.trainers.moe.optimizer import AdamW, clip, schedule_factor
from console.trainers.moe.report import Report
from console.trainers.moe.sampler import Sampler
from console.trainers.moe.settings import Settings, SettingsError
from console.trainers.moe.snapshot import Snapshot
from console.trainers.moe.tally import Tally
from console.trainers.moe.telling import Position, tell

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Trainer:
    """A training from its settings, or from a checkpoint, to its end."""

    def __init__(self, settings: Settings, resume: Path | None = None) -> None:
        self.settings = settings
        self.dimensions = settings.dimensions
        self.report = Report()
        self.report.title()
        self.report.ready("Config loaded", Path(settings.file).name)
        given = settings.program.data
        self.dataset = data.load(
            settings.data_folder, given.name, given.examples, given.split, given.seed
        )
        self.sampler = Sampler(self.dataset.train, settings)
        self.batches = self.sampler.batches
        held_out = min(len(self.dataset.validation), len(self.dataset.test))
        if not self.batches or held_out <= settings.max_length:
            raise SettingsError("program.data.examples are too few for a step, or to hold some out")
        self.weights = initialise(self.dimensions, settings.seed)
        self.gradients = Tensors(self.dimensions)
        self.optimizer = AdamW(self.weights, settings.betas, settings.epsilon)
        self.tuning = steering.Tuning.of(settings)
        self.position = Position()
        self._fault = Fault.of(settings.program.fault, settings.batch_size)
        self.folder = checkpoint.Folder(settings.checkpoint_folder, settings.keep)
        self._snapshot = Snapshot(settings, self.dataset.sha256, self.weights, self.optimizer)
        self._validated: tuple[int, float] | None = None
        self._saved_step = -1
        self._saved_at = time.monotonic()
        self._signals = 0
        if resume is not None:
            self._restore(resume)
        self.total_steps = self.position.step + self._remaining_steps()
        self._announce()

    def run(self) -> None:
        """Trains to the end, or until an order or a signal stops it."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)
        batch = self.position.consumed // self.settings.samples_per_step + 1
        self.report.start(self.position.epoch + 1, self.settings.epochs, batch, self.batches)
        while self.position.step < self.total_steps:
            with self.link.step(self.position.step + 1) as tried:
                self.train_step()
            if tried.failed:
                continue
            self._scheduled()
            if self.link.boundary(self.position.step):
                self._leave()
                return
        self._finish()

    def train_step(self) -> None:
        """One step of the optimizer: draws samples, changes the weights, prints and reports."""
        started, position, before = time.perf_counter(), self.position, replace(self.position)
        try:
            tally = self._gather()
        except Exception:
            self.position = before  # the same samples again, if it is tried again
            raise
        norm = clip(self.gradients, self.tuning.gradient_clip)
        position.step += 1
        rate = self.tuning.learning_rate * self._schedule(position.step)
        self.optimizer.step(self.gradients, rate, self.tuning.weight_decay)
        tell(self, tally, rate, norm, time.perf_counter() - started)

    def validate(self, step: int) -> dict[str, float]:
        """Loss and accuracy on the held-out split."""
        with self.link.during("validating", step):
            values = self._evaluate(step, "validation", self.dataset.validation)
        self._validated = (step, values["loss"])
        return values

    def save(self, step: int) -> dict[str, Any]:
        """Saves a checkpoint. Raises OSError when it cannot; that is told and printed by then."""
        position, started = self.position, time.perf_counter()
        batch = position.consumed // self.settings.samples_per_step
        name = f"epoch_{position.epoch + 1}_batch_{batch}.npz"
        path = self.folder.path / name
        score = self._validated[1] if self._validated and self._validated[0] == step else None
        with self.link.during("saving", step):
            try:
                facts = self._snapshot.facts(self.position, self.tuning)
                entry = self.folder.save(name, self._snapshot.arrays(), facts, score)
            except OSError as error:
                reason = error.strerror or str(error)
                self.report.level("ERROR", f"Checkpoint failed: {reason}; the training goes on")
                self.link.saved(step, path, ok=False, reason=reason)
                self._saved_at = time.monotonic()
                raise
            seconds = time.perf_counter() - started
            kept = [str(self.folder.path.absolute() / kept.file) for kept in self.folder.entries]
            self.link.saved(step, path, entry.bytes, seconds, best=entry.best, kept=kept)
        self._saved_step, self._saved_at = step, time.monotonic()
        self.report.saved(f"{self.folder.path.name}/{name}", entry.bytes, seconds, entry.best)
        return {"path": str(path.absolute()), "bytes": entry.bytes}

    def set(self, name: str, value: Any) -> None:
        """Changes one of the tuning values. Raises ValueError for a batch size that does not fit.

        A learning rate is the one used next, or, during the warm-up, the one it rises to.
        """
        self.check(name, value)
        if name == "batch_size":
            times = replace(self.tuning, batch_size=value).accumulation(self.settings)
            self.link.info(gradient_accumulation=times)
        self.report.level("INFO", f"{name} set to {value:g}")
        if name != "learning_rate":
            self.link.info(**{name: value or None})
        elif value == self.in_use(name):
            return
        else:
            value = value / self._risen()
        setattr(self.tuning, name, value)

    def check(self, name: str, value: Any) -> None:
        """Raises ValueError for a batch size that does not fit."""
        if name == "batch_size":
            replace(self.tuning, batch_size=value).accumulation(self.settings)

    def in_use(self, name: str) -> Any:
        """A tuning value as `set` takes it."""
        value = getattr(self.tuning, name)
        return value * self._risen() if name == "learning_rate" else value

    def _risen(self) -> float:
        """The factor of the schedule at the next step; 1 during the warm-up."""
        step = self.position.step + 1
        return self._schedule(step) if step > self.settings.warmup_steps else 1.0

    # the parts of a step

    def _gather(self) -> Tally:
        """The gradients of a step's samples, batch after batch."""
        if self._fault is not None:
            self._fault.strike(self.position.step + 1, self.tuning.batch_size)
        tally, times = Tally(self.dimensions.experts), self.tuning.accumulation(self.settings)
        self.gradients.flat[:] = 0
        for rows in np.split(self.sampler.draw(self.position), times):
            batch = self.sampler.batch(rows)
            result = forward(self.weights, self.gradients, self.dimensions, *batch)
            result.backward(1 / times)
            tally.add(result)
        return tally

    def _remaining_steps(self) -> int:
        epochs = self.settings.epochs - self.position.epoch
        steps = epochs * self.batches - self.position.consumed // self.settings.samples_per_step
        limit = self.settings.steps
        return max(0, steps if limit is None else min(steps, limit - self.position.step))

    def _schedule(self, step: int) -> float:
        schedule, warmup = self.settings.schedule.lower(), self.settings.warmup_steps
        return schedule_factor(schedule, step, warmup, self.total_steps)

    def _evaluate(self, step: int, split: str, text: NDArray[np.uint8]) -> dict[str, float]:
        started = time.perf_counter()
        values = evaluate(self.weights, self.dimensions, text, self.settings.max_length)
        self.link.evaluated(step, split, time.perf_counter() - started, **values)
        self.report.evaluated(split.capitalize(), **values)
        return values

    # saving, resuming, ending

    def _scheduled(self) -> None:
        """Validates when it is due, and before a due save, so that the best one is known."""
        step, tuning = self.position.step, self.tuning
        by_steps, by_time = tuning.checkpoint_interval_steps, tuning.checkpoint_interval_seconds
        save_due = bool(by_steps and step % by_steps == 0) or bool(
            by_time and time.monotonic() - self._saved_at >= by_time
        )
        if step == self.total_steps:
            return
        if save_due or step % tuning.validation_interval_steps == 0:
            self.validate(step)
        if save_due:
            with suppress(OSError):
                self.save(step)

    def go_back(self, _step: int) -> dict[str, Any]:
        """Goes back to the newest checkpoint that is whole; what was set stays set.

        Raises CheckpointError when there is none.
        """
        for entry in reversed(self.folder.entries):
            with suppress(checkpoint.CheckpointError, OSError):
                read = self._snapshot.read(self.folder.path / entry.file)
                self.position = self._snapshot.put(*read)
                return {"step": self.position.step}
        raise checkpoint.CheckpointError(f"{self.folder.path} has no checkpoint that is whole")

    def _restore(self, path: Path) -> None:
        state, facts = self._snapshot.read(path)
        for name, value in self.tuning.restored(facts["tuning"], self.settings).items():
            setattr(self.tuning, name, value)
            self.report.level("INFO", f"Resumed with {name} {value:g}, as set in the run before")
        self.position = self._snapshot.put(state, facts)
        self.report.ready("Resumed", f"{path} (step {self.position.step})")

    def _announce(self) -> None:
        settings, size, given = self.settings, self.weights.flat.size, self.dataset
        where = f"{given.path.with_suffix('')} ({given.examples:,} examples)"
        model = f"{settings.model} ({size / 1e6:.1f}M params, {settings.experts} experts)"
        device = self.report.equipment(where, model, VOCABULARY, settings.program.threads)
        self.link = Link(
            orders={"checkpoint": self.save, "validate": self.validate, "recover": self.go_back},
            settable=steering.settable(self),
            **steering.facts(settings, self.tuning, size, device),
            total_steps=self.total_steps,
            batches_per_epoch=self.batches,
            total_samples=self.total_steps * settings.samples_per_step,
        )

    def _on_signal(self, number: int, _frame: object) -> None:
        """Ends after this step; the second signal ends at once."""
        self._signals += 1
        if self._signals > 1:
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        self.link.stopping = True

    def _leave(self) -> None:
        step = self.position.step
        if self._signals and self._saved_step != step:
            with suppress(OSError):
                self.save(step)
        self.report.level("INFO", f"Training stopped at step {step} of {self.total_steps}")
        self.link.close("stopped")

    def _finish(self) -> None:
        step = self.position.step
        self.validate(step)
        with self.link.during("testing", step):
            values = self._evaluate(step, "test", self.dataset.test)
        with suppress(OSError):
            self.save(step)
        text = f"Training finished: {step} steps, test loss {values['loss']:.4f}"
        self.report.level("SUCCESS", f"{text}, test accuracy {values['accuracy']:.1%}")
        self.link.close("finished")
