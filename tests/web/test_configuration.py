"""API Configuration: is it connected, and what goes where?"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sonisbridge.core.errors import StopRunError
from sonisbridge.core.field_mapping import DATA_POINTS
from sonisbridge.core.policy import Policy
from sonisbridge.core.roles import Role
from sonisbridge.store import institutions
from sonisbridge.store.models import AuditEntry, Institution, Link
from sonisbridge.store.secrets import unseal
from sonisbridge.sync.orders import order_export
from sonisbridge.sync.outbound import Order
from sonisbridge.web.configuration.choices import GROUPS
from tests.flows.pair import Pair
from tests.flows.school import School

from .table import table

PARTS = {"HX-Request": "true"}


@pytest.fixture
def client(client_of: Callable[..., Client], pair: Pair) -> Client:
    """An administrator's client."""
    return client_of(Role.ADMINISTRATOR)


def at(pair: Pair, page: str = "") -> str:
    """The address of a page of API Configuration."""
    return f"/{pair.institution.pk}/configuration/{page}"


def sheet(pair: Pair, **more: str) -> dict[str, str]:
    """The field mapping in force as the form sends it, with other values where they are given."""
    typed: dict[str, str] = {}
    for row in institutions.field_mapping(pair.institution).rows:
        typed[f"field.{row.data_point}"] = row.field_id
        typed[f"rule.{row.data_point}"] = str(row.write_rule)
    return {**typed, "do": "submit", **more}


def chosen_field(page: str, key: str) -> str:
    """Which contact field the page shows for a data point."""
    options = re.search(rf'name="field\.{re.escape(key)}".*?</select>', page, re.S)
    assert options is not None
    found = re.search(r'<option selected value="([^"]*)"|value="([^"]*)" selected', options[0])
    return (found[1] or found[2]) if found else ""


# Choosing


def test_the_api_is_chosen_and_selected_before_its_parts_open(
    client_of: Callable[..., Client], institution: Institution
):
    Institution.objects.update(endpoint="", token="")
    client = client_of(Role.ADMINISTRATOR)
    before = client.get(f"/{institution.pk}/configuration/").content.decode()
    assert "Access Token Endpoint" not in before
    after = client.get(f"/{institution.pk}/configuration/", {"api": "activecampaign"}).content.decode()
    assert "Access Token Endpoint" in after


# Secrets


def test_no_page_ever_shows_a_token_or_a_password(client: Client, pair: Pair):
    secrets = {"token": "typed-token-4711", "password": "typed-password-4711"}
    institutions.change(pair.institution, "sonis_url", "postgresql://u:hidden-password-4711@127.0.0.1:1/s", by="test")
    hidden = [pair.account.token, "hidden-password-4711", *secrets.values()]
    samples = {"institution_id": pair.institution.pk}
    pages = [row.address(samples) for row in table() if set(row.parameters) <= set(samples)]
    answers = [client.get(page) for page in pages]
    typed = {**secrets, "endpoint": pair.account.url, "system": "postgresql", "host": "127.0.0.1", "port": "1",
             "database": "s", "user": "u", "address": f"postgresql://u:{secrets['password']}@127.0.0.1:1/s"}  # fmt: skip
    for page in ("connection/", "sonis/"):
        for do in ("test", "save"):
            answers += [client.post(at(pair, page), {**typed, "do": do}, headers=headers) for headers in ({}, PARTS)]
    assert len(answers) > 20
    for answer in answers:
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
        for secret in hidden:
            assert secret.encode() not in content + str(answer.headers).encode()


def test_the_stored_token_goes_to_no_other_endpoint(client: Client, pair: Pair, listener: tuple[str, list[str]]):
    url, heard = listener
    for do in ("test", "save"):
        answer = client.post(at(pair, "connection/"), {"endpoint": url, "token": "", "do": do})
        assert b"Type the Access Token again" in answer.content
    assert heard == []
    client.post(at(pair, "connection/"), {"endpoint": url, "token": "another-token", "do": "test"})
    assert set(heard) == {"another-token"}


