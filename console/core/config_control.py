"""`control:`: the handle the trainer already has, by name, or signals and files of one's own.

control: axolotl
control: {use: axolotl, output_dir: outputs/mine}
control:
  checkpoint: {signal: USR1, to: rank0, seen: saved checkpoint, within: 2m}
  stop: {signal: INT}
  validate: {touch: out/validate.now}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from console.core.config_entries import entries
from console.core.config_kind import DURATION, TEXT, Kind, choice, wrong
from console.core.config_problem import Mark, Problems, Wrong, nearest, quote
from console.core.config_yaml import Path
from console.core.handles import HANDLES, ORDERS, Act, Handle, To

SECTION = "control"
EXAMPLE = "{checkpoint: {signal: USR1, to: rank0}, stop: {signal: INT}}"
_SIGNALS = ("HUP", "INT", "QUIT", "ABRT", "ALRM", "TERM", "USR1", "USR2", "WINCH", "IO", "URG")
_DEADLY = {
    "KILL": "nobody can catch KILL: stop --kill sends it when all else was in vain",
    "STOP": "pause sends STOP to all processes by itself",
    "CONT": "resume sends CONT to all processes by itself",
}
_PAUSES = {
    "pause": "no pause from outside: the order pause freezes it (SIGSTOP) without any setting",
    "resume": "the order resume lets it go on (SIGCONT) without any setting",
    "set": "values can only be changed through the hook: console.sdk.Link",
}
_ONLY = {"signals": ("signal", "touch", "files"), "files": ("touch", "signal", "signals")}
"""Empty handle → what its orders have, what they have not, and where that belongs."""

MarksOf = Callable[[Path], tuple[Mark, Mark]]


def check(given: object, marks: MarksOf, problems: Problems) -> Handle | None:
    """The handle, None without one; what is wrong with the section goes to `problems`."""
    if given is None:
        return None
    if isinstance(given, str):
        return _named(given, (SECTION,), marks, problems, alone=True)
    if not isinstance(given, Mapping):
        found = "a list" if isinstance(given, list) else quote(given)
        message = f"expected the name of a handle or orders by their names, found {found}"
        problems.add(marks((SECTION,))[1], message, f"for example axolotl, or {EXAMPLE}")
        return None
    return _mapping(given, marks, problems)


def _named(
    name: object, path: Path, marks: MarksOf, problems: Problems, *, alone: bool
) -> Handle | None:
    handle = HANDLES.get(name) if isinstance(name, str) else None
    if handle is None:
        close = nearest(str(name), HANDLES)
        hint = f"did you mean {close}?" if close else f"or say how: {EXAMPLE}"
        known = ", ".join(HANDLES)
        problems.add(marks(path)[1], f"there is no handle {quote(name)}, there are {known}", hint)
    elif alone and not handle.acts:
        kind = "{checkpoint: {touch: out/save.now}}" if handle.name == "files" else EXAMPLE
        message = f"{handle.name} needs to know what to do for which order"
        problems.add(marks(path)[1], message, f"write {SECTION}: {kind}")
    return handle


def _mapping(given: Mapping[Any, Any], marks: MarksOf, problems: Problems) -> Handle | None:
    orders = {key: said for key, said in given.items() if key not in ("use", "output_dir")}
    base: Handle | None = HANDLES["signals"]
    if given.get("use") is not None:
        place: Path = (SECTION, "use")
        base = _named(given["use"], place, marks, problems, alone=not orders)
    acts = {}
    for order, said in orders.items():
        act = _order(order, said, marks, problems)
        if act is not None:
            acts[order] = act
    folder = _folder(given.get("output_dir"), marks, problems)
    if not given:
        problems.add(marks((SECTION,))[1], f"{SECTION} says nothing", f"for example {EXAMPLE}")
    if base is None:
        return None
    _check_kind(given.get("use"), acts, marks, problems)
    return replace(base, acts={**base.acts, **acts}, output_dir=folder)


def _folder(given: object, marks: MarksOf, problems: Problems) -> str | None:
    try:
        return None if given is None else str(TEXT.read(given))
    except Wrong as error:
        place = marks((SECTION, "output_dir"))[1]
        problems.add(place, f"{SECTION}.output_dir: {error.message}", error.hint)
        return None


def _check_kind(use: object, acts: Mapping[str, Act], marks: MarksOf, problems: Problems) -> None:
    only = _ONLY.get(use) if isinstance(use, str) else None
    for order, act in acts.items():
        if only and getattr(act, only[1]) is not None:
            message = f"use: {use} has {only[0]}, not {only[1]}"
            hint = f"use: {only[2]}, or leave use: out"
            problems.add(marks((SECTION, order, only[1]))[0], message, hint)


def _order(order: object, given: object, marks: MarksOf, problems: Problems) -> Act | None:
    path: Path = (SECTION, order if isinstance(order, (str, int)) else str(order))
    if order not in ORDERS:
        close = nearest(str(order), ORDERS)
        hint = f"did you mean {close}?" if close else f"there are {', '.join(ORDERS)}"
        hint = _PAUSES.get(str(order), hint)
        problems.add(marks(path)[0], f"{quote(order)} is no order a handle can have", hint)
        return None
    if not isinstance(given, Mapping):
        hint = "write {signal: USR1} or {touch: out/save.now}"
        problems.add(marks(path)[1], f"expected signal or touch, found {quote(given)}", hint)
        return None
    return _act(str(order), entries(path, given, SETTINGS, marks, problems), given, marks, problems)


def _act(
    order: str, said: Mapping[str, Any], given: Mapping[Any, Any], marks: MarksOf,
    problems: Problems,
) -> Act | None:  # fmt: skip
    place = marks((SECTION, order))[0]
    ways = [way for way in ("signal", "touch") if given.get(way) is not None]
    if len(ways) != 1:
        found = "both" if ways else "neither"
        problems.add(place, f"{SECTION}.{order}: expected signal or touch, found {found}")
        return None
    if "touch" in ways and "to" in given:
        hint = "a file is there for whoever looks"
        problems.add(marks((SECTION, order, "to"))[0], "to: belongs to signal:", hint)
    if ways[0] not in said:
        return None
    seen = said.get("seen")
    to = To(said.get("to", To.RANK0))
    does = f"touches {said['touch']}" if "touch" in said else f"SIG{said['signal']} to {to}"
    return Act(
        does, said.get("signal"), to, said.get("touch"),
        seen=() if seen is None else (seen,), within=said.get("within", 60.0),
    )  # fmt: skip


def _signal(value: Any) -> str:
    name = str(value).upper().removeprefix("SIG") if isinstance(value, str) else ""
    if name in _DEADLY:
        raise Wrong(f"{name} is no signal for an order", _DEADLY[name])
    if name not in _SIGNALS:
        close = nearest(name, [one.lower() for one in _SIGNALS])
        hint = f"did you mean {close.upper()}?" if close else f"one of {', '.join(_SIGNALS)}"
        raise wrong("the name of a signal, such as USR1", value, hint)
    return name


def _touch(value: Any) -> str:
    path = str(TEXT.read(value))
    if path.endswith("/") or not path.isprintable() or len(path) > 1000:
        raise wrong("the path of a file", value, "for example out/save.now")
    return path


SETTINGS: dict[str, Kind] = {
    "signal": Kind("the name of a signal", _signal, is_text=True),
    "to": choice(*To),
    "touch": Kind("the path of a file", _touch, is_text=True),
    "seen": TEXT,
    "within": DURATION,
}
