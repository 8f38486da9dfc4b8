"""What SONIS says of a person, in ActiveCampaign's spelling: the table of rule 2."""

from __future__ import annotations

import dataclasses
import random
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sonisbridge.core.contact import STANDARD_FIELDS
from sonisbridge.core.desired import ContactMaker, school_years
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping
from sonisbridge.core.person import Address, Inquiry, PersonRecord, Program, SonisId, StatusHeld
from sonisbridge.core.policy import Policy
from sonisbridge.core.values import same_value
from tests.builders import (
    a_field,
    a_person,
    a_program,
    a_row,
    an_address,
    the_codes,
    the_fields,
    the_mapping,
    usual_id,
)


def desired(person, *, fields=None, mapping=None, codes=None, policy=None, began=frozenset()):
    maker = ContactMaker(
        mapping or the_mapping(), fields or the_fields(), codes or the_codes(), policy or Policy(), began
    )
    return maker.desired(person)


def sent(person, title, **more):
    """The value of the contact field with that title."""
    standard = {"First Name": "FIRSTNAME", "Last Name": "LASTNAME", "Phone": "PHONE"}
    return desired(person, **more).values[standard.get(title) or usual_id(title)]


def sent_to(kind, key, person, *, options=(), **more):
    """The value and the notes where the data point goes to a field of that type."""
    fields = the_fields(a_field("Other", kind, field_id="90", options=options))
    found = desired(person, fields=fields, mapping=the_mapping(a_row(key, "90"), **more.pop("tables", {})), **more)
    return found.values["90"], found.notes


WHOLE = a_person(
    nickname="Countess",
    birthdate=date(2009, 12, 10),
    email2="Ada@Home.example",
    street=("12 Main St", "", "Apt 4"),
    city="Nashville",
    state="TN",
    zip_code="02134",
    phone="(615) 555-0100",
    cell_phone="615.555.0101",
    text_me=True,
    program="BIO",
    school_year="202728",
    semester="1",
    entry_date=date(2027, 8, 20),
    refer_by=("FR", "CF"),
    hs_grad_year="2027",
    date_received=date(2026, 11, 1),
    inquiry_type="WEB",
    agency="Jo Reyes",
    memo1="A friend\r\ntold me",
    high_school="Central High",
)


def test_every_data_point_is_sent_in_its_spelling():
    values = desired(WHOLE).values
    by_key = {row.data_point: values.get(row.field_id) for row in the_mapping().rows}
    assert by_key == {
        "prospect.hs_grad_year": "2027-05-30",
        "name.first_name": "Ada",
        "name.last_name": "Lovelace",
        "name.nickname": "Countess",
        "name.birthdate": "2009-12-10",
        "nmrefby.refer_by": "College Fair, Friend",
        "prospect.date_rec": "2026-11-01",
        "prospect.inqtypecod": "Web form",
        "prospect.memo1": "A friend\ntold me",
        "prospect.agency": "Jo Reyes",
        "address.street": "12 Main St, Apt 4",
        "address.city": "Nashville",
        "address.state": "TN",
        "address.zip": "02134",
        "address.email": None,
        "address.email2": "Ada@Home.example",
        "address.phone": "+16155550100",
        "address.cell_phone": "+16155550101",
        "modstat": "Prospect",
        "approg.prg_cod": "Biology",
        "approg.progentry_date": "2027-08-20",
        "approg.term": "Fall 2027",
        "address.text_me": "Yes",
        "prospect.undergrd_attnd": "Central High",
        "name.sonis_id": "LO0000001",
    }
    assert desired(WHOLE).notes == ()


def test_a_person_of_whom_sonis_says_nothing_has_blank_values():
    found = desired(PersonRecord(sonis_id=SonisId("0001")))
    said = {key: value for key, value in found.values.items() if value}
    assert said == {usual_id("SONIS_ID"): "0001", usual_id("Okay to Text"): "No"}
    assert (found.email, found.email2, found.email_given, found.notes) == ("", "", False, ())


def test_only_mapped_fields_are_sent():
    mapping = FieldMapping(rows=(a_row("name.nickname", usual_id("Preferred Name")),))
    assert desired(WHOLE, mapping=mapping).values == {usual_id("Preferred Name"): "Countess"}


