"""`status [RUN]`: how a run is, for people in a few lines or for scripts as JSON."""

from __future__ import annotations

import argparse
import shlex
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from console.backend import overhead
from console.cli.current import Current, current, last_rows
from console.cli.exits import DONE
from console.cli.options import add_json, add_run, find_run, over_there
from console.cli.output import clean, print_json
from console.core import format as people
from console.core.delivery import told
from console.core.failure import failure
from console.core.likeness import suggestion
from console.core.recognition import recognised
from console.core.spent import in_words, spent
from console.core.status_json import Surroundings, status_object
from console.core.watching import watcher_text
from console.keeper import rundir

if TYPE_CHECKING:
    from console.backend.overhead import Overhead
    from console.backend.runs import Record
    from console.core.alarm import Alert
    from console.core.state import RunState

AS_RECORDED = ", as recorded: no backend here"


def arguments(parser: argparse.ArgumentParser) -> None:
    add_run(parser)
    add_json(parser)


def run(options: argparse.Namespace) -> int:
    item = find_run(options.run)
    # What it costs is read over some time, in which the run can be asked.
    reader = overhead.begun(item.dir) if item.local and item.alive else None
    found = current(item)
    costs = None if reader is None else overhead.ended(reader)
    if options.json:
        print_json(_object(item, found, costs))
    else:
        print("\n".join(_lines(item, found, costs)))
    return DONE


def _object(item: Record, found: Current, costs: Overhead | None) -> dict[str, object]:
    from console.core.config_view import configuration_state  # it brings YAML

    state = found.state
    view = state.configuration
    here = datetime.now().astimezone()
    offset = here.utcoffset()
    modified = people.iso(view.modified, offset.total_seconds() if offset else 0.0)
    configuration = configuration_state(view.tree, view.facts, view.filename or "", modified)
    around = Surroundings(
        now=time.time(),
        control=str(item.dir / rundir.CONTROL_FIFO) if item.alive else None,
        configuration=configuration,
        zone=here.tzinfo or UTC,
        backend=found.vouched,
        viewers=found.viewers,
        rows=last_rows(item, state),
        overhead=None if costs is None else asdict(costs),
    )
    return status_object(state, around)


def _lines(item: Record, found: Current, costs: Overhead | None) -> list[str]:
    state = found.state
    place, timing = state.position, state.timing
    rows = [
        ("run", f"{item.id}  {clean(item.name)}"),
        ("state", f"{str(state.status).upper()}  {clean(state.life.cause)}"),
        ("step", _of(place.step, place.total_steps, place.progress)),
        ("epoch", _of(place.epoch and int(place.epoch), place.total_epochs, None)),
        ("loss", f"{people.loss(state.value('loss'))}   best {people.loss(state.loss.best)}"),
        ("speed", people.rate(state.throughput.current, state.throughput.unit)),
        ("elapsed", f"{people.duration(timing.elapsed)}   to go {_to_go(state)}"),
        ("saved", _saved(state)),
        *_spent(state),
        *_handle(state),
        *_recognised(state),
        *alert_lines(state),
        *_notices(state),
        (
            "as of",
            people.ago(_age(state)) + ("" if found.vouched else ", as recorded: no backend here"),
        ),
    ]
    if found.viewers:
        rows.append(("watched", ", ".join(clean(watcher_text(one)) for one in found.viewers)))
    if not item.local:
        rows.append(("host", f"{clean(item.host) or people.UNKNOWN}: {over_there(item)}"))
    elif item.alive:
        rows.append(("control", clean(str(item.dir / rundir.CONTROL_FIFO))))
        rows += _costs(costs)
        rows.append(("watch", shlex.join(["gladius-console", "attach", item.id])))
    rows += _advice(item, state)
    return [f"{label:<8} {value}" for label, value in rows]


def _costs(found: Overhead | None) -> list[tuple[str, str]]:
    """What watching costs."""
    if found is None:
        return []
    cpu = "—" if found.cpu is None else f"{found.cpu:.1f} % of a core"
    return [("costs", f"{cpu}, {people.size(found.memory)} in {found.processes} processes of ours")]


def _spent(state: RunState) -> list[tuple[str, str]]:
    """Where the time goes, and what to do about it."""
    found = spent(state)
    if found is None:
        return []
    advice = [("", found.advice)] if found.advice else []
    return [("time", in_words(found)), *advice]


def _handle(state: RunState) -> list[tuple[str, str]]:
    """What can be ordered from outside, or what to write for that."""
    if state.run.control:
        return [("handle", f"{state.run.control}: {', '.join(state.run.control_orders)}")]
    like = "" if state.life.hook or state.ended else suggestion(state, "stop")
    return [("handle", like)] if like else []


def _recognised(state: RunState) -> list[tuple[str, str]]:
    line = recognised(state)
    return [] if line is None else [("output", clean(line))]


def alert_lines(state: RunState) -> list[tuple[str, str]]:
    """What is open, with the next step; no line when nothing is."""
    found = state.alerts.open.values()
    said = (f"{clean(one.text).strip()}{_seen(one)}  {one.advice}".rstrip() for one in found)
    return [("alert", line) for line in said]


def _seen(alert: Alert) -> str:
    return "" if alert.seen is None else f" (seen by {clean(alert.seen_by) or 'somebody'})"


def _notices(state: RunState) -> list[tuple[str, str]]:
    """The ways a person is told by."""
    return [("notify", clean(told(*way))) for way in state.delivery.ways.items()]


def _advice(item: Record, state: RunState) -> list[tuple[str, str]]:
    """What could help after a failure, and the command that goes on."""
    found = failure(state, last_rows(item, state))
    if found is None:
        return []
    rows = [("why", clean(found.cause)), *([("error", clean(found.line))] if found.line else [])]
    rows += [("advice", clean(one)) for one in found.suggestions]
    if item.local and (found.held or state.checkpoints.last is not None):
        rows.append(("recover", shlex.join(["gladius-console", "recover", item.id])))
    return rows


def _of(current: float | None, total: float | None, progress: float | None) -> str:
    share = "" if progress is None else f"   {people.percent(100 * progress)}"
    return f"{people.number(current)} / {people.number(total)}{share}"


def _to_go(state: RunState) -> str:
    low, high = state.timing.remaining_low, state.timing.remaining_high
    if low is None or high is None:
        return "—"
    return f"{people.duration(low)} – {people.duration(high)}"


def _saved(state: RunState) -> str:
    last = state.checkpoints.last
    if last is None:
        return "nothing yet"
    when = people.ago(None if last.t is None else max(0.0, time.time() - last.t))
    return f"{state.checkpoints.count}, last at step {people.number(last.step)}, {when}"


def _age(state: RunState) -> float | None:
    as_of = state.timing.as_of
    return None if as_of is None else max(0.0, time.time() - as_of)
