"""The guided set-up: claiming a fresh installation, and connecting an institution step by step."""

from __future__ import annotations

import pytest

from sonisbridge.core.roles import Role


@pytest.fixture
def school(tmp_path):
    from tests.flows.school import School

    path = tmp_path / "sonis.sqlite3"
    path.touch()
    made = School(f"sqlite:///{path}")
    yield made
    made.close()


def test_x(client_of, school):
    client = client_of(Role.ADMINISTRATOR)
    answer = client.post(
        "/set-up/institution/",
        {
            "name": "Example College",
            "time_zone": "America/Chicago",
            "country": "US",
            "system": "sqlite",
            "database": school.engine.url.database,
            "do": "save",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
