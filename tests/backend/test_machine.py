"""The machine within the limits of containers, processes, disks and network; rates of counters."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from console.backend.cgroup import Groups, Limited
from console.backend.machine import Machine, disk_free
from console.backend.network import Network
from console.backend.rate import Rate
from console.backend.usage import Usage, Usages
from console.backend.volumes import Disk, Volumes, nearest
from console.keeper import identity
from tests.waiting import wait_until

NONE = Path("/nonexistent")


def group(root: Path, **files: str) -> None:
    """Files of a control group; a dot is written `__`."""
    root.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (root / name.replace("__", ".")).write_text(text)


def groups(tmp_path: Path, me: str) -> Groups:
    (tmp_path / "me").write_text(me)
    found = Groups(tmp_path / "cgroup", tmp_path / "me", tmp_path / "pressure")
    found.look()
    return found


# --- containers -------------------------------------------------------------------------------


def test_the_tightest_memory_limit_around_counts(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root, memory__max="9000", memory__current="8000", memory__stat="")
    group(root / "outer", memory__max="1000", memory__current="600",
          memory__stat="anon 1\ninactive_file 200\n")  # fmt: skip
    group(root / "outer/inner", memory__max="max", memory__current="5", memory__stat="")
    assert groups(tmp_path, "0::/outer/inner\n").memory() == Limited(400, 1000)


def test_control_groups_of_the_first_version_are_read_too(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root / "memory/box", memory__limit_in_bytes="900", memory__usage_in_bytes="300",
          memory__stat="total_inactive_file 100\n", memory__oom_control="oom_kill 2\n")  # fmt: skip
    group(root / "memory", memory__limit_in_bytes="9223372036854771712",
          memory__usage_in_bytes="5000", memory__stat="")  # fmt: skip
    group(root / "cpu/box", cpu__cfs_quota_us="150000", cpu__cfs_period_us="100000")
    group(root / "cpuacct/box", cpuacct__usage="1000000000")
    found = groups(tmp_path, "5:cpu,cpuacct:/box\n4:memory:/box\n")
    assert found.memory() == Limited(200, 900)
    assert (found.oom_kills(), found.cores()) == (2, 1.5)
    assert found.cpu(10.0) is None
    group(root / "cpuacct/box", cpuacct__usage="2500000000")
    assert found.cpu(12.0) == 50.0  # 1.5 CPU seconds of the 3 that 1.5 cores have in 2 s


def test_no_limit_of_the_first_version_is_a_huge_number(tmp_path: Path) -> None:
    group(tmp_path / "cgroup/memory", memory__limit_in_bytes="9223372036854771712",
          memory__usage_in_bytes="5000", memory__stat="")  # fmt: skip
    found = groups(tmp_path, "4:memory:/\n")
    assert (found.memory(), found.oom_kills()) == (None, None)


def test_the_group_of_a_container_that_does_not_see_its_own_path(tmp_path: Path) -> None:
    """The path is that of the host, the mount begins with the container."""
    group(tmp_path / "cgroup", memory__max="700", memory__current="70", memory__stat="")
    assert groups(tmp_path, "0::/docker/1234\n").memory() == Limited(70, 700)


def test_the_tightest_quota_is_what_cpu_is_a_percentage_of(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root / "a", cpu__max="200000 100000", cpu__stat="usage_usec 1000000\nuser_usec 1\n")
    group(root / "a/b", cpu__max="max 100000", cpu__stat="usage_usec 5\n")
    found = groups(tmp_path, "0::/a/b\n")
    assert (found.cores(), found.cpu(10.0)) == (2.0, None)
    group(root / "a", cpu__stat="usage_usec 2000000\n")
    assert found.cpu(11.0) == 50.0


def test_swap_pressure_and_kills_of_the_container(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root / "a", memory__max="1000", memory__current="600", memory__stat="",
          memory__swap__max="500", memory__swap__current="20",
          memory__events="low 0\noom 3\noom_kill 2\noom_group_kill 0\n",
          memory__pressure="some avg10=1.50 avg60=0.00 avg300=0.00 total=7\nfull avg10=0.0\n",
    )  # fmt: skip
    found = groups(tmp_path, "0::/a\n")
    assert found.swap() == Limited(20, 500)
    assert (found.oom_kills(), found.pressure()) == (2, 1.5)


def test_without_control_groups_nothing_is_limited(tmp_path: Path) -> None:
    found = Groups(tmp_path / "none", tmp_path / "nobody", tmp_path / "nothing")
    found.look()
    assert (found.memory(), found.swap(), found.cores(), found.cpu(1.0)) == (None,) * 4
    assert (found.pressure(), found.oom_kills()) == (None, None)


def test_a_new_limit_is_found(tmp_path: Path) -> None:
    found = groups(tmp_path, "0::/a\n")
    group(tmp_path / "cgroup/a", memory__max="1000", memory__current="600", memory__stat="")
    for _ in range(30):
        found.look()
    assert found.memory() == Limited(600, 1000)


def test_the_machine_is_within_its_container(tmp_path: Path) -> None:
    group(tmp_path / "cgroup/a", memory__max="1000000", memory__current="600", memory__stat="",
          memory__swap__max="0", memory__swap__current="0", cpu__max="50000 100000",
          cpu__stat="usage_usec 1\n")  # fmt: skip
    machine = Machine(groups(tmp_path, "0::/a\n"))
    memory = machine.memory()
    assert (memory.used, memory.total, memory.limit) == (600, 1_000_000, 1_000_000)
    assert (memory.swap_used, memory.swap_total) == (0, 0)
    assert machine.cpu_limit() == 0.5


def test_without_a_limit_it_is_the_whole_machine() -> None:
    machine = Machine(Groups(NONE, NONE, NONE))
    memory = machine.memory()
    assert memory.limit is None
    assert 0 < (memory.used or 0) <= (memory.total or 0)
    assert memory.swap_total is not None
    assert machine.cpu_limit() is None
    assert machine.cpu() is not None


# --- the trainer's processes ------------------------------------------------------------------


def me() -> identity.Identity:
    found = identity.of(os.getpid())
    assert found is not None
    return found


def test_what_processes_use_is_since_the_reading_before() -> None:
    usages = Usages()
    first, alive = usages.read([me()])
    assert (first.cpu, first.read, first.write, first.processes) == (None, None, None, 1)
    assert alive == [me()]
    assert (first.memory or 0) > 1_000_000
    sum(range(300_000))
    second, _ = usages.read([me()])
    assert second.cpu is not None
    assert second.cpu >= 0


SHARES = """
import mmap, os
shared = mmap.mmap(-1, 50_000_000)
shared.write(b"x" * 50_000_000)
if os.fork():
    os.wait()
