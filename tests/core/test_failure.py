"""What went wrong and what helps: histories and last rows, and what is made of them."""

from __future__ import annotations

import pytest

from console.core.failure import Failure, Kind, error_log, failure, failure_object
from console.core.failure_trace import Trace, find_trace, gpu_named, tells_of_memory
from console.core.protocol import (
    Alive,
    Answered,
    Bye,
    Event,
    Exited,
    Facts,
    Hello,
    Measured,
    Outcome,
    Phase,
    Phased,
    Saved,
    Started,
    Ticked,
)
from console.core.reduce import reduce
from console.core.state import RunState, Status
from console.core.timeline import own_row

T = 1_700_000_000.0

MEMORY = """\
Traceback (most recent call last):
  File "train.py", line 9, in <module>
    step(batch)
  File "train.py", line 4, in step
    return model(batch)
torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB. GPU 0 has a total \
capacity of 79.10 GiB.""".splitlines()
WRONG = """\
Traceback (most recent call last):
  File "train.py", line 9, in <module>
    step(batch)
ValueError: no such layer""".splitlines()
CHAINED = [
    *WRONG,
    "",
    "During handling of the above exception, another exception occurred:",
    "",
    *WRONG[:-1],
    "KeyError: 'w'",
]
LAUNCHED = [
    *(f"[rank0]: {row}" for row in MEMORY),
    "W1125 torch/distributed/elastic: closing signal SIGTERM",
    "Traceback (most recent call last):",
    '  File "torchrun", line 8, in <module>',
    "torch.distributed.elastic.multiprocessing.errors.ChildFailedError:",
    "=" * 40,
    "train.py FAILED",
]
BOXED = [
    "╭───── Traceback (most recent call last) ─────╮",
    "│ train.py:9 in <module>                      │",
    "╰─────────────────────────────────────────────╯",
    "ValueError: no such layer",
]


STEP = """\
Traceback (most recent call last):
  File "/home/ana/llm/train.py", line 214, in <module>
    main()
  File "/home/ana/llm/train.py", line 180, in main
    loss.backward()
    ~~~~~~~~~~~~~^^
  File "/venv/lib/python3.12/site-packages/torch/_tensor.py", line 648, in backward
    torch.autograd.backward(""".splitlines()
