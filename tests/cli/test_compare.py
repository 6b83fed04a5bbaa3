"""`compare A B`: an ended run and one that is alive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import forge

if TYPE_CHECKING:
    from tests.cli.conftest import Call
    from tests.product import Product

pytestmark = pytest.mark.usefixtures("ended")


def test_two_runs_side_by_side(call: Call, ended, alive) -> None:
    said = call("compare", ended.name, alive.name)
    assert said.code == 0
    for wanted in (ended.name, alive.name, "METRIC", "loss", "DELTA", "state"):
        assert wanted in said.out


def test_json_has_facts_settings_and_metrics(call: Call, ended, alive) -> None:
    found = call("compare", ended.name, alive.name, "--json").json
    assert (found["a"]["run"], found["b"]["run"]) == (ended.name, alive.name)
    assert set(found) == {"a", "b", "facts", "config", "metrics"}
    assert set(found["metrics"]["loss"]) == {"a", "b", "delta", "best_a", "best_b", "best_delta"}
    assert found["metrics"]["loss"]["best_a"] is not None


def test_a_run_is_like_itself(call: Call, ended) -> None:
    found = call("compare", ended.name, ended.name, "--json").json
    assert found["config"] == {}
    assert all(one["a"] == one["b"] for one in found["facts"].values())
    assert "the configurations are the same" in call("compare", ended.name, ended.name).out


def test_what_a_configuration_may_hold_and_json_does_not(call: Call, house: Product) -> None:
    runs = ("20200101-000000-aaaa", "20200101-000000-bbbb")
    for run, value in zip(runs, (".nan", "[.inf, 2024-01-01]"), strict=True):
        made = forge(house.home, run, command=["train", "--api-key", "sesame-open", "key=x"])
        (made / "config.yaml").write_text(f"run: {{command: [train]}}\nprogram: {{x: {value}}}\n")
    said = call("compare", *runs, "--json")
    assert said.json["config"]["program.x"] == {"a": "NaN", "b": ["Infinity", "2024-01-01"]}
    assert said.json["facts"]["command"]["a"] == "train --api-key *** key=x"
    assert "sesame" not in call("compare", *runs).out


def test_exit_codes(call: Call, ended) -> None:
    assert call("compare", ended.name).code == 2
    assert call("compare", ended.name, "nobody").code == 5
