"""The training summary in Markdown: what ran, how it ended, what came of it, how to go on.

`report` is a pure function of what is known; a section is a function in SECTIONS that gives its
lines, or none when there is nothing to say. Foreign text is cleaned and secrets are masked.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from console.core import format as fmt
from console.core.config_view import panel
from console.core.redaction import mask, mask_tree
from console.core.report_markdown import block, code, grid, plain, table
from console.core.state import Checkpoint, OrderView, RunState, Status

PROGRAM = "gladius-console"

_SIGNS = {Status.FINISHED: "✓", Status.STOPPED: "■", Status.ERROR: "✗", Status.DEAD: "✗"}
_ORDER_MARKS = frozenset({"pause", "resume", "stop", "change"})
_TROUBLE_MARKS = frozenset({"alert", "failure"})


@dataclass(frozen=True, slots=True)
class Background:
    """What a report says besides the state.

    `offset_seconds` is the time zone east of UTC; `values` are secret values to mask. Without
    `orders` and `checkpoints` (all of them, oldest first) the timeline and the last ones stand in.
    """

    offset_seconds: float = 0.0
    orders: Sequence[OrderView] = ()
    checkpoints: Sequence[Checkpoint] = ()
    environment: Mapping[str, object] = field(default_factory=dict)
    values: Sequence[str] = ()


def report(state: RunState, around: Background | None = None) -> str:
    """The summary of a run, ended or not; what is not known is `—`."""
    around = around or Background()
    name = state.run.name or state.run.id
    lines = [f"# Training summary: {plain(name)}", "", *_outcome(state)]
    for title, section in SECTIONS:
        if body := list(section(state, around)):
            lines += ["", f"## {title}", "", *body]
    return mask("\n".join(lines) + "\n", around.values)


def resume_line(state: RunState) -> str | None:
    """The exact command that goes on from the last checkpoint; None without a checkpoint.

    When the configuration file changed or is gone, the run's own copy is named.
    """
    if state.checkpoints.last is None:
        return None
    return shlex.join([PROGRAM, "train", "--config", _config_path(state), "--resume", state.run.id])


def _config_path(state: RunState) -> str:
    view = state.configuration
    is_same = view.path and not view.edited and not view.missing
    return str(view.path) if is_same else f"{state.run.dir}/config.yaml"


def _outcome(state: RunState) -> Iterator[str]:
    sign = _SIGNS.get(state.status, "●")
    yield f"**{sign} {state.status.upper()}**: {plain(state.life.cause)}"
    if state.life.error:
        yield f"\nThe trainer's last error: {code(state.life.error)}"
    if state.life.leftovers:
        pids = ", ".join(map(str, state.life.leftovers))
        yield f"\nProcesses it left behind: {pids}"


def _run(state: RunState, around: Background) -> Iterator[str]:
    run, life = state.run, state.life
    command = mask_tree(list(run.command), around.values)
    words = command if isinstance(command, list) else []
    rows = [
        ("Run", code(run.id)),
        ("Host", plain(f"{run.user}@{run.host}" if run.user else run.host)),
        ("Started", _time(life.started or run.created, around)),
        ("Ended", _time(life.ended, around)),
        ("Training time", fmt.duration(_elapsed(state))),
        ("Paused", fmt.duration(state.timing.paused)),
    ]
    if run.parent:
        at = "" if run.parent_step is None else f" at step {fmt.number(run.parent_step)}"
        checkpoint = f", {code(run.parent_checkpoint)}" if run.parent_checkpoint else ""
        rows.append(("Resumed from", f"{code(run.parent)}{at}{checkpoint}"))
    yield from table(rows)
    if words or run.cwd:
        yield "\nStarted with:\n"
        yield from block(_change_to(run.cwd), shlex.join(map(str, words)))


def _change_to(cwd: str | None) -> str:
    return f"cd {shlex.quote(cwd)}" if cwd else ""


def _elapsed(state: RunState) -> float | None:
    return state.timing.elapsed if state.life.started is not None else None


def _result(state: RunState, _around: Background) -> Iterator[str]:
    place, best, results = state.position, state.loss, state.evaluation
    yield from table([
        ("Steps", _of(place.step, place.total_steps)),
        ("Epoch", _of(place.epoch, place.total_epochs)),
        ("Samples", _of(place.samples, place.total_samples)),
        ("Final loss", fmt.loss(state.value("loss"))),
        ("Best loss", _with_step(fmt.loss(best.best), best.best_step)),
        ("Validation", _scores(results.validation_loss, results.validation_accuracy,
                               results.validation_step)),
        ("Best validation", _scores(results.best_loss, results.best_accuracy, None)),
        ("Test", _scores(results.test_loss, results.test_accuracy, None)),
        ("Throughput", _throughput(state)),
    ])  # fmt: skip
    if best.nonfinite:
        times = f"{fmt.number(best.nonfinite)} times, first"
        yield f"\nThe loss was NaN or infinite {_with_step(times, best.nonfinite_step)}."


def _throughput(state: RunState) -> str:
    rate = state.throughput
    if rate.average is None and rate.peak is None:
        return fmt.UNKNOWN
    return f"{fmt.rate(rate.average, rate.unit)} at the end, peak {fmt.rate(rate.peak, rate.unit)}"


def _of(count: float | None, total: float | None) -> str:
    shown = fmt.setting(count) if isinstance(count, float) else fmt.number(count)
    return shown if total is None else f"{shown} of {fmt.number(total)}"


def _with_step(text: str, step: int | None) -> str:
    return text if step is None else f"{text} at step {fmt.number(step)}"


def _scores(loss: float | None, accuracy: float | None, step: int | None) -> str:
    parts = [] if loss is None else [f"loss {fmt.loss(loss)}"]
    parts += [] if accuracy is None else [f"accuracy {fmt.percent(accuracy * 100)}"]
    return _with_step(", ".join(parts), step) if parts else fmt.UNKNOWN


def _checkpoints(state: RunState, around: Background) -> Iterator[str]:
    saves = state.checkpoints
    if not saves.count and not saves.failed:
        yield "None was saved."
        return
    failed = f", {fmt.number(saves.failed)} failed" if saves.failed else ""
    yield f"{fmt.number(saves.count)} saved{failed}."
    known = around.checkpoints or [one for one in (saves.best, saves.last) if one]
    if known:
        yield ""
        yield from grid(("step", "path", "size", "saved", ""), (
            (fmt.number(one.step), code(one.path), fmt.size(one.bytes), _time(one.t, around),
             _role(one, state))
            for one in {one.path: one for one in known}.values()
        ))  # fmt: skip
    if saves.last_failure:
        yield f"\nThe last save failed: {plain(saves.last_failure)}"


def _role(one: Checkpoint, state: RunState) -> str:
    best, last = state.checkpoints.best, state.checkpoints.last
    roles = (("best", best), ("last", last))
    return ", ".join(name for name, other in roles if other and other.path == one.path)


def _experts(state: RunState, _around: Background) -> Iterator[str]:
    experts = state.experts
    count = max(len(experts.loss), len(experts.share))
    if not count:
        return
    yield _with_step("Balance", experts.step) + ":\n"
    yield from grid(("expert", "loss", "share", "of its fair share"), (
        (str(index), fmt.loss(_at(experts.loss, index)), fmt.percent(_scaled(share, 100)),
         fmt.percent(_scaled(share, 100 * count), 0))
        for index in range(count)
        for share in [_at(experts.share, index)]
    ))  # fmt: skip


def _at(values: Sequence[float], index: int) -> float | None:
    return values[index] if index < len(values) else None


def _scaled(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _configuration(state: RunState, _around: Background) -> Iterator[str]:
    view = state.configuration
    if view.path:
        change = " (missing now)" if view.missing else " (edited since the start)" * view.edited
        yield f"{code(view.path)}{change}\n"
    rows = [(label, value) for label, value in panel(view.tree, view.facts) if value != fmt.UNKNOWN]
    if rows:
        yield from table([(label, plain(value)) for label, value in rows])


def _troubles(state: RunState, around: Background) -> Iterator[str]:
    found = [one for one in state.timeline.entries if one.mark in _TROUBLE_MARKS]
    for one in found:
        yield f"- {_time(one.t, around)} {plain(_with_step(one.text, one.step))}"
    if state.output.dropped:
        lost = fmt.size(state.output.dropped)
        yield f"- {lost} of output could not be recorded and are lost"


def _orders(state: RunState, around: Background) -> Iterator[str]:
    if around.orders:
        yield from grid(("when", "order", "by", "outcome"), (
            (_time(one.at, around), plain(one.cmd), plain(one.by),
             plain(_with_step(f"{one.outcome}", one.step)
                    + (f": {one.detail}" if one.detail else "")))
            for one in around.orders
        ))  # fmt: skip
        return
    for one in state.timeline.entries:
        if one.mark in _ORDER_MARKS:
            by = f" by {one.by}" if one.by else ""
            yield f"- {_time(one.t, around)} {plain(one.text + by)}"


def _output(state: RunState, _around: Background) -> Iterator[str]:
    output = state.output
    yield (
        f"{fmt.number(output.rows)} lines ({fmt.size(output.bytes)}), "
        f"{fmt.number(output.errors)} errors, {fmt.number(output.warnings)} warnings"
    )


def _environment(_state: RunState, around: Background) -> Iterator[str]:
    masked = mask_tree(around.environment, around.values)
    if around.environment and isinstance(masked, Mapping):
        yield from table([(plain(name), plain(value)) for name, value in masked.items()])


def _going_on(state: RunState, _around: Background) -> Iterator[str]:
    if not state.ended:
        yield from block(shlex.join([PROGRAM, "attach", state.run.id]))
        return
    line = resume_line(state)
    if line is None:
        yield "There is no checkpoint to go on from. To start again:\n"
        line = shlex.join([PROGRAM, "train", "--config", _config_path(state), "--again"])
    yield from block(_change_to(state.run.cwd), line)


SECTIONS: tuple[tuple[str, Callable[[RunState, Background], Iterator[str]]], ...] = (
    ("Run", _run),
    ("Result", _result),
    ("Checkpoints", _checkpoints),
    ("Experts", _experts),
    ("Configuration", _configuration),
    ("Alerts and failures", _troubles),
    ("Orders", _orders),
    ("Output", _output),
    ("Environment", _environment),
    ("How to go on", _going_on),
)


def _time(t: float | None, around: Background) -> str:
    shown = fmt.iso(t, around.offset_seconds)
    return fmt.UNKNOWN if shown is None else shown.replace("T", " ")
