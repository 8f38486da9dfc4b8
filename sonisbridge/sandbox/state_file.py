"""The state kept in a file: a SQLite database of JSON documents, saved by what changed."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path

from sonisbridge.sandbox.contact_json import contact_from_json, contact_to_json
from sonisbridge.sandbox.records import Row
from sonisbridge.sandbox.world import World, load_contacts


class StateFileError(Exception):
    """The file is there but is no state of the sandbox."""


class StateFile:
    """Saves a world to a file, each time only what changed, in one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exists(self) -> bool:
        """Whether there is a state to load."""
        return self.path.exists() and self.path.stat().st_size > 0

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, isolation_level=None)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS document"
            " (kind TEXT, id INTEGER, body TEXT, PRIMARY KEY (kind, id)) WITHOUT ROWID"
        )
        return connection

    def load(self, world: World) -> dict[str, str]:
        """Fill an empty world; gives the switches that were in force."""
        contacts = []
        switches: dict[str, str] = {}
        try:
            with closing(self._open()) as connection:
                for kind, key, body in connection.execute("SELECT kind, id, body FROM document"):
                    row = json.loads(body)
                    if kind == "contact":
                        contacts.append(contact_from_json(row))
                    elif kind == "history":
                        world.history[key] = row
                    elif kind == "meta":
                        world.last.update(row["last"])
                        switches = row["switches"]
                        for name, last in row["tables"].items():
                            world[name].last_id = last
                    elif kind in world.tables:
                        world[kind].put(key, row)
        except (sqlite3.Error, ValueError, KeyError, TypeError) as error:
            raise StateFileError(f"{self.path} is not a state of the sandbox") from error
        load_contacts(world, sorted(contacts, key=lambda contact: contact.id))
        _settle(world)
        return switches

    def save(self, world: World, switches: dict[str, str], *, whole: bool = False) -> None:
        """Write what changed since the last time, or the whole world in place of all it held."""
        if whole:
            world.dirty_contacts = set(world.contacts)
            for table in world.tables.values():
                table.dirty = set(table.rows)
        changed = [(name, key) for name, table in world.tables.items() for key in table.dirty]
        with closing(self._open()) as connection:
            connection.execute("BEGIN IMMEDIATE")
            if whole:
                connection.execute("DELETE FROM document")
            _write(connection, (("contact", key) for key in world.dirty_contacts), world)
            _write(connection, (("history", key) for key in world.dirty_contacts), world)
            _write(connection, changed, world)
            tables = {name: table.last_id for name, table in world.tables.items()}
            meta = {"last": world.last, "switches": switches, "tables": tables}
            connection.execute("INSERT OR REPLACE INTO document VALUES ('meta', 0, ?)", (json.dumps(meta),))
            connection.execute("COMMIT")
        _settle(world)


def _settle(world: World) -> None:
    world.dirty_contacts = set()
    for table in world.tables.values():
        table.dirty = set()


def _write(connection: sqlite3.Connection, keys: Iterable[tuple[str, int]], world: World) -> None:
    def rows() -> Iterator[tuple[str, int, str | None]]:
        for kind, key in keys:
            found = _document(world, kind, key)
            yield kind, key, None if found is None else json.dumps(found)

    connection.executemany("INSERT OR REPLACE INTO document VALUES (?, ?, ?)", rows())
    connection.execute("DELETE FROM document WHERE body IS NULL")


def _document(world: World, kind: str, key: int) -> Row | list[Row] | None:
    if kind == "history":
        return world.history.get(key)
    if kind != "contact":
        return world[kind].rows.get(key)
    contact = world.contacts.get(key)
    return None if contact is None else contact_to_json(contact)
