"""People and web prospects found by what somebody knows of them: an address, a name, a contact. Reads only."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import WaitingProspect

from .cleaning import text
from .conditions import Condition, Keys, trimmed
from .prospects import SOURCE, source_kept, was_moved
from .source import Source
from .tables import Plain, Schema

_AT_ONCE = 300
_FEW = 4
"""So many are looked for as a part of the text, which is quicker than to fold the text of every row."""
_ESCAPE = "!"


def ids_with_email(connection: Source, keys: Iterable[str]) -> set[SonisId]:
    """SONIS IDs of people one of whose address rows holds one of these addresses; maybe of a few others besides.

    The addresses are in their normal form. What lies outside ASCII stands for anything, as databases fold it differently.
    """
    schema = connection.schema
    columns = [held for key in ("email", "email2") if (held := schema.held("address", key)) is not None]
    if not schema.has("address") or not columns:
        return set()
    found: set[SonisId] = set()
    for part in _parts(keys):
        held_by = sa.or_(*(condition for column in columns for condition in _one_of_texts(connection, column, part)))
        found.update(_ids(connection, sa.select(schema.table("address").c.sonis_id).where(held_by)))
    return found


def ids_named(connection: Source, keys: Iterable[str]) -> set[SonisId]:
    """SONIS IDs of people with one of these whole names in their normal form; maybe of a few others besides."""
    name = connection.schema.table("name")
    first, last = (sa.func.coalesce(_name_part(connection, key), "") for key in ("first_name", "last_name"))
    whole = sa.type_coerce(first, sa.String()) + " " + sa.type_coerce(last, sa.String())
    found: set[SonisId] = set()
    for part in _parts(keys):
        held = sa.or_(*_one_of_texts(connection, whole, part))
        found.update(_ids(connection, sa.select(name.c.sonis_id).where(held)))
    return found


def ids_like(connection: Source, asked: str, limit: int) -> list[SonisId]:
    """SONIS IDs of up to that many people whom a user may mean: by SONIS ID, by e-mail address, by how names begin."""
    asked = " ".join(asked.split())
    if not asked:
        return []
    name = connection.schema.table("name")
    exact = _ids(connection, _bare(name, Keys(connection).any_of("name", "sonis_id", (asked, asked.upper()))))
    if exact:
        return sorted(set(exact))
    if "@" in asked:
        return sorted(ids_with_email(connection, [asked.casefold()]))[:limit]
    first, last = _name_part(connection, "first_name"), _name_part(connection, "last_name")
    held = [*_names_begin(first, last, asked.replace(",", " ").split())]
    if " " not in asked and len(asked) >= 4:
        held.append(_begins(name.c.sonis_id, asked.upper()))
    statement = sa.select(name.c.sonis_id).where(sa.or_(*held))
    ordered = statement.order_by(last, first, name.c.sonis_id).limit(limit)
    return list(dict.fromkeys(_ids(connection, ordered)))


def prospects_of(
    connection: Source,
    *,
    sonis_ids: Iterable[str] = (),
    row_ids: Iterable[str] = (),
    contact_ids: Iterable[str] = (),
) -> Iterator[WaitingProspect]:
    """The web prospects that became one of these people, have one of these keys, or were made of one of these contacts.

    Left out are rows that SONIS moved without saying whom they became.
    """
    schema = connection.schema
    if not schema.has("webps"):
        return
    asked = [
        (_one_of(connection, "rid"), row_ids),
        (_one_of(connection, "sonis_id"), sonis_ids),
        (_one_of(connection, "source_id"), contact_ids if source_kept(schema) else ()),
    ]
    columns = [_webps(schema, key) for key in ("rid", "sonis_id", "moved", "source", "source_id")]
    seen: set[str] = set()
    for wanted, values in asked:
        for part in _parts(values):
            for row in connection.rows(sa.select(*columns).select_from(schema.table("webps")).where(wanted(part))):
                row_id, sonis_id = text(row[0]), text(row[1])
                if row_id not in seen and (sonis_id or not was_moved(row[2])):
                    seen.add(row_id)
                    contact_id = text(row[4]) if source_kept(schema) and text(row[3]) == SOURCE else ""
                    yield WaitingProspect(row_id=row_id, contact_id=contact_id, sonis_id=sonis_id)


def _one_of(connection: Source, key: str) -> Callable[[list[str]], Condition]:
    """Asks for the web prospects that have one of some texts there; nobody has one where SONIS has no such column."""
    held = connection.schema.held("webps", key)
    if held is None:
        return lambda _values: sa.false()
    if isinstance(held, sa.Column):
        return lambda values: Keys(connection).any_of("webps", key, values)
    return lambda values: trimmed(held).in_(values)


def _webps(schema: Schema, key: str) -> sa.ColumnElement[Any]:
    held = schema.held("webps", key)
    return sa.null().label(key) if held is None else held


def _name_part(connection: Source, key: str) -> sa.ColumnElement[Any]:
    """A name column; blank where SONIS has none."""
    held = connection.schema.held("name", key)
    return sa.literal("", Plain()) if held is None else held


def _bare(name: sa.Table, held: Condition) -> sa.Select[Any]:
    return sa.select(name.c.sonis_id).where(held)


def _ids(connection: Source, statement: sa.Select[Any]) -> list[SonisId]:
    return [SonisId(sonis_id) for row in connection.rows(statement) if (sonis_id := text(row[0]))]


def _one_of_texts(connection: Source, column: sa.ColumnElement[Any], keys: list[str]) -> Iterator[Condition]:
    """Whether the text is one of these, case and blanks aside. Of a few texts, those of which it holds one will do."""
    plain = [key for key in keys if key.isascii()] if len(keys) > _FEW else []
    if plain:
        yield _folded(column).in_(plain)
    for key in keys:
        if key not in plain:
            inner = "".join(_escaped(letter) if letter.isascii() and letter != " " else "%" for letter in key)
            yield _like(connection, column, f"%{inner}%")


def _folded(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """In lower case, without blanks around it and with single ones inside: a first name may end in many."""
    found = sa.func.lower(trimmed(column), type_=Plain())
    for many in (16, 8, 4, 2, 2):
        found = sa.func.replace(found, " " * many, " ", type_=Plain())
    return found


def _like(connection: Source, column: sa.ColumnElement[Any], pattern: str) -> Condition:
    """LIKE, case aside. SQLite's minds none, and is quicker by itself."""
    if connection.dialect == "sqlite":
        return column.like(pattern, escape=_ESCAPE)
    return column.ilike(pattern, escape=_ESCAPE)


def _names_begin(first: sa.ColumnElement[Any], last: sa.ColumnElement[Any], words: list[str]) -> Iterator[Condition]:
    """One word begins the last name; of several, one end begins the last name and the other the first name."""
    if not words:
        return
    yield _begins(last, " ".join(words))
    if len(words) > 1:
        yield sa.and_(_begins(first, words[0]), _begins(last, " ".join(words[1:])))
        yield sa.and_(_begins(last, words[0]), _begins(first, " ".join(words[1:])))
        yield sa.and_(_begins(first, " ".join(words[:-1])), _begins(last, words[-1]))


def _begins(column: sa.ColumnElement[Any], start: str) -> Condition:
    return column.ilike(f"{_escaped(start)}%", escape=_ESCAPE)


def _escaped(given: str) -> str:
    return "".join(_ESCAPE + letter if letter in "%_[!" else letter for letter in given)


def _parts(items: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted({item for item in items if item})
    for start in range(0, len(wanted), _AT_ONCE):
        yield wanted[start : start + _AT_ONCE]
