"""The hook for Keras 3, with any backend: one line.

    model.fit(..., callbacks=[GladiusCallback(validation_data=(x, y))])

Orders are obeyed after each batch. The loss is what Keras says then: the mean of the epoch so far.
Nothing here raises into the trainer; where no console started the program, nothing happens.
"""

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

from console.sdk.link import Link
from console.sdk.spending import Spending

NAMES = {"acc": "accuracy"}
VALIDATION = "val_"

Event = TypeVar("Event", bound=Callable[..., None])


def _base() -> Any:
    """The class a callback of Keras is derived from; without Keras, any."""
    try:
        return importlib.import_module("keras").callbacks.Callback
    except ImportError:
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
    """Reports a training of Keras, and obeys.

    With `validation_data`, as `evaluate` takes it, it can be validated on order. Checkpoints go to
    `folder`. What else is given is told as facts of the run.
    """

    link: Link

    def __init__(
        self, validation_data: Any = None, folder: str = "checkpoints", **info: object
    ) -> None:
        super().__init__()
        self.link = None  # type: ignore[assignment]  # until the training begins
        self._data, self._folder, self._info = validation_data, Path(folder).absolute(), info
        self._step, self._epoch, self._batch = 0, 1, 0
        self._spending = Spending()
        self._during = ExitStack()

    def on_train_begin(self, logs: Any = None) -> None:
        """Opens the line; of several ranks of torch, in every one."""
        with suppress(Exception):  # Keras in a version we do not know: the training goes on alone
            self._begin()

    def _begin(self) -> None:
        orders: dict[str, Callable[[int], object]] = {"checkpoint": self._save}
        if self._data is not None:
            orders["validate"] = self._validate
        try:
            facts = _facts(self.model, self.params) | {"checkpoint_dir": str(self._folder)}
            settable = _settable(self.model)
        except Exception as error:  # Keras in a version we do not know
            facts, settable = {"hook_error": f"{type(error).__name__}: {error}"}, {}
        self.link = Link(orders, settable, distributed=True)
        self.link.info(**(facts | self._info))
        self._spending.enter("data")

    @_safe
    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch, self._batch = epoch + 1, 0

    @_safe
    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self._spending.enter("compute")

    @_safe
    def on_train_batch_end(self, batch: int, logs: Mapping[str, Any] | None = None) -> None:
        self._step, self._batch = self._step + batch + 1 - self._batch, batch + 1
        self._spending.enter("")
        spent = self._spending.take()
        seconds = sum(spent.values())
        pace = {"step_seconds": seconds, "steps_per_second": 1 / seconds} if seconds else {}
        values = {NAMES.get(name, name): value for name, value in (logs or {}).items()}
        self.link.log(
            **{**spent, **pace, "learning_rate": _rate(self.model), **values,
               "step": self._step, "epoch": self._epoch, "batch": self._batch}
        )  # fmt: skip
        if self.link.boundary(self._step):
            self.model.stop_training = True
        if advice := self._spending.summary():
            self.link.info(**advice)
        self._spending.enter("data")

    @_safe
    def on_test_begin(self, logs: Any = None) -> None:
        self._during.enter_context(self.link.during("validating", self._step))
        self._spending.enter("validate")

    @_safe
    def on_test_end(self, logs: Any = None) -> None:
        self._during.close()
        self._spending.enter("data")

    @_safe
    def on_epoch_end(self, epoch: int, logs: Mapping[str, Any] | None = None) -> None:
        said = {
            NAMES.get(short, short): value
            for name, value in (logs or {}).items()
            if name.startswith(VALIDATION) and (short := name.removeprefix(VALIDATION))
        }
        if said:
            self.link.evaluated(self._step, "validation", **said)

    @_safe
    def on_train_end(self, logs: Any = None) -> None:
        total = {} if self.link.stopping else {"total_steps": self._step}
        self.link.info(completed_steps=self._step, **total)
        self.link.retire("the training is over")

    def _save(self, step: int) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        path = self._folder / f"step-{step}.keras"
        self.model.save(path)
        return str(path)

    def _validate(self, _step: int) -> dict[str, float]:
        with _metrics_kept(self.model):
            given = self._data
            pair = given if isinstance(given, (tuple, list)) else (given,)
            found = self.model.evaluate(*pair, verbose=0, return_dict=True)
        return {NAMES.get(name, name): float(value) for name, value in found.items()}


@contextmanager
def _metrics_kept(model: Any) -> Iterator[None]:
    """`evaluate` counts with the metrics of the epoch, and sets torch modules to evaluate."""
    variables = [one for metric in model.metrics for one in metric.variables]
    before = [one.numpy() for one in variables]
    training = getattr(model, "training", None)
    try:
        yield
    finally:
        for variable, value in zip(variables, before, strict=True):
            variable.assign(value)
        if isinstance(training, bool) and hasattr(model, "train"):
            model.train(training)


def _rate(model: Any) -> float | None:
    try:
        return float(model.optimizer.learning_rate)
    except (AttributeError, TypeError, ValueError, RuntimeError):
        return None


def _settable(model: Any) -> dict[str, dict[str, Any]]:
    """The learning rate, where no schedule of the optimizer's own sets it."""
    optimizer, rate = model.optimizer, _rate(model)
    if rate is None or not hasattr(getattr(optimizer, "_learning_rate", None), "assign"):
        return {}
    return {
        "learning_rate": {
            "type": "float", "min": 1e-9, "max": 10.0, "value": rate, "applies": "now",
            "set": lambda value: setattr(optimizer, "learning_rate", value),
            "get": lambda: _rate(model),
        }
    }  # fmt: skip


def _facts(model: Any, params: Mapping[str, Any]) -> dict[str, Any]:
    """What Keras knows at the start."""
    steps, epochs = params.get("steps"), params.get("epochs")
    backend = importlib.import_module("keras").backend.backend()
    found = {
        "library": f"Keras with {backend}",
        "model": model.name,
        "parameters": model.count_params() if model.built else None,
        "optimizer": type(model.optimizer).__name__,
        "learning_rate": _rate(model),
        "total_epochs": epochs,
        "batches_per_epoch": steps,
        "total_steps": steps * epochs if steps and epochs else None,
    }
    return {name: value for name, value in found.items() if value is not None}
