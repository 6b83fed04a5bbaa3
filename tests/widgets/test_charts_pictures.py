"""Pictures of the charts: two sizes, dark and light, and the cases that look different.

After a wanted change: `pytest tests/widgets/test_charts_pictures.py --snapshot-update`, and look at
the new pictures.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests import states
from tests.widgets.chart_series import ChartApp, Series, falling

Snap = Callable[..., bool]


@pytest.mark.parametrize("colours", ["gladius", "gladius-light"])
@pytest.mark.parametrize("size", [(132, 29), (76, 22)], ids=["wide", "standard"])
def test_four_charts(snap_compare: Snap, size: tuple[int, int], colours: str) -> None:
    app = ChartApp(states.training(), falling(4700), colours=colours)
    assert snap_compare(app, terminal_size=size)


def test_four_cards(snap_compare: Snap) -> None:
    assert snap_compare(ChartApp(states.training(), falling(4700)), terminal_size=(100, 4))


CASES: dict[str, dict[str, Any]] = {
    "bare": {"state": states.bare(), "source": Series()},
    "experts": {"state": states.many_experts(), "source": falling(4700, 5.5, 0.3)},
    "stalled": {"state": states.stalled()},
    "empty": {"state": states.empty(), "source": Series()},
}


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
def test_four_charts_of(snap_compare: Snap, case: dict[str, Any]) -> None:
    assert snap_compare(ChartApp(**case), terminal_size=(132, 29))