ASSERTED = [
    "/pytorch/aten/src/ATen/native/cuda/Indexing.cu:1369: indexSelectLargeIndex: block: [7,0,0], "
    "thread: [32,0,0] Assertion `srcIndex < srcSelectDimSize` failed.",
    *STEP,
    "RuntimeError: CUDA error: device-side assert triggered",
    "CUDA kernel errors might be asynchronously reported at some other API call, so the stacktrace "
    "below might be incorrect.",
    "For debugging consider passing CUDA_LAUNCH_BLOCKING=1",
    "Compile with `TORCH_USE_CUDA_DSA` to enable device-side assertions.",
]
ACCELERATOR = [
    *STEP,
    "torch.AcceleratorError: CUDA error: out of memory",
    "Search for `cudaErrorMemoryAllocation' in https://docs.nvidia.com/cuda/cuda-runtime-api/"
    "group__CUDART__TYPES.html for more information.",
    *ASSERTED[-3:],
    "",
    "Exception raised from c10_cuda_check_implementation at /pytorch/c10/cuda/CUDAException.cpp:43 "
    "(most recent call first):",
    "frame #0: c10::Error::Error(c10::SourceLocation, std::string) + 0x96 (0x7f3c in libc10.so)",
    "frame #1: <unknown function> + 0x11a4e8 (0x7f3d in libc10_cuda.so)",
]
NCCL = [
    *STEP,
    "torch.distributed.DistBackendError: NCCL error in: /pytorch/torch/csrc/distributed/c10d/"
    "ProcessGroupNCCL.cpp:3690, remote process exited or there was a network error, NCCL version "
    "2.26.2",
    "ncclRemoteError: A call failed possibly due to a network error or a remote process exiting "
    "prematurely.",
    "Last error:",
    "wandb: 🚀 View run moe at: https://wandb.example/runs/1",
    "[W1125 10:00:01.123456789 ProcessGroupNCCL.cpp:1496] Warning: destroy_process_group() was not "
    "called before program exit",
    "  3%|▎         | 31/1000 [00:12<06:20,  2.55it/s]",
]
TABLE = """E1125 10:00:04.112000 4242 torch/distributed/elastic/multiprocessing/api.py:874] failed \
(exitcode: 1) local_rank: 1 (pid: 4251) of binary: /venv/bin/python
Traceback (most recent call last):
  File "/venv/bin/torchrun", line 8, in <module>
    sys.exit(main())
             ^^^^^^
  File "/venv/lib/python3.12/site-packages/torch/distributed/launcher/api.py", line 277, in \
launch_agent
    raise ChildFailedError(
torch.distributed.elastic.multiprocessing.errors.ChildFailedError:
============================================================
train.py FAILED
------------------------------------------------------------
Failures:
[1]:
  time      : 2026-11-25_10:00:03
  host      : trainbox
  rank      : 0 (local_rank: 0)
  exitcode  : 1 (pid: 4250)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
------------------------------------------------------------
Root Cause (first observed failure):
[0]:
  time      : 2026-11-25_10:00:03
  host      : trainbox
  rank      : 1 (local_rank: 1)
  exitcode  : 1 (pid: 4251)
  error_file: <N/A>
  traceback : To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html
============================================================""".splitlines()
KILLED = [
    row.replace("exitcode  : 1 (pid: 4251)", "exitcode  : -9 (pid: 4251)").replace(
        "To enable traceback see: https://pytorch.org/docs/stable/elastic/errors.html",
        "Signal 9 (SIGKILL) received by PID 4251",
    )
    for row in TABLE
]
OF_1 = [*STEP, "torch.OutOfMemoryError: CUDA out of memory. GPU 1 has a total capacity of 79 GiB."]
RANKS = [
    row
    for pair in zip(
        [f"[rank1]: {row}" for row in OF_1], [f"[rank0]: {row}" for row in NCCL], strict=False
    )
    for row in pair
]
"""Both at once, the second rank's error a consequence of the first's."""

LAUNCHED_BY_ACCELERATE = [
    *WRONG,
    *STEP[:-2],
    "subprocess.CalledProcessError: Command '['/venv/bin/python', 'train.py']' returned non-zero "
    "exit status 1.",
]


def at(second: float) -> dict[str, float]:
    return {"t": T + second, "m": second}


def run(*events: Event, **tree: object) -> RunState:
    state = RunState()
    state.run.id, state.run.name, state.run.command = "r", "moe", ("trainer.py",)
    state.configuration.tree = {"training": tree}
    for event in (Started(**at(0), pid=1), *events):
        reduce(state, event)
    return state


def step(number: int) -> Measured:
    return Measured(**at(number), step=number, values={"loss": 1.0})


def ended(code: int | None = None, **facts: object) -> Exited:
    return Exited(**at(50), code=code, **facts)  # type: ignore[arg-type]


def found(state: RunState, rows: list[str] | None = None, first: int = 0) -> Failure:
    made = failure(state, rows or [], first)
    assert made is not None
    return made


