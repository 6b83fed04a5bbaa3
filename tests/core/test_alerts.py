"""Histories of events, and which alerts they begin and end."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator

import pytest

from console.core.alarm import AlertBegan, AlertEnded
from console.core.alerts import DEFAULTS, RULES, Rule, ending, judge, own_rule, watched
from console.core.condition import Condition, parse
from console.core.gauges import GAUGES
from console.core.lately import ENOUGH_LOSSES, Memory, remember, see
from console.core.notices import spoken
from console.core.protocol import (
    Evaluated,
    Event,
    Facts,
    Gpu,
    Hello,
    Measured,
    Phase,
    Phased,
    Sampled,
    Saved,
    Started,
    Ticked,
    event_of,
    record_of,
)
from console.core.reduce import reduce
from console.core.state import RunState, from_json, to_json
from console.core.status_json import Surroundings, status_object

T = 1_700_000_000.0
GB = 1_000_000_000


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


class House:
    """A state, and guards over it that look after every event; `told` is what they said."""

    def __init__(self, rules: Iterable[Rule] = RULES) -> None:
        self.state, self.memory, self.rules = RunState(), Memory(), tuple(rules)
        self.told: list[AlertBegan | AlertEnded] = []
        self.live(Started(**at(0), pid=1), Hello(**at(0), pid=1, orders=("stop",)))

    def live(self, *events: Event) -> House:
        for event in events:
            reduce(self.state, event)
            see(self.memory, event)
            self.look(event.t, event.m)
        return self

    def look(self, t: float, m: float) -> None:
        for found in judge(self.state, self.memory, self.rules, t, m):
            reduce(self.state, found)
            self.told.append(found)

    def restart(self) -> None:
        """Another backend: only the state was kept."""
        self.state, self.memory = from_json(to_json(self.state)), Memory()
        remember(self.memory, self.state)

    @property
    def story(self) -> list[str]:
        """`+id` for a begin, `-id` for an end."""
        return [("+" if isinstance(one, AlertBegan) else "-") + one.id for one in self.told]


def steps(losses: Iterable[float], first: int = 1, **values: float) -> Iterator[Event]:
    """A step a second, and the clock."""
    for number, loss in enumerate(losses, first):
        yield Measured(**at(number), step=number, values={"loss": loss, **values})
        yield Ticked(**at(number))


def samples(seconds: Iterable[float], **fields: object) -> Iterator[Event]:
    for second in seconds:
        yield Sampled(**at(second), **fields)  # type: ignore[arg-type]


def gpus(*found: Gpu) -> dict[str, object]:
    return {"gpus": found}


def gpu(number: int = 0, heat: float = 60.0, **fields: object) -> Gpu:
    return Gpu(id=number, temperature=heat, **fields)  # type: ignore[arg-type]


def usual(count: int = 40) -> list[float]:
    """Losses that fall with some noise."""
    return [2.0 - 0.01 * i + 0.02 * math.sin(7.0 * i) for i in range(count)]


def heat(*degrees: float) -> Iterator[Event]:
    """A reading every five seconds."""
    for number, value in enumerate(degrees):
        yield from samples([5.0 * number], **gpus(gpu(0, value)))


def shares(*coverages: float) -> tuple[float, ...]:
    return tuple(value / 100.0 / len(coverages) for value in coverages)


def routing(rows: Iterable[tuple[float, ...]]) -> Iterator[Event]:
    for number, row in enumerate(rows, 1):
        yield Measured(**at(number), step=number, values={}, expert_share=shares(*row))


def rates(values: Iterable[float]) -> Iterator[Event]:
    for number, value in enumerate(values, 1):
        yield Measured(**at(number), step=number, values={"throughput": value})


def saves(*sizes: int | None) -> Iterator[Event]:
    """Checkpoints a minute apart; None for one that failed."""
    for number, size in enumerate(sizes, 1):
        known, ok = size or 0, size is not None
        reason = None if ok else "no space left on device"
        yield Saved(**at(60 * number), step=number, path="c", bytes=known, ok=ok, reason=reason)
        yield Ticked(**at(60 * number))


EVEN, UNEVEN, DEAD = (100.0,) * 4, (150.0, 100.0, 90.0, 60.0), (133.0, 133.0, 132.0, 2.0)
BETWEEN = (118.0, 104.0, 96.0, 82.0)

HISTORIES: list[tuple[str, list[str], Callable[[], Iterable[Event]]]] = [
    ("nothing odd", [], lambda: steps(usual())),
    ("the loss falls fast at first", [], lambda: steps([9.0 / (1 + i) for i in range(60)])),
    ("one spike", ["+loss_spike", "-loss_spike"],
     lambda: steps([*usual(), 7.0, *usual(20)])),
    ("a spike right at the start is not judged", [], lambda: steps([1.0] * 5 + [50.0])),
    ("a spike among thinned out steps", ["+loss_spike"],
     lambda: [*steps(usual()),
              Measured(**at(50), step=50, values={"loss": 1.6}, mm={"loss": (1.5, 9.0)})]),
    ("a new level is one alert, with an end", ["+loss_spike", "-loss_spike"],
     lambda: steps([*usual(), *[5.0 + 0.02 * math.sin(i) for i in range(60)]])),
    ("stalled, then a step", ["+stalled", "-stalled"],
     lambda: [*steps([1.0] * 20), Ticked(**at(60)), Ticked(**at(70)), *steps([1.0], 80)]),
    ("no stall in a declared save", [],
     lambda: [*steps([1.0] * 20), Phased(**at(21), phase=Phase.SAVING), Ticked(**at(300))]),
    ("no stall in a validation", [],
     lambda: [*steps([1.0] * 20), Phased(**at(21), phase=Phase.VALIDATING), Ticked(**at(300))]),
    ("throughput falls and comes back", ["+throughput_low", "-throughput_low"],
     lambda: rates([1000.0] * 100 + [600.0] * 40 + [1000.0] * 30)),
    ("throughput falls for a moment", [],
     lambda: rates([1000.0] * 100 + [600.0] * 20 + [1000.0] * 30)),
    ("throughput in a pause is nothing new", [],
     lambda: [*rates([1000.0] * 100 + [600.0] * 5), Phased(**at(106), phase=Phase.PAUSED),
              Ticked(**at(400))]),
    ("experts: between the limits nothing changes", ["+expert_imbalance", "-expert_imbalance"],
     lambda: routing([EVEN] * 3 + [UNEVEN] * 15 + [BETWEEN] * 5 + [EVEN] * 3)),
    ("experts: between the limits nothing begins", [], lambda: routing([BETWEEN] * 60)),
    ("a dead expert", ["+expert_imbalance", "+expert_dead", "-expert_imbalance", "-expert_dead"],
     lambda: routing([DEAD] * 40 + [EVEN] * 3)),
    ("a hot GPU: no storm at the limit", ["+gpu_hot/0", "-gpu_hot/0"],
     lambda: heat(70, 81, 82, 83, 79, 81, 79, 81, 78, 77, 75, 74)),
    ("a GPU hot for a moment", [], lambda: heat(70, 84, 70, 84, 70)),
    ("each GPU is an alert of its own", ["+gpu_hot/0", "+gpu_hot/1", "-gpu_hot/1"],
     lambda: [*samples((0, 5, 10), **gpus(gpu(0, 90.0), gpu(1, 70.0))),
              *samples((15, 20, 25), **gpus(gpu(0, 90.0), gpu(1, 90.0))),
              *samples((30,), **gpus(gpu(0, 90.0), gpu(1, 60.0)))]),
    ("no reading ends nothing", ["+gpu_hot/0"],
     lambda: [*heat(90, 90, 90), *samples((20, 40, 60), gpu_note="readings stopped")]),
    ("throttled", ["+gpu_throttled/0", "-gpu_throttled/0"],
     lambda: [*samples((0, 5, 10), **gpus(gpu(throttled="too hot"))),
              *samples((15,), **gpus(gpu(throttled="power cap")))]),
    ("a power cap is no alarm", [],
     lambda: samples(range(0, 60, 5), **gpus(gpu(throttled="power cap")))),
    ("memory of the GPU", ["+gpu_memory/0", "-gpu_memory/0"],
     lambda: [*samples((0, 5, 10), **gpus(gpu(memory_used=92, memory_total=100))),
              *samples((15, 20), **gpus(gpu(memory_used=89, memory_total=100))),
              *samples((25,), **gpus(gpu(memory_used=80, memory_total=100)))]),
    ("memory of the machine", ["+memory", "-memory"],
     lambda: [*samples((0, 10), ram_used=91, ram_total=100),
              *samples((20,), ram_used=88, ram_total=100),
              *samples((30,), ram_used=80, ram_total=100)]),
    ("a failed checkpoint", ["+checkpoint_failed", "-checkpoint_failed"],
     lambda: saves(GB, None, None, GB)),
    ("a partial checkpoint", ["+checkpoint_partial", "-checkpoint_partial"],
     lambda: saves(GB, GB, GB // 10, GB)),
    ("an empty checkpoint is partial whatever was before", ["+checkpoint_partial"],
     lambda: saves(0)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("story", "events"), [row[1:] for row in HISTORIES], ids=[row[0] for row in HISTORIES]
)
def test_what_begins_and_what_ends(story: list[str], events: Callable[[], Iterable[Event]]) -> None:
    assert House().live(*events()).story == story


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_fault_36_a_loss_that_is_no_number_is_one_alert_with_an_end(odd: float) -> None:
    house = House().live(*steps([1.0] * 5 + [odd, odd, 1.0, odd] + [1.0] * 12))
    assert house.story == ["+nonfinite_loss", "-nonfinite_loss"]
    began = house.told[0]
    assert isinstance(began, AlertBegan)
    assert (began.severity, began.step) == ("critical", 6)
    assert began.text == f"the loss is {'NaN' if math.isnan(odd) else '∞' if odd > 0 else '−∞'}"


def test_fault_36_a_metric_that_is_no_number_is_named() -> None:
    house = House().live(*steps([1.0] * 3, gradient_norm=math.inf))
    assert house.story == ["+nonfinite_metric/gradient_norm"]
    assert "gradient_norm is ∞" in house.state.timeline.entries[-1].text


def test_fault_36_every_picture_with_odd_values_is_strict_json() -> None:
    values = [1.0, math.nan, 1e308, -1e308, math.inf, 1.0] * 20
    house = House().live(*steps(values, gradient_norm=math.nan))
    body = status_object(house.state, Surroundings(now=T))
    pictures = [body, to_json(house.state), *map(record_of, house.told)]
    texts = [json.dumps(picture, allow_nan=False) for picture in pictures]
    told = [json.loads(text, parse_constant=pytest.fail) for text in texts]
    assert len(told) == len(house.told) + 2


def test_fault_36_steps_that_go_back_or_repeat_are_no_alert() -> None:
    again = [Measured(**at(50 + i), step=5, values={"loss": 1.0}) for i in range(30)]
    back = [Measured(**at(90 + i), step=i, values={"loss": 1.0}) for i in range(30)]
    assert House().live(*steps([1.0] * 40), *again, *back).story == []


def lost(second: float, mine: int | None = 100) -> Iterator[Event]:
    used = {"memory_trainer": mine}
    yield from samples((0, 2), **gpus(gpu(0, **used), gpu(1, **used)))
    away = (second, second + 2, second + 4)
    yield from samples(away, **gpus(gpu(0, **used), Gpu(id=1, lost=True)))


def test_fault_35_a_lost_gpu_of_the_trainer_is_critical_and_stops_it() -> None:
    house = House().live(*lost(4), *lost(4))
    assert house.story == ["+gpu_lost/1", "-gpu_lost/1", "+gpu_lost/1"]
    began = house.told[0]
    assert isinstance(began, AlertBegan)
    assert (began.severity, began.then) == ("critical", "stop")
    assert began.order == "guard-1-gpu_lost"
    assert house.told[2].order == "guard-2-gpu_lost"  # type: ignore[union-attr]


def test_fault_35_a_lost_gpu_on_which_it_was_never_seen_stops_nothing() -> None:
    house = House().live(*lost(4, mine=None))
    assert house.story == ["+other_gpu_lost/1"]
    assert house.state.alerts.open["other_gpu_lost/1"].order is None


def test_fault_35_which_gpus_are_the_trainers_outlives_a_backend() -> None:
    house = House().live(*samples((0,), **gpus(gpu(1, memory_trainer=5))))
    house.restart()
    house.live(*samples((2, 4), **gpus(Gpu(id=1, lost=True))))
    assert house.story == []
    house.live(*samples((6,), **gpus(Gpu(id=1, lost=True))))
    assert house.story == ["+gpu_lost/1"]


def test_the_disk_is_judged_by_what_the_next_save_needs_and_how_fast_it_fills() -> None:
    house = House([DEFAULTS["disk_full"]])
    house.live(Facts(**at(0), values={"checkpoint_interval_seconds": 600.0}), *saves(10 * GB))
    house.live(*samples((61, 121), disk_free=100 * GB))
    assert house.story == []
    house.live(*samples((181,), disk_free=50 * GB))  # 0.4 GB a second: empty in two minutes
    assert house.story == ["+disk_full"]
    assert "50 GB free, 10 GB needed" in house.state.alerts.open["disk_full"].text
    house.live(*samples(range(200, 900, 20), disk_free=50 * GB))
    assert house.story == ["+disk_full", "-disk_full"]


def test_the_disk_the_trainer_saves_to_is_judged_on_its_own() -> None:
    house = House([DEFAULTS["disk_full"]])
    house.live(Facts(**at(0), values={"checkpoint_interval_seconds": 600.0}), *saves(10 * GB))
    house.live(*samples((61, 121), disk_free=5 * GB, checkpoint_disk_free=100 * GB))
    assert house.story == []  # the run's own disk needs no room for a checkpoint then
    house.live(*samples((181,), disk_free=5 * GB, checkpoint_disk_free=50 * GB))
    assert house.story == ["+disk_full/checkpoints"]
    text = house.state.alerts.open["disk_full/checkpoints"].text
    assert "50 GB free where the trainer saves, 10 GB needed" in text
    house.live(*samples(range(200, 900, 20), disk_free=5 * GB, checkpoint_disk_free=50 * GB))
    assert house.story == ["+disk_full/checkpoints", "-disk_full/checkpoints"]
    house.live(*samples((901,), disk_free=10_000_000, checkpoint_disk_free=50 * GB))
    assert house.story[2:] == ["+disk_full"]


def test_a_guard_may_look_at_the_disk_the_trainer_saves_to() -> None:
    full = own_rule("full", Condition("checkpoint_disk_free", "<", 50.0), 0.0, "notify")
    assert House([full]).live(*samples((1,), disk_free=1, checkpoint_disk_free=49 * GB)).story
    assert not House([full]).live(*samples((1,), disk_free=1)).story


class Guarded(House):
    """A house with a rule of somebody's own over `metric`."""

    def __init__(self, metric: str) -> None:
        own = own_rule("gradients", Condition(metric, ">", 100.0), 0.0, "notify")
        super().__init__((*RULES, own))
        self.memory.watched = watched(self.rules)


