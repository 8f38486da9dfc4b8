"""The tables and columns of SONIS that we use and no others, their physical names set per institution (rule 3.1).

Logical names are ours; the default physical ones are those of docs/sonis.md, section 2. Never listed, so never read:
social security numbers, PINs and passwords.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from .expressions import build, columns_of, joined

_TEXT, _DAY, _NUMBER = "text", "day", "number"


class Plain(sa.types.UserDefinedType[Any]):
    """A value that is sent without a type, so that the database compares in its column's own.

    A CHAR column that is compared with a VARCHAR parameter loses its index (docs/sonis.md, section 5).
    """

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """What a cast to it would say; none is ever made."""
        return "VARCHAR(255)"


class PlainDay(Plain):
    """A date; SQLite keeps it as ISO text."""

    cache_ok = True

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        """Dates as text, for SQLite alone."""
        return _iso if dialect.name == "sqlite" else None


def _iso(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


TYPES: Mapping[str, type[sa.types.TypeEngine[Any]]] = {_TEXT: Plain, _DAY: PlainDay, _NUMBER: sa.Integer}

# Table to column to (default physical name, kind).
COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "name": {
        "sonis_id": ("soc_sec", _TEXT), "last_name": ("last_name", _TEXT), "first_name": ("first_name", _TEXT),
        "nickname": ("nickname", _TEXT), "birthdate": ("birthdate", _DAY), "campus": ("camp_cod", _TEXT),
        "division": ("div_cod", _TEXT), "department": ("dept_cod", _TEXT), "level": ("level_", _TEXT),
        "disabled": ("disabled", _NUMBER), "deceased": ("deceased", _NUMBER), "excl_mailing": ("excl_mailing", _NUMBER),
        "privacy_hold": ("privacy_hold", _NUMBER),
    },
    "address": {
        "rid": ("addr_rid", _TEXT), "sonis_id": ("soc_sec", _TEXT), "preferred": ("preferred", _NUMBER),
        "street1": ("st_addr", _TEXT), "street2": ("add_addr", _TEXT), "street3": ("add_add2", _TEXT),
        "city": ("city", _TEXT), "state": ("state", _TEXT), "zip_code": ("zip", _TEXT), "country": ("country", _TEXT),
        "email": ("e_mail", _TEXT), "email2": ("e_mail2", _TEXT), "phone": ("phone", _TEXT),
        "cell_phone": ("cell_phone", _TEXT), "text_me": ("text_me", _NUMBER),
    },
    "nmmodst": {"sonis_id": ("soc_sec", _TEXT), "code": ("mod_stat", _TEXT), "since": ("stat_date", _DAY)},
    "prospect": {
        "sonis_id": ("soc_sec", _TEXT), "date_received": ("date_rec", _DAY), "hs_grad_year": ("hs_grad_year", _TEXT),
        "inquiry_type": ("inqtypecod", _TEXT), "agency": ("agency", _TEXT), "memo1": ("memo1", _TEXT),
        "high_school": ("undergrd_attnd", _TEXT),
    },
    "nmrefby": {"sonis_id": ("soc_sec", _TEXT), "code": ("refer_by", _TEXT)},
    "approg": {
        "rid": ("app_rid", _TEXT), "sonis_id": ("soc_sec", _TEXT), "code": ("prg_cod", _TEXT),
        "entry_date": ("progentry_date", _DAY), "school_year": ("sch_year", _TEXT), "semester": ("semester", _TEXT),
        "preferred": ("preferred", _NUMBER), "ranking": ("ranking", _NUMBER), "disabled": ("disabled", _NUMBER),
    },
    "webps": {
        "rid": ("webps_rid", _TEXT), "last_name": ("last_name", _TEXT), "first_name": ("first_name", _TEXT),
        "nickname": ("nickname", _TEXT), "birthdate": ("birthdate", _DAY), "street1": ("st_addr", _TEXT),
        "street2": ("add_addr", _TEXT), "street3": ("add_add2", _TEXT), "city": ("city", _TEXT),
        "state": ("state", _TEXT), "zip_code": ("zip", _TEXT), "phone": ("phone", _TEXT),
        "cell_phone": ("cell_phone", _TEXT), "email": ("e_mail", _TEXT), "term_interest": ("term_int", _TEXT),
        "refer_by": ("referby", _TEXT), "program": ("prg_cod", _TEXT), "memo1": ("memo1", _TEXT),
        "high_school": ("undergrd_attnd", _TEXT), "submitted": ("submitted", _DAY), "incomplete": ("incomplete", _NUMBER),
        "moved": ("moved_dt", _DAY), "sonis_id": ("soc_sec", _TEXT), "source": ("source", _TEXT),
        "source_id": ("source_id", _TEXT),
    },
    "program": {"code": ("prg_cod", _TEXT), "text": ("prg_txt", _TEXT)},
    "semester": {"code": ("semester", _TEXT), "text": ("sem_txt", _TEXT)},
    "inqtype": {"code": ("inqtypecod", _TEXT), "text": ("inqtype_txt", _TEXT)},
    "refby": {"code": ("refby_cod", _TEXT), "text": ("refby_txt", _TEXT)},
    "modstat": {"code": ("mod_stat", _TEXT), "text": ("mod_txt", _TEXT)},
    "state": {"code": ("state_abbr", _TEXT), "text": ("state_name", _TEXT)},
    "campus": {"code": ("camp_cod", _TEXT), "text": ("camp_txt", _TEXT)},
    "division": {"code": ("div_cod", _TEXT), "text": ("div_txt", _TEXT)},
    "dept": {"code": ("dept_cod", _TEXT), "text": ("dept_txt", _TEXT)},
    "level": {"code": ("level_", _TEXT), "text": ("level_txt", _TEXT)},
}  # fmt: skip
_PHYSICAL_TABLES = {"level": "level_"}

OPTIONAL_TABLES = frozenset(
    {"program", "semester", "inqtype", "refby", "modstat", "state", "campus", "division", "dept", "level"}
)
"""Code tables: without one, its codes have no text. Their absence is noticed by itself."""
OPTIONAL_COLUMNS = frozenset(
    {("nmmodst", "since"), ("webps", "source"), ("webps", "source_id"), ("name", "privacy_hold")}
)
"""Columns whose absence is noticed by itself."""
OFF_UNLESS_NAMED = frozenset({"name.privacy_hold"})
"""Columns that SONIS has no usual name for: read only where a schema file names them."""
NEEDED_TABLES = frozenset({"name", "address", "nmmodst"})
NEEDED_COLUMNS: Mapping[str, frozenset[str]] = {
    "name": frozenset({"sonis_id", "first_name", "last_name"}),
    "address": frozenset({"sonis_id", "email"}),
    "nmmodst": frozenset({"sonis_id", "code"}),
    "prospect": frozenset({"sonis_id"}),
    "nmrefby": frozenset({"sonis_id", "code"}),
    "approg": frozenset({"sonis_id", "code"}),
    "webps": frozenset({"rid", "first_name", "last_name", "email"}),
}
"""What a schema file can leave out by no `without`: of a table that is there, these columns."""
KEYS = frozenset({"sonis_id", "rid", "code"})
"""Columns that rows are found by: they are columns and never expressions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A value that several columns make: texts joined, or an expression in the small form of expressions.py."""

    columns: tuple[str, ...]
    """Physical names of the columns that it uses."""
    text: str = ""
    separator: str = " "

    def over(self, table: sa.Table) -> sa.ColumnElement[Any]:
        """The value over a table that has those columns."""

        def column(name: str) -> sa.ColumnElement[Any]:
            return next(held for held in table.columns if held.name == name)

        if self.text:
            return build(self.text, column)
        return joined([column(name) for name in self.columns], self.separator)

    def __str__(self) -> str:
        return self.text or f" + {self.separator!r} + ".join(self.columns)


def expression(text: str) -> Expression:
    """The expression of that text. Raises WrongSettingsError when it is none."""
    return Expression(columns=columns_of(text), text=text)


@dataclass(frozen=True)
class Schema:
    """Where an institution keeps what we read. What is not named here has its default name."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    without: frozenset[str] = OFF_UNLESS_NAMED
    """Tables ("program") and columns ("nmmodst.since") that the institution does not have."""
    expressions: Mapping[tuple[str, str], Expression] = field(default_factory=dict)

    def __str__(self) -> str:
        """All of it, the same for the same."""
        made = sorted((place, str(item)) for place, item in self.expressions.items())
        return repr((sorted(self.tables.items()), sorted(self.columns.items()), sorted(self.without), made))

    @cached_property
    def _tables(self) -> dict[str, sa.Table]:
        metadata = sa.MetaData()
        return {name: self._table(metadata, name) for name in COLUMNS if name not in self.without}

    def table(self, name: str) -> sa.Table:
        """The table of that logical name; its columns are found by their logical names."""
        return self._tables[name]

    def held(self, table: str, column: str) -> sa.ColumnElement[Any] | None:
        """The value of that logical name: a column or an expression; None where the institution has none."""
        made = self._expressions.get((table, column))
        if made is not None:
            return made
        found = self._tables.get(table)
        return found.c[column] if found is not None and column in found.c else None

    @cached_property
    def _expressions(self) -> dict[tuple[str, str], sa.ColumnElement[Any]]:
        return {
            place: sa.type_coerce(made.over(self._tables[place[0]]), TYPES[COLUMNS[place[0]][place[1]][1]]())
            for place, made in self.expressions.items()
            if place[0] in self._tables and ".".join(place) not in self.without
        }

    def has(self, table: str, column: str = "") -> bool:
        """Whether the institution has the table, or the column of it."""
        return table not in self.without and (not column or f"{table}.{column}" not in self.without)

    def tables_read(self) -> Mapping[str, sa.Table]:
        """Every table that is read, by its logical name."""
        return self._tables

    def physical(self, table: str) -> str:
        """The table's name in the database, with its owner where one was given."""
        return self.tables.get(table, _PHYSICAL_TABLES.get(table, table))

    def less(self, absent: Iterable[str]) -> Schema:
        """The same without these tables ("program") and columns ("nmmodst.since")."""
        return replace(self, without=self.without | frozenset(absent))

    def _table(self, metadata: sa.MetaData, name: str) -> sa.Table:
        made = {key: item for (table, key), item in self.expressions.items() if table == name}
        columns: dict[str, sa.Column[Any]] = {
            key: sa.Column(self.columns.get((name, key), default), TYPES[kind](), key=key)
            for key, (default, kind) in COLUMNS[name].items()
            if f"{name}.{key}" not in self.without and key not in made
        }
        named = {column.name for column in columns.values()}
        for used in dict.fromkeys(used for item in made.values() for used in item.columns):
            if used not in named:
                columns[f"={used}"] = sa.Column(used, Plain(), key=f"={used}")
        owner, _dot, table = self.physical(name).rpartition(".")
        return sa.Table(table, metadata, *columns.values(), schema=owner or None)


DEFAULT = Schema()


def is_optional(table: str, column: str = "") -> bool:
    """Whether the absence of the table, or of the column of it, only turns something off by itself."""
    return table in OPTIONAL_TABLES or (table, column) in OPTIONAL_COLUMNS


def may_be_left_out(table: str, column: str = "") -> bool:
    """Whether a schema file may say that the institution has no such table, or no such column of it."""
    if not column:
        return table not in NEEDED_TABLES
    return is_optional(table, column) or column not in NEEDED_COLUMNS.get(table, frozenset())


def every_column() -> list[str]:
    """Every column that is used, as "table.column" in our names."""
    return [f"{table}.{column}" for table, columns in COLUMNS.items() for column in columns]
