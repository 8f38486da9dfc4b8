"""Many plain rows stored at once, where making an object of each would take most of the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from django.db import connection, models, transaction

Row = Sequence[Any]


class Insert(Protocol):
    """What stores rows as `insert` does."""

    def __call__(
        self, table: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, key: Sequence[str] = ()
    ) -> None: ...


def insert(table: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, key: Sequence[str] = ()) -> None:
    """Store the rows, JSON as text. With a `key`, in place of those that have the same there."""
    if not rows:
        return
    name, listed = _quoted(table._meta.db_table), ", ".join(map(_quoted, columns))
    ending = _replacing(columns, key) if key else ""
    with transaction.atomic(), connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {name} ({listed}) VALUES ({marks}){ending}", rows)  # noqa: S608
            return
        # PostgreSQL takes a stream of rows at a sixth of the price. It goes into a table of the connection alone, so that
        # what is written to ours is a statement like any other, which the fence sees.
        fresh = _quoted(f"fresh_{table._meta.db_table}")
        cursor.execute(
            f"CREATE TEMP TABLE IF NOT EXISTS {fresh} ON COMMIT DELETE ROWS AS SELECT {listed} FROM {name} WITH NO DATA"  # noqa: S608
        )
        cursor.execute(f"TRUNCATE {fresh}")
        with cursor.copy(f"COPY {fresh} ({listed}) FROM STDIN") as stream:
            for row in rows:
                stream.write_row(row)
        cursor.execute(f"INSERT INTO {name} ({listed}) SELECT {listed} FROM {fresh}{ending}")  # noqa: S608


def among(column: str, values: Sequence[str]) -> tuple[str, list[Any]]:
    """The condition that a column has one of many values, and its parameters: PostgreSQL takes them as one."""
    if connection.vendor == "postgresql":
        return f"{column} = ANY(%s)", [list(values)]
    return f"{column} IN ({', '.join(['%s'] * len(values))})", list(values)


def _replacing(columns: Sequence[str], key: Sequence[str]) -> str:
    rest = ", ".join(f"{_quoted(name)} = excluded.{_quoted(name)}" for name in columns if name not in key)
    return f" ON CONFLICT ({', '.join(map(_quoted, key))}) DO UPDATE SET {rest}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