def test_a_guard_over_a_metric_that_never_comes_warns_once_and_names_those_that_do() -> None:
    house = Guarded("gradient_norm").live(*steps([1.0] * 50, lr=0.1))
    assert house.story == []
    house.live(*steps([1.0] * 300, 51, lr=0.1))
    assert house.story == ["+guard_metric/gradients"]
    text = house.state.alerts.open["guard_metric/gradients"].text
    assert text == "guard gradients: no metric 'gradient_norm' so far; known: loss, lr"
    house.live(*steps([1.0] * 2, 401, lr=0.1, gradient_norm=1.0))
    assert house.story == ["+guard_metric/gradients", "-guard_metric/gradients"]
    assert house.told[-1].text == "guard gradients: metric 'gradient_norm' has come"


def test_many_steps_in_no_time_are_as_good_as_a_minute() -> None:
    house = Guarded("gradient_norm")
    flood = Measured(**at(1), step=500, values={"loss": 1.0}, n=500)
    assert house.live(flood).story == ["+guard_metric/gradients"]


@pytest.mark.parametrize("metric", ["loss", "gpu_temperature", "validation/accuracy"])
def test_what_is_there_or_may_still_come_is_no_matter(metric: str) -> None:
    assert Guarded(metric).live(*steps([1.0] * 200)).story == []


