"""The trainer's world is the caller's, and a little more."""

from __future__ import annotations

import json
import os
import resource
import signal
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from console.keeper import child, invocation, rundir, start
from console.keeper.run import Run, trainer_of
from tests.keeper.house import PYTHON, House, exit_record, output

# 32 and 33: glibc keeps these signals to itself and lets no program set them; whoever started the
# tests may have left them ignored.
C_LIBRARYS = 1 << 31 | 1 << 32

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def in_fork(body: Callable[[], None]) -> None:
    """Does `body` in a process whose umask, mask and priority it may change."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.closerange(3, 4096)  # what other tests of this process have open is not its business
            body()
            code = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(code)
    assert os.waitpid(pid, 0)[1] == 0


def environment_of(house: House, **fields: object) -> dict[str, str]:
    code = "import json, os; print(json.dumps(dict(os.environ)))"
    folder = house.python(code, **fields)
    exit_record(folder)
    return dict(json.loads(output(folder)))


def test_the_environment_is_the_callers_with_the_additions(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("COLUMNS", "FORCE_COLOR", "NO_COLOR", "TTY_COMPATIBLE", "PYTHONUNBUFFERED"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MY_SETTING", "ä \udcff")
    found = environment_of(house)
    folder = house.runs[-1]
    added = {
        "GLADIUS_RUN_ID": folder.name,
        "GLADIUS_RUN_DIR": str(folder),
        "PYTHONUNBUFFERED": "1",
        "COLUMNS": "250",
        "TTY_COMPATIBLE": "1",
        "FORCE_COLOR": "1",
    }
    assert found.items() >= added.items()
    added.update({"LC_CTYPE": found.get("LC_CTYPE", "")})  # Python's own, in the C locale
    assert {**os.environ, **added} == {**found, "LC_CTYPE": found.get("LC_CTYPE", "")}


def test_what_the_user_set_stays(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "99")
    monkeypatch.setenv("FORCE_COLOR", "0")
    found = environment_of(house)
    assert (found["COLUMNS"], found["FORCE_COLOR"]) == ("99", "0")


def test_no_colour_is_respected(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    assert "FORCE_COLOR" not in environment_of(house)


def test_a_run_started_by_a_trainer_is_not_taken_for_its_parent(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in (invocation.RUN_ID, invocation.RUN_DIR, invocation.RESUME):
        monkeypatch.setenv(name, "of the parent")
    folder = house.make(["true"], resume_from="/checkpoints/7")
    resumed = child.trainer_environment(Run.load(folder))
    assert resumed[invocation.RESUME] == "/checkpoints/7"
    found = environment_of(house)
    assert invocation.RESUME not in found
    assert found[invocation.RUN_ID] == house.runs[-1].name


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_fault_46_the_trainers_umask_is_the_callers_and_our_files_are_private(
    house: House, umask: int
) -> None:
    folder = house.make(["sh", "-c", "umask; exit 0"])

    def launch() -> None:
        os.umask(umask)
        start.launch(folder, None)

    in_fork(launch)
    exit_record(folder)
    assert int(output(folder), 8) == umask
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in folder.iterdir()}
    assert set(modes.values()) == {0o600}, modes


@linux
def test_signals_priority_limits_and_session_are_a_fresh_programs(house: House) -> None:
    masks = house.make(["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"])
    rest = house.make(["sh", "-c", "ulimit -n; nice; echo $$; ps -o sid= $$"])

    def launch() -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1, signal.SIGCHLD})
        os.nice(1)
        resource.setrlimit(resource.RLIMIT_NOFILE, (123, 456))
        start.launch(masks, None)
        start.launch(rest, None)

    in_fork(launch)
    exit_record(masks)
    exit_record(rest)
    _, blocked, _, ignored = output(masks).split()
    assert int(blocked, 16) == 1 << (signal.SIGUSR1 - 1) | 1 << (signal.SIGCHLD - 1)
    assert int(ignored, 16) & ~C_LIBRARYS == 0
    limit, niceness, pid, session = map(int, output(rest).split())
    assert limit == 123
    assert niceness == os.getpriority(os.PRIO_PROCESS, 0) + 1
    assert pid == session == getattr(trainer_of(rest), "pid", None)


@linux
def test_no_descriptor_but_the_three_is_inherited(house: House) -> None:
    extra = os.open("/dev/null", os.O_RDONLY)
    os.set_inheritable(extra, True)
    folder = house.launch(["sh", "-c", "ls -l /proc/$$/fd"])
    os.close(extra)
    exit_record(folder)
    lines = [line for line in output(folder).decode().splitlines() if "->" in line]
    targets = [line.split(" -> ")[1] for line in lines]
    fifo = str(folder / rundir.OUTPUT_FIFO)
    assert targets == [os.devnull, fifo, fifo]


def test_modules_in_the_users_folder_harm_nobody(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = house.make([PYTHON, "-P", "-c", "import os; print(os.getcwd())"])
    work = house.work(folder)
    for name in ("select", "json", "console", "subprocess"):
        (work / f"{name}.py").write_text("raise SystemExit('the wrong module')\n")
    monkeypatch.chdir(work)
    start.launch(folder, None)
    assert exit_record(folder)["code"] == 0
    assert output(folder).decode() == f"{work}\n"


def test_a_path_with_odd_letters_works(house: House) -> None:
    folder = house.make(["true"])
    odd = Path(house.work(folder)) / "a b'c\n\"ü"
    odd.mkdir()
    house.describe(folder, ["sh", "-c", "pwd"], cwd=str(odd))
    start.launch(folder, None)
    exit_record(folder)
    assert output(folder).decode() == f"{odd}\n"
