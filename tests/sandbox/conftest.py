"""One sandbox for all tests of this folder; each test starts with the same small world."""

from collections.abc import Iterator

import pytest

from tests.sandbox.program import SandboxProgram

WORLD = {
    "fields": [
        {"title": "SONIS_ID", "type": "text"},
        {"title": "Prospect Status", "type": "dropdown", "options": ["Prospect", "Applicant"]},
        {"title": "Birthdate", "type": "date"},
        {"title": "Visit", "type": "datetime"},
        {"title": "Interests", "type": "listbox", "options": ["Art", "Music", "Sport"]},
    ],
    "lists": [{"name": "Newsletter"}, {"name": "Open Day"}],
    "accounts": [{"name": "SONIS"}, {"name": "Elsewhere"}],
    "tags": ["vip"],
    "automations": ["Welcome"],
    "exclusions": ["@excluded.test", "never@x.test"],
    "contacts": [
        {
            "email": "ann@x.test",
            "firstName": "Ann",
            "lastName": "Lee",
            "phone": "+1555",
            "fields": {"SONIS_ID": "AN0000001", "Prospect Status": "Prospect"},
            "lists": {"Newsletter": "active", "Open Day": "unsubscribed"},
            "account": "SONIS",
            "tags": ["vip"],
            "cdate": "2026-01-10T09:00:00-05:00",
        },
        {"email": "bob@x.test", "firstName": "Bob", "cdate": "2026-02-10T09:00:00-05:00"},
        {
            "email": "cleo@x.test",
            "lists": {"Newsletter": "bounced"},
            "bounced_hard": 1,
            "cdate": "2026-03-10T09:00:00-05:00",
        },
        {"email": "gone@x.test", "deleted": True, "cdate": "2026-04-10T09:00:00-05:00"},
    ],
}
SONIS_ID, STATUS, BIRTHDATE, VISIT, INTERESTS = "1", "2", "3", "4", "5"


@pytest.fixture(scope="session")
def program() -> Iterator[SandboxProgram]:
    """A running sandbox without limits."""
    with SandboxProgram() as running:
        yield running


@pytest.fixture
def sandbox(program: SandboxProgram) -> SandboxProgram:
    """The running sandbox with the world above and every switch at its default."""
    program.reset()
    program.put_world(WORLD)
    return program
