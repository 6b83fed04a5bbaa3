"""The stops of the tour: everything a person can do on the screen, in an order that makes sense.

A route is parts by name; each part begins and ends on the screen of the run, so that one can be
gone alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tests.tour import stops_others as others
from tests.tour.route import Stop
from tests.tour.stops_charts import CHARTS
from tests.tour.stops_panels import ROUTE
from tests.tour.stops_screens import ENDING, SCREENS
from tests.tour.stops_stream import STREAM

Parts = Mapping[str, Sequence[Stop]]

START = (
    Stop("the run begins", (), r"● TRAINING", seconds=60),
    Stop("values come", (), r"1 LOSS ─.* \d\.\d+ ─╮", seconds=60),
    Stop("the experts too", (), r"E0 █", seconds=60),
)

WIDE: Parts = {"start": START, **STREAM, **CHARTS, **ROUTE, **SCREENS}
ENDED: Parts = {"ending": ENDING}
"""The last part of the wide route: after the others, which need the run."""

SEEN: Parts = {"read-only": others.SEEN}
TABS: Parts = {"tabs": others.TABS}
ASCII: Parts = {"ascii": others.ASCII}
COLOURLESS: Parts = {"no-color": others.COLOURLESS}
BROKEN: Parts = {"broken": others.BROKEN}
