"""The rooms and who may import whom: the table of the design, enforced.

The syntax tree is judged, TYPE_CHECKING imports too, and then a subprocess looks at what really
gets imported.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent / "console"

SCREENS = {"screens.session", "screens.arrangement"}
"""What the command line needs of the screens: what they are given, and where things stand."""

MAY_IMPORT: dict[str, set[str]] = {
    "core": {"core"},
    "keeper": {"keeper"},
    "sdk": {"sdk"},
    "trainers": {"trainers", "sdk", "core.config"},
    "backend": {"backend", "core", "keeper"},
    "commands": {"commands", "core"},
    "widgets": {"widgets", "core", "commands"},
    "screens": {"screens", "widgets", "core", "commands"},
    "clipboard": {"core"},
    "calling": {"core"},
    "app": {"app", "clipboard", "calling", "screens", "widgets", "core", "commands", "backend"},
    "cli": {"cli", "core", "commands", "keeper", "backend", "sdk", "app", *SCREENS},
    "__main__": {"cli"},
    "__init__": set(),
}
"""Room → rooms of ours it may import. `console` itself (the version) is open to all."""

SCREEN = {"textual", "textual_plotext", "plotext", "rich"}
MUST_NOT: dict[str, set[str]] = {
    "core": {"asyncio", "os", "time", "threading", "random", "sqlite3", "subprocess", *SCREEN},
    "backend": SCREEN,
    "trainers": SCREEN,
    "cli": set(),
    "widgets": {"asyncio", "psutil", "pynvml", "sqlite3", "subprocess"},
    "screens": {"asyncio", "psutil", "pynvml", "sqlite3", "subprocess"},
}
STANDARD_LIBRARY_ONLY = ("keeper", "sdk")
FORBIDDEN_NAMES = {"utils", "helpers", "common", "managers", "services", "models", "util", "misc"}


def modules() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.py") if "presets" not in path.parts)


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def imports(path: Path) -> set[str]:
    """Full names of the modules a file imports, relative ones resolved."""
    found: set[str] = set()
    package = ("console", *path.relative_to(ROOT).parts[:-1])
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            name = ".".join(part for part in (base, node.module or "") if part)
            found |= {f"{name}.{alias.name}" for alias in node.names}
            found.add(name)
    return found


def ours(name: str) -> str:
    return name.removeprefix("console.")


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_what_its_room_may(path: Path) -> None:
    allowed = MAY_IMPORT[room(path)]
    for name in imports(path):
        if not name.startswith("console.") or name in ("console.__version__",):
            continue
        wanted = ours(name)
        fits = any(wanted == part or wanted.startswith(f"{part}.") for part in allowed)
        assert fits, f"{path.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_nothing_its_room_must_not(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path) if name}
    assert not tops & MUST_NOT.get(room(path), set())
    if room(path) in STANDARD_LIBRARY_ONLY:
        foreign = tops - set(sys.stdlib_module_names) - {"console", "__future__"}
        assert not foreign, f"{path.relative_to(ROOT)} needs {foreign}"


def test_no_room_is_called_after_nothing() -> None:
    names = {
        part.removesuffix(".py") for path in modules() for part in path.relative_to(ROOT).parts
    }
    assert not names & FORBIDDEN_NAMES


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_sizes_stay_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    limit = 250 if path.name == "app.py" else 400
    assert text.count("\n") <= limit
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"


LOADED = """
import sys
import {module}
print(",".join(sorted(name.split(".")[0] for name in sys.modules)))
"""

HEAVY = {"textual", "rich", "plotext", "numpy", "psutil", "pynvml", "yaml"}
LIGHT_MODULES = {
    "console": HEAVY | {"asyncio"},
    "console.__main__": HEAVY | {"asyncio"},
    "console.sdk": HEAVY | {"asyncio"},
    "console.keeper.guard": HEAVY | {"asyncio", "wcwidth", "sqlite3"},
    "console.core.reduce": HEAVY | {"asyncio", "sqlite3"},
    "console.backend.service": {"textual", "rich", "plotext", "numpy"},
}


@pytest.mark.parametrize("module", sorted(LIGHT_MODULES))
def test_what_is_really_loaded(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", LOADED.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    loaded = set(done.stdout.strip().split(","))
    assert not loaded & LIGHT_MODULES[module]
