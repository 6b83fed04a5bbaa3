"""What a module of tests needs beyond the ordinary: found, not imported, which takes seconds."""

from __future__ import annotations

from importlib.util import find_spec

import pytest


def needs(*packages: str) -> list[pytest.MarkDecorator]:
    """Marks of a module that is skipped, with the reason, where a package is missing."""
    missing = [name for name in packages if find_spec(name) is None]
    reason = f"needs {', '.join(missing)}: make test-hf"
    return [pytest.mark.hf, pytest.mark.skipif(bool(missing), reason=reason)]
