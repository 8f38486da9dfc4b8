"""What an export would do for each person (rules 2.2, 6.1 to 6.3, 6.7, 6.9)."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from sonisbridge.core.contact import (
    EMAIL,
    FIRST_NAME,
    Contact,
    ContactField,
    ContactFields,
    ContactId,
    FieldId,
)
from sonisbridge.core.desired import DesiredContact
from sonisbridge.core.field_mapping import FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.matching import (
    How,
    Match,
    MatchConflict,
    Matched,
    NoAddress,
    Unmatched,
)
from sonisbridge.core.outcome import Reason
from sonisbridge.core.person import PersonRecord, SonisId, StatusHeld
from sonisbridge.core.plan import (
    NOTHING_KEPT,
    ConflictLine,
    CreateContact,
    Drift,
    FieldChange,
    Kept,
    Line,
    PlanMaker,
    SkipPerson,
    StillNotKept,
    Unchanged,
    UpdateContact,
    eligibility,
)
from sonisbridge.core.policy import Policy

ADA, BEN = "ada@x.edu", "ben@x.edu"
SONIS_ID, CITY, TOPICS, PLAIN = FieldId("1"), FieldId("2"), FieldId("3"), FieldId("4")
FIELDS = ContactFields(
    [
        ContactField(field_id=SONIS_ID, title="SONIS_ID"),
        ContactField(field_id=CITY, title="Home City"),
        ContactField(field_id=TOPICS, title="Lead Provider", kind="listbox"),
        ContactField(field_id=PLAIN, title="Not mapped"),
    ]
)


def a_mapping(city: WriteRule = WriteRule.ALWAYS, email: WriteRule = WriteRule.UNLESS_BLANK) -> FieldMapping:
    rows = {
        "name.sonis_id": (SONIS_ID, WriteRule.ONCE),
        "address.email": (EMAIL, email),
        "name.first_name": (FIRST_NAME, WriteRule.ALWAYS),
        "address.city": (CITY, city),
        "nmrefby.refer_by": (TOPICS, WriteRule.ALWAYS),
    }
    return FieldMapping(
        rows=tuple(
            FieldMappingRow(data_point=key, field_id=field_id, write_rule=rule)
            for key, (field_id, rule) in rows.items()
        )
    )


def wanted(city: str = "Rome", **more: Any) -> DesiredContact:
    """Ada of Rome, as SONIS has her."""
    values = {SONIS_ID: "1", FIRST_NAME: "Ada", CITY: city, TOPICS: "||Fair||Web||"}
    desired = DesiredContact(sonis_id=SonisId("1"), email=ADA, email2="", email_given=True, values=values)
    return dataclasses.replace(desired, **more)


def held(city: str = "Rome", **more: Any) -> Contact:
    """Ada's contact, as SONIS would have it."""
    values = {EMAIL: ADA, SONIS_ID: "1", FIRST_NAME: "Ada", CITY: city, TOPICS: "||Fair||Web||"}
    fields = {key: value for key, value in values.items() if value}
    contact = Contact(contact_id=ContactId("7"), fields=fields, account_id="5")
    return dataclasses.replace(contact, **more)


def but(contact: Contact, changes: Mapping[FieldId, str]) -> Contact:
    """The contact with these values instead, blank ones left out."""
    fields = {**contact.fields, **changes}
    return dataclasses.replace(contact, fields={key: value for key, value in fields.items() if value})


OWN = Matched(contact_id=ContactId("7"), how=How.LINK, email=ADA)


def plan(
    desired: DesiredContact,
    contact: Contact | None,
    *,
    match: Match = OWN,
    mapping: FieldMapping | None = None,
    kept: Kept = NOTHING_KEPT,
    **more: Any,
) -> Line:
    maker = PlanMaker(mapping or a_mapping(), FIELDS, **{"account_id": "5", **more})
    return maker.line(desired, match, contact, kept)


def update(fields: Mapping[FieldId, tuple[str, str]], **more: Any) -> UpdateContact:
    facts: dict[str, Any] = {"email": ADA, **more}
    changes = {key: FieldChange(before=pair[0], after=pair[1]) for key, pair in fields.items()}
    return UpdateContact(
        sonis_id=SonisId("1"),
        contact_id=ContactId("7"),
        fields=changes,
        **facts,
    )


UNCHANGED = Unchanged(sonis_id=SonisId("1"), contact_id=ContactId("7"))


