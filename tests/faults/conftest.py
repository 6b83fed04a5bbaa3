from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.product import Product, product


@pytest.fixture
def here() -> Iterator[Product]:
    """The whole product in a folder of its own; nothing of it is left afterwards."""
    with product() as made:
        yield made
