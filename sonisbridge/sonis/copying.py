"""A copy of a school in a new SQLite file, under the usual names, for a rehearsal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from sonisbridge.core.person import Codes, PersonRecord
from sonisbridge.core.prospect import WaitingProspect

from .prospects import SOURCE
from .tables import Schema

SCHEMA = Schema(without=frozenset())
SCHEMA_FILE = '[columns]\n"name.privacy_hold" = "privacy_hold"\n'
"""What the copy differs in from the usual schema."""
_AT_ONCE = 500
Rows = Iterator[tuple[str, dict[str, Any]]]


def make_copy(
    path: Path, people: Iterable[PersonRecord], prospects: Iterable[WaitingProspect], codes: Codes
) -> tuple[int, int]:
    """Write these into a file that is not there yet; how many people and web prospects they are."""
    path.touch(mode=0o600, exist_ok=False)
    engine = sa.create_engine(f"sqlite:///{path}")
    try:
        with engine.begin() as connection:
            for table in SCHEMA.tables_read().values():
                table.create(connection)
                for column in ("sonis_id", "rid"):
                    if column in table.c:
                        sa.Index(f"{table.name}_{column}", table.c[column]).create(connection)
            _insert(connection, _of_codes(codes))
            counted = _insert(connection, (row for person in people for row in _of_person(person)))
            waiting = _insert(connection, map(_of_prospect, prospects))
    finally:
        engine.dispose()
    return counted.get("name", 0), waiting.get("webps", 0)


def _insert(connection: sa.Connection, rows: Rows | map[tuple[str, dict[str, Any]]]) -> dict[str, int]:
    """Insert the rows and count them by table."""
    counts: dict[str, int] = {}
    remaining = iter(rows)
    while part := list(islice(remaining, _AT_ONCE)):
        by_table: dict[str, list[dict[str, Any]]] = {}
        for table, values in part:
            by_table.setdefault(table, []).append(values)
        for table, held in by_table.items():
            connection.execute(sa.insert(SCHEMA.table(table)), held)
            counts[table] = counts.get(table, 0) + len(held)
    return counts


def _of_codes(codes: Codes) -> Rows:
    tables = {
        "program": codes.program, "semester": codes.semester, "inqtype": codes.inquiry_type, "refby": codes.refer_by,
        "modstat": codes.module_status, "state": codes.state,
    }  # fmt: skip
    for table, texts in tables.items():
        for code, text in texts.items():
            yield table, {"code": code, "text": text}


def _of_person(person: PersonRecord) -> Rows:
    key = {"sonis_id": person.sonis_id}
    yield "name", {
        **key, "first_name": person.first_name, "last_name": person.last_name, "nickname": person.nickname,
        "birthdate": person.birthdate, "disabled": int(person.disabled), "deceased": int(person.deceased),
        "excl_mailing": int(person.excl_mailing), "privacy_hold": int(person.privacy_hold),
    }  # fmt: skip
    for row in person.addresses:
        first, second, third = row.street
        yield "address", {
            **key, "rid": row.rid, "preferred": int(row.preferred), "street1": first, "street2": second, "street3": third,
            "city": row.city, "state": row.state, "zip_code": row.zip_code, "country": row.country, "email": row.email,
            "email2": row.email2, "phone": row.phone, "cell_phone": row.cell_phone, "text_me": int(row.text_me),
        }  # fmt: skip
    for status in person.statuses:
        yield "nmmodst", {**key, "code": status.code, "since": status.since}
    for code in person.refer_by:
        yield "nmrefby", {**key, "code": code}
    for program in person.programs:
        yield "approg", {
            **key, "rid": program.rid, "code": program.code, "entry_date": program.entry_date,
            "school_year": program.school_year, "semester": program.semester, "preferred": int(program.preferred),
            "ranking": program.ranking or 0, "disabled": int(program.disabled),
        }  # fmt: skip
    inquiry = person.inquiry
    yield "prospect", {
        **key, "date_received": inquiry.date_received, "hs_grad_year": inquiry.hs_grad_year,
        "inquiry_type": inquiry.inquiry_type, "agency": inquiry.agency, "memo1": inquiry.memo1,
        "high_school": inquiry.high_school,
    }  # fmt: skip


def _of_prospect(prospect: WaitingProspect) -> tuple[str, dict[str, Any]]:
    return "webps", {
        "rid": prospect.row_id, "first_name": prospect.first_name, "last_name": prospect.last_name,
        "email": prospect.email, "submitted": prospect.submitted, "program": prospect.program,
        "incomplete": int(prospect.incomplete), "sonis_id": prospect.sonis_id,
        "moved": prospect.submitted if prospect.sonis_id else None,
        "source": SOURCE if prospect.contact_id else "", "source_id": prospect.contact_id,
    }  # fmt: skip
