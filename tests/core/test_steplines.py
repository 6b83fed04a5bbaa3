"""Which row belongs to a step."""

from __future__ import annotations

import pytest

from console.core.steplines import Anchor, Found, row_of
from tests.sessions import ListRows


def printed(line: str, steps: range, between: int = 0) -> list[bytes]:
    rows: list[bytes] = []
    for step in steps:
        rows.append(line.format(step=step, epoch=step // 100 + 1, batch=step % 100).encode())
        rows += [b"[INFO] something else"] * between
    return rows


@pytest.mark.parametrize(
    "line",
    [
        "step {step:,} | loss 0.5",
        "\x1b[34m[INFO]\x1b[0m global_step={step} loss=0.5",
        "iter {step}: loss 0.5, time 12.00ms",
        " 45%|████      | {step}/100000 [00:12<00:15, 3.2it/s, loss=0.5]",
        "{{'loss': 0.5, 'step': {step}}}",
    ],
)
@pytest.mark.parametrize("between", [0, 3])
def test_the_row_that_names_the_step_is_found(line: str, between: int) -> None:
    rows = ListRows([b"starting"] * 300 + printed(line, range(20_000), between))
    for step in (0, 1, 77, 9_999, 19_999):
        found = row_of(rows, step, 19_999)
        assert found == Found(300 + step * (1 + between), step)


def test_few_pages_are_read_of_a_long_log() -> None:
    class Counting(ListRows):
        asked = 0

        def rows(self, first: int, count: int):  # type: ignore[no-untyped-def]
            self.asked += count
            return super().rows(first, count)

    rows = Counting(printed("step {step}", range(300_000)))
    assert row_of(rows, 123_456, 299_999) == Found(123_456, 123_456)
    assert rows.asked < 12_000


def test_epoch_and_batch_are_a_step() -> None:
    rows = ListRows(printed("Epoch {epoch} | Batch {batch} | Loss: 0.5", range(1000)))
    assert row_of(rows, 512, 999, batches=100) == Found(512, 512)


def test_where_each_tenth_step_is_printed_the_nearest_is_told() -> None:
    rows = ListRows(printed("step {step}", range(0, 5000, 10)))
    assert row_of(rows, 1234, 4990) == Found(123, 1230)


def test_no_row_is_invented() -> None:
    assert row_of(ListRows([]), 5, 10) is None
    assert row_of(ListRows([b"hello"] * 1000), 5, 10) is None
    rows = ListRows(printed("step {step}", range(1000)))
    assert row_of(rows, 50_000, 1000) is None
    assert row_of(ListRows(printed("batch size 32", range(1000))), 500, 999) is None
    assert row_of(ListRows([b"step 12345678901234567890 \x00\xff"] * 9), 5, 10) is None


def test_a_run_that_went_back_leads_to_the_pass_of_that_moment() -> None:
    first, again = printed("step {step}", range(5000)), printed("step {step}", range(3000, 9000))
    rows = ListRows(first + again)
    anchors = [Anchor(0.0, 0), Anchor(5000.0, 5000)]
    assert row_of(rows, 4000, 8999, t=4000.0, anchors=anchors) == Found(4000, 4000)
    assert row_of(rows, 4000, 8999, t=6000.0, anchors=anchors) == Found(6000, 4000)
