"""Cleaning and comparing single values."""

from __future__ import annotations

import phonenumbers
import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.values import (
    clean_phone,
    email_key,
    good_email,
    many_lines,
    name_key,
    one_line,
    read_day,
    read_instant,
    same_value,
    short_form_of,
    split_options,
)

KINDS = ("text", "textarea", "date", "datetime", "dropdown", "radio", "listbox", "checkbox", "number", "hidden")
untidy = st.one_of(
    st.text(),
    st.text(alphabet="aA1 |\r\n-T:+Z.0"),
    st.dates().map(str),
    st.datetimes().map(str),
    st.decimals(allow_nan=False).map(str),
)


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("  Ada@Example.EDU ", "ada@example.edu"),
        ("o'neil+x@mail.example.edu", "o'neil+x@mail.example.edu"),
        ("a!b#c@example.edu", "a!b#c@example.edu"),
        ("ada@münchen.de", "ada@xn--mnchen-3ya.de"),
        ("ada@school.test", "ada@school.test"),
        *[
            (bad, None)
            for bad in (
                "", "  ", "none", "ada@", "@example.edu", "ada@localhost", "ada@test", "ada@x.c", "ada@1.2.3.4",
                "ada..b@example.edu", ".ada@example.edu", "ada@-x.edu", "ada@x_y.edu", "ada b@example.edu",
                '"ada b"@example.edu', "a(b@example.edu", "a,b@example.edu", "a:b@x.edu", "a;b@x.edu", "a<b@x.edu",
                "a>b@x.edu", "a[b@x.edu", "a]b@x.edu", "a\\b@x.edu", 'a"b@x.edu', "a@b@x.edu", "ädä@example.edu",
                "ada@x.invalid", "ada@ab--c.edu", "a" * 65 + "@x.edu", "ada@" + "x" * 64 + ".edu", "a@b.edu, c@d.edu",
                "Ada <ada@x.edu>", "ada@x.edu\nbcc: b@x.edu",
            )
        ],
    ],
)  # fmt: skip
def test_an_address_is_sent_clean_or_not_at_all(written, sent):
    assert good_email(written) == sent


@given(st.one_of(st.text(), st.emails(), st.from_regex(r"[a-z.'-]{1,8}@[a-z.-]{1,8}\.[a-z]{1,4}", fullmatch=True)))
def test_an_address_cleaned_twice_is_as_cleaned_once_and_well_formed(written):
    sent = good_email(written)
    if sent is not None:
        assert good_email(sent) == sent == sent.strip().lower()
        validate_email(sent, check_deliverability=False, test_environment=True)


@given(st.from_regex(r"[a-z0-9.'_+-]{1,8}@[a-z0-9.-]{1,10}\.(edu|test|local|c0m|x)", fullmatch=True))
def test_the_quick_check_agrees_with_the_long_one(written):
    try:
        validate_email(written, check_deliverability=False, allow_smtputf8=False, strict=True, test_environment=True)
        valid = len(written.rpartition(".")[2]) >= 2
    except EmailNotValidError:
        valid = False
    assert (good_email(written) is not None) == valid


@given(st.text())
def test_keys_made_twice_are_as_made_once(text):
    assert email_key(email_key(text)) == email_key(text)
    assert name_key(name_key(text, ""), "") == name_key(text, "")
    assert one_line(one_line(text)) == one_line(text)
    assert many_lines(many_lines(text)) == many_lines(text)
    assert clean_phone(clean_phone(text, "US"), "US") == clean_phone(text, "US")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Ada", "Lovelace"), ("  ADA ", "lovelace")),
        (("Ana María", "Ruiz"), ("Ana  María", "Ruiz")),
        (("Jose\u0301", "Peña"), ("José", "Pen\u0303a")),
        (("Maria", "Groß"), ("MARIA", "GROSS")),
        (("Ａda", "Lovelace"), ("Ada", "Lovelace")),
    ],
)
def test_names_are_compared_without_case_blanks_and_spelling(one, other):
    assert name_key(*one) == name_key(*other)


def test_an_accent_makes_another_name():
    assert name_key("José", "") != name_key("Jose", "")


