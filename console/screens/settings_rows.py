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
    part: str = ""
    """Of a setting that is a mapping: the name in it. None among the values is no entry."""

    @property
    def name(self) -> str:
        """What tells it from all other rows."""
        return f"{self.id}-{self.part}" if self.part else self.id

    def value(self, settings: Settings) -> Any:
        """What holds now."""
        found = getattr(settings, self.id)
        return found.get(self.part) if self.part else found

    def word(self, settings: Settings) -> str:
        """The value as it is told; one that is none of `values` as it stands."""
        if not self.values:
            return "…"
        value = self.value(settings)
        return next((word for one, word in self.values if _same(one, value)), str(value))

    def after(self, settings: Settings, by: int) -> Any:
        """What the setting is to be: the value so many places on."""
        value = self.value(settings)
        known = [index for index, (one, _word) in enumerate(self.values) if _same(one, value)]
        at = known[0] + by if known else 0
        chosen = self.values[at % len(self.values)][0]
        if not self.part:
            return chosen
        rest = {name: one for name, one in getattr(settings, self.id).items() if name != self.part}
        return rest if chosen is None else {**rest, self.part: chosen}


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


def _notice(part: str, label: str, said: str) -> Row:
    """A way a notice goes."""
    values = ((None, "where the terminal knows it"), (True, "on"), (False, "off"))
    return Row("notices", label, said, values, part=part)


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
    _notice("bell", "Bell", "A notice rings the bell of the terminal."),
    _notice("osc9", "Desktop notice", "A notice is shown on the desktop, by OSC 9."),
    _notice("osc777", "… by OSC 777", "The same, as foot, rxvt and GNOME terminals know it."),
    _notice("tmux", "tmux window", "In tmux the window's name says so until a key is pressed."),
    Row(
        "notices",
        "Notices from",
        "How grave it must be to call you by any of these.",
        ((None, "all"), ("warning", "warnings on"), ("critical", "critical only")),
        part="severity",
    ),
    Row("keymap", "Keys", "Which key does what; any of them can be changed."),
    Row("guards", "Alerts", "Which alerts hold for this run, and what each does."),
)
