"""Web prospects, and the people made of them: the one writer to SONIS (rules 7.3 to 7.5).

One transaction a person. The key of the web-prospect row is the guard: it is always the same for one contact, and the
row turns into a person by one conditional update, so that nothing is done twice, whoever races or is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from functools import partial
from typing import Any, TypeVar

import sqlalchemy as sa

from sonisbridge.core.arrival import Arrival, arrival_of, completed
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, StopRunError
from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import NewProspect, WaitingProspect

from .cleaning import day, number, text
from .conditions import Keys
from .connection import Connection, busy
from .new_ids import new_row_id, new_sonis_id
from .source import Source
from .tables import Schema

Made = TypeVar("Made")
Held = Mapping[str, Any]
"""A row by our names of its columns."""

SOURCE = "ActiveCampaign"
_PAGE = 1000
_ATTEMPTS = 12
# A moved date before this is a placeholder: SONIS writes 1900 where it means none.
_REAL_DATES = date(1901, 1, 1)
_OF_ROW = (
    "first_name", "last_name", "nickname", "birthdate", "street1", "street2", "street3", "city", "state", "zip_code",
    "phone", "cell_phone", "email", "term_interest", "refer_by", "program", "memo1", "high_school", "submitted",
)  # fmt: skip
"""What a web-prospect row and a person have in common, under the name that both have."""


_WAITING = (
    "rid", "first_name", "last_name", "email", "submitted", "program", "incomplete", "moved", "sonis_id", "source",
    "source_id",
)  # fmt: skip


def waiting_prospects(connection: Source) -> Iterator[WaitingProspect]:
    """Every web prospect that waits or became somebody.

    Left out are rows that SONIS moved without saying whom they became: nobody can wait for or name those.
    """
    schema = connection.schema
    if not schema.has("webps"):
        return
    table = schema.table("webps")
    columns = [sa.null().label(key) if (held := schema.held("webps", key)) is None else held for key in _WAITING]
    bound = partial(Keys(connection).bound, "webps", "rid")
    last: Any = None
    while True:
        statement = sa.select(*columns).order_by(table.c.rid).limit(_PAGE)
        rows = connection.rows(statement if last is None else statement.where(table.c.rid > bound(last)))
        for row in rows:
            sonis_id = text(row[8])
            if sonis_id or not was_moved(row[7]):
                yield WaitingProspect(
                    row_id=text(row[0]),
                    first_name=text(row[1]),
                    last_name=text(row[2]),
                    email=text(row[3]),
                    submitted=day(row[4]),
                    program=text(row[5]),
                    incomplete=number(row[6]) != 0,
                    contact_id=text(row[10]) if source_kept(schema) and text(row[9]) == SOURCE else "",
                    sonis_id=sonis_id,
                )
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]


def need_web_prospects(schema: Schema, *columns: str) -> None:
    """Raises StopRunError when SONIS has no web prospects, or lacks these columns of them."""
    lacking = [f"webps.{column}" for column in columns if not schema.has("webps", column)]
    if not schema.has("webps") or lacking:
        raise StopRunError(
            f"This SONIS has no {' and no '.join(lacking) or 'table of web prospects'}: the schema file leaves it out. Name "
            "it there before web prospects are written."
        )


def source_kept(schema: Schema) -> bool:
    """Whether a web-prospect row can say which contact it was made of."""
    return schema.has("webps", "source") and schema.has("webps", "source_id")


def was_moved(value: Any) -> bool:
    """Whether a moved date says that SONIS moved the web prospect on; placeholders do not."""
    moved = day(value)
    return moved is not None and moved >= _REAL_DATES


def add_prospect(connection: Connection, prospect: NewProspect) -> str | None:
    """Put the contact among the web prospects: the id of its row; None when the row stands already."""
    need_web_prospects(connection.schema)
    values = prospect_values(connection, prospect)

    def insert() -> str:
        with connection.transaction() as open_one:
            _insert(connection, open_one, "webps", values)
        return prospect.row_id

    def stands() -> str | None:
        return "" if _standing(connection, prospect.row_id) else None

    return _attempted(connection, f"Contact {prospect.contact_id}", insert, stands) or None


def add_person(connection: Connection, prospect: NewProspect, today: date) -> SonisId:
    """Make the person at once, with a web prospect that was moved already."""
    need_web_prospects(connection.schema, "moved", "sonis_id")
    values = prospect_values(connection, prospect)
    arrival = arrival_of(prospect)

    def insert() -> SonisId:
        sonis_id = _free_sonis_id(connection, arrival)
        with connection.transaction() as open_one:
            _insert(connection, open_one, "webps", {**values, "moved": today, "sonis_id": sonis_id})
            _insert_person(connection, open_one, arrival, sonis_id, today)
        return sonis_id

    def stands() -> SonisId | None:
        row = _standing(connection, prospect.row_id)
        if row is None:
            return None
        waits = completed(_arrival_from(row), prospect)
        return _already(row, prospect.row_id) or convert(connection, prospect.row_id, waits, today)

    return _attempted(connection, f"Contact {prospect.contact_id}", insert, stands)


def waiting_arrival(connection: Source, row_id: str) -> Arrival | SonisId:
    """What a waiting web prospect says of itself; of one that was converted, whom it became."""
    need_web_prospects(connection.schema)
    row_id = row_id.strip()
    row = _standing(connection, row_id)
    if row is None:
        raise SkipRecordError(
            f"There is no web prospect {row_id}: `sonisbridge prospects list` shows those that wait.", code="not-found"
        )
    done = _already(row, row_id)
    return _arrival_from(row) if done is None else done


def convert(connection: Connection, row_id: str, given: Arrival | None, today: date) -> SonisId:
    """Make a person of a waiting web prospect, as given or as the row says; one who was made before is named again."""
    need_web_prospects(connection.schema, "moved", "sonis_id")
    found = given or waiting_arrival(connection, row_id)
    if not isinstance(found, Arrival):
        return found

    def move() -> SonisId | None:
        sonis_id = _free_sonis_id(connection, found)
        with connection.transaction() as open_one:
            if not _moved_on(connection, open_one, row_id, sonis_id, today):
                return None
            _insert_person(connection, open_one, found, sonis_id, today)
        return sonis_id

    return _moving(connection, row_id, move)


def assign(connection: Connection, row_id: str, sonis_id: SonisId, today: date) -> SonisId:
    """Mark a waiting web prospect as this person, who stays as they are; one who was made before is named again."""
    need_web_prospects(connection.schema, "moved", "sonis_id")

    def move() -> SonisId | None:
        with connection.transaction() as open_one:
            return sonis_id if _moved_on(connection, open_one, row_id, sonis_id, today) else None

    return _moving(connection, row_id, move)


def _moved_on(connection: Connection, open_one: sa.Connection, row_id: str, sonis_id: str, today: date) -> bool:
    """Whether the row waited and does so no more: one conditional update, which only one of several wins."""
    table = connection.schema.table("webps")
    waits = sa.or_(table.c.moved.is_(None), table.c.moved < _REAL_DATES)
    this = Keys(connection).any_of("webps", "rid", [row_id])
    hit = open_one.execute(sa.update(table).where(this, waits).values(moved=today, sonis_id=sonis_id))
    return hit.rowcount == 1


def _moving(connection: Connection, row_id: str, move: Callable[[], SonisId | None]) -> SonisId:
    """Whom the web prospect is now, whoever moved it."""
    row_id = row_id.strip()

    def moved() -> SonisId | None:
        now = _standing(connection, row_id)
        return None if now is None else _already(now, row_id)

    made = _attempted(connection, f"Web prospect {row_id}", move, moved)
    if made is None and (made := moved()) is None:
        raise SkipRecordError(f"The web prospect {row_id} is gone: somebody removed it just now.", code="not-found")
    return made


def _already(row: Held, row_id: str) -> SonisId | None:
    """Whom the web prospect became; None while it waits."""
    if sonis_id := text(row.get("sonis_id")):
        return SonisId(sonis_id)
    if was_moved(row.get("moved")):
        raise SkipRecordError(
            f"SONIS imported the web prospect {row_id} without saying whom it became: look the person up in SONIS."
        )
    return None


def _attempted(connection: Connection, what: str, write: Callable[[], Made], stands: Callable[[], Made | None]) -> Made:
    """What `write` gives, tried again when a new key was taken or the database was busy; `stands` when it was done already."""
    for _attempt in range(_ATTEMPTS):
        try:
            return write()
        except sa.exc.IntegrityError as error:
            refusal: Exception = error
            found = stands()
            if found is not None:
                return found
        except sa.exc.DataError as error:
            raise SkipRecordError(f"{what} was refused by SONIS: a value does not fit its column.") from error
        except sa.exc.OperationalError as error:
            if error.connection_invalidated:
                raise RetryLaterError(f"SONIS went away while {what} was written.", sent=True) from error
            if not busy(error):
                raise connection.refused(error) from error
            refusal = error
        except sa.exc.DBAPIError as error:
            raise connection.refused(error) from error
    if isinstance(refusal, sa.exc.OperationalError):
        raise RetryLaterError(f"SONIS was too busy to take {what}: try again.") from refusal
    raise SkipRecordError(f"{what} was refused by SONIS: a column asks for a value that was not given.") from refusal


def _arrival_from(row: Held) -> Arrival:
    names = [name for name in row if name in _OF_ROW]
    values: dict[str, Any] = {
        name: day(row[name]) if name in ("birthdate", "submitted") else text(row[name]) for name in names
    }
    return Arrival(**values)


def prospect_values(connection: Connection, prospect: NewProspect) -> dict[str, Any]:
    """The web-prospect row of a contact, under our names of its columns."""
    arrival = arrival_of(prospect)
    values = {name: getattr(arrival, name) for name in _OF_ROW} | {"rid": prospect.row_id, "incomplete": 0}
    if source_kept(connection.schema):
        values |= {"source": SOURCE, "source_id": str(prospect.contact_id)}
    return values


def _insert_person(connection: Connection, open_one: sa.Connection, given: Arrival, sonis_id: str, today: date) -> None:
    """Every row of a new person, within the transaction."""
    name = _of(given, "first_name", "last_name", "nickname", "birthdate")
    address = _of(
        given, "street1", "street2", "street3", "city", "state", "zip_code", "phone", "cell_phone", "email", "email2"
    )
    inquiry = _of(given, "hs_grad_year", "inquiry_type", "agency", "memo1", "high_school")
    rows: list[tuple[str, dict[str, Any]]] = [
        ("name", {**name, "disabled": 0, "deceased": 0, "excl_mailing": 0}),
        ("address", {"rid": new_row_id(today), **address, "preferred": 1, "text_me": int(given.text_me)}),
        ("prospect", {**inquiry, "date_received": given.submitted or today}),
        ("nmmodst", {"code": "PS", "since": today}),
    ]
    if given.refer_by:
        rows.append(("nmrefby", {"code": given.refer_by}))
    if given.program:
        program = {"rid": new_row_id(today), "code": given.program, "preferred": 1, "disabled": 0}
        rows.append(("approg", program))
    for table, values in rows:
        if connection.schema.has(table):
            _insert(connection, open_one, table, {"sonis_id": sonis_id, **values})


def _of(given: Arrival, *names: str) -> dict[str, Any]:
    return {name: getattr(given, name) for name in names}


def _insert(connection: Connection, open_one: sa.Connection, name: str, values: dict[str, Any]) -> None:
    """One row; what is blank is NULL, and text that is longer than its column never gets to the database."""
    table = connection.schema.table(name)
    kept = {key: value for key, value in values.items() if value not in ("", None) and key in table.c}
    for key, value in kept.items():
        limit = connection.catalogue.length(name, table.c[key].name)
        if isinstance(value, str) and limit is not None and len(value) > limit:
            raise SkipRecordError(f"A value is longer than SONIS's column {table.name}.{table.c[key].name} ({limit}).")
    open_one.execute(sa.insert(table).values(**kept))


def _free_sonis_id(connection: Connection, arrival: Arrival) -> SonisId:
    """An id that nobody has now; the key of the name table has the last word."""
    for _attempt in range(_ATTEMPTS):
        sonis_id = new_sonis_id(arrival.last_name)
        taken = sa.select(sa.literal(1)).where(Keys(connection).any_of("name", "sonis_id", [sonis_id]))
        if not connection.rows(taken):
            return sonis_id
    raise SkipRecordError("No free SONIS ID was found for the person: too many begin with the same letters.")


def _standing(connection: Source, row_id: str) -> Held | None:
    """The web prospect as it stands, its columns under our names."""
    table = connection.schema.table("webps")
    this = Keys(connection).any_of("webps", "rid", [row_id])
    found = next(iter(connection.rows(sa.select(*table.c).where(this))), None)
    return None if found is None else dict(zip(table.c.keys(), found, strict=True))
