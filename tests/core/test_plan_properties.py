"""What a plan holds to whatever is mapped, wanted and held (rule 14, P2 and P5)."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from sonisbridge.core.contact import EMAIL, Contact, ContactField, ContactFields, ContactId, FieldId
from sonisbridge.core.desired import DesiredContact
from sonisbridge.core.field_mapping import FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.matching import Match, Matched, Unmatched
from sonisbridge.core.plan import (
    NOTHING_KEPT,
    CreateContact,
    Kept,
    Line,
    PlanMaker,
    StillNotKept,
    Unchanged,
    UpdateContact,
)

from .test_plan import ADA, BEN, OWN, PLAIN, UNCHANGED, but, wanted

KINDS = {
    "text": ["", "Rome", "Bonn", " Rome "],
    "textarea": ["", "one\ntwo", "one\r\ntwo", "three"],
    "date": ["", "2027-05-30", "2027-05-30T00:00:00-05:00", "0000-00-00", "2028-01-01"],
    "datetime": ["", "2027-05-30T00:00:00-05:00", "2027-05-30T05:00:00+00:00"],
    "listbox": ["", "||A||B||", "||B||A||", "||C||"],
    "dropdown": ["", "Yes", "No"],
    "number": ["", "7", "7.0", "8"],
}


@dataclasses.dataclass(frozen=True, kw_only=True)
class Case:
    """A mapping, a person, their contact and what is remembered of it."""

    mapping: FieldMapping
    fields: ContactFields
    desired: DesiredContact
    match: Matched
    contact: Contact
    kept: Kept

    def line(self, match: Match | None = None, contact: Contact | None = None, kept: Kept | None = None) -> Line:
        maker = PlanMaker(self.mapping, self.fields, account_id="5")
        return maker.line(self.desired, match or self.match, contact or self.contact, kept or self.kept)


@st.composite
def cases(draw: st.DrawFn) -> Case:
    """Any mapping, any person, any contact of theirs and any memory of it."""
    fields, rows, values, theirs = [], [], {}, {}
    confirmed, not_kept = {}, {}
    for number in range(1, draw(st.integers(1, 4)) + 1):
        field_id, kind = FieldId(str(number)), draw(st.sampled_from(sorted(KINDS)))
        some = st.sampled_from(KINDS[kind])
        fields.append(ContactField(field_id=field_id, title=f"Field {number}", kind=kind))
        rule, key = draw(st.sampled_from(WriteRule)), f"point.{number}"
        if number == 1:
            rule, key = WriteRule.ONCE, "name.sonis_id"
        rows.append(FieldMappingRow(data_point=key, field_id=field_id, write_rule=rule))
        values[field_id], theirs[field_id] = draw(some), draw(some)
        if draw(st.booleans()):
            confirmed[field_id] = draw(some)
        if draw(st.booleans()):
            not_kept[field_id] = (draw(some), draw(some))
    rule = draw(st.sampled_from(WriteRule))
    rows.append(FieldMappingRow(data_point="address.email", field_id=EMAIL, write_rule=rule))
    addresses = st.sampled_from([ADA, "ADA@x.edu", BEN])
    contact = Contact(
        contact_id=ContactId("7"),
        fields={EMAIL: draw(st.one_of(st.just(""), addresses)), PLAIN: "theirs", **theirs},
        account_id=draw(st.sampled_from([None, "5", "6"])),
    )
    return Case(
        mapping=FieldMapping(rows=tuple(rows)),
        fields=ContactFields(fields),
        desired=wanted(values=values),
        match=dataclasses.replace(OWN, email=draw(addresses)),
        contact=contact,
        kept=Kept(confirmed=confirmed, not_kept=not_kept),
    )


def applied(line: UpdateContact, contact: Contact) -> Contact:
    account = "5" if line.link_account else contact.account_id
    changed = but(contact, {key: change.after for key, change in line.fields.items()})
    return dataclasses.replace(changed, account_id=account)


@given(cases())
def test_planning_again_after_applying_finds_nothing_to_write(case):
    line = case.line()
    if isinstance(line, UpdateContact):
        after = applied(line, case.contact)
        confirmed = {key: after.value(key) for key in line.fields}
        not_kept = {key: pair for key, pair in case.kept.not_kept.items() if key not in line.fields}
        again = case.line(contact=after, kept=Kept(confirmed=confirmed, not_kept=not_kept))
        given_up = any(note.startswith("What ActiveCampaign") for note in line.notes)
        assert isinstance(again, StillNotKept if given_up else Unchanged)


@given(cases())
def test_planning_again_after_creating_finds_nothing_to_write(case):
    line = case.line(match=Unmatched(email=case.match.email))
    assert isinstance(line, CreateContact)
    made = Contact(contact_id=ContactId("7"), fields=line.fields, account_id="5")
    assert case.line(contact=made, kept=NOTHING_KEPT) == UNCHANGED


@given(cases())
def test_only_mapped_fields_are_ever_in_a_change(case):
    line = case.line()
    mapped = {row.field_id for row in case.mapping.rows}
    if isinstance(line, UpdateContact | StillNotKept):
        assert set(line.fields) <= mapped
        assert all(change.before == case.contact.value(key) for key, change in line.fields.items())
    created = case.line(match=Unmatched(email=ADA))
    assert isinstance(created, CreateContact)
    assert set(created.fields) <= mapped


@given(cases())
def test_a_change_is_one_that_its_write_rule_allows(case):
    line = case.line()
    if isinstance(line, UpdateContact | StillNotKept):
        for field_id, change in line.fields.items():
            rule = case.mapping.rule(field_id)
            assert change.after or rule is WriteRule.ALWAYS
            assert not change.before.strip() or rule in {WriteRule.ALWAYS, WriteRule.UNLESS_BLANK}


@given(cases())
def test_drift_is_about_fields_that_are_overwritten(case):
    line = case.line()
    if isinstance(line, UpdateContact):
        for item in line.drift:
            change = line.fields[item.field_id]
            assert (item.theirs, item.ours) == (change.before, change.after)
            assert item.confirmed == case.kept.confirmed[item.field_id]
