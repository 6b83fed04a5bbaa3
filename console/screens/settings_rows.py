"""The rows of the settings: what can be chosen, in which words. To add one: a row in ROWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from console.core.settings import Settings

ON_OFF: tuple[tuple[Any, str], ...] = ((True, "on"), (False, "off"))


@dataclass(frozen=True, slots=True)
class Row:
    """A setting with the values it goes through, or a door to something larger (no values)."""

    id: str
    label: str
    help: str
    values: tuple[tuple[Any, str], ...] = ()

    def word(self, settings: Settings) -> str:
        """The value as it is told; one that is none of `values` as it stands."""
        if not self.values:
            return "…"
        value = getattr(settings, self.id)
        return next((word for one, word in self.values if _same(one, value)), str(value))

    def after(self, settings: Settings, by: int) -> Any:
        """The value so many places on."""
        value = getattr(settings, self.id)
        known = [index for index, (one, _word) in enumerate(self.values) if _same(one, value)]
        at = known[0] + by if known else 0
        return self.values[at % len(self.values)][0]


def _same(one: object, other: object) -> bool:
    """Equal, and of one kind: 0 is not False here."""
    return type(one) is type(other) and one == other


THEMES: tuple[tuple[Any, str], ...] = (
    ("", "gladius (the default)"),
    ("gladius-light", "light"),
    ("gladius-contrast", "high contrast"),
    ("gladius-safe", "colour-blind safe"),
    ("ansi-dark", "the terminal's own colours, dark"),
    ("ansi-light", "the terminal's own colours, light"),
)

ROWS: tuple[Row, ...] = (
    Row("theme", "Theme", "The colours of everything.", THEMES),
    Row(
        "ascii",
        "Plain characters",
        "Frames, bars and curves in ASCII only.",
        ((None, "where the terminal needs it"), (True, "always"), (False, "never")),
    ),
    Row("reduced_motion", "Reduced motion", "Nothing glides or blinks.", ON_OFF),
    Row("follow", "Follow", "The stream begins at the newest line, and stays there.", ON_OFF),
    Row("wrap", "Wrap", "Long lines go on in the next row.", ON_OFF),
    Row(
        "confirm_letters",
        "Letters ask",
        "A letter that orders the trainer at once is pressed twice. F-keys never ask.",
        ON_OFF,
    ),
    Row(
        "refresh",
        "Refresh",
        "How often charts and numbers are drawn at most; the log comes at once.",
        ((30, "30 a second"), (10, "10 a second"), (4, "4 a second"), (1, "once a second")),
    ),
    Row(
        "slow_link",
        "Slow line",
        "How much the terminal is sent at most; for a bad line.",
        (
            (0, "no limit"),
            (32_000, "32 kB/s"),
            (8_000, "8 kB/s"),
            (2_000, "2 kB/s"),
        ),
    ),
    Row("keymap", "Keys", "Which key does what; any of them can be changed."),
    Row("guards", "Alerts", "Which alerts hold for this run, and what each does."),
)
