"""What the person chose for their screens, as far as it can be taken."""

from __future__ import annotations

from dataclasses import replace

from console.backend import settingsfile
from console.core.settings import Settings


def settings_of(slow_link: int | None = None) -> tuple[Settings, list[str]]:
    """The settings, and what of them could not be taken; `slow_link` wins over the file."""
    try:
        settings, problems = settingsfile.read(settingsfile.path_of())
    except settingsfile.Unreadable as error:
        settings, problems = Settings(), [f"the settings are the defaults: {error}"]
    return settings if slow_link is None else replace(settings, slow_link=slow_link), problems
