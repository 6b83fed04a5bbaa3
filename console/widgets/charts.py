"""The charts there are. To add one: a class with the base `chart.Chart`, and a row here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.widgets.chart_experts import ExpertChart
from console.widgets.chart_loss import LossChart
from console.widgets.chart_memory import MemoryChart
from console.widgets.chart_metric import MetricChart
from console.widgets.chart_throughput import ThroughputChart

if TYPE_CHECKING:
    from collections.abc import Mapping

    from console.widgets.chart import Chart

CHARTS: tuple[tuple[int, str, type[Chart]], ...] = (
    (1, "loss", LossChart),
    (2, "experts", ExpertChart),
    (3, "throughput", ThroughputChart),
    (4, "memory", MemoryChart),
)
"""Number, name and class of each."""


def chart_of(name: str, slots: Mapping[str, str]) -> Chart:
    """The chart of this name: its own, or the metric `slots` puts in its place."""
    number, kind = next((number, kind) for number, known, kind in CHARTS if known == name)
    metric = slots.get(name, "")
    return MetricChart(number, metric, id=name) if metric else kind(id=name)
