"""A reader of event files that shares nothing with their writer; every CRC is checked."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Event:
    """What a record says; `values` are (tag, value)."""

    t: float
    step: int | None
    version: str | None
    values: tuple[tuple[str, float], ...]


def events(folder: Path) -> list[Event]:
    """Every event of the one event file in a folder."""
    (path,) = folder.glob("*tfevents*")
    return [_event(data) for data in records(path.read_bytes())]


def points(folder: Path) -> dict[str, list[tuple[int | None, float, float]]]:
    """Tag → (step, wall time, value) of every value, in the order of the file."""
    found: dict[str, list[tuple[int | None, float, float]]] = {}
    for event in events(folder):
        for tag, value in event.values:
            found.setdefault(tag, []).append((event.step, event.t, value))
    return found


def records(data: bytes) -> Iterator[bytes]:
    """The data of each record. Raises AssertionError at what is torn or damaged."""
    while data:
        assert len(data) >= 16, "a torn record"
        (length, length_crc), rest = struct.unpack("<QI", data[:12]), data[12:]
        assert _unmasked(length_crc) == _crc(data[:8]), "a damaged length"
        assert len(rest) >= length + 4, "a torn record"
        body, (body_crc,) = rest[:length], struct.unpack("<I", rest[length : length + 4])
        assert _unmasked(body_crc) == _crc(body), "a damaged record"
        yield body
        data = rest[length + 4 :]


def _crc(data: bytes) -> int:
    """CRC-32C as a division of polynomials, one bit after the other."""
    register = 0xFFFFFFFF
    for byte in data:
        for bit in range(8):
            carry = (register ^ (byte >> bit)) & 1
            register = (register >> 1) ^ (0x82F63B78 * carry)
    return register ^ 0xFFFFFFFF


def _unmasked(stored: int) -> int:
    turned = (stored - 0xA282EAD8) % (1 << 32)
    return ((turned << 15) | (turned >> 17)) % (1 << 32)


def _fields(data: bytes) -> Iterator[tuple[int, bytes | int]]:
    """(number, value) of each field of a message; numbers of fixed width are given as bytes."""
    at = 0

    def varint() -> int:
        nonlocal at
        value = shift = 0
        while True:
            byte, at = data[at], at + 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(data):
        key = varint()
        number, kind = key >> 3, key & 7
        if kind == 0:
            yield number, varint()
            continue
        size = {1: 8, 5: 4}.get(kind) or varint()
        yield number, data[at : at + size]
        at += size


def _event(data: bytes) -> Event:
    fields = dict(_fields(data))
    step = fields.get(2)
    assert step is None or isinstance(step, int)
    values = [_value(part) for number, part in _fields(_bytes(fields.get(5, b""))) if number == 1]
    version = _bytes(fields[3]).decode() if 3 in fields else None
    signed = step - (1 << 64) if step is not None and step >> 63 else step
    return Event(struct.unpack("<d", _bytes(fields[1]))[0], signed, version, tuple(values))


def _value(data: bytes | int) -> tuple[str, float]:
    fields = dict(_fields(_bytes(data)))
    return _bytes(fields[1]).decode(), struct.unpack("<f", _bytes(fields[2]))[0]


def _bytes(value: bytes | int) -> bytes:
    assert isinstance(value, bytes)
    return value
