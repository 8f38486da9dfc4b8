"""What stands in the account and in the school, seen from outside: counts, what is twice, what nobody may change.

It shares no code with `sonisbridge` and asks neither for anything: the account is the look-alike's own dump, the school
is plain SQL.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from .place import Place

COMPARED = ("First Name", "Last Name", "Preferred Name", "Home City")
"""The contact fields that are compared for everybody; a preview compares them all."""
STANDARD = {"First Name": "first_name", "Last Name": "last_name"}
FOREIGN_FIELD = "Shoe size"
"""A field of the account's own, which no field mapping names."""
_PEOPLE = """
SELECT n.soc_sec, n.first_name, n.last_name, n.nickname,
       (SELECT group_concat(a.city, '|') FROM address a WHERE a.soc_sec = n.soc_sec AND a.preferred = 1),
       (SELECT count(*) FROM address a WHERE a.soc_sec = n.soc_sec AND a.preferred = 1)
FROM name n
WHERE n.disabled = 0 AND n.deceased = 0 AND EXISTS (
  SELECT 1 FROM nmmodst m WHERE m.soc_sec = n.soc_sec AND m.mod_stat IN ('PS', 'AP', 'ST', 'AL'))
"""


@dataclass(slots=True, kw_only=True)
class Census:
    """The account at one moment."""

    contacts: int = 0
    emails: dict[str, int] = field(default_factory=dict)
    """The contact that holds each address."""
    emails_twice: int = 0
    ids_twice: int = 0
    carrying: int = 0
    """Contacts that carry a SONIS_ID."""
    wrong: list[str] = field(default_factory=list)
    """Contacts that do not hold what SONIS says: their id and the field, no value."""
    untouchable: dict[int, bytes] = field(default_factory=dict)
    """What an export may never change in a contact, as a digest: lists, tags, bounces, fields that are not mapped."""
    changed: Counter[date] = field(default_factory=Counter)
    """How many contacts changed last on each day of the account's clock, in UTC."""
    prospects: int = 0
    names: int = 0


def taken(place: Place, field_ids: Mapping[str, int]) -> Census:
    """Look at everything."""
    census, seen = Census(), set[str]()
    expected = {row[0]: row[1:] for row in people(place.school)}
    sonis_id = field_ids["SONIS_ID"]
    mapped = {number for title, number in field_ids.items() if title != FOREIGN_FIELD}
    for contact in place.account.contacts():
        census.contacts += 1
        address = contact["email"].casefold()
        census.changed[datetime.fromtimestamp(contact["udate"] or contact["cdate"], UTC).date()] += 1
        census.emails_twice += address in census.emails
        census.emails[address] = contact["id"]
        census.untouchable[contact["id"]] = _digest(contact, mapped)
        key = _value(contact, sonis_id)
        if not key:
            continue
        census.carrying += 1
        census.ids_twice += key in seen
        seen.add(key)
        census.wrong += _differing(contact, expected.get(key), field_ids)
    with closing(sqlite3.connect(place.school)) as school:
        (census.prospects,) = school.execute("SELECT count(*) FROM webps").fetchone()
        (census.names,) = school.execute("SELECT count(*) FROM name").fetchone()
    return census


def people(school: Path) -> Iterator[tuple[str, str, str, str, str | None]]:
    """Everybody who can be exported: SONIS ID, first name, last name, nickname, and the town where it is clear."""
    with closing(sqlite3.connect(school)) as connection:
        for key, first, last, nickname, towns, preferred in connection.execute(_PEOPLE):
            town = _text(towns) if preferred == 1 else None
            yield _text(key), _text(first), _text(last), _text(nickname), town


def _differing(contact: Any, wanted: tuple[str | None, ...] | None, field_ids: Mapping[str, int]) -> list[str]:
    """The compared fields that do not hold what SONIS says. A town on which SONIS is silent may be any."""
    if wanted is None:
        return []
    wrong = []
    for title, value in zip(COMPARED, wanted, strict=True):
        if value is None or (title == "Home City" and not value):
            continue
        held = _text(contact[STANDARD[title]]) if title in STANDARD else _value(contact, field_ids[title])
        if held != value:
            wrong.append(f"contact {contact['id']}: {title}")
    return wrong


def _value(contact: Any, field_id: int) -> str:
    held = contact["values"].get(str(field_id))
    return _text(held[0]) if held else ""


def _text(value: object) -> str:
    return str(value or "").strip()


def _digest(contact: Any, mapped: set[int]) -> bytes:
    lists = sorted((key, part["status"]) for key, part in contact["lists"].items())
    others = sorted((key, held[0]) for key, held in contact["values"].items() if int(key) not in mapped)
    kept = (lists, sorted(contact["tags"]), contact["bounced_hard"], contact["bounced_soft"], others)
    return hashlib.blake2b(repr(kept).encode(), digest_size=8).digest()
