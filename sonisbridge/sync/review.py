"""A conflict with both sides next to each other, as they are now (rule 5.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, Contact, ContactField, ContactId, FieldId
from sonisbridge.core.person import Identity, SonisId
from sonisbridge.core.values import email_key, same_value
from sonisbridge.store.links import Links
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import OpenConflict

from .contact import import_story
from .person import asked

SIDES_AT_MOST = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One column: a person of SONIS or a contact."""

    title: str
    sonis_id: str = ""
    contact_id: str = ""
    linked: str = ""
    """Of a contact: whom it is linked to; of a person: their contact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """One field, with what each side has for it."""

    field: ContactField
    values: tuple[str, ...]
    differs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Both sides of a conflict."""

    people: tuple[Side, ...]
    contacts: tuple[Side, ...]
    rows: tuple[Compared, ...]
    message: str
    """What is so now; a run found the conflict, and since then either side may have changed."""
    stands: bool
    """Whether the next run would find it again."""


def compare(conflict: OpenConflict) -> Comparison:
    """The people and contacts that the conflict is about. Raises StopRunError when SONIS does not answer."""
    institution = conflict.institution
    mirror, links = ContactMirror(institution), Links(institution)
    with asked(institution) as explainer:
        found = mirror.contacts([ContactId(str(item)) for item in conflict.contact_ids[:SIDES_AT_MOST]])
        contacts = sorted(found.values(), key=lambda contact: int(contact.contact_id))
        carries = explainer.sonis_id_of
        if conflict.sonis_id:
            story = explainer.story(SonisId(conflict.sonis_id))
            ids: Sequence[str] = (conflict.sonis_id,)
            message, stands = story.message, story.outcome == "conflict"
        elif contacts:
            told = import_story(institution, explainer.sonis, contacts[0], carries=carries(contacts[0]))
            ids, message, stands = told.sonis_ids[:SIDES_AT_MOST], told.message, bool(told.reason)
        else:
            ids, message, stands = (), "The contact is gone from ActiveCampaign.", False
        people = list(explainer.sonis.identities_by_id(ids))
        wanted = [explainer.wanted(SonisId(person.sonis_id)) for person in people]
    linked = links.among(sonis_ids=ids, contact_ids=[contact.contact_id for contact in contacts])
    by_contact = {str(row.contact_id): row.sonis_id for row in linked}
    by_person = {row.sonis_id: str(row.contact_id) for row in linked}
    columns = [*wanted, *(dict(contact.fields) for contact in contacts)]
    return Comparison(
        people=tuple(_person(person, by_person) for person in people),
        contacts=tuple(_contact(contact, by_contact, carries(contact)) for contact in contacts),
        rows=tuple(_rows(explainer.mapped_fields(), columns, len(people))),
        message=message,
        stands=stands,
    )


def _person(person: Identity, linked: dict[str, str]) -> Side:
    title = f"{person.first_name} {person.last_name}".strip() or person.sonis_id
    return Side(title=title, sonis_id=person.sonis_id, linked=linked.get(person.sonis_id, ""))


def _contact(contact: Contact, linked: dict[str, str], carries: str) -> Side:
    title = f"{contact.value(FIRST_NAME)} {contact.value(LAST_NAME)}".strip() or contact.value(EMAIL)
    return Side(title=title, contact_id=contact.contact_id, sonis_id=carries, linked=linked.get(contact.contact_id, ""))


def _rows(fields: Iterable[ContactField], columns: Sequence[Mapping[FieldId, str]], people: int) -> Iterator[Compared]:
    """The fields that any side has a value for. They differ where a person and a contact have values, and not the same."""
    for field in fields:
        values = tuple(column.get(field.field_id, "") for column in columns)
        if any(values):
            of_people, of_contacts = values[:people], values[people:]
            differs = any(one and other and not _same(field, one, other) for one in of_people for other in of_contacts)
            yield Compared(field=field, values=values, differs=differs)


def _same(field: ContactField, one: str, other: str) -> bool:
    if field.field_id == EMAIL:
        return email_key(one) == email_key(other)
    return same_value(field.kind, one, other)
