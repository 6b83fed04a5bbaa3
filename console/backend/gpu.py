"""A process of its own that reads the GPUs, because the driver's library may crash or hang.

It prints one JSON object a line: `{"gpus": [...], "source": …, "period": …}` for each reading,
`{}` as a sign of life between calls, `{"note": …}` when there is nothing to read here, and
`{"failed": …}` when a source gave nothing; after these two it ends. Fields of a GPU are those of
`core.protocol.Gpu`, None where the driver gives nothing. It ends when nobody reads.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

from console.backend.sensors.amd_smi import AmdSmi
from console.backend.sensors.nvidia_smi import NvidiaSmi
from console.backend.sensors.nvml import NO_DRIVER, Nvml
from console.backend.sensors.orphan import end_with_parent
from console.backend.sensors.rocm_smi import RocmSmi
from console.backend.sensors.source import Beat, Failed, Source

SOURCES: tuple[Callable[[], Source], ...] = (Nvml, NvidiaSmi, AmdSmi, RocmSmi)
"""In the order of preference: the first that is available is read."""

NOTHING = f"no GPU: {NO_DRIVER}, no amd-smi, no rocm-smi"

BEAT_SECONDS = 1.0
"""Signs of life are no more frequent than this."""


def choose(beat: Beat) -> tuple[Source | None, str]:
    """The source to read, and why there is none."""
    reasons = []
    for make in SOURCES:
        source = make()
        reason = source.available(beat)
        if reason is None:
            return source, ""
        if reason and reason != NO_DRIVER:
            reasons.append(reason)
    return None, "; ".join(reasons) or NOTHING


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


class Pulse:
    """Tells that the process lives, now and then."""

    def __init__(self) -> None:
        self._said = 0.0

    def __call__(self) -> None:
        now = time.monotonic()
        if now - self._said >= BEAT_SECONDS:
            self._said = now
            _say({})


def _read_on(source: Source, period: float, beat: Beat) -> None:
    while True:
        beat()
        gpus = source.read(beat)
        _say({"gpus": gpus, "source": source.name, "period": period})
        time.sleep(period)


def main(arguments: Sequence[str] = ()) -> int:
    """Reads until nobody listens; an argument is the period in seconds, instead of the source's."""
    end_with_parent()
    beat = Pulse()
    try:
        source, why = choose(beat)
        if source is None:
            _say({"note": why})
            return 0
        _read_on(source, float(arguments[0]) if arguments else source.period, beat)
    except Failed as failure:
        _say({"failed": str(failure)})
    except (BrokenPipeError, KeyboardInterrupt):
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
