"""A mail server, a school with staff, and an institution that notices go out from."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sonisbridge.store.models import Institution
from tests.flows.school import School
from tests.timed.mail import MailServer
from tests.timed.parts import an_institution

OWNER, MEMBER = "GR0000001", "LE0000002"


@pytest.fixture
def mail(settings) -> Iterator[MailServer]:
    """A mail server that is up, and the bridge's."""
    with MailServer() as server:
        server.use(settings)
        yield server


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """A SONIS with two of the staff."""
    (tmp_path / "sonis.sqlite3").touch()
    made = School(f"sqlite:///{tmp_path}/sonis.sqlite3")
    made.add(OWNER, "Grace", "Green", "grace@example.edu", status="FA")
    made.add(MEMBER, "Leo", "Lee", " Leo@Example.edu ", status="FA")
    yield made
    made.close()


@pytest.fixture
def institution(school: School, transactional_db: None) -> Institution:
    """An institution whose SONIS is that school."""
    return an_institution(sonis=school.url)
