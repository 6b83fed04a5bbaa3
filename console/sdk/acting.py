"""What an order does: the acts, and the trainer's own functions called for them.

A new order is a row of `Actor._known` and a method.
"""

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from console.sdk.chance import undisturbed
from console.sdk.inbox import Order
from console.sdk.listener import REMEMBERED_ORDERS, Listener
from console.sdk.ranks import Ranks  # noqa: TC001 (single.py joins the modules)
from console.sdk.reporter import quiet
from console.sdk.setting import Changed, Rejected, asked, checked

PHASES = {"checkpoint": "saving", "validate": "validating"}

LATER = object()
"""What a handler returns that can only ask its framework; `Link.done` says how it ended."""

Handler = Callable[[int], object]
"""Gets the step; returns None, a detail (str) or values (dict). What it raises is the failure."""


class Elsewhere(Exception):
    """A handler failed on another rank; the text says which and how."""


class Actor(Listener):
    """A listener that obeys."""

    def __init__(self, folder: str, rank: int | None = None) -> None:
        self._handlers: dict[str, Handler] = {}
        self._paused = self._left = False
        self._later: Order | None = None
        """The order that is being obeyed after the boundary it was heard at."""
        self._ranks: Ranks | None = None
        self._set_by: dict[str, list[str]] = {}
        """Setting → the orders that changed it and are not undone, the last one last."""
        super().__init__(folder, rank)

    def _known(self) -> dict[str, Callable[[Order, int], object]]:
        """Order → what it does; that returns or raises what the answer says."""
        return {
            "pause": self._pause,
            "resume": self._resume,
            "checkpoint": self._call,
            "validate": self._call,
            "stop": self._stop,
            "set": self._set,
            "recover": self._recover,
        }

    def _obey(self, order: Order, step: int) -> None:
        try:
            said = self._acts[order.cmd](order, step)
            if said is LATER:
                self._later = order
            else:
                self._answer(order, "done", said)
        except Rejected as reason:
            self._answer(order, "rejected", str(reason))
        except Exception as error:
            self._answer(order, "failed", f"{type(error).__name__}: {error}")

    def _call(self, order: Order, step: int, name: str = "", then: str = "") -> object:
        """Runs the trainer's handler in its phase, and tells of the result if that does not."""
        name = name or order.cmd
        self._told, started = False, time.monotonic()
        with self.during(PHASES[name], step, order.id, then):
            try:
                said = self._everywhere(lambda: self._handlers[name](step))
            except Exception as error:
                if not self._told and name == "checkpoint":
                    self.saved(step, ok=False, reason=f"{type(error).__name__}: {error}")
                raise
        seconds = time.monotonic() - started
        values = dict(said) if isinstance(said, Mapping) else {}
        if not self._told and name == "checkpoint":
            path = said if isinstance(said, (str, os.PathLike)) else values.get("path", "")
            self.saved(step, path, seconds=seconds)
        elif not self._told and values:
            self.evaluated(step, seconds=seconds, **values)
        return said

    def _everywhere(self, act: Callable[[], object]) -> object:
        """What `act` returns; it raises on every rank when it does on one. Draws nothing."""
        said: object = None
        error: Exception | None = None
        with undisturbed():
            try:
                said = act()
            except Exception as raised:
                error = raised
        if self._ranks is not None:
            text = None if error is None else f"{type(error).__name__}: {error}"
            heard = self._ranks.gather(text)
            failed = [f"rank {rank}: {said}" for rank, said in enumerate(heard) if said]
            if failed and error is None:
                raise Elsewhere(failed[0])
        if error is not None:
            raise error
        return said

    @quiet
    def _reply(self, order: Order, said: object) -> None:
        self._answer(order, "done", said)

    def _missed(self) -> None:
        """An order that was to be obeyed later, and was not until the next boundary."""
        order, self._later = self._later, None
        if order is not None:
            self._answer(order, "failed", "the trainer did not do it")

    def _recover(self, order: Order, step: int) -> object:
        if not self._held:
            raise Rejected("no step has failed")
        wanted, said = self._wanted(order.args.get("set") or {}), None
        if order.args.get("from") == "checkpoint":
            if "recover" not in self._handlers:
                raise Rejected("this trainer cannot go back to a checkpoint by itself")
            with self.living(step):
                said = self._handlers["recover"](step)
        changed = self._change(order, wanted)
        self._held = self._paused = False
        self.phase("training", step, order.id)
        if not wanted:
            return said
        return Changed(said if isinstance(said, Mapping) else changed, changed.old)

    def _pause(self, order: Order, step: int) -> object:
        if self._paused:
            return "already paused"
        said: object = None
        if order.args.get("checkpoint", True) and "checkpoint" in self._handlers:
            try:
                said = self._call(order, step, "checkpoint", then="paused")
            except Exception as error:
                said = f"paused, but the checkpoint failed: {error}"
        self._paused = True
        self.phase("paused", step, order.id)
        return said

    def _resume(self, order: Order, step: int) -> object:
        if not self._paused:
            return "not paused"
        self._paused = False
        self.phase("training", step, order.id)
        return None

    def _stop(self, order: Order, step: int) -> object:
        before = self._phase
        said: object = "nothing was saved: a step had failed half-way" if self._held else None
        self.phase("stopping", step, order.id)
        wants = order.args.get("checkpoint", True) and not self._held
        if wants and "checkpoint" in self._handlers:
            try:
                said = self._call(order, step, "checkpoint")
            except Exception:
                self.phase(before, step, order.id)
                raise
        self.stopping = self._left = True
        return said

    def _set(self, order: Order, step: int) -> object:
        """All of the values or none of them; with `checkpoint` only after one was saved."""
        wanted = self._agreed_on(asked(order.args))
        if not wanted:
            return "nothing to set"
        if isinstance(order.args.get("set"), Mapping):
            self._refuse_undo(order.args.get("undo"), wanted)
            if order.args.get("checkpoint"):
                self._save_first(order, step)
        return self._change(order, wanted)

    def _wanted(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values as their settings want them. Raises Rejected, and nothing is changed then."""
        specs = self._settable
        return {name: checked(name, specs.get(name), value) for name, value in values.items()}

    def _agreed_on(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The same, refused on all ranks where one refuses: a trainer's own check may depend on
        what only one of them knows, and the others would wait for it in vain."""
        wanted: dict[str, Any] = {}
        try:
            self._everywhere(lambda: wanted.update(self._wanted(values)))
        except Elsewhere as error:
            raise Rejected(f"nothing was changed: {error}") from error
        return wanted

    def _refuse_undo(self, undone: object, wanted: Mapping[str, Any]) -> None:
        """An order is undone only while what it set still stands."""
        since = [n for n in wanted if undone and self._set_by.get(n, [])[-1:] != [undone]]
        if since:
            raise Rejected(f"{', '.join(since)} was changed again since; nothing was put back")

    def _save_first(self, order: Order, step: int) -> None:
        """Saves a checkpoint. Raises Rejected, and nothing is changed then."""
        if "checkpoint" not in self._handlers:
            raise Rejected("this trainer saves nothing by order: set it without a checkpoint")
        if self._held:
            raise Rejected("a step failed half-way, a checkpoint of it is none: set it without one")
        try:
            said = self._call(order, step, "checkpoint")
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            raise Rejected(f"nothing was changed: the checkpoint failed: {why}") from error
        if said is LATER:
            raise Rejected("nothing was changed: this trainer saves later; save first, then set")

    def _change(self, order: Order, wanted: dict[str, Any]) -> Changed:
        """Sets the values; when one is refused, on any rank, those before it are put back."""
        specs, begun = self._settable, []
        with undisturbed():
            old = {name: _in_use(specs[name]) for name in wanted}

        def apply() -> None:
            for name, value in wanted.items():
                try:
                    specs[name]["set"](value)
                except ValueError as error:
                    raise Rejected(str(error)) from error
                except Exception:
                    begun.append(name)  # it may be set half-way
                    raise
                begun.append(name)

        try:
            self._everywhere(apply)
        except Exception:
            with undisturbed():
                for name in reversed(begun):
                    _put_back(specs[name], old[name])
            raise
        for name, value in wanted.items():
            specs[name]["value"] = value
            by = self._set_by.setdefault(name, [])
            if by and order.cmd == "set" and order.args.get("undo") == by[-1]:
                by.pop()
            else:
                by[:] = [*by[1 - REMEMBERED_ORDERS :], order.id]
        return Changed(wanted, old)


def _in_use(spec: Mapping[str, Any]) -> Any:
    """The value now: as the trainer says, else as it was declared or set last."""
    if "get" in spec:
        with suppress(Exception):  # the trainer's own function
            return spec["get"]()
    return spec.get("value")


def _put_back(spec: Mapping[str, Any], old: Any) -> None:
    if old is None:
        return
    with suppress(Exception):  # the trainer's own functions, and what two of its values compare to
        if "get" in spec and bool(spec["get"]() == old):
            return
    with suppress(Exception):
        spec["set"](old)
