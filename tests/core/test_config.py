"""Loading, overriding, resolving, comparing and showing a configuration."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from console.core.alerts import RULES
from console.core.config import (
    Change,
    Config,
    ConfigError,
    command_line,
    configuration_state,
    diff,
    job_key,
    load,
    override,
    panel,
    resolved_text,
)

SMALLEST = b"run: {command: [python, train.py]}"

FULL = b"""\
run:
  name: qwen-moe
  command: ["{python}", train.py, "--config={config}", --lr, 1e-4]
  resume_args: [--resume, "{checkpoint}"]
  env: {OMP_NUM_THREADS: 4, DEBUG: yes, RATIO: 1.50}
  start_limit: 1h 30m
model: {name: Qwen-MoE, experts: 8, active_experts: 2, parameters: 14B}
training: {batch_size: 32, gradient_accumulation: 4, max_length: 2048, precision: bf16, seed: 42}
optimization:
  learning_rate: 1e-4
  schedule: cosine
  warmup_steps: 500
  optimizer: AdamW
  betas: [0.9, 0.999]
  epsilon: 1e-8
  weight_decay: 0.01
checkpointing: {interval_minutes: 10, validation_interval_steps: 1e3}
program: {dropout: 0.1, labels: {0: cat, 1: dog}, base: &b {x: 1}, more: {<<: *b, y: 2}}
"""


def loaded(text: str | bytes = FULL, *arguments: str) -> Config:
    config = load(text.encode() if isinstance(text, str) else text, "f.yaml")
    return override(config, arguments) if arguments else config


def problems(text: str | bytes, *arguments: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        loaded(text, *arguments)
    return [str(problem) for problem in caught.value.problems]


def test_the_smallest_configuration_is_valid_with_useful_defaults() -> None:
    run = loaded(SMALLEST).run
    assert run.command == ("python", "train.py")
    assert (run.output, run.start_limit, run.pause_checkpoint, run.kind) == (
        "fifo", 600.0, True, "train",
    )  # fmt: skip
    assert loaded(SMALLEST).training.batch_size is None


def test_values_arrive_typed() -> None:
    config = loaded()
    assert config.run.command[-2:] == ("--lr", "1e-4")
    assert config.run.env == {"OMP_NUM_THREADS": "4", "DEBUG": "yes", "RATIO": "1.50"}
    assert config.run.start_limit == 5400.0
    assert config.model.parameters == 14_000_000_000
    assert config.optimization.learning_rate == 1e-4
    assert config.optimization.betas == (0.9, 0.999)
    assert config.checkpointing.validation_interval_steps == 1000
    assert config.program["labels"] == {0: "cat", 1: "dog"}
    assert config.program["more"] == {"x": 1, "y": 2}


def test_positions_are_those_of_the_keys() -> None:
    config = loaded()
    assert config.position("run") == (1, 1)
    assert config.position("run.start_limit") == (6, 3)
    assert config.position("run.command.1") == (3, 25)
    assert config.position("program.labels.1") == (18, 42)
    assert config.position("training.epochs") is None
    assert loaded(FULL, "training.seed=7").position("training.seed") is None


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", "1:1", "the configuration is empty"),
        ("# nothing\n", "1:1", "the configuration is empty"),
        ("- 1\n- 2\n", "1:1", "expected sections"),
        ("just text", "1:1", "expected sections"),
        ("model: {}\n", "1:1", "run.command is missing"),
        ("model: {}\nrun: {name: x}\n", "2:1", "run.command is missing"),
        ("run: [python]\n", "1:6", "expected settings (command, name, cwd, …), found a list"),
        ("run: {command: python train.py}", "1:16", "write [python, train.py]"),
        ("run: {command: []}", "1:16", "expected a program and its arguments"),
        ("run: {command: [a, [b]]}", "1:20", "run.command.1: expected a word, found a list"),
        ("run: {command: [{python}, x]}", "1:17", 'quote the placeholder: "{python}"'),
        ('run: {command: ["{pyton}"]}', "1:17", "did you mean {python}?"),
        ('run: {command: [a], resume_args: ["{x}"]}', "1:35", "{python}, {config}, {run_dir}"),
        ("run: {command: [a], env: {X: [1]}}", "1:30", "run.env.X: expected text, found a list"),
        ("run: {command: [a], env: {GLADIUS_HOME: x}}", "1:41", "set by the console"),
        ("run: {command: [a], env: {A=B: x}}", "1:32", "name of an environment variable"),
        ("run: {command: [a], output: pipe}", "1:29", "expected fifo, file or pty"),
        ("run: {command: [a], start_limit: soon}", "1:34", 'such as "10m"'),
        ("run: {command: [a], start_limit: 0}", "1:34", "more than zero"),
        ("run: {command: [a], name: -x}", "1:27", "no - in front"),
        ("run: {command: [a], pause_checkpoint: yes}", "1:39", "write true"),
        ("run: {command: [a], nmae: x}", "1:21", "did you mean name?"),
        ("run: {command: [a]}\ntraning: {}", "2:1", "did you mean training?"),
        ("run: {command: [a]}\nbatch_size: 1", "2:1", "did you mean training.batch_size?"),
        ("run: {command: [a]}\ntraining: {lr: 1}", "2:12", "did you mean optimization."),
        ("run: {command: [a]}\ntraining: {dropout: 1}", "2:12", "belong under program:"),
        ("run: {command: [a]}\ntraining: {steps: 1_000}", "2:19", "write 1000"),
        ("run: {command: [a]}\ntraining: {steps: 1:30}", "2:19", "write 90 if base 60 is meant"),
        ("run: {command: [a]}\ntraining: {steps: 1.5}", "2:19", "a whole number from 1 on"),
        ("run: {command: [a]}\ntraining: {steps: true}", "2:19", "found True"),
        ("run: {command: [a]}\ntraining: {seed: 1e30}", "2:18", "a whole number"),
        ("run: {command: [a]}\noptimization: {epsilon: .nan}", "2:25", "a number above 0"),
        ("run: {command: [a]}\noptimization: {betas: [0.9, 2]}", "2:23", "found [0.9, 2]"),
        ("run: {command: [a]}\nmodel: {parameters: lots}", "2:21", "1300000 or 1.3M"),
        ("run: {command: [a]}\nmodel: {experts: 2, active_experts: 3}", "2:37", "3 active experts"),
        ("run: {command: [a]}\nguards: [x]", "2:9", "expected rules by their names, found a list"),
        ("run: {command: [a]}\nguards: {x: {when: loss}}", "2:20", "for example gradient_norm"),
        ("run: {command: [a]}\nguards: {x: {when: 5}}", "2:20", "a metric, a comparison"),
        ("run: {command: [a]}\nguards: {x: {then: stop}}", "2:10", "guards.x.when is missing"),
        ("run: {command: [a]}\nguards: {gpu_hto: {then: stop}}", "2:10", "did you mean gpu_hot?"),
        ("run: {command: [a]}\nguards: {x: loss > 5}", "2:13", "expected when, for and then"),
        ("run: {command: [a]}\nguards: {gpu_hot: {than: stop}}", "2:20", "did you mean then?"),
        ("run: {command: [a]}\nguards: {gpu_hot: {then: kill}}", "2:26", "pause or stop"),
        ("run: {command: [a]}\nguards: {gpu_hot: {for: soon}}", "2:25", 'such as "10m"'),
        ("run: {command: [a]}\nguards: {gpu_hot: {when: loss > 5}}", "2:26", "another name"),
        ("run: {command: [a]}\nguards: {gpu_hot: {when: gpu_temperature < 5}}", "2:26", "looks"),
        ("run: {command: [a]}\nguards: {gpu_hto: off}", "2:10", "did you mean gpu_hot?"),
        ("run: {command: [a]}\nguards: {1st: {when: loss > 5}}", "2:10", "expected a name"),
        ("run: {command: [a]}\ngaurds: {}", "2:1", "did you mean guards?"),
    ],
)  # fmt: skip
def test_schema_errors_name_the_place_and_the_next_step(text: str, place: str, says: str) -> None:
    (only,) = problems(text)
    assert only.startswith(f"f.yaml:{place}: ")
    assert says in only


def test_all_problems_are_reported_at_once_in_the_order_of_the_file() -> None:
    found = problems(
        "training:\n  seed: x\n  seed: 1\nrun:\n  comand: [a]\n  cwd: 012\nz: !foo 1\nmodel: 1\n"
    )
    assert [line.split(" ")[0] for line in found] == [
        "f.yaml:2:9:", "f.yaml:3:3:", "f.yaml:4:1:", "f.yaml:5:3:", "f.yaml:7:1:", "f.yaml:7:4:",
        "f.yaml:8:8:",
    ]  # fmt: skip


def test_a_thousand_wrong_keys_are_counted_not_listed() -> None:
    found = problems("run: {command: [a]}\n" + "".join(f"k{i}: 1\n" for i in range(1000)))
    assert len(found) == 51
    assert found[-1] == "f.yaml: 950 more problems"


def test_messages_never_show_a_secret_or_a_control_character() -> None:
    (only,) = problems('run: {command: [a], output: "hf_abcdefghijklmnopqrstuv\\e[31m"}')
    assert "hf_abc" not in only
    assert "\x1b" not in only
    assert "zzzz" not in problems(FULL, "program.api_key.x=[zzzz", "training.api_key=zzzz")[0]


# --- --set ------------------------------------------------------------------------------------


def test_set_changes_adds_and_takes_back() -> None:
    config = loaded(
        FULL,
        "training.batch_size=16", "run.name=42", "run.env.X=1.50", "program.a.b=[1, {c: 1e-4}]",
        "optimization.betas=[0.8, 0.9]", "training.seed=", "program.labels.0=dog",
    )  # fmt: skip
    assert config.training.batch_size == 16
    assert config.run.name == "42"
    assert config.run.env["X"] == "1.50"
    assert config.program["a"] == {"b": [1, {"c": 1e-4}]}
    assert config.optimization.betas == (0.8, 0.9)
    assert config.training.seed is None
    assert config.program["labels"] == {0: "dog", 1: "dog"}
    assert loaded().training.batch_size == 32


@pytest.mark.parametrize(
    ("argument", "says"),
    [
        ("training.batch_size", "expected a.b=value"),
        ("=1", "expected a.b=value"),
        ("a..b=1", "expected a.b=value"),
        ("training.seed=-1", "training.seed: expected a whole number from 0 on, found -1"),
        ("training.batchsize=1", "did you mean batch_size?"),
        ("run.command.0=x", "set run.command as a whole"),
        ("training.seed=[1", "expected ',' or ']'"),
        ("training.seed=012", "write 12"),
        ("program.x=!foo 1", "the tag !foo is not allowed"),
        ("lr=1", "did you mean optimization.learning_rate?"),
        ("program." + "a." * 70 + "b=1", "nested deeper than 64"),
        ("program.x=\ud800", "cannot hold the character"),
    ],
)
def test_a_wrong_argument_is_named(argument: str, says: str) -> None:
    (only,) = problems(SMALLEST, argument)
    assert only.startswith(f"--set {argument[:10]}".split("\ud800")[0])
    assert says in only


# --- what it comes to -------------------------------------------------------------------------


@pytest.mark.parametrize("text", [SMALLEST, FULL])
def test_resolved_text_reads_back_the_same(text: bytes) -> None:
    config = loaded(text)
    again = loaded(resolved_text(config))
    assert again == config.__class__(**{**_fields(config), "tree": again.tree})
    assert diff(config, again) == []
    assert resolved_text(again) == resolved_text(config)


def _fields(config: Config) -> dict[str, object]:
    return {name: getattr(config, name) for name in Config.__dataclass_fields__}


def test_resolved_text_has_the_schemas_order_and_no_unset_values() -> None:
    text = "training: {seed: 1, batch_size: 2, epochs: }\nrun: {name: x, command: [a]}\n"
    assert list(yaml.safe_load(resolved_text(loaded(text)))["training"]) == ["batch_size", "seed"]
    assert resolved_text(loaded(text)).startswith("run:\n  command:\n  - a\n  name: x\ntraining:")


_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**20), 10**20), st.floats(),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=20),
    st.sampled_from(["1e-4", "012", "yes", "12:30:45", "2024-01-01", "<<", "=", "~", "0o7", "1_0",
                     ".5", "-.inf", "null", "True", "*a", "&b", "!c", "- x", "a: b", " x ", "\t"]),
)  # fmt: skip
_keys = st.one_of(st.text(st.characters(codec="utf-8", exclude_characters="\x00")), st.integers())
_trees = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(_keys, inner, max_size=4),
    max_leaves=12,
)


def _plain(tree: object) -> object:
    """Comparable: NaN equals NaN, 1 is not 1.0 and not True."""
    if isinstance(tree, dict):
        return {(type(key), key): _plain(value) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_plain(item) for item in tree]
    return (type(tree), "nan" if isinstance(tree, float) and math.isnan(tree) else tree)


@given(_trees)
@settings(max_examples=300, deadline=None)
def test_any_program_section_survives_the_round_trip(tree: object) -> None:
    config = load(SMALLEST, "f.yaml")
    config.tree["program"] = tree
    again = load(resolved_text(config).encode(), "f.yaml")
    assert _plain(again.program) == _plain(tree)


@given(_scalars)
@settings(max_examples=300, deadline=None)
def test_a_trainer_that_reads_yaml_1_1_sees_the_same_values(value: object) -> None:
    config = load(SMALLEST, "f.yaml")
    config.tree["program"] = [value]
    assert _plain(yaml.safe_load(resolved_text(config))["program"]) == _plain([value])


def test_expanded_aliases_beyond_the_limit_are_refused_not_written() -> None:
    many = ", ".join(["*a"] * 900)
    config = loaded(f"run: {{command: [a]}}\nprogram: {{x: &a {'y' * 3000}, z: [{many}]}}")
    with pytest.raises(ConfigError, match="larger than 1 MiB"):
        resolved_text(config)


def test_job_key_is_stable_and_ignores_name_and_order() -> None:
    key = job_key(loaded(SMALLEST), "/w")
    assert key == job_key(loaded("run:\n  command:\n  - python\n  - 'train.py'\nmodel:\n"), "/w")
    assert key == job_key(loaded(SMALLEST, "run.name=other"), "/w")
    assert job_key(loaded("run: {command: [a]}\nprogram: {x: 1, 2: y}"), "/w") == job_key(
        loaded("program: {2: y, x: 1}\nrun: {command: [a]}"), "/w"
    )
    assert len(key) == 64


@pytest.mark.parametrize("argument", ["program.x=1", "run.command=[python, b]", "training.seed=1"])
def test_job_key_changes_with_any_setting_and_the_folder(argument: str) -> None:
    key = job_key(loaded(SMALLEST), "/w")
    assert key != job_key(loaded(SMALLEST, argument), "/w")
    assert key != job_key(loaded(SMALLEST), "/other")


def test_job_key_tells_values_of_different_types_apart() -> None:
    keys = {job_key(loaded(SMALLEST, f"program.x={v}"), "/") for v in ("1", '"1"', "true", "1.5")}
    assert len(keys) == 4


@pytest.mark.parametrize(
    ("word", "filled"),
    [
        ("{python}", "/py"), ("--c={config}", "--c=/c.yaml"), ("{run_dir}/x", "/run/x"),
        ("{{config}}", "{config}"), ('{"a": {"b": 1}}', '{"a": {"b": 1}}'), ("{0..9}", "{0..9}"),
        ("{}", "{}"), ("{{", "{{"), ("100%", "100%"), ("{checkpoint}", ""),
        ("{config}{run_dir}", "/c.yaml/run"), ("{{{python}}}", "{{python}}"),
    ],
)  # fmt: skip
def test_placeholders_are_filled_and_other_braces_untouched(word: str, filled: str) -> None:
    config = loaded("run: {command: [x]}")
    config = override(config, [f"run.command=['{word}']"])
    given = {"python": "/py", "config_path": "/c.yaml", "run_dir": "/run"}
    assert command_line(config, **given, checkpoint=None) == [filled]


def test_resume_arguments_follow_only_with_a_checkpoint() -> None:
    given = {"python": "/py", "config_path": "/c", "run_dir": "/r"}
    words = command_line(loaded(), **given, checkpoint="/x/{config}.npz")
    assert words == ["/py", "train.py", "--config=/c", "--lr", "1e-4", "--resume",
                     "/x/{config}.npz"]  # fmt: skip
    assert command_line(loaded(), **given, checkpoint=None) == words[:5]


# --- comparing and showing --------------------------------------------------------------------


def test_diff_names_what_changed_and_masks_secrets() -> None:
    old = loaded(FULL, "program.hf_token=one", "program.same=1")
    new = loaded(FULL, "training.batch_size=16", "program.hf_token=two", "program.same=1.0",
                 "optimization.betas=[0.8, 0.9]", "program.new={a: 1}")  # fmt: skip
    assert diff(old, new) == [
        Change("training.batch_size", 32, 16),
        Change("optimization.betas", [0.9, 0.999], [0.8, 0.9]),
        Change("program.hf_token", "***", "***"),
        Change("program.new.a", None, 1),
    ]
    assert diff(old, old) == []
    assert diff({"a": True}, {"a": 1}) == [Change("a", True, 1)]


def test_configuration_state_has_the_blueprints_fields() -> None:
    assert configuration_state(loaded(), {}, "qwen_moe.yaml", "2026-01-02T03:04:05+00:00") == {
        "filename": "qwen_moe.yaml",
        "modified": "2026-01-02T03:04:05+00:00",
        "model": {"name": "Qwen-MoE", "experts": 8, "activeExperts": 2,
                  "parameters": 14_000_000_000},
        "training": {"batchSize": 32, "gradientAccumulation": 4, "maxLength": 2048,
                     "precision": "bf16"},
        "optimization": {"learningRate": 1e-4, "schedule": "cosine", "warmupSteps": 500,
                         "optimizer": "AdamW", "betas": [0.9, 0.999], "epsilon": 1e-8,
                         "weightDecay": 0.01},
        "checkpointing": {"frequency": 10.0, "validationFrequency": 1000},
    }  # fmt: skip


def test_what_the_trainer_uses_wins_over_the_file_and_nonsense_does_not() -> None:
    info = {"batch_size": 16, "betas": (0.8, 0.9), "precision": 3, "learning_rate": "much",
            "checkpoint_interval_steps": 200, "model": "Real", "seed": float("nan")}  # fmt: skip
    state = configuration_state(loaded().tree, info, None, None)
    assert state["training"]["batchSize"] == 16
    assert state["training"]["precision"] == "bf16"
    assert state["optimization"]["learningRate"] == 1e-4
    assert state["optimization"]["betas"] == [0.8, 0.9]
    assert state["model"]["name"] == "Real"
    assert state["checkpointing"]["frequency"] is None


def test_nothing_known_is_none_everywhere() -> None:
    state = configuration_state(loaded(SMALLEST), {}, None, None)
    values = [v for part in state.values() for v in (part.values() if part else [part])]
    assert values == [None] * len(values)
    assert {value for _, value in panel(loaded(SMALLEST), {})} == {"—"}


def test_panel_rows_are_the_ones_of_the_picture() -> None:
    assert panel(loaded(), {"world": 2}) == [
        ("Model", "Qwen-MoE 14B"), ("Experts", "8, 2 active"), ("Batch", "32 × 4 × 2 = 256"),
        ("Max length", "2,048"), ("Precision", "bf16"), ("Seed", "42"), ("LR", "1e-4 cosine"),
        ("Warm-up", "500 steps"), ("Optimizer", "AdamW"), ("β ε", "0.9 0.999 1e-8"),
        ("Checkpoint", "10 min"), ("Validate", "1,000 steps"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("info", "row", "value"),
    [
        ({"gradient_accumulation": 1}, "Batch", "32 × 1 = 32"),
        ({"checkpoint_interval_steps": 200}, "Checkpoint", "every 200 steps"),
        ({"checkpoint_interval_seconds": 30}, "Checkpoint", "30 s"),
        ({"checkpoint_interval_seconds": 90}, "Checkpoint", "1.5 min"),
        ({"validation_interval_steps": 1}, "Validate", "1 step"),
        ({"model": "Qwen2.5-14B"}, "Model", "Qwen2.5-14B"),
        ({"schedule": "x\x1b]52;c"}, "LR", "1e-4 x\ufffd]52;c"),
    ],
)
def test_panel_rows_follow_the_trainer(info: dict[str, object], row: str, value: str) -> None:
    assert dict(panel(loaded(), info))[row] == value


def test_a_fine_tuning_is_shown_with_its_method_and_data() -> None:
    info = {"method": "QLoRA", "lora_r": 16, "lora_alpha": 32, "quantisation": "4-bit nf4",
            "dataset_size": 51_760}  # fmt: skip
    assert panel(loaded(), info)[-2:] == [
        ("Method", "QLoRA r 16 α 32, 4-bit nf4"), ("Dataset", "51,760 examples"),
    ]  # fmt: skip
    assert panel(loaded(), {"method": "full"})[-1] == ("Method", "full")


def test_the_presets_are_valid() -> None:
    presets = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
    assert presets
    for preset in presets:
        assert load(preset.read_bytes(), preset.name).run.command


GUARDED = (
    SMALLEST
    + b"""
