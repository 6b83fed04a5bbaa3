"""What the hook reads: orders, one line each, out of a FIFO of the run directory."""

import json
import os
import re
import select
import stat
import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

LINE_BYTES = 512  # the smallest PIPE_BUF: up to it a write into a FIFO is never torn
LOOK_SECONDS = 1.0


class Order(NamedTuple):
    """One line of the inbox; a bare word has no id."""

    id: str
    cmd: str
    args: Mapping[str, Any] = {}
    boot: str = ""
    exp: float | None = None


def _parse(line: bytes) -> Order | None:
    """The order in a line: a bare word or a JSON object; None = neither."""
    try:
        text = line.strip().decode()
        if re.fullmatch("[a-z]{1,32}", text):
            return Order("", text)
        raw = json.loads(text)
        order = Order(**{name: raw[name] for name in Order._fields if raw.get(name) is not None})
    except (ValueError, TypeError, AttributeError, RecursionError):
        return None
    kinds: tuple[Any, ...] = (str, str, dict, str, (int, float, type(None)))
    typed = all(isinstance(value, kind) for value, kind in zip(order, kinds, strict=True))
    return order if typed and order.id else None


def open_fifo(path: str, flags: int) -> int:
    """A descriptor of the FIFO, or -1 when it is missing, no FIFO, or open to others than us."""
    try:
        fd = os.open(path, flags | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return -1
    found = os.fstat(fd)
    if stat.S_ISFIFO(found.st_mode) and found.st_uid == os.geteuid() and not found.st_mode & 0o77:
        return fd
    os.close(fd)
    return -1


class Inbox:
    """Orders out of inbox.fifo; looks each second whether the FIFO was made anew."""

    def __init__(self, path: str) -> None:
        self.fd = -1
        self.skipped = 0
        """Lines that were no orders."""
        self._path = path
        self._place: tuple[int, int] | None = None
        self._look_at = 0.0
        self._rest = b""
        self._poll = select.poll()

    def take(self) -> list[Order]:
        """What has arrived, of at most one read: a flood does not hold the trainer up."""
        if time.monotonic() >= self._look_at:
            self._look_at = time.monotonic() + LOOK_SECONDS
            self._look()
        if not self._poll.poll(0):  # cheaper than a read that fails
            return []
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return []
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[:LINE_BYTES]
        parsed = [_parse(line) if len(line) < LINE_BYTES else None for line in lines]
        self.skipped += parsed.count(None)
        return [order for order in parsed if order is not None]

    def wait(self, seconds: float) -> None:
        """Returns when something has arrived, at the latest after `seconds`."""
        if self.fd >= 0:
            select.select([self.fd], [], [], seconds)
        else:
            time.sleep(seconds)

    def _look(self) -> None:
        with suppress(OSError):
            found = os.stat(self._path, follow_symlinks=False)
            if self._place != (found.st_dev, found.st_ino):
                self.release()
                self.fd, self._rest = open_fifo(self._path, os.O_RDWR), b""
                if self.fd >= 0:
                    self._poll.register(self.fd, select.POLLIN)
                self._place = (found.st_dev, found.st_ino) if self.fd >= 0 else None

    def release(self) -> None:
        if self.fd >= 0:
            os.close(self.fd)
        self.fd, self._poll = -1, select.poll()
