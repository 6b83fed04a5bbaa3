"""Example pictures of runs, with the values of one evening: for tests of widgets and screens.

`NOW` is the moment all of them are looked at. To add one: a function here and a name in STATES.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from console.core.protocol import Gpu, Outcome, Phase, Source
from console.core.state import (
    Checkpoint,
    Checkpoints,
    Configuration,
    Control,
    Entry,
    Evaluation,
    Experts,
    Life,
    Loss,
    OrderView,
    Output,
    Position,
    Run,
    RunState,
    Status,
    System,
    Throughput,
    Timeline,
    Timing,
    Value,
)
from console.widgets.moment import Now

GB = 1_000_000_000
T = 1_777_298_655.0
"""27 April 2026, 14:04:15 UTC."""
M = 600_000.0
NOW = Now(T, M, 0.0)
COVERAGE = (106.0, 104.0, 96.0, 104.0, 64.0, 112.0, 107.0, 107.0)

ORDERS = ("pause", "resume", "checkpoint", "validate", "stop", "set")


def entry(number: int, seconds_ago: float, mark: str, text: str, by: str = "") -> Entry:
    return Entry(id=f"e-{number}", t=T - seconds_ago, mark=mark, text=text, row=number * 100, by=by)


def training() -> RunState:
    """The run of the target pictures."""
    return RunState(
        run=Run(
            id="20260421-103912-a1b2",
            name="qwen-moe",
            dir="/runs/20260421-103912-a1b2",
            host="trainbox",
            user="ana",
            cwd="/home/ana/llm",
            command=("python", "train.py", "--config", "qwen_moe.yaml"),
            created=T - 147 * 3600 - 23 * 60,
        ),
        life=Life(
            status=Status.TRAINING,
            cause="training at step 101,452",
            since=T - 4000,
            since_m=M - 4000,
            phase=Phase.TRAINING,
            phase_since_m=M - 4000,
            hook=True,
            started=T - 147 * 3600 - 23 * 60 - 5,
            started_m=M - 147 * 3600 - 23 * 60 - 5,
            step_seen=T - 0.4,
            step_seen_m=M - 0.4,
            sign_m=M - 0.4,
        ),
        position=Position(
            step=8452,
            epoch=47,
            batch=8452,
            samples=596_524,
            total_steps=12_000,
            total_epochs=100,
            batches_per_epoch=12_000,
            total_samples=847_293,
            progress=0.704,
        ),
        metrics={
            "loss": Value(0.0234, 8452, T - 0.4),
            "learning_rate": Value(1.2e-5, 8452, T - 0.4),
            "gradient_norm": Value(0.847, 8452, T - 0.4),
            "weight_decay": Value(0.01, 8452, T - 0.4),
            "throughput": Value(2847.0, 8452, T - 0.4),
        },
        loss=Loss(
            best=0.0187, best_step=7012, best_epoch=42, delta=-0.0003, average=0.0236, epoch=47
        ),
        throughput=_throughput(),
        experts=Experts(
            loss=(0.021, 0.025, 0.023, 0.022, 0.031, 0.02, 0.024, 0.022),
            share=tuple(value / 800 for value in COVERAGE),
            step=8452,
            low_since={"4": 101_200},
        ),
        control=_control(),
        checkpoints=_checkpoints(),
        evaluation=Evaluation(
            validation_loss=0.0312,
            validation_accuracy=0.947,
            validation_step=8000,
            validation_t=T - 550,
            test_accuracy=0.932,
            best_accuracy=0.949,
            best_accuracy_epoch=42,
        ),
        system=_system(),
        timing=Timing(
            elapsed=147 * 3600 + 23 * 60,
            step_seconds=0.9,
            remaining_low=4 * 3600 + 5 * 60,
            remaining_high=4 * 3600 + 20 * 60,
            as_of=T,
            as_of_m=M,
        ),
        output=Output(bytes=90_000_000, rows=1_204_881, warnings=3),
        configuration=_configuration(),
        timeline=_timeline(),
    )


def _throughput() -> Throughput:
    wave = [2781 + 140 * math.sin(i / 9) + 60 * math.sin(i * 2.1) for i in range(240)]
    wave[150:158] = [2080.0] * 8
    return Throughput(
        current=2847.0,
        average=2781.0,
        peak=3024.0,
        window=tuple((M - 240 + i, value) for i, value in enumerate(wave)),
    )


def _control() -> Control:
    return Control(
        abilities=ORDERS,
        settable={
            "learning_rate": {
                "type": "float",
                "min": 1e-7,
                "max": 1e-2,
                "unit": "",
                "applies": "now",
                "value": 1.2e-5,
            },
            "batch_size": {
                "type": "int",
                "min": 1,
                "max": 256,
                "unit": "samples",
                "applies": "restart",
                "value": 32,
            },
        },
        last=OrderView(
            id="o-1",
            cmd="checkpoint",
            by="ana@trainbox:pts/3",
            outcome=Outcome.DONE,
            at=T - 128,
            answered=T - 124,
            step=8450,
        ),
    )


def _checkpoints() -> Checkpoints:
    last = Checkpoint(
        path="checkpoints/epoch_47_batch_8450.npz", step=8450, t=T - 124, bytes=int(1.2 * GB)
    )
    return Checkpoints(
        count=47,
        last=last,
        last_m=M - 124,
        last_elapsed=147 * 3600 + 23 * 60 - 124,
        interval_seconds=600.0,
    )


def _system() -> System:
    gpus = tuple(
        Gpu(
            id=number,
            name="NVIDIA A100-SXM4-80GB",
            temperature=heat,
            temperature_limit=85.0,
            memory_used=int(used * GB),
            memory_total=80 * GB,
            memory_trainer=int((used - 0.4) * GB),
            utilisation=96.0,
            power=312.0,
            power_limit=400.0,
        )
        for number, heat, used in ((0, 67.0, 71.2), (1, 73.0, 71.1))
    )
    return System(
        t=T - 1,
        cpu=34.0,
        ram_used=143 * GB,
        ram_total=256 * GB,
        swap_used=1 * GB,
        swap_total=32 * GB,
        trainer_cpu=780.0,
        trainer_memory=96 * GB,
        trainer_processes=9,
        disk_free=812 * GB,
        gpus=gpus,
    )


def _configuration() -> Configuration:
    return Configuration(
        path="/home/ana/llm/configs/qwen_moe.yaml",
        filename="qwen_moe.yaml",
        modified=T - 3 * 86_400 - 3600,
        tree={
            "model": {"name": "Qwen-MoE 14B", "experts": 8, "active_experts": 2},
            "training": {
                "batch_size": 32,
                "gradient_accumulation": 4,
                "max_length": 2048,
                "precision": "fp16 mixed",
                "seed": 42,
            },
            "optimization": {
                "learning_rate": 1e-4,
                "schedule": "cosine",
                "warmup_steps": 500,
                "optimizer": "AdamW",
                "betas": [0.9, 0.999],
                "epsilon": 1e-8,
                "weight_decay": 0.01,
            },
            "checkpointing": {"interval_minutes": 10, "validation_interval_steps": 1000},
            "program": {"api_key": "********"},
        },
        facts={"device": "cuda", "world": 2, "schedule": "cosine"},
    )


def _timeline() -> Timeline:
    entries = (
        entry(1, 3914, "save", "checkpoint at step 8,012 · 1.2 GB · 4.0 s"),
        entry(2, 3080, "pause", "paused 4 m 10 s", by="ana@trainbox:pts/3"),
        entry(3, 1437, "change", "learning rate 1.5e-5 → 1.2e-5", by="ana@trainbox:pts/3"),
        entry(4, 553, "eval", "validation loss 0.0312, accuracy 94.7 %"),
        entry(5, 155, "alert", "expert 4 low: 64 % of its share"),
        entry(6, 124, "save", "checkpoint at step 8,450 · 1.2 GB · 4.1 s"),
    )
    return Timeline(entries=entries, count=6)


def starting() -> RunState:
    """Published a moment ago: nothing is known but what was asked for."""
    full = training()
    run = full.run
    run.created = T - 3
    return RunState(
        run=run,
        life=Life(
            status=Status.STARTING,
            cause="started, no step yet",
            since=T - 3,
            since_m=M - 3,
            started=T - 3,
            started_m=M - 3,
        ),
        timing=Timing(elapsed=3.0, as_of=T, as_of_m=M),
        configuration=full.configuration,
        timeline=Timeline(entries=(entry(1, 3, "start", "started"),), count=1),
    )


def _turned(status: Status, cause: str, seconds: float, phase: Phase | None = None) -> RunState:
    state = training()
    state.life.status, state.life.cause = status, cause
    state.life.since, state.life.since_m = T - seconds, M - seconds
    state.life.step_seen, state.life.step_seen_m = T - seconds, M - seconds
    state.life.phase = phase or state.life.phase
    return state


def paused() -> RunState:
    return _turned(Status.PAUSED, "paused at step 8,452", 60, Phase.PAUSED)


def saving() -> RunState:
    state = _turned(Status.SAVING, "saving a checkpoint at step 8,452", 2, Phase.SAVING)
    view = OrderView(
        id="o-2", cmd="checkpoint", by="ana@trainbox:pts/3", outcome=Outcome.RECEIVED, at=T - 2
    )
    state.control.open = {view.id: view}
    return state


def validating() -> RunState:
    cause = "validating at step 8,452"
    return _turned(Status.VALIDATING, cause, 3, Phase.VALIDATING)


def stopping() -> RunState:
    state = _turned(Status.STOPPING, "stopping: order, 58 s left for it", 2, Phase.STOPPING)
    state.life.stop_ordered, state.life.stop_stage = True, "order"
    state.life.stop_deadline = M + 58
    view = OrderView(
        id="o-3", cmd="stop", by="ana@trainbox:pts/3", outcome=Outcome.RECEIVED, at=T - 2
    )
    state.control.open = {view.id: view}
    return state


def asking() -> RunState:
    """The trainer ignored every gentle signal."""
    state = stopping()
    state.life.stop_stage, state.life.stop_deadline = "ask", None
    state.life.cause = "stopping: ask"
    return state


def frozen() -> RunState:
    state = _turned(
        Status.FROZEN, "all its processes are stopped by a signal; resume lets them go on", 40
    )
    state.life.frozen = True
    return state


def stalled() -> RunState:
    return _turned(Status.STALLED, "no step for 95 s, 30 s are usual at most", 95)


def _ended(status: Status, cause: str, code: int | None, signal: int | None = None) -> RunState:
    state = _turned(status, cause, 125)
    life = state.life
    life.alive, life.ended, life.ended_m = False, T - 125, M - 125
    life.exit_code, life.exit_signal = code, signal
    state.control.open = {}
    state.timing.remaining_low = state.timing.remaining_high = None
    return state


def error() -> RunState:
    state = _ended(
        Status.ERROR,
        "ended with exit code 1: torch.OutOfMemoryError: CUDA out of memory on GPU 0",
        1,
    )
    state.output.errors = 1
    return state


def held() -> RunState:
    """A step ran out of memory, and the trainer waits at it."""
    error = "torch.OutOfMemoryError: CUDA out of memory. GPU 0 has no room"
    cause = f"a step failed after step 8,452 and is held: {error}"
    state = _turned(Status.ERROR, cause, 20, Phase.ERROR)
    state.life.held_m, state.life.error = M - 20, error
    state.control.abilities = (*ORDERS, "recover")
    return state


def dead() -> RunState:
    return _ended(Status.DEAD, "killed by signal 9 (SIGKILL)", None, 9)


def stopped() -> RunState:
    return _ended(Status.STOPPED, "stopped on order at step 8,452", 0)


def finished() -> RunState:
    state = _ended(Status.FINISHED, "finished with exit code 0 at step 12,000", 0)
    place = state.position
    place.epoch, place.batch, place.step, place.progress = 100, 12_000, 12_000, 1.0
    place.samples = place.total_samples
    return state


def bare() -> RunState:
    """A trainer without the hook on a machine without GPUs, that prints only a loss."""
    state = training()
    state.life.hook = False
    state.control = Control(abilities=("pause", "resume", "stop"))
    state.system.gpus, state.system.gpu_note = (), "no NVIDIA driver on this machine"
    state.metrics = {"loss": replace(state.metrics["loss"], source=Source.PARSED)}
    state.experts, state.throughput = Experts(), Throughput()
    state.evaluation = Evaluation()
    state.position = Position(step=8452)
    state.timing.remaining_low = state.timing.remaining_high = None
    state.checkpoints = type(state.checkpoints)()
    state.configuration = Configuration(filename="bare.yaml", facts={})
    return state


def many_experts() -> RunState:
    state = training()
    raw = [1.0 + 0.35 * math.sin(i * 1.7) for i in range(64)]
    state.experts = Experts(
        loss=tuple(0.02 + 0.001 * (i % 7) for i in range(64)),
        share=tuple(value / sum(raw) for value in raw),
        step=8452,
    )
    return state


def empty() -> RunState:
    """Nothing is known yet."""
    return RunState()


STATES: dict[str, Callable[[], RunState]] = {
    make.__name__: make
    for make in (
        starting, training, paused, saving, validating, stopping, asking, frozen, stalled, error,
        held, dead, stopped, finished, bare, many_experts, empty,
    )
}  # fmt: skip
