"""People of SONIS as PersonRecord and Identity; reads only (rules 3.1 to 3.3).

Pages of people in key order, and for each page one statement a child table: never one a person, and nothing is held
open between pages.
"""

from __future__ import annotations

import marshal
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import blake2b
from typing import Any, NamedTuple

import sqlalchemy as sa

from sonisbridge.core.filters import Filters
from sonisbridge.core.person import (
    EXPORTED_STATUSES,
    Address,
    Identity,
    Inquiry,
    PersonRecord,
    Program,
    SonisId,
    StatusHeld,
    chosen_address,
    chosen_status,
)

from .cleaning import day, number, text, year
from .conditions import Condition, Keys, conditions, exists_beside, trimmed
from .source import Row, Source
from .tables import Schema

PAGE = 2500
_IDS_AT_ONCE = 500
_NAME = ("first_name", "last_name", "nickname", "birthdate", "disabled", "deceased", "excl_mailing", "privacy_hold")
_INQUIRY = ("date_received", "hs_grad_year", "inquiry_type", "agency", "memo1", "high_school")
_ADDRESS = (
    "rid", "preferred", "street1", "street2", "street3", "city", "state", "zip_code", "country", "email", "email2",
    "phone", "cell_phone", "text_me",
)  # fmt: skip
_STATUS = ("code", "since")
_PROGRAM = ("rid", "code", "entry_date", "school_year", "semester", "preferred", "ranking", "disabled")


class PersonRows(NamedTuple):
    """One person's rows as the database gave them; what they say is worked out when it is asked for."""

    sonis_id: SonisId
    row: Row
    addresses: Sequence[Row]
    statuses: Sequence[Row]
    programs: Sequence[Row]
    refer_by: Sequence[Row]

    def mark(self) -> str:
        """A fingerprint of all of it: the same only where every cell is the same, whatever the order of the rows."""
        cells: list[Any] = [tuple(self.row)]
        for rows in (self.addresses, self.statuses, self.programs, self.refer_by):
            cells.append(len(rows))
            if len(rows) == 1:
                cells.append(tuple(rows[0]))
            elif rows:
                cells += _in_order(rows)
        return _mark_of(cells)

    def bare(self) -> Identity:
        """The person without any address."""
        return _identity(self.sonis_id, self.row, (), self.statuses)

    def identity(self) -> Identity:
        """What matching needs of the person."""
        addresses = (
            Address(rid=text(row[1]), preferred=number(row[2]) != 0, email=text(row[10]), email2=text(row[11]))
            for row in self.addresses
        )
        return _identity(self.sonis_id, self.row, tuple(addresses), self.statuses)

    def record(self) -> PersonRecord:
        """The person."""
        row = self.row
        return PersonRecord(
            sonis_id=self.sonis_id,
            first_name=text(row[1]),
            last_name=text(row[2]),
            nickname=text(row[3]),
            birthdate=day(row[4]),
            disabled=number(row[5]) != 0,
            deceased=number(row[6]) != 0,
            excl_mailing=number(row[7]) != 0,
            privacy_hold=number(row[8]) != 0,
            statuses=_statuses(self.statuses),
            addresses=tuple(sorted(map(_address, self.addresses), key=_rid)),
            programs=tuple(sorted(map(_program, self.programs), key=_rid)),
            refer_by=tuple(sorted({code for child in self.refer_by if (code := text(child[1]))})),
            inquiry=_inquiry(row[9:]),
        )


class PeoplePage:
    """Up to PAGE people with their rows as the database gave them; most days nobody asks for one person's."""

    def __init__(self, names: dict[SonisId, Row], children: Sequence[Sequence[Row]]) -> None:
        self._names = names
        self._children = children
        """Of each child table the rows of all these people, in any order, the key of the name row first."""

    @property
    def ids(self) -> list[SonisId]:
        """The SONIS IDs of these people, in key order."""
        return list(self._names)

    def mark(self) -> str:
        """A fingerprint of all rows: the same only where every cell is the same and came in the same order."""
        return _mark_of([list(self._names.values()), *self._children])

    def rows(self, sonis_ids: Collection[SonisId] | None = None) -> list[PersonRows]:
        """The rows of these people, or of everybody, each by themselves and in key order."""
        names = self._names
        if sonis_ids is not None:
            names = {sonis_id: row for sonis_id, row in names.items() if sonis_id in sonis_ids}
        keys = {row[0] for row in names.values()}
        children = [_by_key(rows, keys) for rows in self._children]
        return [
            PersonRows(sonis_id, row, *(found.get(row[0], ()) for found in children)) for sonis_id, row in names.items()
        ]


def people(connection: Source, filters: Filters) -> Iterator[PersonRecord]:
    """Everybody whom the filters name, page by page."""
    return (rows.record() for page in people_pages(connection, filters) for rows in page.rows())


