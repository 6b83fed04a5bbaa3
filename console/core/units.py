"""What a metric is counted in, by its name; a name nobody here knows is a plain number."""

from __future__ import annotations

import re
from collections.abc import Callable

from console.core import format as fmt

Say = Callable[[float], str]


def _percent(value: float) -> str:
    return fmt.percent(value)


def _share(value: float) -> str:
    """A share from 0 to 1 as percent."""
    return fmt.percent(100.0 * value)


def _degrees(value: float) -> str:
    return f"{fmt.number(value, 1)} °C"


def _watts(value: float) -> str:
    return f"{fmt.number(value)} W"


def _bytes_a_second(value: float) -> str:
    return f"{fmt.size(value)}/s"


_BY_NAME: tuple[tuple[re.Pattern[str], Say], ...] = tuple(
    (re.compile(pattern), say)
    for pattern, say in (
        (r"(.*/)?loss(_\w+)?|expert_loss/.*", fmt.loss),
        (r"(.*/)?accuracy|expert_share/.*", _share),
        (r"cpu|trainer/cpu|gpu\d+/utilisation", _percent),
        (r"gpu\d+/temperature", _degrees),
        (r"gpu\d+/power", _watts),
        (r"gpu\d+/memory|memory/used|swap/used|trainer/memory", fmt.gigabytes),
        (r"trainer/(read|write)|network/(received|sent)", _bytes_a_second),
        (r"throughput", lambda value: fmt.rate(value, "").strip()),
    )
)


def unit_of(name: str) -> Say:
    """The way a value of this metric is told."""
    return next((say for known, say in _BY_NAME if known.fullmatch(name)), fmt.setting)
