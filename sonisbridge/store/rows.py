"""Many plain rows stored at once, where making an object of each would take most of the time."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import Any

from django.db import connection, models

Row = Sequence[Any]


def insert(table: type[models.Model], columns: Sequence[str], rows: Sequence[Row], *, key: Sequence[str] = ()) -> None:
    """Store the rows, JSON as text. With a `key`, in place of those that have the same there."""
    if not rows:
        return
    quoted = [connection.ops.quote_name(name) for name in columns]
    one = f"({', '.join(['%s'] * len(columns))})"
    ending = _replacing(columns, key) if key else ""
    into = f"INSERT INTO {connection.ops.quote_name(table._meta.db_table)} ({', '.join(quoted)}) VALUES "  # noqa: S608 (names are quoted)
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.executemany(f"{into}{one}{ending}", rows)
        else:  # each statement would be read by the server anew
            cursor.execute(f"{into}{', '.join([one] * len(rows))}{ending}", list(chain.from_iterable(rows)))


def _replacing(columns: Sequence[str], key: Sequence[str]) -> str:
    rest = ", ".join(
        f"{connection.ops.quote_name(name)} = excluded.{connection.ops.quote_name(name)}"
        for name in columns
        if name not in key
    )
    return f" ON CONFLICT ({', '.join(map(connection.ops.quote_name, key))}) DO UPDATE SET {rest}"
