"""People of SONIS as PersonRecord and Identity; reads only (rules 3.1 to 3.3).

Pages of people in key order, and for each page one statement a child table: never one a person, and nothing is held
open between pages.
"""

from __future__ import annotations

import json
import marshal
from collections.abc import Iterable, Iterator, Sequence
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

PAGE = 1000
_IDS_AT_ONCE = 500
_with_days = json.JSONEncoder(default=lambda value: {"": repr(value)}, check_circular=False).encode
"""Cells as text where a driver gives days and decimals; no cell is ever an object of its own."""
_NAME = ("first_name", "last_name", "nickname", "birthdate", "disabled", "deceased", "excl_mailing", "privacy_hold")
_INQUIRY = ("date_received", "hs_grad_year", "inquiry_type", "agency", "memo1", "high_school")
_ADDRESS = (
    "rid", "preferred", "street1", "street2", "street3", "city", "state", "zip_code", "country", "email", "email2",
    "phone", "cell_phone", "text_me",
)  # fmt: skip
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
        try:
            written = marshal.dumps(
                cells, 2
            )  # in this version equal values are written alike, whatever else holds them
        except ValueError:
            written = _with_days(cells).encode()
        return blake2b(written, digest_size=16).hexdigest()

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


def people(connection: Source, filters: Filters) -> Iterator[PersonRecord]:
    """Everybody whom the filters name, page by page."""
    return (rows.record() for page in people_rows(connection, filters) for rows in page)


def people_rows(connection: Source, filters: Filters) -> Iterator[list[PersonRows]]:
    """Pages of the rows of everybody whom the filters name."""
    for page in _pages(connection, conditions(connection, filters), _INQUIRY):
        yield _rows_of(page)


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
        known = set(chunk)
        for page in _pages(connection, [held], _INQUIRY):
            # A database that minds no case would also give ab1 for AB1.
            yield [rows for rows in _rows_of(page) if rows.sonis_id in known]


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
    rows: tuple[Row, ...]
    span: tuple[Condition, ...]
    """Which name rows these are."""

    def children(self, table: str, columns: Iterable[str]) -> dict[str, list[Row]]:
        """The rows of that table by the key of the name row that they belong to; orphans are not read."""
        schema = self.connection.schema
        if not schema.has(table):
            return {}
        name, child = schema.table("name"), schema.table(table)
        chosen = _columns(schema, table, columns)
        statement = (
            sa.select(name.c.sonis_id, *chosen)
            .select_from(name.join(child, Keys(self.connection).same(table, name)))
            .where(*self.span)
            # MariaDB would rather read the whole child table for every page.
            .prefix_with("STRAIGHT_JOIN", dialect="mysql")
            .prefix_with("STRAIGHT_JOIN", dialect="mariadb")
        )
        found: dict[str, list[Row]] = {}
        for row in self.connection.rows(statement):
            found.setdefault(row[0], []).append(row)
        return found


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
    last: Any = None
    while True:
        after = [] if last is None else [key > bound(last)]
        rows = tuple(connection.rows(statement.where(*after)))
        if rows:
            last = rows[-1][0]
            yield _Page(connection, rows, (*held, *after, key <= bound(last)))
        if len(rows) < PAGE:
            return


def _columns(schema: Schema, table: str, columns: Iterable[str]) -> list[sa.ColumnElement[Any]]:
    """The columns, NULL in place of those that the institution lacks."""
    held = ((column, schema.held(table, column)) for column in columns)
    return [sa.null().label(column) if found is None else found for column, found in held]


def _rows_of(page: _Page) -> list[PersonRows]:
    addresses = page.children("address", _ADDRESS)
    statuses = page.children("nmmodst", ("code", "since"))
    programs = page.children("approg", _PROGRAM)
    refer_by = page.children("nmrefby", ("code",))
    return [
        PersonRows(
            SonisId(text(key)),
            row,
            addresses.get(key, ()),
            statuses.get(key, ()),
            programs.get(key, ()),
            refer_by.get(key, ()),
        )
        for key, row in _one_each(page.rows).items()
    ]


def _in_order(rows: Sequence[Row]) -> Iterable[tuple[Any, ...]]:
    """Rows in an order that does not depend on how they came."""
    try:
        return sorted(map(tuple, rows))
    except TypeError:  # a blank cell beside one that is none
        return sorted(map(tuple, rows), key=repr)


def _identities(page: _Page) -> Iterator[Identity]:
    addresses = page.children("address", ("rid", "preferred", "email", "email2"))
    statuses = page.children("nmmodst", ("code", "since"))
    for key, row in _one_each(page.rows).items():
        rows = (
            Address(rid=text(child[1]), preferred=number(child[2]) != 0, email=text(child[3]), email2=text(child[4]))
            for child in addresses.get(key, ())
        )
        yield _identity(SonisId(text(key)), row, tuple(rows), statuses.get(key, ()))


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


def _one_each(rows: tuple[Row, ...]) -> dict[str, Row]:
    """One row a person; of two prospect rows always the same one, whichever comes first."""
    found: dict[str, Row] = {}
    for row in rows:
        if not text(row[0]):
            continue
        other = found.get(row[0])
        if other is None or repr(tuple(row)) < repr(tuple(other)):
            found[row[0]] = row
    return found


def _rid(row: Address | Program) -> str:
    return row.rid


def _statuses(rows: Iterable[Row]) -> tuple[StatusHeld, ...]:
    held = (StatusHeld(code=code, since=day(row[2])) for row in rows if (code := text(row[1])))
    return tuple(sorted(held, key=lambda status: (status.code, str(status.since))))


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