def test_a_row_for_a_field_or_data_point_that_is_unknown_is_passed_over():
    rows = (a_row("name.nickname", "999"), a_row("name.middle", usual_id("Preferred Name")))
    assert desired(WHOLE, mapping=FieldMapping(rows=rows)).values == {}


@pytest.mark.parametrize(
    ("email", "email2", "sends", "given"),
    [
        (" Ada@Example.edu", "", ("ada@example.edu", ""), True),
        ("ada@example.edu", "ADA@example.edu ", ("ada@example.edu", ""), True),
        ("", "ada@home.example", ("", "ada@home.example"), True),
        ("nonsense", "ada@home.example", ("", "ada@home.example"), True),
        ("ada@example.edu", "nonsense", ("ada@example.edu", ""), True),
        ("nonsense", "", ("", ""), True),
        (" ", "", ("", ""), False),
    ],
)
def test_addresses_are_sent_where_they_are_good(email, email2, sends, given):
    found = desired(a_person(email=email, email2=email2))
    assert ((found.email, found.email2), found.email_given) == (sends, given)
    assert bool(found.notes) == ("nonsense" in (email, email2))


@pytest.mark.parametrize(
    ("year", "day", "noted"),
    [
        ("2027", "2027-05-30", False),
        ("", "", False),
        ("0", "", False),
        ("0000", "", False),
        ("0207", "", True),
        ("27", "", True),
        ("9999", "", True),
        ("soon", "", True),
    ],
)
def test_a_graduation_year_is_the_30th_of_may_or_blank(year, day, noted):
    person = a_person(hs_grad_year=year)
    assert sent(person, "HS Grad Date") == day
    assert bool(desired(person).notes) == noted


def test_a_placeholder_birthdate_is_blank():
    assert sent(a_person(birthdate=date(1900, 1, 1)), "Birthdate") == ""
    policy = Policy(placeholder_birthdates=(date(1901, 1, 1),))
    assert sent(a_person(birthdate=date(1900, 1, 1)), "Birthdate", policy=policy) == "1900-01-01"


def test_a_date_time_is_midnight_in_the_institutions_zone():
    person = a_person(birthdate=date(2009, 7, 1))
    assert sent_to("datetime", "name.birthdate", person)[0] == "2009-07-01T00:00:00-04:00"
    assert sent_to("datetime", "name.birthdate", a_person())[0] == ""
    assert sent_to("text", "name.birthdate", person)[0] == "2009-07-01"


def test_an_unknown_time_zone_is_a_wrong_setting():
    for name in ("Nowhere/Town", "../etc", ""):
        with pytest.raises(WrongSettingsError, match="America/New_York"):
            desired(WHOLE, policy=Policy(time_zone=name))


def test_line_breaks_become_one_space_in_a_field_of_one_line():
    person = a_person(memo1="one \r\n\r\n two", city="Nash\nville")
    assert sent_to("text", "prospect.memo1", person)[0] == "one two"
    assert sent(person, "Home City") == "Nash ville"
    assert sent_to("textarea", "prospect.agency", a_person(agency="a\rb"))[0] == "a\nb"


@pytest.mark.parametrize(
    ("kind", "options", "value", "noted"),
    [
        ("text", (), "College Fair, Friend", False),
        ("textarea", (), "College Fair, Friend", False),
        ("listbox", ("Friend", "College Fair"), "||College Fair||Friend||", False),
        ("checkbox", ("Friend",), "||Friend||", True),
        ("dropdown", ("Friend", "College Fair"), "College Fair", True),
        ("radio", ("Friend",), "Friend", True),
        ("listbox", (), "", True),
    ],
)
def test_several_refer_by_codes_go_in_code_order_as_far_as_the_field_holds_them(kind, options, value, noted):
    person = a_person(refer_by=("FR", "CF", "FR"))
    found, notes = sent_to(kind, "nmrefby.refer_by", person, options=options)
    assert (found, bool(notes)) == (value, noted)


def test_a_value_with_bars_is_refused_by_a_listbox():
    codes = the_codes(refer_by={"FR": "A||B"})
    person = a_person(refer_by=("FR",))
    value, notes = sent_to("listbox", "nmrefby.refer_by", person, options=("A||B",), codes=codes)
    assert value == ""
    assert "||" in notes[0]
    assert sent_to("text", "nmrefby.refer_by", person, codes=codes)[0] == "A||B"


