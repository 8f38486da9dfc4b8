"""The sides of the open questions that no other test turns to."""

import pytest

from tests.sandbox.conftest import BIRTHDATE, INTERESTS, SONIS_ID, STATUS


def _put(sandbox, contact_id: int, **contact):
    return sandbox.api.put(f"/contacts/{contact_id}", json={"contact": contact})


def _sync(sandbox, **contact):
    return sandbox.api.post("/contact/sync", json={"contact": contact})


def _total(sandbox, **params) -> str:
    return str(sandbox.get("/contacts", limit=100, **params)["meta"]["total"])


def test_totals_can_be_numbers_and_count_only_the_rest(sandbox):
    assert sandbox.get("/contacts", limit=1, id_greater=1)["meta"]["total"] == "3"
    sandbox.switch(meta_total="number", total_under_id_greater="rest")
    assert sandbox.get("/contacts", limit=1, id_greater=1)["meta"]["total"] == 2
    assert sandbox.get("/tags", limit=1)["meta"]["total"] == 1


def test_side_loads_can_be_cut_or_refused(sandbox):
    sandbox.switch(include_limit="1")
    assert len(sandbox.get("/contacts", limit=9, include="fieldValues")["fieldValues"]) == 1
    sandbox.switch(include_limit="0", include_with_id_greater="off")
    page = sandbox.get("/contacts", limit=9, include="fieldValues", id_greater=0)
    assert "fieldValues" not in page


def test_contacts_on_no_list_or_unconfirmed_can_be_left_out(sandbox):
    sandbox.api.post("/contactLists", json={"contactList": {"contact": 2, "list": 1, "status": 0}})
    assert _total(sandbox) == "3"
    sandbox.switch(unconfirmed_listed="off")
    assert _total(sandbox) == "2"
    sandbox.put_world({"contacts": [{"email": "lone@x.test"}]})
    sandbox.switch(unlisted_listed="off")
    assert _total(sandbox) == "0"


def test_status_can_mean_the_contact_or_every_list(sandbox):
    sandbox.switch(status_with_listid="contact")
    assert _total(sandbox, listid=1, status=2) == "1"
    sandbox.switch(status_mixed="all")
    assert _total(sandbox, status=2) == "0"


@pytest.mark.parametrize(("reading", "found"), [("offset", "1"), ("account", "0"), ("utc", "1")])
def test_the_zone_of_a_filter_can_be_read_in_three_ways(sandbox, reading, found):
    # Cleo was changed at 09:00 in the account's zone, 14:00 in UTC.
    sandbox.switch(updated_after_zone=reading)
    when = {"filters[updated_after]": "2026-03-10T13:30:00+00:00"}
    assert _total(sandbox, **when) == found


def test_unknown_filters_can_be_rejected(sandbox):
    sandbox.switch(unknown_filters="reject")
    assert sandbox.api.get("/contacts?limit=9&filters[nonsense]=1").status_code == 422


def test_an_address_can_keep_its_case_and_be_matched_by_it(sandbox):
    sandbox.switch(email_case="keep", email_match="sensitive")
    assert _sync(sandbox, email="Ann@x.test").status_code == 201
    assert sandbox.contact("Ann@x.test")["id"] == "5"
    assert sandbox.contact("ann@x.test")["id"] == "1"


def test_a_deleted_address_can_revive_or_be_refused(sandbox):
    sandbox.switch(deleted_email_reused="reject")
    assert _sync(sandbox, email="gone@x.test").status_code == 422
    sandbox.switch(deleted_email_reused="revive")
    assert _sync(sandbox, email="gone@x.test").json()["contact"]["id"] == "4"


def test_a_cleared_value_can_leave_no_row(sandbox):
    sandbox.switch(blank_clears="on", cleared_value="remove", blank_clears_date="off")
    _put(sandbox, 1, fieldValues=[{"field": 3, "value": "2001-02-03"}])
    _put(sandbox, 1, fieldValues=[{"field": 2, "value": ""}, {"field": 3, "value": ""}])
    assert sandbox.values(1) == {SONIS_ID: "AN0000001", BIRTHDATE: "2001-02-03"}


def test_blanks_of_an_import_have_a_switch_of_their_own(sandbox):
    row = {"email": "ann@x.test", "first_name": "", "fields": [{"id": 2, "value": ""}]}
    sandbox.switch(blank_clears_bulk="off")
    sandbox.bulk_done(row)
    assert (sandbox.contact("ann@x.test")["firstName"], sandbox.values(1)[STATUS]) == ("Ann", "Prospect")
    sandbox.switch(blank_clears_bulk="on")
    sandbox.bulk_done(row)
    assert (sandbox.contact("ann@x.test")["firstName"], sandbox.values(1)[STATUS]) == ("", "")


