"""The table of handles, `control:`, which process is meant, what a trainer looks like."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from console.core.config import Config, ConfigError, job_key, load, override, resolved_text
from console.core.handles import HANDLES, ORDERS, Act, To, has_option
from console.core.likeness import freezing, is_distributed, suggestion
from console.core.ranks import Row, chosen, is_launcher
from tests import states

START = "run: {command: [python, train.py]}\n"


def loaded(control: str) -> Config:
    return load(f"{START}control: {control}".encode(), "f.yaml")


# --- the configuration ------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one for one in HANDLES if HANDLES[one].acts])
def test_a_handle_is_chosen_by_its_name(name: str) -> None:
    assert loaded(name).control == HANDLES[name]


def test_without_control_there_is_no_handle() -> None:
    assert load(START.encode(), "f.yaml").control is None
    assert loaded("").control is None


def test_orders_of_ones_own() -> None:
    control = loaded(
        "{checkpoint: {signal: sigusr1, to: ranks, seen: saved, within: 2m},"
        " validate: {touch: out/v}}"
    ).control
    assert control is not None
    assert control.orders == ("checkpoint", "validate")
    assert control.acts["checkpoint"] == Act(
        "SIGUSR1 to ranks", "USR1", To.RANKS, seen=("saved",), within=120.0
    )
    assert control.acts["validate"] == Act("touches out/v", touch="out/v")


def test_a_named_handle_can_be_extended() -> None:
    control = loaded("{use: megatron, checkpoint: {signal: USR2}, output_dir: out}").control
    assert control is not None
    assert control.orders == ("checkpoint", "stop")
    assert control.acts["stop"] == HANDLES["megatron"].acts["stop"]
    assert control.output_dir == "out"


def test_control_is_in_the_frozen_copy_and_part_of_the_job() -> None:
    config = loaded("axolotl")
    assert load(resolved_text(config).encode(), "c.yaml").control == config.control
    plain = load(START.encode(), "f.yaml")
    assert job_key(config, "/") != job_key(plain, "/")
    assert override(plain, ["control=axolotl"]).control == config.control
    changed = override(plain, ["control.stop.signal=INT"]).control
    assert changed is not None
    assert changed.acts["stop"].signal == "INT"


@pytest.mark.parametrize(
    ("control", "place", "told"),
    [
        ("axolotel", "2:10", "(did you mean axolotl?)"),
        ("slurm-array", "2:10", "there are axolotl, hf-jit, megatron"),
        ("signals", "2:10", "signals needs to know what to do for which order"),
        ("files", "2:10", "{checkpoint: {touch: out/save.now}}"),
        ("{use: files}", "2:16", "files needs to know"),
        ("[a]", "2:10", "found a list"),
        ("5", "2:10", "found 5"),
        ("{}", "2:10", "control says nothing"),
        ("{use: files, checkpoint: {signal: USR1}}", "2:36", "use: files has touch, not signal"),
        ("{use: signals, stop: {touch: x}}", "2:32", "use: signals has signal, not touch"),
        (
            "{pause: {signal: USR1}}",
            "2:11",
            "the order pause freezes it (SIGSTOP) without any setting",
        ),
        ("{set: {signal: USR1}}", "2:11", "only be changed through the hook"),
        ("{checkpont: {signal: HUP}}", "2:11", "did you mean checkpoint?"),
        ("{stop: INT}", "2:17", "expected signal or touch, found 'INT'"),
        ("{stop: {}}", "2:11", "expected signal or touch, found neither"),
        ("{stop: {touch: a, signal: INT}}", "2:11", "found both"),
        ("{stop: {touch: a, to: rank0}}", "2:28", "to: belongs to signal:"),
        ("{stop: {signal: KILL}}", "2:26", "nobody can catch KILL"),
        ("{stop: {signal: SIGSTOP}}", "2:26", "pause sends STOP"),
        ("{stop: {signal: 10}}", "2:26", "expected the name of a signal, such as USR1, found 10"),
        ("{stop: {signal: USRR1}}", "2:26", "did you mean USR1?"),
        ("{stop: {signal: INT, too: all}}", "2:31", "did you mean to?"),
        ("{stop: {signal: INT, to: rank1}}", "2:35", "expected trainer, rank0, ranks or all"),
        ("{stop: {signal: INT, within: soon}}", "2:39", 'such as "10m"'),
        ("{stop: {touch: out/}}", "2:25", "expected the path of a file"),
        ('{stop: {touch: "a\\eb"}}', "2:25", "expected the path of a file"),
        ("{use: axolotl, output_dir: [x]}", "2:37", "expected text, found a list"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(control: str, place: str, told: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loaded(control)
    texts = [str(problem) for problem in caught.value.problems]
    assert any(text.startswith(f"f.yaml:{place}: ") and told in text for text in texts), texts


# --- the table --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", HANDLES)
def test_every_handle_has_something_to_say_for_every_order(name: str) -> None:
    handle = HANDLES[name]
    notes = handle.notes()
    assert set(notes) == set(ORDERS)
    assert all(notes.values())
    for order, act in handle.acts.items():
        assert (act.signal is None) != (act.touch is None), order


def test_megatron_without_its_option_is_warned_of() -> None:
    handle = HANDLES["megatron"]
    (warning,) = handle.warnings(("torchrun", "pretrain_gpt.py"))
    assert "--exit-signal-handler is not in the command" in warning
    assert not handle.warnings(("python", "pretrain_gpt.py", "--exit-signal-handler"))


@pytest.mark.parametrize("word", ["--a-b", "--a_b", "--a-b=1"])
def test_options_are_known_in_every_spelling(word: str) -> None:
    assert has_option(["x", word], "--a-b")
    assert not has_option([word], "--a-bc")
    assert not has_option([f"{word}c"], "--a-b") or "=" in word


def test_every_handle_has_a_row_in_the_documentation_with_tests_that_exist() -> None:
    root = Path(__file__).parents[2]
    orders = (root / "docs" / "TRAINERS.md").read_text().partition("## Orders")[2]
    tests = "".join(path.read_text() for path in (root / "tests").rglob("test_*.py"))
    named = set(re.findall(r"`(test_\w+)`", orders))
    assert named
    assert [name for name in sorted(named) if f"def {name}(" not in tests] == []
    assert [one for one in HANDLES if HANDLES[one].acts and f"| `{one}` |" not in orders] == []


# --- which process ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "launcher"),
    [
        ("torchrun --nproc-per-node 2 train.py", True),
        ("/usr/bin/python3 /venv/bin/torchrun train.py", True),
        ("python -m torch.distributed.run train.py", True),
        ("python3.11 -u -W ignore -m accelerate.commands.launch x.py", True),
        ("bash run.sh", True),
        ("python -m axolotl.cli.train a.yml", False),
        ("python train.py", False),
        ("python -c pass", False),
        ("python -m torch.distributed.runner x", False),
        ("python", False),
        ("./train torchrun", False),
        ("", False),
    ],
)
def test_launchers_are_told_from_trainers(words: str, launcher: bool) -> None:
    assert is_launcher(words.split()) is launcher


TORCHRUN = [
    Row(10, 1, ("python", "torchrun", "t.py")),
    Row(11, 10, ("python", "t.py"), 1),
    Row(12, 10, ("python", "t.py"), 0),
    Row(9, 12, ("python", "loader"), 0),
    Row(14, 11, ("python", "loader"), 1),
    Row(15, 9, ("python", "below"), 0),
]
SCRIPT = [
    Row(10, 1, ("bash", "run.sh")),
    Row(11, 10, ("uv", "run", "t.py")),
    Row(12, 11, ("python", "t.py")),
    Row(13, 12, ("python", "loader")),
]
SRUN = [
    Row(10, 1, ("srun", "python", "t.py"), 0),
    Row(20, 2, ("python", "t.py"), 0),
    Row(21, 2, ("python", "t.py"), 1),
]


@pytest.mark.parametrize(
    ("rows", "to", "pids"),
    [
        (TORCHRUN, To.RANK0, [12]),
        (TORCHRUN, To.RANKS, [12, 11]),
        (TORCHRUN, To.TRAINER, [10]),
        (TORCHRUN, To.ALL, [9, 10, 11, 12, 14, 15]),
        (SCRIPT, To.RANK0, [12]),
        (SCRIPT, To.RANKS, [12]),
        (SCRIPT[:1], To.RANK0, [10]),
        (SRUN, To.RANK0, [20]),
        (SRUN, To.RANKS, [20, 21]),
        ([], To.RANK0, []),
        ([], To.TRAINER, []),
        ([Row(10, 11, ("sh",)), Row(11, 10, ("sh",))], To.RANK0, []),
    ],
)
def test_the_processes_that_are_meant(rows: list[Row], to: To, pids: list[int]) -> None:
    assert chosen(rows, 10, to) == pids


# --- what it looks like -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("command", "formats", "values", "told"),
    [
        ("axolotl train a.yml", [], [], "looks like Axolotl: set `control: axolotl`"),
        ("python -m axolotl.cli.train a.yml", [], [], "`control: axolotl`"),
        ("torchrun pretrain_gpt.py", [], [], "`control: megatron`"),
        ("python t.py --enable_jit_checkpoint", [], [], "`control: hf-jit`"),
        ("python t.py", ["lightning"], [], "with Slurm's auto-requeue set"),
        ("python t.py", ["huggingface"], ["throughput"], "with enable_jit_checkpoint"),
        ("python t.py", ["huggingface"], ["memory/max_active"], "`control: axolotl`"),
        ("python t.py", ["timm"], [], "`control: timm`"),
        ("python t.py", ["keyvalue"], ["loss"], ""),
        ("python axolotl.py", [], [], ""),
    ],
)
def test_a_known_trainer_is_suggested(
    command: str, formats: list[str], values: list[str], told: str
) -> None:
    state = states.bare()
    state.run.command = tuple(command.split())
    state.configuration.format = {"formats": formats, "values": values}
    found = suggestion(state, "stop")
    assert told in found
    assert bool(told) == bool(found)
    state.run.control = "signals"
    assert not suggestion(state, "stop")


def test_a_suggestion_says_what_the_handle_is_good_for() -> None:
    state = states.bare()
    state.run.command = ("torchrun", "pretrain_gpt.py")
    assert suggestion(state, "checkpoint").endswith("`control: megatron` (for stop only)")


def test_a_pause_of_several_processes_names_the_watchdog() -> None:
    state = states.bare()
    assert not is_distributed(state)
    assert "NCCL" not in freezing(state)
    state.run.command = ("python", "-m", "torch.distributed.run", "t.py")
    assert "10 min" in freezing(state)
    state.run.command = ("python", "t.py")
    state.configuration.facts = {"world": 8}
    assert "agents of torchrun" in freezing(state)
