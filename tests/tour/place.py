"""Where the tour takes place: a folder with a configuration, an editor, and two earlier runs."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.product import CONSOLE

if TYPE_CHECKING:
    from tests.product import Product

CONFIG = Path(__file__).parent.parent.parent / "configs" / "qwen_moe.yaml"

EDITOR = """\
#!/bin/sh
# An editor that needs nobody: changes one value of the file it is given.
sed -i 's/weight_decay: 0.01/weight_decay: 0.02/' "$1"
"""

BROKEN = """\
import time
print("[INFO] epoch 1", flush=True)
time.sleep(0.5)
print("[WARN] the denominator is small", flush=True)
for step in range(1, 30):
    print(f"step {step} loss {1 / step:.4f}", flush=True)

def mean(values):
    return sum(values) / len(values)

mean([])
"""


def furnished(home: Path) -> dict[str, str]:
    """Puts the files there; returns what the programs' surroundings need besides.

    Nothing of the person's own settings is read or changed.
    """
    text = CONFIG.read_text().replace("epochs: 12", "epochs: 60")
    (home / "qwen_moe.yaml").write_text(text)
    quick = text.replace("name: qwen-moe", "name: short").replace("epochs: 60", "epochs: 1")
    (home / "short.yaml").write_text(quick.replace("examples: 8000", "examples: 600"))
    (home / "broken.py").write_text(BROKEN)
    command = json.dumps([sys.executable, "-u", "broken.py"])
    (home / "broken.yaml").write_text(f"run:\n  name: broken\n  command: {command}\n")
    editor = home / "editor"
    editor.write_text(EDITOR)
    editor.chmod(0o755)
    return {
        "XDG_CONFIG_HOME": str(home / "config"),
        "VISUAL": str(editor),
        "EDITOR": str(editor),
        "SSH_CONNECTION": "",
        "TMUX": "",
    }


def short(house: Product, env: dict[str, str]) -> Path:
    """A run of one short epoch, to be compared with; it goes on while the tour begins."""
    return _started(house, env, "short.yaml")


def broken(house: Product, env: dict[str, str]) -> Path:
    """A run that fails after a second."""
    return _started(house, env, "broken.yaml")


def _started(house: Product, env: dict[str, str], config: str) -> Path:
    done = subprocess.run(
        [*CONSOLE, "train", "--config", config, "--detach", "--json"],
        env={**house.env, **env},
        cwd=house.home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return Path(json.loads(done.stdout)["dir"])
