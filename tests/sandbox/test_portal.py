"""The portal: what a person does in the account by hand."""

from collections.abc import Iterator

import httpx2
import pytest

from tests.sandbox.program import SandboxProgram


@pytest.fixture
def portal(sandbox: SandboxProgram) -> Iterator[httpx2.Client]:
    """A browser without a face."""
    with httpx2.Client(base_url=sandbox.portal, trust_env=False) as client:
        yield client


def test_contacts_are_shown_with_sonis_id_account_and_lists(portal):
    page = portal.get("")
    for text in ("Ann Lee", "AN0000001", "SONIS", "10 Jan 2026, 09:00", "unsubscribed"):
        assert text in page.text
    assert "Ann Lee" not in portal.get("?search=bob").text


def test_a_contact_is_added_edited_and_unsubscribed_by_hand(portal, sandbox):
    added = portal.post(
        "contacts/new",
        data={"email": "New@x.test", "firstName": "Nia", "list": "1", "field:2": "Applicant"},
    )
    assert added.headers["Location"] == "/portal/contacts/5"
    assert sandbox.values(5) == {"2": "Applicant"}
    portal.post("contacts/5/edit", data={"lastName": "Hall", "field:2": ""})
    assert sandbox.contact("new@x.test")["lastName"] == "Hall"
    assert sandbox.values(5) == {}
    portal.post("contacts/5/lists/1", data={"status": "unsubscribed"})
    (row,) = sandbox.get("/contacts/5/contactLists")["contactLists"]
    assert row["status"] == "2"
    assert {entry["by"] for entry in sandbox.history(5)} == {"portal"}
    assert "Nia Hall" in portal.get("contacts/5").text


def test_a_taken_or_impossible_address_is_said(portal):
    for email in ("ann@x.test", "nothing"):
        reply = portal.post("contacts/new", data={"email": email})
        assert (reply.status_code, "problem" in reply.text) == (422, True)


def test_fields_and_lists_are_managed(portal, sandbox):
    portal.post("fields", data={"title": "Term", "type": "dropdown", "options": "Fall, Spring"})
    field = sandbox.get("/fields", limit=100)["fields"][-1]
    assert (field["title"], field["perstag"], len(field["options"])) == ("Term", "TERM", 2)
    portal.post(f"fields/{field['id']}/delete")
    assert "Term" not in portal.get("fields").text
    portal.post("lists", data={"name": "Parents"})
    assert "Parents" in portal.get("lists").text
    assert portal.post("lists", data={"name": "Parents"}).status_code == 422


def test_bad_manners_are_marked_in_the_request_log(portal, sandbox):
    sandbox.api.get("/contacts?limit=500")
    page = portal.get("requests")
    assert "limit over 100" in page.text
    assert 'class="marked"' in page.text


def test_what_people_typed_is_never_markup(portal, sandbox):
    portal.post("contacts/2/edit", data={"firstName": "<script>alert(1)</script>"})
    for path in ("", "contacts/2", "contacts/2/edit"):
        assert "<script" not in portal.get(path).text


def test_pages_load_nothing_from_elsewhere(portal):
    for path in ("", "contacts/1", "contacts/new", "fields", "lists", "requests"):
        page = portal.get(path)
        assert page.status_code == 200
        assert "http" not in page.text.replace("http-equiv", "")
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert portal.get("portal.css").headers["Content-Type"] == "text/css"
    assert portal.get("nothing").status_code == 404


def test_a_contact_is_shown_with_its_values_and_its_history_in_words(portal):
    portal.post("contacts/1/lists/1", data={"status": "unsubscribed"})
    page = portal.get("contacts/1").text
    assert "<dt>SONIS_ID</dt><dd>AN0000001</dd>" in page
    assert "&lt;" not in page
    history = page.partition("History")[2]
    assert "List Newsletter" in history
    assert "unsubscribed" in history
