"""Users: made by an administrator, let in by a password of their own, and never all shut out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.roles import Right, Role
from sonisbridge.store import users
from sonisbridge.store.models import AuditEntry, GivenPassword, Grant

from .site import PASSWORD, a_user

CHOSEN = "a password of her own"


def text_of(response) -> str:
    return str(response.content.decode())


def password_in(response) -> str:
    found = re.search(r'class="secret">([^<]+)<', text_of(response))
    assert found
    return found[1]


def sign_in(username: str, password: str, client: Client | None = None, **headers) -> Client:
    client = client or Client()
    client.post("/account/login/", {"login": username, "password": password}, **headers)
    return client


def is_in(client: Client) -> bool:
    return client.get("/my-account/").status_code == 200


def choose(client: Client, old: str, new: str):
    return client.post("/account/password/", {"oldpassword": old, "password1": new, "password2": new})


@pytest.fixture
def administrator(client_of, institution):
    return client_of(Role.ADMINISTRATOR)


def add_ana(administrator: Client, **more: str) -> str:
    given = {"username": "ana", "email": "ana@example.edu", "role": "operator", "institution": "all", **more}
    return password_in(administrator.post("/users/add/", given))


# Making them


def test_a_user_is_added_with_a_password_that_is_shown_once(administrator):
    password = add_ana(administrator)
    ana = User.objects.get(username="ana")
    assert users.rights(ana, None) == {Right.SEE, Right.RUN, Right.DECIDE}
    assert password not in text_of(administrator.get(f"/users/{ana.pk}/"))
    assert password not in str(list(AuditEntry.objects.values()))


def test_who_comes_in_by_a_given_password_chooses_another_before_anything_else(administrator, institution):
    password = add_ana(administrator)
    ana = sign_in("ana@example.edu", password)
    for path in (f"/{institution.pk}/", "/my-account/", "/api/"):
        assert ana.get(path).headers["Location"] == "/account/password/"
    assert "Choose a password" in text_of(ana.get("/account/password/"))
    assert "choose another" in text_of(choose(ana, password, password))
    assert choose(ana, password, CHOSEN).status_code == 302
    assert ana.get(f"/{institution.pk}/").status_code == 200
    assert not is_in(sign_in("ana", password))
    assert is_in(sign_in("ANA", CHOSEN))


def test_a_given_password_lapses(administrator):
    password = add_ana(administrator)
    GivenPassword.objects.update(until=timezone.now() - timedelta(seconds=1))
    ana = Client()
    said = text_of(ana.post("/account/login/", {"login": "ana", "password": password}))
    assert "has lapsed" in said
    assert not ana.session.get("_auth_user_id")


@pytest.mark.parametrize("password", ["short", "password1234", "ana@example.edu"])
def test_a_password_that_is_easily_guessed_is_refused(administrator, password):
    given = add_ana(administrator)
    ana = sign_in("ana", given)
    assert choose(ana, given, password).status_code == 200
    assert users.must_choose_password(User.objects.get(username="ana"))


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"username": "administrator"}, "Another user signs in by this"),
        ({"username": "ADMINISTRATOR@example.edu"}, "Another user signs in by this"),
        ({"email": "Administrator@Example.edu"}, "Another user signs in by this"),
        ({"email": "administrator"}, "Enter a valid email address"),
        ({"username": "two words"}, "without blanks"),
        ({"username": "x" * 61}, "at most 60 characters"),
        ({"username": ""}, "This field is required"),
        ({"role": "emperor"}, "Select a valid choice"),
        ({"institution": "999"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_is_told_beside_its_field_and_nothing_typed_is_lost(administrator, typed, problem):
    given = {"username": "ana", "email": "ana@example.edu", "role": "operator", "institution": "all", **typed}
    response = administrator.post("/users/add/", given)
    assert response.status_code == 422
    assert problem in text_of(response)
    assert all(
        f'value="{value}"' in text_of(response)
        for name, value in given.items()
        if name in {"username", "email"} and value
    )
    assert not User.objects.filter(username="ana").exists()


# Roles


def test_a_role_is_given_for_one_institution_replaced_and_taken_back(administrator, institution):
    ana = a_user(None, name="ana")
    where = str(institution.pk)
    administrator.post(f"/users/{ana.pk}/roles/give/", {"role": "viewer", "institution": where})
    administrator.post(f"/users/{ana.pk}/roles/give/", {"role": "auditor", "institution": where})
    grant = Grant.objects.get(user=ana)
    assert (grant.role, grant.institution) == ("auditor", institution)
    administrator.post(f"/users/{ana.pk}/roles/take/", {"grant": grant.pk})
    assert not Grant.objects.filter(user=ana).exists()
    recorded = AuditEntry.objects.filter(institution=institution, by="administrator").order_by("pk")
    assert [(entry.action, entry.before, entry.after) for entry in recorded] == [
        ("role given", {"role": None}, {"user": f"ana (user {ana.pk})", "role": "viewer"}),
        ("role given", {"role": "viewer"}, {"user": f"ana (user {ana.pk})", "role": "auditor"}),
        ("role taken", {"user": f"ana (user {ana.pk})", "role": "auditor"}, None),
    ]


def test_the_last_administrator_stays_one(administrator):
    mine = User.objects.get(username="administrator")
    grant = Grant.objects.get(user=mine)
    for path, data in (
        ("roles/take/", {"grant": grant.pk}),
        ("roles/give/", {"role": "viewer", "institution": "all"}),
        ("standing/", {"active": "no"}),
    ):
        said = text_of(administrator.post(f"/users/{mine.pk}/{path}", data, follow=True))
        assert "is the last administrator" in said
    mine.refresh_from_db()
    assert mine.is_active
    assert Grant.objects.get(user=mine).role == "administrator"


def test_an_administrator_who_is_inactive_or_of_one_institution_does_not_count(administrator, institution):
    mine = User.objects.get(username="administrator")
    a_user(Role.ADMINISTRATOR, institution, name="of one")
    away = a_user(Role.ADMINISTRATOR, name="away")
    users.deactivate(away, by="test")
    with pytest.raises(WrongSettingsError, match="last administrator"):
        users.take(mine, None, by="test")
    users.activate(away, by="test")
    users.take(mine, None, by="test")
    assert users.is_last_administrator(away)


# Keeping them out


def test_who_is_deactivated_is_out_at_once_and_may_come_back(administrator):
    ana = a_user(Role.VIEWER, name="ana")
    hers = sign_in("ana", PASSWORD)
    assert is_in(hers)
    administrator.post(f"/users/{ana.pk}/standing/", {"active": "no"})
    assert not is_in(hers)
    again = Client()
    said = again.post("/account/login/", {"login": "ana", "password": PASSWORD}, follow=True)
    assert "You are not let in" in text_of(said)
    administrator.post(f"/users/{ana.pk}/standing/", {"active": "yes"})
    assert is_in(sign_in("ana", PASSWORD))


def test_a_new_password_ends_every_other_session(administrator):
    a_user(Role.VIEWER, name="ana")
    here, there = sign_in("ana", PASSWORD), sign_in("ana", PASSWORD)
    choose(here, PASSWORD, CHOSEN)
    assert is_in(here)
    assert not is_in(there)


def test_a_password_that_was_reset_ends_every_session(administrator):
    ana = a_user(Role.VIEWER, name="ana")
    hers = sign_in("ana", PASSWORD)
    password = password_in(administrator.post(f"/users/{ana.pk}/password/"))
    assert not is_in(hers)
    assert sign_in("ana", password).get("/my-account/").headers["Location"] == "/account/password/"


def test_a_user_is_renamed_and_signs_in_by_the_new_name_alone(administrator):
    ana = a_user(Role.VIEWER, name="ana")
    administrator.post(f"/users/{ana.pk}/", {"username": "ana.lima", "email": "lima@example.edu"})
    assert is_in(sign_in("ana.lima", PASSWORD))
    assert is_in(sign_in("lima@example.edu", PASSWORD))
    assert not is_in(sign_in("ana", PASSWORD))
    assert not is_in(sign_in("ana@example.edu", PASSWORD))
    entry = AuditEntry.objects.get(action="user changed")
    assert "lima@example.edu" not in str(entry.after)


def test_the_list_finds_users_by_name_role_and_state(administrator):
    a_user(Role.OPERATOR, name="ana")
    users.deactivate(a_user(Role.AUDITOR, name="ben"), by="test")
    names = lambda query: re.findall(r'/users/\d+/">([^<]+)<', text_of(administrator.get(f"/users/?{query}")))  # noqa: E731
    assert names("q=AN") == ["ana"]
    assert names("role=auditor") == ["ben"]
    assert names("state=active") == ["administrator", "ana"]
    csv = b"".join(administrator.get("/users/?as=csv").streaming_content).decode()
    assert "operator: all institutions" in csv
