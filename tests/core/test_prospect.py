"""A contact read backwards into the web prospect that SONIS will hold (rule 7.3)."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonisbridge.core.desired import ContactMaker
from sonisbridge.core.errors import SkipRecordError
from sonisbridge.core.person import Address, Inquiry, PersonRecord, SonisId
from sonisbridge.core.policy import Policy
from sonisbridge.core.prospect import missing_required, new_prospect
from tests.builders import a_contact, a_field, a_person, a_row, the_codes, the_fields, the_mapping, usual_id


def prospect(fields=None, *, policy=None, codes=None, mapping=None, account=None, **standard):
    contact = a_contact("12", fields=fields, **standard)
    return new_prospect(
        contact, mapping or the_mapping(), account or the_fields(), codes or the_codes(), policy or Policy()
    )


def test_a_contact_becomes_a_web_prospect():
    found = prospect(
        {
            "Preferred Name": "Countess",
            "Birthdate": "2009-12-10",
            "Home Address": "12 Main St, Apt 4",
            "Home City": "Nashville",
            "Home State": "tennessee",
            "Home Zip Code/Postal Code": "02134",
            "Home Phone": "(615) 555-0100",
            "Start Term": "Fall 2027",
            "Lead Provider": "friend",
            "Program of Interest": "BIOLOGY",
            "How did you hear about institution?": "A friend\r\ntold me",
            "High School Name": "Central High",
            "Personal Email": "ada@home.example",
            "Admissions Rep": "Jo Reyes",
            "HS Grad Date": "2027-05-30",
            "Okay to Text": "Yes",
        },
        PHONE="615 555 0101",
    )
    assert (found.first_name, found.last_name, found.email) == ("Ada", "Lovelace", "ada@example.edu")
    assert found.nickname == "Countess"
    assert found.birthdate == date(2009, 12, 10)
    assert found.street == ("12 Main St", "Apt 4", "")
    assert (found.city, found.state, found.zip_code) == ("Nashville", "TN", "02134")
    assert (found.phone, found.cell_phone) == ("+16155550100", "+16155550101")
    assert (found.term_interest, found.refer_by, found.program) == ("Fall 2027", "FR", "BIO")
    assert (found.memo1, found.high_school) == ("A friend\ntold me", "Central High")
    assert (found.inquiry_type, found.email2, found.agency) == ("ACTIVECAMP", "ada@home.example", "Jo Reyes")
    assert (found.hs_grad_year, found.text_me) == ("2027", True)
    assert found.left_over == {}
    assert found.row_id == "202611230000000012"


def test_the_day_is_that_of_the_institutions_zone():
    late = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert prospect(created=late).submitted == date(2026, 11, 22)
    assert prospect(created=late, policy=Policy(time_zone="UTC")).submitted == date(2026, 11, 23)
    assert prospect(created=late.replace(tzinfo=None)).submitted == date(2026, 11, 23)


def test_a_contact_without_a_creation_date_is_left_for_the_next_import():
    with pytest.raises(SkipRecordError, match="Contact 12"):
        prospect(created=None)


@pytest.mark.parametrize(
    ("standard", "missing"),
    [
        ({}, ()),
        ({"FIRSTNAME": " "}, ("a first name",)),
        ({"LASTNAME": ""}, ("a last name",)),
        ({"EMAIL": ""}, ("a valid e-mail address",)),
        ({"EMAIL": "nonsense"}, ("a valid e-mail address",)),
        ({"EMAIL": "a" * 40 + "@example.edu"}, ("an e-mail address of at most 50 characters",)),
        ({"EMAIL": "", "FIRSTNAME": ""}, ("a first name", "a valid e-mail address")),
    ],
)
def test_what_sonis_requires_is_named_where_it_is_missing(standard, missing):
    assert missing_required(a_contact(**standard)) == missing


@pytest.mark.parametrize(
    ("title", "attribute", "length", "key"),
    [
        ("Preferred Name", "nickname", 30, "name.nickname"),
        ("Home City", "city", 30, "address.city"),
        ("Start Term", "term_interest", 20, "approg.term"),
        ("How did you hear about institution?", "memo1", 255, "prospect.memo1"),
        ("High School Name", "high_school", 50, "prospect.undergrd_attnd"),
        ("Admissions Rep", "agency", 40, "prospect.agency"),
    ],
)
def test_free_text_is_cut_and_kept_whole_aside(title, attribute, length, key):
    fits, whole = "x" * length, "x" * (length - 1) + " " + "y" * 300
    assert getattr(prospect({title: fits}), attribute) == fits
    assert prospect({title: fits}).left_over == {}
    found = prospect({title: whole})
    assert getattr(found, attribute) == "x" * (length - 1)
    assert found.left_over == {key: whole}


def test_long_names_are_cut_and_kept_whole_aside():
    found = prospect(FIRSTNAME="A" * 31, LASTNAME="B" * 31)
    assert (found.first_name, found.last_name) == ("A" * 30, "B" * 30)
    assert found.left_over == {"name.first_name": "A" * 31, "name.last_name": "B" * 31}


def test_an_address_that_does_not_fit_is_left_blank():
    found = prospect({"Personal Email": "b" * 51}, EMAIL="a" * 40 + "@example.edu")
    assert (found.email, found.email2) == ("", "")
    assert set(found.left_over) == {"address.email", "address.email2"}


@pytest.mark.parametrize(
    ("title", "attribute", "value", "key"),
    [
        ("Home State", "state", "Middlesex", "address.state"),
        ("Home State", "state", "ZZ", "address.state"),
        ("Home Zip Code/Postal Code", "zip_code", "12345-67890", "address.zip"),
        ("Home Phone", "phone", "call me at home after six", "address.phone"),
        ("Program of Interest", "program", "Astrology", "approg.prg_cod"),
        ("Lead Provider", "refer_by", "Nobody", "nmrefby.refer_by"),
        ("Birthdate", "birthdate", "in May", "name.birthdate"),
        ("Birthdate", "birthdate", "0209-12-10", "name.birthdate"),
        ("HS Grad Date", "hs_grad_year", "next year", "prospect.hs_grad_year"),
    ],
)
def test_what_does_not_fit_is_left_blank_and_kept_whole_aside(title, attribute, value, key):
    found = prospect({title: value})
    assert not getattr(found, attribute)
    assert found.left_over == {key: value}


@pytest.mark.parametrize(
    ("written", "country", "day"),
    [
        ("2009-12-10", "US", date(2009, 12, 10)),
        ("2009-12-10T02:00:00+00:00", "US", date(2009, 12, 9)),
        ("2009-12-10 00:00:00", "US", date(2009, 12, 10)),
        ("12/10/2009", "US", date(2009, 12, 10)),
        ("12/10/2009", "GB", None),
        ("13/10/2009", "US", None),
        ("1900-01-01", "US", None),
        ("0000-00-00", "US", None),
        ("9999-12-31T23:00:00-05:00", "US", date(9999, 12, 31)),
    ],
)
def test_dates_are_read(written, country, day):
    assert prospect({"Birthdate": written}, policy=Policy(country=country)).birthdate == day


def test_a_graduation_year_may_stand_alone():
    mapping = the_mapping(a_row("prospect.hs_grad_year", "90"))
    account = the_fields(a_field("Year", field_id="90"))
    assert prospect({"90": "2027"}, mapping=mapping, account=account).hs_grad_year == "2027"


@pytest.mark.parametrize(
    ("written", "state"),
    [("TN", "TN"), ("tn", "TN"), (" Kentucky ", "KY"), ("", "")],
)
def test_states_are_read_by_name_or_code(written, state):
    assert prospect({"Home State": written}).state == state


def test_without_a_state_table_two_letters_are_taken():
    assert prospect({"Home State": "tn"}, codes=the_codes(state={})).state == "TN"
    assert prospect({"Home State": "Tennessee"}, codes=the_codes(state={})).state == ""


@pytest.mark.parametrize(
    ("written", "lines"),
    [
        ("12 Main St", ("12 Main St", "", "")),
        ("12 Main St, Apt 4, Rear", ("12 Main St", "Apt 4", "Rear")),
        ("12 Main St, Apt 4, Rear, Blue door", ("12 Main St, Apt 4, Rear, Blue door", "", "")),
        ("A" * 45 + ", Apt 4, Rear, " + "B" * 45, ("A" * 45, "Apt 4, Rear", "B" * 45)),
        ("12 Main St\nApt 4", ("12 Main St", "Apt 4", "")),
    ],
)
def test_a_street_is_broken_into_lines_that_fit(written, lines):
    found = prospect({"Home Address": written})
    assert found.street == lines
    assert found.left_over == {}


def test_a_street_that_does_not_fit_is_cut_and_kept_whole_aside():
    whole = ", ".join(["A" * 60, "B" * 40, "C" * 40, "D" * 40])
    found = prospect({"Home Address": whole})
    assert found.street == ("A" * 50, "B" * 40, "C" * 40 + ", " + "D" * 8)
    assert found.left_over == {"address.street": whole}


def test_of_several_refer_by_the_first_known_is_taken():
    for kind, whole in (("text", "Nobody, Friend"), ("listbox", "||Nobody||Friend||")):
        account = the_fields(a_field("Lead Provider", kind, options=("Friend", "Nobody")))
        found = prospect({"Lead Provider": whole}, account=account)
        assert found.refer_by == "FR"
        assert found.left_over == {"nmrefby.refer_by": whole}


def test_one_option_of_a_listbox_is_read_without_its_bars():
    account = the_fields(a_field("Lead Provider", "listbox", options=("Friend",)))
    found = prospect({"Lead Provider": "||Friend||"}, account=account)
    assert (found.refer_by, found.left_over) == ("FR", {})


def test_labels_are_read_by_translation_then_code_table_then_code():
    mapping = the_mapping(**{"approg.prg_cod": {"NUR": "Biology"}})
    assert prospect({"Program of Interest": "biology"}, mapping=mapping).program == "NUR"
    assert prospect({"Program of Interest": "Nursing"}, mapping=mapping).program == "NUR"
    assert prospect({"Program of Interest": "bio"}, mapping=mapping).program == "BIO"


def test_a_code_that_is_longer_than_its_column_is_left_blank():
    found = prospect({"Program of Interest": "Long"}, codes=the_codes(program={"X" * 11: "Long"}))
    assert (found.program, found.left_over) == ("", {"approg.prg_cod": "Long"})


@pytest.mark.parametrize(
    ("table", "setting", "code"),
    [
        ({"ACTIVECAMP": "x"}, "ACTIVECAMP", "ACTIVECAMP"),
        ({"AC": "activecampaign"}, "ACTIVECAMP", "AC"),
        ({}, "ACTIVECAMP", "ACTIVECAMP"),
        ({}, "TOO LONG A CODE", ""),
    ],
)
def test_the_inquiry_type_says_that_the_person_began_in_activecampaign(table, setting, code):
    policy = Policy(inquiry_type_code=setting)
    assert prospect(codes=the_codes(inquiry_type=table), policy=policy).inquiry_type == code


def test_names_come_from_their_mapped_fields_or_else_the_standard_ones():
    mapping = the_mapping(a_row("name.first_name", "90"), a_row("name.nickname", "FIRSTNAME"))
    account = the_fields(a_field("Legal First Name", field_id="90"))
    assert prospect({"90": "Augusta"}, mapping=mapping, account=account).first_name == "Augusta"
    found = prospect(mapping=mapping, account=account)
    assert (found.first_name, found.nickname) == ("Ada", "Ada")


def test_a_field_that_is_gone_is_blank():
    assert prospect(mapping=the_mapping(a_row("address.city", "999"))).city == ""


LENGTHS = {
    "first_name": 30, "last_name": 30, "nickname": 30, "city": 30, "state": 2, "zip_code": 10, "phone": 20,
    "cell_phone": 20, "email": 50, "term_interest": 20, "refer_by": 10, "program": 10, "memo1": 255,
    "high_school": 50, "agency": 40, "email2": 50, "inquiry_type": 10, "hs_grad_year": 4,
}  # fmt: skip
texts = st.one_of(st.text(max_size=300), st.sampled_from(["Friend", "||A||", "TN", "2027-05-30", "Yes", "a, b, c, d"]))


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([str(number) for number in range(1, 26)]), texts), texts, texts)
def test_any_contact_fits_the_columns(fields, first, last):
    found = prospect(fields, FIRSTNAME=first, LASTNAME=last)
    for attribute, length in LENGTHS.items():
        assert len(getattr(found, attribute)) <= length
    assert all(len(line) <= 50 for line in found.street)
    assert all(found.left_over.values())


plain = st.text("abcdefghij XYZ-'", max_size=30).map(str.strip)
lines = st.text("abcdefghij XYZ-'", max_size=50).map(str.strip)


@settings(max_examples=100, deadline=None)
@given(
    st.builds(
        Address,
        rid=st.just("1"),
        preferred=st.just(True),
        street=st.tuples(lines, lines, lines),
        city=plain,
        state=st.sampled_from(["TN", "KY", ""]),
        zip_code=st.sampled_from(["02134", "37201-1234", ""]),
        country=st.just(""),
        email=st.just("ada@example.edu"),
        email2=st.just(""),
        phone=st.sampled_from(["+16155550100", "555-0100", ""]),
        cell_phone=st.just(""),
        text_me=st.booleans(),
    ),
    st.builds(
        Inquiry,
        date_received=st.none(),
        hs_grad_year=st.sampled_from(["2027", ""]),
        inquiry_type=st.just(""),
        memo1=plain,
        agency=plain,
        high_school=plain,
    ),
    st.one_of(st.none(), st.dates(date(1901, 1, 1), date(2020, 1, 1))),
)
def test_what_an_export_sends_an_import_reads_back(address, inquiry, birthdate):
    person = a_person(addresses=(address,), inquiry=inquiry, birthdate=birthdate, program="BIO", refer_by=("FR",))
    sent = ContactMaker(the_mapping(), the_fields(), the_codes(), Policy()).desired(person)
    found = prospect(dict(sent.values))
    again = PersonRecord(
        sonis_id=SonisId(person.sonis_id),
        first_name=found.first_name,
        last_name=found.last_name,
        birthdate=found.birthdate,
        statuses=person.statuses,
        addresses=(
            Address(
                rid="1",
                preferred=True,
                street=found.street,
                city=found.city,
                state=found.state,
                zip_code=found.zip_code,
                email=found.email,
                phone=found.phone,
                text_me=found.text_me,
            ),
        ),
        programs=person.programs,
        refer_by=(found.refer_by,),
        inquiry=Inquiry(
            hs_grad_year=found.hs_grad_year, memo1=found.memo1, agency=found.agency, high_school=found.high_school
        ),
    )
    assert ContactMaker(the_mapping(), the_fields(), the_codes(), Policy()).desired(again) == sent
    assert (found.program, found.left_over) == ("BIO", {})
    assert usual_id("SONIS_ID") in sent.values
