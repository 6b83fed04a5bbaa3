"""What was understood of a trainer, told to people."""

from __future__ import annotations

from console.core.protocol import Measured, Recognised, Source
from console.core.recognition import origins, recognised, told, why_no, why_no_experts
from console.core.reduce import reduce
from console.core.state import RunState
from console.core.status_json import Surroundings, status_object


def seen(**summary: object) -> RunState:
    state = RunState()
    reduce(state, Recognised(1.0, 1.0, dict(summary)))
    return state


def measured(state: RunState, source: Source, **values: float) -> None:
    reduce(state, Measured(2.0, 2.0, 5, values, source=source))


def test_forms_and_lines_are_told() -> None:
    assert recognised(RunState()) is None
    assert told(RunState()) == []
    state = seen(formats=["huggingface", "keyvalue"], lines=76, recognised=60, versions=1233)
    assert recognised(state) == "huggingface, keyvalue: 60 of 76 lines, 1,233 bar updates"
    state = seen(formats=[], lines=76, recognised=0, versions=0)
    assert recognised(state) == "no known form: 0 of 76 lines"


def test_each_value_has_its_origin() -> None:
    state = seen(formats=["huggingface"], lines=1, recognised=1)
    measured(state, Source.PARSED, loss=1.5)
    measured(state, Source.FILE, learning_rate=0.1, perplexity=3.0)
    measured(state, Source.HOOK, throughput=9.0)
    assert origins(state) == {
        "hook": ["throughput"],
        "file": ["learning_rate", "perplexity"],
        "output": ["loss"],
    }
    assert told(state)[1:] == [
        ("From hook", "throughput"),
        ("From file", "learning_rate, perplexity"),
        ("From output", "loss"),
    ]


def test_an_empty_panel_says_why() -> None:
    state = RunState()
    assert why_no_experts(state) == ["no step yet"]
    assert why_no("loss", state) == ["no loss yet"]
    state = seen(formats=[], lines=1200, recognised=0)
    assert "none of 1,200 lines is of a known form" in why_no("loss", state)
    state = seen(formats=["deepspeed"], lines=12, recognised=10)
    assert why_no("loss", state) == ["no loss yet", "deepspeed does not print it"]
    measured(state, Source.PARSED, learning_rate=0.1)
    assert why_no_experts(state) == [
        "no known trainer prints", "expert loads; add:", "link.log(step=…, expert_share=[…])",
    ]  # fmt: skip


def test_status_tells_it_too() -> None:
    state = seen(formats=["deepspeed"], lines=12, recognised=10, versions=3)
    measured(state, Source.FILE, learning_rate=0.1)
    told = status_object(state, Surroundings(now=3.0))["recognition"]
    assert told["formats"] == ["deepspeed"]
    assert (told["lines"], told["recognised"], told["bar_updates"]) == (12, 10, 3)
    assert told["origins"] == {"file": ["learning_rate"]}
    assert told["empty"]["loss"] == "no loss yet deepspeed does not print it"
    assert "link.log(" in told["empty"]["experts"]
