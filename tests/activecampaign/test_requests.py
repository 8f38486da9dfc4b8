"""The bodies that are sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.activecampaign.requests import (
    BULK_FRAME_BYTES,
    bulk_accepts,
    bulk_body,
    bulk_row,
    bulk_row_bytes,
    contact_body,
    encoded,
)
from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, PHONE, FieldId

from .anything import patiently

ADA = {
    EMAIL: "ada@x.test",
    FIRST_NAME: "Ada",
    LAST_NAME: "",
    PHONE: "+15550100",
    FieldId("7"): "Fall 2027",
    FieldId("8"): "",
}
field_ids = st.sampled_from([EMAIL, FIRST_NAME, LAST_NAME, PHONE]) | st.integers(1, 99).map(
    lambda number: FieldId(str(number))
)
people = st.dictionaries(field_ids, st.text())
rows = st.builds(bulk_row, people, account_name=st.text(max_size=5), exclude_automations=st.booleans())


def test_a_contact_is_spelt_in_camel_case_and_blanks_stay_at_home():
    assert contact_body(ADA) == {
        "contact": {
            "email": "ada@x.test",
            "firstName": "Ada",
            "phone": "+15550100",
            "fieldValues": [{"field": "7", "value": "Fall 2027"}],
        }
    }


def test_a_bulk_row_is_spelt_in_snake_case_and_blanks_stay_at_home():
    assert bulk_row(ADA, account_name="SONIS", exclude_automations=True) == {
        "email": "ada@x.test",
        "first_name": "Ada",
        "phone": "+15550100",
        "fields": [{"id": 7, "value": "Fall 2027"}],
        "customer_acct_name": "SONIS",
        "exclude_automations": True,
    }


def test_automations_are_not_mentioned_when_they_may_run():
    assert bulk_row({EMAIL: "a@x.test"}, exclude_automations=False) == {"email": "a@x.test"}
    assert bulk_body([], exclude_automations=False) == {"contacts": []}


def test_automations_are_excluded_in_the_request_too():
    assert bulk_body([], exclude_automations=True)["exclude_automations"] is True


@patiently
@given(batch=st.lists(rows, min_size=1, max_size=6), exclude=st.booleans())
def test_a_batchs_bytes_are_the_frame_its_rows_and_the_commas_between(batch, exclude):
    exact = len(encoded(bulk_body(batch, exclude_automations=exclude)))
    reckoned = BULK_FRAME_BYTES + sum(map(bulk_row_bytes, batch)) + len(batch) - 1
    assert exact == reckoned if exclude else exact < reckoned


@patiently
@given(people)
def test_no_request_holds_a_blank(person):
    row = bulk_row(person, exclude_automations=False)
    values = [*row.values(), *(item["value"] for item in row.get("fields", []))]
    assert all(values)
    assert "" not in json.dumps(contact_body(person)).split('"value": ')


def test_half_a_character_does_not_stop_a_batch():
    assert encoded({"a": "x\ud800"}) == b'{"a":"x?"}'


@pytest.mark.parametrize(
    "email",
    ["a@x.test", "ada.b+c@mail.school.edu", "A_B-c%d@x-y.co", "1@2.co", "{a}|~^`!#$&*=?/@x.org"],
)
def test_the_importer_takes_ordinary_addresses(email):
    assert bulk_accepts(email)


@pytest.mark.parametrize(
    "email",
    ["", "@x.test", "a", "a@x", "a@x.t", "a@.test", "a@@x.test", "a@b@x.test", "a b@x.test"]
    + [f"a{sign}b@x.test" for sign in "\"(),:;<>[\\]'\n\t\x00"]
    + ["ä@x.test", "a@x.test ", "a@x.test\n", "a@x.123", "a@x.c1"],
)
def test_the_importer_is_spared_what_it_is_not_known_to_take(email):
    assert not bulk_accepts(email)
