"""A SQLite school that answers T-SQL as SQL Server would: no case and no trailing blanks in comparisons, days without a zone."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp

_COMPARED = (exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE)


class TsqlError(Exception):
    """The statement cannot be run; the text is the server's."""


def _compare(one: str, other: str) -> int:
    left, right = one.rstrip().casefold(), other.rstrip().casefold()
    return (left > right) - (left < right)


class TsqlSchool:
    """One connection a statement, so that any thread may ask."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def rows(self, text: str) -> tuple[list[str], list[tuple[Any, ...]]]:
        """The names and rows of one SELECT."""
        try:
            [statement] = [part for part in sqlglot.parse(text, read="tsql") if part is not None]
        except (sqlglot.errors.ParseError, ValueError) as error:
            raise TsqlError("Incorrect syntax.") from error
        if not isinstance(statement, exp.Select):
            raise TsqlError("Only SELECT is allowed.")
        with sqlite3.connect(self._path, timeout=20) as database:
            self._prepare(database)
            statement = statement.transform(self._in_sqlite, self._days(database))
            try:
                cursor = database.execute(statement.sql(dialect="sqlite"))
            except sqlite3.Error as error:
                raise TsqlError(f"Invalid column name or object: {error}") from error
            names = [item[0] for item in cursor.description]
            found = cursor.fetchall()
        database.close()
        return names, found

    def _prepare(self, database: sqlite3.Connection) -> None:
        database.create_collation("SONIS", _compare)
        database.create_function("NCHAR", 1, chr)
        database.execute("ATTACH ':memory:' AS INFORMATION_SCHEMA")
        database.execute(
            "CREATE TABLE INFORMATION_SCHEMA.COLUMNS (TABLE_SCHEMA TEXT, TABLE_NAME TEXT, COLUMN_NAME TEXT, DATA_TYPE TEXT, "
            "CHARACTER_MAXIMUM_LENGTH INTEGER)"
        )
        for table, column, kind in _columns(database):
            length = re.search(r"\((\d+)\)", kind)
            database.execute(
                "INSERT INTO INFORMATION_SCHEMA.COLUMNS VALUES ('main', ?, ?, ?, ?)",
                (table, column, kind.partition("(")[0].lower(), int(length[1]) if length else None),
            )

    def _days(self, database: sqlite3.Connection) -> set[str]:
        return {column.lower() for _table, column, kind in _columns(database) if kind.upper().startswith("DATE")}

    def _in_sqlite(self, node: exp.Expression, days: set[str]) -> exp.Expression:
        match node:
            case exp.Add():
                return exp.DPipe(this=node.this, expression=node.expression)
            case exp.Ordered(this=exp.Column() as column):
                node.set("this", exp.Collate(this=column, expression=exp.to_identifier("SONIS")))
            case exp.In(this=exp.Column() as column):
                node.set("this", exp.Collate(this=column, expression=exp.to_identifier("SONIS")))
            case exp.EQ() | exp.NEQ() | exp.GT() | exp.GTE() | exp.LT() | exp.LTE():
                self._compared(node, days)
        return node

    def _compared(self, node: exp.Expression, days: set[str]) -> None:
        column, value = node.this, node.args["expression"]
        if not isinstance(column, exp.Column):
            return
        if column.name.lower() in days and isinstance(value, exp.Literal) and value.is_string:
            day = re.fullmatch(r"(\d{4})(\d\d)(\d\d)", value.name)
            if not day:
                raise TsqlError("Conversion failed when converting date from character string.")
            node.set("expression", exp.Literal.string("-".join(day.groups())))
            return
        node.set("this", exp.Collate(this=column, expression=exp.to_identifier("SONIS")))


def _columns(database: sqlite3.Connection) -> list[tuple[str, str, str]]:
    tables = [row[0] for row in database.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
    return [(table, row[1], row[2]) for table in tables for row in database.execute(f"PRAGMA main.table_info({table})")]
