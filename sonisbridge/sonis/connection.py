"""One connection to a SONIS database: short statements, no transaction held open, every foreign error made one of ours."""

from __future__ import annotations

import sqlite3
import urllib.parse
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import SonisbridgeError, StopRunError, WrongSettingsError

from . import sqlserver
from .address import fingerprint_of, parsed, title_of
from .catalogue import Catalogue, compare, read_catalogue
from .source import Row, Source
from .tables import Schema

_CONNECT_SECONDS = 10
_BUSY_SECONDS = 20
_READS = 3


class Connection(Source):
    """Reads and writes one SONIS database. Opening it tries it: raises StopRunError when it does not answer."""

    makes_people = True

    def __init__(self, url: str, schema: Schema) -> None:
        super().__init__(schema)
        self._url = parsed(url)
        self.dialect = self._url.get_backend_name()
        self.title = title_of(self._url)
        self._engine = self._make_engine(sqlserver.prepare)
        # SQL Server reads under snapshots where it may, and the isolation of a session stays: writing has its own.
        self._writer = self._make_engine(sqlserver.prepare_writer) if self.dialect == "mssql" else self._engine
        self._checked()

    @property
    def fingerprint(self) -> str:
        """Which database this is, as a hash: host, port and name or the file, never the credentials."""
        return fingerprint_of(self._url)

    def _read_catalogue(self) -> Catalogue:
        with self._translated():
            return read_catalogue(self._engine, self.wanted)

    def rows(self, statement: sa.Select[Any]) -> Sequence[Row]:
        """Every row of one short statement; nothing stays open behind it. A deadlock or lock time-out is tried again."""
        with self._translated():
            for _attempt in range(_READS - 1):
                try:
                    return self._read(statement)
                except sa.exc.DBAPIError as error:
                    if not busy(error):
                        raise
            return self._read(statement)

    def answers(self, text: str) -> Sequence[Row]:
        """Every row of a fixed statement of this database's own language."""
        with self._translated(), self._engine.connect() as connection:
            return connection.execute(sa.text(text)).fetchall()

    def _read(self, statement: sa.Select[Any]) -> Sequence[Row]:
        """The rows as the driver gives them: to make SQLAlchemy's of them takes as long as to read them."""
        driver: Any = self._engine.dialect.dbapi
        with self._engine.connect() as connection:
            cursor: Any = connection.execute(statement).cursor
            try:
                found: Sequence[Row] = cursor.fetchall()
            except driver.Error as error:
                raise sa.exc.DBAPIError.instance(None, None, error, driver.Error) from error
            return found

    @contextmanager
    def transaction(self) -> Iterator[sa.Connection]:
        """One transaction, rolled back when anything is raised in it; the driver's errors pass as they are."""
        level = "SERIALIZABLE" if self._writer.dialect.name == "sqlite" else "READ COMMITTED"
        with self._writer.connect().execution_options(isolation_level=level) as connection, connection.begin():
            yield connection

    def watch(self, seen: Callable[[str], None]) -> None:
        """Have every statement that is sent named to `seen`: for those who count them."""

        def before(_conn: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
            seen(statement)

        sa.event.listen(self._engine, "before_cursor_execute", before)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()
        if self._writer is not self._engine:
            self._writer.dispose()

    def _make_engine(self, prepare: Callable[[Any, Any], None]) -> sa.Engine:
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "pool_pre_ping": True}
        if self.dialect == "sqlite":
            options["creator"] = _existing_file(self._url.database)
        elif self.dialect in ("postgresql", "mysql"):
            options["connect_args"] = {"connect_timeout": _CONNECT_SECONDS}
        elif self.dialect == "mssql":
            options["connect_args"] = sqlserver.connect_arguments(self._url)
        try:
            engine = sa.create_engine(self._url, **options)
        except (sa.exc.ArgumentError, ImportError) as error:
            raise WrongSettingsError(
                f"There is no driver for {self._url.drivername}: SONIS may be mssql, postgresql, mysql, mariadb, sqlite, "
                "soap+https or files."
            ) from error
        if self.dialect == "mssql":
            sa.event.listen(engine, "connect", prepare)
        return engine

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
                fresh = read_catalogue(self._engine, self.wanted)
                found = compare(self.wanted, fresh, exact_case=self.dialect == "postgresql")
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
    number = _number(error)
    kind = type(getattr(error, "orig", None) or error).__name__
    return f"{kind} {number}" if number else kind


def _number(error: Exception) -> str | int | None:
    """The database's own number or word for an error, of a fixed list."""
    origin = getattr(error, "orig", None) or error
    if origin.args and isinstance(origin.args[0], int):
        return origin.args[0]
    for name in ("sqlstate", "sqlite_errorname", "driver_error"):
        if found := getattr(origin, name, None):
            return str(found)
    return None


_BUSY = frozenset(
    {
        "SQLITE_BUSY", "SQLITE_BUSY_SNAPSHOT", "SQLITE_LOCKED",
        "40001", "40P01", "55P03", 1213,  # serialization and deadlock, a lock that was not to be had
        1205, 1222, "HYT00", "Timeout expired", "Serialization failure",  # SQL Server, by number and by its driver's word
    }
)  # fmt: skip


def busy(error: Exception) -> bool:
    """Whether another program held what was asked for, so that the same statement may do a moment later."""
    origin = getattr(error, "orig", None) or error
    names = [getattr(origin, name, None) for name in ("sqlstate", "sqlite_errorname", "driver_error")]
    return bool(_BUSY & {item for item in (*names, *origin.args[:1]) if isinstance(item, str | int)})