else:
    len(shared[:])
    print(flush=True)
    input()
"""


def test_memory_that_processes_share_counts_once() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", SHARES], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout
        child.stdout.readline()
        members = identity.members("", identity.of(child.pid))
        usage, _ = Usages().read(members)
        child.communicate(b"\n")
    assert usage.processes == 2
    assert 50_000_000 < (usage.memory or 0) < 90_000_000


WRITES = """
import os, sys
with open(sys.argv[1], "wb") as file:
    print(flush=True); input()
    file.write(b"x" * 8_000_000)
    os.fsync(file.fileno())
    print(flush=True); input()
"""


def test_what_processes_write_is_a_rate(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITES, str(tmp_path / "file")],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdin
        assert child.stdout
        found = identity.of(child.pid)
        child.stdout.readline()
        assert found is not None
        usages = Usages()
        usages.read([found])
        child.stdin.write(b"\n")
        child.stdin.flush()
        child.stdout.readline()
        usage, _ = usages.read([found])
        child.communicate(b"\n")
    if usage.write == 0:
        pytest.skip("this file system does not count what is written")
    assert (usage.write or 0) > 1_000_000


def test_a_shallow_reading_keeps_what_is_costly() -> None:
    usages = Usages()
    deep, _ = usages.read([me()])
    shallow, _ = usages.read([me()], deep=False)
    assert shallow.memory == deep.memory
    assert shallow.cpu is not None


def test_a_process_that_is_gone_or_another_uses_nothing() -> None:
    gone = identity.Identity(identity.boot_id(), 2**22 - 1, 1)
    another = identity.Identity(identity.boot_id(), os.getpid(), me().start + 1)
    usage, alive = Usages().read([gone, another])
    assert alive == []
    assert usage == Usage(processes=0)


# --- rates, disks, network --------------------------------------------------------------------


@pytest.mark.parametrize(("totals", "rates"), [
    ([(0.0, 5), (2.0, 25)], [None, 10.0]), ([(0.0, 5), (1.0, 3), (2.0, 4)], [None, None, 1.0]),
    ([(0.0, 5), (0.0, 9)], [None, None]), ([(0.0, 5), (1.0, None), (2.0, 9)], [None, None, None]),
])  # fmt: skip
def test_a_rate_is_the_growth_of_a_counter(
    totals: list[tuple[float, float | None]], rates: list[float | None]
) -> None:
    rate = Rate()
    assert [rate(total, at) for at, total in totals] == rates


def test_free_space_of_no_directory_is_not_known(tmp_path: Path) -> None:
    assert disk_free(tmp_path / "nowhere") is None
    assert (disk_free(tmp_path) or 0) > 0


def test_a_checkpoint_that_is_gone_stands_for_its_folder(tmp_path: Path) -> None:
    assert nearest(tmp_path / "step-5" / "model.pt") == tmp_path


ROWS = """   7       0 loop0 1 0 2 0 0 0 0 0 0 0 0
   8       1 sda1 1 2 3 4 5 6 {0} 8 0 9 9
 259       3 nvme0n1p3 1 2 3 4 5 6 {1} 8 0 9 9
