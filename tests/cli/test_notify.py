"""`notify`: the ways of a run, and a test of each with what to do where it fails."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import forge
from tests.receiver import Receiver, receiver

if TYPE_CHECKING:
    from pathlib import Path

    from tests.cli.conftest import Call
    from tests.product import Product

RUN = "20260101-000000-ab01"


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def run_with(house: Product, ways: dict[str, object]) -> Path:
    folder = house.home / "state" / "runs" / RUN
    if not folder.exists():
        forge(house.home, RUN, name="moe")
    (folder / "config.yaml").write_text(f"run: {{command: [x]}}\nnotify: {json.dumps(ways)}\n")
    return folder


def test_each_way_is_tested_and_says_ok_or_what_to_do(
    call: Call, house: Product, there: Receiver
) -> None:
    run_with(
        house,
        {
            "good": {"webhook": f"{there.url}/hook-path-1"},
            "phone": {"ntfy": f"{there.url}/topic-secret"},
            "wrong": {"slack": "http://127.0.0.1:9/hook-path-2"},
            "mail": {"command": ["false"]},
        },
    )
    said = call("notify", "--test", RUN)
    assert said.code == 1
    lines = said.out.splitlines()
    assert lines[0].split() == ["ok", "good", "webhook", "at", "127.0.0.1"]
    assert lines[1].split()[:2] == ["ok", "phone"]
    assert lines[2].split()[:3] == ["to", "do", "wrong"]
    assert "takes no connections" in lines[3]
    assert "false ended with exit code 1" in said.out
    assert "secret" not in said.out
    assert "hook-path" not in said.out
    assert sorted(one.path for one in there.got) == ["/", "/hook-path-1"]
    assert {one.body.get("title") for one in there.got} == {"moe: test"}
    found = call("notify", "--test", RUN, "--json").json
    assert [one["ok"] for one in found["ways"]] == [True, True, False, False]


def test_without_test_the_ways_are_listed_and_nothing_is_sent(
    call: Call, house: Product, there: Receiver
) -> None:
    run_with(house, {"good": {"webhook": f"{there.url}/p", "on": ["failed"], "at_most": 2}})
    said = call("notify", RUN)
    assert "good" in said.out
    assert "on failed, at most 2 a minute" in said.out
    assert there.got == []


def test_the_ways_of_a_file_can_be_tested_before_a_start(
    call: Call, house: Product, there: Receiver
) -> None:
    file = house.home / "n.yaml"
    file.write_text(f"run: {{command: [x]}}\nnotify: {{a: {{webhook: '{there.url}/p'}}}}\n")
    assert call("notify", "--test", "--config", str(file)).code == 0
    assert len(there.got) == 1
    file.write_text("run: {command: [x]}\nnotify: {a: {webhook: nothing}}\n")
    bad = call("notify", "--test", "--config", str(file))
    assert bad.code == 2
    assert "n.yaml:2:23: notify.a.webhook: expected an address" in bad.err


def test_an_address_is_nowhere_in_what_is_shown(call: Call, house: Product) -> None:
    folder = run_with(house, {"a": {"webhook": "https://hooks.example.org/verysecret/abc"}})
    file = str(folder / "config.yaml")
    for words in (("check", file), ("status", RUN), ("status", RUN, "--json"),
                  ("notify", RUN), ("notify", RUN, "--json")):  # fmt: skip
        said = call(*words)
        assert "verysecret" not in said.out + said.err, words


def test_without_ways_it_says_how_to_have_one(call: Call, house: Product) -> None:
    run_with(house, {"terminal": "off"})
    assert "notify: {phone:" in call("notify", "--test", RUN).out
