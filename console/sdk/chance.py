"""The random state of a trainer: kept while something happens that must not show in the training.

A validation draws from the same generators as the training (a data loader alone does), so without
this the steps after it would be others than without it.
"""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

Restore = Callable[[], None]


def keep() -> Restore:
    """Takes down the state of every generator in use; what it returns puts it back.

    Those of Python, numpy, and torch (CPU, every CUDA device, MPS), as far as they are imported.
    """
    restores = [restore for take in _TAKES for restore in _guarded(take)]

    def put_back() -> None:
        for restore in restores:
            with suppress(Exception):  # the library of the trainer, in whatever state it is now
                restore()

    return put_back


@contextmanager
def undisturbed() -> Iterator[None]:
    """What the block draws is not missing afterwards."""
    put_back = keep()
    try:
        yield
    finally:
        put_back()


def _guarded(take: Callable[[], list[Restore]]) -> list[Restore]:
    with suppress(Exception):  # as above: half imported, or without this part
        return take()
    return []


def _python() -> list[Restore]:
    state = random.getstate()
    return [lambda: random.setstate(state)]


def _numpy() -> list[Restore]:
    numpy = sys.modules.get("numpy")
    if numpy is None:
        return []
    state = numpy.random.get_state()
    return [lambda: numpy.random.set_state(state)]


def _torch() -> list[Restore]:
    torch = sys.modules.get("torch")
    if torch is None:
        return []
    state = torch.get_rng_state()
    return [lambda: torch.set_rng_state(state)]


def _cuda() -> list[Restore]:
    """One state for each device; none is woken for it."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return []
    states = torch.cuda.get_rng_state_all()
    return [lambda: torch.cuda.set_rng_state_all(states)]


def _mps() -> list[Restore]:
    torch = sys.modules.get("torch")
    if torch is None or not torch.backends.mps.is_available():
        return []
    state = torch.mps.get_rng_state()
    return [lambda: torch.mps.set_rng_state(state)]


_TAKES = (_python, _numpy, _torch, _cuda, _mps)