guards:
  gpu_hot: {when: gpu_temperature > 90, for: 1m}
  stalled: {for: 0, then: stop}
  throughput_low: off
  memory: false
  gradients: {when: gradient_norm > 1e2, for: 30s, then: checkpoint}
"""
)


def test_guards_change_the_default_rules_and_extend_them() -> None:
    assert loaded(SMALLEST).guards == RULES
    found = {rule.id: rule for rule in loaded(GUARDED).guards}
    hot, stalled, own = found["gpu_hot"], found["stalled"], found["gradients"]
    assert (hot.when.limit, hot.until, hot.seconds, hot.then) == (90.0, 85.5, 60.0, "notify")
    assert (stalled.seconds, stalled.then, stalled.severity) == (0.0, "stop", "critical")
    assert (hot.severity, found["loss_spike"].severity) == ("warning", "warning")
    assert {rule.id for rule in RULES} - set(found) == {"throughput_low", "memory"}
    assert (own.when.metric, own.when.limit, own.until) == ("gradient_norm", 100.0, 95.0)
    assert (own.seconds, own.then, own.severity) == (30.0, "checkpoint", "warning")


def test_guards_are_in_the_frozen_copy_and_part_of_the_job() -> None:
    config = loaded(GUARDED)
    again = loaded(resolved_text(config))
    assert again.guards == config.guards
    assert yaml.safe_load(resolved_text(config))["guards"]["throughput_low"] == "off"
    assert job_key(config, "/") == job_key(again, "/") != job_key(loaded(SMALLEST), "/")
    changed = loaded(GUARDED, "guards.gradients.then=stop")
    assert {rule.id: rule.then for rule in changed.guards}["gradients"] == "stop"
    assert [change.path for change in diff(config, changed)] == ["guards.gradients.then"]


@pytest.mark.parametrize(
    ("said", "folder", "write"),
    [
        ("{}", None, True),
        ("{write: off}", None, False),
        ("{write: on, dir: ~/tb}", "~/tb", True),
        ("{write: false, dir: 7}", "7", False),
    ],
)
def test_event_files_are_switched_on_and_off_by_name(
    said: str, folder: str | None, write: bool
) -> None:
    config = load(f"run: {{command: [a]}}\ntensorboard: {said}\n".encode(), "a.yaml")
    assert (config.tensorboard.dir, config.tensorboard.write) == (folder, write)


def test_a_switch_is_on_or_off() -> None:
    with pytest.raises(ConfigError, match="expected on or off"):
        load(b"run: {command: [a]}\ntensorboard: {write: maybe}\n", "a.yaml")


def test_notices_are_switched_on_and_off_in_words() -> None:
    given = f"{SMALLEST.decode()}\nnotices: {{epochs: 5, checkpoint: off, validation: on}}"
    found = loaded(given).notices
    assert (found.epochs, found.checkpoint, found.validation) == (5, False, True)
    assert found.configuration is True
    assert loaded(f"{SMALLEST.decode()}\nnotices: {{epochs: off}}").notices.epochs == 0
    assert loaded(SMALLEST).notices.epochs == 10
    assert loaded(SMALLEST, "notices.checkpoint=false").notices.checkpoint is False


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("{epochs: 0}", "notices.epochs: expected a whole number from 1 on, or off, found 0"),
        ("{epochs: often}", "notices.epochs: expected a whole number from 1 on, or off"),
        ("{checkpoint: 3}", "notices.checkpoint: expected on or off, found 3"),
        ("{checkpoints: on}", "did you mean checkpoint?"),
        ("[checkpoint]", "expected settings (epochs, checkpoint, validation"),
    ],
)
def test_notices_that_cannot_be_are_named(said: str, problem: str) -> None:
    (found,) = problems(f"{SMALLEST.decode()}\nnotices: {said}")
    assert problem in found
