"""What a hook answers that is older than this console, in words that say what to do.

The version of a hook is that of the package where the trainer runs; it is loaded once and stays as
long as the trainer does. To add one: a row in CRYPTIC.
"""

from __future__ import annotations

OLDER = (
    "this trainer's hook is older than this console and does not understand it: upgrade"
    " gladius-console where it trains, then start the run again"
)

CRYPTIC: dict[tuple[object, object], str] = {
    # It took the parts of the order for names of settings.
    ("set", "set is no setting of this trainer"): OLDER,
    ("set", "checkpoint is no setting of this trainer"): OLDER,
    ("set", "undo is no setting of this trainer"): OLDER,
}
"""(order, detail of the answer) → what is told instead."""


def in_words(cmd: object, detail: object) -> object:
    """The detail of an answer, as a person can use it."""
    is_text = isinstance(cmd, str) and isinstance(detail, str)
    return CRYPTIC.get((cmd, detail), detail) if is_text else detail
