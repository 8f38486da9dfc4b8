"""The ledger of imports: which contact became which web prospect, and who that became (rules 7.1, 7.3, 7.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Q

from sonisbridge.core.arrival import prospect_document, prospect_from
from sonisbridge.core.contact import ContactId
from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import NewProspect, WaitingProspect

from .models import ImportedContact, Institution, Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Remembered:
    """What the ledger knows of one import."""

    contact_id: ContactId
    row_id: str
    sonis_id: str
    left_over: Mapping[str, str]
    """Data point to the whole text of what did not fit its column."""
    prospect: NewProspect | None
    """All that was imported; None for an import by a version that did not keep it."""


def _remembered(row: ImportedContact) -> Remembered:
    return Remembered(
        contact_id=ContactId(str(row.contact_id)),
        row_id=row.row_id,
        sonis_id=row.sonis_id,
        left_over=row.left_over,
        prospect=prospect_from(row.prospect, row.left_over),
    )


class Ledger:
    """One institution's imports."""

    def __init__(self, institution: Institution) -> None:
        self._institution = institution
        self._rows = ImportedContact.objects.filter(institution=institution)

    def imported(self) -> dict[ContactId, str]:
        """Contacts whose import was finished: contact id to the row id of the web prospect."""
        rows = self._rows.filter(written=True).values_list("contact_id", "row_id")
        return {ContactId(str(contact_id)): row_id for contact_id, row_id in rows}

    def among(
        self, *, contact_ids: Iterable[ContactId] = (), sonis_ids: Iterable[str] = (), row_ids: Iterable[str] = ()
    ) -> list[ImportedContact]:
        """The imports of these contacts, into these web prospects, and those that became one of these people."""
        people, rows = [item for item in sonis_ids if item], list(row_ids)
        here = Q(contact_id__in=[int(item) for item in contact_ids]) | Q(sonis_id__in=people) | Q(row_id__in=rows)
        return list(self._rows.filter(here))

    def intend(self, prospect: NewProspect, run: Run) -> str:
        """Write down that the contact is about to be imported. The row id of an earlier intent wins; it is returned."""
        row, _made = self._rows.get_or_create(
            contact_id=int(prospect.contact_id),
            defaults={
                "institution": self._institution,
                "row_id": prospect.row_id,
                "left_over": dict(prospect.left_over),
                "prospect": prospect_document(prospect),
                "run": run.pk,
            },
        )
        return row.row_id

    def written(self, contact_id: ContactId, *, sonis_id: str = "", row_id: str = "") -> None:
        """The web prospect, or with a SONIS ID the person, stands in SONIS; there its row may have another id."""
        values = {"sonis_id": sonis_id, **({"row_id": row_id} if row_id else {})}
        self._rows.filter(contact_id=int(contact_id)).update(written=True, **values)

    def remembered(self, row_ids: Iterable[str]) -> dict[str, Remembered]:
        """What the imports of these web prospects knew, by row id; nothing of rows that are none of ours."""
        rows = self._rows.filter(row_id__in=list(row_ids))
        return {row.row_id: _remembered(row) for row in rows}

    def gone(self, prospects: Iterable[WaitingProspect]) -> list[Remembered]:
        """Our imports of which nobody is known to have come and whose web prospect waits no more.

        SONIS removed the row, or moved it without saying whom it became.
        """
        known = {prospect.row_id for prospect in prospects}
        rows = self._rows.filter(written=True, sonis_id="").order_by("contact_id")
        return [_remembered(row) for row in rows if row.row_id not in known]

    def became(self, contact_id: ContactId, sonis_id: SonisId) -> bool:
        """Record who a web prospect became; False when the contact was never imported."""
        return bool(self._rows.filter(contact_id=int(contact_id)).update(written=True, sonis_id=sonis_id))

    def recognise(self, prospects: Iterable[WaitingProspect]) -> dict[ContactId, str]:
        """Take over which web prospects SONIS has, and who they became; contact id to SONIS ID of all that became people.

        One that stands there though our row does not say so was written by a run that was killed right after.
        """
        known = {row.row_id: row for row in self._rows.all()}
        before = {row_id: (row.sonis_id, row.written) for row_id, row in known.items()}
        found = self._taken_over(prospects, known)
        for row_id, was in before.items():
            if (known[row_id].sonis_id, known[row_id].written) != was:
                known[row_id].save(update_fields=["sonis_id", "written"])
        return found

    def converted(
        self, prospects: Iterable[WaitingProspect], *, among: Iterable[ImportedContact] | None = None
    ) -> dict[ContactId, str]:
        """What `recognise` gives, noting nothing; of these rows of the ledger, or of all."""
        rows = self._rows.all() if among is None else among
        return self._taken_over(prospects, {row.row_id: row for row in rows})

    def _taken_over(
        self, prospects: Iterable[WaitingProspect], known: dict[str, ImportedContact]
    ) -> dict[ContactId, str]:
        for prospect in prospects:
            row = known.get(prospect.row_id)
            if row is not None and (not row.written or (prospect.sonis_id and row.sonis_id != prospect.sonis_id)):
                row.sonis_id, row.written = prospect.sonis_id or row.sonis_id, True
            if row is None and prospect.contact_id and prospect.sonis_id:
                known[prospect.row_id] = ImportedContact(
                    contact_id=int(prospect.contact_id),
                    row_id=prospect.row_id,
                    sonis_id=prospect.sonis_id,
                )
        return {ContactId(str(row.contact_id)): row.sonis_id for row in known.values() if row.sonis_id}
