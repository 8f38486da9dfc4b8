"""Fresh databases for tests: SQLite always, PostgreSQL and MariaDB where a server of this machine answers."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

KINDS = ("sqlite", "postgresql", "mariadb")
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
    address, scheme = _SERVERS[kind]
    engine = sa.create_engine(address, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    name = f"sonisbridge_test_{secrets.token_hex(6)}"
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"CREATE DATABASE {name}{_how(kind)}")
    except sa.exc.DBAPIError as error:
        engine.dispose()
        _missing(kind, type(error.orig).__name__)
    try:
        url = sa.make_url(address).set(drivername=scheme, database=name)
        yield url.render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {name}{' WITH (FORCE)' if kind == 'postgresql' else ''}")
        engine.dispose()


def engine_of(url: str) -> sa.Engine:
    """A plain engine for a test's own statements, each in a transaction of its own."""
    parsed = sa.make_url(url)
    drivers = {"postgresql": "postgresql+psycopg", "mariadb": "mysql+pymysql", "mysql": "mysql+pymysql"}
    drivername = drivers.get(parsed.drivername, parsed.drivername)
    return sa.create_engine(parsed.set(drivername=drivername), isolation_level="AUTOCOMMIT")


def _how(kind: str) -> str:
    return " CHARACTER SET utf8mb4" if kind == "mariadb" else " TEMPLATE template0 ENCODING 'UTF8'"


def _missing(kind: str, why: str) -> None:
    package, port = {"postgresql": ("postgresql", 5432), "mariadb": ("mariadb-server", 3306)}[kind]
    line = f"no {kind} on 127.0.0.1:{port} for the user root ({why}): apt-get install {package}, then start it"
    if os.environ.get("SONISBRIDGE_TEST_REQUIRE_ALL") == "1":
        pytest.fail(line)
    pytest.skip(line)
