"""The tables and columns of SONIS that we use and no others, their physical names set per institution (rule 3.1).

Logical names are ours; the default physical ones are those of docs/sonis.md, section 2. Never listed, so never read:
social security numbers, PINs and passwords.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import WrongSettingsError

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


_TYPES: Mapping[str, type[sa.types.TypeEngine[Any]]] = {_TEXT: Plain, _DAY: PlainDay, _NUMBER: sa.Integer}

# Table to column to (default physical name, kind).
_COLUMNS: Mapping[str, Mapping[str, tuple[str, str]]] = {
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
"""Code tables: without one, its codes have no text."""
OPTIONAL_COLUMNS = frozenset(
    {("nmmodst", "since"), ("webps", "source"), ("webps", "source_id"), ("name", "privacy_hold")}
)
OFF_UNLESS_NAMED = frozenset({"name.privacy_hold"})
"""Columns that SONIS has no usual name for: read only where a schema file names them."""


@dataclass(frozen=True)
class Schema:
    """Where an institution keeps what we read. What is not named here has its default name."""

    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[tuple[str, str], str] = field(default_factory=dict)
    without: frozenset[str] = OFF_UNLESS_NAMED
    """Optional tables ("program") and columns ("nmmodst.since") that the institution does not have."""

    @cached_property
    def _tables(self) -> dict[str, sa.Table]:
        metadata = sa.MetaData()
        return {name: self._table(metadata, name) for name in _COLUMNS if name not in self.without}

    def table(self, name: str) -> sa.Table:
        """The table of that logical name; its columns are found by their logical names."""
        return self._tables[name]

    def has(self, table: str, column: str = "") -> bool:
        """Whether the institution has the table, or the column of it."""
        return table not in self.without and (not column or f"{table}.{column}" not in self.without)

    def tables_read(self) -> Mapping[str, sa.Table]:
        """Every table that is read, by its logical name."""
        return self._tables

    def less(self, absent: Iterable[str]) -> Schema:
        """The same without these optional tables ("program") and columns ("nmmodst.since")."""
        return replace(self, without=self.without | frozenset(absent))

    def _table(self, metadata: sa.MetaData, name: str) -> sa.Table:
        physical = self.tables.get(name, _PHYSICAL_TABLES.get(name, name))
        columns: list[sa.Column[Any]] = [
            sa.Column(self.columns.get((name, key), default), _TYPES[kind](), key=key)
            for key, (default, kind) in _COLUMNS[name].items()
            if f"{name}.{key}" not in self.without
        ]
        owner, _dot, table = physical.rpartition(".")
        return sa.Table(table, metadata, *columns, schema=owner or None)


DEFAULT = Schema()


def read_schema(text: str) -> Schema:
    """The schema that a TOML file describes: only what differs from the default.

    `[tables]` holds logical = "physical" names, `[columns]` "table.column" = "physical" names, and `without` lists
    optional tables and columns that are not there. Raises WrongSettingsError naming what is wrong.
    """
    try:
        document = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # a number of many digits is a ValueError of another kind
        raise WrongSettingsError(f"The schema file is not TOML: {error}.") from error
    unknown = sorted(set(document) - {"tables", "columns", "without"})
    if unknown:
        raise WrongSettingsError(f"The schema file has {unknown[0]!r}; it may have [tables], [columns] and without.")
    tables = _names(document.get("tables", {}), "tables")
    columns = _names(document.get("columns", {}), "columns")
    for name in tables:
        _known(name, list(_COLUMNS), "table")
    for name in columns:
        _known(name, _every_column(), "column")
    without = document.get("without", [])
    if not isinstance(without, list):
        raise WrongSettingsError("`without` in the schema file must be a list of names.")
    allowed = [*OPTIONAL_TABLES, *(".".join(pair) for pair in OPTIONAL_COLUMNS)]
    for name in without:
        _known(str(name), allowed, "optional table or column")
    pairs = {(name.split(".")[0], name.split(".")[1]): physical for name, physical in columns.items()}
    off = OFF_UNLESS_NAMED - set(columns)
    return Schema(tables=tables, columns=pairs, without=off | frozenset(map(str, without)))


def is_optional(table: str, column: str = "") -> bool:
    """Whether we can do without the table, or without the column of it."""
    return table in OPTIONAL_TABLES or (table, column) in OPTIONAL_COLUMNS


def _every_column() -> list[str]:
    return [f"{table}.{column}" for table, columns in _COLUMNS.items() for column in columns]


def _names(value: object, what: str) -> dict[str, str]:
    if not isinstance(value, dict) or not all(isinstance(item, str) and item.strip() for item in value.values()):
        raise WrongSettingsError(f'[{what}] in the schema file must hold lines such as name = "their_name".')
    return {str(key): str(item).strip() for key, item in value.items()}


def _known(name: str, known: list[str], what: str) -> None:
    if name not in known:
        near = difflib.get_close_matches(name, known, 1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        raise WrongSettingsError(f"The schema file names the {what} {name!r}, which is not one that is used.{hint}")
