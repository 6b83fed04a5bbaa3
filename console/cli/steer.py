"""`set [RUN] key=value …`, `undo [RUN]`: change values of the running trainer, put them back."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from console.cli import orders
from console.cli.current import state_of
from console.cli.exits import REJECTED, USAGE, Failure
from console.cli.options import add_json, add_run, find_run, local_only, seconds
from console.cli.output import clean
from console.core import changes, declared

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from console.backend.runs import Record
    from console.core.state import RunState


def arguments(parser: argparse.ArgumentParser) -> None:
    if parser.get_default("verb") == "set":
        parser.add_argument(
            "words", nargs="+", metavar="[RUN] key=value",
            help="what is to be changed, as the trainer declares it (RUN left out: the only alive)",
        )  # fmt: skip
        add_no_checkpoint(parser)
    else:
        add_run(parser, acting=True)
    add_timeout(parser)
    add_json(parser)


def add_no_checkpoint(parser: argparse.ArgumentParser) -> None:
    """The --no-checkpoint option of what changes values."""
    parser.add_argument(
        "--no-checkpoint", action="store_true",
        help="change without a save before (with one, nothing is changed when it fails)",
    )  # fmt: skip


def add_timeout(parser: argparse.ArgumentParser) -> None:
    """The --timeout option of what is answered."""
    parser.add_argument(
        "--timeout", type=seconds, metavar="S",
        help="how long to wait for the trainer's answer (default: 5m)",
    )  # fmt: skip


def run(options: argparse.Namespace) -> int:
    if options.verb == "undo":
        return _undo(options)
    typed, pairs = _parted(options.words)
    item = find_run(typed, acting=True)
    local_only(item)
    state = live_state(item)
    if state is None:
        return obey(options, item, {"set": {}})
    values: dict[str, Any] = {}
    for dotted, word in pairs.items():
        name, value = _value(state, dotted, word)
        if name in values:
            raise Failure(USAGE, f"{clean(name)} is named twice")
        values[name] = value
    return obey(options, item, with_checkpoint(options, state, values))


def live_state(item: Record) -> RunState | None:
    """The state of a run whose trainer can be set; None when it cannot: the order says why."""
    state = state_of(item)[0] if item.alive else None
    able = state is not None and not state.ended and "set" in state.control.abilities
    return state if able else None


def obey(options: argparse.Namespace, item: Record, args: dict[str, Any]) -> int:
    """Gives the order `set`, prints its end, and returns the exit code."""
    return orders.obey(argparse.Namespace(**{**vars(options), "verb": "set"}), item, args)


def with_checkpoint(
    options: argparse.Namespace, state: RunState, values: Mapping[str, Any]
) -> dict[str, Any]:
    """The arguments of an order that saves first, unless told not to. Raises Failure."""
    if not options.no_checkpoint and "checkpoint" not in state.control.abilities:
        said = "this trainer saves nothing by order, nothing was changed; with --no-checkpoint"
        raise Failure(REJECTED, f"{said} it is set without a save")
    return {"set": dict(values), "checkpoint": not options.no_checkpoint}


def _undo(options: argparse.Namespace) -> int:
    item = find_run(options.run, acting=True)
    local_only(item)
    state = live_state(item)
    if state is None:
        return obey(options, item, {"set": {}})
    change = changes.undoable(state)
    if change is None:
        raise Failure(REJECTED, f"nothing to undo: {changes.why_nothing(state)}")
    return obey(options, item, changes.put_back(change))


def _parted(words: Sequence[str]) -> tuple[str | None, dict[str, str]]:
    """The run, if one is named, and the values by name."""
    named = [word for word in words if "=" not in word]
    if len(named) > 1 or (named and named[0] != words[0]):
        raise Failure(USAGE, f"{clean(named[-1])}: expected key=value")
    pairs: dict[str, str] = {}
    for word in words[len(named) :]:
        name, _, value = word.partition("=")
        if not name.strip() or name.strip() in pairs:
            why = "it is named twice" if name.strip() else "expected key=value"
            raise Failure(USAGE, f"{clean(word)}: {why}")
        pairs[name.strip()] = value.strip()
    if not pairs:
        raise Failure(USAGE, "what is to be set? for example: set learning_rate=3e-4")
    return (named[0] if named else None), pairs


def _value(state: RunState, dotted: str, typed: str) -> tuple[str, Any]:
    """Name and value; `training.batch_size` is the trainer's `batch_size`. Raises Failure."""
    settable = state.control.settable
    name = dotted if dotted in settable else dotted.rpartition(".")[2]
    spec = settable.get(name)
    if spec is None:
        known = ", ".join(map(clean, settable)) or "none"
        raise Failure(REJECTED, f"{clean(dotted)} is no setting of this trainer; known: {known}")
    if declared.is_fixed(spec):
        raise Failure(REJECTED, f"{clean(name)} takes effect after a restart only")
    try:
        return name, declared.parsed(spec, typed)
    except ValueError as error:
        raise Failure(USAGE, f"{clean(name)}={clean(typed)}: {clean(str(error))}") from None
