"""Agreements: who needs nothing as long as neither side changes, so that nobody works it out again (decision 0021).

An agreement says of one person: with these rows in SONIS, under these terms, a contact of theirs that holds just this needs
nothing. That is true for ever, whatever became of the plan that found it; it is of use while all of it is so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import NamedTuple

from django.db import connection, transaction

from sonisbridge.core.person import SonisId

from .models import Agreement, Institution, Link, MirrorContact
from .rows import insert

_CHUNK = 1000
_COLUMNS = ("institution_id", "sonis_id", "terms", "rows_mark", "fields_mark", "second_email", "notes")


class Agreed(NamedTuple):
    """What is to be remembered of one person."""

    sonis_id: SonisId
    rows_mark: str
    fields_mark: str
    second_email: str
    """The other address that the person may send, in its normal form; the first is the contact's."""
    notes: str
    """What there is to look at all the same, as JSON; "" for nothing."""


class Standing(NamedTuple):
    """An agreement whose contact is as it says: linked, carrying the person's SONIS ID, and holding just that."""

    sonis_id: SonisId
    rows_mark: str
    email: str
    """The contact's address in its normal form."""
    second_email: str
    notes: str


class Agreements:
    """One institution's agreements under one set of terms: all that decides besides the two sides."""

    def __init__(self, institution: Institution, terms: object) -> None:
        self._institution = institution
        self._terms = hashlib.blake2b(repr(terms).encode(), digest_size=16).hexdigest()
        self._waiting: list[tuple[object, ...]] = []

    def any(self) -> bool:
        """Whether there are any."""
        return Agreement.objects.filter(institution=self._institution, terms=self._terms).exists()

    def standing(self, sonis_ids: Sequence[SonisId], *, in_account: bool) -> dict[SonisId, Standing]:
        """Those of these people whose contact is as agreed; `in_account`: and belongs to an account."""
        found: dict[SonisId, Standing] = {}
        ids = iter(sonis_ids)
        while part := list(islice(ids, _CHUNK)):
            with transaction.atomic(), connection.cursor() as cursor:
                if connection.vendor == "postgresql":
                    # What a run reads over and over is in memory: to read all of a table for a page of people is dearer.
                    cursor.execute("SET LOCAL random_page_cost = 1")
                places = ", ".join(["%s"] * len(part))
                account = " AND m.account_id <> ''" if in_account else ""
                cursor.execute(
                    _STANDING.format(places=places, account=account), [self._institution.pk, self._terms, *part]
                )
                found.update((row[0], Standing._make(row)) for row in cursor.fetchall())
        return found

    def add(self, agreed: Agreed) -> None:
        """Remember one; `flush` makes sure that it is stored."""
        sonis_id, *marks = agreed
        self._waiting.append((self._institution.pk, sonis_id, self._terms, *marks))
        if len(self._waiting) >= _CHUNK:
            self.flush()

    def flush(self) -> None:
        """Store those that wait."""
        insert(Agreement, _COLUMNS, self._waiting, key=("institution_id", "sonis_id"))
        self._waiting = []


def forget(institution: Institution, sonis_ids: Iterable[str] | None = None) -> None:
    """Forget all agreements, or these people's; the next plan works them out."""
    rows = Agreement.objects.filter(institution=institution)
    (rows if sonis_ids is None else rows.filter(sonis_id__in=list(sonis_ids))).delete()


_STANDING = (
    f"SELECT a.sonis_id, a.rows_mark, m.email_key, a.second_email, a.notes FROM {Agreement._meta.db_table} a "  # noqa: S608
    f"JOIN {Link._meta.db_table} l ON l.institution_id = a.institution_id AND l.sonis_id = a.sonis_id "
    f"JOIN {MirrorContact._meta.db_table} m ON m.institution_id = l.institution_id AND m.contact_id = l.contact_id "
    "WHERE a.institution_id = %s AND a.terms = %s AND a.sonis_id IN ({places}) "
    "AND m.fields_mark = a.fields_mark AND m.sonis_id = a.sonis_id{account}"
)