def test_a_result_that_no_validation_tells_is_missed_after_the_first() -> None:
    house = Guarded("validation/accuracy").live(*steps([1.0] * 200))
    house.live(
        Evaluated(**at(201), step=200, split="validation", values={"loss": 1.0}),
        *steps([1.0], 202),
    )
    assert house.story == ["+guard_metric/gradients"]


def test_of_many_metrics_some_are_named() -> None:
    house = Guarded("x").live(*steps([1.0] * 70, **{f"m{number:02}": 1.0 for number in range(40)}))
    text = house.state.alerts.open["guard_metric/gradients"].text
    assert text.endswith("m09, m10 and 29 more")


def test_an_open_alert_goes_on_through_a_new_backend_and_ends_once() -> None:
    house = House().live(*heat(90, 90, 90), *steps([1.0] * 20 + [math.nan]))
    assert house.story == ["+gpu_hot/0", "+nonfinite_loss"]
    house.restart()
    house.live(*heat(90, 90, 90), *steps([math.nan], 30), *steps([1.0] * 12, 31), *heat(70, 70))
    assert house.story[2:] == ["-nonfinite_loss", "-gpu_hot/0"]
    assert house.state.alerts.count == 2


def test_what_is_told_twice_counts_once() -> None:
    house = House().live(*heat(90, 90, 90))
    before = to_json(house.state)
    reduce(house.state, house.told[0])
    reduce(house.state, AlertEnded(**at(1), id="memory", text="never began"))
    assert to_json(house.state, ["alerts", "timeline"]) == {
        name: before[name] for name in ("alerts", "timeline")
    }


