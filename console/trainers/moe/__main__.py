"""`python -m console.trainers.moe --config FILE [--resume CHECKPOINT]`.

GLADIUS_RESUME names a checkpoint, or a folder of them, like --resume. Numpy is loaded only after
the number of threads is set, because it does not look again.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from console.core.config import ConfigError, load

if TYPE_CHECKING:
    from console.core.config import Config

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def main() -> int:
    """The exit code: 0 finished or stopped, 2 when it cannot begin."""
    parser = argparse.ArgumentParser(prog="console.trainers.moe", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--resume", type=Path, default=os.environ.get("GLADIUS_RESUME") or None)
    arguments = parser.parse_args()
    try:
        config = load(arguments.config.read_bytes(), str(arguments.config))
    except (OSError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 2
    _limit_threads(config)
    return _train(config, arguments.resume)


def _limit_threads(config: Config) -> None:
    program = config.program if isinstance(config.program, dict) else {}
    for name in THREAD_VARIABLES:
        os.environ[name] = str(program.get("threads", os.environ.get(name, "1")))


def _train(config: Config, resume: str | Path | None) -> int:
    from console.trainers.moe.checkpoint import CheckpointError
    from console.trainers.moe.settings import SettingsError, from_config
    from console.trainers.moe.train import Trainer

    try:
        trainer = Trainer(from_config(config), Path(resume) if resume else None)
    except (SettingsError, CheckpointError, OSError) as error:
        print(f"\x1b[31m[ERROR]\x1b[0m {error}" if sys.stderr.isatty() else f"[ERROR] {error}")
        return 2
    trainer.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
