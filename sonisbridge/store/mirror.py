"""The contact mirror: our copy of what ActiveCampaign last said (rule 4.1)."""

from __future__ import annotations

import marshal
from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b
from typing import Any

from django.db import connection
from django.db.models import CharField, Count, Exists, F, Func, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Left, Trim

from sonisbridge.core.contact import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    Contact,
    ContactId,
    FieldId,
    ListStatus,
)
from sonisbridge.core.matching import ContactHead
from sonisbridge.core.values import email_key, name_key

from .models import Institution, Link, MappingRow, MirrorContact

_CHUNK, _PAGE = 500, 1000
_COLUMNS = [
    "email", "email_key", "first_name", "last_name", "name_key", "sonis_id", "standing", "fields", "lists", "account_id",
    "bounced", "created", "updated", "scan", "fields_mark",
]  # fmt: skip


class ContactMirror:
    """One institution's contacts."""

    def __init__(self, institution: Institution) -> None:
        self._institution = institution
        self.sonis_id_field = sonis_id_field(institution)
        """The contact field that is mapped as SONIS_ID, None while none is."""

    def _rows(self) -> QuerySet[MirrorContact]:
        return MirrorContact.objects.filter(institution=self._institution)

    def save(self, contacts: Iterable[Contact], *, scan: int = 0) -> None:
        """Store contacts as just read. `scan` names the full scan that saw them."""
        self.sonis_id_field = sonis_id_field(self._institution)  # it may have been mapped anew since the run began
        MirrorContact.objects.bulk_create(
            (self._row(contact, scan) for contact in contacts),
            update_conflicts=True,
            unique_fields=["institution", "contact_id"],
            update_fields=_COLUMNS,
            batch_size=_CHUNK,
        )

    def save_one(self, contact: Contact) -> None:
        """Store one contact that was read by itself; the full scan that saw it last stays noted."""
        self.sonis_id_field = sonis_id_field(self._institution)
        MirrorContact.objects.bulk_create(
            [self._row(contact, 0)],
            update_conflicts=True,
            unique_fields=["institution", "contact_id"],
            update_fields=[column for column in _COLUMNS if column != "scan"],
        )

    def forget(self, contact_ids: Iterable[ContactId]) -> None:
        """Take contacts out that are gone."""
        for ids in _chunks(contact_ids):
            self._rows().filter(contact_id__in=[int(item) for item in ids]).delete()

    def forget_unseen(self, scan: int) -> int:
        """Take out what a finished full scan did not see, and say how many that were."""
        return self._rows().exclude(scan=scan).delete()[0]

    def heads(self, sonis_id_field: FieldId) -> Iterator[ContactHead]:
        """What matching needs of every contact."""
        columns = ("contact_id", "email", "first_name", "last_name", _held_in(sonis_id_field))
        for contact_id, email, first_name, last_name, sonis_id in (
            self._rows().order_by("contact_id").values_list(*columns).iterator(2000)
        ):
            yield ContactHead(
                contact_id=ContactId(str(contact_id)),
                email=email,
                first_name=first_name,
                last_name=last_name,
                sonis_id=(sonis_id or "").strip(),
            )

    def heads_among(
        self, *, contact_ids: Iterable[ContactId] = (), sonis_ids: Iterable[str] = (), emails: Iterable[str] = ()
    ) -> Iterator[ContactHead]:
        """What matching needs of the contacts that have one of these ids, SONIS IDs or addresses in their normal form."""
        asked: tuple[tuple[str, list[Any]], ...] = (
            ("contact_id__in", [int(item) for item in contact_ids]),
            ("sonis_id__in", [item for item in sonis_ids if item]),
            ("email_key__in", [item for item in emails if item]),
        )
        seen: set[ContactId] = set()
        for name, values in asked:
            for start in range(0, len(values), _CHUNK):
                for head in _heads(self._rows().filter(**{name: values[start : start + _CHUNK]})):
                    if head.contact_id not in seen:
                        seen.add(head.contact_id)
                        yield head

    def heads_astray(self) -> Iterator[ContactHead]:
        """Contacts that carry a SONIS ID and are not linked to that person, in id order."""
        theirs = Link.objects.filter(
            institution=self._institution, contact_id=OuterRef("contact_id"), sonis_id=OuterRef("sonis_id")
        )
        return _heads(self._rows().exclude(sonis_id="").filter(~Exists(theirs)).order_by("contact_id"))

    def heads_carrying(self, contact_ids: Iterable[ContactId]) -> Iterator[ContactHead]:
        """Those of these contacts that carry a SONIS ID."""
        for ids in _chunks(contact_ids):
            yield from _heads(self._rows().exclude(sonis_id="").filter(contact_id__in=[int(item) for item in ids]))

    def doubled(self, column: str) -> frozenset[str]:
        """The values of that column, "sonis_id" or "email_key", that several contacts have."""
        rows = self._rows().exclude(**{column: ""}).values_list(column).annotate(many=Count("pk")).order_by()
        return frozenset(value for value, _many in rows.filter(many__gt=1))

    def contacts(self, contact_ids: Iterable[ContactId]) -> dict[ContactId, Contact]:
        """The contacts of those ids that the mirror has."""
        found: dict[ContactId, Contact] = {}
        for ids in _chunks(contact_ids):
            for row in self._rows().filter(contact_id__in=[int(item) for item in ids]):
                found[ContactId(str(row.contact_id))] = _contact(row)
        return found

    def without(self, sonis_id_field: FieldId) -> Iterator[Contact]:
        """Every contact whose SONIS_ID is blank, in id order.

        Nothing is held open in between: SQLite lets nobody write who still reads what was there before another wrote.
        """
        rows, last = self._rows().order_by("contact_id"), 0
        while part := list(rows.filter(contact_id__gt=last)[:_PAGE]):
            last = part[-1].contact_id
            for contact in map(_contact, part):
                if not contact.value(sonis_id_field).strip():
                    yield contact

    def holders(self, emails: Iterable[str]) -> dict[str, list[ContactId]]:
        """Addresses in their normal form to the contacts that hold them; addresses that nobody holds are left out."""
        found: dict[str, list[ContactId]] = {}
        for keys in _chunks(email_key(email) for email in emails):
            rows = self._rows().filter(email_key__in=keys).values_list("email_key", "contact_id")
            for key, contact_id in rows:
                found.setdefault(key, []).append(ContactId(str(contact_id)))
        return found

    def count(self) -> int:
        """How many contacts the mirror holds."""
        return self._rows().count()

    def highest_id(self) -> ContactId | None:
        """The highest contact id that is stored."""
        highest = self._rows().aggregate(highest=Max("contact_id"))["highest"]
        return None if highest is None else ContactId(str(highest))

    def _row(self, contact: Contact, scan: int) -> MirrorContact:
        return MirrorContact(
            institution=self._institution,
            contact_id=int(contact.contact_id),
            email=contact.value(EMAIL),
            email_key=email_key(contact.value(EMAIL)),
            first_name=contact.value(FIRST_NAME),
            last_name=contact.value(LAST_NAME),
            name_key=name_key(contact.value(LAST_NAME), contact.value(FIRST_NAME)),
            sonis_id=contact.value(self.sonis_id_field).strip()[:255] if self.sonis_id_field else "",
            standing=standing(contact),
            fields=dict(contact.fields),
            lists={key: int(value) for key, value in contact.lists.items()},
            account_id=contact.account_id or "",
            bounced=contact.bounced,
            created=contact.created,
            updated=contact.updated,
            scan=scan,
            fields_mark=fields_mark(contact.fields),
        )


