"""All that is known of memory and processors, as lines: GPUs, the machine, processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import cut as cut_text
from console.core.format_text import text
from console.widgets.chart import quiet
from console.widgets.chart_bars import stacked
from console.widgets.chart_signs import SIGNS
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.processes import ProcessReading, ProcessUse
    from console.core.state import RunState, System
    from console.core.telemetry import Gpu

LOADS: tuple[tuple[float, str], ...] = ((85.0, "$error"), (70.0 - 1e-9, "$warning"))
NAME_WIDTH = 13
BAR_CELLS = 40
Row = tuple[str, str, str]
"""Name, value, style of the value."""


def page(state: RunState, reading: ProcessReading | None, why: str, width: int) -> list[Content]:
    """All of it; `why` says why there are no processes, if there are none."""
    system = state.system
    lines: list[Content] = []
    for gpu in system.gpus:
        lines += [*_gpu(gpu, width), Content("")]
    if not system.gpus:
        lines += [_title("GPU"), quiet(text(system.gpu_note or "no reading yet")), Content("")]
    lines += [*_machine(system, reading, width), Content("")]
    return [*lines, *_processes(reading, why, width)]


def _title(name: str, rest: str = "") -> Content:
    return joined([(name, "bold $primary"), (f"  {rest}" if rest else "", "$muted")])


def _gpu(gpu: Gpu, width: int) -> Iterator[Content]:
    yield _title(f"GPU {gpu.called}", text(gpu.name))
    if gpu.lost:
        yield Content.styled("lost: the driver does not see it any more", "bold $error")
        return
    used, total, own = gpu.memory_used, gpu.memory_total, gpu.memory_trainer
    yield from _split(used, total, own, width)
    limit = gpu.power_limit
    hot = gpu.temperature, gpu.temperature_limit
    rows: tuple[Row, ...] = (
        ("utilisation", fmt.percent(gpu.utilisation, 0), ""),
        ("power", _of(gpu.power, limit, "W"), ""),
        ("temperature", _of(*hot, "°C"), "$error" if _above(*hot) else ""),
        ("clock", _of(gpu.clock, gpu.clock_max, "MHz"), ""),
        ("memory clock", _of(gpu.memory_clock, gpu.memory_clock_max, "MHz"), ""),
        ("fan", fmt.percent(gpu.fan, 0), ""),
        ("processes", fmt.number(gpu.processes), ""),
        ("ECC errors", fmt.number(gpu.ecc_errors), "$error" if gpu.ecc_errors else ""),
    )
    yield from _columns(rows, width)
    slowed: Row = ("slowed by", _slowed(gpu), "$warning" if gpu.alarms else "")
    yield from _columns((slowed,), width)


def _slowed(gpu: Gpu) -> str:
    if gpu.throttled is None:
        return fmt.UNKNOWN
    return ", ".join(gpu.reasons) or "nothing"


def _above(value: float | None, limit: float | None) -> bool:
    return value is not None and limit is not None and value >= limit


def _machine(system: System, reading: ProcessReading | None, width: int) -> Iterator[Content]:
    limit = "within the container's limit" if system.ram_limit is not None else "of the host"
    yield _title("RAM", limit)
    yield from _split(system.ram_used, system.ram_total, system.trainer_memory, width)
    host = None if reading is None else reading.host_memory
    swap = fmt.UNKNOWN
    if system.swap_total is not None:
        used = fmt.size(system.swap_used)
        swap = f"{used} of {fmt.size(system.swap_total)}" if system.swap_total else "none"
    killed = system.oom_kills
    rows: tuple[Row, ...] = (
        ("limit", fmt.size(system.ram_limit) if system.ram_limit is not None else "none", ""),
        ("host", fmt.size(host), ""),
        ("swap", swap, ""),
        ("pressure", fmt.percent(system.memory_pressure, 0), ""),
        ("OOM kills", fmt.number(killed), "$error" if killed else ""),
    )
    yield from _columns(rows, width)
    yield Content("")
    quota = "" if system.cpu_limit is None else f"of {fmt.number(system.cpu_limit, 1)} cores"
    yield _title("CPU", quota or "of the host")
    yield _bar(system.cpu, width)
    cores = None if system.trainer_cpu is None else system.trainer_cpu / 100
    yield from _columns(
        (
            ("all", fmt.percent(system.cpu, 0), ""),
            ("trainer", f"{fmt.number(cores, 1)} cores" if cores is not None else fmt.UNKNOWN, ""),
            ("processes", fmt.number(system.trainer_processes), ""),
        ),
        width,
    )


def _split(used: int | None, total: int | None, own: int | None, width: int) -> Iterator[Content]:
    """A bar of this trainer's part, of the others', and of what is free; and their sizes."""
    if used is None or not total:
        yield quiet(fmt.UNKNOWN)
        return
    style = _style(100.0 * used / total)
    mine = min(used, own or 0)
    parts = [(mine / total, SIGNS.full), ((used - mine) / total, SIGNS.others)]
    if own is None:
        parts = [(used / total, SIGNS.full)]
    percent = fmt.percent(100.0 * used / total, 0)
    sizes = joined([
        (f"  {percent} ", f"bold {style}"),
        (f"{fmt.size(used)} of {fmt.size(total)}", ""),
    ])  # fmt: skip
    yield joined([stacked(parts, _cells(width), style), sizes])
    others = None if own is None else used - mine
    yield from _columns(
        (
            (f"{SIGNS.full} trainer", fmt.size(own), ""),
            (f"{SIGNS.others} others", fmt.size(others), ""),
            (f"{SIGNS.free} free", fmt.size(total - used), ""),
        ),
        width,
    )


def _bar(percent: float | None, width: int) -> Content:
    if percent is None:
        return quiet(fmt.UNKNOWN)
    style = _style(percent)
    told = Content.styled(f"  {fmt.percent(percent, 0)}", f"bold {style}")
    return joined([stacked([(percent / 100, SIGNS.full)], _cells(width), style), told])


def _cells(width: int) -> int:
    return max(4, min(BAR_CELLS, width - 30))


def _style(percent: float) -> str:
    return next((style for limit, style in LOADS if percent > limit), "$success")


def _of(value: float | None, limit: float | None, unit: str) -> str:
    if value is None:
        return fmt.UNKNOWN
    most = "" if limit is None else f" of {fmt.number(limit)}"
    return f"{fmt.number(value)}{most} {unit}"


def _columns(rows: tuple[Row, ...], width: int) -> Iterator[Content]:
    """Names and values, as many beside one another as there is room for."""
    longest = max(len(value) for _, value, _ in rows)
    cell = NAME_WIDTH + max(16, longest) + 2
    count = max(1, width // cell)
    for first in range(0, len(rows), count):
        pieces: list[tuple[str, str]] = []
        for name, value, style in rows[first : first + count]:
            shown = style or ("$muted" if value == fmt.UNKNOWN else "")
            pieces += [
                (f"{name:<{NAME_WIDTH}}", "$muted"),
                (f"{value:<{cell - NAME_WIDTH}}", shown),
            ]
        yield joined(pieces)


def _processes(reading: ProcessReading | None, why: str, width: int) -> Iterator[Content]:
    if reading is None:
        yield _title("PROCESSES", why or "reading …")
        return
    yield _title("PROCESSES", f"{len(reading.processes)} of the trainer, by memory")
    if not reading.processes:
        yield quiet("none lives")
        return
    yield quiet(f"{'pid':>8} {'memory':>9} {'CPU':>7} {'GPU memory':>11} {'GPUs':<8} command")
    for use in reading.processes:
        yield _process(use, width)


def _process(use: ProcessUse, width: int) -> Content:
    gpus = ",".join(use.gpus) or fmt.UNKNOWN
    facts = (
        f"{use.pid:>8} {fmt.size(use.memory):>9} {fmt.percent(use.cpu, 0):>7} "
        f"{fmt.size(use.gpu_memory):>11} {gpus:<8.8} "
    )
    return joined([facts, (cut_text(text(use.command), max(0, width - len(facts))), "$muted")])
