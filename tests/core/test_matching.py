"""Whose contact is it: the ladder of rule 5.2 and the conflicts of rules 5.3 and 5.4."""

from __future__ import annotations

from typing import Any

import pytest

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import (
    ContactHead,
    ContactIndex,
    How,
    Known,
    Match,
    MatchConflict,
    Matched,
    Matcher,
    NoAddress,
    Unmatched,
)
from sonisbridge.core.outcome import Reason
from sonisbridge.core.person import Identity, SonisId

ADA, BEN = "ada@x.edu", "ben@x.edu"


def ada(sonis_id: str = "1", **more: Any) -> Identity:
    """Ada Byron, a prospect."""
    facts = {"first_name": "Ada", "last_name": "Byron", "email": ADA, "status": "PS", **more}
    return Identity(sonis_id=SonisId(sonis_id), **facts)


def ben(sonis_id: str = "2", **more: Any) -> Identity:
    """Ben Adams, a prospect."""
    return ada(sonis_id, **{"first_name": "Ben", "last_name": "Adams", "email": BEN, **more})


def a_head(contact_id: str, email: str = ADA, name: str = "Ada Byron", sonis_id: str = "") -> ContactHead:
    first, _blank, last = name.partition(" ")
    return ContactHead(
        contact_id=ContactId(contact_id),
        email=email,
        first_name=first,
        last_name=last,
        sonis_id=sonis_id,
    )


def known(links: dict[str, str] | None = None, **more: Any) -> Known:
    pairs = {SonisId(key): ContactId(value) for key, value in (links or {}).items()}
    return Known(links=pairs, **more)


NOTHING = Known()


def matcher(*both: Identity | ContactHead, settled: Known = NOTHING, **more: Any) -> Matcher:
    people = [item for item in both if isinstance(item, Identity)]
    heads = [item for item in both if isinstance(item, ContactHead)]
    return Matcher(people, ContactIndex(heads), settled, **more)


def match(*both: Identity | ContactHead, settled: Known = NOTHING) -> Match | None:
    """What is decided for the first of the people."""
    first = next(item for item in both if isinstance(item, Identity))
    return matcher(*both, settled=settled).match(first.sonis_id)


def matched(contact_id: str, how: How, email: str = ADA) -> Matched:
    return Matched(contact_id=ContactId(contact_id), how=how, email=email)


def conflict(reason: Reason, *contact_ids: str, **more: Any) -> MatchConflict:
    ids = tuple(ContactId(item) for item in contact_ids)
    return MatchConflict(reason=reason, contact_ids=ids, **more)


