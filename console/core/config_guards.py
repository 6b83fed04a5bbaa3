"""`guards:`: which alerts there are, at which limit, for how long, and what is done then.

    guards:
      gpu_hot: {when: gpu_temperature > 85, for: 1m}      # a default, changed
      throughput_low: off                                 # a default, left out
      gradients: {when: gradient_norm > 100, for: 30s, then: checkpoint}

A name that is no default makes a rule of one's own, over any metric or gauge (`gauges.GAUGES`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from console.core.alarm import NOTIFY
from console.core.alerts import ACTIONS, DEFAULTS, RULES, Rule, changed, configured, own_rule
from console.core.condition import EXAMPLE, Condition, parse
from console.core.config_entries import entries
from console.core.config_kind import DURATION, Kind, choice, wrong
from console.core.config_problem import Mark, Problems, nearest, quote
from console.core.config_yaml import Path

SECTION = "guards"
MOST_RULES = 100
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,39}")

MarksOf = Callable[[Path], tuple[Mark, Mark]]


def check(given: object, marks: MarksOf, problems: Problems) -> tuple[Rule, ...]:
    """All rules in force; what is wrong with the section goes to `problems`."""
    if given is None:
        return RULES
    if not isinstance(given, Mapping):
        found = "a list" if isinstance(given, list) else quote(given)
        hint = f"for example  gradients: {{when: {EXAMPLE}, for: 30s, then: checkpoint}}"
        problems.add(marks((SECTION,))[1], f"expected rules by their names, found {found}", hint)
        return RULES
    if len(given) > MOST_RULES:
        problems.add(marks((SECTION,))[0], f"{len(given)} rules, {MOST_RULES} are the most")
        return RULES
    own = [_rule(name, said, marks, problems) for name, said in given.items() if not _is_off(said)]
    without = [str(name) for name, said in given.items() if _is_off(said)]
    for name in without:
        if name not in DEFAULTS:
            _no_default(name, marks, problems)
    return configured([rule for rule in own if rule is not None], without)


def _is_off(said: object) -> bool:
    return said is False or said == "off"


def _no_default(name: str, marks: MarksOf, problems: Problems) -> None:
    close = nearest(name, DEFAULTS)
    hint = f"did you mean {close}?" if close else f"there are {', '.join(DEFAULTS)}"
    problems.add(marks((SECTION, name))[0], f"{quote(name)} is no rule that could be off", hint)


def _rule(name: object, given: object, marks: MarksOf, problems: Problems) -> Rule | None:
    path: Path = (SECTION, name if isinstance(name, (str, int)) else str(name))
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        expected = "a name of at most 40 letters, digits, _ and -"
        problems.add(marks(path)[0], f"expected {expected}, found {quote(name)}")
        return None
    if not isinstance(given, Mapping):
        hint = f"write {{when: {EXAMPLE}}}, or off for a default"
        problems.add(marks(path)[1], f"expected when, for and then, found {quote(given)}", hint)
        return None
    said = entries(path, given, SETTINGS, marks, problems)
    if name in DEFAULTS:
        return _changed(DEFAULTS[name], said, marks, problems)
    if "when" not in given:
        close = nearest(name, DEFAULTS)
        hint = f"did you mean {close}?" if close else f"for example when: {EXAMPLE}"
        problems.add(marks(path)[0], f"{SECTION}.{name}.when is missing", hint)
    if "when" not in said:
        return None
    return own_rule(name, said["when"], said.get("for", 0.0), said.get("then", NOTIFY))


def _changed(
    default: Rule, said: Mapping[str, Any], marks: MarksOf, problems: Problems
) -> Rule | None:
    when = said.get("when")
    if when is not None and not _fits(default, when):
        old = default.when
        problem = f"{default.id} looks whether {old.metric} {old.comparison} a limit"
        hint = "change its number, or give a rule of your own another name"
        problems.add(marks((SECTION, default.id, "when"))[1], problem, hint)
        return None
    return changed(default, when, said.get("for"), said.get("then"))


def _fits(default: Rule, when: Condition) -> bool:
    """A default keeps its sense: `disk_full: memory > 5` would be another rule by its name."""
    old = default.when
    return when.metric == old.metric and when.comparison[0] == old.comparison[0]


def _condition(value: Any) -> Condition:
    found = parse(value) if isinstance(value, str) else None
    if found is None:
        raise wrong("a metric, a comparison and a number", value, f"for example {EXAMPLE}")
    return found


def _lasting(value: Any) -> float:
    """Seconds; unlike elsewhere none at all makes sense."""
    is_none = value in (0, "0", "0s") and not isinstance(value, bool)
    return 0.0 if is_none else float(DURATION.read(value))


SETTINGS: dict[str, Kind] = {
    "when": Kind("a condition", _condition, is_text=True),
    "for": Kind('seconds or a duration such as "10m"', _lasting),
    "then": choice(*ACTIONS),
}