@pytest.fixture
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server that is no ActiveCampaign, and the tokens that it was sent."""
    heard: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.append(self.headers.get("Api-Token", ""))
            self.send_response(404)
            self.end_headers()

        def log_message(self, *_words: object) -> None:
            """Nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


def test_the_stored_password_goes_to_no_other_database(client: Client, pair: Pair):
    institutions.change(pair.institution, "sonis_url", "postgresql://u:secret@127.0.0.1:1/s", by="test")
    place = {"system": "postgresql", "host": "127.0.0.1", "port": "1", "database": "s", "user": "u", "do": "test"}
    assert b"SONIS does not answer" in client.post(at(pair, "sonis/"), place).content
    for change in ({"host": "localhost"}, {"port": "2"}, {"options": "host=127.0.0.2"}, {"user": "v"}):
        assert b"Type the password again" in client.post(at(pair, "sonis/"), {**place, **change}).content


def test_a_new_token_replaces_the_one_before_only_when_it_works(client: Client, pair: Pair):
    typed = {"endpoint": pair.account.url, "do": "save"}
    wrong = client.post(at(pair, "connection/"), {**typed, "token": "wrong-token"})
    assert b"The access token is wrong" in wrong.content
    assert client.post(at(pair, "connection/"), {**typed, "token": pair.account.token}).status_code == 302
    row = Institution.objects.get()
    assert unseal(row.name, "token", row.token) == pair.account.token
    changes = AuditEntry.objects.filter(action="token changed")
    assert [entry.after for entry in changes] == ["(secret)"]


# What a test finds


def test_a_test_tells_account_user_permissions_contacts_lists_and_limits(client: Client, pair: Pair):
    pair.make_contact("zoe@example.org", "Zoe", "New")
    answer = client.post(at(pair, "connection/"), {"endpoint": pair.account.url, "do": "test"}, headers=PARTS)
    shown = " ".join(re.sub(r"<[^>]*>", " ", answer.content.decode()).split())
    for said in (
        pair.account.url, "Sandbox Admin", "make contacts, change contacts, import contacts in bulk, manage contact fields",
        "Contacts 1", f"{len(pair.titles)} custom fields", "Newsletter, Open House", "4.76 requests a second",
    ):  # fmt: skip
        assert said in shown


def test_an_account_that_refuses_is_told_with_its_mend(client: Client, pair: Pair):
    pair.account.faults("402")
    answer = client.post(at(pair, "connection/"), {"endpoint": pair.account.url, "do": "test"}, headers=PARTS)
    pair.account.faults()
    assert b'class="error"' in answer.content


# Mappings


def test_a_row_a_data_point_in_the_order_of_the_rules(client: Client, pair: Pair):
    shown = client.get(at(pair)).content.decode()
    assert re.findall(r'name="field\.([^"]+)"', shown) == [point.key for point in DATA_POINTS]
    assert "Preferred Name · text · %PREFERRED_NAME%" in shown
    assert "Prospect Status · dropdown · %PROSPECT_STATUS%" in shown
    assert chosen_field(shown, "name.nickname") == pair.titles["Preferred Name"]


def test_a_refused_mapping_keeps_what_was_typed_and_names_each_problem_beside_its_row(client: Client, pair: Pair):
    city = pair.titles["Home City"]
    typed = sheet(pair, **{"field.name.nickname": city, "field.name.sonis_id": "", "label.modstat.PS": "Inquirer"})
    answer = client.post(at(pair, "mapping/"), typed)
    shown = answer.content.decode()
    assert "3 things keep this field mapping from working" not in shown  # the label is the fourth
    assert 'href="#row-name-nickname"' in shown
    assert "Its contact field is also that of address.city" in shown
    assert "It must be mapped: choose a text field such as SONIS_ID" in shown
    assert "Prospect Status has no option for Inquirer" in shown
    assert chosen_field(shown, "name.nickname") == city
    assert 'value="Inquirer"' in shown
    assert institutions.field_mapping(pair.institution).row("name.sonis_id") is not None


