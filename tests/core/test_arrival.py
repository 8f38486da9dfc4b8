"""A person about to be made of a web prospect: what the row says, what the import remembers, what a user edits (rule 7.5)."""

from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.arrival import (
    FIELDS,
    Arrival,
    arrival_of,
    completed,
    edited,
    likenesses,
    prospect_document,
    prospect_from,
    shown,
)
from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.person import Codes, Identity, SonisId
from sonisbridge.core.prospect import NewProspect

CODES = Codes(program={"BIO": "Biology"}, state={"TN": "Tennessee"})
ZOE = NewProspect(
    contact_id=ContactId("7"), first_name="Zoe", last_name="Stranger", email="zoe@example.org", submitted=date(2026, 11, 23),
    street=("1 Elm", "Apt 2", ""), birthdate=date(2007, 2, 3), email2="z@example.org", agency="Ann", hs_grad_year="2025",
    text_me=True, inquiry_type="ACTIVECAMP",
)  # fmt: skip


def test_a_prospect_becomes_a_person_value_by_value():
    arrival = arrival_of(ZOE)
    assert (arrival.first_name, arrival.street1, arrival.street2, arrival.text_me) == ("Zoe", "1 Elm", "Apt 2", True)


def test_what_a_row_has_no_column_for_is_remembered_and_what_it_says_stays():
    row = Arrival(first_name="Zoé", last_name="Stranger", email="zoe@example.org", agency="Bea")
    whole = completed(row, ZOE, inquiry_type="WEB")
    assert (whole.first_name, whole.agency) == ("Zoé", "Bea")
    assert (whole.email2, whole.hs_grad_year, whole.text_me) == ("z@example.org", "2025", True)
    assert completed(row, None) == row
    assert completed(row, None, inquiry_type="WEB").inquiry_type == "WEB"


def test_edits_are_read_by_their_kind():
    made = edited(
        Arrival(), {"first_name": " Ana ", "birthdate": "2007-02-03", "text_me": "Yes", "program": "BIO", "hs_grad_year": "2025"},
        CODES,
    )  # fmt: skip
    assert (made.first_name, made.birthdate, made.text_me, made.program) == ("Ana", date(2007, 2, 3), True, "BIO")
    assert edited(made, {"birthdate": "", "text_me": "no", "program": ""}, CODES).birthdate is None


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("first_name", " ", "First Name cannot be blank."),
        ("city", "x" * 31, "City has more than 30 characters."),
        ("birthdate", "3 May", "Birthdate is not a day such as 2027-05-30."),
        ("text_me", "maybe", "Text Me is yes or no."),
        ("hs_grad_year", "25", "HS Graduation Year is a year of four digits."),
        ("email", "no address", "E-mail is not a valid e-mail address."),
        ("program", "NUR", "Program has no code 'NUR'; there are BIO."),
    ],
)
def test_an_edit_that_cannot_be_is_named(name, text, said):
    with pytest.raises(WrongSettingsError, match=said.replace(".", r"\.")):
        edited(Arrival(), {name: text}, CODES)


def test_every_edit_that_cannot_be_is_named_and_an_unknown_one_too():
    with pytest.raises(WrongSettingsError, match=r"First Name cannot be blank\. Text Me is yes or no\."):
        edited(Arrival(), {"first_name": "", "text_me": "x"}, CODES)
    with pytest.raises(WrongSettingsError, match="has no 'shoe_size'"):
        edited(Arrival(), {"shoe_size": "42"}, CODES)


def test_values_are_shown_as_they_are_edited():
    arrival = arrival_of(ZOE)
    texts = {field.name: shown(arrival, field.name) for field in FIELDS}
    assert (texts["birthdate"], texts["text_me"], texts["nickname"]) == ("2007-02-03", "yes", "")
    codes = Codes()
    assert edited(arrival, texts, codes) == arrival


def test_who_shares_name_or_address_is_found_the_surest_first():
    people = [
        Identity(sonis_id=SonisId("C"), first_name="Zoe", last_name="Stranger"),
        Identity(sonis_id=SonisId("B"), first_name="Zo", last_name="S", all_emails=("Z@example.org",)),
        Identity(sonis_id=SonisId("A"), first_name="zoe", last_name="STRANGER", all_emails=("zoe@example.org",)),
        Identity(sonis_id=SonisId("D"), first_name="Eva", last_name="Lund", all_emails=("eva@example.org",)),
    ]
    found = likenesses({"1": arrival_of(ZOE)}, people)["1"]
    assert [(item.sonis_id, item.why, item.same) for item in found] == [
        ("A", "same name and e-mail", True), ("B", "same e-mail", False), ("C", "same name", False),
    ]  # fmt: skip
    assert likenesses({"1": Arrival()}, people) == {"1": ()}


@given(first=st.text(max_size=30), memo=st.text(max_size=60), born=st.none() | st.dates())
def test_what_the_ledger_keeps_comes_back_as_it_was(first, memo, born):
    prospect = NewProspect(
        contact_id=ContactId("9"), first_name=first, last_name="L", email="l@example.org", submitted=date(2026, 1, 2),
        memo1=memo, birthdate=born, left_over={"address.city": "long"},
    )  # fmt: skip
    kept = json.loads(json.dumps(prospect_document(prospect)))
    assert prospect_from(kept, prospect.left_over) == prospect
    assert prospect_from({}) is None
