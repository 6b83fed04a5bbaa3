"""Which alerts hold for a run: what each looks at, for how long, and what it does then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from console.core import config_guards
from console.core.alarm import NOTIFY
from console.core.alerts import DEFAULTS
from console.core.config_problem import ConfigError, Mark, Problems
from console.core.format import setting
from console.core.format_text import text
from console.core.format_time import duration
from console.screens.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.alerts import Rule
    from console.core.state import RunState

NAME_WIDTH, WHEN_WIDTH, FOR_WIDTH, THEN_WIDTH = 20, 34, 10, 12
HOW = (
    "",
    "They are changed in the configuration of the run, under guards:, for the next start:",
    "    gpu_hot: {when: gpu_temperature > 85, for: 1m, then: checkpoint}",
    "    throughput_low: off",
)


def page(state: RunState) -> Reading:
    """The rules in force, those that are open now first to be seen."""
    rules, known = in_force(state)
    head = f"{'alert':<{NAME_WIDTH}}{'when':<{WHEN_WIDTH}}{'for':<{FOR_WIDTH}}then"
    lines: list[Content | str] = [Content.styled(head, "$muted")]
    lines += [_line(rule, state) for rule in rules]
    note = "" if known else "the defaults; the run's own are not known"
    return Reading(
        "ALERTS OF THIS RUN", [*lines, *(Content.styled(h, "$muted") for h in HOW)], note
    )


def in_force(state: RunState) -> tuple[Sequence[Rule], bool]:
    """The rules, and whether they are surely those of the run."""
    tree, problems = state.configuration.tree, Problems()
    place = Mark("guards")
    rules = config_guards.check(tree.get("guards"), lambda _path: (place, place), problems)
    try:
        problems.raise_any()
    except ConfigError:
        return rules, False
    return rules, bool(tree)


def _line(rule: Rule, state: RunState) -> Content:
    is_open = any(key.partition("/")[0] == rule.id for key in state.alerts.open)
    changed = rule != DEFAULTS.get(rule.id)
    when = f"{rule.when.metric} {rule.when.comparison} {setting(rule.when.limit)}"
    lasting = duration(rule.seconds) if rule.seconds else "at once"
    then = "tells" if rule.then == NOTIFY else f"orders {rule.then}"
    note = "▲ open now" if is_open else "changed" if changed else ""
    return Content.assemble(
        (f"{text(rule.id):<{NAME_WIDTH}}", "bold"),
        f"{text(when):<{WHEN_WIDTH}}{lasting:<{FOR_WIDTH}}{then:<{THEN_WIDTH}}",
        (note, "$warning" if is_open else "$muted"),
    )
