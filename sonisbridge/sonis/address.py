"""Where SONIS is: its address put together from parts, taken apart again, and told without its password."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa

from sonisbridge.core.errors import WrongSettingsError

from . import sqlserver

_DRIVERS = {
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mysql+pymysql",
    "sqlserver": "mssql",
}
_TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mysql": "MariaDB", "mssql": "SQL Server"}

SOAP = ("soap+https", "soap+http")
"""How the address of a SOAP interface begins; what else stands before the colon is a database."""
FILES = "files"
"""How the address of a folder with an extract begins."""
SYSTEMS: Mapping[str, str] = {
    "mssql": "Microsoft SQL Server",
    "postgresql": "PostgreSQL",
    "mysql": "MariaDB or MySQL",
    "sqlite": "SQLite file",
    SOAP[0]: "SONIS's SOAP interface",
    FILES: "Folder with an extract in files",
}
"""How SONIS can be reached, each with its name for a reader."""
LOCAL = frozenset({"sqlite", FILES})
"""Systems that have no host, no user and no password."""
_SECRET_OPTIONS = frozenset({"password", "passwd", "sslpassword", "sslkey_password"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a SONIS database is, without its password."""

    system: str
    """One of SYSTEMS, or what else stands before the colon of the address."""
    host: str = ""
    port: int | None = None
    database: str = ""
    """The name of the database; for SQLite the path of the file, for an extract that of its folder."""
    user: str = ""
    options: str = ""
    """What else the driver is told, such as `sslmode=require`."""

    @property
    def title(self) -> str:
        """The kind of database, for a reader."""
        return SYSTEMS.get(self.system, self.system)


def parsed(url: str) -> sa.URL:
    """The address with the driver that we use. Raises WrongSettingsError for one that is none."""
    try:
        found = sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError) as error:
        raise WrongSettingsError(
            "The address of SONIS is not a database address such as postgresql://user:password@host/sonis."
        ) from error
    found = found.set(drivername=_DRIVERS.get(found.drivername, found.drivername))
    if not found.database and not is_soap(found):
        raise WrongSettingsError("The address of SONIS names no database: end it with /NAME, or /FILE for SQLite.")
    return sqlserver.with_driver(found) if found.get_backend_name() == "mssql" else found


def place_of(url: str) -> Place:
    """Where the address leads. The password, and options that hold one, are left out. Raises as `parsed` does."""
    address = parsed(url)
    options = [
        (name, value)
        for name, values in address.query.items()
        if name.lower() not in _SECRET_OPTIONS
        for value in ((values,) if isinstance(values, str) else values)
    ]
    return Place(
        system=_system(address),
        host=address.host or "",
        port=address.port,
        database=_name_of(address),
        user=address.username or "",
        options=urlencode(options, safe="/:,"),
    )


def _name_of(address: sa.URL) -> str:
    """The database; a folder by its whole path, however many slashes the address begins with."""
    name = address.database or ""
    return f"/{name.strip('/')}" if address.drivername == FILES else name


def _system(address: sa.URL) -> str:
    known = [name for name in (address.drivername, address.get_backend_name()) if name in SYSTEMS]
    return known[0] if known else address.drivername


def password_of(url: str) -> str:
    """The password in the address, "" when there is none."""
    return parsed(url).password or ""


def address_of(place: Place, password: str) -> str:
    """The whole address. Raises WrongSettingsError when the parts make none."""
    query: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(place.options.lstrip("?"), keep_blank_values=True):
        query[name] = (*query.get(name, ()), value)
    on_a_server = place.system not in LOCAL
    made = sa.URL.create(
        place.system,
        host=(place.host or None) if on_a_server else None,
        port=place.port if on_a_server else None,
        database=place.database or None,
        username=(place.user or None) if on_a_server else None,
        password=(password or None) if on_a_server else None,
        query={name: values[0] if len(values) == 1 else values for name, values in query.items()},
    )
    address = made.render_as_string(hide_password=False)
    if _name_of(parsed(address)) != place.database.rstrip("/" if place.system == FILES else ""):
        raise WrongSettingsError("The name of the SONIS database has characters that an address cannot hold.")
    return address


def is_soap(address: sa.URL) -> bool:
    """Whether the address is that of SONIS's SOAP interface."""
    return address.drivername in SOAP


def title_of(address: sa.URL) -> str:
    """The database, or the SOAP interface, in words, without user and password."""
    if is_soap(address):
        return f"the SOAP interface on {(address.host or '').lower()}"
    if address.drivername == FILES:
        return f"the files in {Path(_name_of(address)).name}"
    dialect = address.get_backend_name()
    kind = _TITLES.get(dialect, dialect)
    if dialect == "sqlite":
        return f"the {kind} file {address.database}"
    return f"the {kind} database {address.database!r} on {address.host or 'this machine'}"


def fingerprint_of(address: sa.URL) -> str:
    """Which SONIS this is, as a hash: host, port and name, path or file, never the credentials."""
    if is_soap(address):
        place = f"{address.host or ''}:{address.port or ''}/{(address.database or '').strip('/')}".rstrip("/").lower()
        return hashlib.sha256(f"soap\n{place}".encode()).hexdigest()[:32]
    if address.drivername == FILES:
        return hashlib.sha256(f"files\n{Path(_name_of(address)).resolve()}".encode()).hexdigest()[:32]
    dialect, place = address.get_backend_name(), address.database or ""
    if dialect == "sqlite":
        place = str(Path(place).resolve())
    at = [str(address.query.get(name, "")) for name in ("host", "unix_socket")]
    parts = [dialect, (address.host or "").lower(), str(address.port or ""), place, *at]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
