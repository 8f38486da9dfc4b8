"""One person as both sides have them now, to stand beside the rows of the field mapping."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sonisbridge.core.contact import Contact, ContactField, ContactFields, ContactId, FieldId
from sonisbridge.core.desired import ContactMaker
from sonisbridge.core.errors import SkipRecordError, SonisbridgeError, StopRunError
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping, FieldMappingRow, WriteRule
from sonisbridge.core.person import PersonRecord, chosen_address
from sonisbridge.core.policy import Policy
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import institutions
from sonisbridge.store.mirror import ContactMirror
from sonisbridge.store.models import Institution, Link, MirrorContact

from .sides import open_activecampaign, open_sonis

_EMAIL = "address.email"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """What both sides say of one person."""

    sonis_id: str
    name: str
    sonis: Mapping[str, str]
    """Data point to its value, as it would be sent to a text field."""
    contact_id: ContactId | None = None
    """None where nobody is linked to the person."""
    contact: Mapping[FieldId, str] = field(default_factory=dict)
    """Contact field to what it holds."""
    as_of_last_read: str = ""
    """Why the contact is the one of our copy and not as it is now, "" when it is as it is now."""


def sample_of(institution: Institution, sonis_id: str = "") -> Sample | None:
    """The person with that SONIS ID, else somebody who is linked, else the first of all; None where there is nobody.

    Asks both sides. Raises StopRunError or WrongSettingsError when SONIS cannot be asked.
    """
    known = institutions.connections_of(institution, {}, secrets=("sonis_url",))
    policy = institutions.policy_of(institution)
    sonis = open_sonis(known)
    try:
        person = _person(institution, sonis, sonis_id.strip())
        if person is None:
            return None
        values = _values(institution, sonis, person, policy)
    except SkipRecordError as error:
        raise StopRunError(str(error)) from error
    finally:
        sonis.close()
    contact_id = _contact_id(institution, person)
    contact, why = _contact(institution, contact_id, policy) if contact_id else (None, "")
    return Sample(
        sonis_id=person.sonis_id,
        name=f"{person.first_name} {person.last_name}".strip(),
        sonis=values,
        contact_id=contact_id,
        contact=contact.fields if contact else {},
        as_of_last_read=why,
    )


def _person(institution: Institution, sonis: Sonis, sonis_id: str) -> PersonRecord | None:
    if sonis_id:
        return next(sonis.people_by_id([sonis_id]), None)
    linked = Link.objects.filter(institution=institution).order_by("pk").values_list("sonis_id", flat=True).first()
    found = next(sonis.people_by_id([linked]), None) if linked else None
    return found or next(sonis.people(), None)


def _values(institution: Institution, sonis: Sonis, person: PersonRecord, policy: Policy) -> dict[str, str]:
    """Every data point as text, whether it is mapped or not: a made-up text field for each of them."""
    points = [point.key for point in DATA_POINTS if point.key != _EMAIL]
    fields = ContactFields([ContactField(field_id=FieldId(key), title=key) for key in points])
    rows = tuple(FieldMappingRow(data_point=key, field_id=FieldId(key), write_rule=WriteRule.ALWAYS) for key in points)
    translations = institutions.field_mapping(institution).translations
    codes = sonis.codes()
    institutions.keep_codes(institution, codes)
    maker = ContactMaker(FieldMapping(rows=rows, translations=translations), fields, codes, policy)
    address = chosen_address(person.addresses)
    values = {str(key): value for key, value in maker.desired(person).values.items()}
    return {**values, _EMAIL: address.email.strip() if address else ""}


def _contact_id(institution: Institution, person: PersonRecord) -> ContactId | None:
    """The contact that is linked to the person, else the one that carries their SONIS ID."""
    for rows in (Link.objects, MirrorContact.objects):
        held = rows.filter(institution=institution, sonis_id=person.sonis_id).order_by("contact_id")
        found = held.values_list("contact_id", flat=True).first()
        if found:
            return ContactId(str(found))
    return None


def _contact(institution: Institution, contact_id: ContactId, policy: Policy) -> tuple[Contact | None, str]:
    """The contact as ActiveCampaign has it now, else as it was last read, and why."""
    try:
        known = institutions.connections_of(institution, {}, secrets=("token",))
        account = open_activecampaign(known, policy, patient=False)
        try:
            return next(iter(account.contacts_by_ids([contact_id])), None), ""
        finally:
            account.close()
    except SonisbridgeError as error:
        return ContactMirror(institution).contacts([contact_id]).get(contact_id), str(error)
