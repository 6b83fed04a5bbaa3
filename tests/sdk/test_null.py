"""Where nobody listens, or another process reports, the hook does nothing; and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.sdk import Link, single

if TYPE_CHECKING:
    from tests.sdk.conftest import Desk


def use(link: Link) -> bool:
    """Every call once; returns what boundary returned."""
    link.info(model="m")
    link.log(1, loss=1.0)
    link.phase("testing", 1)
    with link.during("saving", 1):
        link.saved(1, "/x")
    link.evaluated(1, loss=1.0)
    stop = link.boundary(1)
    link.close()
    return stop


def run_python(code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code, *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_without_a_run_directory_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GLADIUS_RUN_DIR", raising=False)
    link = Link(orders={"checkpoint": print}, total_steps=1)
    assert not link.active
    assert use(link) is False


def test_a_run_directory_that_is_gone_is_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("GLADIUS_RUN_DIR", str(tmp_path / "gone"))
    assert use(Link()) is False


def test_a_signal_handler_stops_the_loop_without_a_console_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GLADIUS_RUN_DIR", raising=False)
    link = Link()
    link.stopping = True
    assert link.boundary(1) is True


@pytest.mark.parametrize("name", ["RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK"])
def test_only_rank_zero_reports(desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "1")
    assert not Link().active
    monkeypatch.setenv(name, "0")
    monkeypatch.setenv("WORLD_SIZE", "4")
    link = Link()
    link.close()
    assert desk.records("hello")[0]["world"] == 4


def test_torchrun_ranks_win_over_slurm_tasks(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_PROCID", "0")
    monkeypatch.setenv("RANK", "3")
    assert not Link().active


def test_a_second_process_gets_a_null_object(desk: Desk, link: Link) -> None:
    code = "from console.sdk import Link; print(Link().active)"
    assert run_python(code).stdout == "False\n"
    link.close()
    assert run_python(code).stdout == "True\n"


def test_a_second_link_in_the_same_process_is_null(desk: Desk, link: Link) -> None:
    second = Link()
    assert not second.active
    assert use(second) is False
    assert link.active


FORK = """
import os, sys
from console.sdk import Link
link = Link()
link.log(1, loss=1.0)
child = os.fork()
if child == 0:
    link.log(2, loss=2.0)
    link.saved(2, "/child")
    ok = not link.active and link.boundary(2) is False
    link.close()
    os._exit(0 if ok else 1)
assert os.waitpid(child, 0)[1] == 0
link.log(3, loss=3.0)
"""


def test_a_forked_child_is_silent(desk: Desk) -> None:
    done = run_python(FORK)
    assert done.returncode == 0, done.stderr
    assert [record.get("step") for record in desk.records("log")] == [1, 3]
    assert not desk.records("save")
    assert len(desk.records("bye")) == 1


def test_a_forked_child_that_lives_on_does_not_keep_the_lock(desk: Desk) -> None:
    code = """
import os, time
from console.sdk import Link
link = Link()
if os.fork() == 0:
    os.close(1); os.close(2)
    os.read(0, 1)
    os._exit(0)
"""
    read, write = os.pipe()
    parent = subprocess.Popen([sys.executable, "-c", code], stdin=read)
    os.close(read)
    try:
        assert parent.wait(timeout=30) == 0
        link = Link()
        assert link.active
        link.close()
    finally:
        os.close(write)  # the child reads the end and goes


@pytest.mark.parametrize(
    ("ending", "reason", "error"),
    [
        ("pass", "finished", None),
        ("raise ValueError('boom')", "exception", "ValueError: boom"),
        ("link.stopping = True", "stopped", None),
        ("link.stopping = True; 1 / 0", "exception", "ZeroDivisionError: division by zero"),
        ("link.close('exception', 'mine'); link.close()", "exception", "mine"),
    ],
)
def test_the_last_word_comes_by_itself(
    desk: Desk, ending: str, reason: str, error: str | None
) -> None:
    run_python(f"from console.sdk import Link\nlink = Link()\nlink.boundary(8)\n{ending}")
    [bye] = desk.records("bye")
    assert (bye["reason"], bye.get("error"), bye["step"]) == (reason, error, 8)


def test_the_hook_imports_nothing_but_the_standard_library() -> None:
    code = """
import sys
import console.sdk
foreign = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
ours = {name for name in sys.modules if name.startswith("console")}
assert foreign - {"console"} <= set(sys.argv[1:]), foreign
assert all(name == "console" or name.startswith("console.sdk") for name in ours), ours
"""
    started_with = run_python(
        "import sys; print(*{n.partition('.')[0] for n in sys.modules})"
    ).stdout.split()
    done = run_python(code, *started_with)
    assert done.returncode == 0, done.stderr


def test_the_one_file_works_alone(desk: Desk, tmp_path: Path) -> None:
    alone = tmp_path / "project"
    alone.mkdir()
    file = single.copy(alone)
    code = f"""
import sys
sys.path[:0] = [{str(alone)!r}]
from gladius_link import Link
link = Link(orders={{"checkpoint": lambda step: "/x"}})
link.log(1, loss=0.5)
assert link.boundary(1) is True
assert "console" not in sys.modules
"""
    order = desk.send("stop")
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert desk.outcomes(order) == ["received", "done"]
    assert "console.sdk." not in file.read_text().partition('"""\n')[2]


def test_the_folder_works_alone_and_without_any_library(desk: Desk, tmp_path: Path) -> None:
    alone = tmp_path / "project"
    alone.mkdir()
    folder = single.copy_package(alone)
    code = f"""
import importlib, sys
sys.path[:0] = [{str(alone)!r}]
for name in ("torch", "transformers", "lightning", "pytorch_lightning", "keras"):
    sys.modules[name] = None  # not installed
bridges = [importlib.import_module("gladius_sdk." + n) for n in ("hf", "lightning", "keras")]
assert all(bridge.GladiusCallback() for bridge in bridges)
from gladius_sdk import Link
assert Link(distributed=True).boundary(1) is True
assert "console" not in sys.modules
"""
    order = desk.send("stop")
    done = run_python(code)
    assert done.returncode == 0, done.stderr
    assert desk.outcomes(order) == ["received", "done"]
    assert not any("console.sdk" in file.read_text() for file in folder.glob("*.py"))
