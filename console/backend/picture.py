"""What viewers are told of a run, each part encoded once however many there are."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from console.backend.viewer import line
from console.core.codec import encode
from console.core.state import GROUPS, RunState


class Source(Protocol):
    """What is shown; `backend.recorder.Recorder` is one."""

    @property
    def state(self) -> RunState: ...
    @property
    def rows(self) -> int: ...
    @property
    def live(self) -> list[bytes]: ...


class Picture:
    """Groups of the state, and how many rows there are."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._stale = set(GROUPS)
        self._encoded: dict[str, str] = {}
        self._rows = -1
        self._live: list[bytes] = []

    def changed(self) -> set[str]:
        """Groups that changed since the last call."""
        state = self._source.state
        names = state.changed & set(GROUPS)
        state.changed.clear()
        self._stale |= names
        return names

    def snapshot(self, more: Mapping[str, Any]) -> bytes:
        """Everything, for somebody new, and what else they are told."""
        facts = {**self._all_rows(), **more}
        return b'{"snapshot":%s,%s' % (self._groups(GROUPS), line(facts)[1:])

    def patch(self, names: Iterable[str]) -> bytes:
        """These groups as they are now."""
        return b'{"patch":%s}\n' % self._groups(names)

    def all_rows(self) -> bytes:
        """How many settled rows there are, and the live ones."""
        return line(self._all_rows())

    def has_new_rows(self) -> bool:
        """Whether the output is another than `new_rows` said last."""
        return self._source.rows != self._rows or self._source.live != self._live

    def new_rows(self) -> bytes:
        """The same as `all_rows`, without live rows that were told already."""
        message: dict[str, Any] = {"rows": self._source.rows}
        live = list(self._source.live)
        if live != self._live:
            message["live"] = _texts(live)
        self._rows, self._live = self._source.rows, live
        return line(message)

    def _all_rows(self) -> dict[str, Any]:
        return {"rows": self._source.rows, "live": _texts(self._source.live)}

    def _groups(self, names: Iterable[str]) -> bytes:
        return b"{%s}" % ",".join(f'"{name}":{self._group(name)}' for name in names).encode()

    def _group(self, name: str) -> str:
        if name in self._stale:
            self._stale.discard(name)
            value = encode(getattr(self._source.state, name))
            self._encoded[name] = json.dumps(value, separators=(",", ":"), allow_nan=False)
        return self._encoded[name]


def _texts(rows: Iterable[bytes]) -> list[str]:
    return [row.decode("utf-8", "replace") for row in rows]
