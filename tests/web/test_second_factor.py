"""One-time codes as the second step of signing in."""

from __future__ import annotations

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.test import Client

from sonisbridge.core.roles import Role
from sonisbridge.store.models import AuditEntry

from .site import PASSWORD, a_user
from .test_users import is_in, sign_in, text_of


def code(secret: str) -> str:
    return str(format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time())))))


@pytest.fixture
def ana(db, django_capture_on_commit_callbacks):
    """A client of a user with codes set up, and the secret."""
    a_user(Role.VIEWER, name="ana")
    client = sign_in("ana", PASSWORD)
    asked = client.get("/my-account/codes/")
    assert asked.headers["Location"].startswith("/account/again/")
    client.post(asked.headers["Location"], {"password": PASSWORD})
    page = text_of(client.get("/my-account/codes/"))
    found = re.search(r'class="secret">([A-Z2-7]+)<', page)
    assert found
    secret = found[1]
    with django_capture_on_commit_callbacks(execute=True):
        done = client.post("/my-account/codes/", {"code": code(secret)}, follow=True)
    return client, secret, re.findall(r"<li><code>(\w+)</code>", text_of(done))


def half_in() -> Client:
    client = sign_in("ana", PASSWORD)
    assert not is_in(client)
    assert "One-time code" in text_of(client.get("/account/code/"))
    return client


def test_signing_in_asks_for_a_code_besides_the_password(ana):
    _, secret, _ = ana
    Authenticator.objects.get(type="totp")
    client = half_in()
    assert "This code is not right" in text_of(client.post("/account/code/", {"code": "000000"}))
    client.post("/account/code/", {"code": code(secret)})
    assert not is_in(half_in())


def test_a_recovery_code_signs_in_once(ana):
    _, _, codes = ana
    assert len(codes) == 10
    client = half_in()
    client.post("/account/code/", {"code": codes[0]})
    assert is_in(client)
    again = half_in()
    again.post("/account/code/", {"code": codes[0]})
    assert not is_in(again)


def test_recovery_codes_are_shown_once(ana):
    client, _, codes = ana
    page = text_of(client.get("/my-account/recovery-codes/"))
    assert codes[0] not in page
    assert "cannot be seen again" in page


def test_what_codes_are_made_from_is_sealed_at_rest(ana):
    _, secret, codes = ana
    kept = str(list(Authenticator.objects.values_list("data", flat=True)))
    assert secret not in kept
    assert codes[0] not in kept


def test_an_administrator_removes_the_codes_of_who_lost_their_telephone(ana, client_of):
    user = Authenticator.objects.filter(type="totp").get().user
    client_of(Role.ADMINISTRATOR).post(f"/users/{user.pk}/second-factor/")
    assert is_in(sign_in("ana", PASSWORD))


def test_switching_codes_off_asks_for_the_password_and_is_recorded(ana):
    client, _, _ = ana
    client.post("/my-account/codes/off/")
    assert is_in(sign_in("ana", PASSWORD))
    assert {"second factor set up", "second factor removed"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_codes_cannot_be_guessed_for_long(ana):
    client = half_in()
    said = [text_of(client.post("/account/code/", {"code": f"{number:06}"})) for number in range(8)]
    assert "Too many attempts" in said[-1]
