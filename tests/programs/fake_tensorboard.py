"""Stands for TensorBoard: serves its folder's name on the address it is given, and ends by itself.

`$FAKE_TENSORBOARD` is what it does instead: `refuse` ends at once with a reason.
"""

from __future__ import annotations

import argparse
import http.server
import os
import stat
import sys
import threading
from pathlib import Path

LIFE_SECONDS = 100.0


def install(folder: Path) -> Path:
    """Puts a program `tensorboard` into a folder for the PATH; returns the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "tensorboard"
    path.write_text(
        f"#!{sys.executable}\nimport runpy\nrunpy.run_path({__file__!r}, {{}}, '__main__')\n"
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return folder


class Page(http.server.BaseHTTPRequestHandler):
    """Says what was asked to be shown."""

    logdir = ""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"logdir={self.logdir}".encode())


def main() -> None:
    if os.environ.get("FAKE_TENSORBOARD") == "refuse":
        sys.exit("first line\nE1125 the logdir makes no sense")
    parser = argparse.ArgumentParser()
    for name in ("--logdir", "--host", "--port"):
        parser.add_argument(name, required=True)
    options = parser.parse_args()
    Page.logdir = options.logdir
    timer = threading.Timer(LIFE_SECONDS, lambda: os._exit(0))
    timer.daemon = True
    timer.start()
    http.server.HTTPServer((options.host, int(options.port)), Page).serve_forever()


if __name__ == "__main__":
    main()
