"""Contacts: listing, filters, side-loading, writes and their habits."""

import pytest

from tests.sandbox.conftest import BIRTHDATE, INTERESTS, SONIS_ID, STATUS, VISIT
from tests.sandbox.program import SandboxProgram


def _put(sandbox: SandboxProgram, contact_id: str, **contact):
    return sandbox.api.put(f"/contacts/{contact_id}", json={"contact": contact})


def _sync(sandbox: SandboxProgram, **contact):
    return sandbox.api.post("/contact/sync", json={"contact": contact})


def _emails(sandbox: SandboxProgram, query: str) -> list[str]:
    reply = sandbox.api.get(f"/contacts?limit=100&{query}")
    assert reply.status_code == 200, reply.text
    return [contact["email"] for contact in reply.json()["contacts"]]


def test_a_wrong_token_is_forbidden(sandbox):
    for token in ("", "wrong"):
        reply = sandbox.api.get("/users/me", headers={"Api-Token": token})
        assert (reply.status_code, reply.json()) == (403, {"message": "Forbidden"})


def test_every_id_and_total_is_text(sandbox):
    page = sandbox.get("/contacts", limit=1)
    assert page["meta"]["total"] == "3"
    assert page["contacts"][0]["id"] == "1"


def test_a_page_has_20_rows_unless_told_and_never_more_than_100(sandbox):
    sandbox.put_world({"contacts": [{"email": f"p{n}@x.test"} for n in range(120)]})
    assert len(sandbox.get("/contacts")["contacts"]) == 20
    assert len(sandbox.get("/contacts", limit=500)["contacts"]) == 100
    assert len(sandbox.get("/contacts", limit=100, offset=100)["contacts"]) == 20
    violations = [entry["violation"] for entry in sandbox.log()]
    assert violations == [["limit_missing"], ["limit_over_100"], []]


def test_a_scan_by_id_greater_sees_every_contact_once(sandbox):
    sandbox.put_world({"contacts": [{"email": f"p{n}@x.test"} for n in range(25)]})
    seen, last = [], 0
    while page := sandbox.get("/contacts", **{"orders[id]": "ASC", "id_greater": last, "limit": 10})["contacts"]:
        seen += [contact["id"] for contact in page]
        last = page[-1]["id"]
    assert seen == [str(number) for number in range(1, 26)]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ids[]=1&ids[]=3", ["ann@x.test", "cleo@x.test"]),
        ("ids[0]=2", ["bob@x.test"]),
        ("email=ANN@x.test", ["ann@x.test"]),
        ("email_like=o%40x", ["cleo@x.test"]),
        ("email_like=b@x", ["bob@x.test"]),
        ("phone=%2B15", ["ann@x.test"]),
        ("search=lee", ["ann@x.test"]),
        ("listid=1", ["ann@x.test", "cleo@x.test"]),
        ("status=2", ["ann@x.test"]),
        ("listid=1&status=2", []),
        ("status=3", ["cleo@x.test"]),
        ("tagid=1", ["ann@x.test"]),
        ("id_less=2", ["ann@x.test"]),
        ("filters[created_after]=2026-02-01", ["bob@x.test", "cleo@x.test"]),
        ("filters[created_before]=2026-02-01", ["ann@x.test"]),
        ("filters[updated_after]=2026-03-10T13:59:59Z", ["cleo@x.test"]),
        ("filters[updated_after]=2026-03-10T14:00:00Z", []),
        ("filters[updated_before]=2026-01-31", ["ann@x.test"]),
        ("orders[email]=DESC", ["cleo@x.test", "bob@x.test", "ann@x.test"]),
        ("filters[nonsense]=1", ["ann@x.test", "bob@x.test", "cleo@x.test"]),
    ],
)
def test_contacts_are_filtered(sandbox, query, found):
    assert _emails(sandbox, query) == found


def test_the_day_of_updated_after_counts_where_times_are_not_honoured(sandbox):
    sandbox.switch(updated_after_honours_time="off")
    assert _emails(sandbox, "filters[updated_after]=2026-03-10T23:00:00-05:00") == ["cleo@x.test"]


def test_side_loads_are_siblings_joined_by_id(sandbox):
    page = sandbox.get(
        "/contacts",
        limit=100,
        include="fieldValues,contactLists,contactTags.tag,accountContacts",
    )
    ann = page["contacts"][0]
    values = {row["id"]: row["value"] for row in page["fieldValues"]}
    assert [values[key] for key in ann["fieldValues"]] == ["AN0000001", "Prospect"]
    assert [row["status"] for row in page["contactLists"]] == ["1", "2", "3"]
    assert ann["contactLists"] == ["1", "2"]
    assert [row["tag"] for row in page["tags"]] == ["vip"]
    assert page["accountContacts"][0]["account"] == "1"


