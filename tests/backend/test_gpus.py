"""GPUs of every kind, read through the real process that reads them, from recorded answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from console.core.protocol import Gpu
from tests.telemetry.drivers import RECORDINGS, Drivers, look_until
from tests.waiting import wait_until

MIB = 1 << 20


@pytest.fixture
def drivers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drivers]:
    made = Drivers(tmp_path, monkeypatch)
    yield made
    made.close()


def nvidia(number: int = 0, **changes: Any) -> dict[str, Any]:
    """A GPU as NVIDIA's library tells of it."""
    return {
        "Name": "NVIDIA H100", "UUID": f"GPU-{number}abc", "Temperature": 45 + number,
        "TemperatureThreshold": 87, "MemoryInfo": {"used": 10, "total": 100},
        "UtilizationRates": {"gpu": 50}, "PowerUsage": 123_000, "EnforcedPowerLimit": 700_000,
        "ClockInfo1": 1980, "MaxClockInfo1": 1980, "ClockInfo2": 2619, "MaxClockInfo2": 2619,
        "CurrentClocksEventReasons": 0x1, "TotalEccErrors": 0,
        "ComputeRunningProcesses": [{"pid": 7, "usedGpuMemory": 5}],
        "GraphicsRunningProcesses": [], **changes,
    }  # fmt: skip


def recording(*frames: list[Any]) -> dict[str, Any]:
    return {"frames": frames}


LOST = {"handle": {"error": 15}}


# --- NVIDIA's library -------------------------------------------------------------------------


def test_every_field_is_read_in_its_unit(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia(FanSpeed=30, CurrentClocksEventReasons=0x24)]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    assert gpus.read([7]) == (
        Gpu(id=0, name="NVIDIA H100", uuid="GPU-0abc", temperature=45, temperature_limit=87,
            memory_used=10, memory_total=100, memory_trainer=5, utilisation=50, power=123,
            power_limit=700, clock=1980, throttled="power cap, too hot", clock_max=1980,
            memory_clock=2619, memory_clock_max=2619, fan=30, ecc_errors=0, processes=1,
            trainer=True),
    )  # fmt: skip
    assert (gpus.source, gpus.note) == ("NVML", None)


CALLS = {
    "Temperature": "temperature", "TemperatureThreshold": "temperature_limit",
    "MemoryInfo": "memory_used", "UtilizationRates": "utilisation", "PowerUsage": "power",
    "EnforcedPowerLimit": "power_limit", "ClockInfo1": "clock", "MaxClockInfo1": "clock_max",
    "ClockInfo2": "memory_clock", "MaxClockInfo2": "memory_clock_max",
    "CurrentClocksEventReasons": "throttled", "FanSpeed": "fan", "TotalEccErrors": "ecc_errors",
    "ComputeRunningProcesses": "processes",
}  # fmt: skip


def test_each_field_is_unknown_when_the_driver_does_not_give_it(drivers: Drivers) -> None:
    """One GPU for each call that fails: all its other fields are read."""
    frame = [nvidia(n, **{"FanSpeed": 30, call: {"error": 3}}) for n, call in enumerate(CALLS)]
    drivers.nvml(recording(frame))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    for gpu, field in zip(gpus.read([]), CALLS.values(), strict=True):
        unknown = {name for name in CALLS.values() if getattr(gpu, name) is None}
        assert unknown == {field}
        assert not gpu.lost


def test_where_it_slows_down_is_told_as_a_margin_by_newer_ones(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia(TemperatureThreshold={"error": 3}, MarginTemperature=40)]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    assert gpus.read([])[0].temperature_limit == 85


def test_every_reason_that_slows_a_gpu_has_a_word(drivers: Drivers) -> None:
    bits = [0x0, 0x1, *(1 << bit for bit in range(1, 11))]
    frame = [nvidia(n, CurrentClocksEventReasons=bit) for n, bit in enumerate(bits)]
    drivers.nvml(recording(frame))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    words = [gpu.throttled for gpu in gpus.read([])]
    assert words == [
        "", "", "clock limit set", "power cap", "hardware slowdown", "sync boost", "too hot",
        "too hot (hardware)", "power brake", "display clock", "board limit", "voltage reliability",
    ]  # fmt: skip


def test_fault_35_a_gpu_is_lost_in_mid_run_and_the_other_goes_on(drivers: Drivers) -> None:
    both = [nvidia(0), nvidia(1)]
    drivers.nvml(recording(both, both, [nvidia(0, Temperature=46), LOST]))
    gpus = drivers.begin()
    look_until(gpus, lambda: len(gpus.read([])) == 2 and not gpus.read([])[1].lost)
    look_until(gpus, lambda: any(gpu.lost for gpu in gpus.read([])))
    fine, lost = gpus.read([])
    assert (fine.temperature, fine.lost) == (46, False)
    assert (lost.uuid, lost.name, lost.temperature) == ("GPU-1abc", "NVIDIA H100", None)


