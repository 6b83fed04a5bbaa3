"""Parts are drawn as often as the blueprint says, and not at all when nothing changed."""

from __future__ import annotations

from console.screens.refresher import FRAME_SECONDS, Refresher

GROUPS = {
    "loss": frozenset({"metrics"}),
    "experts": frozenset({"experts", "metrics"}),
    "progress": frozenset({"metrics", "system"}),
    "memory": frozenset({"system"}),
    "timeline": frozenset({"timeline"}),
}


def drawn(refresher: Refresher, changed: str, seconds: float) -> dict[str, int]:
    """How often each part is drawn when a group changes 100 times a second."""
    counts: dict[str, int] = {}
    for tick in range(int(seconds * 100)):
        refresher.mark(frozenset({changed}), tick / 100)
        for part in refresher.due(tick / 100):
            counts[part] = counts.get(part, 0) + 1
    return counts


def test_every_part_has_its_own_interval() -> None:
    assert drawn(Refresher(GROUPS), "metrics", 20) == {"loss": 20, "experts": 4, "progress": 20}


def test_the_machine_is_slower_except_for_memory() -> None:
    assert drawn(Refresher(GROUPS), "system", 20) == {"memory": 10, "progress": 4}


def test_without_intervals_only_the_frame_rate_limits() -> None:
    counts = drawn(Refresher(GROUPS, intervals=False), "timeline", 1)
    assert 20 <= counts["timeline"] <= round(1 / FRAME_SECONDS)


def test_nothing_is_due_when_nothing_changed() -> None:
    refresher = Refresher(GROUPS)
    assert refresher.next(0.0) is None
    refresher.mark(frozenset({"timeline"}), 0.0)
    assert refresher.due(0.0) == ["timeline"]
    assert refresher.next(0.0) is None


def test_what_changes_meanwhile_is_drawn_when_its_time_comes() -> None:
    refresher = Refresher(GROUPS)
    refresher.mark(frozenset({"timeline", "metrics"}), 0.0)
    while refresher.due(0.0):
        pass
    refresher.mark(frozenset({"metrics"}), 0.5)
    assert refresher.due(0.5) == []
    assert refresher.next(0.5) == 0.5
    assert refresher.due(1.0) == ["progress", "loss"]


def test_one_chart_a_frame() -> None:
    refresher = Refresher(GROUPS, intervals=False)
    refresher.mark(frozenset({"metrics"}), 0.0)
    first, second = refresher.due(0.0), refresher.due(0.0)
    assert sorted(first) == ["loss", "progress"]
    assert second == ["experts"]


def test_a_change_of_state_comes_at_once() -> None:
    refresher = Refresher(GROUPS)
    refresher.mark(frozenset({"metrics"}), 0.0)
    while refresher.due(0.0):
        pass
    refresher.mark(frozenset({"metrics"}), 0.1, at_once=True)
    assert refresher.due(0.1) == ["progress", "loss"]


def test_parts_that_belong_together_are_drawn_once_and_together() -> None:
    groups = {**GROUPS, "status": frozenset({"life", "metrics"})}
    refresher = Refresher(groups, together=frozenset({"status", "loss"}))
    counts = {"status": 0, "loss": 0}
    for tick in range(2000):
        changed = "metrics" if tick % 2 else "life"
        refresher.mark(frozenset({changed}), tick / 100)
        due = refresher.due(tick / 100)
        assert ("status" in due) == ("loss" in due)
        for part in counts.keys() & {*due}:
            counts[part] += 1
    assert counts["status"] == counts["loss"] <= 41
