"""The look at set-up: what the live SONIS lacks of the schema, and which of its columns hold anything (rule 3.1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa

from .catalogue import Finding
from .cleaning import day, text, year
from .data_points import points_of
from .database import Sonis
from .source import Source
from .tables import COLUMNS, DEFAULT, Schema

SAMPLE = 500
"""How many rows of a table are looked at."""
_REAL_DATES = date(1901, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnPlace:
    """Where a column of ours is in this SONIS, whether it is there, and how many of the sampled rows have a value."""

    column: str
    """Our name, "address.email"."""
    data_points: tuple[str, ...]
    physical: str
    """Its place in the database, "address.e_mail", or the expression that makes it."""
    usual: str
    """The documented place."""
    state: Literal["there", "missing", "left out"]
    near: tuple[str, ...] = ()
    mend: str = ""
    filled: int = 0
    sampled: int = 0

    @property
    def empty(self) -> bool:
        """Whether rows were looked at and none had a value."""
        return self.sampled > 0 and self.filled == 0


def probe(sonis: Sonis) -> list[Finding]:
    """Every missing table and column with names that are near, errors first; empty when all is there."""
    return sonis.findings()


def column_places(sonis: Sonis) -> list[ColumnPlace]:
    """Every column that is used, in the order of the tables; a sample of each table's rows is read."""
    connection = sonis.connection
    missing = {item.absent: item for item in connection.findings()}
    wanted, readable = connection.wanted, connection.readable
    return [
        place for table in COLUMNS for place in _of_table(wanted, table, missing, _filled(connection, readable, table))
    ]


def empty_data_points(places: list[ColumnPlace]) -> tuple[str, ...]:
    """The data points that nobody in the sample has a value for, because of absent or empty columns."""
    by_point: dict[str, list[ColumnPlace]] = {}
    for place in places:
        for point in place.data_points:
            by_point.setdefault(point, []).append(place)
    return tuple(
        point for point, held in by_point.items() if all(place.empty or place.state != "there" for place in held)
    )


def _of_table(
    wanted: Schema, table: str, missing: dict[str, Finding], filled: tuple[dict[str, int], int]
) -> Iterator[ColumnPlace]:
    counts, sampled = filled
    for key, (default, _kind) in COLUMNS[table].items():
        column = f"{table}.{key}"
        finding = missing.get(column) or missing.get(table)
        there = wanted.has(table) and wanted.has(table, key)
        state: Literal["there", "missing", "left out"] = "left out" if not there else "missing" if finding else "there"
        yield ColumnPlace(
            column=column,
            data_points=points_of(column),
            physical=_physical(wanted, table, key, default),
            usual=f"{DEFAULT.physical(table)}.{default}",
            state=state,
            near=finding.near if finding and there else (),
            mend=finding.mend if finding and there else "",
            filled=counts.get(key, 0),
            sampled=sampled if key in counts else 0,
        )


def _physical(wanted: Schema, table: str, key: str, default: str) -> str:
    made = wanted.expressions.get((table, key))
    if made is not None:
        return f"{wanted.physical(table)}: {made}"
    return f"{wanted.physical(table)}.{wanted.columns.get((table, key), default)}"


def _filled(connection: Source, schema: Schema, table: str) -> tuple[dict[str, int], int]:
    """How many sampled rows have a value in each column that can be read, and how many rows that were."""
    held = {key: found for key in COLUMNS[table] if (found := schema.held(table, key)) is not None}
    if not schema.has(table) or not held:
        return {}, 0
    statement = sa.select(*(column.label(f"v{place}") for place, column in enumerate(held.values()))).limit(SAMPLE)
    rows = connection.rows(statement)
    counts = {
        key: sum(1 for row in rows if _has_value(table, key, row[place])) for place, key in enumerate(held)
    }  # fmt: skip
    return counts, len(rows)


def _has_value(table: str, key: str, value: Any) -> bool:
    if COLUMNS[table][key][1] == "day":
        found = day(value)
        return found is not None and found >= _REAL_DATES
    return bool(year(value) if key == "hs_grad_year" else text(value))