@pytest.mark.parametrize(
    ("written", "country", "sent"),
    [
        ("(615) 555-0100", "US", "+16155550100"),
        (" 615.555.0100 ", "us", "+16155550100"),
        ("1 615 555 0100", "US", "+16155550100"),
        ("+44 20 7946 0958", "US", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("555-0100", "US", "555-0100"),
        ("000-000-0000", "US", "000-000-0000"),
        ("615-555-0100 x12", "US", "615-555-0100 x12"),
        ("615-555-01OO", "US", "615-555-01OO"),
        ("615-555-0100 / 615-555-0101", "US", "615-555-0100 / 615-555-0101"),
        ("615-555-0100;ext=3", "US", "615-555-0100;ext=3"),
        ("615-555-0100", "nowhere", "615-555-0100"),
        ("615\n555-9", "US", "615 555-9"),
        ("", "US", ""),
    ],
)
def test_a_phone_is_international_where_that_is_sure_and_else_as_written(written, country, sent):
    assert clean_phone(written, country) == sent


@given(st.from_regex(r"\(?[2-9][0-9]{2}\)?[-. ]{0,2}[0-9]{3}[-. ]?[0-9]{4}", fullmatch=True))
def test_a_plain_american_number_is_read_as_the_long_way_reads_it(written):
    number = phonenumbers.parse(written, "US")
    valid = phonenumbers.is_valid_number(number)
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    assert clean_phone(written, "US") == (e164 if valid else written)


@pytest.mark.parametrize(
    ("kind", "ours", "theirs", "same"),
    [
        ("text", " Ada ", "Ada", True),
        ("text", "Ada", "ada", False),
        ("hidden", "1.0", "1", False),
        ("dropdown", "Prospect", "Prospect ", True),
        ("dropdown", "Prospect", "prospect", False),
        ("listbox", "||A||B||", "||B||A||", True),
        ("listbox", "||A||B||", "A||B", True),
        ("checkbox", "||A||", "A", True),
        ("checkbox", "||A||", "||A||B||", False),
        ("listbox", "", "||||", True),
        ("date", "2027-05-30", "2027-05-30T00:00:00-05:00", True),
        ("date", "2027-05-30", "2027-05-30 00:00:00", True),
        ("date", "2027-05-30", "2027-05-31", False),
        ("date", "", "0000-00-00", True),
        ("date", "2027-02-31", "2027-02-31", True),
        ("datetime", "2027-05-30T00:00:00-05:00", "2027-05-30T05:00:00+00:00", True),
        ("datetime", "2027-05-30T00:00:00-05:00", "2027-05-30T05:00:00Z", True),
        ("datetime", "2027-05-30T00:00:00-05:00", "2027-05-30T00:00:00-06:00", False),
        ("datetime", "2027-05-30T00:00:00", "2027-05-30 00:00:00", True),
        ("datetime", "", "0000-00-00 00:00:00", True),
        ("datetime", "0001-01-01T00:00:00+05:00", " 0001-01-01T00:00:00+05:00", True),
        ("datetime", "soon", "later", False),
        ("number", "7", "7.00", True),
        ("number", "007", "7", True),
        ("number", "7", "8", False),
        ("number", "seven", " seven", True),
        ("textarea", "a\r\nb", "a\nb", True),
        ("textarea", "a\nb", "a b", False),
        ("a new type", "x ", "x", True),
    ],
)
def test_values_are_compared_in_the_eyes_of_their_field(kind, ours, theirs, same):
    assert same_value(kind, ours, theirs) is same
    assert same_value(kind, theirs, ours) is same


@given(st.sampled_from(KINDS), untidy, untidy, untidy)
def test_being_the_same_is_an_equivalence(kind, one, two, three):
    assert same_value(kind, one, one)
    assert same_value(kind, one, two) == same_value(kind, two, one)
    if same_value(kind, one, two) and same_value(kind, two, three):
        assert same_value(kind, one, three)


@pytest.mark.parametrize(
    ("one", "other", "short"),
    [
        ("Bill", "William", True),
        ("william", "BILL", True),
        ("Pepe", "José", True),
        ("Paco", "Francisco", True),
        ("Liz", "Elizabeth", True),
        ("Bill", "Robert", False),
        ("William", "William", False),
        ("", "William", False),
    ],
)
def test_a_short_form_belongs_to_its_name(one, other, short):
    assert short_form_of(one, other) is short


def test_days_and_moments_are_read_where_they_are_whole():
    assert str(read_day("2027-05-30T10:00:00Z")) == "2027-05-30"
    assert read_day("2027-02-31") is read_day("5/30/2027") is read_day("20270530") is None
    assert read_instant("soon") is None
    assert split_options("A||B||") == ["A", "B"]
