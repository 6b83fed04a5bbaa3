"""A failure on request, `program: fault: oom@step=N`: to see what a console makes of one."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"oom@step=([1-9]\d{0,8})")
FORM = "fault is oom@step=N"


def is_fault(text: str) -> bool:
    """Whether a setting names a fault."""
    return _FORM.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Fault:
    """Memory runs out at `step`, unless the batches are smaller than `batch_size` by then."""

    step: int
    batch_size: int

    @classmethod
    def of(cls, text: str, batch_size: int) -> Fault | None:
        """The fault of a setting; None without one."""
        found = _FORM.fullmatch(text)
        return None if found is None else cls(int(found[1]), batch_size)

    def strike(self, step: int, batch_size: int) -> None:
        """Raises MemoryError when it is time."""
        if step == self.step and batch_size >= self.batch_size:
            raise MemoryError(f"no room for a batch of {batch_size} (program.fault)")
