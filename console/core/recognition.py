"""What was understood of a trainer, for people: forms, lines, where values come from, and why a
panel is empty."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from console.core import format as fmt
from console.core.protocol import Source

if TYPE_CHECKING:
    from console.core.state import RunState

LINE = "link.log(step=…, expert_share=[…])"

_ORIGINS = {
    Source.HOOK: "hook",
    Source.FILE: "file",
    Source.PARSED: "output",
    Source.SYSTEM: "system",
}


def recognised(state: RunState) -> str | None:
    """`huggingface: 60 of 76 lines, 233 bar updates`; None when nothing was printed yet."""
    found = state.configuration.format
    lines = found.get("lines")
    if not lines:
        return None
    formats = ", ".join(map(str, found.get("formats", ()))) or "no known form"
    told = f"{formats}: {fmt.number(found.get('recognised', 0))} of {fmt.number(lines)} lines"
    updates = found.get("versions")
    return told + (f", {fmt.number(updates)} bar updates" if updates else "")


def origins(state: RunState) -> dict[str, list[str]]:
    """Where values come from (hook, file, output) → their names."""
    found: dict[str, list[str]] = {}
    for name, value in sorted(state.metrics.items()):
        found.setdefault(_ORIGINS[value.source], []).append(name)
    if state.experts.share or state.experts.loss:
        found.setdefault(_ORIGINS[state.experts.source], []).append("experts")
    return {origin: found[origin] for origin in _ORIGINS.values() if origin in found}


def why_no_experts(state: RunState) -> list[str]:
    """Why there are no loads of experts, and what would change it."""
    if state.position.step is None:
        return ["no step yet"]
    if state.experts.loss:
        return ["expert losses known, shares not", "to see them:", LINE]
    if state.life.hook:
        return ["the trainer reports no experts", "to see them:", LINE]
    return ["no known trainer prints", "expert loads; add:", LINE]


def why_no(name: str, state: RunState) -> list[str]:
    """Why there is no loss, or no throughput."""
    first = f"no {name}" if state.ended else f"no {name} yet"
    found = state.configuration.format
    if state.life.hook or not found.get("lines"):
        return [first]
    if not found.get("recognised"):
        reason = f"none of {fmt.number(found['lines'])} lines is of a known form"
        return [first, reason, "formats: in the configuration names yours"]
    formats = found.get("formats", ())
    return [first, f"{formats[0]} does not print it" if formats else "the output does not tell it"]


def recognition_object(state: RunState) -> dict[str, Any]:
    """The same for JSON."""
    found = state.configuration.format
    empty: dict[str, list[str]] = {}
    if not state.experts.share:
        empty["experts"] = why_no_experts(state)
    for name in ("loss", "throughput"):
        if name not in state.metrics:
            empty[name] = why_no(name, state)
    return {
        "formats": list(found.get("formats", ())),
        "lines": found.get("lines"),
        "recognised": found.get("recognised"),
        "bar_updates": found.get("versions"),
        "origins": origins(state),
        "empty": {name: " ".join(lines) for name, lines in empty.items()},
    }


def told(state: RunState) -> list[tuple[str, str]]:
    """(label, text) rows for a screen; none when nothing is known."""
    rows = [] if (line := recognised(state)) is None else [("Output", line)]
    rows += [(f"From {origin}", ", ".join(names)) for origin, names in origins(state).items()]
    return rows
