"""Which run a directory holds: what its frozen configuration says gets into the first state."""

from __future__ import annotations

from pathlib import Path

import pytest

from console.backend.origin import beginning
from console.core.notices import Wanted
from console.keeper import rundir
from tests.backend.live import describe


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("run: {command: [a]}\nnotices: {epochs: off, validation: off}\n", Wanted(0, True, False)),
        ("run: {command: [a]}\n", Wanted()),
        ("no configuration", Wanted()),
    ],
)
def test_the_first_state_knows_which_notices_are_wanted(
    tmp_path: Path, text: str, wanted: Wanted
) -> None:
    directory = describe(tmp_path / "20260102-030405-abcd")
    (directory / rundir.CONFIG_YAML).write_text(text)
    assert beginning(directory).run.notices == wanted
