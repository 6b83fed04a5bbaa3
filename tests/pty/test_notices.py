"""Notices of a real run on a real terminal: told when it happens, and not when switched off."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest

from tests.product import Product, product
from tests.programs import able
from tests.waiting import wait_until

WORDS = ("Checkpoint saved", "Validation done")


@pytest.fixture
def house() -> Iterator[Product]:
    with product() as made:
        yield made


@pytest.mark.parametrize("is_on", [True, False])
def test_a_save_is_told_on_the_screen_unless_switched_off(house: Product, is_on: bool) -> None:
    switch = "on" if is_on else "off"
    extra = f"notices: {{checkpoint: {switch}}}\nguards: {{expert_imbalance: off}}\n"
    run = house.start(sys.executable, able.__file__, "0", "0.05", extra=extra)
    assert house.call("wait", run.name, "--until", "step=3", "--timeout", "30").returncode == 0
    assert house.call("checkpoint", run.name).returncode == 0  # before anybody came
    with house.attach(run) as screen:
        screen.wait_for_text("saved at step")  # the timeline has it
        assert house.call("checkpoint", run.name).returncode == 0
        assert house.call("validate", run.name).returncode == 0

        def told() -> list[str]:
            return [word for word in WORDS if word in "\n".join(screen.screen())]

        assert wait_until(told, 30)[0] == WORDS[0 if is_on else 1]
        screen.wait_for_text(f"{WORDS[1]}: 75.0 %, loss 2.5000", 30)
    assert house.call("stop", run.name).returncode == 0
