"""One step of a training that may fail: what it raised is shown, its memory freed, and it is held.

How it waits and what ends the waiting is in `link.py`.
"""

import gc
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import TracebackType

HELD = "error"
"""The phase of a trainer that waits at a failed step."""

ENDS = (StopIteration, StopAsyncIteration)
"""What is no failure: the data has come to its end."""


class Step:
    """`with link.step() as tried:`; `tried.failed` says afterwards whether it has to be redone."""

    def __init__(self, hold: Callable[[Exception], bool]) -> None:
        self.failed = False
        self._hold = hold

    def __enter__(self) -> "Step":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool:
        if not isinstance(error, Exception) or isinstance(error, ENDS):
            return False
        self.failed = True
        return self._hold(error)


def show(error: Exception) -> None:
    """Prints the traceback where an uncaught one would stand."""
    with suppress(OSError, ValueError, AttributeError):
        traceback.print_exception(error, file=sys.stderr)
        sys.stderr.flush()


def free(error: BaseException) -> None:
    """Lets go of what the failed step held: the variables of its frames, and the GPU's cache."""
    for one in _chain(error):
        traceback.clear_frames(one.__traceback__)
    gc.collect()
    torch = sys.modules.get("torch")
    if torch is not None:
        with suppress(Exception):  # the library of the trainer, in whatever state it is now
            torch.cuda.empty_cache()


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those it came from, each once."""
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]
