"""CUDA_VISIBLE_DEVICES and the like: which GPUs a process chose."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from console.backend.visible import choice, chosen
from console.core.protocol import Gpu

FOUR = [Gpu(n, name="H100", uuid=f"GPU-{n}abc-{n}") for n in range(4)]
MIXED = [Gpu(0, name="H100", uuid="GPU-0a"), Gpu(1, name="T4", uuid="GPU-1a")]
DIVIDED = [Gpu(100, uuid="MIG-1", label="0:0"), Gpu(101, uuid="MIG-2", label="0:1"), FOUR[1]]


@pytest.mark.parametrize(("value", "numbers"), [
    ("0", {0}), ("1,3", {1, 3}), (" 2 , 0 ", {2, 0}), ("", set()), ("-1", set()),
    ("1,-1,2", {1}), ("1,9,2", {1}), ("GPU-2abc-2", {2}), ("GPU-2,GPU-3a", {2, 3}),
    ("GPU-", set()), ("nonsense", set()), ("0,nonsense,1", {0}),
])  # fmt: skip
def test_indices_and_uuids_name_gpus_as_for_cuda(value: str, numbers: set[int]) -> None:
    assert chosen([{"CUDA_VISIBLE_DEVICES": value}], FOUR) == numbers


def test_without_a_choice_nothing_is_known() -> None:
    assert chosen([{}, {}], FOUR) is None
    assert chosen([], FOUR) is None


def test_the_choices_of_all_processes_count() -> None:
    each = [{"CUDA_VISIBLE_DEVICES": str(n)} for n in (0, 2)]
    assert chosen([{}, *each], FOUR) == {0, 2}


def test_an_index_among_different_gpus_is_known_in_bus_order_only() -> None:
    """CUDA counts the fastest first unless it is told otherwise."""
    assert chosen([{"CUDA_VISIBLE_DEVICES": "0"}], MIXED) is None
    bus = {"CUDA_VISIBLE_DEVICES": "1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    assert chosen([bus], MIXED) == {1}
    assert chosen([{"CUDA_VISIBLE_DEVICES": "GPU-1a"}], MIXED) == {1}


def test_parts_of_a_gpu_are_named_by_uuid_or_by_their_gpu() -> None:
    assert chosen([{"CUDA_VISIBLE_DEVICES": "MIG-2"}], DIVIDED) == {101}
    assert chosen([{"CUDA_VISIBLE_DEVICES": "0"}], DIVIDED) == {100}


def test_amd_has_names_of_its_own() -> None:
    assert chosen([{"HIP_VISIBLE_DEVICES": "3"}], FOUR) == {3}
    assert chosen([{"ROCR_VISIBLE_DEVICES": "1,2"}], FOUR) == {1, 2}


def test_the_choice_is_read_from_the_process(tmp_path: Path) -> None:
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "1,2", "OTHER": "x"}
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as child:  # fmt: skip
        assert child.stdout
        child.stdout.readline()
        assert choice(child.pid) == {"CUDA_VISIBLE_DEVICES": "1,2"}
        child.kill()
    assert choice(child.pid, tmp_path) is None
