"""In place of amd-smi, rocm-smi and nvidia-smi: `replay.py RECORDING STATE ARGUMENT…`.

A recording is `{key: [answer, …]}`; the key is the first argument, without what follows a `=`; the
last answer of a key stays. An answer is `{"json": …}`, `{"text": …}` or `{"rows": [{name: …}]}`
(what `--query-…=` asks for, `"known"` naming the fields of this version), and may have a `"code"`,
a `"warning"` printed before, or `"hang"`.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any


def _next(recording: dict[str, Any], key: str, state: Path) -> dict[str, Any]:
    answers = recording.get(key)
    if not answers:
        return {"text": f"unrecognized arguments: {key}", "code": 2}
    seen = state / key.strip("-")
    number = int(seen.read_text()) if seen.exists() else 0
    seen.write_text(str(number + 1))
    found: dict[str, Any] = answers[min(number, len(answers) - 1)]
    return found


def _table(rows: list[dict[str, str]], known: list[str] | None, fields: list[str]) -> str:
    for field in fields:
        if known is not None and field not in known:
            return f'Field "{field}" is not a valid field to query.\n'
    return "".join(", ".join(row.get(f, "[N/A]") for f in fields) + "\n" for row in rows)


def main(recording: str, state: str, *arguments: str) -> int:
    key, _, asked = arguments[0].partition("=")
    answer = _next(json.loads(Path(recording).read_text()), key, Path(state))
    if answer.get("hang"):
        time.sleep(600)
    out = answer.get("warning", "") + answer.get("text", "")
    if "json" in answer:
        out += json.dumps(answer["json"], indent=4) + "\n"
    if "rows" in answer:
        out += _table(answer["rows"], answer.get("known"), asked.split(","))
    sys.stdout.write(out)
    return int(answer.get("code", 0))


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
