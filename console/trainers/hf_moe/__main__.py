"""`python -m console.trainers.hf_moe --config FILE [--resume CHECKPOINT]`, also under torchrun.

GLADIUS_RESUME names a checkpoint, or a folder of them, like --resume.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib.util import find_spec
from pathlib import Path

from console.core.config import ConfigError, load

NEEDED = ("torch", "transformers", "accelerate")


def main() -> int:
    """The exit code: 0 finished or stopped, 2 when it cannot begin."""
    parser = argparse.ArgumentParser(prog="console.trainers.hf_moe", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--resume", type=Path, default=os.environ.get("GLADIUS_RESUME") or None)
    arguments = parser.parse_args()
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        return _refuse(
            f"this trainer needs {' and '.join(missing)}, which {sys.executable} does not have: "
            f"{sys.executable} -m pip install {' '.join(NEEDED)}"
        )
    try:
        config = load(arguments.config.read_bytes(), str(arguments.config))
    except (OSError, ConfigError) as error:
        return _refuse(str(error))
    from console.trainers.hf_moe.settings import from_config
    from console.trainers.moe.settings import SettingsError

    try:
        settings = from_config(config)
        from console.trainers.hf_moe.train import run

        run(settings, arguments.resume)
    except SettingsError as error:
        return _refuse(str(error))
    return 0


def _refuse(why: str) -> int:
    print(f"[ERROR] {why}", file=sys.stderr, flush=True)
    return 2


if __name__ == "__main__":
    sys.exit(main())
