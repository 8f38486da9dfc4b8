"""The read-only interface: what its document says is what it answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.store import tokens, users
from sonisbridge.store.models import ApiToken, AuditEntry, MirrorContact, OpenConflict, PlanLine, Run
from sonisbridge.web.api import calls
from sonisbridge.web.api.openapi import document

from .json_schema import problems
from .site import a_user
from .test_users import text_of


@pytest.fixture
def ana(db):
    return a_user(Role.VIEWER, name="ana")


@pytest.fixture
def reader(ana) -> Client:
    return Client(headers={"Authorization": f"Bearer {tokens.make(ana, 'report')}"})


@pytest.fixture
def filled(institution):
    """Three runs, 250 outcomes of the first, contacts and a conflict."""
    runs = [
        Run.objects.create(
            institution=institution, kind=kind, status=status, started_by="ana", counts={"read": 250, "created": 250},
            started_at=datetime(2026, 11, day, 12, tzinfo=UTC),
        )
        for day, kind, status in ((1, "outbound", "succeeded"), (2, "inbound", "failed"), (3, "outbound", "queued"))
    ]  # fmt: skip
    PlanLine.objects.bulk_create(
        PlanLine(
            run=runs[0], position=number, sonis_id=f"AB{number:07}", contact_id=number, planned="created",
            outcome="created" if number % 5 else "failed", reason="" if number % 5 else "refused", message="Said.",
        )
        for number in range(250)
    )  # fmt: skip
    MirrorContact.objects.bulk_create(
        MirrorContact(
            institution=institution, contact_id=number, email=f"Person{number}@example.edu",
            email_key=f"person{number}@example.edu", sonis_id=f"AB{number:07}" if number % 2 else "",
            standing="active" if number % 3 else "", created=datetime(2026, 11, 1, tzinfo=UTC),
        )
        for number in range(1, 31)
    )  # fmt: skip
    OpenConflict.objects.create(
        institution=institution, kind="outbound", reason="email-in-use", sonis_id="AB0000001", contact_ids=["7"],
        proposed=7, message="Not sent.", first_run=runs[0].pk, last_run=runs[0].pk,
    )  # fmt: skip
    return runs


def rows(client: Client, address: str, name: str, **asked: Any) -> list[dict[str, Any]]:
    """Every row of a listing, page by page."""
    found: list[dict[str, Any]] = []
    answer = client.get(address, asked).json()
    while True:
        found += answer[name]
        if answer["next"] is None:
            return found
        answer = client.get(answer["next"]).json()


# The document


def test_every_answer_is_as_the_document_says(reader, filled):
    whole = document()
    for path, described in whole["paths"].items():
        schema = described["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        answer = reader.get("/api/v1" + path.replace("{run_id}", str(filled[0].pk)))
        assert answer.status_code == 200
        assert list(problems(answer.json(), schema, whole)) == []
        assert "_" not in path.replace("{run_id}", "")


def test_every_refusal_is_as_the_document_says(reader, filled):
    whole = document()
    schema = whole["components"]["schemas"]["Error"]
    for answer, status in (
        (Client().get("/api/v1/runs"), 401),
        (reader.get("/api/v1/runs?kind=sideways"), 400),
        (reader.get("/api/v1/runs/999"), 404),
        (reader.get("/api/v1/nothing"), 404),
        (reader.post("/api/v1/runs"), 405),
    ):
        assert answer.status_code == status
        assert list(problems(answer.json(), schema, whole)) == []


def test_every_call_of_the_url_table_is_in_the_document_and_the_other_way_round():
    from .table import table

    in_table = {row.route.removeprefix("api/v1").replace("<int:run_id>", "{run_id}") for row in table() if row.by_token}
    assert in_table == set(document()["paths"])


def test_the_page_for_people_shows_every_call(client_of, institution):
    page = text_of(client_of(Role.VIEWER).get("/api/"))
    assert all(f"GET /api/v1{path}<" in page for path in document()["paths"])


# Reading


def test_pages_hold_every_row_once(reader, filled):
    found = rows(reader, f"/api/v1/runs/{filled[0].pk}/outcomes", "outcomes", limit=70)
    assert [item["sonis_id"] for item in found] == [f"AB{number:07}" for number in range(250)]
    assert [item["run"] for item in rows(reader, "/api/v1/runs", "runs", limit=1)] == [run.pk for run in filled[::-1]]


@pytest.mark.parametrize(
    ("address", "name", "asked", "many"),
    [
        ("/api/v1/runs", "runs", {"kind": "outbound"}, 2),
        ("/api/v1/runs", "runs", {"status": "failed"}, 1),
        ("/api/v1/runs", "runs", {"since": "2026-11-02", "until": "2026-11-03"}, 1),
        ("/api/v1/contacts", "contacts", {"from_sonis": "true"}, 15),
        ("/api/v1/contacts", "contacts", {"from_sonis": "false"}, 15),
        ("/api/v1/contacts", "contacts", {"email": "PERSON3@example.edu"}, 1),
        ("/api/v1/contacts", "contacts", {"sonis_id": "AB0000003"}, 1),
        ("/api/v1/contacts", "contacts", {"status": "active"}, 20),
        ("/api/v1/conflicts", "conflicts", {"reason": "email-in-use"}, 1),
        ("/api/v1/conflicts", "conflicts", {"kind": "inbound"}, 0),
    ],
)
def test_filters_narrow(reader, filled, address, name, asked, many):
    assert len(rows(reader, address, name, **asked)) == many


def test_outcomes_are_filtered_by_what_happened(reader, filled):
    address = f"/api/v1/runs/{filled[0].pk}/outcomes"
    assert len(rows(reader, address, "outcomes", outcome="failed", reason="refused")) == 50


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("limit=0", "from 1 to 500"),
        ("limit=501", "from 1 to 500"),
        ("limit=x", "from 1 to 500"),
        ("cursor=x", "next"),
        ("cursor=YWZ0ZXIgLTE", "next"),
        ("since=yesterday", "2026-11-23"),
        ("status=good", "succeeded"),
        ("colour=red", "There is no parameter colour"),
        ("institution=999", "no such institution"),
    ],
)
def test_what_cannot_be_asked_is_told_with_what_can(reader, filled, query, said):
    answer = reader.get(f"/api/v1/runs?{query}")
    assert answer.status_code in {400, 404}
    assert said in answer.json()["error"]


def test_who_sees_several_institutions_says_which(reader, filled, institution):
    other = type(institution).objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    assert "Say which institution" in reader.get("/api/v1/runs").json()["error"]
    assert rows(reader, "/api/v1/runs", "runs", institution=other.pk) == []
    assert len(rows(reader, "/api/v1/runs", "runs", institution=institution.pk)) == 3


# Tokens


def test_a_token_is_shown_once_and_kept_as_a_hash(client_of, institution):
    client = client_of(Role.VIEWER)
    page = text_of(client.post("/my-account/tokens/", {"name": "report"}))
    token = page.split('class="secret">')[1].split("<")[0]
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/runs").status_code == 200
    assert token not in text_of(client.get("/my-account/"))
    assert token not in str(list(ApiToken.objects.values())) + str(list(AuditEntry.objects.values()))


def test_a_token_is_used_no_more_once_it_is_revoked(client_of, institution):
    client = client_of(Role.VIEWER)
    user = User.objects.get(username="viewer")
    token = tokens.make(user, "report")
    client.post(f"/my-account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/runs").status_code == 401
    assert list(AuditEntry.objects.filter(action__startswith="token").values_list("action", flat=True)) == [
        "token made", "token revoked",
    ]  # fmt: skip


def test_nobody_revokes_a_token_of_somebody_else(client_of, ana, reader, institution):
    client_of(Role.ADMINISTRATOR).post(f"/my-account/tokens/{ApiToken.objects.get().pk}/revoke/")
    assert reader.get("/api/v1/runs").status_code == 200


def test_a_token_stops_with_its_user_and_their_password(ana, reader, institution):
    assert reader.get("/api/v1/runs").status_code == 200
    users.reset_password(ana, by="test")
    assert reader.get("/api/v1/runs").status_code == 403
    users.deactivate(ana, by="test")
    assert reader.get("/api/v1/runs").status_code == 401


def test_two_tokens_of_one_name_are_refused_beside_the_field(client_of, institution):
    client = client_of(Role.VIEWER)
    client.post("/my-account/tokens/", {"name": "report"})
    again = client.post("/my-account/tokens/", {"name": "report"})
    assert again.status_code == 422
    assert "choose another name" in text_of(again)


def test_a_program_that_does_not_wait_is_told_when_to_go_on(reader, institution, monkeypatch):
    monkeypatch.setattr(calls, "CALLS_A_MINUTE", 2)
    statuses = [reader.get("/api/v1/runs").status_code for _ in range(6)]
    assert 429 in statuses
    answer = reader.get("/api/v1/runs")
    if answer.status_code == 429:  # a new minute may just have begun
        assert 1 <= int(answer.headers["Retry-After"]) <= 61
