"""Web prospects: looked at, edited, converted, recognised, assigned; people merged away (rules 5.4, 7.5)."""

from __future__ import annotations

import pytest

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.store import conflicts
from sonisbridge.sync import decisions, merged, prospects, recognition
from tests.flows.pair import Pair

NEW = {
    "Home_City": "Nashville", "Admissions_Rep": "Kim Roe", "HS_Grad_Date": "2027-05-30", "Okay_to_Text": "Yes",
    "Personal_Email": "new2@example.org",
}  # fmt: skip


def test_a_conversion_writes_what_the_row_has_no_column_for(pair: Pair):
    contact_id = pair.make_contact("new@example.org", "New", "Neu", **NEW)
    pair.import_()
    [waiting] = prospects.waiting(pair.institution)
    found = prospects.details(pair.institution, waiting.row_id)
    values = {field.name: value for field, value in found.rows()}
    assert found.contact_id == contact_id
    assert (values["email2"], values["agency"], values["hs_grad_year"]) == ("new2@example.org", "Kim Roe", "2027")
    assert (values["text_me"], values["inquiry_type"], values["city"]) == ("yes", "ACTIVECAMP", "Nashville")
    [(_, sonis_id)] = prospects.convert(
        pair.institution, [waiting.row_id], by="test", edits={"city": "Memphis", "program": "BIO", "nickname": "Newt"}
    )
    assert pair.school.rows("SELECT city, e_mail2, text_me FROM address") == [
        {"city": "Memphis", "e_mail2": "new2@example.org", "text_me": 1}
    ]
    assert pair.school.rows("SELECT agency, hs_grad_year, inqtypecod FROM prospect") == [
        {"agency": "Kim Roe", "hs_grad_year": "2027", "inqtypecod": "ACTIVECAMP"}
    ]
    assert pair.school.rows("SELECT nickname FROM name") == [{"nickname": "Newt"}]
    pair.export()
    contact = pair.contact("new@example.org")
    assert contact is not None
    assert contact["values"]["SONIS_ID"] == sonis_id


@pytest.mark.parametrize(
    ("edits", "says"),
    [
        ({"last_name": " "}, "Last Name cannot be blank"),
        ({"city": "N" * 31}, "City has more than 30 characters"),
        ({"birthdate": "yesterday"}, "Birthdate is not a day"),
        ({"email": "nobody"}, "E-mail is not a valid e-mail address"),
        ({"program": "XYZ"}, "Program has no code 'XYZ'; there are BIO, NUR"),
        ({"text_me": "perhaps"}, "Text Me is yes or no"),
        ({"hs_grad_year": "27"}, "HS Graduation Year is a year of four digits"),
        ({"shoe_size": "9"}, "has no 'shoe_size'"),
    ],
)
def test_an_edit_that_cannot_be_changes_nothing(pair: Pair, edits: dict[str, str], says: str):
    pair.make_contact("new@example.org", "New", "Neu")
    pair.import_()
    [waiting] = prospects.waiting(pair.institution)
    with pytest.raises(WrongSettingsError, match=says):
        prospects.convert(pair.institution, [waiting.row_id], by="test", edits=edits)
    assert pair.school.rows("SELECT * FROM name") == []


def test_who_is_in_sonis_already_is_not_made_again_but_can_be_assigned(pair: Pair):
    contact_id = pair.make_contact("new@example.org", "New", "Neu")
    pair.import_()
    pair.school.add("AB0000001", "New", "Neu", "NEW@example.org")
    pair.school.add("AB0000002", "Newton", "Neu", "new@example.org")
    [waiting] = prospects.waiting_with_duplicates(pair.institution)
    assert [(item.sonis_id, item.why) for item in waiting.duplicates] == [
        ("AB0000001", "same name and e-mail"), ("AB0000002", "same e-mail"),
    ]  # fmt: skip
    row_id = waiting.prospect.row_id
    assert prospects.convert(pair.institution, None, by="test") == []
    with pytest.raises(WrongSettingsError, match="is in SONIS already as AB0000001"):
        prospects.convert(pair.institution, [row_id], by="test")
    with pytest.raises(WrongSettingsError, match="knows nobody"):
        prospects.assign(pair.institution, row_id, "AB9", by="test")
    assert prospects.assign(pair.institution, row_id, "AB0000001", by="test") == "AB0000001"
    assert prospects.waiting(pair.institution) == []
    assert len(pair.school.rows("SELECT * FROM name")) == 2
    pair.export()
    assert {contact["id"]: contact["values"].get("SONIS_ID") for contact in pair.contacts()}[contact_id] == "AB0000001"


def test_what_sonis_converted_and_removed_is_recognised_by_name_and_address(pair: Pair):
    pair.make_contact("new@example.org", "New", "Neu")
    pair.import_()
    pair.school.alter("DELETE FROM webps")
    pair.school.add("AB0000001", "New", "Neu", "new@example.org")
    run = pair.import_()
    assert [line.reason for line in run.lines.all()] == ["already-in-sonis"]
    assert recognition.gone(pair.institution) == []


def test_what_sonis_converted_under_another_name_waits_for_a_word(pair: Pair):
    contact_id = pair.make_contact("new@example.org", "New", "Neu")
    pair.import_()
    pair.school.alter("UPDATE webps SET moved_dt = '2026-11-20'")
    pair.school.add("AB0000001", "Newton", "Neu", "new@example.org")
    [gone] = recognition.gone(pair.institution)
    assert [(item.sonis_id, item.why) for item in gone.candidates] == [("AB0000001", "same e-mail")]
    with pytest.raises(WrongSettingsError, match="never imported"):
        recognition.became(pair.institution, "4711", "AB0000001", by="test")
    recognition.became(pair.institution, contact_id, "AB0000001", by="test")
    assert recognition.gone(pair.institution) == []
    pair.export()
    contact = pair.contact("new@example.org")
    assert contact is not None
    assert (contact["firstName"], contact["values"]["SONIS_ID"]) == ("Newton", "AB0000001")


def test_a_sonis_id_that_was_merged_away_is_linked_again_by_decision(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    pair.school.alter("DELETE FROM name")
    pair.school.add("AB0000002", "Ana", "Lima", "ana@example.edu", city="Memphis")
    pair.export()
    [stray] = [item for item in merged.strays(pair.institution) if not item.conflict.sonis_id]
    assert [(item.sonis_id, item.same) for item in stray.candidates] == [("AB0000002", True)]
    decisions.decide(stray.conflict, "link", by="test", sonis_id=stray.candidates[0].sonis_id)
    pair.export()
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    assert contact["values"]["Home City"] == "Memphis"
    assert [item for item in conflicts.waiting(pair.institution) if not item.sonis_id] == []