def test_blank_names_can_be_ignored(sandbox):
    _put(sandbox, 1, phone="")
    assert sandbox.contact("ann@x.test")["phone"] == ""
    sandbox.switch(blank_clears_standard="off")
    _put(sandbox, 1, firstName="")
    assert sandbox.contact("ann@x.test")["firstName"] == "Ann"


def test_an_unknown_field_can_be_refused(sandbox):
    sandbox.switch(unknown_field_put="reject", unknown_field_bulk="reject")
    assert _put(sandbox, 1, fieldValues=[{"field": 99, "value": "x"}]).status_code == 422
    body = {"contacts": [{"email": "a@x.test", "fields": [{"id": 99, "value": "x"}]}]}
    assert sandbox.api.post("/import/bulk_import", json=body).status_code == 400


def test_a_listbox_can_hold_only_one(sandbox):
    sandbox.switch(listbox_holds="one")
    _put(sandbox, 1, fieldValues=[{"field": 5, "value": "||Art||Music||"}])
    assert sandbox.values(1)[INTERESTS] == "||Art||"


def test_long_text_can_be_cut_and_markup_escaped(sandbox):
    sandbox.switch(max_text_length="5", html_escape="on")
    _put(sandbox, 1, firstName="A & B & C", fieldValues=[{"field": 1, "value": "1234567"}])
    assert sandbox.contact("ann@x.test")["firstName"] == "A &amp; B"
    assert sandbox.values(1)[SONIS_ID] == "12345"


def test_udate_can_stand_still(sandbox):
    before = sandbox.contact("ann@x.test")["udate"]
    sandbox.switch(subwrite_bumps_udate="off", noop_bumps_udate="off", bulk_bumps_udate="off")
    _put(sandbox, 1, firstName="Ann", fieldValues=[{"field": 2, "value": "Applicant"}])
    sandbox.bulk_done({"email": "ann@x.test", "last_name": "Law"})
    assert sandbox.contact("ann@x.test")["udate"] == before
    _put(sandbox, 1, firstName="Anna")
    assert sandbox.contact("ann@x.test")["udate"] > before


def test_udate_can_be_null_until_the_first_change(sandbox):
    sandbox.switch(udate_null_when_fresh="on")
    assert _sync(sandbox, email="new@x.test").json()["contact"]["udate"] is None
    assert _sync(sandbox, email="new@x.test", phone="1").json()["contact"]["udate"]


def test_the_account_can_be_full(sandbox):
    sandbox.switch(contact_limit="3")
    assert _sync(sandbox, email="new@x.test").status_code == 422
    assert sandbox.bulk_done({"email": "new@x.test"})["failure"] == ["new@x.test"]


def test_statuses_can_be_the_other_documented_ones(sandbox):
    sandbox.switch(sync_update_status="201", contact_tag_status="200", bulk_accept_status="201")
    assert _sync(sandbox, email="ann@x.test").status_code == 201
    tag = {"contactTag": {"contact": 2, "tag": 1}}
    assert sandbox.api.post("/contactTags", json=tag).status_code == 200
    body = {"contacts": [{"email": "a@x.test"}]}
    assert sandbox.api.post("/import/bulk_import", json=body).status_code == 201


def test_contacts_can_have_no_address_and_be_matched_by_phone(sandbox):
    phone_only = {"contact": {"phone": "+1999", "allowNullEmail": True}}
    assert sandbox.api.post("/contacts", json=phone_only).status_code == 422
    sandbox.switch(allow_null_email="on", sync_matches_phone="on")
    assert sandbox.api.post("/contacts", json=phone_only).json()["contact"]["email"] == ""
    assert _sync(sandbox, phone="+1999", firstName="Zoe").json()["contact"]["id"] == "5"


def test_a_row_that_would_resubscribe_can_keep_the_unsubscribe(sandbox):
    sandbox.switch(bulk_unsubscribed_row="skip_list")
    row = {"email": "ann@x.test", "last_name": "Law", "subscribe": [{"listid": 2}]}
    assert sandbox.bulk_done(row)["success"] == ["1"]
    rows = sandbox.get("/contacts/1/contactLists")["contactLists"]
    assert [one["status"] for one in rows] == ["1", "2"]


def test_an_account_whose_plan_ended_answers_402(sandbox):
    sandbox.switch(read_status="402")
    assert sandbox.api.get("/users/me").status_code == 402


def test_the_account_has_a_time_zone(sandbox):
    sandbox.switch(time_zone="US/Pacific")
    assert sandbox.contact("ann@x.test")["cdate"] == "2026-01-10T06:00:00-08:00"
