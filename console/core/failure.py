"""What went wrong with a run, why, and what can be done: facts for the dialog and for scripts.

`failure` looks at how a run ended or is held and at its last rows. That memory ran out is believed
of an uncaught exception, of the hook's word and of the kernel's counter, never of words in the
output. To add advice: a function in ADVICE; to explain a code or signal: a row of CODES or SIGNALS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any

from console.core import format as fmt
from console.core.failure_trace import Trace, find_trace, gpu_named, tells_of_memory
from console.core.state import RunState, Status
from console.core.status import signal_name

ROWS = 400
"""So many of the last rows are worth looking at."""

KILL = 9


class Kind(StrEnum):
    """What a failure is."""

    OOM = "oom"
    EXCEPTION = "exception"
    KILLED = "killed"
    CRASHED = "crashed"
    NOT_EXECUTABLE = "not_executable"
    EXIT = "exit"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Failure:
    """One failure. `cause` and `suggestions` are sentences, `line` the last of the traceback.

    `held`: the trainer waits at the failed step. `checkpoint`: the step of the last one saved.
    """

    kind: Kind
    cause: str
    held: bool = False
    line: str | None = None
    trace: Trace | None = None
    suggestions: tuple[str, ...] = ()
    checkpoint: int | None = None


SIGNALS: dict[int, str] = {
    1: "its terminal or session was closed",
    2: "somebody interrupted it",
    4: "an instruction this processor does not have",
    6: "native code gave up (abort)",
    7: "memory that is not there; a full /dev/shm does this",
    8: "an arithmetic error in native code",
    9: "somebody, or the system, killed it",
    11: "a crash in native code",
    15: "it was asked to end from outside",
    24: "its limit of processor time was reached",
    25: "its limit of file size was reached",
}
"""Signal → what it usually means."""

CODES: dict[int, str] = {
    2: "often a wrong argument or configuration",
    126: "the shell found the program, and may not execute it",
    127: "the shell did not find the program",
}
"""Exit code → what it usually means."""

_CRASHES = frozenset({4, 6, 7, 8, 11})
_BAD = frozenset({Status.ERROR, Status.DEAD})


def failure(state: RunState, rows: Sequence[str] = (), first: int = 0) -> Failure | None:
    """What went wrong, None when nothing did.

    `rows` are the last rows of the output without what may still change, `first` the number of the
    first of them.
    """
    if state.status not in _BAD:
        return None
    held = state.life.held_m is not None
    trace = find_trace(rows, first)
    line = state.life.error or (trace.line if trace and _by_itself(state) else None)
    kind, cause = _judged(state, line)
    last = state.checkpoints.last
    found = Failure(kind, cause, held, line, trace, (), last.step if last else None)
    return replace(found, suggestions=tuple(_advice(state, found)))


def failure_object(state: RunState, rows: Sequence[str] = ()) -> dict[str, Any] | None:
    """The failure as JSON, from the state and the last rows; None when nothing went wrong."""
    found = failure(state, rows)
    return None if found is None else {k: v for k, v in asdict(found).items() if k != "trace"}


def error_log(state: RunState, found: Failure, rows: Sequence[str]) -> str:
    """What is exported: cause, advice, and the rows it is read from."""
    head = [f"{state.run.name} ({state.run.id}): {state.status}", found.cause]
    head += [found.line] if found.line else []
    advice = ["", "Suggestions:", *(f"- {one}" for one in found.suggestions)]
    return "\n".join([*head, *(advice if found.suggestions else ()), "", *rows, ""])


def _by_itself(state: RunState) -> bool:
    """Whether it ended on its own: only then the last traceback is why."""
    life = state.life
    return not life.exit_signal and not life.why and life.exit_code != 0


def _judged(state: RunState, line: str | None) -> tuple[Kind, str]:
    """Kind and cause; the first rule that applies decides."""
    life = state.life
    if life.exit_signal == KILL and life.oom_kill:
        return Kind.OOM, "Killed by the kernel: the machine or its memory limit ran out of memory."
    if life.exit_error:
        return Kind.NOT_EXECUTABLE, f"The program could not be executed: {life.exit_error}"
    if line is not None and tells_of_memory(line):
        return Kind.OOM, f"{_memory(line)}{_at(state)}.{_ended_so(state)}"
    if line is not None:
        return Kind.EXCEPTION, f"An exception nobody caught{_at(state)}.{_ended_so(state)}"
    if life.exit_signal:
        return _signalled(life.exit_signal, life.oom_kill)
    if life.why or not life.exit_known or life.exit_code is None:
        return Kind.UNKNOWN, _sentence(life.cause)
    return _exited(life.exit_code, life.oom_kill)


def _memory(line: str) -> str:
    gpu = gpu_named(line)
    if gpu is not None:
        return f"Out of memory (OOM) on GPU {gpu}"
    on_gpu = any(word in line.lower() for word in ("cuda", "hip ", "mps", "torch.out"))
    return "Out of memory (OOM) on the GPU" if on_gpu else "Out of memory (OOM)"


def _at(state: RunState) -> str:
    step = state.position.step
    return "" if step is None else f" after step {step:,}"


def _ended_so(state: RunState) -> str:
    if state.life.held_m is not None:
        return " Training is held at the failed step."
    code = state.life.exit_code
    return "" if code is None else f" The trainer ended with exit code {code}."


def _signalled(number: int, oom_kill: bool | None) -> tuple[Kind, str]:
    kind = Kind.CRASHED if number in _CRASHES else Kind.KILLED
    means = SIGNALS.get(number)
    says = f": {means}" if means else ""
    return kind, f"Killed by signal {signal_name(number)}{says}.{_evidence(number, oom_kill)}"


def _evidence(number: int, oom_kill: bool | None) -> str:
    if number != KILL:
        return ""
    if oom_kill is None:
        return " Whether for memory, the system does not tell."
    if oom_kill:
        return " The kernel killed for memory meanwhile."
    return " The kernel counted no kill for memory."


def _exited(code: int, oom_kill: bool | None) -> tuple[Kind, str]:
    if 128 < code < 160:
        name = signal_name(code - 128)
        means = SIGNALS.get(code - 128)
        says = f", {means}" if means else ""
        kind = Kind.OOM if code - 128 == KILL and oom_kill else Kind.KILLED
        told = f"Exit code {code}: one of its processes was killed by signal {name}{says}."
        return kind, told + _evidence(code - 128, oom_kill)
    means = CODES.get(code)
    kind = Kind.NOT_EXECUTABLE if code in (126, 127) else Kind.EXIT
    return kind, f"It ended by itself with exit code {code}{f': {means}' if means else ''}."


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


# --- advice, from what is really configured -----------------------------------------------------


def setting(state: RunState, section: str, name: str) -> object:
    """What is in use: the trainer's word, else the configuration; None when neither tells."""
    view = state.configuration
    given = view.tree.get(section)
    configured = given.get(name) if isinstance(given, dict) else None
    return view.facts.get(name, configured)


