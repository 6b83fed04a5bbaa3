"""The smallest language there is: a metric, a comparison, a number (`gradient_norm > 100`)."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
    "!=": operator.ne,
}

EXAMPLE = "gradient_norm > 100"
_FORM = re.compile(r"\s*([A-Za-z_][\w./@-]{0,79})\s*(>=|<=|==|!=|>|<)\s*(\S{1,30})\s*")


@dataclass(frozen=True, slots=True)
class Condition:
    """`comparison` is one of COMPARISONS."""

    metric: str
    comparison: str
    limit: float

    def holds(self, value: float) -> bool:
        """Whether it is so; of what is not a number nothing is so."""
        return not math.isnan(value) and COMPARISONS[self.comparison](value, self.limit)


def parse(text: str) -> Condition | None:
    """The condition in a text, None when it is none."""
    found = _FORM.fullmatch(text)
    if found is None:
        return None
    try:
        limit = float(found[3])
    except ValueError:
        return None
    return Condition(found[1], found[2], limit) if math.isfinite(limit) else None