def test_a_taken_address_is_a_duplicate(sandbox):
    reply = sandbox.api.post("/contacts", json={"contact": {"email": "Ann@x.test"}})
    error = reply.json()["errors"][0]
    assert (reply.status_code, error["code"]) == (422, "duplicate")
    assert error["source"]["pointer"] == "/data/attributes/email"
    assert _put(sandbox, "2", email="ann@x.test").status_code == 422


def test_sync_leaves_alone_what_it_does_not_name(sandbox):
    reply = _sync(
        sandbox,
        email="ann@x.test",
        lastName="Law",
        fieldValues=[{"field": 2, "value": "Applicant"}, {"field": 99, "value": "x"}],
    )
    assert reply.status_code == 200
    assert [row["field"] for row in reply.json()["fieldValues"]] == ["2"]
    ann = sandbox.contact("ann@x.test")
    assert (ann["firstName"], ann["lastName"], ann["phone"]) == ("Ann", "Law", "+1555")
    assert sandbox.values(1) == {SONIS_ID: "AN0000001", STATUS: "Applicant"}
    assert _sync(sandbox, email="new@x.test").status_code == 201


def test_sync_needs_an_address_that_is_one(sandbox):
    assert _sync(sandbox, firstName="No").status_code == 400
    reply = _sync(sandbox, email="no address")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (422, "email_invalid")


def test_values_are_kept_in_the_form_of_their_type(sandbox):
    values = [
        {"field": 3, "value": "2001-02-03"},
        {"field": 4, "value": "2026-05-01T12:00:00+00:00"},
        {"field": 5, "value": "Music||Art||Nothing"},
    ]
    assert _put(sandbox, "2", fieldValues=values).status_code == 200
    assert sandbox.values(2) == {
        BIRTHDATE: "2001-02-03",
        VISIT: "2026-05-01T07:00:00-05:00",
        INTERESTS: "||Music||Art||",
    }


@pytest.mark.parametrize(
    ("answer", "status", "kept"),
    [("drop", 200, "Prospect"), ("store", 200, "Nobody"), ("reject", 422, "Prospect")],
)
def test_a_value_that_is_no_option_meets_the_switch(sandbox, answer, status, kept):
    sandbox.switch(option_mismatch=answer)
    reply = _put(sandbox, "1", firstName="New", fieldValues=[{"field": 2, "value": "Nobody"}])
    assert reply.status_code == status
    assert sandbox.values(1)[STATUS] == kept
    assert (sandbox.contact("ann@x.test")["firstName"] == "New") is (status == 200)


@pytest.mark.parametrize(
    ("answer", "status", "kept"),
    [("off", 200, "Prospect"), ("on", 200, ""), ("reject", 422, "Prospect")],
)
def test_a_blank_value_meets_the_switch(sandbox, answer, status, kept):
    sandbox.switch(blank_clears=answer)
    reply = _put(sandbox, "1", fieldValues=[{"field": 2, "value": ""}])
    assert reply.status_code == status
    assert sandbox.values(1)[STATUS] == kept


def test_delete_is_the_way_to_remove_a_value(sandbox):
    (row,) = [row for row in sandbox.get("/contacts/1/fieldValues")["fieldValues"] if row["field"] == "2"]
    assert sandbox.api.delete(f"/fieldValues/{row['id']}").status_code == 200
    assert sandbox.values(1) == {SONIS_ID: "AN0000001"}
    assert sandbox.api.get(f"/fieldValues/{row['id']}").status_code == 403


def test_a_field_value_is_written_in_place_and_an_unknown_field_is_refused(sandbox):
    body = {"fieldValue": {"contact": 1, "field": 2, "value": "Applicant"}}
    first = sandbox.api.post("/fieldValues", json=body).json()["fieldValue"]["id"]
    assert sandbox.api.post("/fieldValues", json=body).json()["fieldValue"]["id"] == first
    body["fieldValue"]["field"] = 77
    assert sandbox.api.post("/fieldValues", json=body).status_code == 422
    assert sandbox.get("/fieldValues", **{"filters[val]": "Applicant"})["meta"]["total"] == "1"


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/fieldValues", {"fieldValue": {"contact": 2, "field": 1, "value": "x"}}),
        ("/contactLists", {"contactList": {"contact": 2, "list": 1, "status": 1}}),
        ("/contactTags", {"contactTag": {"contact": 2, "tag": 1}}),
        ("/accountContacts", {"accountContact": {"contact": 2, "account": 1}}),
    ],
)
def test_a_write_to_any_part_moves_udate(sandbox, path, body):
    before = sandbox.contact("bob@x.test")["udate"]
    assert sandbox.api.post(path, json=body).status_code in (200, 201)
    assert sandbox.contact("bob@x.test")["udate"] > before
    assert sandbox.get("/contacts", limit=9, **{"filters[updated_after]": before})["meta"]["total"] == "2"


