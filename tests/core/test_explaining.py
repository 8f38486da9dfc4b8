"""Why each field is as it is: every fate, from the line that the plan itself makes."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from sonisbridge.core.contact import Contact, FieldId
from sonisbridge.core.desired import ContactMaker
from sonisbridge.core.explaining import Fate, FieldStory, Told, coercion, in_sonis, stories
from sonisbridge.core.field_mapping import DATA_POINTS, WriteRule, data_point
from sonisbridge.core.matching import How, Matched, Unmatched
from sonisbridge.core.person import PersonRecord
from sonisbridge.core.plan import NOTHING_KEPT, Kept, PlanMaker
from sonisbridge.core.policy import Policy
from tests.builders import a_contact, a_person, a_row, the_codes, the_fields, the_mapping


def story_of(
    key: str,
    person: PersonRecord,
    contact: Contact | None,
    *,
    rule: WriteRule | None = None,
    kept: Kept = NOTHING_KEPT,
    exported: bool = True,
) -> FieldStory:
    """What is said of one data point of a person."""
    fields, policy = the_fields(), Policy()
    usual = the_mapping().row(key)
    assert usual is not None
    mapping = the_mapping(a_row(key, usual.field_id, rule))
    desired = ContactMaker(mapping, fields, the_codes(), policy).desired(person)
    maker = PlanMaker(mapping, fields)
    match: Any = Unmatched(email=desired.email)
    if contact is not None:
        match = Matched(contact_id=contact.contact_id, how=How.LINK, email=desired.email)
    line = maker.line(desired, match, contact, kept) if exported else None
    told = Told(person=person, desired=desired, line=line, contact=contact, kept=kept, email=desired.email)
    (found,) = [item for item in stories(told, mapping, fields, maker, policy) if item.data_point == key]
    return found


def a_contact_in(city: str) -> Contact:
    fields = {point.default_title: "" for point in DATA_POINTS}
    return a_contact(fields={**fields, "Home City": city})


@pytest.mark.parametrize(
    ("in_school", "city", "rule", "fate", "why"),
    [
        ("Nashville", "Memphis", None, Fate.CHANGED, "changed to Nashville"),
        ("Nashville", "Nashville", None, Fate.AGREES, "agrees"),
        (None, "Memphis", None, Fate.KEPT, "kept: SONIS is silent"),
        (None, "Memphis", WriteRule.ALWAYS, Fate.CLEARED, "cleared: SONIS is silent"),
        ("Nashville", "Memphis", WriteRule.IF_EMPTY, Fate.KEPT, "kept: only an empty field is filled"),
        ("Nashville", "", WriteRule.IF_EMPTY, Fate.CHANGED, "changed to Nashville"),
        (None, "", WriteRule.ONCE, Fate.AGREES, "agrees"),
    ],
)
def test_a_field_is_written_or_left_by_its_rule(in_school, city, rule, fate, why):
    found = story_of("address.city", a_person(city=in_school), a_contact_in(city), rule=rule)
    assert (found.fate, found.why) == (fate, why)
    assert (found.in_sonis, found.held) == (in_school or "", city)


def test_a_value_that_somebody_changed_is_told_of():
    kept = Kept(confirmed={FieldId(a_field_id("Home City")): "Nashville"})
    found = story_of("address.city", a_person(city="Nashville"), a_contact_in("Memphis"), kept=kept)
    assert found.why == "changed to Nashville; it was changed in ActiveCampaign"
    assert found.last_sent == "Nashville"


def test_a_value_that_was_not_kept_is_not_sent_again():
    kept = Kept(not_kept={FieldId(a_field_id("Home City")): ("Nashville", "Memphis")})
    found = story_of("address.city", a_person(city="Nashville"), a_contact_in("Memphis"), kept=kept)
    assert found.fate is Fate.NOT_SENT_AGAIN


def test_a_new_contact_gets_what_sonis_has():
    assert story_of("address.city", a_person(city="Nashville"), None).why == "set to Nashville"
    assert story_of("address.city", a_person(city=None), None).why == "stays blank: SONIS is silent"


def test_nothing_is_written_for_somebody_who_is_not_exported():
    assert story_of("address.city", a_person(city="Nashville"), None, exported=False).fate is Fate.NOTHING


def test_what_sonis_has_is_told_of_every_data_point():
    person = a_person(
        first_name="Ada",
        nickname="Addie",
        birthdate=date(2007, 2, 3),
        city="Nashville",
        state="TN",
        zip_code="03720",
        street=("1 Elm St", "", "Apt 2"),
        email="ada@example.edu",
        email2="second@example.edu",
        phone="615",
        cell_phone="616",
        program="BIO",
        school_year="202728",
        semester="1",
        entry_date=date(2027, 8, 24),
        refer_by=("FAIR", "FRIEND"),
        date_received=date(2026, 1, 2),
        hs_grad_year="2027",
        inquiry_type="WEB",
        agency="Kim Roe",
        memo1="A friend",
        high_school="Hume-Fogg",
    )
    said = {point.key: in_sonis(person, point.key) for point in DATA_POINTS}
    assert all(said.values())
    assert said["address.street"] == "1 Elm St, Apt 2"
    assert said["approg.term"] == "202728 1"
    assert said["address.text_me"] == "0"
    assert in_sonis(person, "no.such_point") == ""


def test_every_data_point_has_its_coercion_in_words():
    fields = the_fields()
    for point in DATA_POINTS:
        assert coercion(point, fields.titled(point.default_title)[0], Policy())
    birthdate = data_point("prospect.date_rec")
    assert birthdate is not None
    when = fields.titled("Subscribed Date")[0]
    assert coercion(birthdate, when, Policy()) == "as a date"


def a_field_id(title: str) -> str:
    return the_fields().titled(title)[0].field_id
