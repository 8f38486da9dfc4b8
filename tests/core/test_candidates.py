"""Which contacts an import takes, and why not the others (rules 7.1, 7.2, 7.6)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from sonisbridge.core.candidates import Decision, Import, ImportConflict, LeaveOut, Roster, decide
from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactId, FieldId, ListStatus
from sonisbridge.core.outcome import Reason
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.policy import Policy
from sonisbridge.core.prospect import WaitingProspect
from sonisbridge.core.values import email_key, name_key

ADA, BEN = "ada@x.edu", "ben@x.edu"
ACTIVE, UNSUBSCRIBED = ListStatus.ACTIVE, ListStatus.UNSUBSCRIBED
UNCONFIRMED, BOUNCED = ListStatus.UNCONFIRMED, ListStatus.BOUNCED


def a_contact(name: str = "Ada Byron", email: str = ADA, *statuses: ListStatus, **more: Any) -> Contact:
    first, _blank, last = name.partition(" ")
    fields: dict[FieldId, str] = {EMAIL: email, FIRST_NAME: first, LAST_NAME: last}
    return Contact(
        contact_id=ContactId("7"),
        fields={key: value for key, value in fields.items() if value},
        lists={str(number): status for number, status in enumerate(statuses)},
        **more,
    )


def a_person(sonis_id: str = "1", name: str = "Ada Byron", *emails: str, **more: Any) -> Identity:
    first, _blank, last = name.partition(" ")
    return Identity(
        sonis_id=SonisId(sonis_id),
        first_name=first,
        last_name=last,
        all_emails=emails or (ADA,),
        **more,
    )


def a_prospect(row_id: str = "20260101", name: str = "Ada Byron", **more: Any) -> WaitingProspect:
    first, _blank, last = name.partition(" ")
    facts = {"email": ADA, **more}
    return WaitingProspect(row_id=row_id, first_name=first, last_name=last, **facts)


def decided(
    contact: Contact,
    *known: Identity | WaitingProspect,
    policy: Policy | None = None,
    imported: Mapping[str, str] | None = None,
    linked: Mapping[str, str] | None = None,
    not_same: tuple[str, ...] = (),
) -> Decision:
    return decide(
        contact,
        Roster(
            [item for item in known if isinstance(item, Identity)],
            [item for item in known if isinstance(item, WaitingProspect)],
        ),
        policy=policy or Policy(),
        imported={ContactId(key): row_id for key, row_id in (imported or {}).items()},
        linked={ContactId(key): SonisId(sonis_id) for key, sonis_id in (linked or {}).items()},
        not_same={(SonisId(sonis_id), contact.contact_id) for sonis_id in not_same},
    )


def taken(*duplicates: str) -> Import:
    return Import(contact_id=ContactId("7"), possible_duplicates=duplicates)


def left_out(reason: Reason, sonis_id: str = "", detail: str = "") -> LeaveOut:
    return LeaveOut(contact_id=ContactId("7"), reason=reason, sonis_id=sonis_id, detail=detail)


class TestKnownContacts:
    """Rule 7.1."""

    def test_a_contact_that_nobody_knows_is_imported(self):
        assert decided(a_contact()) == taken()

    def test_name_and_email_of_a_person_are_already_in_sonis(self):
        assert decided(a_contact(), a_person()) == left_out(Reason.ALREADY_IN_SONIS, "1")

    @pytest.mark.parametrize("more", [{"status": ""}, {"disabled": True}, {"deceased": True}, {"excl_mailing": True}])
    def test_whatever_the_persons_status_is(self, more: dict[str, Any]):
        found = decided(a_contact(), a_person(**more))
        assert found == left_out(Reason.ALREADY_IN_SONIS, "1")

    def test_every_address_of_every_row_counts(self):
        person = a_person("1", "Ada Byron", "old@x.edu", "", BEN, ADA)
        assert decided(a_contact(), person) == left_out(Reason.ALREADY_IN_SONIS, "1")

    def test_case_and_blanks_do_not_matter(self):
        found = decided(a_contact("ADA  byron", " Ada@X.edu "), a_person())
        assert found == left_out(Reason.ALREADY_IN_SONIS, "1")

    def test_several_people_of_that_name_and_address_are_a_conflict(self):
        found = decided(a_contact(), a_person("9"), a_person("10"))
        assert found == ImportConflict(contact_id=ContactId("7"), reason=Reason.SEVERAL_MATCHES, sonis_ids=("10", "9"))

    def test_a_linked_contact_is_already_in_sonis_whatever_it_is_called(self):
        found = decided(a_contact("Cal Else", BEN), linked={"7": "1"})
        assert found == left_out(Reason.ALREADY_IN_SONIS, "1")

    def test_a_pending_web_prospect_of_that_name_and_address_waits(self):
        found = decided(a_contact(), a_prospect("20260101"))
        assert found == left_out(Reason.ALREADY_WAITING, detail="20260101")

    @pytest.mark.parametrize("more", [{"email": BEN}, {"name": "Cal Else"}])
    def test_another_web_prospect_does_not(self, more: dict[str, str]):
        assert decided(a_contact(), a_prospect(**more)) == taken()

    def test_a_converted_web_prospect_waits_no_more(self):
        assert decided(a_contact(), a_prospect(sonis_id="1")) == taken()

    def test_the_contact_of_our_own_web_prospect_waits_whatever_was_edited_there(self):
        edited = a_prospect("20260101", "Adda Byrone", email=BEN, contact_id="7")
        found = decided(a_contact(), edited)
        assert found == left_out(Reason.ALREADY_WAITING, detail="20260101")

    def test_the_contact_of_our_own_converted_web_prospect_is_in_sonis(self):
        edited = a_prospect("20260101", "Adda Byrone", email=BEN, contact_id="7", sonis_id="1")
        assert decided(a_contact(), edited) == left_out(Reason.ALREADY_IN_SONIS, "1")

    def test_a_contact_in_our_ledger_is_never_imported_again(self):
        found = decided(a_contact(), imported={"7": "20260101"})
        assert found == left_out(Reason.ALREADY_WAITING, detail="20260101")

    def test_of_two_waiting_alike_the_lowest_row_id_is_named(self):
        found = decided(a_contact(), a_prospect("20260102"), a_prospect("20260101"))
        assert found == left_out(Reason.ALREADY_WAITING, detail="20260101")

    def test_a_blank_address_fits_nobody(self):
        found = decided(a_contact(email=""), a_prospect(email=" "), a_person("1", "Ada Byron", ""))
        assert found == left_out(Reason.MISSING_REQUIRED, detail="a valid e-mail address")


class TestContactsThatAreNotImported:
    """Rule 7.2."""

    @pytest.mark.parametrize(
        ("contact", "detail"),
        [
            (a_contact(" Byron"), "a first name"),
            (a_contact("Ada"), "a last name"),
            (a_contact(email=""), "a valid e-mail address"),
            (a_contact(email="ada"), "a valid e-mail address"),
            (a_contact("", ""), "a first name, a last name, a valid e-mail address"),
            (a_contact(email=f"{'a' * 45}@x.edu"), "an e-mail address of at most 50 characters"),
        ],
    )
    def test_what_sonis_requires_and_the_contact_lacks_is_named(self, contact: Contact, detail: str):
        assert decided(contact) == left_out(Reason.MISSING_REQUIRED, detail=detail)

    @pytest.mark.parametrize(
        "statuses",
        [(UNSUBSCRIBED,), (UNSUBSCRIBED, UNSUBSCRIBED), (UNSUBSCRIBED, UNCONFIRMED)],
    )
    def test_unsubscribed_contacts(self, statuses: tuple[ListStatus, ...]):
        contact = a_contact("Ada Byron", ADA, *statuses)
        assert decided(contact) == left_out(Reason.UNSUBSCRIBED)

    @pytest.mark.parametrize("statuses", [(), (ACTIVE,), (UNCONFIRMED,), (ACTIVE, UNSUBSCRIBED)])
    def test_contacts_on_no_list_or_active_on_one_are_imported(self, statuses: tuple[ListStatus, ...]):
        assert decided(a_contact("Ada Byron", ADA, *statuses)) == taken()

    def test_unsubscribed_from_any_list_is_an_option(self):
        contact = a_contact("Ada Byron", ADA, ACTIVE, UNSUBSCRIBED)
        found = decided(contact, policy=Policy(unsubscribed_any_list=True))
        assert found == left_out(Reason.UNSUBSCRIBED)

    @pytest.mark.parametrize("contact", [a_contact(bounced=True), a_contact("Ada Byron", ADA, ACTIVE, BOUNCED)])
    def test_bounced_contacts(self, contact: Contact):
        assert decided(contact) == left_out(Reason.BOUNCED)


class TestPossibleDuplicates:
    """Rule 7.6."""

    def test_one_address_and_another_name_is_imported_and_flagged(self):
        assert decided(a_contact(), a_person("1", "Cal Else", ADA)) == taken("1")

    def test_one_name_and_another_address_is_imported_and_flagged(self):
        assert decided(a_contact(), a_person("1", "Ada Byron", BEN)) == taken("1")

    def test_each_is_named_once_in_order(self):
        people = a_person("9", "Ada Byron", BEN), a_person("10", "Cal Else", ADA, ADA.upper())
        assert decided(a_contact(), *people) == taken("10", "9")

    def test_holding_them_for_review_is_an_option(self):
        policy = Policy(hold_possible_duplicates=True)
        found = decided(a_contact(), a_person("1", "Ada Byron", BEN), policy=policy)
        assert found == ImportConflict(contact_id=ContactId("7"), reason=Reason.POSSIBLE_DUPLICATE, sonis_ids=("1",))
        assert decided(a_contact(), policy=policy) == taken()

    def test_blank_names_resemble_nobody(self):
        assert Roster([a_person("1", "", BEN)], []).similar(ADA, "") == ()


names = st.sampled_from(["Ada Byron", "ada  BYRON", "Ben Adams", "Ada", ""])
emails = st.sampled_from([ADA, "ADA@x.edu", BEN, "", "no address"])
statuses = st.lists(st.sampled_from(ListStatus), max_size=3)
contacts = st.builds(
    lambda name, email, held, bounced: a_contact(name, email, *held, bounced=bounced),
    names,
    emails,
    statuses,
    st.booleans(),
)
people = st.lists(
    st.builds(
        lambda sonis_id, name, held: a_person(sonis_id, name, *held),
        st.sampled_from(["1", "2", "10"]),
        names,
        st.lists(emails, min_size=1, max_size=2),
    ),
    max_size=3,
    unique_by=lambda person: person.sonis_id,
)
prospects = st.lists(
    st.builds(
        lambda row_id, name, email, contact_id, sonis_id: a_prospect(
            row_id, name, email=email, contact_id=contact_id, sonis_id=sonis_id
        ),
        st.sampled_from(["20260101", "20260102", "20260103"]),
        names,
        emails,
        st.sampled_from(["", "", "7", "8"]),
        st.sampled_from(["", "", "5"]),
    ),
    max_size=3,
    unique_by=lambda prospect: prospect.row_id,
)
policies = st.builds(Policy, unsubscribed_any_list=st.booleans(), hold_possible_duplicates=st.booleans())
ledgers = st.dictionaries(st.sampled_from(["7", "8"]), st.just("20259999"), max_size=1)
links = st.dictionaries(st.sampled_from(["7", "8", "9"]), st.just("1"), max_size=1)
many = settings(max_examples=300)


class TestNotTheSamePerson:
    """Rule 5.4: what a user said about a contact and a person is believed before name and address."""

    def test_somebody_with_that_name_and_address_is_not_the_contact(self):
        assert decided(a_contact(), a_person("1"), not_same=("1",)) == taken()

    def test_of_several_the_one_that_is_left_is_the_contact(self):
        found = decided(a_contact(), a_person("1"), a_person("2"), not_same=("1",))
        assert found == left_out(Reason.ALREADY_IN_SONIS, sonis_id="2")

    def test_a_held_possible_duplicate_is_imported_then(self):
        policy = Policy(hold_possible_duplicates=True)
        other = a_person("1", "Ada Other")
        assert isinstance(decided(a_contact(), other, policy=policy), ImportConflict)
        assert decided(a_contact(), other, policy=policy, not_same=("1",)) == taken()


@many
@given(contacts, people, prospects, policies, ledgers, links)
def test_only_a_contact_that_sonis_never_saw_and_that_may_be_mailed_is_imported(
    contact, known, waiting, policy, imported, linked
):
    found = decided(contact, *known, *waiting, policy=policy, imported=imported, linked=linked)
    event(type(found).__name__)
    if not isinstance(found, Import):
        return
    held = set(contact.lists.values())
    email = email_key(contact.value(EMAIL))
    name = name_key(contact.value(FIRST_NAME), contact.value(LAST_NAME))
    assert "7" not in imported
    assert "7" not in linked
    assert "7" not in {prospect.contact_id for prospect in waiting}
    assert not contact.bounced
    assert BOUNCED not in held
    assert UNSUBSCRIBED not in held or (ACTIVE in held and not policy.unsubscribed_any_list)
    for person in known:
        same_name = name_key(person.first_name, person.last_name) == name
        same_email = email in set(map(email_key, person.all_emails))
        assert not (same_name and same_email)
        assert (person.sonis_id in found.possible_duplicates) is (same_name or same_email)
    for prospect in waiting:
        same_name = name_key(prospect.first_name, prospect.last_name) == name
        assert prospect.sonis_id or not (same_name and email_key(prospect.email) == email)


@many
@given(contacts, people, prospects, st.randoms(use_true_random=False))
def test_the_order_of_people_and_web_prospects_never_matters(contact, known, waiting, random):
    shuffled = [
        *random.sample(known, len(known)),
        *random.sample(waiting, len(waiting)),
    ]
    assert decided(contact, *known, *waiting) == decided(contact, *shuffled)


@given(contacts, people)
def test_where_the_contact_stands_on_lists_changes_no_match(contact, known):
    found = decided(contact, *known)
    mailable = dataclasses.replace(contact, lists={}, bounced=False)
    if isinstance(found, LeaveOut) and found.reason is Reason.ALREADY_IN_SONIS:
        assert decided(mailable, *known) == found
