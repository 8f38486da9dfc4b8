"""Which mappings can work, what is suggested and which fields are missing."""

from __future__ import annotations

import random

import pytest

from sonisbridge.core.contact import ContactFields, FieldId
from sonisbridge.core.field_mapping import (
    DATA_POINTS,
    FieldMapping,
    WriteRule,
    data_point,
    default_rule,
    mapping_problems,
    missing_fields,
    suggested_rows,
    unlabelled_codes,
)
from sonisbridge.core.policy import Policy
from tests.builders import a_field, a_row, the_codes, the_fields, the_mapping, usual_id

POLICY = Policy()


def problems(mapping, fields=None, codes=None, policy=POLICY):
    found = mapping_problems(mapping, fields or the_fields(), codes or the_codes(), policy)
    return [(item.data_point, item.message) for item in found]


def the_problem(mapping, fields=None, codes=None, policy=POLICY):
    ((key, message),) = problems(mapping, fields, codes, policy)
    assert message.endswith(".")
    assert "\n" not in message
    return key, message


def without(key):
    mapping = the_mapping()
    return FieldMapping(rows=tuple(row for row in mapping.rows if row.data_point != key))


def test_there_are_25_data_points_each_with_its_own_usual_field():
    assert len(DATA_POINTS) == len({point.key for point in DATA_POINTS}) == 25
    assert len({point.default_title for point in DATA_POINTS}) == 25
    assert data_point("modstat") and data_point("nothing") is None


def test_the_write_rule_follows_the_changeable_column():
    assert default_rule("name.sonis_id") is WriteRule.ONCE
    assert default_rule("address.city") is WriteRule.UNLESS_BLANK
    assert default_rule("name.nickname") is WriteRule.ALWAYS
    assert default_rule("prospect.hs_grad_year") is WriteRule.ALWAYS
    assert sum(point.changeable for point in DATA_POINTS) == 14


def test_the_default_mapping_works():
    assert problems(the_mapping()) == []
    assert len(the_mapping().rows) == 25


def test_a_row_and_its_rule_are_found():
    mapping = the_mapping()
    row = mapping.row("name.nickname")
    assert row is not None
    assert mapping.rule(row.field_id) is WriteRule.ALWAYS
    assert mapping.row("name.middle") is None
    assert mapping.rule(FieldId("999")) is None


@pytest.mark.parametrize("key", ["name.sonis_id", "address.email"])
def test_sonis_id_and_email_must_be_mapped(key):
    found, message = the_problem(without(key))
    assert found == key
    assert "must be mapped" in message


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (a_row("name.sonis_id", usual_id("SONIS_ID"), WriteRule.ALWAYS), "ONCE"),
        (a_row("name.nickname", "999"), "no contact field with the id 999"),
        (a_row("name.nickname", "EMAIL"), "Email Address is kept"),
        (a_row("name.nickname", usual_id("Birthdate")), "also that of name.birthdate"),
        (a_row("address.email", usual_id("Personal Email")), "choose Email Address"),
        (a_row("name.middle", "999"), "no such data point"),
    ],
)
def test_a_row_that_cannot_work_is_named_with_its_mend(row, words):
    assert any(key == row.data_point and words in message for key, message in problems(the_mapping(row)))


@pytest.mark.parametrize(
    ("key", "kind", "words"),
    [
        ("address.zip", "number", "leading zeros"),
        ("address.zip", "date", "type date"),
        ("address.phone", "number", "leading zeros"),
        ("address.cell_phone", "date", "choose a field of type text"),
        ("prospect.memo1", "dropdown", "type dropdown"),
        ("name.birthdate", "dropdown", "type dropdown"),
        ("name.birthdate", "number", "choose a field of type date"),
        ("name.sonis_id", "textarea", "choose a field of type text"),
        ("name.sonis_id", "number", "leading zeros"),
        ("modstat", "date", "choose a field of type dropdown"),
        ("approg.prg_cod", "number", "type number"),
        ("name.nickname", "a new type", "a new type"),
    ],
)
def test_a_type_that_cannot_hold_the_value_is_a_problem(key, kind, words):
    fields = the_fields(a_field("Other", kind, field_id="90", options=("x",)))
    found, message = the_problem(the_mapping(a_row(key, "90")), fields)
    assert found == key
    assert words in message


@pytest.mark.parametrize(
    ("key", "kind"),
    [
        ("name.birthdate", "datetime"),
        ("name.birthdate", "text"),
        ("prospect.memo1", "text"),
        ("address.city", "dropdown"),
        ("prospect.agency", "listbox"),
        ("approg.term", "radio"),
        ("name.nickname", "hidden"),
    ],
)
def test_a_type_that_can_hold_the_value_is_none(key, kind):
    fields = the_fields(a_field("Other", kind, field_id="90", options=("x",)))
    assert problems(the_mapping(a_row(key, "90")), fields) == []


def test_the_sonis_id_needs_a_custom_field():
    assert any(
        key == "name.sonis_id" and "of its own" in message
        for key, message in problems(the_mapping(a_row("name.sonis_id", "PHONE")))
    )


