"""The journal: whole records only, cut back to what was committed, begun anew when large."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from console.backend import journal
from console.backend.appender import Shorter
from console.backend.journal import Journal
from console.backend.thinner import Thinner
from console.core.protocol import Measured


def numbers(directory: Path, until: dict[str, int] | None = None) -> list[Any]:
    return [item["n"] for item in journal.records(directory, until)]


def test_what_was_not_committed_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "SEGMENT_BYTES", 60)
    log, position = Journal(tmp_path, {}), {}
    for number in range(10):
        log.add({"n": number})
        log.flush()
        if number == 4:
            position = log.position()
    log.close()
    assert numbers(tmp_path) == list(range(10))
    assert len(journal.segments(tmp_path)) > 2
    assert numbers(tmp_path, position) == list(range(5))
    log = Journal(tmp_path, position)
    log.add({"n": 99})
    log.flush()
    log.close()
    assert numbers(tmp_path) == [0, 1, 2, 3, 4, 99]


def test_fault_37_damaged_and_torn_lines_are_left_out(tmp_path: Path) -> None:
    log = Journal(tmp_path, {})
    for number in range(3):
        log.add({"n": number})
    log.flush()
    log.close()
    path = tmp_path / "journal-000.jsonl"
    data = path.read_bytes()
    path.write_bytes(data.replace(b'"n":1', b'"n":7') + data[:10])
    assert numbers(tmp_path) == [0, 2]
    assert journal.end(tmp_path) == {"number": 0, "length": len(data)}


def test_a_journal_that_lost_bytes_is_no_ground_to_go_on(tmp_path: Path) -> None:
    Journal(tmp_path, {}).close()
    with pytest.raises(Shorter):
        Journal(tmp_path, {"number": 0, "length": 10})


def test_a_link_in_place_of_the_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_text("keep me")
    (tmp_path / "journal-000.jsonl").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="journal-000"):
        Journal(tmp_path, {})
    assert (tmp_path / "elsewhere").read_text() == "keep me"


def measured(number: int, m: float, loss: float, **others: float) -> Measured:
    return Measured(m, m, number, {"loss": loss, **others})


def test_thinning_lets_twenty_a_second_pass_and_counts_all() -> None:
    thinner = Thinner()
    given = [measured(n, n / 200, float(n % 17)) for n in range(2000)]
    passed = [event for event in map(thinner.passes, given) if event]
    assert 200 <= len(passed) <= 240
    passed += thinner.rest()
    assert sum(event.n for event in passed) == 2000
    ranges = [event.mm["loss"] for event in passed if event.mm]
    assert (min(low for low, _ in ranges), max(high for _, high in ranges)) == (0.0, 16.0)
    assert thinner.rest() == []


def test_the_first_value_that_is_not_finite_passes_at_once() -> None:
    thinner = Thinner()
    for number in range(30):
        thinner.passes(measured(number, 0.0, 1.0))
    odd = thinner.passes(measured(30, 0.0, float("nan")))
    assert odd is not None
    assert odd.n == 11
    assert thinner.passes(measured(31, 0.0, float("nan"))) is None


def test_values_of_different_lines_do_not_push_each_other_out() -> None:
    thinner = Thinner()
    for number in range(100):
        thinner.passes(measured(number, 0.0, 1.0))
    assert thinner.passes(Measured(0.0, 0.0, 5, {"throughput": 1.0})) is not None