def test_a_translation_comes_before_the_code_table():
    mapping = the_mapping(**{"approg.prg_cod": {"BIO": "Life sciences"}})
    assert sent(WHOLE, "Program of Interest", mapping=mapping) == "Life sciences"


def test_a_program_may_go_by_its_code():
    assert sent(WHOLE, "Program of Interest", policy=Policy(program_as="code")) == "BIO"
    assert sent(a_person(program="ODD"), "Program of Interest", policy=Policy(program_as="code")) == "ODD"


def test_a_dropdown_never_gets_a_raw_code_and_a_text_field_does():
    person = a_person(program="ODD")
    assert sent_to("dropdown", "approg.prg_cod", person, options=("ODD",)) == (
        "",
        ("approg.prg_cod: code ODD has no label; it was left blank.",),
    )
    assert sent_to("text", "approg.prg_cod", person) == (
        "ODD",
        ("approg.prg_cod: code ODD has no label; it was sent as it is.",),
    )


def test_what_a_dropdown_has_no_option_for_is_never_sent():
    fields = the_fields(a_field("Prospect Status", "dropdown", options=("prospect",)))
    found = desired(a_person(), fields=fields)
    assert found.values[usual_id("Prospect Status")] == ""
    assert found.notes == ("Prospect Status has no option for a value; it was left out.",)


def test_a_plain_text_goes_to_a_dropdown_that_offers_it():
    person = a_person(agency=" Jo Reyes")
    assert sent_to("dropdown", "prospect.agency", person, options=("Jo Reyes ", "Sam"))[0] == "Jo Reyes "
    assert sent_to("listbox", "prospect.agency", person, options=("Jo Reyes",))[0] == "||Jo Reyes||"


@pytest.mark.parametrize(
    ("given", "began", "codes", "value"),
    [
        ("WEB", True, {}, "Web form"),
        ("", False, {}, ""),
        ("", True, {}, "ActiveCampaign"),
        ("", True, {"inquiry_type": {"ACTIVECAMP": "AC inquiry"}}, "AC inquiry"),
        ("", True, {"inquiry_type": {"ACTIVECAMP": ""}}, "ActiveCampaign"),
        ("", True, {"inquiry_type": {}}, "ActiveCampaign"),
    ],
)
def test_who_began_in_activecampaign_is_said_so_while_sonis_has_nothing(given, began, codes, value):
    person = a_person(inquiry_type=given)
    people = frozenset([person.sonis_id]) if began else frozenset()
    assert sent(person, "Opportunity Created By", began=people, codes=the_codes(**codes)) == value


@pytest.mark.parametrize(
    ("year", "semester", "term"),
    [
        ("202728", "1", "Fall 2027"),
        ("202728", "2", "Spring 2028"),
        ("202728", "3", "Summer 2028"),
        ("199900", "2", "Spring 2000"),
        ("202729", "1", "Fall 202729"),
        ("2027-28", "1", "Fall 2027-28"),
        ("202728", "9", "9 2028"),
        ("", "1", "Fall"),
        ("202728", "", "202728"),
        ("", "", ""),
    ],
)
def test_a_term_is_written_by_its_semester_and_year(year, semester, term):
    assert sent(a_person(school_year=year, semester=semester), "Start Term") == term


def test_a_term_follows_the_institutions_choices():
    person = a_person(school_year="202728", semester="3")
    assert sent(person, "Start Term", policy=Policy(term_years={"3": "first"})) == "Summer 2027"
    assert sent(person, "Start Term", policy=Policy(term_template="{year}/{term} ({code}) {odd} {")) == (
        "2028/Summer (202728) {odd} {"
    )
    assert sent(person, "Start Term", mapping=the_mapping(**{"approg.term": {"3": "Autumn"}})) == "Autumn 2027"


def test_a_dropdown_gets_a_term_that_it_offers_and_no_raw_code():
    options = ("Fall 2027", "9 2028")
    fall = a_person(school_year="202728", semester="1")
    odd = a_person(school_year="202728", semester="9")
    assert sent_to("dropdown", "approg.term", fall, options=options) == ("Fall 2027", ())
    assert sent_to("dropdown", "approg.term", odd, options=options)[0] == ""