IMPATIENT = """
import sys
from console.backend import gpu
from console.backend.sensors import nvml
nvml.RETURN_SECONDS = 0.2
sys.exit(gpu.main(["0.05"]))
"""


def test_a_lost_gpu_that_came_back_is_seen_when_the_driver_is_asked_anew(drivers: Drivers) -> None:
    both = [nvidia(0), nvidia(1)]
    drivers.nvml({"frames": [both, [LOST, nvidia(1)]], "again": [both]})
    gpus = drivers.begin((sys.executable, "-P", "-c", IMPATIENT))
    look_until(gpus, lambda: gpus.read([]) and gpus.read([])[0].lost)
    look_until(gpus, lambda: gpus.read([]) and not gpus.read([])[0].lost)
    assert [gpu.uuid for gpu in gpus.read([])] == ["GPU-0abc", "GPU-1abc"]


def test_a_driver_that_counts_anew_does_not_mix_up_the_gpus(drivers: Drivers) -> None:
    """After the first of three is gone for good, the others have other indices."""
    drivers.nvml(recording([nvidia(0), nvidia(1), nvidia(2)]))
    gpus = drivers.begin(call_seconds=0.5)
    look_until(gpus, lambda: len(gpus.read([])) == 3)
    drivers.nvml(recording([nvidia(1), nvidia(2)]))
    gpus.close()  # as when the driver crashes its reader
    look_until(gpus, lambda: gpus.read([]) and gpus.read([])[0].lost)
    assert [(gpu.id, gpu.uuid, gpu.lost) for gpu in gpus.read([])] == [
        (0, "GPU-0abc", True), (1, "GPU-1abc", False), (2, "GPU-2abc", False)
    ]  # fmt: skip


def test_a_new_backend_misses_a_gpu_that_was_lost_meanwhile(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia(1)]))
    gpus = drivers.begin()
    gpus.remember([Gpu(0, uuid="GPU-0abc"), Gpu(1, uuid="GPU-1abc")], "NVML")
    look_until(gpus, lambda: len(gpus.read([])) == 2)
    assert [(gpu.id, gpu.lost) for gpu in gpus.read([])] == [(0, True), (1, False)]


def test_a_divided_gpu_is_its_instances(drivers: Drivers) -> None:
    part = {"Name": "NVIDIA H100 MIG 1g.10gb", "UUID": "MIG-1",
            "MemoryInfo": {"used": 3, "total": 9},
            "ComputeRunningProcesses": [{"pid": 9, "usedGpuMemory": 2}],
            "GraphicsRunningProcesses": []}  # fmt: skip
    divided = nvidia(0, MigMode=[1, 1], mig=[part, None, {**part, "UUID": "MIG-2"}],
                     UtilizationRates={"error": 3})  # fmt: skip
    drivers.nvml(recording([divided, nvidia(1)]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    whole, first, second = gpus.read([9])
    assert [gpu.called for gpu in (whole, first, second)] == ["1", "0:0", "0:2"]
    assert (first.uuid, first.memory_used, first.memory_total) == ("MIG-1", 3, 9)
    assert (first.memory_trainer, first.temperature, first.utilisation) == (2, 45, None)


def test_sixteen_gpus_are_read(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia(n) for n in range(16)]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    assert [gpu.temperature for gpu in gpus.read([])] == list(range(45, 61))


def test_a_call_that_hangs_costs_the_process_and_no_more(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia()], [nvidia(PowerUsage="hang")]))
    gpus = drivers.begin(call_seconds=0.5)
    look_until(gpus, lambda: gpus.read([]))
    look_until(gpus, lambda: not gpus.read([]), "the hung process is replaced")
    assert gpus.note == "GPU readings stopped; trying again"
    drivers.nvml(recording([nvidia()]))
    look_until(gpus, lambda: gpus.read([]), "readings go on")


def test_a_driver_that_crashes_its_reader_is_survived(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia()], [nvidia(UtilizationRates="crash")]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    look_until(gpus, lambda: gpus.note == "GPU readings stopped; trying again")
    assert gpus.read([]) == ()


def test_a_reader_that_always_crashes_is_replaced_ever_more_slowly(drivers: Drivers) -> None:
    drivers.nvml(recording([nvidia(Temperature="crash")]))
    gpus = drivers.begin(first_pause=0.01)
    pauses: list[float] = []

    def crashed_often() -> bool:
        if not pauses or gpus._pause != pauses[-1]:
            pauses.append(gpus._pause)
        return len(pauses) >= 5

    look_until(gpus, crashed_often)
    assert pauses == sorted(pauses)
    assert pauses[-1] >= 0.1


