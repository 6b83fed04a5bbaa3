"""`timeline` and `acknowledge`: what happened, who changed what, and their exit codes."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.cli.conftest import Call

pytestmark = pytest.mark.usefixtures("ended")


def test_it_tells_what_happened_oldest_first(call: Call, ended) -> None:
    said = call("timeline", ended.name)
    lines = said.out.splitlines()
    assert said.code == 0
    assert lines[0].split() == ["TIME", "KIND", "STEP", "WHAT", "BY"]
    assert "start" in lines[1]
    assert "end" in lines[-1]


def test_json_is_whole_and_its_times_have_a_zone(call: Call, ended) -> None:
    found = call("timeline", ended.name, "--json").json
    assert found["run"] == ended.name
    entries = found["entries"]
    assert entries[0]["mark"] == "start"
    times = [datetime.fromisoformat(entry["t"]) for entry in entries]
    assert times[0] == min(times)
    assert all(time.tzinfo for time in times)
    assert set(entries[0]) == {"id", "t", "mark", "text", "step", "row", "by", "cmd", "outcome",
                               "changes", "alert"}  # fmt: skip


def test_kinds_and_words_choose(call: Call, ended) -> None:
    found = call("timeline", ended.name, "--kind", "life", "--json").json["entries"]
    assert {entry["mark"] for entry in found} <= {"start", "stop", "end"}
    assert call("timeline", ended.name, "--text", "no such words", "--json").json["entries"] == []
    assert call("timeline", ended.name, "--text", "no such words").out == ""


def test_the_audit_list_has_every_order_with_its_end_and_who(call: Call, alive) -> None:
    assert call("checkpoint", alive.name).code == 0
    entries = call("timeline", alive.name, "--audit", "--json").json["entries"]
    entry = next(one for one in reversed(entries) if one["cmd"] == "checkpoint")
    assert entry["outcome"] == "done"
    assert "@" in entry["by"]
    lines = call("timeline", alive.name, "--audit").out.splitlines()
    assert lines[0].split() == ["TIME", "BY", "ORDER", "OUTCOME", "STEP", "WHAT"]
    assert any("checkpoint" in line and "done" in line for line in lines[1:])


@pytest.mark.parametrize(
    ("words", "code"),
    [(("timeline", "nobody"), 5), (("timeline", "--kind", "nonsense"), 2)],
)
def test_exit_codes(call: Call, words: tuple[str, ...], code: int) -> None:
    assert call(*words).code == code


def test_nothing_to_acknowledge_is_a_rejection_with_its_reason(call: Call, alive) -> None:
    call("acknowledge", alive.name)  # what there may be by now
    said = call("acknowledge", alive.name)
    assert said.code == 3
    assert "no open alert waits for anybody" in said.err


def test_an_ended_run_acknowledges_nothing(call: Call, ended) -> None:
    assert call("acknowledge", ended.name).code == 3
