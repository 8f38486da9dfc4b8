"""Web Prospects: who waits, looked at, edited, imported, or said to be somebody in SONIS already."""

from __future__ import annotations

import html
import re

import pytest

from sonisbridge.core.roles import Role
from sonisbridge.store.models import AuditEntry
from tests.flows.pair import Pair


@pytest.fixture
def waiting(pair: Pair) -> Pair:
    """Three web prospects that an import made: Zoe; Max, whose name somebody in SONIS has; Eva."""
    pair.school.add("AB0000001", "Max", "Reyes", "max@example.edu")
    pair.make_contact("zoe@example.org", "Zoe", "Stranger", Preferred_Name="Zo")
    pair.make_contact("max.r@example.org", "Max", "Reyes")
    pair.make_contact("eva@example.org", "Eva", "Lund")
    assert pair.import_().counts["created"] == 3
    return pair


def place(pair: Pair, rest: str = "") -> str:
    return f"/{pair.institution.pk}/prospects/{rest}"


def row_ids(pair: Pair) -> dict[str, str]:
    rows = pair.school.rows("SELECT first_name, webps_rid FROM webps")
    return {row["first_name"].strip(): row["webps_rid"].strip() for row in rows}


def text_of(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code
    return str(answer.content.decode())


def people(pair: Pair) -> dict[str, str]:
    rows = pair.school.rows("SELECT first_name, soc_sec FROM name")
    return {row["first_name"].strip(): row["soc_sec"].strip() for row in rows}


def test_the_list_shows_who_waits_and_whom_they_resemble(client_of, waiting):
    page = text_of(client_of(Role.VIEWER), place(waiting))
    assert "Zoe Stranger" in page
    address = re.search(r'hx-get="([^"]+likely[^"]+)"', page)
    assert address
    assert "AB0000001, same name" in text_of(client_of(Role.VIEWER), html.unescape(address[1]))
    assert "Import all" not in page  # looking is all that a viewer does
    assert "Import all" in text_of(client_of(Role.OPERATOR), place(waiting))


def test_the_list_is_searched_and_downloaded(client_of, waiting):
    client = client_of(Role.VIEWER)
    page = text_of(client, place(waiting, "?q=zoe"))
    assert "Zoe Stranger" in page
    assert "Eva Lund" not in page
    csv = b"".join(client.get(place(waiting, "?as=csv"))).decode("utf-8-sig")
    assert "AB0000001 (same name)" in csv
    assert csv.count("\n") == 4


def test_one_is_edited_and_imported(client_of, waiting):
    client = client_of(Role.OPERATOR)
    row_id = row_ids(waiting)["Zoe"]
    page = text_of(client, place(waiting, f"{row_id}/"))
    assert 'value="Zo"' in page
    form = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    form |= {
        "text_me": "No",
        "city": "Memphis",
        "program": "",
        "refer_by": "",
        "state": "TN",
        "inquiry_type": "ACTIVECAMP",
    }
    answer = client.post(place(waiting, f"{row_id}/import/"), {**form, "first_name": "Zoé"}, follow=True)
    said = answer.content.decode()
    assert "Zoé Stranger is a person in SONIS now" in said or "Zoe Stranger is a person in SONIS now" in said
    assert "Zoé" in people(waiting)
    assert AuditEntry.objects.filter(action="web prospects converted", by="operator").exists()
    assert waiting.export().counts["updated"] == 1  # the SONIS ID goes to the contact


def test_an_edit_that_cannot_be_stands_beside_its_field_and_nothing_is_lost(client_of, waiting):
    client = client_of(Role.OPERATOR)
    row_id = row_ids(waiting)["Eva"]
    form = {"first_name": "Eva", "last_name": "Lund", "email": "no address", "text_me": "No", "hs_grad_year": "27"}
    answer = client.post(place(waiting, f"{row_id}/import/"), form)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "E-mail is not a valid e-mail address." in page
    assert "HS Graduation Year is a year of four digits." in page
    assert 'value="no address"' in page
    assert "Eva" not in people(waiting)


def test_who_is_in_sonis_already_is_assigned_and_stays_as_they_are(client_of, waiting):
    client = client_of(Role.OPERATOR)
    row_id = row_ids(waiting)["Max"]
    assert "It is Max Reyes" in text_of(client, place(waiting, f"{row_id}/"))
    client.post(place(waiting, f"{row_id}/assign/"), {"sonis_id": "AB0000001"})
    assert "Max Reyes" not in text_of(client, place(waiting))
    assert people(waiting) == {"Max": "AB0000001"}


def test_all_are_imported_and_each_has_its_message(client_of, waiting):
    client = client_of(Role.OPERATOR)
    answer = client.post(place(waiting, "import-all/"), follow=True)
    page = answer.content.decode()
    assert "3 web prospects are people now" in page
    assert page.count("Made a person of web prospect") == 3
    assert "No web prospect waits." in text_of(client, place(waiting))


def test_one_that_waits_no_more_says_so(client_of, waiting):
    client = client_of(Role.OPERATOR)
    row_id = row_ids(waiting)["Eva"]
    client.post(place(waiting, "import-all/"))
    answer = client.get(place(waiting, f"{row_id}/"), follow=True)
    assert "waits no more" in answer.content.decode()
    assert client.get(place(waiting, "nobody/"), follow=True).status_code == 200


def test_a_sonis_that_does_not_answer_is_said(client_of, institution):
    page = text_of(client_of(Role.VIEWER), f"/{institution.pk}/prospects/")
    assert "SONIS could not be asked" in page


def test_all_are_imported_in_the_browser(page_of, waiting):
    page = page_of(Role.OPERATOR)
    page.goto(place(waiting))
    page.get_by_text("AB0000001, same name").wait_for()
    page.get_by_role("button", name="Import all").click()
    page.get_by_role("dialog").get_by_role("button", name="Import 3 web prospects").click()
    page.get_by_role("heading", name="3 web prospects are people now").wait_for()
