from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.keeper.house import House


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    monkeypatch.setenv("GLADIUS_HOME", str(tmp_path / "home"))
    made = House(tmp_path / "home")
    yield made
    made.close()
