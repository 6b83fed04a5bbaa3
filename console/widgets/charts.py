"""The charts there are. To add one: a class with the base `chart.Chart`, and a row here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.widgets.chart_experts import ExpertChart
from console.widgets.chart_loss import LossChart
from console.widgets.chart_memory import MemoryChart
from console.widgets.chart_throughput import ThroughputChart

if TYPE_CHECKING:
    from console.widgets.chart import Chart

CHARTS: tuple[tuple[int, str, type[Chart]], ...] = (
    (1, "loss", LossChart),
    (2, "experts", ExpertChart),
    (3, "throughput", ThroughputChart),
    (4, "memory", MemoryChart),
)
"""Number, name and class of each."""