def test_a_year_code_is_two_years_that_follow_each_other():
    assert school_years("202728") == (2027, 2028)
    assert school_years("202727") is school_years("2027") is school_years("") is None


def test_addresses_that_are_not_preferred_once_are_noted():
    two = (an_address("2", email="b@x.edu"), an_address("1", email="a@x.edu"))
    none = tuple(row._replace(preferred=False) for row in two)
    for addresses in (two, none):
        found = desired(a_person(addresses=addresses))
        assert found.email == "a@x.edu"
        assert len(found.notes) == 1


texts = st.one_of(st.text(max_size=12), st.sampled_from(["", "0", "||", "A||B", "Yes", "202728", "FR", "BIO", "1"]))
days = st.one_of(st.none(), st.dates())
people = st.builds(
    PersonRecord,
    sonis_id=texts.map(SonisId),
    first_name=texts,
    last_name=texts,
    birthdate=days,
    statuses=st.lists(
        st.builds(StatusHeld, code=st.sampled_from(["PS", "AP", "ST", "AL", "FA"]), since=days),
        unique_by=lambda row: row.code,
    ).map(tuple),
    addresses=st.lists(
        st.builds(
            Address,
            rid=texts,
            preferred=st.booleans(),
            street=st.tuples(texts, texts, texts),
            email=texts,
            email2=st.one_of(texts, st.emails()),
            phone=texts,
            text_me=st.booleans(),
        ),
        max_size=3,
        unique_by=lambda row: row.rid,
    ).map(tuple),
    programs=st.lists(
        st.builds(
            Program,
            rid=texts,
            code=texts,
            entry_date=days,
            school_year=texts,
            semester=texts,
            preferred=st.booleans(),
            ranking=st.one_of(st.none(), st.integers(0, 5)),
        ),
        max_size=3,
        unique_by=lambda row: row.rid,
    ).map(tuple),
    refer_by=st.lists(texts, max_size=3, unique=True).map(tuple),
    inquiry=st.builds(Inquiry, hs_grad_year=texts, inquiry_type=texts, memo1=texts, date_received=days),
)
kinds = st.sampled_from(["text", "textarea", "date", "datetime", "dropdown", "listbox", "number", "a new type"])


@settings(max_examples=60, deadline=None)
@given(people, st.lists(kinds, min_size=25, max_size=25), st.randoms())
def test_any_person_fits_any_field_without_an_error_and_in_any_order(person, chosen, order):
    fields = the_fields(
        *(
            a_field(f"F{number}", kind, field_id=f"{900 + number}", options=("A", "Yes", "Prospect"))
            for number, kind in enumerate(chosen)
        )
    )
    mapping = the_mapping(*(a_row(point.key, f"{900 + place}") for place, point in enumerate(DATA_POINTS)))
    found = desired(person, fields=fields, mapping=mapping)
    rows = list(mapping.rows)
    order.shuffle(rows)
    shuffled = dataclasses.replace(
        person,
        addresses=tuple(order.sample(person.addresses, len(person.addresses))),
        programs=tuple(order.sample(person.programs, len(person.programs))),
        refer_by=tuple(order.sample(person.refer_by, len(person.refer_by))),
        statuses=tuple(order.sample(person.statuses, len(person.statuses))),
    )
    assert desired(shuffled, fields=fields, mapping=FieldMapping(rows=tuple(rows))) == found
    for field_id, value in found.values.items():
        target = fields.get(field_id)
        assert target is not None
        assert same_value(target.kind, value, value.strip())
        if target.kind == "dropdown":
            assert value in ("", *target.options)


def test_the_order_of_a_programs_rows_never_matters():
    rows = [a_program("BIO", rid="2"), a_program("NUR", rid="1"), a_program("X", rid="3", disabled=True)]
    for _ in range(5):
        random.Random(_).shuffle(rows)
        assert sent(a_person(programs=tuple(rows)), "Program of Interest") == "Nursing"


def test_the_email_address_is_no_field_value():
    assert set(desired(WHOLE).values) & set(STANDARD_FIELDS) == {"FIRSTNAME", "LASTNAME", "PHONE"}
