"""A contact as ActiveCampaign holds it, and the contact fields of an account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum
from typing import NewType

ContactId = NewType("ContactId", str)
"""ActiveCampaign's id of a contact: digits, as text."""

FieldId = NewType("FieldId", str)
"""A contact field: one of the four standard names below, or the id of a custom field."""

EMAIL = FieldId("EMAIL")
FIRST_NAME = FieldId("FIRSTNAME")
LAST_NAME = FieldId("LASTNAME")
PHONE = FieldId("PHONE")
STANDARD_FIELDS = (EMAIL, FIRST_NAME, LAST_NAME, PHONE)


class ListStatus(IntEnum):
    """A contact's standing on one list (docs/activecampaign.md, section 7). We never turn the last two back."""

    UNCONFIRMED = 0
    ACTIVE = 1
    UNSUBSCRIBED = 2
    BOUNCED = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """One contact with its field values. Standard values stand in `fields` too, under their names; blank ones are left out."""

    contact_id: ContactId
    fields: Mapping[FieldId, str] = field(default_factory=dict)
    lists: Mapping[str, ListStatus] = field(default_factory=dict)
    """List id to the contact's standing on it."""
    account_id: str | None = None
    """The one account that the contact belongs to."""
    created: datetime | None = None
    updated: datetime | None = None
    bounced: bool = False

    def value(self, field_id: FieldId) -> str:
        """What the field holds, "" when it is blank."""
        return self.fields.get(field_id, "")

    @property
    def unsubscribed(self) -> bool:
        """On no list actively, and unsubscribed from at least one (rule 7.2)."""
        standings = self.lists.values()
        return ListStatus.ACTIVE not in standings and ListStatus.UNSUBSCRIBED in standings


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactField:
    """A field that contacts have. `kind` is ActiveCampaign's type: text, textarea, date, dropdown, listbox..."""

    field_id: FieldId
    title: str
    kind: str = "text"
    tag: str = ""
    """The personalization tag without its percent signs."""
    options: tuple[str, ...] = ()
    """The option texts of a dropdown, radio, listbox or checkbox field."""

    @property
    def standard(self) -> bool:
        """Whether ActiveCampaign itself provides the field."""
        return self.field_id in STANDARD_FIELDS


class ContactFields:
    """The fields of an account, standard ones first, to be found by id or title."""

    def __init__(self, custom: list[ContactField]) -> None:
        self._all = (*STANDARD, *custom)
        self._by_id = {item.field_id: item for item in self._all}

    def __iter__(self) -> Iterator[ContactField]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def get(self, field_id: FieldId) -> ContactField | None:
        """The field with that id, or None."""
        return self._by_id.get(field_id)

    def titled(self, title: str) -> list[ContactField]:
        """The fields with that title, case and outer blanks aside; more than one is possible."""
        wanted = title.strip().casefold()
        return [item for item in self._all if item.title.strip().casefold() == wanted]


STANDARD = (
    ContactField(field_id=EMAIL, title="Email Address", tag="EMAIL"),
    ContactField(field_id=FIRST_NAME, title="First Name", tag="FIRSTNAME"),
    ContactField(field_id=LAST_NAME, title="Last Name", tag="LASTNAME"),
    ContactField(field_id=PHONE, title="Phone", tag="PHONE"),
)
