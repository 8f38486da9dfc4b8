"""Every page of the URL table, tried by everybody who should not see it and by everybody who should (rule 12)."""

from __future__ import annotations

from functools import cache

import pytest
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sonisbridge.core.roles import RIGHTS, Right, Role
from sonisbridge.store import tokens
from sonisbridge.store.models import (
    Grant,
    ImportedContact,
    Institution,
    Link,
    MirrorContact,
    OpenConflict,
    PlanLine,
    Run,
)
from sonisbridge.store.timed_models import Assignment, NoticeGroup, ScheduleRow
from sonisbridge.web.pages import Anybody

from .table import Row, samples, table

OPEN = {
    "account_login", "mfa_authenticate", "account_inactive",  # signing in
    "api-document",  # says how the interface is called, and nothing of what is in it
    "set-up",  # closed as soon as there is a user
    "healthz", "readyz",  # say whether the program works, and nothing of what is in it
    "hook",  # where ActiveCampaign names changed contacts, by an address that nobody can guess
    "metrics",  # asks for its own token, or to be asked from this machine
}  # fmt: skip
"""The pages that answer whoever comes. A page that is to join them is put here by hand."""
ONLY_A_ROW = [pytest.param(row, id=row.name or row.route) for row in table()]
BY_TOKEN = [pytest.param(row, id=row.name or row.route) for row in table() if row.by_token]
BY_SESSION = [pytest.param(row, id=row.name or row.route) for row in table() if not row.by_token and row.name != "hook"]


def test_every_page_says_what_it_needs():
    assert [row.route for row in table() if row.needs is None] == []


def test_every_page_has_a_name_of_its_own():
    names = [(row.name, row.route) for row in table()]
    assert [route for name, route in names if not name] == []
    assert len({name for name, _ in names}) == len(names)


def test_only_these_pages_answer_whoever_comes():
    assert {row.name for row in table() if row.needs is Anybody.OPEN} == OPEN


# Who may what


@pytest.fixture
def world(institution: Institution) -> Institution:
    """An institution with one row of each kind, so that pages of one thing find it."""
    run = Run.objects.create(
        institution=institution, kind="outbound", status="succeeded", started_by="test", started_at=timezone.now()
    )
    PlanLine.objects.create(run=run, position=1, sonis_id="AB1234567", planned="created", outcome="created")
    Link.objects.create(institution=institution, sonis_id="AB1234567", contact_id=7, how="created")
    MirrorContact.objects.create(institution=institution, contact_id=7, email="a@example.edu")
    OpenConflict.objects.create(
        institution=institution, kind="outbound", reason="email-in-use", sonis_id="AB1234567", contact_ids=["7"],
        message="-", first_run=run.pk, last_run=run.pk,
    )  # fmt: skip
    ImportedContact.objects.create(institution=institution, contact_id=9, row_id="20261123-0001", run=run.pk)
    ScheduleRow.objects.create(
        institution=institution,
        task="-",
        frequency="daily",
        start_date="2026-11-23",
        start_time="06:00",
        created_by="-",
    )
    group = NoticeGroup.objects.create(institution=institution, name="Admissions")
    Assignment.objects.create(
        institution=institution, type="import", name="-", code="-", group=group, method="both", reminder_type="note"
    )
    _user("somebody else")
    Grant.objects.create(user=_user("first"), role="administrator", institution=None)
    return institution


@cache
def _hashed() -> str:
    return make_password("one for all of them")  # hashing takes its time on purpose


def _user(name: str) -> User:
    return User.objects.create(username=name, password=_hashed())


def _actor(role: Role | None, where: Institution | None) -> User:
    user = _user(f"{role} of {where}")
    if role:
        Grant.objects.create(user=user, role=str(role), institution=where)
    return user


def _allowed(row: Row, role: Role | None, where: str) -> bool:
    """Whether a user with that role there ("here", "elsewhere" or "all") may see the page."""
    if isinstance(row.needs, Anybody):
        return not row.of_institution or where in {"here", "all"}
    here = where == "all" or (where == "here" and row.of_institution)
    return role is not None and here and row.needs in RIGHTS[role]


def _ask(user: User | None, method: str, address: str):
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client.generic(method, address)


def _sent_to_sign_in(response) -> bool:
    return response.status_code in {302, 303} and response.headers["Location"].startswith("/account/login/")


@pytest.mark.parametrize("row", ONLY_A_ROW)
def test_who_is_not_signed_in_sees_nothing_but_open_pages(row: Row, world):
    for method in ("GET", "POST", "PUT", "DELETE"):
        response = _ask(None, method, row.address(samples(world)))
        if row.by_token:
            assert response.status_code == 401
            assert response.headers["Content-Type"] == "application/json"
        elif row.needs is Anybody.OPEN:
            assert response.status_code != 500
        else:
            assert _sent_to_sign_in(response), method


@pytest.mark.parametrize("row", ONLY_A_ROW)
def test_every_role_sees_what_is_its_own_and_nothing_else(row: Row, world):
    other = Institution.objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    places = {"here": world, "elsewhere": other, "all": None}
    actors: list[tuple[Role | None, str, User]] = [(None, "nowhere", _actor(None, None))]
    actors += [(role, where, _actor(role, places[where])) for role in Role for where in places]
    for role, where, user in actors:
        address = row.address({**samples(world), "user_id": User.objects.get(username="somebody else").pk})
        for method in ("GET", "POST"):
            status = _ask(user, method, address).status_code
            said = f"{method} {address} as {role} of {where}: {status}"
            if row.by_token:
                assert status == 401, said  # a session lets nobody in there
            elif _allowed(row, role, where):
                assert status not in {401, 500}, said
                assert method == "POST" or status != 403, said
            elif row.of_institution and where in {"elsewhere", "nowhere"}:
                assert status == 404, said
            else:
                assert status == 403, said


@pytest.mark.parametrize("row", BY_TOKEN)
def test_a_token_sees_what_its_user_sees_and_changes_nothing(row: Row, world):
    other = Institution.objects.create(name="Other", sonis_url="-", endpoint="https://other.invalid", token="-")
    about_all = row.name == "api-institutions"
    for role in Role:
        for where, place in (("here", world), ("elsewhere", other), ("all", None)):
            token = tokens.make(_actor(role, place), "test")
            client = Client(headers={"Authorization": f"Bearer {token}"})
            asked = {} if about_all or "run_id" in row.parameters else {"institution": world.pk}
            status = client.get(row.address(samples(world)), asked).status_code
            assert status == (200 if about_all or (where != "elsewhere" and Right.SEE in RIGHTS[role]) else 404)
            assert client.post(row.address(samples(world))).status_code == 405


@pytest.mark.parametrize("row", BY_SESSION)
def test_a_form_without_its_key_changes_nothing(row: Row, world):
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        User.objects.get(username="first"), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    response = client.post(row.address(samples(world)))
    assert response.status_code == 403
    assert "Nothing was changed" in response.content.decode()
