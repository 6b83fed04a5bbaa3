"""The dialogues: the same everywhere, in one split each, kept whole."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from console.trainers.moe import data

SPLIT = (0.8, 0.1, 0.1)


def load(folder: Path, examples: int = 200, seed: int = 1) -> data.Dataset:
    return data.load(folder, "synthetic_conversations", examples, SPLIT, seed)


def test_the_seed_makes_the_dialogues() -> None:
    assert list(data.dialogues(50, 1)) == list(data.dialogues(50, 1))
    assert list(data.dialogues(50, 1)) != list(data.dialogues(50, 2))


def test_no_dialogue_is_made_twice_or_in_two_splits(tmp_path: Path) -> None:
    dataset = load(tmp_path)
    parts = [
        [text for text in bytes(part).decode().split("\n\n") if text]
        for part in (dataset.train, dataset.validation, dataset.test)
    ]
    assert [len(part) for part in parts] == [160, 20, 20]
    assert len({text for part in parts for text in part}) == 200


def test_names_are_all_replaced_and_sums_are_right() -> None:
    texts = "".join(data.dialogues(300, 3))
    assert "{" not in texts
    sums = data.re.findall(r"(\d+) plus (\d+) is (\d+)", texts)
    assert len(sums) > 10
    assert all(int(a) + int(b) == int(total) for a, b, total in sums)


def test_more_dialogues_than_there_are_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data, "GRAMMAR", {"dialogue": ["{a}"], "a": ["x", "y"]})
    with pytest.raises(ValueError, match="does not make 3"):
        list(data.dialogues(3, 1))


def test_data_is_made_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = load(tmp_path)
    monkeypatch.setattr(data, "_make", lambda *_: pytest.fail("made again"))
    second = load(tmp_path)
    assert (first.sha256, first.path) == (second.sha256, second.path)
    assert [file.name for file in tmp_path.iterdir()] == [first.path.name]


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "no text"])
def test_damaged_data_is_made_anew(tmp_path: Path, damage: str) -> None:
    first = load(tmp_path)
    content = bytearray(first.path.read_bytes())
    content[-5] ^= 1
    damaged = {"cut": content[:-9], "changed": content, "empty": b"", "no text": b"\xff\n"}
    first.path.write_bytes(damaged[damage])
    assert load(tmp_path).sha256 == first.sha256


def test_other_data_has_another_file(tmp_path: Path) -> None:
    assert len({load(tmp_path, *given).path for given in ((200, 1), (201, 1), (200, 2))}) == 3


def test_the_cache_is_the_users(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert data.cache_folder() == tmp_path / "gladius-console"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert data.cache_folder() == Path.home() / ".cache" / "gladius-console"


def test_a_target_is_the_next_byte() -> None:
    x, y = data.windows(np.arange(23, dtype=np.uint8), 5)
    assert x.shape == y.shape == (4, 5)
    assert np.array_equal(x + 1, y)
    assert x[1, 0] == 5


def test_an_epoch_has_every_sample_once_in_an_order_of_its_own() -> None:
    orders = [data.epoch_order(100, 42, epoch) for epoch in range(3)]
    assert all(sorted(order) == list(range(100)) for order in orders)
    assert not np.array_equal(orders[0], orders[1])
    assert np.array_equal(orders[2], data.epoch_order(100, 42, 2))