def people_pages(connection: Source, filters: Filters) -> Iterator[PeoplePage]:
    """Pages of everybody whom the filters name."""
    for page in _pages(connection, conditions(connection, filters), _INQUIRY):
        yield _people_of(page)


def count(connection: Source, filters: Filters) -> int:
    """How many people the filters name who hold an exported status, in one statement and without reading anybody."""
    name, code = connection.schema.table("name"), connection.schema.held("nmmodst", "code")
    assert code is not None  # one of the columns that no schema file can leave out
    exported = exists_beside(connection, "nmmodst", trimmed(code).in_(EXPORTED_STATUSES))
    held = [trimmed(name.c.sonis_id) != "", exported, *conditions(connection, filters)]
    (row,) = connection.rows(sa.select(sa.func.count()).select_from(name).where(*held))
    return int(row[0])


def people_by_id(connection: Source, ids: Iterable[str]) -> Iterator[PersonRecord]:
    """The people with these SONIS IDs, in chunks."""
    return (rows.record() for page in people_rows_by_id(connection, ids) for rows in page)


def people_rows_by_id(connection: Source, ids: Iterable[str]) -> Iterator[list[PersonRows]]:
    """Pages of the rows of the people with these SONIS IDs."""
    wanted = sorted({given.strip() for given in ids})
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        chunk = wanted[start : start + _IDS_AT_ONCE]
        held = Keys(connection).any_of("name", "sonis_id", chunk)
        known = set(map(SonisId, chunk))
        for page in _pages(connection, [held], _INQUIRY):
            # A database that minds no case would also give ab1 for AB1.
            yield _people_of(page).rows(known)


def identities(connection: Source) -> Iterator[Identity]:
    """Every name record."""
    for page in _pages(connection, [], ()):
        yield from _identities(page)


def identities_by_id(connection: Source, ids: Iterable[str]) -> Iterator[Identity]:
    """The name records with these SONIS IDs, in chunks."""
    wanted = sorted({given.strip() for given in ids})
    for start in range(0, len(wanted), _IDS_AT_ONCE):
        chunk = wanted[start : start + _IDS_AT_ONCE]
        for page in _pages(connection, [Keys(connection).any_of("name", "sonis_id", chunk)], ()):
            yield from _identities(page)


@dataclass(frozen=True, slots=True)
class _Page:
    """Up to PAGE people: whose rows lie between two keys."""

    connection: Source
    rows: Sequence[Row]
    span: tuple[Condition, ...]
    """Which name rows these are."""
    statements: dict[str, sa.Select[Any]]
    """What was asked of each child table for the pages before, without the span: to make it takes as long as to send it."""

    def children(self, table: str, columns: Iterable[str]) -> Sequence[Row]:
        """The rows of that table, the key of the name row that they belong to first; orphans are not read."""
        if not self.connection.schema.has(table):
            return ()
        if table not in self.statements:
            self.statements[table] = _of_children(self.connection, table, columns)
        return self.connection.rows(self.statements[table].where(*self.span))


def _of_children(connection: Source, table: str, columns: Iterable[str]) -> sa.Select[Any]:
    schema = connection.schema
    name, child = schema.table("name"), schema.table(table)
    return (
        sa.select(name.c.sonis_id, *_columns(schema, table, columns))
        .select_from(name.join(child, Keys(connection).same(table, name)))
        # MariaDB would rather read the whole child table for every page.
        .prefix_with("STRAIGHT_JOIN", dialect="mysql")
        .prefix_with("STRAIGHT_JOIN", dialect="mariadb")
    )


def _pages(connection: Source, held: list[Condition], of_prospect: tuple[str, ...]) -> Iterator[_Page]:
    """The people for whom the conditions hold, in key order, the prospect row beside the name row."""
    schema = connection.schema
    name = schema.table("name")
    key = name.c.sonis_id
    statement = sa.select(key, *_columns(schema, "name", _NAME)).where(*held).order_by(key).limit(PAGE)
    if of_prospect:
        statement = statement.add_columns(*_columns(schema, "prospect", of_prospect))
    if of_prospect and schema.has("prospect"):
        beside = name.outerjoin(schema.table("prospect"), Keys(connection).same("prospect", name))
        statement = statement.select_from(beside)
    bound = partial(Keys(connection).bound, "name", "sonis_id")
    statements: dict[str, sa.Select[Any]] = {}
    last: Any = None
    while True:
        after = [] if last is None else [key > bound(last)]
        rows = connection.rows(statement.where(*after))
        if rows:
            last = rows[-1][0]
            yield _Page(connection, rows, (*held, *after, key <= bound(last)), statements)
        if len(rows) < PAGE:
            return