HELLO = Hello(**at(0.5), pid=1, orders=("pause", "resume", "checkpoint", "stop"))
HELD = Phased(**at(9), phase=Phase.ERROR, step=9, error="MemoryError: no room")


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (WRONG, Trace(100, 103, "ValueError: no such layer")),
        (["loss 1", *WRONG, "", "\x1eENDED: ended with exit code 1"], (101, 104)),
        ([f"\x1b[31m{row}\x1b[0m" for row in WRONG], (100, 103)),
        (CHAINED, Trace(100, 110, "KeyError: 'w'")),
        (BOXED, (100, 103)),
        (LAUNCHED, (100, 105)),
        ([*WRONG[:-1], "RuntimeError: in loading:", "\tMissing key"], (100, 103)),
        ([*WRONG, "and the training goes on"], None),
        (["ValueError: no such layer"], None),
        (WRONG[:-1], None),
        ([], None),
    ],
)
def test_fault_10_a_traceback_counts_at_the_end_of_the_output_only(
    rows: list[str], expected: Trace | tuple[int, int] | None
) -> None:
    trace = find_trace(rows, 100)
    if isinstance(expected, tuple):
        assert trace is not None
        assert (trace.first, trace.last) == expected
    else:
        assert trace == expected


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (ASSERTED, (1, 9, "RuntimeError: CUDA error: device-side assert triggered")),
        (ACCELERATOR, (0, 8, "torch.AcceleratorError: CUDA error: out of memory")),
        ([f"[rank0]: {row}" for row in ASSERTED], (1, 9, ASSERTED[9])),
        ([f"[default0]:[rank0]: {row}" for row in ASSERTED], (1, 9, ASSERTED[9])),
        ([f"[1,0]<stderr>:{row}" for row in ASSERTED], (1, 9, ASSERTED[9])),
        (NCCL, (0, 8, NCCL[8])),
        (RANKS, (1, 17, NCCL[8])),  # nobody says which was first: the last one
        ([*RANKS, *TABLE], (0, 16, OF_1[-1])),
        (
            [*RANKS, *KILLED],
            (19, 25, f"{TABLE[7]} rank 1 (local_rank: 1), exit code -9 (pid: 4251)"),
        ),
        (TABLE, (1, 7, f"{TABLE[7]} rank 1 (local_rank: 1), exit code 1 (pid: 4251)")),
        ([*OF_1, *TABLE], (0, 8, OF_1[-1])),  # older versions do not name the rank
        (LAUNCHED_BY_ACCELERATE, (0, 3, WRONG[-1])),
    ],
)
def test_fault_10_one_traceback_is_found_among_what_libraries_print_around_it(
    rows: list[str], expected: tuple[int, int, str]
) -> None:
    assert find_trace(rows) == Trace(*expected)


@pytest.mark.parametrize("after", ["step 3 loss 1.0", "Last errors:", "[rank1] still here", "ok"])
def test_fault_10_what_goes_on_after_a_multi_line_error_is_no_end(after: str) -> None:
    assert find_trace([*ASSERTED, after]) is None


@pytest.mark.parametrize(
    "after",
    [
        [f" {percent}%|##  | {percent}/100" for percent in range(0, 60, 10)],
        [f"[rank0]: step {step} loss 1.0" for step in range(40)],
    ],
    ids=["bars", "another rank"],
)
def test_fault_10_a_traceback_that_was_only_logged_is_no_end(after: list[str]) -> None:
    logged = ["Traceback (most recent call last):", '  File "t.py", line 3, in load', "    x",
              "ValueError: bad sample, skipped"]  # fmt: skip
    ranked = [f"[rank1]: {row}" for row in logged]
    assert find_trace([*ranked, *after[:2]]) is not None
    assert find_trace([*ranked, *after]) is None


@pytest.mark.parametrize(
    ("line", "memory"),
    [
        ("MemoryError", True),
        ("MemoryError: no room", True),
        ("torch.OutOfMemoryError: CUDA out of memory.", True),
        ("torch.cuda.OutOfMemoryError: CUDA out of memory.", True),
        ("RuntimeError: CUDA error: out of memory", True),
        ("RuntimeError: MPS backend out of memory", True),
        ("numpy._core._exceptions._ArrayMemoryError: Unable to allocate 9 TiB", True),
        ("jaxlib.xla_extension.XlaRuntimeError: RESOURCE_EXHAUSTED: Out of memory", True),
        ("tensorflow.errors_impl.ResourceExhaustedError: OOM when allocating", True),
        ("ValueError: the text says CUDA out of memory", False),
        ("CUDA out of memory", False),
        ("RuntimeError: mat1 and mat2 shapes cannot be multiplied", False),
    ],
)
def test_which_exceptions_are_of_memory(line: str, memory: bool) -> None:
    assert tells_of_memory(line) is memory


