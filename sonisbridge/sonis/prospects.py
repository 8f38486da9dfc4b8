"""Web prospects, and the people made of them: the one writer to SONIS (rules 7.3 to 7.5).

One transaction a person. The key of the web-prospect row is the guard: it is always the same for one contact, and the
row turns into a person by one conditional update, so that nothing is done twice, whoever races or is killed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa

from sonisbridge.core.errors import RetryLaterError, SkipRecordError
from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import NewProspect, WaitingProspect

from .cleaning import day, number, text
from .conditions import Keys
from .connection import Connection, Row
from .new_ids import new_row_id, new_sonis_id

Made = TypeVar("Made")

SOURCE = "ActiveCampaign"
_PAGE = 1000
_ATTEMPTS = 12
# A moved date before this is a placeholder: SONIS writes 1900 where it means none.
_REAL_DATES = date(1901, 1, 1)
_SAME_NAME = (
    "first_name", "last_name", "nickname", "birthdate", "city", "state", "zip_code", "phone", "cell_phone", "refer_by",
    "program", "memo1", "high_school",
)  # fmt: skip


def waiting_prospects(connection: Connection) -> Iterator[WaitingProspect]:
    """Every web prospect that waits or became somebody.

    Left out are rows that SONIS moved without saying whom they became: nobody can wait for or name those.
    """
    table = connection.schema.table("webps")
    columns = [table.c.rid, table.c.first_name, table.c.last_name, table.c.email, table.c.submitted, table.c.program]
    columns += [table.c.incomplete, table.c.moved, table.c.sonis_id]
    sourced = "source" in table.c and "source_id" in table.c
    columns += [table.c.source, table.c.source_id] if sourced else []
    last: Any = None
    while True:
        statement = sa.select(*columns).order_by(table.c.rid).limit(_PAGE)
        rows = connection.rows(statement if last is None else statement.where(table.c.rid > last))
        for row in rows:
            sonis_id = text(row[8])
            if sonis_id or not _was_moved(row[7]):
                yield WaitingProspect(
                    row_id=text(row[0]),
                    first_name=text(row[1]),
                    last_name=text(row[2]),
                    email=text(row[3]),
                    submitted=day(row[4]),
                    program=text(row[5]),
                    incomplete=number(row[6]) != 0,
                    contact_id=text(row[10]) if sourced and text(row[9]) == SOURCE else "",
                    sonis_id=sonis_id,
                )
        if len(rows) < _PAGE:
            return
        last = rows[-1][0]


def _was_moved(value: Any) -> bool:
    moved = day(value)
    return moved is not None and moved >= _REAL_DATES


def add_prospect(connection: Connection, prospect: NewProspect) -> bool:
    """Put the contact among the web prospects; False when its row stands already."""
    values = _prospect_values(connection, prospect)

    def insert() -> bool:
        with connection.transaction() as open_one:
            _insert(connection, open_one, "webps", values)
        return True

    def stands() -> bool | None:
        return False if _standing(connection, prospect.row_id) else None

    return _attempted(connection, f"Contact {prospect.contact_id}", insert, stands)


def add_person(connection: Connection, prospect: NewProspect, today: date) -> SonisId:
    """Make the person at once, with a web prospect that was moved already."""
    values = _prospect_values(connection, prospect)
    arrival = _arrival_of(prospect)

    def insert() -> SonisId:
        sonis_id = _free_sonis_id(connection, arrival)
        with connection.transaction() as open_one:
            _insert(connection, open_one, "webps", {**values, "moved": today, "sonis_id": sonis_id})
            _insert_person(connection, open_one, arrival, sonis_id, today)
        return sonis_id

    def stands() -> SonisId | None:
        if _standing(connection, prospect.row_id):
            return convert(connection, prospect.row_id, prospect.inquiry_type, today)
        return None

    return _attempted(connection, f"Contact {prospect.contact_id}", insert, stands)


def convert(connection: Connection, row_id: str, inquiry_type: str, today: date) -> SonisId:
    """Make a person of a waiting web prospect; one who was made before is named again."""
    row_id = row_id.strip()
    row = _standing(connection, row_id)
    if row is None:
        raise SkipRecordError(
            f"There is no web prospect {row_id}: `sonisbridge prospects list` shows those that wait.", code="not-found"
        )
    if (done := _already(row, row_id)) is not None:
        return done
    arrival = _arrival_from(row, inquiry_type)

    def move() -> SonisId | None:
        sonis_id = _free_sonis_id(connection, arrival)
        table = connection.schema.table("webps")
        waits = sa.or_(table.c.moved.is_(None), table.c.moved < _REAL_DATES)
        this = Keys(connection).any_of("webps", "rid", [row_id])
        with connection.transaction() as open_one:
            hit = open_one.execute(sa.update(table).where(this, waits).values(moved=today, sonis_id=sonis_id))
            if hit.rowcount != 1:
                return None
            _insert_person(connection, open_one, arrival, sonis_id, today)
        return sonis_id

    def moved() -> SonisId | None:
        now = _standing(connection, row_id)
        return None if now is None else _already(now, row_id)

    made = _attempted(connection, f"Web prospect {row_id}", move, moved)
    if made is None and (made := moved()) is None:
        raise SkipRecordError(f"The web prospect {row_id} is gone: somebody removed it just now.", code="not-found")
    return made


def _already(row: Row, row_id: str) -> SonisId | None:
    """Whom the web prospect became; None while it waits."""
    if sonis_id := text(row.sonis_id):
        return SonisId(sonis_id)
    if _was_moved(row.moved):
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
            refusal = error
        except sa.exc.DBAPIError as error:
            raise connection.refused(error) from error
    if isinstance(refusal, sa.exc.OperationalError):
        raise RetryLaterError(f"SONIS was too busy to take {what}: try again.") from refusal
    raise SkipRecordError(f"{what} was refused by SONIS: a column asks for a value that was not given.") from refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrival:
    """A person about to be made; the names are those of the columns."""

    values: dict[str, Any]
    street: tuple[str, str, str]
    email: str
    submitted: date | None
    inquiry_type: str = ""
    email2: str = ""
    agency: str = ""
    hs_grad_year: str = ""
    text_me: bool = False


def _arrival_of(prospect: NewProspect) -> _Arrival:
    return _Arrival(
        values={name: getattr(prospect, name) for name in _SAME_NAME},
        street=prospect.street,
        email=prospect.email,
        submitted=prospect.submitted,
        inquiry_type=prospect.inquiry_type,
        email2=prospect.email2,
        agency=prospect.agency,
        hs_grad_year=prospect.hs_grad_year,
        text_me=prospect.text_me,
    )


def _arrival_from(row: Row, inquiry_type: str) -> _Arrival:
    held = row._mapping
    return _Arrival(
        values={name: (day if name == "birthdate" else text)(held[name]) for name in _SAME_NAME},
        street=(text(held["street1"]), text(held["street2"]), text(held["street3"])),
        email=text(held["email"]),
        submitted=day(held["submitted"]),
        inquiry_type=inquiry_type,
    )


def _prospect_values(connection: Connection, prospect: NewProspect) -> dict[str, Any]:
    values = {name: getattr(prospect, name) for name in _SAME_NAME} | {
        "rid": prospect.row_id,
        "street1": prospect.street[0],
        "street2": prospect.street[1],
        "street3": prospect.street[2],
        "email": prospect.email,
        "term_interest": prospect.term_interest,
        "submitted": prospect.submitted,
        "incomplete": 0,
    }
    table = connection.schema.table("webps")
    if "source" in table.c and "source_id" in table.c:
        values |= {"source": SOURCE, "source_id": str(prospect.contact_id)}
    return values


def _insert_person(
    connection: Connection, open_one: sa.Connection, arrival: _Arrival, sonis_id: str, today: date
) -> None:
    """Every row of a new person, within the transaction."""
    given = arrival.values
    name = {key: given[key] for key in ("first_name", "last_name", "nickname", "birthdate")}
    address = {key: given[key] for key in ("city", "state", "zip_code", "phone", "cell_phone")}
    street = dict(zip(("street1", "street2", "street3"), arrival.street, strict=True))
    reach = {"email": arrival.email, "email2": arrival.email2, "preferred": 1, "text_me": int(arrival.text_me)}
    inquiry = {
        "date_received": arrival.submitted or today,
        "hs_grad_year": arrival.hs_grad_year,
        "inquiry_type": arrival.inquiry_type,
        "agency": arrival.agency,
        "memo1": given["memo1"],
        "high_school": given["high_school"],
    }
    rows: list[tuple[str, dict[str, Any]]] = [
        ("name", {**name, "disabled": 0, "deceased": 0, "excl_mailing": 0}),
        ("address", {"rid": new_row_id(today), **address, **street, **reach}),
        ("prospect", inquiry),
        ("nmmodst", {"code": "PS", "since": today}),
    ]
    if given["refer_by"]:
        rows.append(("nmrefby", {"code": given["refer_by"]}))
    if given["program"]:
        program = {"rid": new_row_id(today), "code": given["program"], "preferred": 1, "disabled": 0}
        rows.append(("approg", program))
    for table, values in rows:
        _insert(connection, open_one, table, {"sonis_id": sonis_id, **values})


def _insert(connection: Connection, open_one: sa.Connection, name: str, values: dict[str, Any]) -> None:
    """One row; what is blank is NULL, and text that is longer than its column never gets to the database."""
    table = connection.schema.table(name)
    kept = {key: value for key, value in values.items() if value not in ("", None) and key in table.c}
    for key, value in kept.items():
        limit = connection.catalogue.length(name, table.c[key].name)
        if isinstance(value, str) and limit is not None and len(value) > limit:
            raise SkipRecordError(f"A value is longer than SONIS's column {table.name}.{table.c[key].name} ({limit}).")
    open_one.execute(sa.insert(table).values(**kept))


def _free_sonis_id(connection: Connection, arrival: _Arrival) -> SonisId:
    """An id that nobody has now; the key of the name table has the last word."""
    for _attempt in range(_ATTEMPTS):
        sonis_id = new_sonis_id(arrival.values["last_name"])
        taken = sa.select(sa.literal(1)).where(Keys(connection).any_of("name", "sonis_id", [sonis_id]))
        if not connection.rows(taken):
            return sonis_id
    raise SkipRecordError("No free SONIS ID was found for the person: too many begin with the same letters.")


def _standing(connection: Connection, row_id: str) -> Row | None:
    """The web prospect as it stands, its columns under our names."""
    table = connection.schema.table("webps")
    columns = [column.label(str(column.key)) for column in table.c]
    this = Keys(connection).any_of("webps", "rid", [row_id])
    return next(iter(connection.rows(sa.select(*columns).where(this))), None)
