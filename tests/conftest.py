"""What every test has: the one rule about the long form."""

from __future__ import annotations

import os

import pytest

FULL = os.environ.get("SONISBRIDGE_TEST_FULL") == "1"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave the long form out unless ./test --full asked for it."""
    if FULL:
        return
    skip = pytest.mark.skip(reason="part of the long form: run ./test --full")
    for item in items:
        if item.get_closest_marker("full"):
            item.add_marker(skip)
