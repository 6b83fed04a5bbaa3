"""An account of bytes, and how a slow terminal is recognised."""

from __future__ import annotations

from console.core.byte_rate import Backlog, ByteRate


def test_a_debt_is_paid_before_anything_more_is_written() -> None:
    account = ByteRate(1000)
    account.spend(3000, 0.0)
    assert account.wait(0.0) == 3.0
    assert account.wait(2.0) == 1.0
    assert account.wait(3.0) == 0.0


def test_a_pause_is_not_saved_up() -> None:
    account = ByteRate(1000)
    account.wait(0.0)
    account.spend(1000, 3600.0)
    assert account.wait(3600.0) == 0.75


def test_without_a_rate_nothing_waits() -> None:
    account = ByteRate()
    account.spend(1 << 30, 0.0)
    assert account.wait(0.0) == 0.0


def test_a_terminal_that_takes_little_is_slow_and_may_recover() -> None:
    found = Backlog()
    assert [found.look(3, 4000 * second, float(second)) for second in range(3)] == [0, 0, 0]
    assert found.look(3, 12_000, 3.0) == 3000.0
    rates = [found.look(0, 12_000, float(second)) for second in range(4, 200)]
    assert rates[0] == 3000.0
    assert rates[-1] == 0.0


def test_a_fast_terminal_in_a_flood_is_not_slow() -> None:
    found = Backlog()
    assert not any(found.look(5, 5_000_000 * second, float(second)) for second in range(20))


def test_a_moment_of_waiting_is_no_slow_link() -> None:
    found = Backlog()
    assert not any(found.look(3 * (second % 3 > 0), 0, float(second)) for second in range(60))
