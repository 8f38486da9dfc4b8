"""The live catalogue compared with the schema: what is missing, what that means and how to mend it (rule 3.1)."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import sqlalchemy as sa

from .tables import Schema, is_optional


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """Which tables and columns a database has, under their physical names."""

    columns: Mapping[str, Mapping[str, int | None]]
    """Logical table to physical column to the length of its text; a table that is not there is not in it."""
    tables: tuple[str, ...] = field(default=())
    """Every table and view that the database user can see."""

    def length(self, table: str, column: str) -> int | None:
        """How much text the column holds, None where it has no limit or none is known."""
        return self.columns.get(table, {}).get(column)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A table or column that is not there. Without an "error" people can be read; a "warning" turns something off."""

    severity: Literal["error", "warning"]
    text: str
    mend: str
    absent: str = ""
    """The logical name: "program" or "nmmodst.since"."""


def read_catalogue(engine: sa.Engine, schema: Schema) -> Catalogue:
    """Ask the database for the columns of every table of the schema."""
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        columns = {}
        for logical, table in schema.tables_read().items():
            try:
                found = inspector.get_columns(table.name, schema=table.schema)
            except sa.exc.NoSuchTableError:
                continue
            columns[logical] = {column["name"]: getattr(column["type"], "length", None) for column in found}
        names = (*inspector.get_table_names(), *inspector.get_view_names())
    return Catalogue(columns=columns, tables=tuple(sorted(names)))


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
            yield _finding(name, str(column.key), text, _near(column.name, tuple(live)))


def _finding(table: str, column: str, text: str, near: str) -> Finding:
    absent = f"{table}.{column}" if column else table
    section = "columns" if column else "tables"
    mend = f'{near}Write its name into the schema file under [{section}]: "{absent}" = "...".'
    if is_optional(table, column):
        optional = f'{_WITHOUT.get(absent, "Its codes have no text.")} {mend} Or add "{absent}" to `without` there.'
        return Finding(severity="warning", text=text, mend=optional, absent=absent)
    return Finding(severity="error", text=text, mend=mend, absent=absent)


_WITHOUT = {
    "nmmodst.since": "All statuses are taken as undated.",
    "webps.source": "Web prospects that came from ActiveCampaign are known by the bridge's own record alone.",
    "webps.source_id": "Web prospects that came from ActiveCampaign are known by the bridge's own record alone.",
}


def _near(name: str, known: tuple[str, ...]) -> str:
    near = difflib.get_close_matches(name.lower(), [item.lower() for item in known], 3, 0.5)
    return f"It has {' and '.join(repr(item) for item in near)}. " if near else ""
