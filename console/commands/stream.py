"""Commands of the stream: their keys work while it has the focus."""

from __future__ import annotations

from console.commands.command import Command, Scope

STREAM: tuple[Command, ...] = (
    Command("follow", "Follow", "Follow the newest line, or stay", keys=("f",), scope=Scope.STREAM),
    Command("line_up", "Up", "A line up", keys=("up",), scope=Scope.STREAM),
    Command("line_down", "Down", "A line down", keys=("down",), scope=Scope.STREAM),
    Command("five_up", "5 up", "Five lines up", keys=("K", "ctrl+up"), scope=Scope.STREAM),
    Command("five_down", "5 down", "Five lines down", keys=("J", "ctrl+down"), scope=Scope.STREAM),
    Command("page_up", "Page up", "A page up", keys=("pageup",), scope=Scope.STREAM),
    Command("page_down", "Page down", "A page down", keys=("pagedown",), scope=Scope.STREAM),
    Command("top", "Top", "The first line", keys=("home",), scope=Scope.STREAM),
    Command("end", "End", "The newest line, and follow", keys=("end",), scope=Scope.STREAM),
    Command("left", "Left", "Move long lines", keys=("left",), scope=Scope.STREAM),
    Command("right", "Right", "Move long lines", keys=("right",), scope=Scope.STREAM),
    Command("select", "Select", "Select lines with the arrows", ("space",), scope=Scope.STREAM),
    Command("copy", "Copy", "Copy what is selected", keys=("y", "ctrl+c"), scope=Scope.STREAM),
    Command("copy_all", "Copy all", "Copy the log", keys=("Y", "ctrl+a"), scope=Scope.STREAM),
    Command("leave", "Leave", "Drop selection or search", ("escape",), scope=Scope.STREAM),
    Command(
        "open_filter", "Filter", "Show lines with a text only", ("ampersand",), scope=Scope.STREAM
    ),
    Command("level", "Level", "All, warnings and errors, errors only", ("L",), scope=Scope.STREAM),
    Command(
        "next_error",
        "Next error",
        "Go to the next error, from the end to the first",
        ("exclamation_mark",),
        scope=Scope.STREAM,
    ),
    Command("first_error", "First error", "Go to the first", ("ctrl+e",), scope=Scope.STREAM),
    Command("mark", "Bookmark", "Mark the line, or not", ("m",), scope=Scope.STREAM),
    Command(
        "next_mark", "Next bookmark", "Go to the next one", ("apostrophe",), scope=Scope.STREAM
    ),
    Command("fold", "Fold", "Fold a traceback, or unfold it", ("enter",), scope=Scope.STREAM),
    Command(
        "menu", "Menu", "All that can be done here", ("full_stop", "shift+f10"), scope=Scope.STREAM
    ),
    Command("wrap", "Wrap", "Wrap long lines, or cut them", keys=("w",), scope=Scope.STREAM),
    Command("clear", "Clear", "Hide what is above", keys=("ctrl+l",), scope=Scope.STREAM),
    Command("unclear", "Undo clear", "Show it again", keys=("u",), scope=Scope.STREAM),
)