class TestTheLadder:
    """Rule 5.2."""

    def test_the_link_comes_first_whatever_the_contact_is_called_by_now(self):
        renamed = a_head("7", BEN, "Bea Else")
        assert match(ada(), renamed, settled=known({"1": "7"})) == matched("7", How.LINK)

    def test_then_the_contact_that_carries_the_sonis_id(self):
        assert match(ada(), a_head("7", BEN, "Bea Else", "1")) == matched("7", How.SONIS_ID)

    def test_then_name_and_email(self):
        assert match(ada(), a_head("7")) == matched("7", How.NAME_EMAIL)

    def test_then_name_and_email_2_and_the_contact_gets_the_first_address(self):
        person = ada(email=BEN, email2=ADA)
        assert match(person, a_head("7")) == matched("7", How.NAME_EMAIL, BEN)

    def test_then_nobody(self):
        assert match(ada()) == Unmatched(email=ADA)

    def test_a_linked_contact_that_is_gone_is_looked_for_down_the_ladder(self):
        gone = known({"1": "6"})
        assert match(ada(), a_head("7", sonis_id="1"), settled=gone) == matched("7", How.SONIS_ID)
        assert match(ada(), a_head("7"), settled=gone) == matched("7", How.NAME_EMAIL)
        assert match(ada(), settled=gone) == Unmatched(email=ADA)

    def test_a_contact_without_an_email_is_found_by_its_sonis_id(self):
        assert match(ada(), a_head("7", "", sonis_id="1")) == matched("7", How.SONIS_ID)

    def test_blank_addresses_never_match(self):
        found = match(ada(email="", email2=" "), a_head("7", ""), a_head("8", "  "))
        assert found == NoAddress(reason=Reason.NO_EMAIL)

    def test_blank_names_never_match(self):
        nameless = ada(first_name="", last_name="")
        found = match(nameless, a_head("7", name=""))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", proposed="7", email=ADA)

    @pytest.mark.parametrize("name", ["ADA BYRON", "ada  byron ", "Ａda Byron"])
    def test_case_blanks_and_spelling_of_names_do_not_matter(self, name: str):
        assert match(ada(), a_head("7", " ADA@X.edu", name)) == matched("7", How.NAME_EMAIL)

    def test_an_address_outside_ascii_is_the_same_in_both_of_its_forms(self):
        person = ada(email="ada@bücher.example")
        found = match(person, a_head("7", "ada@xn--bcher-kva.example"))
        assert found == matched("7", How.NAME_EMAIL, "ada@xn--bcher-kva.example")

    def test_a_contact_with_a_sonis_id_is_never_matched_by_name_and_email(self):
        found = match(ada(), ben(), a_head("7", sonis_id="2"))
        assert found == conflict(Reason.OTHER_SONIS_ID, "7", other_person="2", email=ADA)

    def test_a_contact_that_is_linked_is_never_matched_by_name_and_email(self):
        found = match(ada(), ben(), a_head("7"), settled=known({"2": "7"}))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", other_person="2", email=ADA)

    def test_a_link_of_somebody_who_is_gone_from_sonis_binds_nobody(self):
        assert match(ada(), a_head("7"), settled=known({"99": "7"})) == matched("7", How.NAME_EMAIL)


class TestConflicts:
    """Rule 5.4: nothing is written."""

    def test_two_contacts_with_one_sonis_id_in_the_order_of_their_numbers(self):
        found = match(ada(), a_head("10", BEN, sonis_id="1"), a_head("9", sonis_id="1"))
        assert found == conflict(Reason.DUPLICATE_SONIS_ID, "9", "10")

    def test_a_linked_contact_and_another_that_carries_the_sonis_id(self):
        found = match(ada(), a_head("7"), a_head("8", BEN, sonis_id="1"), settled=known({"1": "7"}))
        assert found == conflict(Reason.DUPLICATE_SONIS_ID, "7", "8")

    def test_a_linked_contact_that_carries_another_persons_sonis_id(self):
        heads = a_head("7", sonis_id="2")
        found = matcher(ada(), ben(), heads, settled=known({"1": "7"}))
        assert found.match(SonisId("1")) == conflict(Reason.OTHER_SONIS_ID, "7", other_person="2")
        assert found.match(SonisId("2")) == conflict(Reason.OTHER_SONIS_ID, "7", other_person="1")

    def test_a_linked_contact_whose_sonis_id_names_nobody(self):
        found = match(ada(), a_head("7", sonis_id="99"), settled=known({"1": "7"}))
        assert found == conflict(Reason.UNKNOWN_SONIS_ID, "7")

    def test_the_address_on_a_contact_whose_sonis_id_names_nobody(self):
        found = match(ada(), a_head("7", sonis_id="99"))
        assert found == conflict(Reason.UNKNOWN_SONIS_ID, "7", other_person="99", email=ADA)

    def test_several_contacts_of_that_name_and_of_both_addresses(self):
        found = match(ada(email2=BEN), a_head("7"), a_head("8", BEN))
        assert found == conflict(Reason.SEVERAL_MATCHES, "7", "8")

    def test_the_address_on_a_contact_of_another_name(self):
        found = match(ada(), a_head("7", name="Cal Else"))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", email=ADA)

    def test_a_new_address_that_another_contact_holds_leaves_the_other_untouched(self):
        own, other = a_head("7", "old@x.edu", sonis_id="1"), a_head("8")
        assert match(ada(), own, other) == conflict(Reason.EMAIL_IN_USE, "8", email=ADA)

    def test_an_address_that_two_contacts_hold_is_nobodys_to_write(self):
        own, other = a_head("7", sonis_id="1"), a_head("8", name="")
        assert match(ada(), own, other) == conflict(Reason.EMAIL_IN_USE, "8", email=ADA)
        found = match(ada(), a_head("10", name=""), a_head("9", name=""))
        assert found == conflict(Reason.EMAIL_IN_USE, "9", "10", email=ADA)

    def test_a_disabled_person_keeps_their_contact_and_its_address(self):
        gone = ada("2", disabled=True)
        by_id = match(ada(), gone, a_head("7", sonis_id="2"))
        assert by_id == conflict(Reason.OTHER_SONIS_ID, "7", other_person="2", email=ADA)
        by_link = match(ada(), gone, a_head("7"), settled=known({"2": "7"}))
        assert by_link == conflict(Reason.EMAIL_IN_USE, "7", other_person="2", email=ADA)

    def test_a_disabled_person_without_a_contact_leaves_theirs_to_a_namesake(self):
        assert match(ada(), ada("0", disabled=True), a_head("7")) == matched("7", How.NAME_EMAIL)

    def test_the_contact_of_somebody_else_in_this_very_plan_is_named(self):
        """Ben's contact is about to be renamed; until then the address is not free."""
        heads = a_head("7", ADA, "Ben Adams")
        found = match(ada(), ben(email2=ADA), heads)
        assert found == conflict(Reason.EMAIL_IN_USE, "7", other_person="2", email=ADA)