class TestLines:
    """Rules 6.1 and 6.2."""

    def test_nothing_differs(self):
        assert plan(wanted(), held()) == UNCHANGED

    def test_an_update_names_only_what_differs_before_and_after(self):
        assert plan(wanted("Rome"), held("Bonn")) == update({CITY: ("Bonn", "Rome")})

    def test_a_create_sends_every_value_that_sonis_has_and_no_blank(self):
        line = plan(wanted(""), None, match=Unmatched(email=BEN))
        assert line == CreateContact(
            sonis_id=SonisId("1"),
            fields={EMAIL: BEN, SONIS_ID: "1", FIRST_NAME: "Ada", TOPICS: "||Fair||Web||"},
        )

    @pytest.mark.parametrize("reason", [Reason.NO_EMAIL, Reason.BAD_EMAIL])
    def test_a_person_without_an_address_is_skipped(self, reason: Reason):
        line = plan(wanted(), None, match=NoAddress(reason=reason))
        assert line == SkipPerson(sonis_id=SonisId("1"), reason=reason)

    def test_a_conflict_writes_nothing(self):
        found = MatchConflict(reason=Reason.EMAIL_IN_USE, contact_ids=(ContactId("8"),))
        assert plan(wanted(), None, match=found) == ConflictLine(sonis_id=SonisId("1"), conflict=found)

    def test_a_conflict_that_a_user_ignores_is_skipped(self):
        found = MatchConflict(reason=Reason.EMAIL_IN_USE)
        ignored = frozenset({("1", "email-in-use")})
        line = plan(wanted(), None, match=found, ignored=ignored)
        assert line == SkipPerson(sonis_id=SonisId("1"), reason=Reason.IGNORED)

    def test_another_reason_is_not_ignored_with_it(self):
        found = MatchConflict(reason=Reason.SEVERAL_MATCHES)
        line = plan(wanted(), None, match=found, ignored=frozenset({("1", "email-in-use")}))
        assert isinstance(line, ConflictLine)

    @pytest.mark.parametrize(
        "match",
        [OWN, Unmatched(email=ADA), NoAddress(reason=Reason.NO_EMAIL), MatchConflict(reason=Reason.SHARED_EMAIL)],
    )
    @pytest.mark.parametrize("city", ["Rome", "Bonn"])
    def test_every_line_keeps_what_was_noticed(self, match: Match, city: str):
        noticed = ("Two addresses are preferred.",)
        assert plan(wanted(notes=noticed), held(city), match=match).notes == noticed

    def test_an_unmapped_field_is_never_looked_at(self):
        assert plan(wanted(), but(held(), {PLAIN: "something"})) == UNCHANGED

    def test_values_that_mean_the_same_to_a_field_are_the_same(self):
        assert plan(wanted(), but(held(), {TOPICS: "||Web||Fair||"})) == UNCHANGED

    def test_a_field_that_the_account_no_longer_lists_is_compared_as_text(self):
        gone = FieldId("99")
        row = FieldMappingRow(data_point="name.nickname", field_id=gone, write_rule=WriteRule.ALWAYS)
        mapping = FieldMapping(rows=(*a_mapping().rows, row))
        desired = wanted(values={**wanted().values, gone: "Addie"})
        line = plan(desired, held(), mapping=mapping)
        assert line == update({gone: ("", "Addie")})

    def test_without_a_sonis_id_row_any_once_row_is_a_plain_one(self):
        mapping = FieldMapping(rows=tuple(r for r in a_mapping().rows if r.field_id != SONIS_ID))
        values = {key: value for key, value in wanted().values.items() if key != SONIS_ID}
        assert plan(wanted(values=values), held(), mapping=mapping) == UNCHANGED


class TestEmail:
    """Rules 5.3 and 6.5."""

    def test_a_new_address_renames_the_contact_found_by_its_old_one(self):
        line = plan(wanted(), held(), match=dataclasses.replace(OWN, email=BEN))
        assert line == update({EMAIL: (ADA, BEN)})
        assert isinstance(line, UpdateContact)
        assert line.renames

    def test_case_alone_is_no_change(self):
        assert plan(wanted(), but(held(), {EMAIL: " ADA@x.edu"})) == UNCHANGED

    def test_a_contact_without_an_address_gets_one(self):
        line = plan(wanted(), but(held(), {EMAIL: ""}))
        assert line == update({EMAIL: ("", ADA)}, email="")

    def test_an_address_that_may_only_fill_an_empty_one_never_renames(self):
        fill = a_mapping(email=WriteRule.IF_EMPTY)
        other = dataclasses.replace(OWN, email=BEN)
        assert plan(wanted(), held(), match=other, mapping=fill) == UNCHANGED
        assert plan(wanted(), but(held(), {EMAIL: ""}), mapping=fill) == update({EMAIL: ("", ADA)}, email="")

    def test_an_update_of_other_fields_renames_nothing(self):
        line = plan(wanted("Rome"), held("Bonn"))
        assert isinstance(line, UpdateContact)
        assert not line.renames