# --- when the library cannot be loaded: nvidia-smi --------------------------------------------

SMI_ROW = {
    "index": "0", "uuid": "GPU-0abc", "temperature.gpu": "61", "memory.used": "1024",
    "memory.total": "81559", "utilization.gpu": "97", "power.draw": "310.52",
    "enforced.power.limit": "400.00", "clocks.sm": "1410", "clocks.max.sm": "1410",
    "clocks.mem": "1593", "clocks.max.mem": "1593", "fan.speed": "[N/A]",
    "clocks_throttle_reasons.active": "0x0000000000000004", "name": "NVIDIA A100, 80GB",
    "ecc.errors.uncorrected.volatile.total": "[Not Supported]",
}  # fmt: skip


def test_nvidia_smi_stands_in_for_the_library(drivers: Drivers) -> None:
    apps = {"text": "GPU-0abc, 7, 900\nGPU-0abc, 8, [N/A]\n"}
    drivers.program("nvidia-smi", {"--query-gpu": [{"rows": [SMI_ROW], "known": list(SMI_ROW)}],
                                   "--query-compute-apps": [apps]})  # fmt: skip
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    (gpu,) = gpus.read([7])
    assert gpu == Gpu(
        id=0, name="NVIDIA A100, 80GB", uuid="GPU-0abc", temperature=61, memory_used=1024 * MIB,
        memory_total=81559 * MIB, memory_trainer=900 * MIB, utilisation=97, power=310.52,
        power_limit=400, clock=1410, clock_max=1410, memory_clock=1593, memory_clock_max=1593,
        throttled="power cap", processes=2, trainer=True,
    )  # fmt: skip
    assert gpus.source == "nvidia-smi"


def test_nvidia_smi_that_meets_a_lost_gpu_tells_of_the_others(drivers: Drivers) -> None:
    other = {**SMI_ROW, "index": "1", "uuid": "GPU-1abc"}
    broken = {"text": "Unable to determine the device handle for GPU0000:01:00.0: GPU is lost.\n",
              "rows": [other], "code": 15}  # fmt: skip
    drivers.program("nvidia-smi", {"--query-gpu": [{"rows": [SMI_ROW, other]}] * 3 + [broken],
                                   "--query-compute-apps": [{"text": ""}]})  # fmt: skip
    gpus = drivers.begin()
    look_until(gpus, lambda: len(gpus.read([])) == 2)
    look_until(gpus, lambda: gpus.read([]) and gpus.read([])[0].lost)
    assert [(gpu.uuid, gpu.lost) for gpu in gpus.read([])] == [
        ("GPU-0abc", True), ("GPU-1abc", False)
    ]  # fmt: skip


# --- AMD --------------------------------------------------------------------------------------


def test_amd_smi_of_rocm_7_is_read(drivers: Drivers) -> None:
    drivers.program("amd-smi", RECORDINGS / "amd_smi_7.json")
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    first, second = gpus.read([7])
    assert first == Gpu(
        id=0, name="AMD Radeon AI PRO R9700", uuid="8fff7551-0000-1000-8098-000000000001",
        temperature=54, temperature_limit=100, memory_used=20450 * MIB, memory_total=30576 * MIB,
        memory_trainer=2048 * MIB, utilisation=91, power=180, power_limit=211, clock=2774,
        throttled="throttled (no reason given)", memory_clock=1258, memory_clock_max=1259,
        fan=49.8, ecc_errors=0, processes=1, trainer=True,
    )  # fmt: skip
    assert (second.temperature, second.temperature_limit) == (88, 100)
    assert (second.power_limit, second.clock_max, second.fan) == (750, 2100, None)
    assert second.throttled == "power cap, too hot (memory)"
    assert (second.ecc_errors, second.memory_clock, second.processes) == (None, None, 0)
    assert gpus.source == "amd-smi"


def test_amd_smi_of_rocm_6_is_read(drivers: Drivers) -> None:
    drivers.program("amd-smi", RECORDINGS / "amd_smi_6.json")
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    (gpu,) = gpus.read([7])
    assert (gpu.temperature, gpu.temperature_limit, gpu.utilisation) == (41, 99, 12)
    assert (gpu.memory_used, gpu.memory_total) == (512 * MIB, 65520 * MIB)
    assert (gpu.power, gpu.power_limit, gpu.clock, gpu.clock_max) == (95, 280, 1400, 1700)
    assert (gpu.throttled, gpu.ecc_errors, gpu.processes) == ("", 2, None)


