"""The guided set-up: a fresh installation is claimed once, and an institution is connected step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.roles import Role
from sonisbridge.store import claiming
from sonisbridge.store.models import AuditEntry, Institution, Run, SetUpCode
from sonisbridge.sync.orders import order_export, order_import
from sonisbridge.sync.outbound import Order
from sonisbridge.web.setup.steps import steps_of
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

PASSWORD = "a long enough passphrase"


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """A school with one person in it."""
    path = tmp_path / "sonis.sqlite3"
    path.touch()
    made = School(f"sqlite:///{path}")
    made.add("AB1", "Ana", "Lima", "ana@example.edu")
    yield made
    made.close()


def claim(client: Client, code: str, **more: str) -> Any:
    """Send the form of the first administrator."""
    typed = {"code": code, "name": "ada", "email": "ada@example.edu", "password": PASSWORD, "again": PASSWORD, **more}
    return client.post("/set-up/", typed)


def institution_form(school: School, **more: str) -> dict[str, str]:
    """What is typed for a new institution."""
    return {
        "name": "Springfield", "time_zone": "America/Chicago", "country": "US", "system": "sqlite",
        "database": str(school.engine.url.database), "do": "save", **more,
    }  # fmt: skip


def connected(client: Client, school: School) -> Institution:
    """An institution with its SONIS alone."""
    client.post("/set-up/institution/", institution_form(school))
    return Institution.objects.get(name="Springfield")


# Claiming


def test_a_fresh_installation_opens_the_set_up(db: None, client: Client):
    assert client.get("/", follow=True).redirect_chain[-1][0] == "/set-up/"


def test_nobody_claims_an_installation_without_its_code(db: None, client: Client):
    claiming.new_code()
    for code in ("", "AAAAA-AAAAA-AAAAA"):
        answer = claim(client, code)
        assert answer.status_code == 200
    assert not User.objects.exists()
    assert b"That is not the set-up code" in answer.content


def test_the_code_is_asked_for_unless_it_is_in_the_address(db: None, client: Client):
    code = claiming.new_code()
    assert b'type="hidden" name="code"' in client.get(f"/set-up/?code={code}").content
    assert b"Set-up code" in client.get("/set-up/").content
    assert b"does not fit any more" in client.get("/set-up/?code=OLD").content


def test_the_code_makes_one_administrator_and_is_used_up(db: None, client: Client):
    code = claiming.new_code()
    assert claim(client, code.lower().replace("-", " ")).url == "/set-up/institution/"
    assert client.get("/set-up/institution/").status_code == 200
    assert not SetUpCode.objects.exists()
    late = Client()
    assert claim(late, code).status_code == 302
    assert User.objects.count() == 1
    with pytest.raises(WrongSettingsError):
        claiming.claim(code, name="eve", email="eve@example.edu", password=PASSWORD)
    assert AuditEntry.objects.filter(action="installation claimed", by="ada").exists()


def test_a_new_code_takes_the_place_of_the_one_before_and_only_its_hash_is_kept(db: None):
    first, second = claiming.new_code(), claiming.new_code()
    assert (claiming.fits(first), claiming.fits(second)) == (False, True)
    assert second.replace("-", "") not in str(list(SetUpCode.objects.values()))


def test_a_weak_password_is_refused_and_only_the_password_is_typed_again(db: None, client: Client):
    answer = claim(client, claiming.new_code(), password="short-pass1", again="another-one1")
    shown = answer.content.decode()
    assert 'value="ada"' in shown
    assert "It is not the same as the password above." in shown
    assert "short-pass1" not in shown
    assert not User.objects.exists()


def test_the_set_up_is_closed_once_there_is_a_user(client_of: Callable[..., Client], institution: Institution):
    client_of(Role.VIEWER)
    assert "/account/login/" in Client().get("/set-up/", follow=True).redirect_chain[-1][0]
    assert client_of(Role.VIEWER).get("/set-up/institution/").status_code == 403


# The steps


def test_a_sonis_that_does_not_answer_keeps_nothing_but_what_was_typed(
    client_of: Callable[..., Client], school: School
):
    client = client_of(Role.ADMINISTRATOR)
    answer = client.post("/set-up/institution/", institution_form(school, database="/nowhere/sonis.sqlite3"))
    shown = answer.content.decode()
    assert "SONIS does not answer" in shown
    assert 'value="/nowhere/sonis.sqlite3"' in shown
    assert 'value="Springfield"' in shown
    assert not Institution.objects.exists()


def test_a_table_of_another_name_is_mended_on_the_page(client_of: Callable[..., Client], school: School):
    school.alter("ALTER TABLE nmmodst RENAME TO nmmodstat")
    client = client_of(Role.ADMINISTRATOR)
    shown = client.post("/set-up/institution/", institution_form(school)).content.decode()
    assert "SONIS has no table &#x27;nmmodst&#x27;" in shown
    schema = '[tables]\nnmmodst = "nmmodstat"\n'
    assert client.post("/set-up/institution/", institution_form(school, sonis_schema=schema)).status_code == 302


def test_a_test_keeps_nothing(client_of: Callable[..., Client], school: School, account: SandboxProgram):
    client = client_of(Role.ADMINISTRATOR)
    part = client.post("/set-up/institution/", institution_form(school, do="test"), headers={"HX-Request": "true"})
    assert b"SONIS answers and has what is read" in part.content
    assert b"<html" not in part.content
    assert not Institution.objects.exists()
    row = connected(client, school)
    typed = {"endpoint": account.url, "token": account.token, "do": "test"}
    part = client.post(f"/{row.pk}/set-up/activecampaign/", typed, headers={"HX-Request": "true"})
    assert b"ActiveCampaign answers and takes the token" in part.content
    assert account.token.encode() not in part.content
    row.refresh_from_db()
    assert (row.endpoint, row.token) == ("", "")


@pytest.mark.usefixtures("transactional_db")
def test_no_run_starts_while_a_side_is_missing(client_of: Callable[..., Client], school: School):
    row = connected(client_of(Role.ADMINISTRATOR), school)
    for order in (lambda: order_export(row, Order(started_by="page")), lambda: order_import(row, started_by="page")):
        with pytest.raises(WrongSettingsError, match="ActiveCampaign is not connected yet for Springfield"):
            order()
    assert not Run.objects.exists()


def test_every_step_can_be_left_and_found_again(
    client_of: Callable[..., Client], school: School, account: SandboxProgram
):
    account.reset()
    client = client_of(Role.ADMINISTRATOR)
    row = connected(client, school)
    assert [step.done for step in steps_of(row)] == [True, False, False, False]
    assert client.get("/set-up/", follow=True).redirect_chain[-1][0] == f"/{row.pk}/set-up/activecampaign/"
    wrong = client.post(f"/{row.pk}/set-up/activecampaign/", {"endpoint": account.url, "token": "wrong-token-1"})
    assert b"The access token is wrong" in wrong.content
    assert b"wrong-token-1" not in wrong.content
    client.post(f"/{row.pk}/set-up/activecampaign/", {"endpoint": account.url, "token": account.token})
    answer = client.get(f"/{row.pk}/set-up/", follow=True)
    assert answer.redirect_chain[-1][0] == f"/{row.pk}/set-up/mapping/"
    shown = answer.content.decode()
    assert "ActiveCampaign is connected, as Sandbox Admin." in shown
    titles = re.findall(r'name="create" value="([^"]+)"', shown)
    assert "SONIS_ID" in titles
    filled = client.post(f"/{row.pk}/set-up/mapping/", {"do": "create", "create": titles}).content.decode()
    assert f"{len(titles)} contact fields were created in ActiveCampaign" in filled
    chosen = _as_shown(filled)
    assert client.post(f"/{row.pk}/set-up/mapping/", {"do": "submit", **chosen}).status_code == 302
    row.refresh_from_db()
    assert [step.done for step in steps_of(row)] == [True, True, True, False]


def _as_shown(page: str) -> dict[str, str]:
    """The drop-downs as the page has them."""
    found = {}
    for name, options in re.findall(
        r'<select id="[^"]*" name="((?:field|rule)\.[^"]+)"[^>]*>(.*?)</select>', page, re.S
    ):
        chosen = re.search(r'<option selected value="([^"]*)"|<option value="([^"]*)" selected', options)
        found[name] = (chosen[1] or chosen[2]) if chosen else ""
    return found


def test_another_institution_is_added_in_the_same_way(
    client_of: Callable[..., Client], institution: Institution, school: School
):
    client = client_of(Role.ADMINISTRATOR)
    assert b"Add an institution" in client.get(f"/{institution.pk}/configuration/").content
    taken = client.post("/set-up/institution/", institution_form(school, name=institution.name)).content.decode()
    assert "There is an institution named" in taken
    assert connected(client, school).name == "Springfield"
