"""Fresh databases for tests: SQLite always, PostgreSQL and MariaDB where a server of this machine answers."""

from __future__ import annotations

import os
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
    return sa.create_engine(parsed.set(drivername=drivername), isolation_level="AUTOCOMMIT")


def _how(kind: str) -> str:
    return " CHARACTER SET utf8mb4" if kind == "mariadb" else " TEMPLATE template0 ENCODING 'UTF8'"


def _missing(kind: str, why: str) -> None:
    package, port = {"postgresql": ("postgresql", 5432), "mariadb": ("mariadb-server", 3306)}[kind]
    line = f"no {kind} on 127.0.0.1:{port} for the user root ({why}): apt-get install {package}, then start it"
    if os.environ.get("SONISBRIDGE_TEST_REQUIRE_ALL") == "1":
        pytest.fail(line)
    pytest.skip(line)
