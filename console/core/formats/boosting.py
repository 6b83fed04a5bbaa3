"""XGBoost and LightGBM: `[round]` and then one value for each data set and metric.

XGBoost counts rounds from 0, LightGBM from 1. The training set's values keep the names of their
metrics; the first of them that is minimised is also the `loss`. The first other set is the
validation, a further one keeps its name in front: `validation/test/auc`.
Formats: XGBoost `callback.py` (`EvaluationMonitor`), LightGBM `callback.py` (`log_evaluation`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from console.core.formats.lines import evaluated, measured
from console.core.formats.names import plain
from console.core.formats.numbers import NUMBER, number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from console.core.formats.found import Found
    from console.core.formats.memory import Memory

_LINE = re.compile(rb"(?:\[\d\d:\d\d:\d\d\] )?\[(\d{1,9})\][\t ]+(?=\S)")
_XGB_PAIR = re.compile(
    rb"()([A-Za-z][\w.]{0,60})-([A-Za-z][\w@.:-]{0,60}?):(" + NUMBER + rb")"
    rb"(?:\+(?:" + NUMBER + rb"))?(?=[\t ]|$)"
)
_LGB_PAIR = re.compile(
    rb"(?:cv_agg's (train|valid)|([A-Za-z][\w.]{0,60})'s) ([A-Za-z][\w@.-]{0,60}): "
    rb"(" + NUMBER + rb")(?: \+ (?:" + NUMBER + rb"))?(?=[\t ]|$)"
)
_TRAINING = frozenset({"train", "training", "dtrain"})
_MINIMISED = re.compile(
    r"\w*(?:logloss|loss|error|rmse|rmsle|mae|mape|mphe|deviance|nloglik|entropy|l1|l2|huber|fair"
    r"|poisson|quantile|gamma|tweedie|kullback_leibler)"
)
_BEST = b"est iteration is:"
_PAST = "lightgbm/best"

Triples = list[tuple[str, str, float]]


def read_xgb_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of XGBoost says; None when it is none."""
    if not line.startswith(b"["):
        return None
    match = _LINE.match(line)
    triples = _triples(_XGB_PAIR, line, match.end()) if match else []
    return _found(row, int(match[1]), triples, memory) if match and triples else None


def read_lgb_line(row: int, line: bytes, memory: Memory) -> list[Found] | None:
    """What a line of LightGBM says; None when it is none. The best round is repeated at the end
    and not told again."""
    if not line.startswith(b"["):
        if line.rstrip().endswith(_BEST) and b"teration" in line:
            memory.said[_PAST] = 1
            return []
        return None
    match = _LINE.match(line)
    triples = _triples(_LGB_PAIR, line, match.end()) if match else []
    if match is None or not triples:
        return None
    if memory.said.pop(_PAST, None):
        return []
    return _found(row, int(match[1]), triples, memory)


def _triples(pattern: re.Pattern[bytes], line: bytes, start: int) -> Triples:
    """(data set, metric, value) of each value of a line; none when something else stands there."""
    triples, end = list[tuple[str, str, float]](), start
    for match in pattern.finditer(line, start):
        if line[end : match.start()].strip():
            return []
        value = number(match[4])
        if value is not None:
            triples.append((plain(match[1] or match[2]), plain(match[3]), value))
        end = match.end()
    return [] if line[end:].strip() else triples


def _found(
    row: int, step: int, triples: Sequence[tuple[str, str, float]], memory: Memory
) -> list[Found]:
    training = {metric: value for data, metric, value in triples if data in _TRAINING}
    others = list(dict.fromkeys(data for data, _, _ in triples if data not in _TRAINING))
    _with_loss(training)
    found: list[Found] = measured(row, memory, training, step)
    if not others:
        return found
    first = others[0]
    told = {metric: value for data, metric, value in triples if data == first}
    _with_loss(told)
    told |= {f"{data}/{metric}": value for data, metric, value in triples if data in others[1:]}
    return [*found, *evaluated(row, told, step, "test" if first == "test" else "validation")]


def _with_loss(told: dict[str, float]) -> None:
    """The first metric that is minimised is the loss."""
    name = next((name for name in told if _MINIMISED.fullmatch(name)), None)
    if name is not None:
        told.setdefault("loss", told[name])