class TestWriteRules:
    """Rule 2.2. None stands for: nothing is written."""

    @pytest.mark.parametrize(
        ("rule", "sonis", "theirs", "after"),
        [
            (WriteRule.ALWAYS, "Rome", "Bonn", "Rome"),
            (WriteRule.ALWAYS, "Rome", "", "Rome"),
            (WriteRule.ALWAYS, "Rome", " Rome ", None),
            (WriteRule.ALWAYS, "", "Bonn", ""),
            (WriteRule.ALWAYS, "", "", None),
            (WriteRule.UNLESS_BLANK, "Rome", "Bonn", "Rome"),
            (WriteRule.UNLESS_BLANK, "Rome", "", "Rome"),
            (WriteRule.UNLESS_BLANK, "", "Bonn", None),
            (WriteRule.UNLESS_BLANK, "", "", None),
            (WriteRule.IF_EMPTY, "Rome", "Bonn", None),
            (WriteRule.IF_EMPTY, "Rome", "", "Rome"),
            (WriteRule.IF_EMPTY, "Rome", "  ", "Rome"),
            (WriteRule.IF_EMPTY, "", "Bonn", None),
            (WriteRule.ONCE, "Rome", "", "Rome"),
            (WriteRule.ONCE, "Rome", "  ", "Rome"),
            (WriteRule.ONCE, "Rome", "Rome", None),
            (WriteRule.ONCE, "", "Bonn", None),
            (WriteRule.ONCE, "", "", None),
        ],
    )
    def test_the_write_rule_says_when_sonis_may_write(
        self, rule: WriteRule, sonis: str, theirs: str, after: str | None
    ):
        line = plan(wanted(sonis), but(held(), {CITY: theirs}), mapping=a_mapping(rule))
        assert line == (UNCHANGED if after is None else update({CITY: (theirs, after)}))

    def test_a_cleared_field_is_told_apart(self):
        line = plan(wanted("", email2=""), but(held("Bonn"), {FIRST_NAME: "Bea"}))
        assert isinstance(line, UpdateContact)
        assert line.clears == (CITY,)

    def test_another_value_in_a_once_field_is_a_conflict_and_nothing_is_written(self):
        contact = but(held("Bonn"), {FIRST_NAME: "Bea"})
        assert plan(wanted("Rome"), contact, mapping=a_mapping(WriteRule.ONCE)) == ConflictLine(
            sonis_id=SonisId("1"),
            conflict=MatchConflict(reason=Reason.DIFFERENT_VALUE, contact_ids=(ContactId("7"),)),
            field_id=CITY,
        )

    def test_such_a_conflict_can_be_ignored(self):
        ignored = frozenset({("1", "different-value")})
        line = plan(wanted("Rome"), held("Bonn"), mapping=a_mapping(WriteRule.ONCE), ignored=ignored)
        assert line == SkipPerson(sonis_id=SonisId("1"), reason=Reason.IGNORED)

    @pytest.mark.parametrize("blank", ["", "   "])
    def test_the_sonis_id_is_written_when_blank(self, blank: str):
        assert plan(wanted(), but(held(), {SONIS_ID: blank})) == update({SONIS_ID: (blank, "1")})

    def test_the_sonis_id_is_never_replaced_on_a_contact_that_a_user_linked(self):
        contact = but(held("Bonn"), {SONIS_ID: "99"})
        assert plan(wanted("Rome"), contact) == update({CITY: ("Bonn", "Rome")})


class TestAccount:
    """Rule 6.3."""

    def test_a_contact_in_no_account_is_linked_to_ours(self):
        assert plan(wanted(), held(account_id=None)) == update({}, link_account=True)

    def test_a_contact_in_another_account_is_left_there_and_reported(self):
        line = plan(wanted(), held(account_id="6"))
        note = "The contact belongs to another account (6) and is left there."
        assert line == dataclasses.replace(UNCHANGED, notes=(note,))

    def test_without_an_account_of_ours_nothing_is_linked(self):
        assert plan(wanted(), held(account_id=None), account_id=None) == UNCHANGED
        assert plan(wanted(), held(account_id="6"), account_id=None) == UNCHANGED

    def test_linking_can_be_left_out(self):
        assert plan(wanted(), held(account_id=None), links_account=False) == UNCHANGED


