"""Bad input to the verbs: refused, named safely, and nothing is touched."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from console.keeper import identity
from tests.cli.conftest import ABLE, Call, forge, tree

if TYPE_CHECKING:
    from tests.product import Product

OLD = "20200102-000000-abcd"
NO_IDS = ("../x", "%2e%2e", "a\n", "x" * 300, "-rf", f"../{OLD}", f"{OLD}/", f"{OLD}\n")
VERBS = ("status", "stop", "pause", "logs", "report", "metrics", "attach", "wait", "rm")


@pytest.fixture(scope="module", autouse=True)
def old(house: Product) -> Path:
    """A run of long ago, which a careless reading of an id could hit."""
    return forge(house.home, OLD)


@pytest.mark.parametrize("typed", NO_IDS)
@pytest.mark.parametrize("verb", VERBS)
def test_fault_40_no_verb_takes_a_path_or_nonsense_for_a_run(
    call: Call, house: Product, verb: str, typed: str
) -> None:
    before = tree(house.home)
    words = [verb, *(["--until", "finished"] if verb == "wait" else []), "--", typed]
    said = call(*words)
    assert (said.code in (2, 5), said.out) == (True, ""), said
    assert all(sign.isprintable() or sign == "\n" for sign in said.err)
    assert len(said.err) < 1500
    assert tree(house.home) == before


@pytest.mark.parametrize("typed", ["../x", f"../{OLD}", "a\n", "-rf"])
def test_fault_40_nothing_is_resumed_from_nonsense(call: Call, house: Product, typed: str) -> None:
    before = tree(house.home)
    assert call("train", f"--resume={typed}", "--detach").code in (2, 5)
    assert tree(house.home) == before


def test_fault_40_a_nul_in_an_id_is_no_run(call: Call, house: Product) -> None:
    before = tree(house.home)
    assert call("status", "a\0b").code == 5
    assert call("rm", "a\0b").code == 5
    assert tree(house.home) == before


def test_fault_25_what_is_edited_after_the_start_does_not_change_the_frozen_copy(
    call: Call, house: Product
) -> None:
    config = house.config(*ABLE, "1", "0", extra="training:\n  seed: 1\n")
    begun = call("train", "--config", str(config), "--detach", "--json")
    assert begun.code == 0, begun.err
    house.runs.append(run := Path(begun.json["dir"]))
    frozen = (run / "config.yaml").read_bytes()
    config.write_text(config.read_text().replace("seed: 1", "seed: 2"))
    assert call("wait", run.name, "--timeout", "30").code == 0
    assert (run / "config.yaml").read_bytes() == frozen
    assert b"seed: 1" in frozen


def test_fault_07_neither_rm_nor_prune_takes_a_live_run_for_dead(
    call: Call, house: Product, alive: Path
) -> None:
    who = json.loads((alive / "trainer.json").read_text())["identity"]
    assert identity.is_alive(identity.Identity(who["boot"], who["pid"], who["start"]))
    assert call("rm", alive.name).code == 3
    assert alive.name not in call("prune", "--older-than", "0", "--json").json["removed"]
    assert identity.is_alive(identity.Identity(who["boot"], who["pid"], who["start"]))


OUT_OF_MEMORY = """
class OutOfMemoryError(RuntimeError):
    __module__ = "torch"
print("step 1 loss 2.0", flush=True)
raise OutOfMemoryError("CUDA out of memory. GPU 0 has 79 GiB; HF_TOKEN=hf_0sentinel")
"""
WORDS = "Out of memory (OOM) on GPU 0 after step 1. The trainer ended with exit code 1."


def test_fault_15_without_the_hook_status_has_the_words_of_the_dialog(
    call: Call, house: Product
) -> None:
    run = house.start(sys.executable, "-c", OUT_OF_MEMORY, extra="training: {batch_size: 8}\n")
    call("wait", run.name, "--timeout", "30")
    told = call("status", run.name, "--json").json
    failure, shown = told["failure"], call("status", run.name).out
    assert (told["status"], failure["kind"], failure["cause"]) == ("error", "oom", WORDS)
    assert failure["line"].startswith("torch.OutOfMemoryError: CUDA out of memory. GPU 0")
    assert failure["suggestions"][0] == "Reduce the batch size (now 8), e.g. to 4."
    assert f"why      {WORDS}" in shown
    assert "error    torch.OutOfMemoryError: CUDA out of memory." in shown
    assert "0sentinel" not in shown + failure["line"]
