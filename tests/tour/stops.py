"""The stops of the tour: everything a person can do on the screen, in an order that makes sense."""

from __future__ import annotations

from tests.tour.route import Drag, Mouse, Stop, Wheel

START = (
    Stop("the run begins", (), r"TRAINING", seconds=60),
    Stop("values come", (), r"loss|LOSS|Loss", seconds=60),
)

STREAM = (
    Stop("scrolling up stops following", ("1", "escape", "K", "K"), r"below"),
    Stop("end follows again", ("end",), r"● follow"),
    Stop("search", ("/", "text:loss", "enter"), r"\d+/\d+|\d+ of \d+"),
    Stop("next hit", ("n",), r"\d+/\d+"),
    Stop("leave the search", ("escape", "escape", "end"), r"● follow"),
    Stop("select with keys", ("space", "up", "up"), r"y copy"),
    Stop("copy", ("y",), r"copied to"),
)

LAST = (
    Stop("palette", ("ctrl+k",), r"Search for commands|Pause"),
    Stop("palette closed", ("escape",), r"TRAINING"),
    Stop("help", ("?",), r"HELP"),
    Stop("help closed", ("escape",), r"TRAINING", not_see=r"─ HELP"),
)

WIDE = (*START, *STREAM, *LAST)
STANDARD = (*LAST,)
TABS = (*LAST,)

_ = Drag, Mouse, Wheel
