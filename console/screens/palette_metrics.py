"""Metrics in the palette: `Chart 3: show gradient_norm`, and each chart's own content again."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from textual.command import Hit, Hits, Provider

from console.core.format_text import text
from console.screens.arrangement import CHARTS
from console.screens.charting import Charting
from console.screens.palette import marked

MOST = 60
"""Hits there are at most: more words make them fewer."""


class ChartMetrics(Provider):
    """What could stand in the place of each chart, when somebody types for it."""

    async def search(self, query: str) -> Hits:
        matcher = self.matcher(query)
        scored = ((matcher.match(line), line, act) for line, act in self._all())
        best = sorted((one for one in scored if one[0] > 0), key=lambda one: -one[0])[:MOST]
        for score, line, act in best:
            yield Hit(score, marked(matcher, line), act, line, help="Kept between starts")

    def _all(self) -> Iterator[tuple[str, partial[None]]]:
        screen = self.screen
        if not isinstance(screen, Charting):
            return
        for number, name in enumerate(CHARTS, 1):
            own = f"Chart {number}: its own content ({name})"
            yield own, partial(screen.show_metric, name, "")
            for metric in screen.session.series.names():
                shown = f"Chart {number}: show {text(metric)}"
                yield shown, partial(screen.show_metric, name, metric)
