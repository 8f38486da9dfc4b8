"""Statements as one line of T-SQL with every value written into it, for an interface that binds none (docs/sonis.md, section 6).

Values are quoted here and nowhere else. A text is written as runs of harmless characters; every other character, the
semicolon and the hash mark among them, by its number. So no value can end a text, a statement, or be taken for a ColdFusion
expression.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.mssql.base import MSDialect, MSSQLCompiler

from sonisbridge.core.errors import SkipRecordError, StopRunError

from .tables import PlainDay

_HARMLESS = re.compile(r"[A-Za-z0-9 !$%&()*+,./:<=>?@\[\]^_`{|}~'\"-]+")


def quoted(text: str) -> str:
    """The text as a T-SQL expression. Raises SkipRecordError for a character that no text can hold."""
    parts: list[str] = []
    place = 0
    while place < len(text):
        run = _HARMLESS.match(text, place)
        if run is not None:
            parts.append("'" + run[0].replace("'", "''") + "'")
            place = run.end()
            continue
        parts.append(_by_number(text[place]))
        place += 1
    if len(parts) < 2:
        return parts[0] if parts else "''"
    return f"({' + '.join(parts)})"


def _by_number(character: str) -> str:
    code = ord(character)
    if code == 0 or 0xD800 <= code <= 0xDFFF:
        raise SkipRecordError("A value holds a character that SONIS cannot be asked about.")
    if code > 0xFFFF:  # NCHAR knows no more unless the collation says so: by its two halves
        high, low = divmod(code - 0x10000, 0x400)
        return f"NCHAR({0xD800 + high}) + NCHAR({0xDC00 + low})"
    return f"NCHAR({code})"


class _Compiler(MSSQLCompiler):
    def render_literal_value(self, value: Any, type_: Any) -> str:  # noqa: ARG002 (its name is theirs)
        """A value as text of the statement; a kind that is not known is refused."""
        match value:
            case None:
                return "NULL"
            case bool() | int():
                return str(int(value))
            case date():
                return f"'{value:%Y%m%d}'"  # the one form that no setting of the server reads otherwise
            case str():
                return quoted(value)
        raise StopRunError(f"SONIS cannot be asked about a value of the kind {type(value).__name__}.")


class _Dialect(MSDialect):
    """T-SQL with values in it."""

    statement_compiler = _Compiler
    supports_statement_cache = False


_DIALECT: sa.Dialect = _Dialect()  # type: ignore[no-untyped-call]


def as_text(statement: sa.Select[Any]) -> tuple[str, int]:
    """The statement as one line of T-SQL, and how many columns it gives, named C0, C1 and so on; days as yyyy-mm-dd.

    Names of our own make the order and the repetition of names in an answer harmless.
    """
    columns = [_readable(column).label(f"C{place}") for place, column in enumerate(statement.selected_columns)]
    shaped = statement.with_only_columns(*columns, maintain_column_froms=True)
    compiled = shaped.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    text = " ".join(str(compiled).split())
    if ";" in text:
        raise StopRunError("A name in the schema file holds a semicolon, which SONIS's SOAP interface does not take.")
    return text, len(columns)


def _readable(column: Any) -> Any:
    """The column, a day in a form that does not depend on the server's settings."""
    if not isinstance(column.type, PlainDay):
        return column
    return sa.func.convert(sa.literal_column("VARCHAR(10)"), column, sa.literal_column("23"), type_=sa.String)
