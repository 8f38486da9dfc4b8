"""The code tables of SONIS, and filter values that nobody knows."""

from __future__ import annotations

from collections.abc import Iterator

import sqlalchemy as sa

from sonisbridge.core.filters import Filters
from sonisbridge.core.person import Codes

from .cleaning import text
from .source import Source

# Filter to its words, its code table ("" where there is none) and the column that holds such codes.
_FILTERS = {
    "status": ("status", "modstat", "nmmodst.code"),
    "campus": ("campus", "campus", "name.campus"),
    "division": ("division", "division", "name.division"),
    "department": ("department", "dept", "name.department"),
    "level": ("level", "level", "name.level"),
    "program": ("program", "program", "approg.code"),
    "school_year": ("school year", "", "approg.school_year"),
    "semester": ("semester", "semester", "approg.semester"),
    "inquiry_type": ("inquiry type", "inqtype", "prospect.inquiry_type"),
    "agency": ("agency", "", "prospect.agency"),
    "refer_by": ("refer-by", "refby", "nmrefby.code"),
}
_EXAMPLES = 5


def codes(connection: Source) -> Codes:
    """Code to text of every code table that the institution has."""
    return Codes(
        program=_texts(connection, "program"),
        semester=_texts(connection, "semester"),
        inquiry_type=_texts(connection, "inqtype"),
        refer_by=_texts(connection, "refby"),
        module_status=_texts(connection, "modstat"),
        state=_texts(connection, "state"),
    )


def _texts(connection: Source, table: str) -> dict[str, str]:
    if not connection.schema.has(table):
        return {}
    code, meaning = (connection.schema.held(table, name) for name in ("code", "text"))
    if code is None or meaning is None:
        return {}
    wanted = [code, meaning]
    found = sorted((text(row[0]), text(row[1])) for row in connection.rows(sa.select(*wanted)))
    return {key: words for key, words in found if key and words}


def filter_choices(connection: Source) -> dict[str, dict[str, str]]:
    """For each filter of codes, code to text, sorted by text; where SONIS has no code table, the codes that people have."""
    return {name: _choices(connection, name) for name in _FILTERS if name != "agency"}


def _choices(connection: Source, name: str) -> dict[str, str]:
    _words, code_table, place = _FILTERS[name]
    found = _texts(connection, code_table) if code_table else {}
    found = found or {code: code for code in _held(connection, place) or ()}
    return dict(sorted(found.items(), key=lambda item: (item[1].casefold(), item[0])))


def _held(connection: Source, place: str) -> set[str] | None:
    """The codes that stand in that column; None where this SONIS keeps none."""
    table, column = place.split(".")
    held = connection.schema.held(table, column)
    if held is None:
        return None
    return {text(row[0]) for row in connection.rows(sa.select(held).distinct())} - {""}


def filter_problems(connection: Source, filters: Filters) -> list[str]:
    """A sentence for every unknown value. Rows are looked at only for values that the code table lacks."""
    return [problem for name in _FILTERS for problem in _problems(connection, filters, name)]


def _problems(connection: Source, filters: Filters, name: str) -> Iterator[str]:
    words, code_table, place = _FILTERS[name]
    given = [value.strip() for value in getattr(filters, name)]
    if not given:
        return
    known = set(_texts(connection, code_table)) if code_table else set()
    if {value.casefold() for value in given} <= {code.casefold() for code in known}:
        return
    held = _held(connection, place)
    if held is None:
        yield f"This SONIS keeps no {words}: the schema file leaves {place!r} out."
        return
    known |= held
    examples = sorted(known)[:_EXAMPLES]
    hint = f"there are {', '.join(examples)}" if examples else "SONIS has none at all"
    more = " and others" if len(known) > _EXAMPLES else ""
    folded = {code.casefold() for code in known}
    for value in given:
        if value.casefold() not in folded:
            yield f"SONIS knows no {words} {value!r}: {hint}{more}."
