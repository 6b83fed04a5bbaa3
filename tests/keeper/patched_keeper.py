"""The keeper with other constants: ``patched_keeper.py '{"sink.SEGMENT_BYTES": 1000}' start DIR``.

"invocation.backend_command" is a command line, to which the run directory is added.
"""

from __future__ import annotations

import importlib
import json
import sys

from console.keeper.__main__ import main

for _name, _value in json.loads(sys.argv[1]).items():
    _module, _, _constant = _name.partition(".")
    if _constant == "backend_command":
        _value = lambda folder, words=tuple(_value): [*words, str(folder)]  # noqa: E731
    setattr(importlib.import_module(f"console.keeper.{_module}"), _constant, _value)
main(sys.argv[2:])
