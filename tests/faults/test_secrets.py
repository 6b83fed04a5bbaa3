"""A secret is in no picture, no export, no report and no journal; what only sounds like one is.

Private files that have to hold it keep it: the raw output, what the hook wrote, the frozen copy
of the configuration the trainer reads.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.backend import rows_export
from console.backend.rows import ScreenRows
from console.backend.veil import Veil
from tests.waiting import wait_until

if TYPE_CHECKING:
    from tests.product import Product

SENTINEL = "SENTINEL"
ENVIRONMENT, CONFIGURED = f"q7{SENTINEL}wandb4", f"q7{SENTINEL}hf42"
HARMLESS = "tokenizer=bpe max_tokens=4096 tokens_per_sec=2847"
SAYS = f"""
import os
from console.sdk import Link
def save(step):
    raise OSError("upload with api_key=q7{SENTINEL}save was refused")
link = Link(orders={{"checkpoint": save}}, api_key="q7{SENTINEL}fact", tokenizer="bpe")
hub, key = os.environ["HF_TOKEN"], os.environ["WANDB_API_KEY"]
print("HF_TOKEN=" + hub, flush=True)
print("\\x1b[32mlogged in with", key, "and", hub, "\\x1b[0m", flush=True)
print("curl -H 'Authorization: Bearer q7{SENTINEL}bearer'", flush=True)
print({HARMLESS!r}, flush=True)
step = 0
import time
while not os.path.exists("go"):
    step += 1
    link.log(step=step, loss=1.0, tokens_per_sec=2847.0)
    link.boundary(step)
    time.sleep(0.02)
raise RuntimeError("cannot log in: api_key=q7{SENTINEL}raised")
"""
KEEP_IT = ("output.", "screen.", "hook-", "config.yaml", "run.json")
"""Files of the run directory, mode 0600, that hold what the trainer said, or how it is called."""


def spoken(here: Product, run: Path) -> str:
    """Everything the verbs print of a run."""
    verbs = ("status", "runs", "logs", "report", "metrics", "check")
    said = []
    for verb in verbs:
        words = (verb, *([] if verb in ("runs", "check") else [run.name]))
        if verb == "check":
            words = (verb, str(here.home / "job.yaml"))
        for more in ((), ("--json",)) if verb not in ("report", "metrics") else ((),):
            done = here.call(*words, *more)
            said += [done.stdout, done.stderr]
    for words in (
        ("timeline", run.name), ("timeline", run.name, "--audit"), ("config", run.name),
        ("config", run.name, "--raw"), ("compare", run.name, run.name), ("notify", run.name),
        ("reload", run.name, "--diff"), ("doctor",),
    ):  # fmt: skip
        for more in ((), ("--json",)):
            done = here.call(*words, *more)
            said += [done.stdout, done.stderr]
    said.append(here.call("follow", run.name, "--json").stdout)
    said.append(here.call("attach", run.name, "--plain").stdout)
    return "\n".join(said)


@pytest.fixture
def run(here: Product, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A run with secrets everywhere, which failed with one on its lips."""
    monkeypatch.setenv("WANDB_API_KEY", ENVIRONMENT)
    config = here.config(
        sys.executable, "-c", SAYS, extra=f"  env: {{HF_TOKEN: {CONFIGURED}}}\n"
    ).rename(here.home / "job.yaml")
    words = ("--set", f"program.password=q7{SENTINEL}set", "--detach")
    made = Path(here.json("train", "--config", str(config), *words)["dir"])
    here.runs.append(made)
    assert here.call("wait", made.name, "--until", "step=2", "--timeout", "30").returncode == 0
    return made


def test_fault_45_a_secret_is_masked_wherever_it_could_be_seen(here: Product, run: Path) -> None:
    failed = here.call("checkpoint", run.name)
    assert "upload with api_key=***" in failed.stderr
    with here.attach(run, columns=200, lines=60) as screen:
        screen.wait_for_text("logged in with *** and ***")
        screen.send("7\r")
        screen.wait_for_text("View the whole file")
        screen.send("v")
        screen.wait_for_text("as started")
        screen.send("\x1b")
        pictures = screen.output()
    (here.home / "go").touch()
    assert here.call("wait", run.name, "--timeout", "30").returncode == 0
    wait_until((run / "final").exists, 30, what="the final run")
    text = failed.stderr + spoken(here, run) + pictures.decode(errors="replace")
    assert_masked(text)
    for path in sorted(run.iterdir()):
        if path.is_file() and not path.name.startswith(KEEP_IT):
            assert SENTINEL.encode() not in path.read_bytes(), path
    folder = here.home / "exported"
    assert here.call("export", run.name, "--output", str(folder)).returncode == 0
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert len(files) > 8
    assert_masked("\n".join(path.read_text() for path in files))
    ScreenRows(run).export(here.home / "exported.log")
    assert_masked((here.home / "exported.log").read_text())
    rows_export.export(run, here.home / "some.log", range(1000), clean=False)
    assert_masked((here.home / "some.log").read_text())


def assert_masked(text: str) -> None:
    at = text.find(SENTINEL)
    assert at < 0, text[max(0, at - 200) : at + 40]
    assert HARMLESS in text
    assert "HF_TOKEN=***" in text


def test_fault_45_rows_without_a_secret_stay_as_they_are_to_the_byte() -> None:
    veil = Veil((CONFIGURED,))
    rows = [
        b"\x1b[32m[INFO]\x1b[0m tokenizer \xff\xfe loaded, 2,847 tokens/sec",
        b"\x1e checkpoint saved",
        bytes(range(32, 256)),
        b"",
    ]
    assert veil.rows(rows) == rows
    assert veil.block(b"\n".join(rows)) == b"\n".join(rows)
    own = b"\x1eFAILED: token " + CONFIGURED.encode() + b" \x1b[1mrefused\x1b[0m"
    assert veil.rows([own]) == [b"\x1eFAILED: token *** refused"]