def test_a_submitted_mapping_is_in_force_with_its_rules_and_labels(client: Client, pair: Pair):
    more = {
        "rule.address.city": "IF_EMPTY", "field.prospect.memo1": "", "label.approg.prg_cod.BIO": "Life sciences",
        "new-code.nmrefby.refer_by.0": "AGENT", "new-label.nmrefby.refer_by.0": "An agent",
    }  # fmt: skip
    assert client.post(at(pair, "mapping/"), sheet(pair, **more)).status_code == 302
    mapping = institutions.field_mapping(pair.institution)
    city = mapping.row("address.city")
    assert city is not None
    assert city.write_rule == "IF_EMPTY"
    assert mapping.row("prospect.memo1") is None
    assert mapping.translations == {
        "approg.prg_cod": {"BIO": "Life sciences"}, "nmrefby.refer_by": {"AGENT": "An agent"},
    }  # fmt: skip
    assert AuditEntry.objects.filter(action="field mapping changed", by="administrator").exists()


def test_a_suggestion_fills_what_is_free_and_submits_nothing(client: Client, pair: Pair):
    typed = sheet(pair, **{"field.name.nickname": "", "field.address.city": "", "rule.address.zip": "IF_EMPTY"})
    shown = client.post(at(pair, "mapping/"), {**typed, "do": "suggest"}).content.decode()
    assert chosen_field(shown, "name.nickname") == pair.titles["Preferred Name"]
    assert "2 data points were given the contact field of their usual title" in shown
    assert 'value="IF_EMPTY" selected' in shown
    assert len(institutions.field_mapping(pair.institution).rows) == len(DATA_POINTS)
    zip_code = institutions.field_mapping(pair.institution).row("address.zip")
    assert zip_code is not None
    assert zip_code.write_rule == "UNLESS_BLANK"


def test_missing_fields_are_shown_and_only_those_that_are_ticked_are_created(client: Client, pair: Pair):
    for title in ("Home City", "Home State"):
        pair.http.delete(f"/fields/{pair.titles[title]}")
    shown = client.post(at(pair, "mapping/"), sheet(pair, do="read")).content.decode()
    assert re.findall(r'name="create" value="([^"]+)"', shown) == ["Home City", "Home State"]
    assert "ActiveCampaign has no contact field" in client.get(at(pair)).content.decode()
    made = client.post(at(pair, "mapping/"), sheet(pair, do="create", create="Home City")).content.decode()
    assert "1 contact field was created" in made
    titles = {row["title"] for row in pair.get("/fields", limit=100)["fields"]}
    assert ("Home City" in titles, "Home State" in titles) == (True, False)


def test_a_side_that_does_not_answer_loses_nothing_that_was_typed(client: Client, pair: Pair):
    pair.account.faults("402")
    answer = client.post(at(pair, "mapping/"), sheet(pair, **{"label.modstat.PS": "Prospective"}))
    pair.account.faults()
    assert "That could not be done" in answer.content.decode()
    assert 'value="Prospective"' in answer.content.decode()


def test_the_mapping_file_goes_out_and_comes_in(client: Client, pair: Pair):
    file = client.get(at(pair, "mapping.toml"))
    assert file.headers["Content-Disposition"] == 'attachment; filename="mapping.toml"'
    text = file.content.decode().replace(
        '"Home City"\nwrite_rule = "UNLESS_BLANK"', '"Home City"\nwrite_rule = "ALWAYS"'
    )
    upload = SimpleUploadedFile("mapping.toml", text.encode())
    shown = client.post(at(pair, "mapping/"), {**sheet(pair, do="file"), "file": upload}).content.decode()
    assert "The file maps 25 data points" in shown
    assert re.search(r'name="rule\.address\.city".*?value="ALWAYS" selected', shown, re.S)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_a_mapping_file_of_any_bytes_gets_a_plain_answer(client: Client, pair: Pair, content: bytes):
    upload = SimpleUploadedFile("mapping.toml", content)
    typed = sheet(pair, do="file", **{"label.modstat.PS": "Prospective"})
    answer = client.post(at(pair, "mapping/"), {**typed, "file": upload})
    assert answer.status_code == 200
    shown = answer.content.decode()
    assert "That could not be done" in shown or "The file maps" in shown
    assert 'value="Prospective"' in shown or "The file maps" in shown