class TestProposals:
    """Rule 5.4: still a conflict, but proposed for linking."""

    @pytest.mark.parametrize("name", ["", " Byron", "Addie Byron", "ADDIE BYRON"])
    def test_a_blank_name_or_the_nickname_is_proposed(self, name: str):
        found = match(ada(nickname="Addie"), a_head("7", name=name))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", proposed="7", email=ADA)

    def test_a_known_short_form_is_proposed(self):
        found = match(ada(first_name="William"), a_head("7", name="Bill Byron"))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", proposed="7", email=ADA)

    @pytest.mark.parametrize("name", ["Addie Else", "Cal Byron"])
    def test_another_name_is_not_proposed(self, name: str):
        found = match(ada(nickname="Addie"), a_head("7", name=name))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", email=ADA)

    def test_a_pair_that_a_user_refused_is_not_proposed(self):
        refused = known(not_same=frozenset({("1", "7")}))
        found = match(ada(), a_head("7", name=""), settled=refused)
        assert found == conflict(Reason.EMAIL_IN_USE, "7", email=ADA)

    def test_somebody_elses_contact_is_not_proposed(self):
        found = match(ada(), ben(), a_head("7", name="", sonis_id="2"))
        assert found == conflict(Reason.EMAIL_IN_USE, "7", other_person="2", email=ADA)

    def test_nobody_who_has_a_contact_is_proposed_another(self):
        own, other = a_head("7", "old@x.edu", sonis_id="1"), a_head("8", name="")
        assert match(ada(), own, other) == conflict(Reason.EMAIL_IN_USE, "8", email=ADA)


