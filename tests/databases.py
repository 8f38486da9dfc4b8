"""Fresh databases for tests: SQLite always, PostgreSQL and MariaDB where a server of this machine answers.

SQL Server too, where SONISBRIDGE_TEST_SQLSERVER has the address of one (mssql://user:password@host/master) whose user may
make databases.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
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


class StoppablePostgreSQL:
    """A PostgreSQL server of a test's own, which can be stopped and started again."""

    def __init__(self) -> None:
        self._bin = _postgresql_programs()
        self._folder = Path(tempfile.mkdtemp(prefix="sonisbridge-postgresql-"))
        self._user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
        if self._user:
            shutil.chown(self._folder, self._user)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://bridge@127.0.0.1:{self._port}/postgres"
        self._do("initdb", "-A", "trust", "-U", "bridge", "-E", "UTF8", "--no-sync")
        self.start()

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
        self._do("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self) -> None:
        """Stop it at once, as a power cut would."""
        self._do("pg_ctl", "-w", "-m", "immediate", "stop")

    def remove(self) -> None:
        """Stop it and do away with all that it holds."""
        with suppress(subprocess.CalledProcessError):
            self.stop()
        shutil.rmtree(self._folder)

    def _do(self, program: str, *arguments: str) -> None:
        command = [str(self._bin / program), "-D", str(self._folder / "data"), *arguments]
        subprocess.run(command, user=self._user, cwd="/", check=True, stdout=subprocess.DEVNULL, timeout=60)


def _postgresql_programs() -> Path:
    """Where the programs of PostgreSQL's server are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if not found and on_path is None:
        _missing("postgresql", "its server's programs are not installed")
    return found[-1].parent if found else Path(str(on_path)).parent


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
