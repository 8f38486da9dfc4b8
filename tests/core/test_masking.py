"""The mask of a rehearsal: nothing of a person is left, and what was equal stays equal (rule 13)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.masking import Mask
from sonisbridge.core.person import Address, Inquiry, PersonRecord, SonisId
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.core.values import clean_phone, email_key, good_email, name_key

MASK = Mask(b"a key")
LETTERS = st.text(st.sampled_from("abcxyzàéñøüž '-"), max_size=30)


def test_nothing_of_a_person_is_left_but_what_the_institution_calls_them_by():
    person = PersonRecord(
        sonis_id=SonisId("AB1"),
        first_name="Augusta",
        last_name="O'Byron-King",
        nickname="Ada",
        birthdate=date(2007, 2, 3),
        addresses=(
            Address(
                rid="1", street=("12 Elm Street", "", ""), city="Nashville", state="TN", zip_code="03720",
                email="ada@example.edu", email2="king@example.org", phone="(615) 555-0147", cell_phone="+16155550148",
            ),
        ),
        inquiry=Inquiry(memo1="My uncle Byron", agency="Kim Roe", high_school="Hume"),
    )  # fmt: skip
    masked = MASK.person(person)
    text = repr(masked).casefold()
    for word in ("augusta", "byron", "king", "ada@", "elm", "03720", "0147", "0148", "uncle", "kim", "2007, 2, 3"):
        assert word not in text
    assert (masked.sonis_id, masked.addresses[0].city, masked.inquiry.high_school) == ("AB1", "Nashville", "Hume")
    assert masked.last_name[1] == "'"
    assert len(masked.last_name) == len(person.last_name)
    assert MASK.person(person) == masked
    assert Mask(b"another").person(person) != masked


@given(LETTERS, LETTERS)
def test_names_that_match_still_match(first: str, last: str):
    assert name_key(MASK.name(first.upper()), MASK.name(last.upper())) == name_key(MASK.name(first), MASK.name(last))


def test_case_and_accents_written_in_two_ways_make_no_difference():
    assert MASK.name("ÀNA lima").casefold() == MASK.name("Àna Lima").casefold()
    assert MASK.name("Zoe\u0308") == MASK.name("Zoë")


@pytest.mark.parametrize("email", ["ada@example.edu", " ADA@Example.EDU ", "x" * 44 + "@a.org"])
def test_an_address_stays_valid_and_equal(email: str):
    assert good_email(MASK.email(email)) is not None
    assert email_key(MASK.email(email)) == email_key(MASK.email(email.upper()))
    assert len(MASK.email("y" * 60 + "@a.org")) > 50


@pytest.mark.parametrize("email", ["", " ", "ada", "ada@", "a b@example.edu", "none@@x"])
def test_what_was_no_address_still_is_none(email: str):
    assert good_email(MASK.email(email)) is None


def test_a_number_stays_one_of_its_country():
    assert clean_phone(MASK.phone("(615) 555-0147"), "US") == MASK.phone("+16155550147").replace(
        MASK.phone("+16155550147")[-4:], MASK.phone("(615) 555-0147")[-4:]
    )
    assert MASK.phone("") == ""


def test_a_placeholder_stands_for_no_day_under_the_mask_too():
    assert MASK.day(date(1900, 1, 1)) == date(1900, 1, 1)
    assert MASK.day(None) is None
    assert MASK.day(date(2007, 2, 3)) != date(2007, 2, 3)
    assert MASK.contact_value("name.birthdate", "2007-02-03") == str(MASK.day(date(2007, 2, 3)))


def test_a_contact_and_its_person_get_the_same_values():
    assert MASK.contact_value("address.street", "1 Elm St, Apt 2") == f"{MASK.shape('1 Elm St')}, {MASK.shape('Apt 2')}"
    assert MASK.contact_value("approg.prg_cod", "Biology") == "Biology"
    prospect = MASK.prospect(WaitingProspect(row_id="1", first_name="Ann", last_name="Lima", email="ann@example.edu"))
    assert (prospect.first_name, prospect.email) == (MASK.name("Ann"), MASK.email("ann@example.edu"))