def test_alerts_have_their_place_and_are_read_back_from_records() -> None:
    house = House().live(*steps([1.0] * 9), *heat(90, 90, 90, 60))
    house.state.output.rows = 77
    house.live(*heat(90, 90, 90))
    began = [one for one in house.told if isinstance(one, AlertBegan)]
    assert (began[1].step, began[1].row) == (9, 77)
    assert [event_of(record_of(one)) for one in house.told] == house.told
    assert [record_of(one)["k"] for one in house.told] == ["alert", "alert_end", "alert"]
    marks = [entry.mark for entry in house.state.timeline.entries[-3:]]
    assert marks == ["alert", "over", "alert"]
    assert spoken(house.state.timeline.entries[-1]).startswith("alert: GPU 0 is at 90 °C")


def test_the_end_of_the_run_ends_what_is_open() -> None:
    house = House().live(*heat(90, 90, 90))
    for event in list(ending(house.state, T + 50, 50.0)):
        reduce(house.state, event)
    assert house.state.alerts.open == {}
    assert house.state.alerts.recent[-1].ended == T + 50


def test_the_status_object_has_alerts() -> None:
    house = House().live(*heat(90, 90, 90), *samples((0, 20), ram_used=99, ram_total=100))
    house.live(*heat(60))
    alerts = status_object(house.state, Surroundings(now=T))["alerts"]
    assert alerts["count"] == 2
    assert [one["id"] for one in alerts["open"]] == ["memory"]
    (over,) = alerts["recent"]
    assert (over["rule"], over["severity"], over["t"][:4]) == ("gpu_hot", "warning", "2023")
    assert over["ended"] is not None


