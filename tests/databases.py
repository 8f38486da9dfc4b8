"""Fresh databases for tests: SQLite always, PostgreSQL and MariaDB where a server of this machine answers.

SQL Server too, where SONISBRIDGE_TEST_SQLSERVER has the address of one (mssql://user:password@host/master) whose user may
make databases.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from sonisbridge.sonis.sqlserver import with_driver

SQL_SERVER = os.environ.get("SONISBRIDGE_TEST_SQLSERVER", "")
KINDS = ("sqlite", "postgresql", "mariadb", *(("sqlserver",) if SQL_SERVER else ()))
_SERVERS = {
    "postgresql": ("postgresql+psycopg://root@127.0.0.1:5432/postgres", "postgresql"),
    "mariadb": ("mysql+pymysql://root@127.0.0.1:3306/mysql", "mariadb"),
}


@contextmanager
def fresh_database(kind: str, folder: Path) -> Iterator[str]:
    """The URL of an empty database, gone again afterwards.

    Skips where the server is missing, or fails with SONISBRIDGE_TEST_REQUIRE_ALL=1.
    """
    if kind == "sqlite":
        path = folder / f"fresh-{secrets.token_hex(4)}.sqlite3"
        path.touch()
        yield f"sqlite:///{path}"
        return
    address, scheme = (SQL_SERVER, "mssql") if kind == "sqlserver" else _SERVERS[kind]
    engine = engine_of(address)
    name = f"sonisbridge_test_{secrets.token_hex(6)}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{_how(kind)}")
    except sa.exc.DBAPIError as error:
        engine.dispose()
        _missing(kind, type(error.orig).__name__)
    try:
        url = sa.make_url(address).set(drivername=scheme, database=name)
        if kind == "sqlserver":
            url = sa.make_url(address).set(database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            if kind == "sqlserver":
                connection.exec_driver_sql(f"ALTER DATABASE {name} SET SINGLE_USER WITH ROLLBACK IMMEDIATE")
            connection.exec_driver_sql(f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}")
        engine.dispose()


def engine_of(url: str) -> sa.Engine:
    """A plain engine for a test's own statements, each in a transaction of its own."""
    parsed = sa.make_url(url)
    drivers = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql", "mysql": "mysql+pymysql"}
    drivername = drivers.get(parsed.drivername, parsed.drivername)
    patience = {"connect_timeout": 5} if parsed.get_backend_name() in ("postgresql", "mariadb", "mysql") else {}
    found = with_driver(parsed) if parsed.get_backend_name() == "mssql" else parsed.set(drivername=drivername)
    return sa.create_engine(found, isolation_level="AUTOCOMMIT", connect_args=patience)


def renamed(statement: str) -> str:
    """A renaming as SQL Server has it; any other statement as it is."""
    column = re.fullmatch(r"ALTER TABLE (\w+) RENAME COLUMN (\w+) TO (\w+)", statement)
    if column:
        return f"EXEC sp_rename '{column[1]}.{column[2]}', '{column[3]}', 'COLUMN'"
    table = re.fullmatch(r"ALTER TABLE (\w+) RENAME TO (\w+)", statement)
    return f"EXEC sp_rename '{table[1]}', '{table[2]}'" if table else statement


def _how(kind: str) -> str:
    how = {"mariadb": " CHARACTER SET utf8mb4", "postgresql": " TEMPLATE template0 ENCODING 'UTF8'"}
    return how.get(kind, "")


def _missing(kind: str, why: str) -> None:
    package, port = {"mariadb": ("mariadb-server", 3306)}.get(kind, ("postgresql", 5432))
    line = f"no {kind} on 127.0.0.1:{port} for the user root ({why}): apt-get install {package}, then start it"
    if os.environ.get("SONISBRIDGE_TEST_REQUIRE_ALL") == "1":
        pytest.fail(line)
    pytest.skip(line)
