"""The command line; imports what a verb needs only when that verb is called."""

from __future__ import annotations

import sys
from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one verb; returns its exit code."""
    from console.cli import entry

    return entry.run(list(sys.argv[1:] if argv is None else argv))


if __name__ == "__main__":
    sys.exit(main())