class TestWhatWasNotKept:
    """Rule 6.7."""

    def test_it_is_not_sent_again_while_nothing_changed(self):
        kept = Kept(not_kept={CITY: ("Rome", "Bonn")})
        assert plan(wanted("Rome"), held("Bonn"), kept=kept) == StillNotKept(
            sonis_id=SonisId("1"),
            contact_id=ContactId("7"),
            fields={CITY: FieldChange(before="Bonn", after="Rome")},
        )

    @pytest.mark.parametrize(("sent", "read_back"), [("Lyon", "Bonn"), ("Rome", "Lyon")])
    def test_it_is_sent_again_once_either_side_changed(self, sent: str, read_back: str):
        kept = Kept(not_kept={CITY: (sent, read_back)})
        assert plan(wanted("Rome"), held("Bonn"), kept=kept) == update({CITY: ("Bonn", "Rome")})

    def test_the_rest_is_sent_and_says_so(self):
        kept = Kept(not_kept={CITY: ("Rome", "Bonn")})
        line = plan(wanted("Rome"), but(held("Bonn"), {FIRST_NAME: "Bea"}), kept=kept)
        note = "What ActiveCampaign did not keep before is not sent again."
        assert line == update({FIRST_NAME: ("Bea", "Ada")}, notes=(note,))

    def test_an_address_that_was_not_kept_is_told_by_its_normal_form(self):
        kept = Kept(not_kept={EMAIL: (BEN, "ADA@x.edu")})
        line = plan(wanted(), held(), match=dataclasses.replace(OWN, email=BEN), kept=kept)
        assert isinstance(line, StillNotKept)

    def test_what_is_equal_now_is_unchanged(self):
        assert plan(wanted(), held(), kept=Kept(not_kept={CITY: ("Rome", "Bonn")})) == UNCHANGED


class TestDrift:
    """Rule 6.9."""

    def test_a_field_changed_in_activecampaign_is_overwritten_and_recorded(self):
        line = plan(wanted("Rome"), held("Bonn"), kept=Kept(confirmed={CITY: "Rome"}))
        drift = Drift(field_id=CITY, confirmed="Rome", theirs="Bonn", ours="Rome")
        assert line == update({CITY: ("Bonn", "Rome")}, drift=(drift,))

    def test_a_change_in_sonis_is_no_drift(self):
        line = plan(wanted("Rome"), held("Bonn"), kept=Kept(confirmed={CITY: "Bonn"}))
        assert line == update({CITY: ("Bonn", "Rome")})

    def test_a_change_on_both_sides_is_drift(self):
        line = plan(wanted("Rome"), held("Bonn"), kept=Kept(confirmed={CITY: "Lyon"}))
        assert isinstance(line, UpdateContact)
        assert [item.confirmed for item in line.drift] == ["Lyon"]

    def test_a_field_cleared_in_activecampaign_is_drift(self):
        line = plan(wanted("Rome"), held(""), kept=Kept(confirmed={CITY: "Rome"}))
        assert isinstance(line, UpdateContact)
        assert [item.theirs for item in line.drift] == [""]

    def test_a_field_that_was_never_confirmed_has_no_drift(self):
        line = plan(wanted("Rome"), held("Bonn"), kept=Kept(confirmed={FIRST_NAME: "Ada"}))
        assert isinstance(line, UpdateContact)
        assert line.drift == ()

    def test_what_stays_as_theirs_is_not_recorded(self):
        kept, rule = Kept(confirmed={CITY: "Rome"}), WriteRule.UNLESS_BLANK
        assert plan(wanted(""), held("Bonn"), kept=kept, mapping=a_mapping(rule)) == UNCHANGED

    def test_an_address_in_another_case_is_no_drift(self):
        kept = Kept(confirmed={EMAIL: "ADA@x.edu"})
        line = plan(wanted(), held(), match=dataclasses.replace(OWN, email=BEN), kept=kept)
        assert line == update({EMAIL: (ADA, BEN)})


class TestEligibility:
    """Rule 3.3."""

    @pytest.mark.parametrize("code", ["PS", "AP", "ST", "AL"])
    def test_people_who_hold_an_exported_status_are_exported(self, code: str):
        assert eligibility(a_person(code), Policy()) is None

    @pytest.mark.parametrize("codes", [(), ("FA",)])
    def test_others_are_not(self, codes: tuple[str, ...]):
        assert eligibility(a_person(*codes, disabled=True), Policy()) is Reason.NOT_ELIGIBLE

    def test_disabled_and_deceased_people_are_skipped_with_that_reason(self):
        assert eligibility(a_person("ST", disabled=True), Policy()) is Reason.DISABLED
        assert eligibility(a_person("ST", deceased=True, disabled=True), Policy()) is Reason.DECEASED

    def test_an_exclusion_from_mailings_is_an_option_with_a_reason_of_its_own(self):
        excluded = a_person("ST", excl_mailing=True)
        assert eligibility(excluded, Policy()) is None
        assert eligibility(excluded, Policy(exclude_excl_mailing=True)) is Reason.EXCLUDED
        assert eligibility(a_person("ST"), Policy(exclude_excl_mailing=True)) is None


def a_person(*codes: str, **more: Any) -> PersonRecord:
    statuses = tuple(StatusHeld(code=code) for code in codes)
    return PersonRecord(sonis_id=SonisId("1"), statuses=statuses, **more)