"""


class Disks:
    """A machine with the run on one disk and what is below `saves` on another."""

    def __init__(self, folder: Path) -> None:
        self.run, self.saves = folder, folder / "saves"
        self.saves.mkdir()
        self.stats = folder / "diskstats"
        self.written(0, 0)
        self.is_over = threading.Event()
        self.is_over.set()
        self.volumes = Volumes(self.stats, self.free, self.device)

    def written(self, run: int, saves: int) -> None:
        self.stats.write_text(ROWS.format(run, saves))

    def free(self, path: Path) -> int | None:
        if path == self.saves:
            self.is_over.wait(60)
            return 8
        return 7

    def device(self, path: Path) -> int:
        return os.makedev(259, 3) if self.saves in (path, *path.parents) else os.makedev(8, 1)

    def read(self, checkpoint: Path | None, now: float) -> tuple[Disk, Disk]:
        return self.volumes.read(self.run, checkpoint, now)


@pytest.fixture
def disks(tmp_path: Path) -> Iterator[Disks]:
    made = Disks(tmp_path)
    yield made
    made.is_over.set()


def test_disks_of_run_and_checkpoints_are_told(disks: Disks) -> None:
    saved = disks.saves / "step-1.pt"
    assert disks.read(None, 1.0) == (Disk(7), Disk())
    wait_until(lambda: disks.read(saved, 2.0)[1].free, what="a thread answers")
    disks.written(1000, 4000)
    assert disks.read(saved, 4.0) == (Disk(7, 256_000), Disk(8, 1_024_000))


def test_checkpoints_on_the_disk_of_the_run_are_not_told_twice(disks: Disks) -> None:
    disks.read(disks.run / "step-1.pt", 1.0)
    wait_until(lambda: disks.volumes._answer, what="a thread answers")
    assert disks.read(disks.run / "step-1.pt", 2.0) == (Disk(7, 0.0), Disk())


def test_a_checkpoint_folder_that_never_answers_holds_up_nothing(disks: Disks) -> None:
    disks.is_over.clear()
    before = threading.active_count()
    found = [disks.read(disks.saves, float(now)) for now in range(0, 200, 10)]
    assert {saves for _, saves in found} == {Disk()}
    assert {run.free for run, _ in found} == {7}
    assert threading.active_count() == before + 1
    disks.is_over.set()
    wait_until(lambda: disks.read(disks.saves, 200.0)[1].free == 8)


def test_an_answer_is_of_the_folder_asked_for_and_not_old(disks: Disks) -> None:
    wait_until(lambda: disks.read(disks.saves, 1.0)[1].free == 8)
    disks.is_over.clear()
    assert disks.read(disks.saves, 90.0)[1] == Disk()
    assert disks.read(disks.saves / "other", 1.0)[1] == Disk()


def test_a_file_system_without_a_disk_of_its_own_has_no_rate(tmp_path: Path) -> None:
    volumes = Volumes(NONE, lambda _: 7, lambda _: os.makedev(0, 50))
    assert [volumes.read(tmp_path, None, float(now))[0] for now in (1, 2)] == [Disk(7)] * 2


NET = """Inter-|   Receive                            |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop
    lo: 999999 1 0 0 0 0 0 0 999999 1 0 0 0 0 0 0
  eth0: {0} 1 0 0 0 0 0 0 {1} 1 0 0 0 0 0 0
docker0:{0} 1 0 0 0 0 0 0 {1} 1 0 0 0 0 0 0
"""


@pytest.mark.parametrize(
    ("real", "received", "sent"), [(True, 500.0, 50.0), (False, 1000.0, 100.0)]
)
def test_the_network_is_that_of_real_devices(
    tmp_path: Path, real: bool, received: int, sent: int
) -> None:
    if real:
        (tmp_path / "class/eth0/device").mkdir(parents=True)
    dev = tmp_path / "dev"
    dev.write_text(NET.format(1000, 100))
    network = Network(dev, tmp_path / "class")
    assert network.read(1.0) == (None, None)
    dev.write_text(NET.format(2000, 200))
    assert network.read(3.0) == (received, sent)


def test_a_network_that_cannot_be_read_is_not_known() -> None:
    network = Network(NONE, NONE)
    assert [network.read(float(now)) for now in (1, 2)] == [(None, None)] * 2
