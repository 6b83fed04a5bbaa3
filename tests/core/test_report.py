"""The training summary says what is known, where to find it and how to go on."""

from __future__ import annotations

import math

import pytest

from console.core.protocol import Outcome
from console.core.report import Background, report, resume_line
from console.core.state import Checkpoint, Entry, OrderView, RunState, Status, Value

T = 1_790_000_000.0
SENTINEL = "S3nt1nelValue"


def finished() -> RunState:
    state = RunState()
    run, life = state.run, state.life
    run.id, run.name, run.dir, run.cwd = "20261120-111213-abcd", "qwen-moe", "/runs/r", "/work dir"
    run.user, run.host, run.command = "ana", "trainbox", ("python", "train.py", "--lr", "1e-4")
    life.status, life.cause = Status.FINISHED, "finished with exit code 0 at step 1,000"
    life.started, life.ended, state.timing.elapsed = T, T + 600, 590.0
    state.position.step, state.position.total_steps = 1000, 1000
    state.position.epoch, state.position.total_epochs = 12.0, 12
    state.metrics["loss"] = Value(1.2345, 1000, T)
    state.loss.best, state.loss.best_step = 1.2, 990
    state.evaluation.validation_loss, state.evaluation.validation_accuracy = 1.3, 0.62
    state.evaluation.validation_step, state.evaluation.test_accuracy = 1000, 0.61
    state.throughput.average, state.throughput.peak = 2781.0, 3024.0
    state.checkpoints.count = 3
    state.checkpoints.best = Checkpoint("ckpt/900.npz", 900, T + 500, 1_200_000, 0.1)
    state.checkpoints.last = Checkpoint("ckpt/1000.npz", 1000, T + 599, 1_200_000, 0.1)
    state.experts.loss, state.experts.share, state.experts.step = (1.1, 1.3), (0.4, 0.6), 1000
    state.configuration.path = "/work dir/qwen_moe.yaml"
    state.configuration.tree = {"training": {"batch_size": 32, "gradient_accumulation": 4}}
    state.timeline.entries = (
        Entry("a", T + 5, "alert", "expert 4 low", 40),
        Entry("b", T + 9, "pause", "paused at step 50", 50, by="ana@laptop"),
    )
    return state


def test_everything_known_is_in_it() -> None:
    text = report(finished(), Background(offset_seconds=3600, environment={"python": "3.11.7"}))
    for line in (
        "# Training summary: qwen-moe",
        "**✓ FINISHED**: finished with exit code 0 at step 1,000",
        "| Run | `20261120-111213-abcd` |",
        "python train.py --lr 1e-4",
        "| Host | ana@trainbox |",
        "| Ended | 2026-09-21 15:23:20+01:00 |",
        "| Training time | 9 m 50 s |",
        "| Steps | 1,000 of 1,000 |",
        "| Epoch | 12 of 12 |",
        "| Final loss | 1.2345 |",
        "| Best loss | 1.2000 at step 990 |",
        "| Validation | loss 1.3000, accuracy 62.0 % at step 1,000 |",
        "| Test | accuracy 61.0 % |",
        "| Throughput | 2,781 tok/s at the end, peak 3,024 tok/s |",
        "| 900 | `ckpt/900.npz` | 1.2 MB | 2026-09-21 15:21:40+01:00 | best |",
        "| 1 | 1.3000 | 60.0 % | 120 % |",
        "| Batch | 32 × 4 = 128 |",
        "- 2026-09-21 15:13:25+01:00 expert 4 low at step 40",
        "- 2026-09-21 15:13:29+01:00 paused at step 50 by ana@laptop",
        "| python | 3.11.7 |",
        "cd '/work dir'",
        "gladius-console train --config '/work dir/qwen_moe.yaml' --resume 20261120-111213-abcd",
    ):
        assert line in text.splitlines(), line


def test_nothing_known_is_dashes_not_inventions() -> None:
    text = report(RunState())
    assert "| Final loss | — |" in text
    assert "| Throughput | — |" in text
    assert "| Training time | — |" in text
    assert "None was saved." in text
    assert "## Experts" not in text


