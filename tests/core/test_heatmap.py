"""Families among the names of metrics, and their values in the cells of a heatmap."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from console.core.heatmap import (
    Picture,
    bucketed,
    families,
    has_family,
    pictures,
    recorded,
    share,
    shortened,
)
from console.core.sources import EMPTY, Axis, Columns
from tests import states
from tests.core.test_series import Shelf

LAYERS = [f"lora/model.layers.{i}.self_attn.{part}/{matrix}"
          for matrix in "AB" for part in ("q_proj", "v_proj") for i in range(12)]  # fmt: skip


class Shelves:
    """A source of series in memory, with levels as the real one has."""

    def __init__(self, shelves: dict[str, Shelf]) -> None:
        self.shelves = shelves

    def names(self) -> Sequence[str]:
        return sorted(self.shelves)

    def version(self) -> int:
        return 1

    def extent(self, name: str, axis: Axis) -> tuple[float, float] | None:
        return self.shelves[name].series.extent(axis)

    def columns(self, name: str, axis: Axis, low: float, high: float, columns: int) -> Columns:
        return self.shelves[name].series.columns(axis, low, high, columns)

    def nearest(self, name: str, axis: Axis, x: float) -> tuple[float, float] | None:
        raise NotImplementedError


def picture(shelves: dict[str, Shelf], cells: int = 40) -> Picture:
    source = Shelves(shelves)
    (family,) = families(source.names())
    *pieces, found = pictures(source, family, cells)
    assert set(pieces) <= {None}
    assert found is not None
    return found


def two(steps: Sequence[int], *values: Sequence[float]) -> dict[str, Shelf]:
    return {f"expert_share/{i}": Shelf(steps, row) for i, row in enumerate(values)}


def test_lora_norms_are_a_family_for_each_matrix_in_the_order_of_layers() -> None:
    a, b = families([*LAYERS, "loss"])
    assert a.title == "lora/model.layers.*/A"
    assert b.title == "lora/model.layers.*/B"
    labels = [member.label for member in a.members]
    assert labels[:3] == ["0.self_attn.q_proj", "0.self_attn.v_proj", "1.self_attn.q_proj"]
    assert labels[-1] == "11.self_attn.v_proj"
    assert a.members[0].name == "lora/model.layers.0.self_attn.q_proj/A"


def test_what_is_looked_for_most_comes_first() -> None:
    prefixes = ("a", "expert_loss", "expert_share", "lora", "z")
    found = families([f"{prefix}/{n}" for prefix in prefixes for n in (1, 2)])
    titles = [family.title for family in found]
    assert titles == ["lora/*", "expert_share/*", "expert_loss/*", "a/*", "z/*"]


def test_what_all_members_share_stands_in_the_title_only() -> None:
    (family,) = families([f"grad_norm/h.{i}.mlp.weight" for i in (10, 9)])
    assert family.title == "grad_norm/h.*.mlp.weight"
    assert [member.label for member in family.members] == ["9", "10"]


@pytest.mark.parametrize(
    ("names", "is_one"),
    [
        (["expert_share/0", "expert_share/1"], True),
        (["expert_share/0"], False),
        (["lora/q/A", "lora/v/A"], True),
        (["lora/q/A", "lora/q/B"], False),
        (["lora/q/A/other", "lora/v/A/other"], True),
        (["norm/1", "norm/2", "norm/head"], True),
        (["actor/loss", "actor/kl", "actor/ppo2"], False),
        (["validation/acc1", "validation/acc5", "validation/loss"], False),
        (["gpu0/power", "gpu0/memory", "gpu1/power", "trainer/cpu", "trainer/memory"], False),
        (["loss", "/1", "/2", "x/", "x//1", "x//2", ""], False),
        ([], False),
    ],
)
def test_members_are_of_one_kind_and_at_least_two(names: list[str], is_one: bool) -> None:
    assert has_family(names) is is_one
    assert bool(families(names)) is is_one


def test_the_state_tells_whether_there_is_a_family() -> None:
    assert has_family(recorded(states.training()))
    assert not has_family(recorded(states.bare()))


def test_a_number_of_any_length_is_a_name() -> None:
    (family,) = families([f"x/{'9' * 5000}", "x/1", "x/²"])
    assert family.members[0].label == "1"


def test_names_are_cut_in_the_middle() -> None:
    assert shortened("7.self_attn.q_proj", 12) == "7…q_proj"
    assert shortened("encoder.block.dense", 12) == "encoder…dense"
    assert shortened("7.q_proj", 3) == "7.q_proj"


def test_as_many_buckets_as_values_where_there_are_few() -> None:
    found = picture(two([0, 50, 100, 150], [1, 2, 3, 4], [5, 6, 7, 8]))
    assert found.rows == ((1, 2, 3, 4), (5, 6, 7, 8))
    assert (found.low, found.high, found.least, found.greatest) == (0, 150, 1, 8)


@pytest.mark.parametrize("count", range(2, 41))
def test_even_steps_leave_no_bucket_empty_or_shared(count: int) -> None:
    values = [float(i) for i in range(count)]
    found = picture(two([100 + 7 * i for i in range(count)], values, values))
    assert found.rows[0] == tuple(values)


def test_one_value_is_one_bucket_and_in_the_middle_of_the_scale() -> None:
    found = picture(two([7], [0.5], [0.5]))
    assert found.rows == ((0.5,), (0.5,))
    assert share(0.5, 0.5, 0.5) == 0.5


def test_nothing_recorded_is_an_empty_picture() -> None:
    found = picture(two([], [], []))
    assert found.rows == ()
    assert found.least is None
    assert picture(two([1, 2], [1, 2], [1, 2]), cells=0).rows == ()


def test_what_is_not_finite_is_not_known_until_the_next_value() -> None:
    nan, inf = math.nan, math.inf
    found = picture(two([0, 1, 2, 3, 4], [1, nan, 3, inf, 5], [nan] * 5))
    assert found.rows == ((1, None, 3, None, 5), (None,) * 5)
    assert (found.least, found.greatest) == (1, 5)


def test_values_stand_until_the_next_but_not_after_the_last_nor_over_a_long_pause() -> None:
    rare = Columns([0, 2, 4, 60], [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 3, 4])
    row = bucketed(rare, 0, 99, 100)
    assert row[:5] == (1, 1, 2, 2, 3)
    assert set(row[5:60]) == {None}
    assert row[60] == 4
    assert set(row[61:]) == {None}


def test_a_member_that_came_late_or_has_nothing_is_not_known() -> None:
    shelves = two([0, 1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4])
    shelves["expert_share/1"] = Shelf([2, 3], [8, 9])
    shelves["expert_share/2"] = Shelf([], [])
    found = picture(shelves)
    assert found.rows == ((1, 2, 3, 4), (None, None, 8, 9), (None,) * 4)
    assert bucketed(EMPTY, 0, 9, 3) == (None, None, None)


def test_steps_done_again_show_the_newer_values() -> None:
    steps = [*range(10), *range(5, 10)]
    found = picture(two(steps, [0.0] * 10 + [1.0] * 5, [0.0] * 15))
    assert found.rows[0] == (0.0,) * 5 + (1.0,) * 5


def test_the_range_of_a_float_is_no_trouble() -> None:
    assert share(1.7e308, -1.7e308, 1.7e308) == 1.0
    assert share(0.0, -1.7e308, 1.7e308) == 0.5


def test_64_layers_of_a_million_steps_cost_little() -> None:
    """Each series costs some thousand entries; they share one shelf here, to be built fast."""
    shelf = Shelf(range(1_000_000), [i % 1000 / 1000 for i in range(1_000_000)])
    shelf.read = 0
    found = picture({f"lora/layers.{i}/A": shelf for i in range(64)}, cells=100)
    assert len(found.rows) == 64
    assert all(len(row) == 100 and None not in row for row in found.rows)
    assert shelf.read < 64 * 20_000