def test_options_that_are_missing_are_named():
    fields = the_fields(a_field("Prospect Status", "dropdown", options=("Prospect", "Student", "alumni")))
    found, message = the_problem(the_mapping(), fields)
    assert found == "modstat"
    assert "Applicant, Alumni" in message


def test_yes_and_no_must_be_options():
    fields = the_fields(a_field("Okay to Text", "dropdown", options=("Yes",)))
    assert the_problem(the_mapping(), fields)[0] == "address.text_me"


def test_a_dropdown_without_options_is_a_problem():
    fields = the_fields(a_field("Other", "dropdown", field_id="90"))
    assert "no options" in the_problem(the_mapping(a_row("address.city", "90")), fields)[1]


def test_a_translation_decides_which_options_are_needed():
    fields = the_fields(a_field("Prospect Status", "dropdown", options=("Lead", "Applicant", "Student", "Alumni")))
    assert the_problem(the_mapping(), fields)[0] == "modstat"
    assert problems(the_mapping(modstat={"PS": "Lead"}), fields) == []


def test_bars_in_a_label_cannot_go_to_a_listbox():
    fields = the_fields(a_field("Other", "listbox", field_id="90", options=("Friend", "College Fair")))
    mapping = the_mapping(a_row("nmrefby.refer_by", "90"), **{"nmrefby.refer_by": {"FR": "A||B"}})
    assert "||" in the_problem(mapping, fields)[1]


def test_many_missing_options_are_cut_short():
    codes = the_codes(program={f"P{number:02}": f"Program {number:02}" for number in range(20)})
    fields = the_fields(a_field("Other", "dropdown", field_id="90", options=("x",)))
    assert "and 12 more" in the_problem(the_mapping(a_row("approg.prg_cod", "90")), fields, codes)[1]


def test_programs_by_code_need_the_codes_as_options():
    fields = the_fields(a_field("Other", "dropdown", field_id="90", options=("BIO", "NUR")))
    mapping = the_mapping(a_row("approg.prg_cod", "90"))
    assert problems(mapping, fields, policy=Policy(program_as="code")) == []
    assert problems(mapping, fields) != []


def test_a_data_point_mapped_twice_is_a_problem():
    mapping = the_mapping()
    twice = FieldMapping(rows=(*mapping.rows, a_row("address.city", "PHONE")))
    assert {key for key, _message in problems(twice)} == {"address.city", "address.cell_phone"}


def test_a_translation_of_what_has_no_codes_is_a_problem():
    assert the_problem(the_mapping(**{"address.city": {"X": "Y"}}))[0] == "address.city"


def test_the_order_of_rows_never_matters():
    rows = [*the_mapping(a_row("name.nickname", "EMAIL"), a_row("address.zip", usual_id("Birthdate"))).rows]
    expected = problems(FieldMapping(rows=tuple(rows)))
    random.Random(7).shuffle(rows)
    assert problems(FieldMapping(rows=tuple(rows))) == expected


def test_codes_without_a_label_are_reported_with_what_becomes_of_them():
    codes = the_codes(program={"BIO": "Biology", "NEW": " "}, module_status={"PS": "Prospect"}, refer_by={"XX": ""})
    mapping = the_mapping(**{"nmrefby.refer_by": {"XX": "Other"}})
    found = unlabelled_codes(mapping, codes, the_fields(), POLICY)
    assert len(found) == 2
    assert found[0].startswith("modstat: no label for AL, AP, ST; they are left blank")
    assert found[1].startswith("approg.prg_cod: no label for NEW; they are sent as they are")
    assert unlabelled_codes(mapping, codes, the_fields(), Policy(program_as="code")) == found[:1]
    assert unlabelled_codes(FieldMapping(), codes, the_fields(), POLICY) == []


def test_suggestions_take_the_exact_title_first_and_a_usable_type_only():
    fields = ContactFields(
        [
            a_field("preferred name", field_id="1"),
            a_field("Preferred Name", field_id="2"),
            a_field("birthdate", "datetime", field_id="3"),
            a_field("Home Zip Code/Postal Code", "number", field_id="4"),
            a_field("Phone", field_id="5"),
        ]
    )
    found = {row.data_point: row.field_id for row in suggested_rows(fields)}
    assert found == {
        "name.first_name": "FIRSTNAME",
        "name.last_name": "LASTNAME",
        "name.nickname": "2",
        "name.birthdate": "3",
        "address.email": "EMAIL",
        "address.cell_phone": "PHONE",
    }


def test_missing_fields_are_those_of_the_default_mapping_with_their_options():
    missing = missing_fields(ContactFields([a_field("sonis_id")]), the_codes(), POLICY, {"modstat": {"PS": "Lead"}})
    assert len(missing) == 20
    by_title = {item.title: item for item in missing}
    assert by_title["Prospect Status"].options == ("Lead", "Applicant", "Student", "Alumni")
    assert by_title["Okay to Text"].options == ("Yes", "No")
    assert by_title["HS Grad Date"].kind == "date"
    assert missing_fields(the_fields(), the_codes(), POLICY, {}) == []
