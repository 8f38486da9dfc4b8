"""Web prospects over SOAP: SONIS's own inquiry method puts them in, and SONIS alone makes people of them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import sqlalchemy as sa

from sonisbridge.core.arrival import arrival_of, shown
from sonisbridge.core.errors import SkipRecordError
from sonisbridge.core.prospect import NewProspect
from sonisbridge.core.values import email_key, name_key

from .cleaning import text
from .conditions import trimmed
from .prospects import SOURCE, was_moved
from .soap import SoapSource
from .soap_client import RefusedError
from .soap_text import Table
from .tables import Plain

COMPONENT, METHOD = "CFC.addps", "addnewps"
_OURS: Mapping[str, str] = {
    "last_name": "last_name", "first_name": "first_name", "st_addr": "street1", "add_addr": "street2",
    "add_add2": "street3", "city": "city", "state": "state", "zip": "zip_code", "phone": "phone",
    "cell_phone": "cell_phone", "nickname": "nickname", "e_mail": "email", "term_int": "term_interest",
    "referby": "refer_by", "prg_cod": "program", "birthdate": "birthdate", "memo1": "memo1",
    "undergrd_attnd": "high_school",
}  # fmt: skip
"""Argument of the method to our name of the value."""
_BLANK = (
    "mi", "country", "work_phone", "enstat_cod", "camp_cod", "comments", "snd_app", "snd_brch", "snd_cat", "snd_f4",
    "snd_f5", "snd_f6", "snd_3PF", "employer", "moved_dt", "move2app", "contact", "ref_other", "webps_ce1", "webps_ce2",
    "webps_ce3", "memo2", "memo3", "areas_of_interest_rid", "undergrd_maj",
)  # fmt: skip
"""Arguments that we have nothing for. ColdFusion wants every one that a method declares."""
_EXPRESSION = re.compile(r"#[^#]*#")


def add_prospect(source: SoapSource, prospect: NewProspect) -> str | None:
    """Put the contact among the web prospects: the id of its row as SONIS gave it; None when one like it waits already.

    The call is sent once. When its answer was lost, the next import looks first whether the inquiry arrived.
    """
    if _waiting(source, prospect) is not None:
        return None
    refused = SkipRecordError(
        f"Contact {prospect.contact_id} was refused by SONIS's inquiry method {COMPONENT}.{METHOD}."
    )
    try:
        found = source.client.api(COMPONENT, METHOD, arguments(source, prospect))
    except RefusedError as error:
        raise refused from error
    if isinstance(found, Table) and not found.rows and not found.columns:
        raise refused
    return _waiting(source, prospect) or prospect.row_id


def arguments(source: SoapSource, prospect: NewProspect) -> list[tuple[str, str]]:
    """Names and values for the inquiry method.

    Where the schema file names columns for the source and its id, such as webps_ce1, they are arguments too.
    """
    arrival = arrival_of(prospect)
    values = {argument: shown(arrival, name) for argument, name in _OURS.items()}
    values |= {**dict.fromkeys(_BLANK, ""), "incomplete": "0"}
    columns = source.wanted.columns
    for ours, value in (("source", SOURCE), ("source_id", str(prospect.contact_id))):
        if ("webps", ours) in columns:
            values[columns["webps", ours]] = value
    return [(name, _plain(value)) for name, value in values.items()]


def _plain(value: str) -> str:
    """The value in a form that ColdFusion takes for text: two hash marks would hold an expression."""
    return value.replace("#", "No. ") if _EXPRESSION.search(value) else value


def _waiting(source: SoapSource, prospect: NewProspect) -> str | None:
    """The newest web prospect of that name and address that waits; SONIS narrows by the address, we compare."""
    schema = source.schema
    if not schema.has("webps"):
        return None
    table = schema.table("webps")
    moved = schema.held("webps", "moved")
    columns = [table.c.rid, table.c.first_name, table.c.last_name, table.c.email, sa.null() if moved is None else moved]
    wanted = sa.func.upper(trimmed(table.c.email), type_=Plain()) == prospect.email.strip().upper()
    found = [
        text(row[0])
        for row in source.rows(sa.select(*columns).where(wanted))
        if not was_moved(row[4])
        and email_key(text(row[3])) == email_key(prospect.email)
        and name_key(text(row[1]), text(row[2])) == name_key(prospect.first_name, prospect.last_name)
    ]
    return max(found, key=lambda rid: (len(rid), rid), default=None)
