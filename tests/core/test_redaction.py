"""Secrets are masked by name, shape and value; what only sounds like one is not."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.core.redaction import (
    MASK,
    is_secret_name,
    mask,
    mask_entry,
    mask_tree,
    secret_values,
)

SENTINEL = "S3nt1nelValue"

SECRET_NAMES = """
token HF_TOKEN hf_token hfToken HFToken wandbApiKey WANDB_API_KEY api-key apikey APIKey secret
client_secret AWS_SECRET_ACCESS_KEY password db-password DB_PASSWORD2 passwd passphrase
credentials GOOGLE_CREDENTIAL authorization set-cookie private_key ssh_key access_tokens
api_keys db_pwd token_1 auth.token github_token
"""
HARMLESS_NAMES = """
tokenizer max_tokens tokens_per_sec tokens token_ids num_tokens eos_token pad_token maxTokens
bos_token_id special_tokens loss_per_token token_count key keys sort_key keyboard monkey PWD
OLDPWD secretary token_file credentials_path hf_token_path learning_rate query_key author
tokenization TOKENIZERS_PARALLELISM 123 _ pad_token_id n_tokens key_value passive
"""


@pytest.mark.parametrize(
    "name",
    SECRET_NAMES.split(),
)
def test_fault_45_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    HARMLESS_NAMES.split(),
)
def test_fault_45_names_that_only_sound_like_secrets(name: str) -> None:
    assert not is_secret_name(name)


@pytest.mark.parametrize(
    "text",
    [
        f"HF_TOKEN={SENTINEL}",
        f"export WANDB_API_KEY='{SENTINEL} with spaces'",
        f'{{"password": "{SENTINEL}\\" more", "x": 1}}',
        f"api_key: {SENTINEL}",
        f"python train.py --api-key {SENTINEL} --lr 1",
        f"--token={SENTINEL}",
        f"config: token={SENTINEL}",
        f"a=b&access_token={SENTINEL}&c=d",
        f"https://host/x?token={SENTINEL}",
        f"https://ana:{SENTINEL}@host/path",
        f"https://{SENTINEL}@host/path",
        f"Authorization: Bearer {SENTINEL}",
        f"Authorization: Basic {SENTINEL}",
        f"sent bearer {SENTINEL}",
        f"client_secret := {SENTINEL}",
        f"-----BEGIN RSA PRIVATE KEY-----\n{SENTINEL}\n-----END RSA PRIVATE KEY-----",
        f"-----BEGIN PRIVATE KEY-----\n{SENTINEL}",
    ],
)
def test_values_of_secret_names_are_masked_in_text(text: str) -> None:
    assert SENTINEL not in mask(text)
    assert MASK in mask(text)


@pytest.mark.parametrize(
    "secret",
    [
        "hf_abcdefghijklmnopqrstuvwxyz",
        "sk-proj-abcdefghijklmnop_1234",
        "sk-ant-api03-abcdefghijklm",
        "sk_live_abcdefghijklmnop",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG0abcdefghijkl_mnop",
        "glpat-abcdefghijklmnopqrst",
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdef",
        "AIzaSyA-abcdefghijklmnopqrstuvwxyz01234",
        "npm_abcdefghijklmnopqrstuvwxyz0123456789",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-def_ghi",
    ],
)
def test_known_shapes_are_masked_anywhere(secret: str) -> None:
    for text in (secret, f"x {secret}, y", f'["{secret}"]', f"a={secret};"):
        assert mask(text) == text.replace(secret, MASK)


@pytest.mark.parametrize(
    "text",
    [
        "Epoch 47 | Batch 8450 | Loss: 0.0234 | Expert-0: 0.021",
        "Throughput: 2,847 tokens/sec | Memory: 142.3GB/160GB",
        "Tokenizer: Qwen2Tokenizer (vocab_size=151,643)",
        "max_tokens: 2048, tokens_per_sec=123",
        "EOS token: </s>",
        "Loss per token: 0.12",
        "token: 128",
        "task-learning-something-quite-long-here",
        "git@github.com:a/b.git ssh://git@github.com/a",
        "key: value",
        "2026-01-02T03:04:05 https://host:8080/path",
        "commit 0123456789abcdef0123456789abcdef01234567",
        "",
    ],
)
def test_ordinary_lines_are_untouched(text: str) -> None:
    assert mask(text) == text


def test_masking_keeps_the_rest_of_the_line() -> None:
    line = f'a=1 token="{SENTINEL}" b=2 password={SENTINEL}, c: 3'
    assert mask(line) == f'a=1 token="{MASK}" b=2 password={MASK}, c: 3'
    assert mask(mask(line)) == mask(line)


def test_values_of_secret_variables_are_masked_wherever_they_stand() -> None:
    environ = {"HF_TOKEN": SENTINEL, "MY_PASSWORD": "abc", "PWD": "/home/ana", "A_SECRET": "x" * 6,
               "B_SECRET": "x" * 9}  # fmt: skip
    values = secret_values(environ)
    assert values == (SENTINEL, "x" * 9, "x" * 6)
    assert mask(f"saved to /home/ana/{SENTINEL}.pt {'x' * 9}", values) == (
        f"saved to /home/ana/{MASK}.pt {MASK}"
    )
    assert mask_tree({"a": [f"<{SENTINEL}>"]}, values) == {"a": [f"<{MASK}>"]}


def test_trees_keep_their_shape() -> None:
    tree = {
        "command": ["train.py", "--api-key", SENTINEL, "--lr", 1e-4, f"--token={SENTINEL}"],
        "env": {"HF_TOKEN": SENTINEL, "OMP": "4"},
        "credentials": {"user": SENTINEL, "more": [SENTINEL, None, True]},
        "password": 12345,
        "api_key": "",
        "max_tokens": 5,
        7: "x",
    }
    assert mask_tree(tree) == {
        "command": ["train.py", "--api-key", MASK, "--lr", 1e-4, f"--token={MASK}"],
        "env": {"HF_TOKEN": MASK, "OMP": "4"},
        "credentials": {"user": MASK, "more": [MASK, None, True]},
        "password": MASK,
        "api_key": "",
        "max_tokens": 5,
        7: "x",
    }


def test_entries_are_judged_by_every_part_of_their_name() -> None:
    assert mask_entry("program.credentials.user", SENTINEL) == MASK
    assert mask_entry("training.seed", 42) == 42


@pytest.mark.parametrize(
    "text",
    ["a" * 400_000, "eyJ-" * 100_000, "a=" * 200_000, "://a" * 100_000, "token " * 80_000,
     "-----BEGIN PRIVATE KEY-----" * 15_000, "bearer " * 60_000, " " * 400_000, "a-" * 200_000,
     'k="' * 130_000, "token=" * 70_000, "hf_" * 130_000, "token: '\\" * 45_000],
)  # fmt: skip
def test_time_is_linear_in_the_text(text: str) -> None:
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 2.0


@given(st.text(max_size=300))
def test_any_text_can_be_masked_twice(text: str) -> None:
    once = mask(text)
    assert mask(once) == once


@given(
    st.sampled_from(["HF_TOKEN", "password", "api-key", "clientSecret"]),
    st.sampled_from(["=", ": ", " = ", ":"]),
    st.from_regex(re.compile(r"[A-Za-z0-9/+_.-]{12,40}"), fullmatch=True),
    st.text(alphabet="ab ,;|\n", max_size=30),
)
def test_a_named_secret_never_survives(name: str, sign: str, secret: str, around: str) -> None:
    assert secret not in mask(f"{around} {name}{sign}{secret} {around}")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("slack: https://hooks.slack.com/services/T/B/x", "slack: https://hooks.slack.com/***"),
        ("see https://hooks.slack.com/services/T/B/x.", "see https://hooks.slack.com/services/***"),
        ('{"webhook": "https://e.org/a?b=c"}', '{"webhook": "https://e.org/***"}'),
        ("ntfy: 'https://push.e.org/topic'", "ntfy: 'https://push.e.org/***'"),
        ("posted to https://ntfy.sh/topic now", "posted to https://ntfy.sh/*** now"),
        ("https://discord.com/api/webhooks/1/x", "https://discord.com/api/webhooks/***"),
        ("slack: 0.1, webhook: https://e.org", "slack: 0.1, webhook: https://e.org"),
        ("see https://e.org/docs/webhook", "see https://e.org/docs/webhook"),
    ],
)
def test_an_address_one_can_post_to_is_shown_up_to_its_host(text: str, expected: str) -> None:
    assert mask(text) == expected


def test_such_an_address_is_hidden_in_trees_and_changes_too() -> None:
    tree = {"notify": {"a": {"webhook": "https://e.org/x", "on": ["all"]}}}
    assert mask_tree(tree) == {"notify": {"a": {"webhook": "https://e.org/***", "on": ["all"]}}}
    assert mask_entry("notify.a.ntfy", "https://e.org/x") == "https://e.org/***"
    assert mask_entry("notify.a.slack", 0.5) == 0.5