class TestDecisions:
    """Rule 5.4: what a user decided is remembered."""

    def test_a_decided_link_outdoes_a_sonis_id_that_names_nobody(self):
        settled = known({"1": "7"}, decided=frozenset({"1"}))
        assert match(ada(), a_head("7", sonis_id="99"), settled=settled) == matched("7", How.LINK)

    def test_a_decided_link_settles_which_of_two_contacts_with_one_sonis_id(self):
        settled = known({"1": "7"}, decided=frozenset({"1"}))
        heads = a_head("7", sonis_id="1"), a_head("8", BEN, sonis_id="1")
        assert match(ada(), *heads, settled=settled) == matched("7", How.LINK)

    def test_a_decided_link_never_outdoes_the_sonis_id_of_a_living_person(self):
        settled = known({"1": "7"}, decided=frozenset({"1"}))
        found = match(ada(), ben(), a_head("7", sonis_id="2"), settled=settled)
        assert found == conflict(Reason.OTHER_SONIS_ID, "7", other_person="2")

    def test_a_refused_pair_is_not_matched_by_name_and_email(self):
        refused = known(not_same=frozenset({("1", "7")}))
        found = match(ada(), a_head("7"), settled=refused)
        assert found == conflict(Reason.EMAIL_IN_USE, "7", email=ADA)

    def test_a_refused_pair_settles_several_matches(self):
        refused = known(not_same=frozenset({("1", "8")}))
        found = match(ada(email2=BEN), a_head("7"), a_head("8", BEN), settled=refused)
        assert found == matched("7", How.NAME_EMAIL)

    def test_a_refused_pair_settles_two_contacts_with_one_sonis_id(self):
        refused = known(not_same=frozenset({("1", "8")}))
        heads = a_head("7", sonis_id="1"), a_head("8", BEN, sonis_id="1")
        assert match(ada(), *heads, settled=refused) == matched("7", How.SONIS_ID)

    def test_a_contact_that_was_refused_keeps_its_address_though_it_carries_the_sonis_id(self):
        refused = known(not_same=frozenset({("1", "7")}))
        found = match(ada(), a_head("7", sonis_id="1"), settled=refused)
        assert found == conflict(Reason.EMAIL_IN_USE, "7", email=ADA)

    def test_a_refused_pair_undoes_a_link_that_nobody_decided(self):
        settled = known({"1": "7"}, not_same=frozenset({("1", "7")}))
        found = match(ada(), ben(email=ADA), a_head("7", BEN, "Cal Else"), settled=settled)
        assert found == Unmatched(email=ADA)

    def test_a_link_that_a_user_decided_outdoes_an_earlier_refusal(self):
        settled = known({"1": "7"}, decided=frozenset({"1"}), not_same=frozenset({("1", "7")}))
        assert match(ada(), a_head("7"), settled=settled) == matched("7", How.LINK)


class TestSharedAddresses:
    """Rule 5.3."""

    def test_of_two_people_with_one_address_the_owner_is_sent_and_the_other_waits(self):
        found = matcher(ada("1"), ben("2", email=ADA, status="ST"))
        assert found.match(SonisId("2")) == Unmatched(email=ADA)
        assert found.match(SonisId("1")) == conflict(Reason.SHARED_EMAIL, other_person="2", email=ADA)

    def test_the_other_tries_email_2(self):
        assert match(ben(email=ADA, email2=BEN), ada("1")) == Unmatched(email=BEN)

    def test_a_linked_person_keeps_the_address_of_their_contact(self):
        found = match(ada(status="ST"), ben(email=ADA), a_head("7", name="x y", sonis_id="2"))
        assert found == conflict(Reason.SHARED_EMAIL, "7", other_person="2", email=ADA)

    def test_twins_of_one_name_and_address_without_a_contact(self):
        found = matcher(ada("10"), ada("9"))
        assert found.match(SonisId("10")) == Unmatched(email=ADA)
        assert found.match(SonisId("9")) == conflict(Reason.SHARED_EMAIL, other_person="10", email=ADA)

    def test_twins_of_one_name_and_address_and_one_contact(self):
        found = matcher(ada("1"), ada("2", status="AP"), a_head("7"))
        assert found.match(SonisId("2")) == matched("7", How.NAME_EMAIL)
        assert found.match(SonisId("1")) == conflict(Reason.SHARED_EMAIL, "7", other_person="2", email=ADA)

    def test_nobody_loses_the_address_to_a_namesakes_email_2(self):
        """The contact goes to the namesake, whose own address it gets; the first has to wait for it."""
        student = ada("2", email=BEN, email2=ADA, status="ST")
        found = matcher(ada("1"), student, a_head("7"))
        assert found.match(SonisId("2")) == matched("7", How.NAME_EMAIL, BEN)
        assert found.match(SonisId("1")) == conflict(Reason.EMAIL_IN_USE, "7", other_person="2", email=ADA)

    def test_an_email_2_that_is_anothers_email_stays_theirs(self):
        found = matcher(ada(email=BEN, email2=ADA), ben("0"), ada("3", first_name="Cy"))
        assert found.match(SonisId("0")) == Unmatched(email=BEN)
        assert found.match(SonisId("3")) == Unmatched(email=ADA)
        assert found.match(SonisId("1")) == conflict(Reason.SHARED_EMAIL, other_person="0", email=BEN)

    def test_an_email_2_in_place_of_a_blank_email_counts_as_one(self):
        found = matcher(ada(email="", email2=BEN), ben())
        assert found.match(SonisId("1")) == Unmatched(email=BEN)
        assert found.match(SonisId("2")) == conflict(Reason.SHARED_EMAIL, other_person="1", email=BEN)

    def test_people_who_are_not_exported_want_no_address(self):
        others = ada("0", disabled=True), ada("00", deceased=True), ada("000", status="")
        assert match(ada(), *others) == Unmatched(email=ADA)


