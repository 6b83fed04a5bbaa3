from __future__ import annotations

import math
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.keeper import record

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
records = st.dictionaries(st.text(max_size=8), values, max_size=5)


@given(records)
def test_a_record_comes_back_as_it_went(value: dict[str, object]) -> None:
    line = record.encode(value)
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
    back = record.decode(line)
    assert back == value
    assert record.decode(line[:-1]) == back


@given(records, st.data())
def test_fault_37_any_changed_byte_is_noticed(
    value: dict[str, object], data: st.DataObject
) -> None:
    line = bytearray(record.encode(value)[:-1])
    where = data.draw(st.integers(0, len(line) - 1))
    line[where] ^= data.draw(st.integers(1, 255))
    assert record.decode(bytes(line)) is None


@given(records, st.data())
def test_any_torn_line_is_noticed(value: dict[str, object], data: st.DataObject) -> None:
    line = record.encode(value)
    assert record.decode(line[: data.draw(st.integers(0, len(line) - 2))]) is None


@given(st.binary(max_size=200))
def test_no_bytes_raise(line: bytes) -> None:
    record.decode(line)


def test_what_json_cannot_say_is_said_in_words() -> None:
    line = record.encode({"a": [math.nan, {"b": math.inf}], "c": (-math.inf, 1.5)})
    assert record.decode(line) == {"a": ["NaN", {"b": "Infinity"}], "c": ["-Infinity", 1.5]}


@pytest.mark.parametrize("body", [b"[1]", b"NaN", b'{"a":NaN}', b"{", b"\xff", b"[" * 100_000])
def test_a_right_checksum_does_not_make_a_record(body: bytes) -> None:
    assert record.decode(b"%08x %s\n" % (zlib.crc32(body), body)) is None
