"""A fresh school in each of the databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KINDS, fresh_database
from tests.sonis.school import School

_MARKS = {"postgresql": [pytest.mark.postgres], "mariadb": [pytest.mark.mariadb]}


@pytest.fixture(params=[pytest.param(kind, marks=_MARKS.get(kind, [])) for kind in KINDS])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of an empty database."""
    with fresh_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def school(database: str) -> Iterator[School]:
    """The tables of SONIS, without a row."""
    made = School(database)
    yield made
    made.close()