def test_a_contact_belongs_to_one_account(sandbox):
    body = {"accountContact": {"contact": 1, "account": 2}}
    reply = sandbox.api.post("/accountContacts", json=body)
    error = reply.json()["errors"][0]
    assert (reply.status_code, error["code"]) == (422, "field_invalid")
    (link,) = sandbox.get("/contacts/1/accountContacts")["accountContacts"]
    assert sandbox.api.put(f"/accountContacts/{link['id']}", json=body).status_code == 200
    assert sandbox.contact("ann@x.test")["orgname"] == "Elsewhere"


def test_an_unsubscribe_is_kept_for_its_list(sandbox):
    body = {"contactList": {"contact": 1, "list": 1, "status": 2}}
    assert sandbox.api.post("/contactLists", json=body).status_code == 200
    assert sandbox.contact("ann@x.test")["id"] == "1"
    rows = sandbox.get("/contacts/1/contactLists")["contactLists"]
    assert [(row["list"], row["status"]) for row in rows] == [("1", "2"), ("2", "2")]
    assert all(row["udate"] for row in rows)


def test_a_resubscription_is_marked_as_bad_manners(sandbox):
    body = {"contactList": {"contact": 1, "list": 2, "status": 1}}
    assert sandbox.api.post("/contactLists", json=body).json()["contactList"]["sourceid"] == "4"
    assert sandbox.log()[-1]["violation"] == ["resubscribed"]
    sandbox.put_world(sandbox.world())
    sandbox.switch(resubscribe_allowed="off")
    sandbox.api.post("/contactLists", json={"contactList": {"contact": 1, "list": 2, "status": 2}})
    assert sandbox.api.post("/contactLists", json=body).status_code == 403


def test_inline_lists_resubscribe_and_an_unknown_one_fails_the_call(sandbox):
    assert _sync(sandbox, email="ann@x.test", lists=[{"list": 2}], tags=["new"]).status_code == 200
    assert sandbox.log()[-1]["violation"] == ["inline_lists"]
    assert {row["status"] for row in sandbox.get("/contacts/1/contactLists")["contactLists"]} == {"1"}
    assert _sync(sandbox, email="zoe@x.test", lists=[{"list": 99}]).status_code == 422
    assert sandbox.get("/contacts", email="zoe@x.test", limit=1)["contacts"] == []


def test_a_deleted_contact_reads_rewritten_and_is_not_listed(sandbox):
    assert sandbox.api.delete("/contacts/2").json() == {}
    assert sandbox.get("/contacts/2")["contact"]["email"] == "deleted+2@x.test"
    assert _emails(sandbox, "") == ["ann@x.test", "cleo@x.test"]
    assert sandbox.api.delete("/contacts/2").status_code == 404
    assert _sync(sandbox, email="bob@x.test").json()["contact"]["id"] == "5"
    sandbox.switch(deleted_listed="on", deleted_reads="missing")
    assert sandbox.get("/contacts", limit=9)["meta"]["total"] == "5"
    assert sandbox.api.get("/contacts/2").status_code == 404


def test_an_unknown_contact_is_not_found(sandbox):
    reply = sandbox.api.get("/contacts/99")
    assert reply.status_code == 404
    assert reply.json() == {"message": "No Result found for Subscriber with id 99"}


def test_history_says_who_changed_what(sandbox):
    _put(sandbox, "1", firstName="Anna")
    number = sandbox.log()[-1]["number"]
    (entry,) = sandbox.history(1)
    assert entry["by"] == f"request {number}"
    assert (entry["field"], entry["old"], entry["new"]) == ("first_name", "Ann", "Anna")


def test_a_body_that_is_no_json_is_a_bad_request(sandbox):
    assert sandbox.api.post("/contact/sync", content=b"{").status_code == 400
    assert sandbox.api.post("/contact/sync", content=b"[]").status_code == 400
