"""What is said of experts in words: in the border of their chart, and of one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from textual.content import Content

from console.core import format as fmt
from console.core.summary import coverage, rank
from console.widgets.chart import VALUE
from console.widgets.expert_rows import health
from console.widgets.text import joined

if TYPE_CHECKING:
    from console.core.state import RunState


def more(ordered: Sequence[float], top: int, room: int) -> str:
    """`56 more, 86 – 132 %` below the bars, and how many are above them."""
    rest = ordered[top + room :]
    above = f"{top} above" if top else ""
    if not rest:
        return above
    below = f"{len(rest)} more, {rest[0]:.0f} – {fmt.percent(rest[-1], 0)}"
    return f"{above}, {below}" if above else below


def told(state: RunState, number: int) -> Iterator[Content]:
    """`E4 64 % of its share  loss 0.031  rank 8 of 8  low since step 101,200`, and shorter."""
    view = state.experts
    value = coverage(view.share)[number]
    parts = [(f"E{number} ", "bold"), (fmt.percent(value, 0), health(value))]
    share = [(" of its share", "$muted")]
    loss = [("  loss ", "$muted"), (loss_of(state, number), VALUE)]
    place = [("  rank ", "$muted"), (f"{rank(view.share, number)} of {len(view.share)}", VALUE)]
    since = [(f"  {one}", "$warning") for one in low_words(state, number)]
    for rest in (share + loss + place + since, share + loss + since, share + since, since, []):
        yield joined([*parts, *rest])


def loss_of(state: RunState, number: int) -> str:
    """The loss of one expert, where it is told."""
    known = state.experts.loss
    return fmt.loss(known[number]) if number < len(known) else fmt.UNKNOWN


def low_words(state: RunState, number: int) -> Iterator[str]:
    """`dead since step 101,200`, or `low since …`; nothing for one that is well."""
    for word, known in (("dead", state.experts.dead_since), ("low", state.experts.low_since)):
        if str(number) in known:
            yield f"{word} since step {fmt.number(known[str(number)])}"
            return


def since(state: RunState) -> Iterator[Content]:
    """`E4 low since step 101,200`, and shorter; nothing when no expert is low. Dead ones first."""
    view = state.experts
    word, known, style = "dead", view.dead_since, "bold $error"
    if not known:
        word, known, style = "low", view.low_since, "$warning"
    if not known:
        yield Content("")
        return
    number, step = min(known.items(), key=lambda item: (item[1], int(item[0])))
    others = f" +{len(known) - 1}" if len(known) > 1 else ""
    yield Content.styled(f"E{number} {word} since step {fmt.number(step)}{others}", style)
    yield Content.styled(f"E{number} {word}{others}", style)
