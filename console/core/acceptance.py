"""What of an event counts when several sources tell: the trainer's hook, its files, its output.

The hook's word wins over all, a file of the trainer's over what its output seems to say.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from console.core.protocol import Evaluated, Event, Facts, Measured, Saved, Source

if TYPE_CHECKING:
    from console.core.state import RunState


def accepted(state: RunState, event: Event) -> Event | None:
    """What of an event counts: the hook's word wins over what its output seems to say.

    Returns the event, a part of it, or None. Whoever stores series asks this first.
    """
    source = getattr(event, "source", None)
    if source not in (Source.PARSED, Source.FILE):
        return event
    if not state.life.hook:
        return _without_better(state, event) if source is Source.PARSED else _news(state, event)
    if isinstance(event, (Saved, Evaluated)):
        return None
    if isinstance(event, Measured):
        return _without_known(state, event)
    if isinstance(event, Facts):
        known = state.configuration.fact_sources
        values = {k: v for k, v in event.values.items() if known.get(k) != Source.HOOK}
        return replace(event, values=values) if values else None
    return event


def _without_better(state: RunState, event: Event) -> Event | None:
    """A file of the trainer's has every digit: what it tells, the output does not have to."""
    if not isinstance(event, (Measured, Evaluated)):
        return event
    before = f"{event.split}/" if isinstance(event, Evaluated) else ""
    values = {
        name: value
        for name, value in event.values.items()
        if (known := state.metrics.get(before + name)) is None or known.source is not Source.FILE
    }
    if not values and isinstance(event, Evaluated):
        return None
    return event if len(values) == len(event.values) else replace(event, values=values)


def _news(state: RunState, event: Event) -> Event | None:
    """Of a file what the output did not tell of a later step already."""
    if not isinstance(event, Measured) or event.step is None:
        return event
    values = {
        name: value
        for name, value in event.values.items()
        if (known := state.metrics.get(name)) is None
        or known.source is not Source.PARSED
        or known.step is None
        or known.step <= event.step
    }
    return replace(event, values=values) if values else None


def _without_known(state: RunState, event: Measured) -> Measured | None:
    """The values the hook does not report, at the step the hook has reached."""
    new = {
        name: value
        for name, value in event.values.items()
        if name not in state.metrics or state.metrics[name].source is not Source.HOOK
    }
    if not new:
        return None
    return replace(
        event, values=new, step=state.position.step, epoch=None, batch=None,
        expert_loss=(), expert_share=(), mm={},
    )  # fmt: skip
