"""Dataclasses to plain JSON values and back, by their annotations.

Unknown fields are ignored and missing ones take their default, so an older reader understands a
newer writer. NaN and infinities become the strings "NaN", "Infinity" and "-Infinity".
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

_WORDS = {math.inf: "Infinity", -math.inf: "-Infinity"}


def encode(value: Any) -> Any:
    """Plain JSON values for a dataclass, enum, mapping, sequence or number."""
    if value is None or (isinstance(value, (bool, int)) and not isinstance(value, Enum)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else _WORDS.get(value, "NaN")
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if is_dataclass(value) and not isinstance(value, type):
        return {name: encode(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(key): encode(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)) or hasattr(value, "__iter__"):
        return [encode(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def encode_sparse(value: Any) -> Any:
    """The same without the fields that have their default value: `decode` gives them back."""
    if isinstance(value, tuple):
        return [encode_sparse(item) for item in value]
    if not is_dataclass(value) or isinstance(value, type):
        return encode(value)
    found = {}
    for name, usual in _defaults(type(value)):
        item = getattr(value, name)
        if item != usual:
            found[name] = item if type(item) in (int, str) else encode_sparse(item)
    return found


def decode(cls: type[Any], data: Mapping[str, Any]) -> Any:
    """An instance of the dataclass `cls` from what `encode` gave.

    Raises TypeError or ValueError when a value does not fit its annotation.
    """
    readers = _readers(cls)  # type: ignore[arg-type]  # a class is hashable
    given = {name: readers[name](value) for name, value in data.items() if name in readers}
    return cls(**given)


@cache
def _names(cls: type[Any]) -> tuple[str, ...]:
    return tuple(item.name for item in fields(cls))


@cache
def _defaults(cls: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Names and default values; what has none has a value that nothing equals."""
    return tuple((item.name, item.default) for item in fields(cls))


@cache
def _readers(cls: type[Any]) -> dict[str, Callable[[Any], Any]]:
    hints = get_type_hints(cls)
    return {item.name: _reader(hints[item.name]) for item in fields(cls)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    """The function that turns a JSON value into one of type `hint`."""
    origin, args = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return _optional_reader(args)
    if origin is tuple:
        return _sequence_reader(tuple, args[0])
    if origin in (list, set, frozenset):
        return _sequence_reader(origin, args[0])
    if origin is dict:
        return _dict_reader(args[1])
    if isinstance(hint, type):
        if is_dataclass(hint):
            return lambda value: decode(hint, value)
        if issubclass(hint, Enum):
            return hint
        if hint in (int, float, str, bool):
            return _SCALARS[hint]
    return lambda value: value


def _optional_reader(args: tuple[Any, ...]) -> Callable[[Any], Any]:
    inner = [_reader(item) for item in args if item is not type(None)]
    if len(inner) != 1:
        return lambda value: value
    return lambda value: None if value is None else inner[0](value)


def _sequence_reader(kind: Callable[[Any], Any], item: Any) -> Callable[[Any], Any]:
    read = _reader(item)

    def sequence(value: Any) -> Any:
        if isinstance(value, (str, Mapping)):
            raise TypeError("a list was expected")
        return kind(read(element) for element in value)

    return sequence


def _dict_reader(item: Any) -> Callable[[Any], Any]:
    read = _reader(item)

    def mapping(value: Any) -> Any:
        if not isinstance(value, Mapping):
            raise TypeError("an object was expected")
        return {str(key): read(element) for key, element in value.items()}

    return mapping


def _float(value: Any) -> float:
    if isinstance(value, bool) or value is None:
        raise TypeError("a number was expected")
    return float(value)


def _int(value: Any) -> int:
    if isinstance(value, bool) or (isinstance(value, float) and not value.is_integer()):
        raise TypeError("a whole number was expected")
    if not isinstance(value, (int, float)):
        raise TypeError("a whole number was expected")
    return int(value)


def _str(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text was expected")
    return value


def _bool(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError("true or false was expected")
    return value


_SCALARS: dict[type[Any], Callable[[Any], Any]] = {
    int: _int,
    float: _float,
    str: _str,
    bool: _bool,
}
