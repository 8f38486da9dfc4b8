"""Conditions on SONIS rows that hold in every database: keys despite padding, codes trimmed, the filters (rule 16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.filters import Filters

from . import sqlserver
from .source import Source
from .tables import Plain, Schema

Condition = sa.ColumnElement[bool]


def trimmed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The column's text without blanks around it, also where TRIM is not known."""
    return sa.func.ltrim(sa.func.rtrim(column, type_=Plain()), type_=Plain())


_WIDEST = 255
"""No key is padded to more."""


class Keys:
    """Compares SONIS IDs. Only SQLite minds the padding, so only there is it written out."""

    def __init__(self, connection: Source) -> None:
        self._sqlite = connection.dialect == "sqlite"
        self._connection = connection

    def same(self, table: str, name: sa.FromClause) -> Condition:
        """The rows of the table that belong to the person of the name row; an index serves it."""
        child, parent = self._connection.schema.table(table).c.sonis_id, name.c.sonis_id
        if not self._sqlite:
            return child == parent
        bare = sa.func.rtrim(parent, type_=Plain())
        padded = bare.op("||")(" " * _WIDEST)
        return sa.and_(child >= bare, child <= padded, sa.func.rtrim(child, type_=Plain()) == bare)

    def any_of(self, table: str, column: str, values: Iterable[str]) -> Condition:
        """The rows whose key is one of these texts, trimmed; an index serves it."""
        forms = dict.fromkeys(value.strip() for value in values)
        if self._sqlite and (width := self._width(table, column)):
            forms = dict.fromkeys([*forms, *(value.ljust(width) for value in forms)])
        return self._connection.schema.table(table).c[column].in_([self.bound(table, column, form) for form in forms])

    def bound(self, table: str, column: str, value: Any) -> Any:
        """A key to compare that column with, sent so that the column's index serves it."""
        if self._connection.dialect != "mssql":
            return value
        live = self._connection.catalogue.column(table, self._connection.schema.table(table).c[column].name)
        return sqlserver.key(value, kind=live.kind, length=live.length)

    def _width(self, table: str, column: str) -> int | None:
        physical = self._connection.schema.table(table).c[column].name
        return self._connection.catalogue.length(table, physical)


_ON_NAME = {"campus": "campus", "division": "division", "department": "department", "level": "level"}
_ON_PROSPECT = {"inquiry_type": "inquiry_type", "agency": "agency"}
_ON_PROGRAM = {"program": "code", "school_year": "school_year", "semester": "semester"}


def conditions(connection: Source, filters: Filters) -> list[Condition]:
    """What the filters ask of a name row: each element is to hold.

    The program, school-year, semester and entry filters must hold on one and the same program row that is not disabled.
    """
    schema = connection.schema
    found = list(_codes(schema, "name", filters, _ON_NAME))
    if filters.sonis_id:
        found.append(Keys(connection).any_of("name", "sonis_id", filters.sonis_id))
    of_programs = [
        *_codes(schema, "approg", filters, _ON_PROGRAM),
        *_between(schema.held("approg", "entry_date"), filters.entry_from, filters.entry_to),
    ]
    if of_programs:
        disabled = schema.held("approg", "disabled")
        enabled = [] if disabled is None else [sa.or_(disabled.is_(None), disabled == 0)]
        found.append(exists_beside(connection, "approg", *enabled, *of_programs))
    of_prospect = [
        *_codes(schema, "prospect", filters, _ON_PROSPECT),
        *_between(schema.held("prospect", "date_received"), filters.received_from, filters.received_to),
    ]
    if of_prospect:
        found.append(exists_beside(connection, "prospect", *of_prospect))
    for child, codes in (("nmmodst", filters.status), ("nmrefby", filters.refer_by)):
        if codes:
            found.append(exists_beside(connection, child, _one_of(schema.held(child, "code"), codes)))
    return found


def _codes(schema: Schema, table: str, filters: Filters, columns: dict[str, str]) -> Iterator[Condition]:
    for of_filter, column in columns.items():
        if values := getattr(filters, of_filter):
            yield _one_of(schema.held(table, column), values)


def _one_of(column: sa.ColumnElement[Any] | None, values: Iterable[str]) -> Condition:
    """Whether the code is one of these, in any case; nobody has one where the institution has no such column.

    Some databases mind the case and some do not; so that all give the same people, none is asked to.
    """
    if column is None:
        return sa.false()
    return sa.func.upper(trimmed(column), type_=Plain()).in_([value.strip().upper() for value in values])


def exists_beside(connection: Source, child: str, *held: Condition) -> Condition:
    """Whether the person of a name row has a row of that table for which all of it holds."""
    if not connection.schema.has(child):
        return sa.false()
    name, table = connection.schema.table("name"), connection.schema.table(child)
    theirs = Keys(connection).same(child, name)
    return sa.select(sa.literal_column("1")).select_from(table).where(theirs, *held).correlate(name).exists()


_EARLIEST = date(1753, 1, 1)
"""SQL Server's DATETIME knows no day before."""


def _between(column: sa.ColumnElement[Any] | None, first: date | None, last: date | None) -> Iterator[Condition]:
    """Both days included, also where the column holds a time of day. Nothing lies before 1753."""
    if first is None and last is None:
        return
    if column is None:
        yield sa.false()
        return
    yield column >= max(first or _EARLIEST, _EARLIEST)
    if last is not None and last < date.max:
        yield column < max(last + timedelta(days=1), _EARLIEST)
