"""One connection to a SONIS database: short statements, no transaction held open, every foreign error made one of ours."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import SonisbridgeError, StopRunError, WrongSettingsError

from .address import fingerprint_of, parsed, title_of
from .catalogue import Catalogue, Finding, compare, read_catalogue
from .tables import Schema

Row = sa.Row[*tuple[Any, ...]]
"""A row of any columns."""

_CONNECT_SECONDS = 10
_BUSY_SECONDS = 20


class Connection:
    """Reads and writes one SONIS database. Opening it tries it: raises StopRunError when it does not answer."""

    def __init__(self, url: str, schema: Schema) -> None:
        self._url = parsed(url)
        self._wanted = schema
        self.dialect = self._url.get_backend_name()
        self.title = title_of(self._url)
        self._engine = self._make_engine()
        self._checked()

    @property
    def fingerprint(self) -> str:
        """Which database this is, as a hash: host, port and name or the file, never the credentials."""
        return fingerprint_of(self._url)

    @cached_property
    def catalogue(self) -> Catalogue:
        """The tables and columns that the database has."""
        with self._translated():
            return read_catalogue(self._engine, self._wanted)

    @cached_property
    def schema(self) -> Schema:
        """What is read: the wanted schema less the optional parts that are absent.

        Raises StopRunError naming the first thing that is missing and cannot be done without.
        """
        findings = self.findings()
        for item in findings:
            if item.severity == "error":
                raise StopRunError(f"{item.text} {item.mend}")
        return self._wanted.less(item.absent for item in findings)

    def findings(self) -> list[Finding]:
        """What the live catalogue lacks of the schema, the worst first."""
        return compare(self._wanted, self.catalogue, exact_case=self.dialect == "postgresql")

    def rows(self, statement: sa.sql.expression.Executable) -> Sequence[Row]:
        """Every row of one short statement; nothing stays open behind it."""
        with self._translated(), self._engine.connect() as connection:
            return connection.execute(statement).fetchall()

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """One transaction, rolled back when anything is raised in it; the driver's errors pass as they are."""
        level = "SERIALIZABLE" if self.dialect == "sqlite" else "READ COMMITTED"
        with self._engine.connect().execution_options(isolation_level=level) as connection, connection.begin():
            yield connection

    def watch(self, seen: Callable[[str], None]) -> None:
        """Have every statement that is sent named to `seen`: for those who count them."""

        def before(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen(statement)

        sa.event.listen(self._engine, "before_cursor_execute", before)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def _make_engine(self) -> sa.Engine:
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_pre_ping": True}
        if self.dialect == "sqlite":
            options["creator"] = _existing_file(self._url.database)
        elif self.dialect in ("postgresql", "mysql"):
            options["connect_args"] = {"connect_timeout": _CONNECT_SECONDS}
        try:
            return sa.create_engine(self._url, **options)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise WrongSettingsError(
                f"There is no driver for {self._url.drivername}: SONIS may be sqlite, postgresql, mysql or mariadb."
            ) from error

    def _checked(self) -> None:
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.select(1)).scalar_one()
        except (sa.exc.DBAPIError, OSError) as error:
            self.close()
            raise StopRunError(
                f"SONIS does not answer: {self.title} cannot be opened ({_why(error)}). Look at the address, the "
                "user and the password, and that the database is up."
            ) from error

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except SonisbridgeError:
            raise
        except sa.exc.SQLAlchemyError as error:
            raise self.refused(error) from error

    def refused(self, error: Exception) -> StopRunError:
        """What to say of a statement that failed: a table or column that went missing is named."""
        if not getattr(error, "connection_invalidated", False):
            try:
                fresh = read_catalogue(self._engine, self._wanted)
                found = compare(self._wanted, fresh, exact_case=self.dialect == "postgresql")
            except sa.exc.SQLAlchemyError:
                found = []
            for item in found:
                if item.severity == "error":
                    return StopRunError(f"{item.text} {item.mend}")
        return StopRunError(
            f"SONIS refused a statement: {self.title} said {_why(error)}. Look at the rights of the database user and "
            "at the database's own log, then start again."
        )


def _existing_file(name: str | None) -> Callable[[], sqlite3.Connection]:
    """Opens the file that is there, and never makes one."""
    place = f"file:{urllib.parse.quote(str(Path(name or '').absolute()))}?mode=rw"

    def connect() -> sqlite3.Connection:
        return sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS, check_same_thread=False)

    return connect


def _why(error: Exception) -> str:
    """The kind of error and the database's number for it; never its text, which may hold data or a password."""
    origin = getattr(error, "orig", None) or error
    number = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None)
    if number is None and origin.args and isinstance(origin.args[0], int):
        number = origin.args[0]
    kind = type(origin).__name__
    return f"{kind} {number}" if number else kind
