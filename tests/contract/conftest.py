"""A sandbox for the contract tests."""

from collections.abc import Iterator

import pytest

from tests.sandbox.program import SandboxProgram


@pytest.fixture(scope="session")
def program() -> Iterator[SandboxProgram]:
    """A running sandbox without limits."""
    with SandboxProgram() as running:
        yield running
