"""The live catalogue compared with the schema: what is missing, what that means and how to mend it (rule 3.1)."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from .tables import Schema, is_optional, may_be_left_out


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveColumn:
    """A column as the database describes it."""

    kind: str = ""
    """Its type in capitals: CHAR, NVARCHAR, BIT, DATETIME."""
    length: int | None = None


UNKNOWN = LiveColumn()


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Which tables and columns a database has, under their physical names."""

    columns: Mapping[str, Mapping[str, LiveColumn]]
    """Logical table to physical column to what it holds; a table that is not there is not in it."""
    tables: tuple[str, ...] = field(default=())
    """Every table and view that the database user can see."""

    def column(self, table: str, column: str) -> LiveColumn:
        """What the column of that physical name holds; nothing is known of one that is not there."""
        held = self.columns.get(table, {})
        return held.get(column) or {name.lower(): item for name, item in held.items()}.get(column.lower(), UNKNOWN)

    def length(self, table: str, column: str) -> int | None:
        """How much text the column holds, None where it has no limit or none is known."""
        return self.column(table, column).length


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A table or column that is not there. Without an "error" people can be read; a "warning" turns something off."""

    severity: Literal["error", "warning"]
    text: str
    mend: str
    absent: str = ""
    """The logical name: "program" or "nmmodst.since"."""
    near: tuple[str, ...] = ()
    """Names that the database has and that look alike."""


Rows = Callable[[sa.Select[Any]], Sequence[Sequence[Any]]]
"""What gives the rows of a statement."""
_BY_QUESTION: Mapping[str, sa.ColumnElement[Any]] = {
    "mysql": sa.func.database(),
    "mariadb": sa.func.database(),
    "mssql": sa.func.schema_name(),
}
"""Where the columns are asked for by a statement, and what names the usual owner there."""


def read_catalogue(engine: sa.Engine, schema: Schema) -> Catalogue:
    """Ask the database for the columns of every table of the schema."""
    usual = _BY_QUESTION.get(engine.dialect.name)
    if usual is not None:
        with engine.connect() as connection:
            return catalogue_by_question(lambda statement: connection.execute(statement).fetchall(), schema, usual)
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        columns = {}
        for logical, table in schema.tables_read().items():
            try:
                found = inspector.get_columns(table.name, schema=table.schema)
            except sa.exc.NoSuchTableError:
                continue
            columns[logical] = {column["name"]: _live(column["type"]) for column in found}
        names = (*inspector.get_table_names(), *inspector.get_view_names())
    return Catalogue(columns=columns, tables=tuple(sorted(names)))


def catalogue_by_question(
    rows: Rows, schema: Schema, usual: sa.ColumnElement[Any] = _BY_QUESTION["mssql"]
) -> Catalogue:
    """The catalogue by the standard view of it: needs no right but that on the columns themselves."""
    view = sa.table(
        "COLUMNS",
        *map(sa.column, ("TABLE_SCHEMA", "TABLE_NAME", "COLUMN_NAME", "DATA_TYPE", "CHARACTER_MAXIMUM_LENGTH")),
        schema="INFORMATION_SCHEMA",
    )
    owners = sorted({table.schema for table in schema.tables_read().values() if table.schema})
    here = usual == view.c.TABLE_SCHEMA
    owned = sa.or_(here, view.c.TABLE_SCHEMA.in_(owners)) if owners else here
    of_place: dict[tuple[str, str], dict[str, LiveColumn]] = {}
    named: set[str] = set()
    statement = sa.select(*view.c).where(owned)
    for owner, table, column, kind, length in rows(statement):
        live = LiveColumn(kind=str(kind).strip().upper(), length=_length(length))
        of_place.setdefault((str(owner).strip().lower(), str(table).strip().lower()), {})[str(column).strip()] = live
        named.add(str(table).strip())
    columns = {}
    for logical, wanted in schema.tables_read().items():
        name = wanted.name.lower()
        places = [place for place in of_place if place[1] == name and place[0] == (wanted.schema or place[0]).lower()]
        if places:
            columns[logical] = of_place[places[0]]
    return Catalogue(columns=columns, tables=tuple(sorted(named)))


def _length(value: Any) -> int | None:
    """A length of text; none is known of what has no limit, which SQL Server calls -1."""
    try:
        found = int(str(value).strip())
    except ValueError:
        return None
    return found if found > 0 else None


def _live(kind: sa.types.TypeEngine[Any]) -> LiveColumn:
    length = getattr(kind, "length", None)
    return LiveColumn(kind=type(kind).__name__.upper(), length=length if isinstance(length, int) else None)


def compare(schema: Schema, catalogue: Catalogue, *, exact_case: bool) -> list[Finding]:
    """What the catalogue lacks of the schema, errors first."""
    found = [item for name in schema.tables_read() for item in _lacking(schema, catalogue, name, exact_case)]
    return sorted(found, key=lambda item: item.severity)


def _lacking(schema: Schema, catalogue: Catalogue, name: str, exact_case: bool) -> Iterator[Finding]:
    table = schema.table(name)
    live = catalogue.columns.get(name)
    if live is None:
        yield _finding(name, "", f"SONIS has no table {table.name!r}.", _near(table.name, catalogue.tables))
        return
    held = set(live) if exact_case else {column.lower() for column in live}
    for column in table.columns:
        wanted = column.name if exact_case else column.name.lower()
        if wanted not in held:
            text = f"SONIS's table {table.name!r} has no column {column.name!r}."
            for key in _keys(schema, name, column):
                yield _finding(
                    name, key, text, _near(column.name, tuple(live)), whole=(name, key) in schema.expressions
                )


def _keys(schema: Schema, table: str, column: sa.Column[Any]) -> Iterator[str]:
    """Our names of what a column makes: its own, and those of the expressions that use it."""
    if not str(column.key).startswith("="):
        yield str(column.key)
    yield from (
        ours for (held, ours), made in schema.expressions.items() if held == table and column.name in made.columns
    )


def _finding(table: str, column: str, text: str, alike: tuple[str, ...], *, whole: bool = False) -> Finding:
    near = f"It has {' and '.join(map(repr, alike))}. " if alike else ""
    absent = f"{table}.{column}" if column else table
    section = "columns" if column else "tables"
    mend = f'{near}Write its name into the schema file under [{section}]: "{absent}" = "...".'
    if whole:
        mend = f'{near}Correct the expression of "{absent}" in the schema file.'
    if is_optional(table, column):
        optional = f'{_WITHOUT.get(absent, "Its codes have no text.")} {mend} Or add "{absent}" to `without` there.'
        return Finding(severity="warning", text=text, mend=optional, absent=absent, near=alike)
    if may_be_left_out(table, column):
        mend = f'{mend} Or, where SONIS has no such thing, add "{absent}" to `without` there.'
    return Finding(severity="error", text=text, mend=mend, absent=absent, near=alike)


_WITHOUT = {
    "nmmodst.since": "All statuses are taken as undated.",
    "webps.source": "Web prospects that came from ActiveCampaign are known by the bridge's own record alone.",
    "webps.source_id": "Web prospects that came from ActiveCampaign are known by the bridge's own record alone.",
}


def _near(name: str, known: tuple[str, ...]) -> tuple[str, ...]:
    by_lower = {item.lower(): item for item in known}
    return tuple(by_lower[item] for item in difflib.get_close_matches(name.lower(), list(by_lower), 3, 0.5))
