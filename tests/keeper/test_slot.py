from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.keeper import slot


def test_an_allocated_slot_holds_nothing_and_its_blocks(tmp_path: Path) -> None:
    slot.allocate(tmp_path, "exit.json")
    assert slot.read(tmp_path, "exit.json") is None
    facts = (tmp_path / "exit.json").stat()
    assert facts.st_size == slot.SLOT_BYTES
    assert facts.st_blocks * 512 >= slot.SLOT_BYTES
    assert facts.st_mode & 0o777 == 0o600


def test_a_shorter_record_replaces_a_longer_one(tmp_path: Path) -> None:
    slot.write(tmp_path, "exit.json", {"error": "e" * 1000})
    slot.write(tmp_path, "exit.json", {"code": 0}, durable=False)
    assert slot.read(tmp_path, "exit.json") == {"code": 0}
    assert (tmp_path / "exit.json").stat().st_size == slot.SLOT_BYTES


def test_a_record_that_does_not_fit_is_refused_and_the_old_one_stays(tmp_path: Path) -> None:
    slot.write(tmp_path, "exit.json", {"code": 0})
    with pytest.raises(ValueError, match="do not fit"):
        slot.write(tmp_path, "exit.json", {"error": "e" * slot.SLOT_BYTES})
    assert slot.read(tmp_path, "exit.json") == {"code": 0}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 40), st.integers(1, 255))
def test_damage_is_no_record(tmp_path: Path, where: int, flip: int) -> None:
    slot.write(tmp_path, "exit.json", {"code": 12345, "error": "a text to be damaged"})
    content = bytearray((tmp_path / "exit.json").read_bytes())
    content[where] ^= flip
    (tmp_path / "exit.json").write_bytes(content)
    assert slot.read(tmp_path, "exit.json") is None


def test_a_link_or_nothing_is_no_record(tmp_path: Path) -> None:
    slot.write(tmp_path, "real", {"code": 0})
    (tmp_path / "exit.json").symlink_to(tmp_path / "real")
    assert slot.read(tmp_path, "exit.json") is None
    assert slot.read(tmp_path, "missing") is None
    with pytest.raises(OSError, match="symbolic links"):
        slot.write(tmp_path, "exit.json", {"code": 1})
