"""How a state looks: a sign, a word and a colour, always all three.

Every widget that names a state asks `look` or `badge`; to change a look, change LOOKS.
"""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content

from console.core.state import Status


@dataclass(frozen=True, slots=True)
class Look:
    """The sign before a state's word, and the style of both."""

    sign: str
    style: str


LOOKS: dict[Status, Look] = {
    Status.STARTING: Look("…", "$information"),
    Status.TRAINING: Look("●", "bold $success"),
    Status.SAVING: Look("◐", "bold $information"),
    Status.VALIDATING: Look("◐", "bold $information"),
    Status.PAUSED: Look("▮▮", "bold $warning"),
    Status.FROZEN: Look("▮▮", "bold $frozen"),
    Status.STALLED: Look("▲", "bold $warning"),
    Status.STOPPING: Look("■", "bold $muted"),
    Status.STOPPED: Look("■", "bold $muted"),
    Status.FINISHED: Look("✓", "bold $success"),
    Status.ERROR: Look("✗", "bold reverse $error"),
    Status.DEAD: Look("✗", "bold reverse $error"),
}


@dataclass(frozen=True, slots=True)
class Notes:
    """What stands beside the state wherever it is told."""

    lost: bool = False
    """There is no connection: the state is the last that was known."""
    read_only: str = ""
    """Said where no orders can be given."""
    slow_link: bool = False
    """Little is written to the terminal: what is shown may be some seconds old."""


NO_NOTES = Notes()


def badge(status: Status, *, lost: bool = False) -> Content:
    """The state as it stands in header, controls and lists, e.g. `● TRAINING`.

    `? TRAINING` without a connection: nobody knows whether that is still so.
    """
    if lost:
        return Content.styled(f"? {status.upper()}", "dim $muted")
    look = LOOKS[status]
    text = f"{look.sign} {status.upper()}"
    if "reverse" in look.style:
        text = f" {text} "
    return Content.styled(text, look.style)
