"""The contact mirror while a run goes on (rule 4.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from sonisbridge.core.contact import Contact, ContactId, FieldId
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution

from .test_runs import an_institution

pytestmark = pytest.mark.django_db(transaction=True)
SONIS_ID = FieldId("7")


def contacts(many: int) -> list[Contact]:
    """Contacts of which every third carries a SONIS ID."""
    return [
        Contact(contact_id=ContactId(str(number)), fields={} if number % 3 else {SONIS_ID: f"A{number}"})
        for number in range(1, many + 1)
    ]


def rename(row: Institution, name: str) -> None:
    """Write something, whoever calls."""
    Institution.objects.filter(pk=row.pk).update(name=name)


def rename_elsewhere(row: Institution, name: str) -> None:
    """Write something by another connection, as the heartbeat does."""

    def write() -> None:
        try:
            rename(row, name)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        thread.submit(write).result()


def test_who_goes_through_the_contacts_writes_although_others_write_meanwhile():
    row = an_institution()
    mirror = ContactMirror(row)
    mirror.save(contacts(4000))
    found: list[int] = []
    for contact in mirror.without(SONIS_ID):
        if len(found) % 500 == 0:
            rename_elsewhere(row, f"theirs {len(found)}")
            rename(row, f"ours {len(found)}")
        found.append(int(contact.contact_id))
    assert found == [number for number in range(1, 4001) if number % 3]
