"""Links: whose contact is whose, kept, and what we know of their fields (rules 5.2, 6.7)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from sonisbridge.core.contact import ContactId, FieldId
from sonisbridge.core.person import SonisId
from sonisbridge.core.plan import Kept

from .models import Decision, Institution, Link
from .rows import among

_CHUNK = 500
_MANY = 5000
BY_USER = "decision"
EVERY = 0
"""Stands for a run: each export of everybody, since a while, found both sides to agree, so that none notes it of each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmed:
    """What was read back of one person's contact."""

    sonis_id: SonisId
    contact_id: ContactId
    how: str
    values: Mapping[FieldId, str] = field(default_factory=dict)
    not_kept: Mapping[FieldId, tuple[str, str]] = field(default_factory=dict)


class Links:
    """One institution's links."""

    def __init__(self, institution: Institution) -> None:
        self._institution = institution
        self._rows = Link.objects.filter(institution=institution)

    def all(self) -> dict[SonisId, ContactId]:
        """Person to contact."""
        pairs = self._rows.all().values_list("sonis_id", "contact_id")
        return {SonisId(sonis_id): ContactId(str(contact_id)) for sonis_id, contact_id in pairs.iterator(5000)}

    def pairs(
        self, *, sonis_ids: Iterable[str] = (), contact_ids: Iterable[ContactId] = ()
    ) -> dict[SonisId, ContactId]:
        """Person to contact, of the links that have one of these people or one of these contacts."""
        asked: tuple[tuple[str, list[Any]], ...] = (
            ("sonis_id__in", list(sonis_ids)),
            ("contact_id__in", [int(item) for item in contact_ids]),
        )
        found: dict[SonisId, ContactId] = {}
        for name, values in asked:
            for start in range(0, len(values), _CHUNK):
                rows = self._rows.filter(**{name: values[start : start + _CHUNK]}).values_list("sonis_id", "contact_id")
                found.update((SonisId(sonis_id), ContactId(str(contact_id))) for sonis_id, contact_id in rows)
        return found

    def among(self, *, sonis_ids: Iterable[str] = (), contact_ids: Iterable[ContactId] = ()) -> list[Link]:
        """The links that have one of these people or one of these contacts."""
        people, contacts = list(sonis_ids), [int(item) for item in contact_ids]
        found: dict[int, Link] = {}
        for start in range(0, max(len(people), len(contacts)), _CHUNK):
            here = Q(sonis_id__in=people[start : start + _CHUNK]) | Q(contact_id__in=contacts[start : start + _CHUNK])
            found.update((row.pk, row) for row in self._rows.filter(here))
        return list(found.values())

    def decided(self) -> frozenset[SonisId]:
        """The people whose link a user decided."""
        return frozenset(SonisId(item) for item in self._rows.filter(how=BY_USER).values_list("sonis_id", flat=True))

    def kept(self, sonis_ids: Iterable[SonisId]) -> dict[SonisId, tuple[ContactId, Kept]]:
        """Of these people who are linked: their contact, and what earlier runs know of its fields."""
        ids = list(sonis_ids)
        found: dict[SonisId, tuple[ContactId, Kept]] = {}
        columns = ("sonis_id", "contact_id", "confirmed", "not_kept")
        for start in range(0, len(ids), _CHUNK):
            rows = self._rows.filter(sonis_id__in=ids[start : start + _CHUNK]).values_list(*columns)
            for sonis_id, contact_id, confirmed, not_kept in rows:
                known = Kept(confirmed=confirmed, not_kept={key: (pair[0], pair[1]) for key, pair in not_kept.items()})
                found[SonisId(sonis_id)] = ContactId(str(contact_id)), known
        return found

    def keep(self, sonis_id: SonisId, contact_id: ContactId, *, how: str, run: int | None, by: str = "") -> None:
        """Link them, in place of whatever either was linked to."""
        with transaction.atomic():
            self._rows.filter(contact_id=int(contact_id)).exclude(sonis_id=sonis_id).delete()
            Link.objects.update_or_create(
                institution=self._institution,
                sonis_id=sonis_id,
                defaults={
                    "contact_id": int(contact_id), "how": how, "decided_by": by, "confirmed": {}, "not_kept": {},
                    "checked_run": None,
                },
                create_defaults={
                    "contact_id": int(contact_id), "how": how, "decided_by": by, "first_run": run,
                },
            )  # fmt: skip

    def unlink(self, sonis_id: SonisId) -> None:
        """Forget the person's link."""
        self._rows.filter(sonis_id=sonis_id).delete()

    def confirm(self, items: list[Confirmed], *, run: int) -> None:
        """Keep what was read back. A new pair becomes a link; a user's decision stays marked as one."""
        with transaction.atomic():
            self._confirm(items, run)

    def _confirm(self, items: list[Confirmed], run: int) -> None:
        wanted = {item.sonis_id: item for item in items}
        rows = {row.sonis_id: row for row in self._rows.filter(sonis_id__in=list(wanted))}
        moved = [row.pk for key, row in rows.items() if row.contact_id != int(wanted[SonisId(key)].contact_id)]
        Link.objects.filter(pk__in=moved).delete()
        taken = [int(item.contact_id) for item in items]
        self._rows.filter(contact_id__in=taken).exclude(sonis_id__in=list(wanted)).delete()
        fresh: list[Link] = []
        changed: list[Link] = []
        for sonis_id, item in wanted.items():
            row = rows.get(sonis_id)
            if row is None or row.pk in moved:
                row = Link(
                    institution=self._institution,
                    sonis_id=sonis_id,
                    contact_id=int(item.contact_id),
                    how=item.how,
                    first_run=run,
                )
                fresh.append(row)
            else:
                changed.append(row)
            _merge(row, item, run)
        Link.objects.bulk_create(fresh, batch_size=_CHUNK)
        Link.objects.bulk_update(changed, ["confirmed", "not_kept", "checked_run"], batch_size=200)

    def checked(self, sonis_ids: list[SonisId], *, run: int | None, instead_of: int | None = None) -> None:
        """Note that this run, or EVERY, found nothing to do for these people, in place of that or of any (rule 8.1)."""
        only = "" if instead_of is None else f" AND checked_run = {int(instead_of)}"
        table = Link._meta.db_table
        with (
            transaction.atomic(),
            connection.cursor() as cursor,
        ):  # most people, most days: the ORM takes twice the time
            for start in range(0, len(sonis_ids), _MANY):
                these, values = among("sonis_id", sonis_ids[start : start + _MANY])
                cursor.execute(
                    f"UPDATE {table} SET checked_run = %s WHERE institution_id = %s AND {these}{only}",  # noqa: S608
                    [run, self._institution.pk, *values],
                )

    def lost(self, known_ids: Collection[str]) -> dict[SonisId, ContactId]:
        """The people of whom SONIS has no name record any more, and the contacts linked to them."""
        return {sonis_id: contact_id for sonis_id, contact_id in self.all().items() if sonis_id not in known_ids}

    def exist(self) -> bool:
        """Whether anybody is linked."""
        return self._rows.exists()

    def count(self) -> int:
        """How many people are linked."""
        return self._rows.count()

    def not_same(self) -> frozenset[tuple[SonisId, ContactId]]:
        """The pairs of which a user said that they are not the same person."""
        rows = Decision.objects.filter(institution=self._institution, action=Decision.NOT_SAME)
        return frozenset(
            (SonisId(sonis_id), ContactId(str(contact_id)))
            for sonis_id, contact_id in rows.values_list("sonis_id", "contact_id")
        )

    def ignored(self) -> frozenset[tuple[SonisId, str]]:
        """The people and reasons that a user chose not to be told of again."""
        rows = Decision.objects.filter(institution=self._institution, action=Decision.IGNORE).exclude(sonis_id="")
        return frozenset((SonisId(sonis_id), reason) for sonis_id, reason in rows.values_list("sonis_id", "reason"))

    def ignored_contacts(self) -> frozenset[ContactId]:
        """The contacts, of no known person, that a user chose not to be told of again."""
        rows = Decision.objects.filter(institution=self._institution, action=Decision.IGNORE, sonis_id="")
        ids = rows.exclude(contact_id=None).values_list("contact_id", flat=True)
        return frozenset(ContactId(str(contact_id)) for contact_id in ids)


def _merge(row: Link, item: Confirmed, run: int) -> None:
    row.confirmed = {**row.confirmed, **item.values}
    rest = {key: pair for key, pair in row.not_kept.items() if key not in item.values}
    row.not_kept = {**rest, **{key: list(pair) for key, pair in item.not_kept.items()}}
    row.checked_run = run
