"""The hook as one file, for environments in which this package is not installed.

The modules of this folder are joined in the order of PARTS, without their imports of each other.
"""

import re
from pathlib import Path

PARTS = (
    "inbox", "records", "reporter", "setting", "holding", "chance", "ranks", "listener", "acting",
    "link",
)  # fmt: skip
NAME = "gladius_link.py"
HEAD = '''"""The hook of gladius-console in one file: `Link`. Standard library only.

Written by `gladius-console sdk --copy`; the original is the package console.sdk.
"""
'''
_OURS = re.compile(r"^from console\.sdk\.\w+ import (\([^)]*\)|[^\n]*)\n", re.MULTILINE)


def text() -> str:
    """The Python source of the one file."""
    here = Path(__file__).parent
    sources = [(here / f"{part}.py").read_text(encoding="utf-8") for part in PARTS]
    return HEAD + "".join("\n\n" + _OURS.sub("", source) for source in sources)


def copy(folder: Path) -> Path:
    """Writes the one file into `folder`; returns its path. Raises OSError when it cannot."""
    target = folder / NAME
    target.write_text(text(), encoding="utf-8")
    return target
