"""Commands of a chart: their keys work while one has the focus."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.commands.command import Command

CHART: tuple[Command, ...] = ()
