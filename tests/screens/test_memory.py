"""Memory in detail: the split of every GPU, limits, processes; it opens, reads on, and closes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.core.processes import ProcessReading, ProcessUse
from console.core.protocol import Gpu
from console.core.state import RunState
from console.screens.memory import MemoryScreen
from console.widgets.memory_page import page
from tests import states
from tests.screens.looking import Looking, looking
from tests.sessions import session_of
from tests.states import GB
from tests.waiting import wait_until_async

WIDE = (160, 50)


class Reader:
    """Processes from a list; counts how often it was asked."""

    def __init__(self, *processes: ProcessUse, error: OSError | None = None) -> None:
        self.processes, self.error = processes, error
        self.asked, self.closed = 0, False

    def read(self) -> ProcessReading:
        self.asked += 1
        if self.error is not None:
            raise self.error
        return ProcessReading(self.processes, 512 * GB)

    def close(self) -> None:
        self.closed = True


USES = (
    ProcessUse(100, "python train.py", 9 * GB, 310.0, 70 * GB, ("0",)),
    ProcessUse(101, "[bold]\x1b]52;c;x\x07worker", None, None),
)


async def opened(look: Looking) -> None:
    await look.press("4", "enter")
    assert isinstance(look.app.screen, MemoryScreen)


def text(state: RunState, reading: ProcessReading | None = None, width: int = 120) -> str:
    return "\n".join(line.plain.rstrip() for line in page(state, reading, "", width))


def test_a_gpu_is_split_into_trainer_others_and_free() -> None:
    state = states.training()
    state.system.gpus = (
        Gpu(3, memory_used=60 * GB, memory_total=80 * GB, memory_trainer=50 * GB, utilisation=96.0,
            power=312.0, power_limit=400.0, clock=1290.0, clock_max=1410.0, processes=2,
            throttled="power cap, thermal slowdown"),
    )  # fmt: skip
    shown = text(state)
    for wanted in ("GPU 3", "75 % 60 GB of 80 GB", "trainer    50 GB", "others     10 GB",
                   "free       20 GB", "312 of 400 W", "1,290 of 1,410 MHz", "96 %",
                   "slowed by    power cap, thermal slowdown", "temperature  —"):  # fmt: skip
        assert wanted in shown


def test_the_container_s_limit_and_the_host_are_told_apart() -> None:
    state = states.training()
    state.system.ram_limit, state.system.cpu_limit = 256 * GB, 16.0
    shown = text(state, ProcessReading((), 512 * GB))
    assert "within the container's limit" in shown
    assert "limit        256 GB" in shown
    assert "host         512 GB" in shown
    assert "CPU  of 16.0 cores" in shown
    assert "none lives" in shown


def test_nothing_known_is_a_dash_and_a_lost_gpu_is_lost() -> None:
    state = RunState()
    state.system.gpus = (Gpu(0, lost=True), Gpu(1))
    shown = text(state)
    assert "lost: the driver does not see it any more" in shown
    assert "slowed by    —" in shown
    assert "0 GB" not in shown


async def test_enter_opens_it_and_processes_are_read_until_it_closes() -> None:
    reader = Reader(*USES)
    async with looking(session_of(states.training(), processes=lambda: reader), WIDE) as look:
        await opened(look)
        await look.press("end")
        await look.see("python train.py")
        assert "[bold]" in look.text()
        assert "\x1b" not in look.text()
        assert "host" in look.text()
        await look.press("escape")
        assert look.app.screen is look.screen
        await wait_until_async(lambda: reader.closed)


async def test_a_click_on_the_chart_opens_it() -> None:
    async with looking(states.training(), WIDE) as look:
        await look.pilot.click("#memory", offset=(5, 3))
        await look.settle()
        assert isinstance(look.app.screen, MemoryScreen)


async def test_new_readings_come_while_it_is_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.screens.memory.REFRESH_SECONDS", 0.05)
    reader = Reader(*USES)
    async with looking(session_of(states.training(), processes=lambda: reader), WIDE) as look:
        await opened(look)
        await wait_until_async(lambda: reader.asked >= 3)
        reader.processes = (replace(USES[0], command="another one"),)
        await look.press("end")
        await look.see("another one")


@pytest.mark.parametrize(
    ("name", "reader", "said"),
    [
        ("finished", Reader(), "none: the run is finished"),
        ("training", None, "not known here"),
        ("training", Reader(error=OSError("no /proc")), "cannot be read: no /proc"),
    ],
)
async def test_why_there_are_no_processes(name: str, reader: Reader | None, said: str) -> None:
    make = None if reader is None else lambda: reader
    session = session_of(states.STATES[name](), processes=make)
    async with looking(session, WIDE) as look:
        await opened(look)
        await look.press("end")
        await look.see(said)


@pytest.mark.parametrize("size", [(200, 60), (80, 24), (60, 16), (30, 8)])
async def test_it_fits_every_size(size: tuple[int, int]) -> None:
    reader = Reader(*USES)
    async with looking(session_of(states.training(), processes=lambda: reader), size) as look:
        look.app.push_screen(MemoryScreen(look.screen.session))
        await look.settle()
        await look.press("end", "pageup", "home")
        assert all(len(line) <= size[0] for line in look.lines())
