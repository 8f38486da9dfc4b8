"""Contacts and fields are read whatever is missing, and nothing missing is taken for absent."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.activecampaign.results import (
    contacts_page,
    field_of,
    instant,
    list_standings,
    number,
    options_beside,
    text,
    total_of,
)
from sonisbridge.core.contact import EMAIL, FIRST_NAME, PHONE, FieldId, ListStatus
from sonisbridge.core.errors import RetryLaterError

from .anything import anything, patiently

BLANKS = ["", "  ", None, "0000-00-00", "0000-00-00 00:00:00"]
blank = pytest.mark.parametrize("value", BLANKS)


def one(row: dict[str, object], **beside: object):
    """The only contact of a page."""
    (contact,) = contacts_page({"contacts": [{"id": "7"} | row], **beside}, limit=100).contacts
    return contact


def test_side_loaded_rows_are_joined_by_the_ids_that_the_contact_names():
    contact = one(
        {"fieldValues": ["41"], "contactLists": ["51"], "accountContacts": ["61"]},
        fieldValues=[{"id": "41", "field": "3", "value": "Fall 2027"}],
        contactLists=[{"id": "51", "list": "2", "status": "1"}],
        accountContacts=[{"id": "61", "account": "9"}],
    )
    assert contact.value(FieldId("3")) == "Fall 2027"
    assert contact.lists == {"2": ListStatus.ACTIVE}
    assert contact.account_id == "9"


def test_or_by_the_contact_that_they_name():
    contact = one({}, fieldValues=[{"id": 41, "contact": 7, "field": 3, "value": " x "}])
    assert contact.fields == {FieldId("3"): "x"}


def test_ids_may_be_numbers():
    page = contacts_page(
        {
            "contacts": [{"id": 7, "email": "a@x.test", "fieldValues": [41]}],
            "fieldValues": [{"id": "41", "contact": "7", "field": 3, "value": 5}],
        },
        limit=100,
    )
    assert page.contacts[0].contact_id == "7"
    assert page.contacts[0].value(FieldId("3")) == "5"
    assert page.last_id == "7"


def test_another_contacts_rows_stay_away():
    page = contacts_page(
        {
            "contacts": [{"id": "7"}, {"id": "8"}],
            "fieldValues": [
                {"id": "1", "contact": "8", "field": "3", "value": "eight"},
                {"id": "2", "contact": "9", "field": "3", "value": "nine"},
            ],
        },
        limit=2,
    )
    assert [contact.value(FieldId("3")) for contact in page.contacts] == ["", "eight"]
    assert page.full


def test_rows_that_a_contact_names_and_the_page_lacks_are_said_to_be_missing():
    page = contacts_page(
        {
            "contacts": [{"id": "7", "fieldValues": ["41", "42"], "contactLists": ["5"]}],
            "fieldValues": [{"id": "41", "contact": "7", "field": "3", "value": "x"}],
            "contactLists": [{"id": "5", "contact": "7", "list": "1", "status": 2}],
        },
        limit=100,
    )
    assert page.missing == {"7": frozenset({"fieldValues"})}


@blank
def test_every_spelling_of_blank_is_blank(value):
    contact = one(
        {"email": value, "firstName": value, "cdate": value, "udate": value},
        fieldValues=[{"id": "1", "contact": "7", "field": "3", "value": value}],
    )
    assert contact.fields == {}
    assert contact.created is contact.updated is None


def test_zero_is_a_value():
    assert one({"phone": "0"}).value(PHONE) == "0"


def test_a_fresh_contacts_change_date_is_its_creation_date():
    contact = one({"cdate": "2026-01-31T10:00:00-05:00", "udate": None})
    assert contact.updated == contact.created == datetime(2026, 1, 31, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("shown", "moment"),
    [
        ("2026-01-31T10:00:00-05:00", datetime(2026, 1, 31, 15, tzinfo=UTC)),
        ("2026-01-31 10:00:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-02-31", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
    ],
)
def test_dates_with_and_without_an_offset(shown, moment):
    assert instant(shown) == moment


@pytest.mark.parametrize(
    "row",
    [
        {"deleted": "1"},
        {"deleted": 1},
        {"anonymized": "1"},
        {"email": "deleted+7@activecampaign.test"},
        {"email": "Deleted+7@x.test", "deleted": "0"},
    ],
)
def test_a_deleted_contact_is_no_contact_and_still_moves_the_scan_on(row):
    page = contacts_page({"contacts": [{"id": "6"}, {"id": "7"} | row]}, limit=100)
    assert [contact.contact_id for contact in page.contacts] == ["6"]
    assert page.deleted == ["7"]
    assert page.last_id == "7"


def test_somebody_whose_address_only_begins_alike_is_not_deleted():
    assert one({"email": "deleted.scenes@x.test", "deleted": "0"}).value(EMAIL)


@pytest.mark.parametrize(
    ("row", "rows", "bounced"),
    [
        ({"bounced_hard": "1"}, [], True),
        ({"bounced_hard": "0", "bounced_soft": "2"}, [], False),
        ({"bounced_hard": None}, [{"contact": "7", "list": "1", "status": "3"}], True),
    ],
)
def test_a_hard_bounce_or_a_bounced_list_makes_a_contact_bounced(row, rows, bounced):
    assert one(row, contactLists=rows).bounced is bounced


def test_of_two_rows_for_a_list_the_less_mailable_counts():
    rows = [{"list": "1", "status": status} for status in ("1", "2", "1", "91", "", None)]
    assert list_standings(rows) == {"1": ListStatus.UNSUBSCRIBED}


@pytest.mark.parametrize("data", [{}, {"contacts": None}, {"contacts": {}}, {"contacts": ["7"]}])
def test_a_page_without_its_contacts_is_broken_and_not_empty(data):
    with pytest.raises(RetryLaterError, match="broken"):
        contacts_page(data, limit=100)


@pytest.mark.parametrize("row", [{}, {"id": ""}, {"id": None}, {"id": "x"}, {"id": []}])
def test_a_contact_without_an_id_is_broken(row):
    with pytest.raises(RetryLaterError, match="broken"):
        contacts_page({"contacts": [row]}, limit=100)


@pytest.mark.parametrize(("value", "count"), [("36", 36), (36, 36), ("", None), ("-1", None)])
def test_totals_come_as_text_or_numbers_or_not_at_all(value, count):
    assert total_of({"meta": {"total": value}}) == count
    assert total_of({"meta": []}) is None
    assert total_of({}) is None


def test_a_field_with_its_options_in_their_order():
    row = {"id": 3, "title": " Status ", "type": "Dropdown", "perstag": "%STATUS%"}
    options = [
        {"id": "2", "field": "3", "value": "Applicant", "orderid": "2"},
        {"id": "1", "field": "3", "value": "Prospect", "orderid": 1},
        {"id": "9", "field": "4", "value": "Other field"},
    ]
    beside = options_beside({"fieldOptions": options}, row)
    assert beside is not None
    found = field_of(row, beside)
    assert (found.field_id, found.title, found.kind, found.tag) == (
        "3",
        "Status",
        "dropdown",
        "STATUS",
    )
    assert found.options == ("Prospect", "Applicant")


@pytest.mark.parametrize(
    "row",
    [
        {"id": "3", "type": "dropdown"},
        {"id": "3", "type": "text", "options": ["7"]},
        {"id": "3", "type": "radio", "options": ["1", "7"]},
    ],
)
def test_options_that_did_not_come_along_are_noticed(row):
    assert options_beside({"fieldOptions": [{"id": "1", "value": "x"}]}, row) is None
    assert options_beside({}, row) is None


def test_a_text_field_needs_no_options():
    assert options_beside({}, {"id": "3", "type": "text", "options": []}) == []


SCALARS = ["email", "phone", "firstName", "cdate", "udate", "deleted", "bounced_hard", "anonymized"]
contact_rows = st.fixed_dictionaries(
    {"id": st.integers(1, 5)},
    optional=dict.fromkeys([*SCALARS, "fieldValues", "contactLists", "accountContacts"], anything),
)
SIDE_KEYS = ["id", "contact", "field", "value", "list", "status", "account"]
side_rows = st.fixed_dictionaries({}, optional=dict.fromkeys(SIDE_KEYS, anything))


@patiently
@given(
    st.fixed_dictionaries(
        {"contacts": st.lists(contact_rows, max_size=4)},
        optional=dict.fromkeys(
            ["fieldValues", "contactLists", "accountContacts", "meta"],
            anything | st.lists(side_rows, max_size=4),
        ),
    )
)
def test_whatever_stands_in_a_page_every_row_is_a_contact_or_deleted(data):
    page = contacts_page(data, limit=100)
    assert len(page.contacts) + len(page.deleted) == len(data["contacts"])
    assert all(value for contact in page.contacts for value in contact.fields.values())


@patiently
@given(anything)
def test_scalars_never_surprise(value):
    assert text(text(value)) == text(value)
    assert (found := number(value)) is None or found >= 0
    assert (moment := instant(value)) is None or moment.tzinfo is UTC


def test_names_are_trimmed():
    assert one({"firstName": " Ada "}).value(FIRST_NAME) == "Ada"