def _number(state: RunState, name: str) -> int | None:
    value = setting(state, "training", name)
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == int(value)
    return int(value) if whole else None  # type: ignore[call-overload]


def _batch(state: RunState) -> Iterator[str]:
    batch, times = _number(state, "batch_size"), _number(state, "gradient_accumulation")
    if batch is None:
        yield "Reduce the batch size."
        return
    if batch <= 1:
        return
    less = f"Reduce the batch size (now {fmt.number(batch)})"
    half = batch // 2
    if times is not None and batch % 2 == 0:
        same = f"{fmt.number(half)} with gradient accumulation {fmt.number(2 * times)}"
        yield f"{less}: {same} keeps {fmt.number(batch * times)} samples a step."
    else:
        yield f"{less}, e.g. to {fmt.number(half)}."


def _memory_advice(state: RunState, found: Failure) -> Iterator[str]:
    if found.kind is not Kind.OOM:
        return
    yield from _batch(state)
    saves = setting(state, "training", "gradient_checkpointing")
    if saves is not True:
        yield f"Enable gradient checkpointing{' (now off)' if saves is False else ''}."
    length = _number(state, "max_length")
    now = "" if length is None else f" (now {fmt.number(length)})"
    yield f"Reduce the maximum length{now}."
    workers = _number(state, "workers")
    if found.line is None and workers:
        yield f"Use fewer data workers (now {fmt.number(workers)})."


def _program_advice(state: RunState, found: Failure) -> Iterator[str]:
    if found.kind is Kind.NOT_EXECUTABLE:
        program = state.run.command[0] if state.run.command else "the program"
        yield f"Check run.command: is {program} there, executable, and on the PATH of this shell?"


def _killer_advice(_state: RunState, found: Failure) -> Iterator[str]:
    if found.kind is Kind.KILLED:
        yield "Ask who sent the signal: a person, the scheduler, or the system (dmesg)."


def _way_on(state: RunState, found: Failure) -> Iterator[str]:
    if found.held:
        yield "Recover tries the step again; adjust what it needs before."
    elif found.checkpoint is not None:
        lost = f"checkpoint at step {found.checkpoint:,}"
        yield f"Recover starts a new run from the {lost}."
    elif state.checkpoints.last is not None:
        yield "Recover starts a new run from the last checkpoint."
    else:
        yield "Nothing was saved: a new run starts from the beginning."


ADVICE: tuple[Callable[[RunState, Failure], Iterator[str]], ...] = (
    _memory_advice,
    _program_advice,
    _killer_advice,
    _way_on,
)


def _advice(state: RunState, found: Failure) -> Iterator[str]:
    for advise in ADVICE:
        yield from advise(state, found)
