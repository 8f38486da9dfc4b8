"""The least rights that a database user needs, as a script for each kind of database, and what a user can do beyond them.

Reading needs exactly the columns of the schema. An import needs one right to write, web prospects; direct mode and
conversion need the tables of a new person too, and are a script of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa

from .connection import Connection
from .source import Source
from .tables import Schema

Purpose = Literal["export", "import", "convert"]
Kind = Literal["sqlserver", "postgresql", "mariadb"]
KIND_OF_DIALECT: Mapping[str, Kind] = {"mssql": "sqlserver", "postgresql": "postgresql", "mysql": "mariadb"}

_PROSPECT = (
    "rid", "first_name", "last_name", "nickname", "birthdate", "street1", "street2", "street3", "city", "state", "zip_code",
    "phone", "cell_phone", "email", "term_interest", "refer_by", "program", "memo1", "high_school", "submitted",
    "incomplete", "source", "source_id",
)  # fmt: skip
_PERSON: Mapping[str, tuple[str, ...]] = {
    "name": ("sonis_id", "first_name", "last_name", "nickname", "birthdate", "disabled", "deceased", "excl_mailing"),
    "address": (
        "rid", "sonis_id", "preferred", "street1", "street2", "street3", "city", "state", "zip_code", "phone",
        "cell_phone", "email", "email2", "text_me",
    ),
    "prospect": ("sonis_id", "date_received", "hs_grad_year", "inquiry_type", "agency", "memo1", "high_school"),
    "nmmodst": ("sonis_id", "code", "since"),
    "nmrefby": ("sonis_id", "code"),
    "approg": ("rid", "sonis_id", "code", "preferred", "disabled"),
}  # fmt: skip
_MOVED = ("moved", "sonis_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One right on some columns of one table, under their physical names."""

    verb: Literal["SELECT", "INSERT", "UPDATE"]
    owner: str
    """The table's owner or schema; "" for the usual one."""
    table: str
    columns: tuple[str, ...]


def needed(schema: Schema, purpose: Purpose) -> list[Grant]:
    """The rights that the purpose needs and no others."""
    grants = [_grant("SELECT", table, table.columns.keys()) for table in schema.tables_read().values()]
    if purpose != "export" and schema.has("webps"):
        more = _MOVED if purpose == "convert" else ()
        grants.append(_grant("INSERT", schema.table("webps"), (*_PROSPECT, *more)))
    if purpose == "convert":
        if schema.has("webps"):
            grants.append(_grant("UPDATE", schema.table("webps"), _MOVED))
        grants += [
            _grant("INSERT", schema.table(name), columns) for name, columns in _PERSON.items() if schema.has(name)
        ]
    return grants


def _grant(verb: Literal["SELECT", "INSERT", "UPDATE"], table: sa.Table, keys: Iterable[str]) -> Grant:
    columns = tuple(sorted({table.c[key].name for key in keys if key in table.c}))
    return Grant(verb=verb, owner=table.schema or "", table=table.name, columns=columns)


def kind_of(source: Source) -> Kind | None:
    """The kind of a database that has users of its own, else None."""
    return KIND_OF_DIALECT.get(source.dialect) if isinstance(source, Connection) else None


# The scripts


def script(kind: Kind, grants: list[Grant], *, login: str, database: str) -> str:
    """A script that makes the login with these rights; its password is to be filled in by whoever runs it."""
    lines = _SCRIPTS[kind](grants, login, database)
    return "\n".join([*lines, ""])


_PASSWORD = "CHANGE THIS PASSWORD"  # noqa: S105 (it is what the script asks for)


def _quoted(name: str, left: str, right: str = "") -> str:
    right = right or left
    return f"{left}{name.replace(right, right * 2)}{right}"


def _columns(grant: Grant, left: str, right: str = "") -> str:
    return ", ".join(_quoted(column, left, right) for column in grant.columns)


