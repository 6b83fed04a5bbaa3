"""The summary as a page: tables whose names are whole, and whose long values go on below."""

from __future__ import annotations

import pytest
from textual.content import Content

from console.core.report import Background, report
from console.widgets.report_text import TableLines, column_widths, table_lines
from tests import states
from tests.screens.looking import looking
from tests.sessions import session_of
from tests.waiting import wait_until_async

PATH = "/data/very/long/" + "path/" * 30 + "epoch_47.npz"


def rows(*lines: tuple[str, ...]) -> list[tuple[Content, ...]]:
    return [tuple(map(Content, line)) for line in lines]


def test_only_what_is_long_goes_on_below() -> None:
    found = table_lines(rows(("Training time", "1 m"), ("Resumed from", PATH)), 60)
    assert [line.plain.rstrip()[:16] for line in found[:2]] == [
        "Training time   ",
        "Resumed from    ",
    ]
    assert all(line.plain.startswith(" " * 16) for line in found[2:])
    assert all(line.cell_length <= 60 for line in found)
    assert "".join(line.plain[16:].strip() for line in found[1:]) == PATH


@pytest.mark.parametrize("width", [200, 60, 30, 1])
def test_columns_share_the_room(width: int) -> None:
    widths = column_widths(rows(("8,450", PATH, "1.2 GB", PATH * 2)), width)
    assert widths[0] == 5
    assert sum(widths) + 9 <= max(width, 36)


async def lines(text: str, width: int) -> list[str]:
    """The report as it stands on a high screen, without the frame."""
    session = session_of(states.finished(), report=lambda: text)
    async with looking(session, (width, 120)) as look:
        await look.press("R")
        await wait_until_async(lambda: look.app.screen.query(TableLines), what="tables")
        await look.pilot.pause()
        return [strip.split("│")[1].rstrip() for strip in framed(look.lines())]


def framed(found: list[str]) -> list[str]:
    """The rows of the dialog, from its left border to its right one."""
    top = next(line for line in found if "╭─ REPORT" in line)
    left = top.index("╭─ REPORT")
    inside = (line[left:] for line in found)
    return [line for line in inside if line.startswith("│")]


@pytest.mark.parametrize("width", [200, 110, 74])
async def test_a_report_shows_every_label_whole(width: int) -> None:
    run = states.finished()
    run.run.parent, run.run.parent_checkpoint = "20260401-010203-aaaa", PATH
    shown = "\n".join(await lines(report(run, Background(environment={"torch": "2"})), width))
    for label in ("Training time", "Resumed from", "Final loss", "Throughput", "expert", "torch"):
        assert label in shown
    assert "…" not in shown


async def test_a_report_of_an_older_version_has_no_empty_row_for_its_empty_head() -> None:
    found = await lines("# x\n\n| | |\n|---|---|\n| Steps | 12 |\n| Loss | 1 |\n", 60)
    steps = next(at for at, line in enumerate(found) if "Steps" in line)
    assert "Loss" in found[steps + 1]
    assert not found[steps - 1].strip()


async def test_markup_in_a_value_is_text() -> None:
    found = await lines("| a | [bold]b[/] |\n|---|---|\n| c | [@click=quit]d |\n", 60)
    assert any("[bold]b[/]" in line for line in found)
