"""People and web prospects found by what somebody knows of them: an address, a name, a contact. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import WaitingProspect

from .cleaning import text
from .conditions import Condition, Keys, trimmed
from .prospects import SOURCE, source_kept
from .source import Source
from .tables import Plain

_AT_ONCE = 300
_ESCAPE = "!"


def ids_with_email(connection: Source, keys: Iterable[str]) -> set[SonisId]:
    """SONIS IDs of people one of whose address rows holds one of these addresses; maybe of a few others besides.

    The addresses are in their normal form. What lies outside ASCII stands for anything, as databases fold it differently.
    """
    address = connection.schema.table("address")
    both = (connection.schema.held("address", column) for column in ("email", "email2"))
    columns = [_folded(column) for column in both if column is not None]
    found: set[SonisId] = set()
    for part in _parts(keys):
        held = sa.or_(*(condition for column in columns for condition in _like_one_of(column, part)))
        found.update(_ids(connection, sa.select(address.c.sonis_id).where(held)))
    return found


def ids_named(connection: Source, keys: Iterable[str]) -> set[SonisId]:
    """SONIS IDs of people with one of these whole names in their normal form; maybe of a few others besides."""
    name = connection.schema.table("name")
    first, last = (sa.type_coerce(_folded(column), sa.String()) for column in _names(connection))
    whole = first + " " + last
    single = sa.func.replace(sa.func.replace(whole, "  ", " ", type_=Plain()), "  ", " ", type_=Plain())
    found: set[SonisId] = set()
    for part in _parts(keys):
        held = sa.or_(*_like_one_of(single, part))
        found.update(_ids(connection, sa.select(name.c.sonis_id).where(held)))
    return found


def ids_like(connection: Source, asked: str, limit: int) -> list[SonisId]:
    """SONIS IDs of up to that many people whom a user may mean: by SONIS ID, by e-mail address, by how names begin."""
    asked = " ".join(asked.split())
    if not asked:
        return []
    name = connection.schema.table("name")
    exact = _ids(connection, _bare(name, Keys(connection).any_of("name", "sonis_id", {asked, asked.upper()})))
    if exact:
        return sorted(set(exact))
    if "@" in asked:
        return sorted(ids_with_email(connection, [asked.casefold()]))[:limit]
    held = [*_names_begin(connection, asked.replace(",", " ").split())]
    if " " not in asked and len(asked) >= 4:
        held.append(_begins(name.c.sonis_id, asked.upper()))
    statement = sa.select(name.c.sonis_id).where(sa.or_(*held))
    first, last = _names(connection)
    ordered = statement.order_by(last, first, name.c.sonis_id).limit(limit)
    return list(dict.fromkeys(_ids(connection, ordered)))


def prospects_of(
    connection: Source,
    *,
    sonis_ids: Iterable[str] = (),
    row_ids: Iterable[str] = (),
    contact_ids: Iterable[str] = (),
) -> Iterator[WaitingProspect]:
    """The web prospects that became one of these people, have one of these keys, or were made of one of these contacts."""
    if not connection.schema.has("webps"):
        return
    table = connection.schema.table("webps")
    sourced = source_kept(connection.schema)
    keys = Keys(connection)
    named = connection.schema.has("webps", "sonis_id")
    asked = [
        ("sonis_id", list(sonis_ids) if named else []),
        ("rid", list(row_ids)),
        ("source_id", list(contact_ids) if sourced else []),
    ]
    columns = [
        table.c.rid,
        table.c.sonis_id if named else sa.null(),
        *((table.c.source, table.c.source_id) if sourced else ()),
    ]
    seen: set[str] = set()
    for column, values in asked:
        for part in _parts(values):
            for row in connection.rows(sa.select(*columns).where(keys.any_of("webps", column, part))):
                row_id = text(row[0])
                if row_id not in seen:
                    seen.add(row_id)
                    contact_id = text(row[3]) if sourced and text(row[2]) == SOURCE else ""
                    yield WaitingProspect(row_id=row_id, contact_id=contact_id, sonis_id=text(row[1]))


def _bare(name: sa.Table, held: Condition) -> sa.Select[Any]:
    return sa.select(name.c.sonis_id).where(held)


def _ids(connection: Source, statement: sa.Select[Any]) -> list[SonisId]:
    return [SonisId(sonis_id) for row in connection.rows(statement) if (sonis_id := text(row[0]))]


def _folded(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.func.lower(sa.func.coalesce(trimmed(column), ""), type_=Plain())


def _like_one_of(column: sa.ColumnElement[Any], keys: Iterable[str]) -> Iterator[Condition]:
    keys = list(keys)
    plain = [key for key in keys if key.isascii()]
    if plain:
        yield column.in_(plain)
    for key in keys:
        if not key.isascii():
            pattern = "".join(_escaped(letter) if letter.isascii() and letter != " " else "%" for letter in key)
            yield column.like(pattern, escape=_ESCAPE)


def _names(connection: Source) -> tuple[sa.ColumnElement[Any], sa.ColumnElement[Any]]:
    """First and last name; both are needed of every institution."""
    first, last = (connection.schema.held("name", column) for column in ("first_name", "last_name"))
    assert first is not None
    assert last is not None
    return first, last


def _names_begin(connection: Source, words: list[str]) -> Iterator[Condition]:
    """One word begins the last name; of several, one end begins the last name and the other the first name."""
    if not words:
        return
    first, last = _names(connection)
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