@pytest.mark.parametrize("content", ["a = " + "[" * 5000, "a = " + "9" * 5000, "[translate.modstat]\nPS = '\\u0000'"])
def test_a_mapping_file_that_is_meant_badly_gets_a_plain_answer(client: Client, pair: Pair, content: str):
    upload = SimpleUploadedFile("mapping.toml", content.encode())
    assert client.post(at(pair, "mapping/"), {**sheet(pair, do="file"), "file": upload}).status_code == 200
    schema = SimpleUploadedFile("schema.toml", content.encode())
    place = {"system": "sqlite", "database": str(pair.school.engine.url.database), "do": "save"}
    assert b"The schema file" in client.post(at(pair, "sonis/"), {**place, "schema_file": schema}).content


def test_a_label_that_cannot_be_kept_is_told_beside_its_data_point(client: Client, pair: Pair):
    answer = client.post(at(pair, "mapping/"), sheet(pair, **{"label.approg.prg_cod.BIO": "x" * 201}))
    assert b"The label of BIO is too long" in answer.content


def test_an_example_shows_one_person_as_both_sides_have_them(client: Client, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB2", "Ben", "Oslo", "ben@example.edu", city="Memphis")
    pair.export()
    shown = client.get(at(pair, "sample/"), {"sonis_id": "AB2"}).content.decode()
    assert "Shown is Ben Oslo (SONIS ID AB2), contact" in shown
    assert 'id="sonis-address-city" class="example" hx-swap-oob="true">Memphis<' in shown
    assert 'id="contact-address-city" class="example" hx-swap-oob="true">Memphis<' in shown
    assert "Ana Lima" in client.get(at(pair, "sample/")).content.decode()
    assert "knows nobody with the SONIS ID ZZ9" in client.get(at(pair, "sample/"), {"sonis_id": "ZZ9"}).content.decode()


# The pair


def moved(pair: Pair) -> Path:
    """The same school in another file."""
    place = Path(str(pair.school.engine.url.database))
    other = place.with_name("moved.sqlite3")
    other.write_bytes(place.read_bytes())
    return other


@pytest.mark.parametrize("who", ["same", "strangers"])
def test_exports_wait_until_a_changed_pair_is_confirmed(client: Client, pair: Pair, who: str):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.export()
    assert "Exports are stopped" not in client.get(at(pair)).content.decode()
    other = moved(pair)
    client.post(at(pair, "sonis/"), {"system": "sqlite", "database": str(other), "do": "save"})
    shown = client.get(at(pair)).content.decode()
    assert str(pair.school.engine.url.database) in shown
    assert str(other) in shown
    assert "1 link" in shown
    with pytest.raises(StopRunError, match="is not the one that exports were allowed for"):
        pair.export()
    assert client.post(at(pair, "pair/"), {"who": who}).status_code == 302
    assert "Exports are stopped" not in client.get(at(pair)).content.decode()
    assert Link.objects.count() == (1 if who == "same" else 0)
    run = pair.export(approved=False)
    assert run.status == "succeeded"
    assert Link.objects.count() == 1
    entry = AuditEntry.objects.filter(action="pair confirmed").latest("pk")
    assert entry.before is not None
    assert entry.after is not None
    assert entry.before["sonis"] != entry.after["sonis"]


def test_a_restored_copy_says_that_it_writes_nothing_until_it_is_confirmed(client: Client, pair: Pair):
    Institution.objects.update(pair_confirmed=institutions.RESTORED)
    shown = client.get(at(pair)).content.decode()
    assert "Nothing is written: this copy of the bridge was restored from a backup." in shown
    assert "the one that it was taken from may still be at work" in shown
    client.post(at(pair, "pair/"), {"who": "same"})
    assert "restored from a backup" not in client.get(at(pair)).content.decode()


def test_nothing_is_forgotten_while_a_run_waits(client: Client, pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    pair.export()
    order_export(pair.institution, Order(started_by="test"))
    answer = client.post(at(pair, "pair/"), {"who": "strangers"}, follow=True)
    assert "let it end, or cancel it, and confirm then" in answer.content.decode()
    assert Link.objects.count() == 1


# Choices


def test_every_choice_is_on_the_page_with_words_of_its_own(client: Client, pair: Pair):
    named = {name for choices in GROUPS.values() for name in choices}
    assert named == {item.name for item in dataclasses.fields(Policy)}
    shown = client.get(at(pair, "choices/")).content.decode()
    for name in named - {"term_years"}:
        assert f'name="{name}"' in shown
    assert "Calendar year of Fall" in shown


def choices(page: str) -> dict[str, str]:
    """The form of the choices as the page has it."""
    typed = dict(re.findall(r'<input type="text" name="([^"]+)" value="([^"]*)"', page))
    for name, options in re.findall(r'<select name="([^"]+)"[^>]*>(.*?)</select>', page, re.S):
        found = re.search(r'value="([^"]*)" selected', options)
        typed[name] = found[1] if found else ""
    return typed


def test_a_changed_choice_is_kept_and_recorded_and_the_others_stay(client: Client, pair: Pair):
    typed = choices(client.get(at(pair, "choices/")).content.decode())
    changed = {**typed, "country": "ca", "automations": "on", "contact_limit": "2500", "term_years.2": "first"}
    assert client.post(at(pair, "choices/"), changed).status_code == 302
    row = Institution.objects.get()
    assert institutions.policy_of(row) == Policy(
        country="CA", automations=True, contact_limit=2500, term_years={"2": "first"}
    )
    assert AuditEntry.objects.filter(action="choices changed", by="administrator").count() == 1


def test_a_choice_that_cannot_be_is_told_beside_it_and_keeps_everything(client: Client, pair: Pair):
    typed = choices(client.get(at(pair, "choices/")).content.decode())
    wrong = {"country": "Mars", "reserve": "5", "contact_limit": "-1", "placeholder_birthdates": "yesterday"}
    shown = client.post(at(pair, "choices/"), {**typed, **wrong, "account_name": "Ours"}).content.decode()
    assert "4 things are to be mended" in shown
    for said in ("Give two letters such as us", "Give requests a second, from 0 to below 4.76", "Give dates such as"):
        assert said.casefold() in shown.casefold()
    assert 'value="Ours"' in shown
    assert Institution.objects.get().policy == {}


# SONIS


def test_the_sonis_page_shows_where_it_is_and_finds_what_is_missing(client: Client, pair: Pair, school: School):
    shown = client.get(at(pair, "sonis/")).content.decode()
    assert str(pair.school.engine.url.database) in shown
    school.alter("ALTER TABLE address RENAME COLUMN e_mail TO email")
    place = {"system": "sqlite", "database": str(school.engine.url.database), "do": "test"}
    found = client.post(at(pair, "sonis/"), place, headers=PARTS).content.decode()
    assert "has no column &#x27;e_mail&#x27;" in found
    mended = {**place, "sonis_schema": '[columns]\n"address.email" = "email"\n'}
    assert "SONIS answers" in client.post(at(pair, "sonis/"), mended, headers=PARTS).content.decode()


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    """Another school."""
    path = tmp_path / "other.sqlite3"
    path.touch()
    made = School(f"sqlite:///{path}")
    yield made
    made.close()


def test_the_whole_address_may_be_pasted_and_is_not_shown_again(client: Client, pair: Pair):
    typed = {"system": "postgresql", "address": "postgresql://u:pasted-secret@127.0.0.1:1/s", "do": "test"}
    shown = client.post(at(pair, "sonis/"), typed).content.decode()
    assert "SONIS does not answer" in shown
    assert "pasted-secret" not in shown


def test_the_schema_in_force_goes_out_as_a_file(client: Client, pair: Pair):
    assert b"[columns]" in client.get(at(pair, "schema.toml")).content
