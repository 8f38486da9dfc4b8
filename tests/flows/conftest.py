"""A look-alike for each process of the tests, and a pair of both sides for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.flows.pair import Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram


@pytest.fixture(scope="session")
def account() -> Iterator[SandboxProgram]:
    """The look-alike with its real limits on, its clock as fast as ours."""
    with SandboxProgram("--limits", "real", "--time-scale", str(settings.TIME_SCALE)) as program:
        yield program


@pytest.fixture
def pair_with(account: SandboxProgram, tmp_path: Path, transactional_db: None) -> Iterator[Callable[..., Pair]]:
    """Makes a pair with the choices that a test wants."""
    pairs: list[Pair] = []

    def make(**choices: Any) -> Pair:
        path = tmp_path / f"sonis{len(pairs)}.sqlite3"
        path.touch()
        pairs.append(Pair(School(f"sqlite:///{path}"), account, **choices))
        return pairs[-1]

    yield make
    for pair in pairs:
        pair.close()


@pytest.fixture
def pair(pair_with: Callable[..., Pair]) -> Pair:
    """An institution with an empty school and an empty account."""
    return pair_with()
