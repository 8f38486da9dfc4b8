"""Agreements: who needs nothing as long as neither side changes, so that nobody works it out again (decision 0021).

An agreement says of one person: with these rows in SONIS, under these terms, a contact of theirs that holds just this needs
nothing. That is true for ever, whatever became of the plan that found it; it is of use while all of it is so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, LiteralString, NamedTuple, Protocol, TypeVar

import psycopg
from django.db import connection, transaction

from sonisbridge.core.person import SonisId

from .models import AgreedPage, Agreement, Institution, Link, MirrorContact
from .rows import Insert, among, insert


class Paged(Protocol):
    """A page of people."""

    @property
    def ids(self) -> list[SonisId]:
        """Their SONIS IDs."""


Page = TypeVar("Page", bound=Paged)
_CHUNK, _AT_ONCE = 1000, 2500
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
    checked_run: int | None
    """As the link has it."""


class Agreements:
    """One institution's agreements under one set of terms: all that decides besides the two sides."""

    def __init__(self, institution: Institution, terms: object, inserter: Insert = insert) -> None:
        self._institution = institution
        self._insert = inserter
        self._terms = hashlib.blake2b(repr(terms).encode(), digest_size=16).hexdigest()
        self._waiting: list[tuple[object, ...]] = []

    def any(self) -> bool:
        """Whether there are any."""
        return Agreement.objects.filter(institution=self._institution, terms=self._terms).exists()

    def beside(self, pages: Iterable[Page], *, in_account: bool) -> Iterator[tuple[Page, dict[SonisId, Standing]]]:
        """Each page of people with those of them whose contact is as agreed; `in_account`: and belongs to an account.

        A database server works it out for one page while the next is read.
        """
        if connection.vendor == "postgresql":
            yield from self._ahead(pages, in_account=in_account)
            return
        for page in pages:
            with connection.cursor() as cursor:
                cursor.execute(*self._standing(page.ids, in_account=in_account))
                yield page, _by_id(cursor.fetchall())

    def _ahead(self, pages: Iterable[Page], *, in_account: bool) -> Iterator[tuple[Page, dict[SonisId, Standing]]]:
        with _server_apart() as server:
            cursor = psycopg.Cursor(server)
            asked: Page | None = None
            for page in pages:
                before, found = asked, _by_id(cursor.fetchall()) if asked else {}
                cursor.execute(*self._standing(page.ids, in_account=in_account))
                asked = page
                if before is not None:
                    yield before, found
            if asked is not None:
                yield asked, _by_id(cursor.fetchall())

    def _standing(self, sonis_ids: Sequence[SonisId], *, in_account: bool) -> tuple[LiteralString, list[Any]]:
        these, values = among("a.sonis_id", sonis_ids)
        account = " AND m.account_id <> ''" if in_account else ""
        statement = _STANDING.format(these=these, account=account)
        return statement, [self._institution.pk, self._terms, *values]

    def add(self, agreed: Agreed) -> None:
        """Remember one; `flush` makes sure that it is stored."""
        sonis_id, *marks = agreed
        self._waiting.append((self._institution.pk, sonis_id, self._terms, *marks))
        if len(self._waiting) >= _AT_ONCE:
            self.flush()

    def flush(self) -> None:
        """Store those that wait."""
        self._insert(Agreement, _COLUMNS, self._waiting, key=("institution_id", "sonis_id"))
        self._waiting = []


class AgreedPages:
    """Pages of people whose agreements were all found to be of just the rows that they had: told by one mark of it all.

    Such a mark is true for ever. Kept are those of the last plan, so that where nobody changed one comparison does for a page.
    """

    def __init__(self, institution: Institution) -> None:
        self._institution = institution
        self._rows = AgreedPage.objects.filter(institution=institution)
        self._known = set(self._rows.values_list("mark", flat=True))
        self._met: set[str] = set()

    def know(self, mark: str) -> bool:
        """Whether that was found before."""
        if mark in self._known:
            self._met.add(mark)
        return mark in self._known

    def add(self, mark: str) -> None:
        """It was found now."""
        self._met.add(mark)

    def save(self) -> None:
        """Keep those that were met, in place of all others."""
        gone = list(self._known - self._met)
        with transaction.atomic():
            for start in range(0, len(gone), _CHUNK):
                self._rows.filter(mark__in=gone[start : start + _CHUNK]).delete()
            fresh = [AgreedPage(institution=self._institution, mark=mark) for mark in sorted(self._met - self._known)]
            AgreedPage.objects.bulk_create(fresh, ignore_conflicts=True)


def _by_id(rows: Iterable[tuple[Any, ...]]) -> dict[SonisId, Standing]:
    return {row[0]: Standing._make(row) for row in rows}


@contextmanager
def _server_apart() -> Iterator[psycopg.Connection[Any]]:
    """A connection to PostgreSQL that takes questions and answers each when it is asked for.

    It is told that the tables are in memory: to read all of one for a page of people is dearer.
    """
    apart = connection.copy()
    try:
        apart.ensure_connection()
        server: psycopg.Connection[Any] = apart.connection
        server.execute("SET random_page_cost = 1")
        with apart.wrap_database_errors, server.pipeline():
            yield server
    finally:
        apart.close()


_STANDING = (
    f"SELECT a.sonis_id, a.rows_mark, m.email_key, a.second_email, a.notes, l.checked_run FROM {Agreement._meta.db_table} a "  # noqa: S608
    f"JOIN {Link._meta.db_table} l ON l.institution_id = a.institution_id AND l.sonis_id = a.sonis_id "
    f"JOIN {MirrorContact._meta.db_table} m ON m.institution_id = l.institution_id AND m.contact_id = l.contact_id "
    "WHERE a.institution_id = %s AND a.terms = %s AND {these} "
    "AND m.fields_mark = a.fields_mark AND m.sonis_id = a.sonis_id{account}"
)