class TestAddresses:
    """Rules 5.3 and 6.5."""

    @pytest.mark.parametrize("email", ["", "  ", "not an address", "ada@x"])
    def test_a_blank_or_malformed_email_is_replaced_by_a_good_email_2(self, email: str):
        assert match(ada(email=email, email2=BEN)) == Unmatched(email=BEN)

    def test_without_any_there_is_nothing_to_send(self):
        assert match(ada(email=" ", email2="")) == NoAddress(reason=Reason.NO_EMAIL)

    @pytest.mark.parametrize("pair", [("ada", ""), ("", "ada"), ("ada", "byron")])
    def test_malformed_ones_are_told_apart_from_blank_ones(self, pair: tuple[str, str]):
        found = match(ada(email=pair[0], email2=pair[1]))
        assert found == NoAddress(reason=Reason.BAD_EMAIL)

    def test_a_linked_person_who_lost_their_address_in_sonis_is_skipped(self):
        found = match(ada(email=""), a_head("7"), settled=known({"1": "7"}))
        assert found == NoAddress(reason=Reason.NO_EMAIL)

    def test_the_address_is_sent_in_lower_case(self):
        assert match(ada(email=" ADA@X.EDU ")) == Unmatched(email=ADA)


class TestWhoCompetes:
    """Rule 3.3."""

    @pytest.mark.parametrize("change", [{"disabled": True}, {"deceased": True}, {"status": ""}])
    def test_people_who_are_not_exported_have_no_match(self, change: dict[str, Any]):
        assert match(ada(**change), a_head("7", sonis_id="1")) is None

    def test_leaving_out_excl_mailing_is_a_choice(self):
        person = ada(excl_mailing=True)
        assert matcher(person).match(person.sonis_id) == Unmatched(email=ADA)
        assert matcher(person, skip_excl_mailing=True).match(person.sonis_id) is None
        assert matcher(ada(), skip_excl_mailing=True).match(person.sonis_id) == Unmatched(email=ADA)

    def test_nobody_unknown_has_a_match(self):
        assert matcher(ada()).match(SonisId("99")) is None


def test_contacts_whose_sonis_id_names_nobody_are_listed_by_number_but_for_linked_ones():
    heads = [a_head(number, f"{number}@x.edu", sonis_id=f"gone{number}") for number in ("10", "9", "8")]
    found = matcher(ada(), a_head("7", sonis_id="1"), *heads, settled=known({"1": "8"}))
    assert [head.contact_id for head in found.orphans()] == ["9", "10"]
