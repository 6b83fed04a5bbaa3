"""A pattern of the user's own for lines of their trainer; what its groups mean: `formats.own`."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pattern:
    """One of the `formats:` of a configuration."""

    name: str
    search: re.Pattern[bytes]
