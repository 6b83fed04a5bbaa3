"""One record a line, with a checksum: ``%08x <compact JSON>\\n`` (CRC-32 of the JSON bytes)."""

from __future__ import annotations

import json
import math
import zlib
from typing import Any, NoReturn


def encode(value: dict[str, Any]) -> bytes:
    """Returns the line of a record. NaN and infinities become "NaN", "Infinity", "-Infinity"."""
    try:
        text = _dumps(value)
    except ValueError:
        text = _dumps(_finite(value))
    body = text.encode()
    return b"%08x %s\n" % (zlib.crc32(body), body)


def decode(line: bytes) -> dict[str, Any] | None:
    """Returns the record of a line (with or without its newline), None when it is damaged."""
    checksum, separator, body = line[:8], line[8:9], line[9:].removesuffix(b"\n")
    # Compared as text: a checksum in capitals is a changed byte too.
    if separator != b" " or checksum != b"%08x" % zlib.crc32(body):
        return None
    try:
        value = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _dumps(value: object) -> str:
    return json.dumps(value, allow_nan=False, separators=(",", ":"))


def _finite(value: object) -> object:
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")
