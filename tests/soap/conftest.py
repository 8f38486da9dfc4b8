"""A school behind the look-alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sonisbridge.sonis import soap_client
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT
from tests.databases import fresh_database
from tests.soap.server import SoapSonis
from tests.sonis.school import School

Open = Callable[..., Sonis]


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """The school's database, which only the look-alike may read."""
    with fresh_database("sqlite", tmp_path) as url:
        made = School(url)
        yield made
        made.close()


@pytest.fixture
def server(school: School) -> Iterator[SoapSonis]:
    """The look-alike."""
    made = SoapSonis(Path(school.url.removeprefix("sqlite:///")))
    yield made
    made.close()


@pytest.fixture
def opened(server: SoapSonis, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens SONIS over SOAP."""
    monkeypatch.setattr(soap_client, "_PAUSE_SECONDS", 0.0)
    made: list[Sonis] = []

    def open_it(url: str = "", schema: str = "") -> Sonis:
        wanted = read_schema(schema) if schema else DEFAULT
        made.append(Sonis(url or server.url(), wanted, allow_loopback=True))
        return made[-1]

    yield open_it
    for sonis in made:
        sonis.close()
