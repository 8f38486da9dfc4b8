"""What Microsoft SQL Server asks for beyond the other databases: driver, session, keys that keep their index.

Rests on Microsoft's documents alone; see docs/sonis.md, section 5, for what was tried.
"""

from __future__ import annotations

import importlib.util
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.errors import WrongSettingsError

_DRIVERS = {"mssqlpython": "mssql_python", "pymssql": "pymssql"}
CONNECT_SECONDS = 15
LOCK_MILLISECONDS = 20_000
SESSION = (
    f"SET LOCK_TIMEOUT {LOCK_MILLISECONDS}",  # without it a statement waits for ever
    "SET DATEFORMAT ymd",
    "SET ANSI_WARNINGS ON",  # text that is too long is an error and is never cut in silence
)
SNAPSHOT_ALLOWED = "SELECT snapshot_isolation_state FROM sys.databases WHERE database_id = DB_ID()"
SNAPSHOT = "SET TRANSACTION ISOLATION LEVEL SNAPSHOT"
_NARROW = frozenset({"CHAR", "VARCHAR"})


def with_driver(url: sa.URL) -> sa.URL:
    """The address with a driver that is installed: the one it names, else mssql-python, else pymssql."""
    named = url.drivername.partition("+")[2]
    candidates = [named] if named else list(_DRIVERS)
    for driver in candidates:
        if importlib.util.find_spec(_DRIVERS.get(driver, driver)) is not None:
            return url.set(drivername=f"mssql+{driver}")
    raise WrongSettingsError(
        "There is no driver for SQL Server here: install sonisbridge with its extra, sonisbridge[mssql], or the package "
        "pymssql."
    )


def connect_arguments(url: sa.URL) -> dict[str, Any]:
    """How long a connection may take to come about, in the words of the driver."""
    if url.get_driver_name() == "pymssql":
        return {"login_timeout": CONNECT_SECONDS}
    return {"timeout": CONNECT_SECONDS}


def prepare(connection: Any, _record: Any) -> None:
    """Make a new connection for reading ready: bounded waits, and snapshots where the database allows them.

    With snapshots a statement sees SONIS as it was when the statement began, and neither waits for SONIS's own writes
    nor makes them wait.
    """
    cursor = connection.cursor()
    try:
        for statement in SESSION:
            cursor.execute(statement)
        cursor.execute(SNAPSHOT_ALLOWED)
        row = cursor.fetchone()
        if row is not None and row[0] == 1:
            cursor.execute(SNAPSHOT)
    finally:
        cursor.close()


def prepare_writer(connection: Any, _record: Any) -> None:
    """Make a new connection for writing ready: bounded waits, no snapshot."""
    cursor = connection.cursor()
    try:
        for statement in SESSION:
            cursor.execute(statement)
    finally:
        cursor.close()


def key(value: Any, *, kind: str, length: int | None) -> Any:
    """A key as the column holds it.

    Drivers send text as NVARCHAR, and a CHAR or VARCHAR column that is compared with that is turned into NVARCHAR row by
    row: its index is lost. A narrow column gets a narrow key.
    """
    if kind not in _NARROW or not isinstance(value, str):
        return value
    return sa.cast(sa.literal(value, sa.String), sa.VARCHAR(length or 255))