def _columns(schema: Schema, table: str, columns: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """The columns, NULL in place of those that the institution lacks."""
    held = ((column, schema.held(table, column)) for column in columns)
    return [sa.null().label(column) if found is None else found for column, found in held]


def _people_of(page: _Page) -> PeoplePage:
    children = [
        page.children("address", _ADDRESS),
        page.children("nmmodst", _STATUS),
        page.children("approg", _PROGRAM),
        page.children("nmrefby", ("code",)),
    ]
    return PeoplePage(_one_each(page.rows), children)


def _by_key(rows: Iterable[Row], keys: Collection[Any]) -> dict[Any, list[Row]]:
    """The rows by the key of their name row, of those keys alone."""
    found: dict[Any, list[Row]] = {}
    for row in rows:
        if row[0] in keys:
            found.setdefault(row[0], []).append(row)
    return found


def _mark_of(cells: list[Any]) -> str:
    try:
        written = marshal.dumps(cells, 2)  # in this version equal values are written alike, whatever else holds them
    except ValueError:  # a driver that gives days and decimals
        written = repr(cells).encode()
    return blake2b(written, digest_size=16).hexdigest()


def _in_order(rows: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    """Rows in an order that does not depend on how they came."""
    try:
        return sorted(map(tuple, rows))
    except TypeError:  # a blank cell beside one that is none
        return sorted(map(tuple, rows), key=repr)


def _identities(page: _Page) -> Iterator[Identity]:
    names = _one_each(page.rows)
    keys = {row[0] for row in names.values()}
    addresses = _by_key(page.children("address", ("rid", "preferred", "email", "email2")), keys)
    statuses = _by_key(page.children("nmmodst", _STATUS), keys)
    for sonis_id, row in names.items():
        rows = (
            Address(rid=text(child[1]), preferred=number(child[2]) != 0, email=text(child[3]), email2=text(child[4]))
            for child in addresses.get(row[0], ())
        )
        yield _identity(sonis_id, row, tuple(rows), statuses.get(row[0], ()))


def _identity(sonis_id: SonisId, row: Row, addresses: tuple[Address, ...], statuses: Sequence[Row]) -> Identity:
    chosen = chosen_address(addresses)
    return Identity(
        sonis_id=sonis_id,
        first_name=text(row[1]),
        last_name=text(row[2]),
        nickname=text(row[3]),
        email=chosen.email if chosen else "",
        email2=chosen.email2 if chosen else "",
        all_emails=tuple(sorted({email for held in addresses for email in (held.email, held.email2) if email})),
        status=chosen_status(_statuses(statuses)),
        disabled=number(row[5]) != 0,
        deceased=number(row[6]) != 0,
        excl_mailing=number(row[7]) != 0,
        privacy_hold=number(row[8]) != 0,
    )


def _one_each(rows: Sequence[Row]) -> dict[SonisId, Row]:
    """One row a person; of two prospect rows always the same one, whichever comes first."""
    found: dict[SonisId, Row] = {}
    for row in rows:
        sonis_id = SonisId(text(row[0]))
        other = found.get(sonis_id)
        if other is None or repr(tuple(row)) < repr(tuple(other)):
            found[sonis_id] = row
    found.pop(SonisId(""), None)
    return found


def _rid(row: Address | Program) -> str:
    return row.rid


def _statuses(rows: Iterable[Row]) -> tuple[StatusHeld, ...]:
    held = [StatusHeld(code=code, since=day(row[2])) for row in rows if (code := text(row[1]))]
    if len(held) > 1:
        held.sort(key=lambda status: (status.code, str(status.since)))
    return tuple(held)


def _address(row: Row) -> Address:
    _key, rid, preferred, street1, street2, street3, city, state, zip_code, country, *more = row
    email, email2, phone, cell_phone, text_me = more
    return Address(
        rid=text(rid),
        preferred=number(preferred) != 0,
        street=(text(street1), text(street2), text(street3)),
        city=text(city),
        state=text(state),
        zip_code=text(zip_code),
        country=text(country),
        email=text(email),
        email2=text(email2),
        phone=text(phone),
        cell_phone=text(cell_phone),
        text_me=number(text_me) != 0,
    )


def _program(row: Row) -> Program:
    _key, rid, code, entry_date, school_year, semester, preferred, ranking, disabled = row
    return Program(
        rid=text(rid),
        code=text(code),
        entry_date=day(entry_date),
        school_year=text(school_year),
        semester=text(semester),
        preferred=number(preferred) != 0,
        ranking=number(ranking) or None,
        disabled=number(disabled) != 0,
    )


def _inquiry(values: Iterable[Any]) -> Inquiry:
    date_received, hs_grad_year, inquiry_type, agency, memo1, high_school = values
    return Inquiry(
        date_received=day(date_received),
        hs_grad_year=year(hs_grad_year),
        inquiry_type=text(inquiry_type),
        agency=text(agency),
        memo1=text(memo1),
        high_school=text(high_school),
    )
