"""The box at the foot of a terminal: what it shows, and that it is in nobody's way."""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import subprocess
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.sdk import box, boxart
from console.sdk.boxart import Picture
from console.sdk.reporter import RANKS
from tests.product import Product, product
from tests.programs import watched
from tests.pty.terminal import Terminal
from tests.waiting import wait_until

HELLO = {"k": "hello", "t": 1000.0}
INFO = {"k": "info", "values": {"total_steps": 100, "total_epochs": 3}}


def log(step: int, t: float | None = None, **values: object) -> dict[str, object]:
    return {"k": "log", "t": 1000.0 + step if t is None else t, "step": step, "values": values}


def picture(*records: dict[str, object]) -> Picture:
    made = Picture("qwen")
    made.take([HELLO, INFO, *records])
    return made


def test_it_shows_all_there_is() -> None:
    shown = picture(
        {"k": "phase", "phase": "training"},
        *(log(step, loss=4 / step, lr=2e-5, grad_norm=0.8473) for step in range(1, 41)),
        {"k": "log", "t": 1041.0, "step": 41, "epoch": 1.23, "values": {"loss": 0.125}},
    )  # fmt: skip
    shown.gpu = [14.2e9, 24e9, 97.0, 72.0, 284.4]
    rows = boxart.box(shown, 1041.0, wide=True)
    text = "\n".join(rows)
    for part in (
        "qwen  training", "step 41/100", "epoch 1.23/3", "loss 0.1250", "rate 2.0e-05",
        "gradient norm 0.847", "1.00 steps/s", "elapsed 0:41", "ETA 0:59",
        "GPU 14.2/24.0 GB  97 %  72 °C  284 W",
    ):  # fmt: skip
        assert part in text
    assert len(rows) == boxart.ROWS
    assert {len(row) for row in rows} == {boxart.WIDTH}


def test_what_is_not_known_is_not_invented() -> None:
    text = "\n".join(boxart.box(Picture(""), 0.0, wide=True))
    assert "step —   epoch —" in text
    assert "loss —   rate —   gradient norm —" in text
    assert "— steps/s   elapsed —   ETA —" in text
    assert "GPU —" in text
    assert not re.search(r"\d", text)


def test_without_unicode_it_is_ascii() -> None:
    shown = picture(*(log(step, loss=1 / step) for step in range(1, 9)))
    rows = [*boxart.box(shown, 1010.0, wide=False), *boxart.completion(shown, 1010.0, wide=False)]
    assert "\n".join(rows).isascii()


def test_the_sparkline_is_50_cells_of_the_newest_values() -> None:
    line = boxart.spark([*range(200)][-50:])
    assert len(line) == 50
    assert (line[0], line[-1]) == ("▁", "█")
    assert len(boxart.spark([1.0])) == 50
    assert boxart.spark([1.0, math.nan, 2.0]).strip() == "▁?█"
    assert boxart.spark([]) == " " * 50


def test_odd_records_change_nothing_and_break_nothing() -> None:
    shown = picture(log(5, loss=2.0))
    odd: list[dict[str, object]] = [
        {}, {"k": "log"}, {"k": "log", "step": "x", "values": {}},
        {"k": "log", "step": 6, "values": 3},
        {"k": "info", "values": None}, {"k": "bye"}, {"k": 7},
    ]  # fmt: skip
    shown.take(odd[:-2])
    assert (shown.step, shown.value("loss"), shown.is_over) == (5, 2.0, False)
    shown.take([log(6, loss="NaN")])
    assert "loss nan" in "\n".join(boxart.box(shown, 0.0, wide=True))
    assert shown.best == 2.0


def test_steps_that_go_back_are_no_speed() -> None:
    shown = picture(log(50), log(51), log(10, t=1052.0))
    assert shown.speed is None
    shown.take([log(11, t=1053.0)])
    assert shown.speed == 1.0


@pytest.mark.parametrize(
    ("bye", "title"),
    [
        ({"k": "bye", "reason": "finished"}, "TRAINING COMPLETE"),
        ({"k": "bye", "reason": "stopped"}, "TRAINING STOPPED"),
        ({"k": "bye", "reason": "exception", "error": "ValueError: \x1b[31mx"}, "TRAINING FAILED"),
        (log(9), "TRAINING ENDED WITHOUT A LAST WORD"),
    ],
)
def test_the_end_is_named(bye: dict[str, object], title: str) -> None:
    rows = boxart.completion(picture(log(7, loss=0.5), log(8, loss=0.75), bye), 1063.0, wide=True)
    text = "\n".join(rows)
    assert title in text
    assert "best loss 0.5000" in text
    assert "time 1:03" in text
    assert "\x1b" not in text


