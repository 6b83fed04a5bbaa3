"""How a verb ends: the exit codes scripts rely on, and the failure that carries one."""

from __future__ import annotations

DONE = 0
FAILED = 1
USAGE = 2
REJECTED = 3
NO_ANSWER = 4
NO_SUCH_RUN = 5
ALREADY_RUNNING = 6
INTERRUPTED = 130


class Failure(Exception):
    """Ends a verb with `code`; `message` says what is wrong and what to do, on stderr."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
