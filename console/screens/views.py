"""What a key does to the view: pure functions from one View to the next."""

from __future__ import annotations

from dataclasses import replace

from console.screens.arrangement import SIDE, SPLITS, Arrangement, View

SHOWING_ALL = frozenset({Arrangement.WIDE, Arrangement.STANDARD})
"""Arrangements in which every panel has its place."""

FRONT = frozenset({Arrangement.LOW, Arrangement.TABS})
"""Arrangements in which one panel is in front."""


def opened(view: View, panel: str, kind: Arrangement) -> View:
    """A panel is asked for; where one is in front, asking for it again closes it."""
    if kind in FRONT and not view.maximised:
        return replace(view, panel="stream" if view.panel == panel else panel)
    column = SIDE[:2] if kind is Arrangement.WIDE else SIDE
    side = view.side or panel in column
    return replace(view, panel=panel, side=side)


def focused(view: View, panel: str, kind: Arrangement) -> View:
    """A panel got the focus: it is the one in front after a resize."""
    return replace(view, panel=panel) if kind in SHOWING_ALL else view


def closed(view: View, kind: Arrangement) -> View | None:
    """One step back: from maximised, then to the stream; None at the top level."""
    if view.maximised:
        return replace(view, maximised=False)
    if kind in FRONT and view.panel != "stream":
        return replace(view, panel="stream")
    return None


def maximised(view: View) -> View:
    """The panel in front takes all the room, or gives it back."""
    return replace(view, maximised=not view.maximised)


def side(view: View) -> View:
    """The side column goes or comes."""
    return replace(view, side=not view.side, maximised=False)


def split(view: View) -> View:
    """The next split between stream and charts."""
    return replace(view, split=SPLITS[(SPLITS.index(view.split) + 1) % len(SPLITS)])