def _postgresql(grants: list[Grant], login: str, database: str) -> list[str]:
    user = _quoted(login, '"')
    owners = dict.fromkeys(grant.owner or "public" for grant in grants)
    return [
        f"-- PostgreSQL: run as the owner of the tables, in the database {database}.",
        f"CREATE ROLE {user} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD '{_PASSWORD}';",
        f"GRANT CONNECT ON DATABASE {_quoted(database, chr(34))} TO {user};",
        *(f"GRANT USAGE ON SCHEMA {_quoted(owner, chr(34))} TO {user};" for owner in owners),
        *(
            f"GRANT {grant.verb} ({_columns(grant, chr(34))}) ON {_quoted(grant.owner or 'public', chr(34))}."
            f"{_quoted(grant.table, chr(34))} TO {user};"
            for grant in grants
        ),
    ]


def _mariadb(grants: list[Grant], login: str, database: str) -> list[str]:
    user = f"{_quoted(login, chr(39))}@'%'"
    return [
        "-- MariaDB or MySQL: run as a user who may grant. In place of % name the host that sonisbridge runs on.",
        f"CREATE USER {user} IDENTIFIED BY '{_PASSWORD}';",
        *(
            f"GRANT {grant.verb} ({_columns(grant, '`')}) ON {_quoted(grant.owner or database, '`')}."
            f"{_quoted(grant.table, '`')} TO {user};"
            for grant in grants
        ),
    ]


def _sql_server(grants: list[Grant], login: str, database: str) -> list[str]:
    user = _quoted(login, "[", "]")
    return [
        "-- SQL Server: run as a member of sysadmin. A right to insert is for a whole table there, never for columns.",
        f"CREATE LOGIN {user} WITH PASSWORD = N'{_PASSWORD}', CHECK_POLICY = ON;",
        "GO",
        f"USE {_quoted(database, '[', ']')};",
        "GO",
        f"CREATE USER {user} FOR LOGIN {user};",
        *(
            f"GRANT {grant.verb} ON OBJECT::{_quoted(grant.owner or 'dbo', '[', ']')}.{_quoted(grant.table, '[', ']')}"
            f"{'' if grant.verb == 'INSERT' else f' ({_columns(grant, chr(91), chr(93))})'} TO {user};"
            for grant in grants
        ),
    ]


_SCRIPTS: Mapping[Kind, Callable[[list[Grant], str, str], list[str]]] = {
    "postgresql": _postgresql,
    "mariadb": _mariadb,
    "sqlserver": _sql_server,
}


# What a user can do beyond


def excess(source: Source) -> list[str]:
    """What the database user can do that sonisbridge never does, such as "DELETE on address"; empty where it is unknown."""
    if not isinstance(source, Connection):
        return []
    connection = source
    read = _READ.get(KIND_OF_DIALECT.get(connection.dialect, ""))
    if read is None:
        return []
    allowed = {(grant.verb, grant.table.lower()) for grant in needed(connection.schema, "convert")}
    everything, held, secrets = read(connection)
    found = list(everything)
    found += [f"{verb} on {table}" for verb, table in held if (verb, table.lower()) not in allowed]
    found += [f"SELECT of {table}.{column}" for table, column in secrets]
    return list(dict.fromkeys(found))


_Found = tuple[list[str], list[tuple[str, str]], list[tuple[str, str]]]
"""What is held on everything; verb and table of what is held on tables; table and column of secrets that can be read."""
_SECRET = "('ssn', 'pin', 'password')"  # noqa: S105 (names of columns)


def _rows(connection: Connection, text: str) -> list[tuple[str, ...]]:
    return [tuple(str(value) for value in row) for row in connection.answers(text)]