def test_the_gpu_of_an_error() -> None:
    assert gpu_named("CUDA out of memory. GPU 3 has a total") == 3
    assert gpu_named("MemoryError: no room") is None


def test_fault_15_an_uncaught_out_of_memory_error_is_one_and_advice_is_of_the_configuration() -> (
    None
):
    state = run(
        step(1), ended(1), batch_size=32, gradient_accumulation=4, max_length=2048,
        gradient_checkpointing=False,
    )  # fmt: skip
    made = found(state, ["loss 1", *MEMORY], 40)
    assert made.kind is Kind.OOM
    assert made.cause.startswith("Out of memory (OOM) on GPU 0 after step 1.")
    assert made.trace == Trace(41, 46, MEMORY[-1])
    assert made.suggestions[:3] == (
        "Reduce the batch size (now 32): 16 with gradient accumulation 8 keeps 128 samples a step.",
        "Enable gradient checkpointing (now off).",
        "Reduce the maximum length (now 2,048).",
    )


@pytest.mark.parametrize(
    "rows",
    [
        ["RuntimeError: CUDA out of memory"],
        [*MEMORY, "caught it, going on with half the batch", "step 2"],
        ["log: torch.OutOfMemoryError: CUDA out of memory"],
        [*WRONG[:-1], "ValueError: CUDA out of memory, says the documentation"],
    ],
)
def test_fault_15_the_phrase_alone_raises_nothing(rows: list[str]) -> None:
    assert found(run(step(1), ended(1)), rows).kind is not Kind.OOM


def test_the_trainers_word_wins_over_the_configuration() -> None:
    facts = Facts(**at(1), values={"batch_size": 3, "gradient_checkpointing": True})
    state = run(HELLO, facts, step(1), HELD, batch_size=32)
    told = found(state).suggestions
    assert told[0] == "Reduce the batch size (now 3), e.g. to 1."
    assert not any("checkpointing" in one for one in told)


def test_no_smaller_batch_than_one_is_suggested() -> None:
    state = run(HELLO, step(1), HELD, batch_size=1)
    assert not any("batch" in one for one in found(state).suggestions)


@pytest.mark.parametrize(
    ("end", "kind", "cause"),
    [
        (ended(None, signal=9, oom_kill=True), Kind.OOM, "Killed by the kernel"),
        (ended(None, signal=9, oom_kill=False), Kind.KILLED, "counted no kill for memory"),
        (ended(None, signal=9), Kind.KILLED, "Whether for memory, the system does not tell"),
        (ended(137), Kind.KILLED, "Exit code 137: one of its processes was killed by signal 9"),
        (ended(137, oom_kill=True), Kind.OOM, "The kernel killed for memory"),
        (ended(None, signal=11), Kind.CRASHED, "11 (SIGSEGV): a crash in native code"),
        (ended(127, error="cannot execute '/no'"), Kind.NOT_EXECUTABLE, "cannot execute '/no'"),
        (ended(127), Kind.NOT_EXECUTABLE, "the shell did not find the program"),
        (ended(1), Kind.EXIT, "ended by itself with exit code 1"),
        (ended(None, known=False), Kind.UNKNOWN, "Ended unwatched"),
        (ended(None, known=False, why="ended by reboot"), Kind.UNKNOWN, "Ended by reboot"),
    ],
)
def test_fault_11_how_it_ended_is_explained(end: Exited, kind: Kind, cause: str) -> None:
    made = found(run(step(1), end))
    assert made.kind is kind
    assert cause in made.cause


def test_fault_11_a_killed_trainer_is_not_blamed_on_an_older_traceback() -> None:
    made = found(run(step(1), ended(None, signal=9)), MEMORY)
    assert made.kind is Kind.KILLED
    assert made.line is None


def test_fault_09_a_program_that_is_not_there_is_named() -> None:
    made = found(run(ended(127, error="cannot execute 'trainer.py': No such file")))
    assert any("trainer.py" in one for one in made.suggestions)
    assert made.suggestions[-1].startswith("Nothing was saved")


