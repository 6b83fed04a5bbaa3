"""Chart 4: memory of every GPU and of the machine, and how busy its processors are.

A bar is what this trainer uses, what others use, and what is free.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from textual.content import Content

from console.core import format as fmt
from console.core.format_text import text
from console.widgets.chart import RIGHT_BUTTON, VALUE, Edge, nothing, quiet
from console.widgets.chart_bars import spaced, stacked
from console.widgets.chart_past import PastChart
from console.widgets.chart_signs import SIGNS
from console.widgets.chart_then import system_at
from console.widgets.chosen import MemoryChosen
from console.widgets.memory_detail import of_cpu, of_gpu, of_memory
from console.widgets.text import joined

if TYPE_CHECKING:
    from textual import events

    from console.core.sources import Point, SeriesSource
    from console.core.state import RunState, System
    from console.core.telemetry import Gpu

FULL = 85.0
LOADS: tuple[tuple[float, str], ...] = ((FULL, "$error"), (70.0 - 1e-9, "$warning"))
"""Percent above which a bar has this colour (the blueprint's)."""

BAR_WIDTH = 8
"""Narrower bars say nothing: then the value alone is shown."""


INDENT = 5
"""Of details: they stand below the bars."""


@dataclass(frozen=True, slots=True)
class Load:
    """One bar: percent used, the percent of it that is this trainer's (None: not told apart)."""

    name: str
    value: str
    percent: float | None
    trainer: float | None = None


class MemoryChart(PastChart):
    """What is used of the machine."""

    NUMBER, NAME = 4, "MEMORY"
    GROUPS = frozenset({"system"})
    OPENS = "Memory in detail"

    def action_open(self) -> None:
        self.post_message(MemoryChosen())

    def on_click(self, event: events.Click) -> None:
        event.prevent_default()
        if event.button != RIGHT_BUTTON:
            self.action_open()

    def facts(self, state: RunState) -> Any:
        found = state.system
        details = self._details(found, self.size.width) if self._is_in_front else {}
        loads = tuple(_gpus(found)), tuple(_machine(found))
        return loads, found.gpu_note, tuple(details.items()), state.ended

    # border

    def shown(self, state: RunState) -> tuple[str, ...]:
        gpus = tuple(f"gpu{gpu.id}/memory" for gpu in state.system.gpus)
        return (*gpus, "memory/used", "swap/used", "trainer/memory")

    def fixed(self, state: RunState) -> object:
        found = state.system
        gpus = tuple((gpu.id, gpu.called, gpu.memory_total) for gpu in found.gpus)
        return gpus, found.ram_total, found.swap_total

    def past(self, state: RunState, source: SeriesSource, point: Point) -> RunState | None:
        found = system_at(source, point, state.system)
        return None if found is None else replace(state, system=found)

    def then(self, seen: RunState) -> str:
        used, _total = _sum(seen.system.gpus)
        kind = "RAM" if used is None else "GPU"
        return f"{kind} {fmt.gigabytes(seen.system.ram_used if used is None else used)}"

    def top(self, state: RunState) -> Iterator[Edge]:
        found = state.system
        used, total = _sum(found.gpus)
        name = "GPU" if total else "RAM"
        if not total:
            used, total = found.ram_used, found.ram_total
        percent = _percent(used, total)
        style = VALUE if state.ended else f"bold {_style(percent)}"
        if self.is_card:
            word = "VRAM" if name == "GPU" else name
            share = (fmt.percent(percent, 0), style)
            yield self.title(), joined([(f"{word} ", "$muted"), share])
        else:
            value = fmt.UNKNOWN if percent is None else _of(used, total)
            yield self.title(), joined([(f"{name} ", "$muted"), (value, style)])
        yield self.title(), Content.styled(fmt.percent(percent, 0), style)

    def bottom(self, state: RunState) -> Iterator[Edge]:
        found = state.system
        ram = _percent(found.ram_used, found.ram_total)
        if self.is_card:
            word = f"RAM {fmt.percent(ram, 0)}" if _sum(found.gpus)[1] else ""
            yield Content(""), quiet(word)
            return
        known = [part for part in (found.cpu, ram, _percent(*_sum(found.gpus))) if part is not None]
        mean = sum(known) / len(known) if known else None
        system = joined([("system ", "$muted"), (fmt.percent(mean, 0), VALUE)])
        _, *memories = _machine(found)
        loads = [*_gpus(found), *memories]
        above = sum(load.percent is not None and load.percent > FULL for load in loads)
        if state.ended and not self.is_past:
            yield quiet("at the end of the run"), system
        elif above and not self.is_past:
            note = f"{SIGNS.high} {above} above {fmt.percent(FULL, 0)}"
            yield Content.styled(note, "$error"), system
        yield Content(""), system

    # picture

    def plot(self, state: RunState, width: int, height: int) -> list[Content]:
        return self._of_then(state, self._bars(state, width, height))

    def _of_then(self, state: RunState, lines: list[Content]) -> list[Content]:
        """The machine as it was at the cursor, or when the run ended: what is red there is no
        alarm now."""
        is_then = state.ended or self.is_past
        return [Content.styled(line.plain, "$muted") for line in lines] if is_then else lines

    def _bars(self, state: RunState, width: int, height: int) -> list[Content]:
        found = state.system
        gpus, machine = list(_gpus(found)), list(_machine(found))
        if found.t is None and not gpus:
            return nothing(["no reading of the machine yet"], width, height)
        note = [] if gpus or not found.gpu_note else [text(found.gpu_note)]
        if self._is_in_front:
            with_details = self._explained(found, [*gpus, *machine], width)
            legend = _legend([*gpus, *machine], width)
            if len(with_details) + len(note) + len(legend) < height:
                return _footed([*with_details, *map(quiet, note)], legend, height)
        room = max(1, height - len(machine) - len(note))
        more = [f"{len(gpus) - room + 1} more GPUs"] if len(gpus) > room else []
        if more:
            worst = sorted(gpus, key=lambda load: -1.0 if load.percent is None else -load.percent)
            gpus = worst[: room - 1]
        loads = [*gpus, *machine]
        rows = [*_rows(gpus, loads, width), *map(quiet, more), *_rows(machine, loads, width)]
        rows += map(quiet, note)
        legend = _legend(loads, width)
        if not legend or height < len(rows) + 2:
            return spaced(rows, height)
        return _footed(spaced(rows, height - 2), legend, height)

    @property
    def _is_in_front(self) -> bool:
        """Whether no other panel stands beside it."""
        return self.outer_size.width >= self.app.size.width and not self.is_card

    def _details(self, found: System, width: int) -> dict[str, str]:
        """What is told below the bar of this name."""
        room = width - INDENT
        details = {_name(gpu): of_gpu(gpu, room) for gpu in found.gpus if not gpu.lost}
        return details | {"CPU": of_cpu(found, room), "RAM": of_memory(found, room)}

    def _explained(self, found: System, loads: Sequence[Load], width: int) -> list[Content]:
        """Bars with their details, an empty line between them."""
        details, lines = self._details(found, width), list[Content]()
        for load, row in zip(loads, _rows(loads, loads, width), strict=True):
            detail = details.get(load.name)
            lines += [Content("")] if lines else []
            lines += [row, *([quiet(" " * INDENT + detail)] if detail else [])]
        return lines

    def card(self, state: RunState, width: int, height: int) -> list[Content]:
        found = state.system
        used, total = _sum(found.gpus)
        own = [gpu.memory_trainer for gpu in found.gpus if gpu.memory_trainer is not None]
        gpu = _memory("GPU", used, total, sum(own) if own else None)
        cpu, ram, *_ = _machine(found)
        loads = [gpu, ram] if total else [ram, cpu]
        values = [_with_percent(load) for load in loads]
        return self._of_then(state, list(_rows(values, values, width))[:height])


def _gpus(found: System) -> Iterator[Load]:
    for gpu in found.gpus:
        name = _name(gpu)
        if gpu.lost:
            yield Load(name, "lost", None)
        else:
            yield _memory(name, gpu.memory_used, gpu.memory_total, gpu.memory_trainer)


def _name(gpu: Gpu) -> str:
    return f"GPU{gpu.called}"


def _machine(found: System) -> Iterator[Load]:
    yield Load("CPU", fmt.percent(found.cpu, 0), found.cpu)
    yield _memory("RAM", found.ram_used, found.ram_total, found.trainer_memory)
    if found.swap_total != 0:
        yield _memory("SWP", found.swap_used, found.swap_total, None)


def _memory(name: str, used: int | None, total: int | None, trainer: int | None) -> Load:
    percent = _percent(used, total)
    value = fmt.UNKNOWN if percent is None else f"{_of(used, total)}"
    return Load(name, value, percent, None if percent is None else _percent(trainer, total))


def _with_percent(load: Load) -> Load:
    return Load(load.name, fmt.percent(load.percent, 0), load.percent, load.trainer)


def _sum(gpus: Iterable[Gpu]) -> tuple[int | None, int | None]:
    """Used and total of all GPUs that tell both."""
    known = [
        (gpu.memory_used, gpu.memory_total)
        for gpu in gpus
        if gpu.memory_used is not None and gpu.memory_total
    ]
    return (sum(a for a, _ in known), sum(b for _, b in known)) if known else (None, None)


def _percent(used: float | None, total: float | None) -> float | None:
    return None if used is None or not total else 100.0 * used / total


def _of(used: float | None, total: float | None) -> str:
    """`71.2/80 GB`."""
    return f"{_short(used)}/{_short(total)} GB"


def _short(size: float | None) -> str:
    if size is None:
        return fmt.UNKNOWN
    scaled = size / 1e9
    return fmt.number(scaled, 1).removesuffix(".0") if scaled < 99.95 else fmt.number(scaled)


def _style(percent: float | None) -> str:
    if percent is None:
        return "$muted"
    return next((style for limit, style in LOADS if percent > limit), "$success")


def _rows(loads: Iterable[Load], all_loads: Sequence[Load], width: int) -> Iterator[Content]:
    """One line a bar; names, bars and values of `all_loads` stand in columns."""
    name = max((len(load.name) for load in all_loads), default=0)
    value = max((len(load.value) for load in all_loads), default=0)
    cells = width - name - value - 3
    for load in loads:
        style = _style(load.percent)
        middle: Content | str = " " * max(1, width - name - value)
        if cells >= BAR_WIDTH:
            middle = joined([" ", stacked(_parts(load), cells, style), "  "])
        yield joined(
            [(f"{load.name:<{name}}", "$muted"), middle, (f"{load.value:>{value}}", _word(style))]
        )


def _word(style: str) -> str:
    """Values are coloured where something is wrong or unknown."""
    return "" if style == "$success" else style


def _parts(load: Load) -> list[tuple[float, str]]:
    """The parts of a bar: this trainer's, then what others use."""
    used = (load.percent or 0.0) / 100.0
    if load.trainer is None:
        return [(used, SIGNS.full)]
    own = min(used, load.trainer / 100.0)
    return [(own, SIGNS.full), (used - own, SIGNS.others)]


def _footed(lines: list[Content], legend: list[Content], height: int) -> list[Content]:
    """Lines above, the legend on the last row."""
    return [*lines, *[Content("")] * (height - len(legend) - len(lines)), *legend]


def _legend(loads: Sequence[Load], width: int) -> list[Content]:
    """What the parts of the bars are: a line for the foot of the panel, if it fits."""
    words = ((SIGNS.full, "trainer"), (SIGNS.others, "others"), (SIGNS.free, "free"))
    line = quiet("  ".join(f"{sign} {word}" for sign, word in words))
    is_split = any(load.trainer is not None for load in loads)
    return [line] if is_split and line.cell_length <= width else []