def _of_postgresql(connection: Connection) -> _Found:
    everything = _rows(
        connection,
        "SELECT 'everything (superuser)' FROM pg_roles WHERE rolname = current_user AND rolsuper",
    )
    if everything:
        return [everything[0][0]], [], []
    tables = (
        "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace {more} WHERE c.relkind IN ('r', 'v', 'p', 'm', 'f') "
        "AND n.nspname NOT LIKE 'pg!_%' ESCAPE '!' AND n.nspname <> 'information_schema' AND "
    )
    held = _rows(
        connection,
        "SELECT p.verb, c.relname "
        + tables.format(more="CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('TRUNCATE')) AS p(verb)")
        + "CASE WHEN p.verb IN ('INSERT', 'UPDATE') THEN has_any_column_privilege(c.oid, p.verb) "
        "ELSE has_table_privilege(c.oid, p.verb) END ORDER BY c.relname, p.verb",
    )
    secrets = _rows(
        connection,
        "SELECT c.relname, a.attname "
        + tables.format(more="JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped")
        + f"lower(a.attname) IN {_SECRET} AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY 1, 2",
    )
    return [], [(verb, table) for verb, table in held], [(table, column) for table, column in secrets]


# What follows is put together of fixed texts alone.
# ruff: noqa: S608


def _of_mariadb(connection: Connection) -> _Found:
    me = "GRANTEE = CONCAT('''', REPLACE(CURRENT_USER(), '@', '''@'''), '''')"
    wide = _rows(
        connection,
        f"SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE {me} AND PRIVILEGE_TYPE <> 'USAGE' "
        f"UNION SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE {me} ORDER BY 1",
    )
    held = _rows(
        connection,
        f"SELECT PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.TABLE_PRIVILEGES WHERE {me} "
        f"AND PRIVILEGE_TYPE <> 'USAGE' UNION SELECT PRIVILEGE_TYPE, TABLE_NAME FROM information_schema.COLUMN_PRIVILEGES "
        f"WHERE {me} ORDER BY 2, 1",
    )
    secrets = _rows(
        connection,
        f"SELECT TABLE_NAME, COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() "
        f"AND LOWER(COLUMN_NAME) IN {_SECRET} AND FIND_IN_SET('select', PRIVILEGES) > 0 ORDER BY 1, 2",
    )
    return (
        [f"{verb} on every table" for (verb,) in wide],
        [(verb, table) for verb, table in held],
        [(table, column) for table, column in secrets],
    )


def _of_sql_server(connection: Connection) -> _Found:
    everything = _rows(
        connection,
        "SELECT r.what FROM (VALUES ('everything (sysadmin)', IS_SRVROLEMEMBER('sysadmin')), "
        "('everything (db_owner)', IS_MEMBER('db_owner'))) AS r(what, held) WHERE r.held = 1",
    )
    if everything:
        return [everything[0][0]], [], []
    place = "QUOTENAME(s.name) + '.' + QUOTENAME(o.name)"
    objects = "FROM sys.objects AS o JOIN sys.schemas AS s ON s.schema_id = o.schema_id"
    held = _rows(
        connection,
        f"SELECT p.verb, o.name {objects} CROSS JOIN (VALUES ('INSERT'), ('UPDATE'), ('DELETE'), ('ALTER')) AS p(verb) "
        f"WHERE o.type IN ('U', 'V') AND HAS_PERMS_BY_NAME({place}, 'OBJECT', p.verb) = 1 ORDER BY o.name, p.verb",
    )
    secrets = _rows(
        connection,
        f"SELECT o.name, c.name {objects} JOIN sys.columns AS c ON c.object_id = o.object_id WHERE o.type IN ('U', 'V') "
        f"AND LOWER(c.name) IN {_SECRET} "
        f"AND HAS_PERMS_BY_NAME({place}, 'OBJECT', 'SELECT', c.name, 'COLUMN') = 1 ORDER BY o.name, c.name",
    )
    return [], [(verb, table) for verb, table in held], [(table, column) for table, column in secrets]


_READ: Mapping[str, Callable[[Connection], _Found]] = {
    "postgresql": _of_postgresql,
    "mariadb": _of_mariadb,
    "sqlserver": _of_sql_server,
}
