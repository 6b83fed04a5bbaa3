"""What is told of a training of transformers while it goes on: steps, phases, results, saves."""

import math
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from console.sdk import hf_facts
from console.sdk.link import Link
from console.sdk.lora import Norms
from console.sdk.routing import Routing, experts_of
from console.sdk.spending import Spending

NAMES = {
    "train_loss": "loss",
    "grad_norm": "gradient_norm",
    "train_tokens_per_second": "throughput",
    "mean_token_accuracy": "accuracy",
}
"""What transformers calls a value → what the console calls it."""

SPLITS = {"eval_": "validation", "test_": "test"}
"""How names of results begin → of which data they are."""

TOTALS = {
    "train_runtime": "train_seconds",
    "train_samples_per_second": "mean_samples_per_second",
    "train_steps_per_second": "mean_steps_per_second",
    "train_loss": "mean_loss",
}
"""What transformers says of the whole training at its end → a fact of the run."""

SPENT = {"validating": "validate", "saving": "save"}
"""Phase → where its time goes."""


class Report:
    """Gathers what is known of a step, until the next begins, into one record."""

    def __init__(self, link: Link, steps_per_epoch: int | None, norms_every: int) -> None:
        self.link = link
        self.spending = Spending()
        self._steps_per_epoch, self._norms_every = steps_per_epoch, norms_every
        self._norms: Norms | None = None
        self._routing: Routing | None = None
        self._tokens = hf_facts.Tokens()
        self._phase, self._during = "", ExitStack()
        self._at_boundary = False
        self._step: dict[str, Any] = {}
        self._best = math.inf
        self.spending.enter("data")

    def watch(self, args: Any, model: Any, experts_seconds: float) -> None:
        """What is measured in the model, in the rank that reports."""
        if not self.link.active or model is None:
            return
        try:
            self._tokens.watch(model, max(1, getattr(args, "world_size", 1)))
            norms = Norms(model)
            self._norms = norms if norms.names else None
            experts = experts_of(getattr(model, "config", None))
            if experts and not getattr(args, "torch_compile", False):
                self._routing = Routing(model, *experts, seconds=experts_seconds)
        except Exception:  # a model of any kind
            self.link.errors += 1

    @contextmanager
    def at_boundary(self) -> Iterator[None]:
        """Between two steps: what happens here was ordered, and the line tells of its phases."""
        self._at_boundary, began = True, time.perf_counter()
        self.spending.enter("")
        try:
            yield
        finally:
            self._at_boundary = False
            self._tokens.skip(time.perf_counter() - began)

    def begin_step(self) -> None:
        self.spending.enter("compute")
        if self._routing is not None:
            self._routing.begin()

    def end_step(self, state: Any) -> None:
        shares, aux = self._routing.take() if self._routing is not None else ([], None)
        step = state.global_step
        self._step = {"step": step, **hf_facts.place(state, self._steps_per_epoch)}
        if shares:
            self._step["expert_share"] = shares
        if aux is not None:
            self._step["aux_loss"] = aux
        if self._norms is not None and self._norms_every and step % self._norms_every == 0:
            self._step |= self._norms.measure()

    def logged(self, step: int, said: Mapping[str, Any]) -> None:
        """Values of the step that ended; kept for its record."""
        values = _named(said)
        self._step = {**self._step, "step": step, **values, **self._tokens.rate(values)}
        loss = values.get("loss")
        if isinstance(loss, float) and math.isfinite(loss):
            self._best = min(self._best, loss)

    def tell(self, workers: int | None = None) -> None:
        """The step that ended, if it was not told yet."""
        said, self._step = self._step, {}
        if not said:
            return
        spent = self.spending.take()
        seconds = spent.get("data_seconds", 0.0) + spent.get("compute_seconds", 0.0)
        pace = {"step_seconds": seconds, "steps_per_second": 1 / seconds} if seconds else {}
        self.link.log(**{**spent, **pace, **said})
        if advice := self.spending.summary(workers):
            self.link.info(**advice)

    def evaluated(self, step: int, prefix: str, said: Mapping[str, Any]) -> None:
        """Results with names that begin with `prefix`, a key of SPLITS."""
        values = _named({name.removeprefix(prefix): value for name, value in said.items()})
        self.link.evaluated(step, SPLITS[prefix], values.get("runtime"), **values)

    def saved(self, state: Any, folder: str) -> dict[str, Any]:
        """The checkpoint of this step is written; returns its `path` and `bytes`."""
        path = Path(os.path.abspath(folder), f"checkpoint-{state.global_step}")
        best = getattr(state, "best_model_checkpoint", None)
        kept = sorted(path.parent.glob("checkpoint-*"), key=hf_facts.step_of)
        size = hf_facts.size_of(path) if self.link.active else None
        timed = self._at_boundary or self._phase == "saving"
        self.link.saved(
            state.global_step, path, size, self.spending.elapsed if timed else None,
            best=best is not None and os.path.abspath(best) == str(path), kept=list(map(str, kept)),
        )  # fmt: skip
        return {"path": str(path), "bytes": size}

    def summed_up(self, said: Mapping[str, Any]) -> None:
        """What transformers says of the whole training when it is over."""
        self.link.info(**{ours: said[name] for name, ours in TOTALS.items() if name in said})

    def finish(self, state: Any) -> None:
        """The training is over; the program may still evaluate."""
        self.leave_phase()
        self.tell()
        self.spending.enter("")
        if self._routing is not None:
            self._routing.remove()
        self._tokens.remove()
        best = {} if math.isinf(self._best) else {"best_loss": self._best}
        total = {} if self.link.stopping else {"total_steps": state.global_step}
        self.link.info(completed_steps=state.global_step, **best, **total)
        self.link.retire("the training is over")

    def next_phase(self, control: Any, step: int) -> None:
        """What transformers does after a step: it evaluates, then saves, then fetches data."""
        self.spending.enter("data")
        if control.should_evaluate or control.should_save:
            self.tell()
            self.enter_phase("validating" if control.should_evaluate else "saving", step)

    def enter_phase(self, phase: str, step: int) -> None:
        if not self._at_boundary and phase != self._phase:
            self.leave_phase()
            self._phase = phase
            self._during.enter_context(self.link.during(phase, step))
            self.spending.enter(SPENT[phase])

    def leave_phase(self) -> None:
        if self._phase:
            self._phase = ""
            self._tokens.skip(self.spending.elapsed)
            self._during.close()
            self.spending.enter("data")


def _named(said: Mapping[str, Any]) -> dict[str, Any]:
    """The values by the console's names."""
    return {NAMES.get(name, name): value for name, value in said.items() if name != "epoch"}
