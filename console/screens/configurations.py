"""What the screens are given of a run's configuration files; see `cli.configurations`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from console.core.config_diff import Change


class Configurations(Protocol):
    """View, edit, presets, templates. All may wait for a disk; what cannot be done raises OSError,
    ValueError or RuntimeError with a sentence."""

    path: str
    """The file the run was started with; empty without one."""

    def shown(self) -> tuple[str, str]:
        """The text, secrets masked, and what it is."""
        ...

    def why_not_edit(self) -> str:
        """Why the file cannot be edited here; empty when it can."""
        ...

    def editor(self) -> list[str]:
        """The person's editor. Raises ValueError without one."""
        ...

    def edit(self) -> None:
        """Runs the editor on the file; the terminal must be free for it."""
        ...

    def presets(self) -> Sequence[str]:
        """Names of configurations."""
        ...

    def compare(self, preset: str) -> Sequence[Change]:
        """How a preset differs from what this run began with."""
        ...

    async def start(self, preset: str) -> str:
        """Starts a new run; its id."""
        ...

    def write(self, preset: str) -> str:
        """Writes a preset into the file; what to tell."""
        ...

    def template_name(self) -> str:
        """A name to begin with."""
        ...

    def save_template(self, name: str, *, overwrite: bool = False) -> str:
        """Saves a template; what to tell. Raises FileExistsError."""
        ...
