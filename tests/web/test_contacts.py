"""Contacts: who is from SONIS, who was made in ActiveCampaign; found, filtered, and each with all that it holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.core.values import email_key, name_key
from sonisbridge.store.models import ImportedContact, Institution, Link, MirrorContact, Run
from tests.flows.pair import Pair

A_RUN = {"kind": "outbound", "status": "succeeded", "started_by": "test"}


def a_contact(institution: Institution, contact_id: int, name: str, email: str, **more: object) -> MirrorContact:
    first, _blank, last = name.partition(" ")
    values = {"created": datetime(2026, 11, contact_id, 12, tzinfo=UTC), "standing": "active", **more}
    return MirrorContact.objects.create(
        institution=institution,
        contact_id=contact_id,
        email=email,
        email_key=email_key(email),
        first_name=first,
        last_name=last,
        name_key=name_key(last, first),
        **values,
    )


@pytest.fixture
def contacts(institution: Institution) -> Institution:
    """Three contacts: from SONIS and linked, made in ActiveCampaign, imported and waiting."""
    institution.account_id, institution.account_name = "4", "SONIS"
    institution.save()
    run = Run.objects.create(
        institution=institution, **A_RUN, started_at=datetime(2026, 11, 20, 9, tzinfo=UTC), planned_at=datetime.now(UTC)
    )
    a_contact(institution, 1, "Ana Lima", "ana@example.edu", sonis_id="AB1", account_id="4")
    a_contact(institution, 2, "Jo Reyes", "jo@example.org", standing="unsubscribed")
    a_contact(institution, 3, "=Kim Roe", "kim@example.org", account_id="9")
    Link.objects.create(
        institution=institution, sonis_id="AB1", contact_id=1, how="name-email", checked_run=run.pk, first_run=run.pk
    )
    ImportedContact.objects.create(
        institution=institution, contact_id=3, row_id="202611030000000003", written=True, run=1
    )
    return institution


@pytest.fixture
def names(client_of: Callable[..., Client], contacts: Institution) -> Callable[[str], list[str]]:
    """The first names that the list shows for a query."""
    client = client_of(Role.VIEWER)

    def shown(query: str) -> list[str]:
        page = client.get(f"/{contacts.pk}/contacts/?{query}")
        assert page.status_code == 200
        return [row.first_name for row in page.context["list"].rows]

    return shown


def test_each_contact_says_where_it_is_from(client_of, contacts):
    text = client_of(Role.VIEWER).get(f"/{contacts.pk}/contacts/").content.decode()
    assert text.count("From SONIS</span>") == 1
    assert text.count("Not yet synced</span>") == 1
    assert text.count("Web prospect</span>") == 1
    assert "account 9" in text
    assert "20 Nov 2026" in text, "when both sides last agreed"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("origin=sonis", ["Ana"]),
        ("origin=activecampaign", ["Jo", "=Kim"]),
        ("standing=unsubscribed", ["Jo"]),
        ("account=ours", ["Ana"]),
        ("account=other", ["=Kim"]),
        ("account=none", ["Jo"]),
        ("created_from=2026-11-02&created_to=2026-11-02", ["Jo"]),
        ("q=lima", ["Ana"]),
        ("q=LIMA+an", ["Ana"]),
        ("q=example.org", ["Jo", "=Kim"]),
        ("q=ab1", ["Ana"]),
        ("q=3", ["=Kim"]),
        ("q=nobody", []),
        ("sort=-created", ["=Kim", "Jo", "Ana"]),
    ],
)
def test_contacts_are_found_by_each_filter(names, query, expected):
    assert names(query) == expected


def test_the_csv_has_every_column_and_no_formula(client_of, contacts):
    answer = client_of(Role.VIEWER).get(f"/{contacts.pk}/contacts/?as=csv&sort=created")
    lines = b"".join(answer.streaming_content).decode().splitlines()
    assert lines[0].endswith("Name,E-mail,SONIS ID,Account,Origin,Date Created,Status,Last agreed,Contact ID")
    assert lines[1].startswith("Ana Lima,ana@example.edu,AB1,SONIS,From SONIS,2026-11-01T")
    assert lines[3].startswith("'=Kim Roe,")


def test_an_empty_mirror_says_what_to_do(client_of, institution):
    text = client_of(Role.OPERATOR).get(f"/{institution.pk}/contacts/").content.decode()
    assert "Refresh reads them all" in text
    assert "Refresh</button>" not in client_of(Role.VIEWER).get(f"/{institution.pk}/contacts/").content.decode()


def test_refresh_orders_an_import_that_only_looks(client_of, institution):
    client = client_of(Role.OPERATOR)
    answer = client.post(f"/{institution.pk}/contacts/refresh/")
    run = Run.objects.get()
    assert answer["Location"] == f"/{institution.pk}/runs/{run.pk}/"
    assert (run.kind, run.preview, run.status) == ("inbound", True, "queued")
    again = client.post(f"/{institution.pk}/contacts/refresh/", follow=True)
    assert "Not refreshed." in again.content.decode()
    assert client.get(f"/{institution.pk}/contacts/refresh/").status_code == 405
    assert client_of(Role.VIEWER).post(f"/{institution.pk}/contacts/refresh/").status_code == 403


def test_a_contact_shows_what_it_holds_and_what_an_import_would_do(client_of, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "other@example.edu")
    contact_id = pair.make_contact("ana@example.edu", "Ana", "Lima", Home_City="Nashville")
    pair.subscribe(contact_id, 1)
    pair.import_(preview=True)
    client = client_of(Role.OPERATOR)
    text = client.get(f"/{pair.institution.pk}/contacts/{contact_id}/").content.decode()
    for expected in ("The next import makes a web prospect", "Possible duplicate of AB1", "Nashville", "Newsletter"):
        assert expected in text
    pair.change_contact(contact_id, {"Home_City": "Memphis"})
    answer = client.post(f"/{pair.institution.pk}/contacts/{contact_id}/read-again/", follow=True)
    assert "Memphis" in answer.content.decode()
    assert client.get(f"/{pair.institution.pk}/contacts/999/").status_code == 404
    pair.http.delete(f"/contacts/{contact_id}")
    answer = client.post(f"/{pair.institution.pk}/contacts/{contact_id}/read-again/", follow=True)
    assert "is gone from ActiveCampaign" in answer.content.decode()


def test_a_contact_is_shown_also_while_sonis_does_not_answer(client_of, contacts):
    text = client_of(Role.VIEWER).get(f"/{contacts.pk}/contacts/2/").content.decode()
    assert "SONIS could not be asked." in text
    assert "jo@example.org" in text
