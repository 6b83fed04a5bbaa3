"""Commands of the configuration and the timeline: their keys work while one has the focus."""

from __future__ import annotations

from console.commands.command import Command, Scope
from console.commands.when import alarmed

PANELS: tuple[Command, ...] = (
    Command(
        "config_menu",
        "Configuration",
        "A menu: view, edit, preset, template, compare",
        keys=("enter",),
        scope=Scope.CONFIG,
    ),
    Command("timeline_up", "Up", "The entry above", ("up",), scope=Scope.TIMELINE),
    Command("timeline_down", "Down", "The entry below", ("down",), scope=Scope.TIMELINE),
    Command("timeline_page_up", "Page up", "A page up", ("pageup",), scope=Scope.TIMELINE),
    Command("timeline_page_down", "Page down", "A page down", ("pagedown",), scope=Scope.TIMELINE),
    Command("timeline_newest", "Newest", "The newest entry", ("home",), scope=Scope.TIMELINE),
    Command("timeline_oldest", "Oldest", "The oldest entry", ("end",), scope=Scope.TIMELINE),
    Command(
        "timeline_place", "Place", "Go to its place in the log", ("enter",), scope=Scope.TIMELINE
    ),
    Command(
        "acknowledge",
        "Acknowledge",
        "Mark the chosen alert, else every open one, as seen: for everybody who watches",
        ("A",),
        scope=Scope.TIMELINE,
        order="acknowledge",
        when=alarmed,
    ),
    Command(
        "timeline_kind",
        "Kind",
        "All, alerts, checkpoints, validations, changes, pauses …",
        ("L",),
        scope=Scope.TIMELINE,
    ),
    Command(
        "timeline_filter", "Filter", "Only entries with a text", ("ampersand",),
        scope=Scope.TIMELINE,
    ),
    Command(
        "timeline_audit",
        "Audit",
        "Only orders and changes: who, what, from what to what, the outcome",
        ("a",),
        scope=Scope.TIMELINE,
    ),
    Command(
        "timeline_leave", "Leave", "Drop filter and kind", ("escape",), scope=Scope.TIMELINE
    ),
)  # fmt: skip
