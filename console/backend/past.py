"""Orders of the past, from the ends of the journal and of the hook's file.

A person's program may send an order again after we were killed; what was obeyed is not obeyed
again, it is answered with what became of it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from console.core.order import newer_values
from console.core.protocol import OPEN_OUTCOMES, Outcome
from console.core.redaction import mask
from console.core.state import OrderView
from console.keeper import record

TAIL_BYTES = 1 << 20


def orders(run_dir: Path) -> dict[str, OrderView]:
    """The latest orders by id, with their ends."""
    found: dict[str, OrderView] = {}
    for prefix in ("journal-", "hook-"):
        for fields in _tail(run_dir, prefix):
            note(found, fields)
    return found


def note(views: dict[str, OrderView], fields: dict[str, Any]) -> None:
    """Applies a record that tells of an order; others are ignored."""
    order_id, cmd = fields.get("id"), fields.get("cmd")
    if fields.get("k") not in ("order", "answer") or not order_id or not cmd:
        return
    view = views.setdefault(str(order_id), OrderView(str(order_id), str(cmd)))
    advance(view, fields)


def advance(view: OrderView, fields: dict[str, Any]) -> None:
    """What a record says of the order; nothing comes after its end."""
    if view.outcome not in OPEN_OUTCOMES:
        return
    with suppress(ValueError):
        view.outcome = Outcome(str(fields.get("outcome")))
    if view.outcome not in OPEN_OUTCOMES:
        view.answered = fields.get("t")
    view.at = view.at if view.at is not None else fields.get("t")
    view.by = fields.get("by") or view.by
    view.args = fields.get("args") or view.args
    view.step = fields["step"] if fields.get("step") is not None else view.step
    view.detail = mask(str(fields.get("detail") or "")) or view.detail
    view.values = newer_values(view.values, fields.get("values") or {})
    view.old = dict(fields.get("old") or view.old)


def _tail(run_dir: Path, prefix: str) -> Iterator[dict[str, Any]]:
    """Records at the end of the newest file of a kind."""
    names = [n for n in os.listdir(run_dir) if n.startswith(prefix) and n.endswith(".jsonl")]
    if not names:
        return
    newest = max(names, key=lambda name: (run_dir / name).stat().st_mtime_ns)
    with suppress(OSError), (run_dir / newest).open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL_BYTES))
        for text in file:
            if fields := record.decode(text):
                yield fields