def test_a_name_with_sequences_in_it_is_text() -> None:
    assert "\x1b" not in "".join(boxart.box(Picture("a\x1b]0;x\x07b"), 0.0, wide=True))


def test_it_follows_the_files_of_the_hook_and_skips_what_is_damaged(tmp_path: Path) -> None:
    def line(record: dict[str, object]) -> bytes:
        text = json.dumps(record).encode()
        return b"%08x %s\n" % (zlib.crc32(text), text)

    reader, first = box.Reader(tmp_path), tmp_path / "hook-0-000.jsonl"
    assert reader.records() == []
    first.write_bytes(line({"n": 1}) + b"00000000 {}\nnonsense\n\n" + line({"n": 2})[:9])
    assert reader.records() == [{"n": 1}]
    with first.open("ab") as file:
        file.write(line({"n": 2})[9:])
    (tmp_path / "hook-0-001.jsonl").write_bytes(line({"n": 3}))
    (tmp_path / "hook-1-000.jsonl").write_bytes(line({"n": 4}))
    assert reader.records() == [{"n": 2}, {"n": 3}, {"n": 4}]


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1024, 2048, 97, 72, 284.5\n", [1 << 30, 2 << 30, 97.0, 72.0, 284.5]),
        ("1024, 2048, [N/A], 72, [Not Supported]\n9, 9, 9, 9, 9\n",
         [1 << 30, 2 << 30, None, 72.0, None]),
        ("", None),
        ("No devices were found\n", None),
    ],
)  # fmt: skip
def test_what_nvidia_smi_says(text: str, values: list[float | None] | None) -> None:
    assert box.parsed(text) == values


# --- on a terminal ----------------------------------------------------------------------------


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    for name in (*RANKS, "GLADIUS_RUN_ID", "GLADIUS_RUN_DIR"):
        monkeypatch.delenv(name, raising=False)
    with product() as made:
        yield made
        runs = made.home / "state" / "runs"
        made.runs += list(runs.glob("*-*")) if runs.exists() else []


def command(*words: str) -> list[str]:
    return [sys.executable, watched.__file__, *words, "--monitor-tui"]


def test_the_box_stands_below_what_the_trainer_prints_and_leaves_the_terminal_whole(
    here: Product,
) -> None:
    with Terminal(command("40", "0.08"), columns=80, lines=24, env=here.env) as terminal:
        terminal.wait_for_text("gradient norm")
        terminal.resize(100, 30)
        terminal.wait_for_text("TRAINING COMPLETE")
        assert terminal.wait() == 0
        output = terminal.output()
    assert b"made 40 steps in" in output
    assert output.rindex(b"\x1b[r") > output.rindex(b"gradient norm")


def test_a_killed_trainer_leaves_the_terminal_whole(here: Product) -> None:
    # As from a shell, which is the leader of the terminal's session.
    words = shlex.join(command("40", "0.08", "--then", "vanish"))
    with Terminal(
        ["/bin/sh", "-c", f"{words}; read line"], columns=80, lines=24, env=here.env
    ) as terminal:
        terminal.wait_for_text("TRAINING ENDED WITHOUT A LAST WORD")
        output = terminal.output()
    assert output.rindex(b"\x1b[r") > output.rindex(b"gradient norm")


def test_without_a_terminal_there_are_lines_and_no_sequences(here: Product) -> None:
    done = subprocess.run(
        command("5", "0.01"), env=here.env, cwd=here.home, capture_output=True, timeout=60,
        check=True, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert b"\x1b" not in done.stderr
    assert b"TRAINING COMPLETE" in done.stderr
    assert b"step 5/5" in done.stderr


def test_a_killed_box_does_not_touch_the_trainer(here: Product) -> None:
    with subprocess.Popen(
        command("60", "0.05"), env=here.env, cwd=here.home, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    ) as trainer:  # fmt: skip
        pid = wait_until(lambda: box_of(trainer.pid), 20, what="the box")
        os.kill(pid, 9)
        out, _ = trainer.communicate(timeout=60)
    assert trainer.returncode == 0
    assert out.startswith("made 60 steps")


def box_of(trainer: int) -> int | None:
    """The pid of a trainer's box."""
    children = Path(f"/proc/{trainer}/task/{trainer}/children").read_text().split()
    for pid in children:
        if b"console.sdk.box" in Path(f"/proc/{pid}/cmdline").read_bytes():
            return int(pid)
    return None
