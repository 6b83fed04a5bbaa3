"""The hook for environments in which this package is not installed: one file, or a folder.

For the one file the modules are joined in the order of PARTS, without their imports of each other.
The folder has all of them, with the bridges to training libraries.
"""

import re
from pathlib import Path

PARTS = (
    "inbox", "records", "reporter", "setting", "holding", "chance", "ranks", "listener", "acting",
    "link",
)  # fmt: skip
NAME = "gladius_link.py"
PACKAGE = "gladius_sdk"
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


def copy_package(folder: Path) -> Path:
    """Writes every module into `folder`/gladius_sdk; returns that. Raises OSError."""
    target, here = folder / PACKAGE, Path(__file__).parent
    target.mkdir(exist_ok=True)
    for module in sorted(here.glob("*.py")):
        if module.name != Path(__file__).name:
            source = module.read_text(encoding="utf-8").replace("console.sdk", PACKAGE)
            (target / module.name).write_text(source, encoding="utf-8")
    return target
