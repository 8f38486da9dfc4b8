"""Agreements: who needs nothing as long as neither side changes, so that nobody works it out again (decision 0021).

An agreement says of one person: with these rows in SONIS, under these terms, a contact of theirs that holds just this needs
nothing. That is true for ever, whatever became of the plan that found it; it is of use while all of it is so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from typing import NamedTuple, TypeVar

from django.db import connection, connections, transaction

from sonisbridge.core.person import SonisId

from .models import Agreement, Institution, Link, MirrorContact
from .rows import among, insert

Item = TypeVar("Item")
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

    def beside(
        self, pages: Iterable[list[Item]], id_of: Callable[[Item], SonisId], *, in_account: bool
    ) -> Iterator[tuple[list[Item], dict[SonisId, Standing]]]:
        """Each page of people with those of them whose contact is as agreed, as `standing` says.

        A database server works it out for one page while the next is read.
        """
        if connection.vendor == "sqlite":
            for page in pages:
                yield page, self.standing(list(map(id_of, page)), in_account=in_account)
            return
        with ThreadPoolExecutor(1) as thread:
            try:
                last: tuple[list[Item], Future[dict[SonisId, Standing]]] | None = None
                for page in pages:
                    coming = thread.submit(self.standing, list(map(id_of, page)), in_account=in_account)
                    if last is not None:
                        yield last[0], last[1].result()
                    last = page, coming
                if last is not None:
                    yield last[0], last[1].result()
            finally:
                thread.submit(connections.close_all).result()

    def standing(self, sonis_ids: Sequence[SonisId], *, in_account: bool) -> dict[SonisId, Standing]:
        """Those of these people whose contact is as agreed; `in_account`: and belongs to an account."""
        found: dict[SonisId, Standing] = {}
        ids = iter(sonis_ids)
        while part := list(islice(ids, _CHUNK)):
            with _reading_over_and_over(), connection.cursor() as cursor:
                these, values = among("a.sonis_id", part)
                account = " AND m.account_id <> ''" if in_account else ""
                cursor.execute(
                    _STANDING.format(these=these, account=account), [self._institution.pk, self._terms, *values]
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


@contextmanager
def _reading_over_and_over() -> Iterator[None]:
    """Tell PostgreSQL that the tables are in memory: to read all of one for a page of people is dearer."""
    if connection.vendor != "postgresql":
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL random_page_cost = 1")
        yield


_STANDING = (
    f"SELECT a.sonis_id, a.rows_mark, m.email_key, a.second_email, a.notes FROM {Agreement._meta.db_table} a "  # noqa: S608
    f"JOIN {Link._meta.db_table} l ON l.institution_id = a.institution_id AND l.sonis_id = a.sonis_id "
    f"JOIN {MirrorContact._meta.db_table} m ON m.institution_id = l.institution_id AND m.contact_id = l.contact_id "
    "WHERE a.institution_id = %s AND a.terms = %s AND {these} "
    "AND m.fields_mark = a.fields_mark AND m.sonis_id = a.sonis_id{account}"
)
