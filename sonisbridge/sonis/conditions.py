"""Conditions on SONIS rows that hold in every database: keys despite padding, codes trimmed, the filters (rule 16)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.filters import Filters

from .connection import Connection
from .tables import Plain

Condition = sa.ColumnElement[bool]


def trimmed(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The column's text without blanks around it, also where TRIM is not known."""
    return sa.func.ltrim(sa.func.rtrim(column, type_=Plain()), type_=Plain())


class Keys:
    """Compares SONIS IDs. Only SQLite minds the padding, so only there is it written out."""

    def __init__(self, connection: Connection) -> None:
        self._sqlite = connection.dialect == "sqlite"
        self._connection = connection

    def same(self, table: str, name: sa.FromClause) -> Condition:
        """The rows of the table that belong to the person of the name row; an index serves it."""
        child, parent = self._connection.schema.table(table).c.sonis_id, name.c.sonis_id
        if not self._sqlite:
            return child == parent
        bare = sa.func.rtrim(parent, type_=Plain())
        width = self._width(table, "sonis_id") or self._width("name", "sonis_id") or 0
        padded = sa.func.substr(bare.op("||")(" " * width), 1, width, type_=Plain())
        return child.in_([parent, bare, padded])

    def any_of(self, table: str, column: str, values: Iterable[str]) -> Condition:
        """The rows whose key is one of these texts, trimmed; an index serves it."""
        forms = dict.fromkeys(value.strip() for value in values)
        if self._sqlite and (width := self._width(table, column)):
            forms = dict.fromkeys([*forms, *(value.ljust(width) for value in forms)])
        return self._connection.schema.table(table).c[column].in_(list(forms))

    def _width(self, table: str, column: str) -> int | None:
        physical = self._connection.schema.table(table).c[column].name
        return self._connection.catalogue.length(table, physical)


_ON_NAME = {"campus": "campus", "division": "division", "department": "department", "level": "level"}
_ON_PROSPECT = {"inquiry_type": "inquiry_type", "agency": "agency"}
_ON_PROGRAM = {"program": "code", "school_year": "school_year", "semester": "semester"}


def conditions(connection: Connection, filters: Filters) -> list[Condition]:
    """What the filters ask of a name row: each element is to hold.

    The program, school-year, semester and entry filters must hold on one and the same program row that is not disabled.
    """
    keys = Keys(connection)
    schema = connection.schema
    name, program, prospect = (schema.table(table) for table in ("name", "approg", "prospect"))
    found = list(_codes(name, filters, _ON_NAME))
    if filters.sonis_id:
        found.append(keys.any_of("name", "sonis_id", filters.sonis_id))
    of_programs = [
        *_codes(program, filters, _ON_PROGRAM),
        *_between(program.c.entry_date, filters.entry_from, filters.entry_to),
    ]
    if of_programs:
        enabled = sa.or_(program.c.disabled.is_(None), program.c.disabled == 0)
        found.append(exists_beside(name, program, keys.same("approg", name), enabled, *of_programs))
    of_prospect = [
        *_codes(prospect, filters, _ON_PROSPECT),
        *_between(prospect.c.date_received, filters.received_from, filters.received_to),
    ]
    if of_prospect:
        found.append(exists_beside(name, prospect, keys.same("prospect", name), *of_prospect))
    for child, codes in (("nmmodst", filters.status), ("nmrefby", filters.refer_by)):
        if codes:
            table = schema.table(child)
            found.append(exists_beside(name, table, keys.same(child, name), trimmed(table.c.code).in_(_trimmed(codes))))
    return found


def _codes(table: sa.Table, filters: Filters, columns: dict[str, str]) -> Iterator[Condition]:
    for of_filter, column in columns.items():
        if values := getattr(filters, of_filter):
            yield trimmed(table.c[column]).in_(_trimmed(values))


def _trimmed(values: Iterable[str]) -> list[str]:
    return [value.strip() for value in values]


def exists_beside(name: sa.FromClause, child: sa.FromClause, *held: Condition) -> Condition:
    """A row of the other table for which all of it holds; `name` is the row beside which it stands."""
    return sa.select(sa.literal_column("1")).select_from(child).where(*held).correlate(name).exists()


def _between(column: sa.ColumnElement[Any], first: date | None, last: date | None) -> Iterator[Condition]:
    """Both days included, also where the column holds a time of day."""
    if first is not None:
        yield column >= first
    if last is not None and last < date.max:
        yield column < last + timedelta(days=1)
    if first is None and last is not None:
        yield column >= date.min + timedelta(days=1)
