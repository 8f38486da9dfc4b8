"""The script that gives sonisbridge a database user of its own, with the least rights (rule 12)."""

from __future__ import annotations

import sqlalchemy as sa

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.sonis.rights import Kind, Purpose, kind_of, needed, script
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT
from sonisbridge.store import institutions
from sonisbridge.store.models import Institution

from .sides import open_sonis


def for_institution(institution: Institution, purpose: Purpose, *, login: str, kind: Kind | None = None) -> str:
    """The script for an institution's SONIS as it is: parts that it lacks are not in it.

    Raises WrongSettingsError where its SONIS has no database users, such as SQLite.
    """
    known = institutions.connections_of(institution, {}, secrets=("sonis_url",))
    sonis = open_sonis(known)
    try:
        found = kind or kind_of(sonis.connection)
        schema = sonis.connection.schema
    finally:
        sonis.close()
    if found is None:
        raise WrongSettingsError("This SONIS is no database with users of its own: there is nothing to grant.")
    database = sa.make_url(known.sonis_url).database or "sonis"
    return script(found, needed(schema, purpose), login=login, database=database)


def for_schema(text: str, purpose: Purpose, *, kind: Kind, login: str, database: str) -> str:
    """The script for the schema of a file, or for the usual one where the text is blank; nothing is connected."""
    schema = read_schema(text) if text else DEFAULT
    return script(kind, needed(schema, purpose), login=login, database=database)