def fields_mark(fields: Mapping[FieldId, str]) -> str:
    """A fingerprint of what a contact holds; `fields` without blank ones."""
    return blake2b(marshal.dumps(sorted(fields.items()), 2), digest_size=16).hexdigest()


def _heads(rows: QuerySet[MirrorContact]) -> Iterator[ContactHead]:
    columns = ("contact_id", "email", "first_name", "last_name", "sonis_id")
    for contact_id, email, first_name, last_name, sonis_id in rows.values_list(*columns).iterator(2000):
        yield ContactHead(
            contact_id=ContactId(str(contact_id)),
            email=email,
            first_name=first_name,
            last_name=last_name,
            sonis_id=sonis_id,
        )


def search(rows: QuerySet[MirrorContact], asked: str) -> QuerySet[MirrorContact]:
    """Those of an institution's contacts that a user may mean by names, part of an address, a SONIS ID or a contact id.

    Names and addresses are looked through in their index alone, so that a part of one is found among 100,000 at once.
    """
    key = name_key(asked, "")
    if not key:
        return rows
    named = Q()
    for word in key.split():
        named &= Q(name_key__contains=word)
    found = rows.filter(named | Q(email_key__contains=key)).order_by().values("pk")
    wanted = Q(pk__in=found) | Q(pk__in=rows.filter(sonis_id__in={asked, asked.upper()}).order_by().values("pk"))
    if asked.isdecimal() and len(asked) < 19:
        wanted |= Q(pk__in=rows.filter(contact_id=int(asked)).order_by().values("pk"))
    return rows.filter(wanted)


def sonis_id_field(institution: Institution) -> FieldId | None:
    """The contact field that is mapped as SONIS_ID, None while none is."""
    row = MappingRow.objects.filter(institution=institution, data_point="name.sonis_id").first()
    return FieldId(row.field_id) if row else None


def take_sonis_ids(institution: Institution) -> None:
    """Fill the mirror's SONIS_ID column anew, from the field that is mapped now."""
    field_id = sonis_id_field(institution)
    rows = MirrorContact.objects.filter(institution=institution)
    if field_id is None:
        rows.update(sonis_id="")
    else:
        rows.update(sonis_id=Left(Trim(Coalesce(_held_in(field_id), Value(""))), 255))


def standing(contact: Contact) -> str:
    """How a contact stands on its lists as a whole, in one word; "" when it is on none."""
    if contact.bounced:
        return "bounced"
    held = contact.lists.values()
    for status in (ListStatus.ACTIVE, ListStatus.UNCONFIRMED, ListStatus.UNSUBSCRIBED, ListStatus.BOUNCED):
        if status in held:
            return status.name.lower()
    return ""


def _held_in(field_id: FieldId) -> Func:
    """A field's value within `fields`. Django's own look-up would take a field id, all digits, for a place in a list."""
    text: CharField[str, str] = CharField()
    if connection.vendor == "postgresql":
        return Func(F("fields"), Value(field_id), function="jsonb_extract_path_text", output_field=text)
    return Func(F("fields"), Value(f'$."{field_id}"'), function="json_extract", output_field=text)


def _contact(row: MirrorContact) -> Contact:
    return Contact(
        contact_id=ContactId(str(row.contact_id)),
        fields={FieldId(key): value for key, value in row.fields.items()},
        lists={key: ListStatus(value) for key, value in row.lists.items()},
        account_id=row.account_id or None,
        created=row.created,
        updated=row.updated,
        bounced=row.bounced,
    )


def _chunks(items: Iterable[str]) -> Iterator[list[str]]:
    part: list[str] = []
    for item in items:
        part.append(item)
        if len(part) == _CHUNK:
            yield part
            part = []
    if part:
        yield part