# --- own rules --------------------------------------------------------------------------------


def norms(rule: Rule, *values: float) -> list[str]:
    house = House([rule])
    for number, value in enumerate(values, 1):
        house.live(Measured(**at(10 * number), step=number, values={"gradient_norm": value}))
        house.live(Ticked(**at(10 * number + 9)))
    return house.story


def own(text: str, seconds: float = 0.0, then: str = "notify") -> Rule:
    when = parse(text)
    assert when is not None
    return own_rule("mine", when, seconds, then)


def test_a_rule_of_ones_own_is_over_beyond_a_margin() -> None:
    rule = own("gradient_norm > 100")
    assert norms(rule, 99, 101, 96, 101, 94) == ["+mine", "-mine"]
    assert norms(own("gradient_norm < 1"), 2, 0.5, 1.04, 1.06) == ["+mine", "-mine"]
    assert norms(own("gradient_norm == 0"), 1, 0, 0, 1e-9) == ["+mine", "-mine"]


def test_a_duration_is_that_of_the_records() -> None:
    rule = own("gradient_norm > 100", 30.0)
    assert norms(rule, 101, 101, 101) == []  # 20 s of records, however long the clock went on
    assert norms(rule, 101, 101, 101, 101) == ["+mine"]
    assert norms(rule, 101, 101, 99, 101, 101, 101) == []


def test_a_value_that_is_no_number_is_not_known() -> None:
    assert norms(own("gradient_norm > 100"), 101, math.nan, math.nan) == ["+mine"]
    assert norms(own("gradient_norm != 100"), math.nan) == []


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("loss > 5", Condition("loss", ">", 5.0)),
        (" validation/loss>=1e-3 ", Condition("validation/loss", ">=", 1e-3)),
        ("gpu0/temperature != -4.5", Condition("gpu0/temperature", "!=", -4.5)),
        ("loss", None), ("loss >", None), ("> 5", None), ("loss > x", None), ("loss = 5", None),
        ("loss > nan", None), ("loss > 5 and x < 1", None), ("loss > inf", None),
        ("__import__('os') > 1", None), ("loss > 1_", None), ("", None),
    ],
)  # fmt: skip
def test_the_smallest_language(text: str, condition: Condition | None) -> None:
    assert parse(text) == condition


# --- the table --------------------------------------------------------------------------------


def test_every_rule_looks_at_a_gauge_and_has_a_next_step() -> None:
    assert len(DEFAULTS) == len(RULES)
    for rule in RULES:
        assert rule.when.metric in GAUGES
        assert rule.advice.endswith((".", "F5."))
        assert not rule.when.holds(rule.until), "it would begin anew where it ends"


def test_only_a_lost_gpu_stops_a_run_by_default() -> None:
    assert {rule.id: rule.then for rule in RULES if rule.then != "notify"} == {"gpu_lost": "stop"}


def test_enough_losses_are_needed() -> None:
    house = House().live(*steps([1.0] * (ENOUGH_LOSSES - 1)), *steps([99.0], ENOUGH_LOSSES))
    assert house.story == []
