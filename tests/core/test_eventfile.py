"""Event files: the framing, the checksums, the messages."""

from __future__ import annotations

import math
import struct
from pathlib import Path

import pytest

from console.core import eventfile
from tests import eventreader

# RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
KNOWN = {
    b"\x00" * 32: 0x8A9136AA,
    b"\xff" * 32: 0x62A8AB43,
    bytes(range(32)): 0x46DD794E,
    bytes(reversed(range(32))): 0x113FDB5C,
    b"123456789": 0xE3069283,
    b"": 0,
}


@pytest.mark.parametrize(("data", "crc"), KNOWN.items(), ids=lambda item: str(item)[:12])
def test_checksums_are_the_published_ones(data: bytes, crc: int) -> None:
    assert eventfile.crc32c(data) == crc


def test_the_mask_is_a_rotation_and_a_constant() -> None:
    assert eventfile.masked(0) == 0xA282EAD8
    assert eventfile.masked(0x8000) == 0xA282EAD9
    assert eventfile.masked(0xFFFFFFFF) == 0xA282EAD7


def test_a_file_begins_with_its_version_and_holds_what_was_put_in(tmp_path: Path) -> None:
    long = "name/" + "ä" * 200
    data = eventfile.head(10.5) + eventfile.scalars(11.25, 3, [("train/loss", 0.5), (long, -2.0)])
    (tmp_path / "a.tfevents.b").write_bytes(data)
    first, second = eventreader.events(tmp_path)
    assert (first.t, first.version, first.values) == (10.5, "brain.Event:2", ())
    assert (second.t, second.step) == (11.25, 3)
    assert second.values == (("train/loss", 0.5), (long, -2.0))


@pytest.mark.parametrize("step", [None, 0, 1, 127, 128, 2**31, 2**62, -1, -(2**62)])
def test_steps_of_any_size_and_none(tmp_path: Path, step: int | None) -> None:
    (tmp_path / "tfevents").write_bytes(eventfile.scalars(0.0, step, [("x", 1.0)]))
    assert eventreader.points(tmp_path) == {"x": [(step, 0.0, 1.0)]}


@pytest.mark.parametrize(
    ("value", "kept"),
    [(1e300, math.inf), (-1e300, -math.inf), (math.inf, math.inf), (1e-300, 0.0), (0.1, None)],
)
def test_values_are_rounded_to_32_bits(tmp_path: Path, value: float, kept: float | None) -> None:
    (tmp_path / "tfevents").write_bytes(eventfile.scalars(0.0, 1, [("x", value)]))
    expected = struct.unpack("<f", struct.pack("<f", value))[0] if kept is None else kept
    assert eventreader.points(tmp_path)["x"][0][2] == expected


def test_what_is_no_number_stays_that(tmp_path: Path) -> None:
    (tmp_path / "tfevents").write_bytes(eventfile.scalars(0.0, 1, [("x", math.nan)]))
    assert math.isnan(eventreader.points(tmp_path)["x"][0][2])


def test_every_changed_byte_is_noticed() -> None:
    data = eventfile.scalars(1.0, 2, [("train/loss", 0.25)])
    for index in range(len(data)):
        changed = data[:index] + bytes((data[index] ^ 1,)) + data[index + 1 :]
        with pytest.raises(AssertionError):
            list(eventreader.records(changed))
