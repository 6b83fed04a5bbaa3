"""A notice in the form each way wants: JSON of ntfy, Slack and any webhook, environment of a
command, sequences of a terminal. Pure; nothing here knows an address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from console.core.alarm import CRITICAL, WARNING
from console.core.format_text import cut, text

if TYPE_CHECKING:
    from console.core.notify_line import Parcel

_PRIORITY = {CRITICAL: 5, WARNING: 4}
_TAGS = {
    "alert": "warning", "alert_end": "ok", "failed": "rotating_light", "dead": "skull",
    "finished": "white_check_mark", "stopped": "stop_sign", "checkpoint": "floppy_disk",
    "checkpoint_failed": "rotating_light", "order": "warning",
}  # fmt: skip
LONGEST_TITLE_CELLS, LONGEST_BODY_CELLS = 80, 200
"""On a terminal: what a desktop shows of a notification."""


def body(parcel: Parcel) -> str:
    """The words below the title: what happened, what to do, what else there was."""
    notice = parcel.notice
    lines = [notice.text, notice.advice, parcel.more]
    return "\n".join(line for line in lines if line)


def record(parcel: Parcel) -> dict[str, Any]:
    """The notice as JSON for webhooks and commands."""
    notice = parcel.notice
    return {
        "v": 1,
        "id": notice.id,
        "event": notice.event,
        "severity": notice.severity,
        "title": notice.title,
        "text": notice.text,
        "advice": notice.advice,
        "rule": notice.rule,
        "run": notice.run,
        "name": notice.name,
        "host": notice.host,
        "step": notice.step,
        "t": notice.t,
        "count": parcel.count,
        "more": parcel.more,
    }


def webhook(parcel: Parcel, _topic: str) -> bytes:
    return json.dumps(record(parcel)).encode()


def slack(parcel: Parcel, _topic: str) -> bytes:
    """Slack's incoming webhooks take text in which &, < and > mean something."""
    said = f"{parcel.notice.title}\n{body(parcel)}"
    for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        said = said.replace(sign, name)
    return json.dumps({"text": said}).encode()


def ntfy(parcel: Parcel, topic: str) -> bytes:
    """ntfy's "publish as JSON": titles of any language, and the topic is in no log of addresses."""
    notice = parcel.notice
    tag = _TAGS.get(notice.event)
    return json.dumps(
        {
            "topic": topic,
            "title": notice.title,
            "message": body(parcel),
            "priority": _PRIORITY.get(notice.severity, 3),
            **({"tags": [tag]} if tag else {}),
        }
    ).encode()


FORMS = {"ntfy": ntfy, "slack": slack, "webhook": webhook}
"""Kind of address → the bytes that are posted there as application/json."""


def environment(parcel: Parcel) -> dict[str, str]:
    """What a command finds in its environment, every value one printable line."""
    return {
        f"GLADIUS_NOTICE_{name.upper()}": "" if value in (None, "") else text(value)
        for name, value in record(parcel).items()
        if name != "v"
    }


def terminal(
    title: str, said: str, *, bell: bool, osc9: bool, osc777: bool, passthrough: bool
) -> str:
    """What is written to a terminal: a bell, and notifications of the desktop it stands on.

    `passthrough`: within tmux, which hands on only what is wrapped for it. Nothing foreign in it
    can end a sequence or begin another: control characters are gone.
    """
    title, said = cut(text(title), LONGEST_TITLE_CELLS), cut(text(said), LONGEST_BODY_CELLS)
    parts = []
    if osc9:  # iTerm2, Windows Terminal, ghostty, WezTerm. A number in front would mean progress.
        parts.append(f"\x1b]9;{title}: {said}\x07")
    if osc777:  # urxvt, VTE, foot, WezTerm; a semicolon ends the title
        parts.append(f"\x1b]777;notify;{title.replace(';', ',')};{said}\x07")
    if passthrough:
        parts = [f"\x1bPtmux;{part.replace(chr(27), chr(27) * 2)}\x1b\\" for part in parts]
    return "".join([*parts, *(["\x07"] if bell else [])])