@pytest.mark.parametrize(
    ("status", "cause", "sign"),
    [
        (Status.ERROR, "ended with exit code 1: CUDA out of memory", "✗ ERROR"),
        (Status.DEAD, "killed by signal 9 (SIGKILL)", "✗ DEAD"),
        (Status.STOPPED, "stopped on order at step 5", "■ STOPPED"),
    ],
)
def test_the_outcome_stands_first_with_its_cause(status: Status, cause: str, sign: str) -> None:
    state = finished()
    state.life.status, state.life.cause = status, cause
    state.life.error, state.life.leftovers = "CUDA out of memory", (12, 13)
    text = report(state)
    assert text.splitlines()[2] == f"**{sign}**: {cause}"
    assert "The trainer's last error: `CUDA out of memory`" in text
    assert "Processes it left behind: 12, 13" in text


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "gladius-console train --config /c.yaml --resume r1"),
        ({"edited": True}, "gladius-console train --config /runs/r/config.yaml --resume r1"),
        ({"missing": True}, "gladius-console train --config /runs/r/config.yaml --resume r1"),
        ({"path": None}, "gladius-console train --config /runs/r/config.yaml --resume r1"),
    ],
)
def test_the_way_on_names_a_configuration_that_says_the_same(change, line: str) -> None:
    state = finished()
    state.run.id, state.configuration.path = "r1", "/c.yaml"
    for name, value in change.items():
        setattr(state.configuration, name, value)
    assert resume_line(state) == line
    assert line in report(state)


def test_without_a_checkpoint_it_says_how_to_start_again() -> None:
    state = finished()
    state.checkpoints.last = state.checkpoints.best = None
    state.checkpoints.count, state.checkpoints.failed = 0, 2
    state.checkpoints.last_failure = "no space left"
    text = report(state)
    assert resume_line(state) is None
    assert "0 saved, 2 failed." in text
    assert "The last save failed: no space left" in text
    assert "train --config '/work dir/qwen_moe.yaml' --again" in text


def test_a_living_run_is_to_be_attached() -> None:
    state = finished()
    state.life.status = Status.TRAINING
    assert "gladius-console attach 20261120-111213-abcd" in report(state)


def test_given_histories_replace_the_excerpts() -> None:
    orders = [OrderView("1", "validate", "bo@x", {}, Outcome.FAILED, T, step=7, detail="no data")]
    saves = [Checkpoint(f"ckpt/{step}.npz", step) for step in (1, 2, 3)]
    text = report(finished(), Background(orders=orders, checkpoints=saves))
    assert "| validate | bo@x | failed at step 7: no data |" in text
    assert text.count("| `ckpt/") == 3
    assert "paused at step 50" not in text


def test_fault_45_secrets_never_reach_it() -> None:
    state = finished()
    state.run.command = ("train.py", "--api-key", SENTINEL, f"--note={SENTINEL}")
    state.life.error = f"bad HF_TOKEN={SENTINEL}"
    state.configuration.tree = {"model": {"name": SENTINEL}}
    background = Background(environment={"WANDB_API_KEY": SENTINEL}, values=[SENTINEL])
    assert SENTINEL not in report(state, background)


def test_foreign_text_breaks_neither_table_nor_terminal() -> None:
    state = finished()
    state.run.name = "a|b\x1b[2J\n# c"
    state.run.cwd = "/x`y|z"
    state.life.cause = "<script>[x](y)"
    text = report(state)
    assert "\x1b" not in text
    assert text.splitlines()[0] == "# Training summary: a\\|b\ufffd\\[2J # c"
    assert "\n```sh\ncd '/x`y|z'\npython train.py --lr 1e-4\n```\n" in text
    assert "\\<script>\\[x](y)" in text


def test_lost_output_and_strange_losses_are_said() -> None:
    state = finished()
    state.output.dropped, state.loss.nonfinite, state.loss.nonfinite_step = 2_000_000, 3, 77
    state.metrics["loss"] = Value(math.nan, 1000, T)
    text = report(state)
    assert "- 2.0 MB of output could not be recorded and are lost" in text
    assert "The loss was NaN or infinite 3 times, first at step 77." in text
    assert "| Final loss | NaN |" in text


def test_every_table_begins_with_words_and_has_as_many_cells_in_each_row() -> None:
    tables = [[]]
    background = Background(orders=[OrderView("1", "stop", "bo")], environment={"python": "3.11"})
    for line in report(finished(), background).splitlines():
        tables = [*tables, []] if not line.startswith("|") else [*tables[:-1], [*tables[-1], line]]
    found = [one for one in tables if one]
    assert len(found) == 7
    for head, rule, *rows in found:
        assert head.split("|")[1].strip()
        assert set(rule) == {"|", "-"}
        assert {row.count("|") for row in (head, rule, *rows)} == {head.count("|")}


def test_how_it_was_started_can_be_copied_and_is_left_out_where_nobody_knows() -> None:
    text = report(finished())
    assert "\n```sh\ncd '/work dir'\npython train.py --lr 1e-4\n```\n" in text
    assert "Started with" not in report(RunState())
