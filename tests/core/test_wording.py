"""What is said about each outcome: plain sentences that name the mend."""

from __future__ import annotations

import dataclasses

import pytest

from sonisbridge.core import wording
from sonisbridge.core.candidates import ImportConflict, LeaveOut
from sonisbridge.core.contact import EMAIL, ContactField, ContactFields, ContactId, FieldId
from sonisbridge.core.matching import MatchConflict
from sonisbridge.core.outcome import Reason
from sonisbridge.core.plan import FieldChange

CITY = FieldId("2")
FIELDS = ContactFields([ContactField(field_id=CITY, title="Home City")])
NAMES = {"2": "Ben Adams"}
SEVEN = (ContactId("7"),)
FOUND = MatchConflict(reason=Reason.EMAIL_IN_USE, contact_ids=SEVEN, email="ada@x.edu")
OF_MATCHING = [
    Reason.EMAIL_IN_USE,
    Reason.SHARED_EMAIL,
    Reason.DUPLICATE_SONIS_ID,
    Reason.OTHER_SONIS_ID,
    Reason.SEVERAL_MATCHES,
    Reason.UNKNOWN_SONIS_ID,
    Reason.DIFFERENT_VALUE,
]


def said(found: MatchConflict) -> str:
    return wording.conflict(found, lambda sonis_id: NAMES.get(sonis_id, ""))


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_to_skip_somebody_is_a_sentence(reason: Reason):
    text = wording.skipped(reason)
    assert text.startswith(("Not sent: ", "Not reached: ", "Not known: "))
    assert text.endswith(".")


def test_a_reason_that_an_export_gives_has_words_of_its_own():
    bare = {reason for reason in Reason if wording.skipped(reason) == f"Not sent: {reason}."}
    given = {Reason.NO_EMAIL, Reason.BAD_EMAIL, Reason.DISABLED, Reason.DECEASED, Reason.NOT_ELIGIBLE}
    given |= {Reason.EXCLUDED, Reason.IGNORED, Reason.CHANGED_SINCE_PLAN, Reason.NOT_REACHED}
    assert not bare & given


@pytest.mark.parametrize("reason", OF_MATCHING)
@pytest.mark.parametrize("other", ["", "2", "3"])
@pytest.mark.parametrize("proposed", [None, ContactId("7")])
def test_every_conflict_says_why_and_what_resolves_it(reason: Reason, other: str, proposed: ContactId | None):
    text = said(dataclasses.replace(FOUND, reason=reason, other_person=other, proposed=proposed))
    assert text.startswith("Not sent: ")
    assert text.endswith(".")
    assert text.count(". ") >= 1
    assert ("link them if so" in text) is (proposed is not None)


def test_an_address_in_use_names_its_owner_as_well_as_it_can():
    assert "belongs to contact 7, which is not known to be this person's." in said(FOUND)
    by_name = said(dataclasses.replace(FOUND, other_person="2"))
    assert "ada@x.edu belongs to Ben Adams (SONIS ID 2)." in by_name
    assert "belongs to SONIS ID 3." in said(dataclasses.replace(FOUND, other_person="3"))


def test_contacts_of_a_conflict_are_all_named():
    ids = (ContactId("9"), ContactId("10"))
    found = MatchConflict(reason=Reason.DUPLICATE_SONIS_ID, contact_ids=ids)
    assert "contacts 9, 10 all claim this person" in said(found)


def test_a_create_counts_its_fields():
    assert wording.created(1) == "Created a contact with 1 field."
    assert wording.created(25) == "Created a contact with 25 fields."


def test_an_update_names_each_field_before_and_after():
    changes = {
        CITY: FieldChange(before="Bonn", after="Rome"),
        EMAIL: FieldChange(before="", after="ada@x.edu"),
        FieldId("99"): FieldChange(before="x", after=""),
    }
    assert wording.updated(changes, FIELDS, linked=True, account="SONIS") == (
        "Updated Home City: Bonn -> Rome; Email Address: (blank) -> ada@x.edu; "
        "field 99: x -> (cleared); account: SONIS."
    )


def test_an_update_without_a_new_account_names_none():
    changes = {CITY: FieldChange(before="", after="Rome")}
    text = wording.updated(changes, FIELDS, linked=False, account="SONIS")
    assert text == "Updated Home City: (blank) -> Rome."


def test_an_update_may_be_the_account_alone():
    assert wording.updated({}, FIELDS, linked=True, account="SONIS") == "Updated account: SONIS."


def test_what_was_not_kept_is_told_as_sent_and_as_read_back():
    changes = {
        CITY: FieldChange(before="Bonn", after="Rome"),
        EMAIL: FieldChange(before="ada@x.edu", after=""),
    }
    assert wording.not_kept(changes, FIELDS) == (
        "ActiveCampaign did not keep Home City: 'Rome' was sent, 'Bonn' was read back; "
        "Email Address: it was cleared, 'ada@x.edu' was read back. "
        "It is not sent again until SONIS or the contact changes."
    )


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_to_leave_a_contact_out_is_a_sentence(reason: Reason):
    text = wording.left_out(LeaveOut(contact_id=SEVEN[0], reason=reason, sonis_id="1", detail="a last name"))
    assert text.startswith(("Not imported", "Already in SONIS as 1; "))
    assert text.endswith(".")


def test_a_contact_that_lacks_something_says_what():
    found = LeaveOut(contact_id=SEVEN[0], reason=Reason.MISSING_REQUIRED, detail="a first name, a last name")
    assert wording.left_out(found) == (
        "Not imported: SONIS requires a first name, a last name. Complete the contact in ActiveCampaign."
    )


def test_a_contact_that_waits_names_its_web_prospect():
    found = LeaveOut(contact_id=SEVEN[0], reason=Reason.ALREADY_WAITING, detail="20260101")
    assert wording.left_out(found) == "Not imported again: it is web prospect 20260101."


@pytest.mark.parametrize("reason", [Reason.SEVERAL_MATCHES, Reason.POSSIBLE_DUPLICATE])
def test_an_import_conflict_names_the_people(reason: Reason):
    found = ImportConflict(contact_id=SEVEN[0], reason=reason, sonis_ids=("1", "2"))
    text = wording.import_conflict(found)
    assert text.startswith("Not imported: ")
    assert "1, 2" in text
    assert text.endswith(".")


def test_possible_duplicates_are_flagged():
    assert wording.possible_duplicates(("1", "2")) == "Possible duplicate of 1, 2."
    assert wording.possible_duplicates(()) == ""


def test_an_import_says_what_was_made_and_what_did_not_fit():
    assert wording.imported("20260101", "", "Ada Byron", ()) == ("Created web prospect 20260101 (Ada Byron).")
    assert wording.imported("20260101", "1", "Ada Byron", ("address.zip", "name.nickname")) == (
        "Created person 1 (Ada Byron). Cut or left blank because it does not fit: address.zip, name.nickname."
    )
