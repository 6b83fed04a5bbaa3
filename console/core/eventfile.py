"""TensorBoard's event files as bytes: a file is `head` and then records of events.

Format, as TensorFlow and TensorBoard document it: each record is framed as in
tensorflow/core/lib/io/record_writer.h (TFRecord: length as little-endian uint64, masked CRC-32C of
the length, data, masked CRC-32C of the data); the data is a protobuf message `Event` of
tensorflow/core/util/event.proto (wall_time = 1 double, step = 2 int64, file_version = 3 string,
summary = 5) with a `Summary` of tensorflow/core/framework/summary.proto (repeated value = 1, in it
tag = 1, simple_value = 2 float). CRC-32C is the one of RFC 3720, appendix B.4; the mask is
tensorflow/core/lib/hash/crc32c.h's.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable
from functools import lru_cache

VERSION = "brain.Event:2"
_POLYNOMIAL = 0x82F63B78  # Castagnoli's, its bits reversed
_MASK_DELTA = 0xA282EAD8
_32_BITS, _64_BITS = (1 << 32) - 1, (1 << 64) - 1


def _entry(byte: int) -> int:
    for _ in range(8):
        byte = byte >> 1 ^ (_POLYNOMIAL if byte & 1 else 0)
    return byte


_TABLE = tuple(_entry(byte) for byte in range(256))


def crc32c(data: bytes) -> int:
    """The CRC-32C of some bytes."""
    crc, table = _32_BITS, _TABLE
    for byte in data:
        crc = table[(crc ^ byte) & 255] ^ crc >> 8
    return crc ^ _32_BITS


def masked(crc: int) -> int:
    """A CRC as it is stored: rotated right by 15 bits, plus a constant."""
    return ((crc >> 15 | crc << 17) + _MASK_DELTA) & _32_BITS


def record(data: bytes) -> bytes:
    """One record of a file."""
    length = struct.pack("<Q", len(data))
    return b"".join((length, _checked(length), data, _checked(data)))


def head(t: float) -> bytes:
    """The first record of a file that begins at `t`, in Unix seconds."""
    return record(_wall_time(t) + _field(3, VERSION.encode()))


def scalars(t: float, step: int | None, values: Iterable[tuple[str, float]]) -> bytes:
    """The record of (tag, value) pairs of one moment; without a step none is written."""
    summary = b"".join([_field(1, _tag(tag) + b"\x15" + _float(value)) for tag, value in values])
    number = b"" if step is None else b"\x10" + _varint(step & _64_BITS)
    return record(b"".join((_wall_time(t), number, _field(5, summary))))


def _checked(data: bytes) -> bytes:
    return struct.pack("<I", masked(crc32c(data)))


def _wall_time(t: float) -> bytes:
    return b"\x09" + struct.pack("<d", t)


def _float(value: float) -> bytes:
    """As a float of 32 bits; what is too large for one is infinite, as in C."""
    try:
        return struct.pack("<f", value)
    except OverflowError:
        return struct.pack("<f", math.copysign(math.inf, value))


@lru_cache(8192)
def _tag(tag: str) -> bytes:
    return _field(1, tag.encode("utf-8", "replace"))


def _field(number: int, data: bytes) -> bytes:
    """A field of wire type 2: a text or a message."""
    return bytes((number << 3 | 2,)) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    out.append(value)
    return bytes(out)
