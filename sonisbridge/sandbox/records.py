"""What the account holds: contacts with their parts in compact form, everything else as rows."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

Row = dict[str, Any]

UNCONFIRMED, ACTIVE, UNSUBSCRIBED, BOUNCED = 0, 1, 2, 3
LIST_STATUS = {
    "unconfirmed": UNCONFIRMED,
    "active": ACTIVE,
    "unsubscribed": UNSUBSCRIBED,
    "bounced": BOUNCED,
}
FIELDS_PER_CONTACT = 10_000  # a field value's id is contact * this + field: it needs no index


class Value(NamedTuple):
    """One custom field value."""

    text: str
    cdate: int
    udate: int


class TagLink(NamedTuple):
    """A tag on a contact; the id is the one that removes it."""

    id: int
    cdate: int


@dataclass(slots=True)
class Membership:
    """A contact on a list."""

    id: int
    status: int
    cdate: int
    udate: int
    sdate: int | None = None
    unsubscribed: int | None = None
    sourceid: int = 0
    reason: str = ""


@dataclass(slots=True)
class AccountLink:
    """A contact's one account."""

    id: int
    account: int
    job_title: str
    cdate: int
    udate: int


@dataclass(slots=True)
class Contact:
    """A contact and all that hangs on it."""

    id: int
    email: str
    cdate: int
    udate: int
    phone: str = ""
    first_name: str = ""
    last_name: str = ""
    bounced_hard: int = 0
    bounced_soft: int = 0
    bounced_date: str | None = None
    deleted: bool = False
    deleted_at: int | None = None
    anonymized: bool = False
    fresh: bool = True  # never changed since it was made
    account: AccountLink | None = None
    values: dict[int, Value] = field(default_factory=dict)
    lists: dict[int, Membership] = field(default_factory=dict)
    tags: dict[int, TagLink] = field(default_factory=dict)


def value_id(contact_id: int, field_id: int) -> int:
    """The id of the value that a contact has in a field."""
    return contact_id * FIELDS_PER_CONTACT + field_id


class Table:
    """Rows of one kind by id, with the ids that were changed since they were last saved."""

    def __init__(self) -> None:
        self.rows: dict[int, Row] = {}
        self.last_id = 0
        self.dirty: set[int] = set()

    def add(self, row: Row) -> Row:
        """Keep a new row under the next id; the row is given that id."""
        self.last_id += 1
        row["id"] = str(self.last_id)
        self.rows[self.last_id] = row
        self.dirty.add(self.last_id)
        return row

    def put(self, key: int, row: Row) -> None:
        """Keep a row under an id of its own."""
        row["id"] = str(key)
        self.rows[key] = row
        self.last_id = max(self.last_id, key)
        self.dirty.add(key)

    def get(self, key: object) -> Row | None:
        """The row with that id, given as a number or as text."""
        number = as_id(key)
        return None if number is None else self.rows.get(number)

    def change(self, row: Row, changes: Row) -> Row:
        """Change a row in place."""
        row.update(changes)
        self.dirty.add(int(row["id"]))
        return row

    def remove(self, key: int) -> None:
        """Forget a row."""
        del self.rows[key]
        self.dirty.add(key)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows.values())

    def __len__(self) -> int:
        return len(self.rows)


def as_id(value: object) -> int | None:
    """An id from whatever a client sent for one, or None when it can be none."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if 0 <= value < 2**53 else None
    text = str(value).strip()
    if text.isascii() and text.isdigit() and len(text) < 16:
        return int(text)
    return None
