"""`notify:` in a configuration: the ways, and each mistake at its place, addresses never quoted."""

from __future__ import annotations

import pytest

from console.core.config import ConfigError, load, resolved_text
from console.core.config_notify import Notify, Way, described
from console.core.delivery import USUAL

SMALLEST = "run: {command: [python]}\n"


def loaded(said: str) -> Notify:
    return load(f"{SMALLEST}notify: {said}\n".encode(), "n.yaml").notify


def problem(said: str) -> str:
    with pytest.raises(ConfigError) as caught:
        loaded(said)
    (found,) = caught.value.problems
    return str(found)


def test_ways_have_names_kinds_and_words() -> None:
    found = loaded(
        "{phone: {ntfy: https://ntfy.sh/t, token: tk_1, on: [critical, alert.gpu_hot]},"
        " team: {slack: env:SLACK, on: failed, at_most: 2},"
        " box: {webhook: http://box:80/h, on: all},"
        " mail: {command: [mail, 1e4]}, old: off, terminal: {on: [epoch]}}"
    )
    assert found.ways == (
        Way("phone", "ntfy", "https://ntfy.sh/t", (), "tk_1", ("critical", "alert.gpu_hot"), 6),
        Way("team", "slack", "env:SLACK", (), "", ("failed",), 2),
        Way("box", "webhook", "http://box:80/h", (), "", ("all",), 6),
        Way("mail", "command", "", ("mail", "1e4"), "", USUAL, 6),
    )
    assert found.terminal == ("epoch",)
    assert [described(way) for way in found.ways] == [
        "ntfy at ntfy.sh", "slack at $SLACK", "webhook at box", "command mail",
    ]  # fmt: skip
    assert "tk_1" not in repr(found)


def test_without_it_there_are_no_ways_and_the_terminal_tells_the_usual() -> None:
    assert load(SMALLEST.encode(), "n.yaml").notify == Notify((), USUAL)
    assert loaded("{terminal: off}").terminal == ()
    assert loaded("{terminal: on}").terminal == USUAL


def test_an_alert_of_ones_own_can_be_named() -> None:
    rule = "guards: {mine: {when: loss > 5}}"
    text = f"{SMALLEST}{rule}\nnotify: {{a: {{command: [x], on: alert.mine}}}}"
    assert load(text.encode(), "n.yaml").notify.ways[0].on == ("alert.mine",)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("7", "n.yaml:2:9: expected ways by their names, found 7"),
        ("{a: x}", "n.yaml:2:13: expected a way, found 'x'"),
        ("{a: {on: all}}", "n.yaml:2:10: expected one of ntfy, slack, webhook, command"),
        ("{a: {slack: env:X, command: [b]}}", "found slack and command"),
        ("{a: {webhoook: env:X, command: [b]}}", "unknown setting 'webhoook' in a:"),
        ("{a: {command: [b], on: [all, criticl]}}", "n.yaml:2:38: notify.a.on: expected what can"),
        ("{a: {command: [b], on: alert.gpu_hat}}", "did you mean alert.gpu_hot?"),
        ("{a: {command: [b], on: epoch.gpu_hot}}", "a rule stands after alert."),
        ("{a: {command: [b], at_most: 0}}", "a whole number from 1 to 600"),
        ("{a: {command: [b], token: x}}", "notify.a.token: command has none"),
        ("{a: {ntfy: https://ntfy.sh}}", "ends with a topic"),
        ("{a: {webhook: ftp://x/verysecret}}", "begins with https://"),
        ("{a: {webhook: 'https://u:verysecret@x/'}}", "without a password"),
        ("{a: {webhook: 'https://x/verysecretü'}}", "plain ASCII"),
        ("{a: {webhook: 'https://[verysecret'}}", "an address such as"),
        ("{a: {slack: 'env:a b'}}", "env: and the name of a variable"),
        ("{'a b': {command: [b]}}", "a name of at most 40"),
        ("{terminal: 7}", "n.yaml:2:20: expected on: and what to tell, found 7"),
        ("{terminal: {bell: on}}", "unknown setting 'bell' in terminal:"),
    ],
)
def test_a_mistake_is_named_at_its_place(said: str, expected: str) -> None:
    found = problem(said)
    assert expected in found
    assert "verysecret" not in found


def test_the_frozen_copy_reads_back_the_same() -> None:
    ways = "{a: {webhook: 'http://x/y', token: '007', on: [all]}, terminal: off}"
    text = f"{SMALLEST}notify: {ways}"
    config = load(text.encode(), "n.yaml")
    assert load(resolved_text(config).encode(), "n.yaml").notify == config.notify
