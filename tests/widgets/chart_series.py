"""A SeriesSource made of lists, and an app that shows nothing but charts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App
from textual.containers import Grid

from console.core.sources import EMPTY, Axis, Columns, Point
from console.widgets import theme
from console.widgets.charts import CHARTS

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from console.core.state import RunState
    from console.widgets.chart import Chart

Points = list[tuple[float, float]]

EPOCH_0 = 1_777_293_000.0
"""Unix seconds of step 0; a step takes a second."""


@dataclass
class Series:
    """Series of (epoch, value); a step is a hundredth of an epoch."""

    series: dict[str, Points] = field(default_factory=dict)
    knows_epochs: bool = True
    changes: int = 1
    asked: list[int] = field(default_factory=list)

    def names(self) -> Sequence[str]:
        return sorted(self.series)

    def version(self) -> int:
        return self.changes

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        points = self.on(name, axis)
        return (points[0][0], points[-1][0]) if points else None

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        self.asked.append(columns)
        points = [point for point in self.on(name, axis) if low <= point[0] <= high]
        if not points or columns < 1:
            return EMPTY
        width = (high - low) / columns or 1.0
        parts: dict[int, Points] = {}
        for x, y in points:
            if isfinite(y):
                parts.setdefault(min(columns - 1, int((x - low) / width)), []).append((x, y))
        found = list(parts.values())
        return Columns(
            [part[0][0] for part in found],
            [min(y for _, y in part) for part in found],
            [max(y for _, y in part) for part in found],
            [part[-1][1] for part in found],
            [x for x, y in points if not isfinite(y)],
        )

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        points = self.on(name, axis)
        return min(points, key=lambda point: abs(point[0] - x)) if points else None

    def point(self, name: str, axis: Axis, x: float) -> Point | None:
        found = self.nearest(name, axis, x)
        if found is None:
            return None
        step = found[0] * (100.0 if axis is Axis.EPOCH and self.knows_epochs else 1.0)
        step = step - EPOCH_0 if axis is Axis.TIME else step
        return Point(step, EPOCH_0 + step, found[1], step / 100 if self.knows_epochs else None)

    def on(self, name: str, axis: Axis) -> Points:
        if axis is Axis.TIME:
            return [(EPOCH_0 + 100.0 * x, y) for x, y in self.series.get(name, ())]
        scale = 1.0 if axis is Axis.EPOCH and self.knows_epochs else 100.0
        if name == "epoch":
            return [(epoch * scale, epoch) for epoch, _ in self.series.get("loss", ())]
        return [(x * scale, y) for x, y in self.series.get(name, ())]


def falling(count: int = 470, start: float = 0.13, noise: float = 0.004) -> Series:
    """A loss that falls over 47 epochs with a little noise, and a validation each second epoch."""
    loss = [
        (47 * i / count, start * 0.988 ** (i * 400 / count) + 0.0215 + noise * _noise(i))
        for i in range(count + 1)
    ]
    held_out = [(x, y + 0.008) for x, y in loss[:: max(1, count // 24)]][1:]
    return Series({"loss": loss, "validation/loss": held_out})


def _noise(i: int) -> float:
    """Between −1 and 1, the same in each run."""
    return ((i * 7919) % 1000 / 500 - 1) * ((i * 104729) % 97 / 97)


class ChartApp(App[None]):
    """Charts in a grid; `only` names one, else all four."""

    CSS: ClassVar[str] = """
    Screen { background: $background; color: $foreground; }
    Chart { border: round $frame; background: $background; padding: 0 1; }
    Chart:focus { border: round $frame-focus; }
    Grid { grid-size: 2; }
    .-row Grid { grid-size: 4; }
    .-one Grid { grid-size: 1; }
    """
    AUTO_FOCUS = None

    def __init__(
        self,
        state: RunState,
        source: Series | None = None,
        only: str = "",
        colours: str = theme.DEFAULT,
    ) -> None:
        super().__init__()
        self._shown = state, source or falling()
        self.charts: list[Chart] = [kind(id=name) for _, name, kind in CHARTS if only in ("", name)]
        for item in theme.THEMES:
            self.register_theme(item)
        self.theme = colours
        self.animation_level = "none"

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return theme.defaults()

    def compose(self) -> ComposeResult:
        with Grid():
            yield from self.charts

    def on_mount(self) -> None:
        self.screen.set_class(len(self.charts) == 1, "-one")
        self.screen.set_class(self.size.height < 8 and len(self.charts) > 1, "-row")
        for chart in self.charts:
            chart.show_series(self._shown[1])
            chart.show(self._shown[0])

    def text(self) -> str:
        """What is on the screen."""
        strips = self.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


async def drawn(
    state: RunState,
    source: Series | None = None,
    only: str = "",
    size: tuple[int, int] = (66, 15),
    **more: Any,
) -> str:
    """What a chart looks like, or all four."""
    app = ChartApp(state, source, only, **more)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        return app.text()


def top(text: str) -> str:
    """The upper border."""
    return text.splitlines()[0]


def bottom(text: str) -> str:
    """The lower border."""
    return text.splitlines()[-1]