def test_rocm_smi_is_read_where_there_is_no_amd_smi(drivers: Drivers) -> None:
    drivers.program("rocm-smi", RECORDINGS / "rocm_smi.json")
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    first, second = gpus.read([])
    assert first == Gpu(
        id=0, name="AMD Instinct MI210", uuid="0x6dfa8bd8ba2cdd01", temperature=47,
        memory_used=41820160000, memory_total=68702699520, utilisation=98, power=212,
        power_limit=300, clock=1700, memory_clock=1600, fan=0,
    )  # fmt: skip
    assert (second.name, second.uuid) == ("AMD Instinct MI300X", "34756")
    assert (second.temperature, second.power, second.memory_clock) == (88, 745, None)


def test_a_rocm_smi_that_does_not_know_an_option_is_asked_for_everything(drivers: Drivers) -> None:
    known = json.loads((RECORDINGS / "rocm_smi.json").read_text())
    drivers.program("rocm-smi", {"--showallinfo": known["--showproductname"]})
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.read([]))
    assert [gpu.id for gpu in gpus.read([])] == [0, 1]


@pytest.mark.parametrize("answer", [
    {"text": "{\"gpu_data\": [{\"gpu\": 0, \"usage\""}, {"text": "\x1b[31mSegmentation fault\n"},
    {"json": "a word"}, {"json": {"gpu_data": {"gpu": "x"}}}, {"text": ""},
    {"text": "driver not initialized\n", "code": 34},
])  # fmt: skip
def test_garbage_of_a_tool_is_no_reading(drivers: Drivers, answer: dict[str, Any]) -> None:
    drivers.program("amd-smi", {verb: [answer] for verb in ("list", "static", "metric")})
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.note)
    assert gpus.read([]) == ()
    assert "amd-smi" in (gpus.note or "")


def test_a_tool_that_hangs_is_ended_with_its_reader(drivers: Drivers) -> None:
    state = drivers.program("rocm-smi", {"--showproductname": [
        {"json": {"card0": {"GPU use (%)": "5"}}}, {"json": {"card0": {"GPU use (%)": "5"}}},
        {"hang": True},
    ]})  # fmt: skip
    gpus = drivers.begin(call_seconds=0.5, start_seconds=20.0)
    look_until(gpus, lambda: gpus.read([]))
    look_until(gpus, lambda: not gpus.read([]))
    assert (gpus.note or "").startswith("GPU readings stopped")
    gpus.close()
    wait_until(lambda: not running(str(state)), what="nothing of it is left over")


def running(word: str) -> list[str]:
    """Process ids whose command line holds the word."""
    found = []
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            command = Path("/proc", name, "cmdline").read_bytes()
        except OSError:
            continue
        if word.encode() in command:
            found.append(name)
    return found


BACKEND = """
import sys, time
from console.backend.gpus import Gpus
gpus = Gpus((sys.executable, "-P", "-m", "console.backend.gpu", "0.05", sys.argv[1]))
while not gpus.read([]):
    gpus.look()
    time.sleep(0.02)
print(flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("kind", ["library", "tool"])
def test_what_hangs_does_not_outlive_a_killed_backend(drivers: Drivers, kind: str) -> None:
    mark = str(drivers.folder)
    if kind == "library":
        drivers.nvml(recording([nvidia()], [nvidia(Temperature="hang")]))
    else:
        answer = {"json": {"card0": {"GPU use (%)": "5"}}}
        drivers.program("rocm-smi", {"--showproductname": [answer, answer, {"hang": True}]})
    with subprocess.Popen(
        [sys.executable, "-c", BACKEND, mark], stdout=subprocess.PIPE, text=True
    ) as backend:
        assert backend.stdout
        backend.stdout.readline()
        wait_until(lambda: len(running(mark)) > 1)
        backend.kill()
    wait_until(lambda: not running(mark), timeout=2.5, what="nobody waits for the hung call")


# --- none -------------------------------------------------------------------------------------


def test_fault_34_without_any_driver_the_note_says_so(drivers: Drivers) -> None:
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.note)
    assert gpus.note == "no GPU: NVIDIA driver not found, no amd-smi, no rocm-smi"
    assert gpus.read([]) == ()


@pytest.mark.parametrize(("error", "note"), [
    (18, "NVIDIA driver and library are of different versions: restart the machine"),
    (4, "no permission for the NVIDIA driver"), (999, "NVIDIA driver: error 999"),
])  # fmt: skip
def test_why_the_driver_cannot_be_read_is_said(drivers: Drivers, error: int, note: str) -> None:
    drivers.nvml({"init": {"error": error}, "frames": [[]]})
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.note)
    assert gpus.note == note


def test_a_driver_without_a_gpu_is_no_gpu(drivers: Drivers) -> None:
    drivers.nvml(recording([]))
    gpus = drivers.begin()
    look_until(gpus, lambda: gpus.note)
    assert gpus.note == "no GPU found by the NVIDIA driver"