def test_the_hooks_last_word_is_the_error_of_a_run() -> None:
    state = run(HELLO, step(1), Bye(**at(3), reason="exception", error="MemoryError: x"), ended(1))
    assert (found(state).kind, found(state).line) == (Kind.OOM, "MemoryError: x")


def test_a_way_on_is_told() -> None:
    saved = Saved(**at(2), step=20, path="/c")
    assert "from the checkpoint at step 20" in found(run(saved, ended(1))).suggestions[-1]
    assert found(run(saved, ended(1))).checkpoint == 20


def test_without_a_failure_there_is_none() -> None:
    assert failure(run(step(1)), MEMORY) is None
    assert failure(run(step(1), ended(0)), MEMORY) is None
    assert failure_object(run(step(1))) is None


def test_a_held_step_is_an_error_that_is_no_end() -> None:
    state = run(HELLO, step(8), HELD, Ticked(**at(500)))
    assert (state.status, state.ended) == (Status.ERROR, False)
    assert state.life.cause == "a step failed after step 8 and is held: MemoryError: no room"
    assert state.life.held_m == 9
    made = found(state)
    assert (made.kind, made.held) == (Kind.OOM, True)
    assert failure_object(state) is not None


def test_a_held_step_stays_held_over_a_save_and_ends_with_the_recovery() -> None:
    saving = Phased(**at(10), phase=Phase.SAVING, step=9)
    again = Phased(**at(11), phase=Phase.ERROR, step=9)
    state = run(HELLO, step(8), HELD, saving)
    assert (state.status, state.life.held_m) == (Status.SAVING, 9)
    reduce(state, again)
    assert (state.status, state.life.held_m) == (Status.ERROR, 9)
    assert "no room" in state.life.cause
    reduce(state, Phased(**at(20), phase=Phase.TRAINING, step=9))
    assert (state.status, state.life.held_m, state.life.error) == (Status.TRAINING, None, None)
    assert [entry.text for entry in state.timeline.entries if "step" in entry.text][-2:] == [
        "a step failed and is held: MemoryError: no room",
        "recovered at step 9",
    ]
    assert state.timing.paused == pytest.approx(10)


def test_a_recovery_that_takes_long_is_told_and_signs_of_life_count() -> None:
    taken = Answered(**at(20), id="o", cmd="recover", outcome=Outcome.RECEIVED)
    state = run(HELLO, step(8), HELD, taken, Alive(**at(300), step=9), Ticked(**at(301)))
    assert state.life.cause.startswith("a step failed after step 8 and is being recovered: Memory")
    assert (state.status, state.life.sign_m) == (Status.ERROR, 300)
    reduce(state, Answered(**at(302), id="o", cmd="recover", outcome=Outcome.FAILED))
    assert "and is held" in state.life.cause


def test_a_stop_or_a_kill_ends_a_hold() -> None:
    state = run(HELLO, step(8), HELD, ended(None, signal=9))
    assert (state.status, state.ended) == (Status.DEAD, True)
    state = run(HELLO, step(8), HELD, Phased(**at(10), phase=Phase.STOPPING, step=9))
    assert (state.status, state.life.held_m) == (Status.STOPPING, None)


def test_rows_of_ours_tell_of_the_hold() -> None:
    state = run(HELLO, step(8))
    assert own_row(HELD, state) == "HELD at step 9: MemoryError: no room"
    reduce(state, HELD)
    going = Phased(**at(20), phase=Phase.TRAINING, step=9)
    assert own_row(going, state) == "RECOVERED at step 9"


def test_the_error_log_has_the_cause_the_advice_and_the_rows() -> None:
    state = run(step(1), ended(1), batch_size=4)
    log = error_log(state, found(state, MEMORY), MEMORY)
    assert log.startswith("moe (r): error\nOut of memory (OOM) on GPU 0")
    assert "- Reduce the batch size (now 4)" in log
    assert log.endswith(f"{MEMORY[-1]}\n")
