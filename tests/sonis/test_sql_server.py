"""SQL Server: the text of every statement, as its dialect writes it, is held to files that were read by a person.

No server can be had here. The statements are those that the code sends to SQLite while it believes that it talks to SQL
Server; each is written by SQLAlchemy's dialect for it. SONISBRIDGE_TEST_WRITE_GOLDEN=1 writes the files anew, to be
looked through with git diff.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import sqlglot
from sqlalchemy.dialects import mssql

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.filters import Filters
from sonisbridge.core.person import SonisId
from sonisbridge.core.prospect import NewProspect
from sonisbridge.sonis import people, probe, prospects, sqlserver
from sonisbridge.sonis.connection import Connection
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT, Schema
from tests.databases import fresh_database
from tests.sonis.school import School

GOLDEN = Path(__file__).parent / "golden"
TODAY = date(2026, 11, 23)
NEW = NewProspect(
    contact_id=ContactId("77"), first_name="Ann", last_name="O'Neil", email="ann@example.com", submitted=date(2026, 11, 1),
    nickname="Annie", birthdate=date(2008, 5, 6), street=("1 Elm St", "Apt 2", "x"), city="Nashville", state="TN",
    zip_code="03720", phone="+16155550100", cell_phone="+16155550101", term_interest="Fall 2027", refer_by="WEB",
    program="BIO", memo1="Fair", high_school="Hume-Fogg", inquiry_type="ACTIVECAMP", email2="a@example.org",
    agency="Kim Roe", hs_grad_year="2027", text_me=True,
)  # fmt: skip
EVERY_FILTER = Filters(
    sonis_id=("AB1", "AB2"), status=("PS",), campus=("MAIN",), division=("1",), department=("2",), level=("3",),
    program=("BIO",), school_year=("202728",), semester=("1",), received_from=TODAY, received_to=TODAY + timedelta(days=3),
    entry_from=TODAY, entry_to=TODAY, inquiry_type=("WEB",), agency=("Kim",), refer_by=("FAIR",),
)  # fmt: skip
EXPRESSIONS = """
[tables]
name = "dbo.name"
[columns]
"name.privacy_hold" = "ferpa hold"
[expressions]
"name.nickname" = "COALESCE(NULLIF(RTRIM(pref), ''), first_name) || '!'"
"name.campus" = { join = ["camp_cod", "sub_camp"], with = "-" }
"name.deceased" = "CASE WHEN died IS NOT NULL AND NOT (state IN ('X', 'Y') OR state = 'Z') THEN 1 ELSE 0 END"
"address.zip_code" = "LEFT(CAST(zip5 AS VARCHAR(5)), 5)"
"""


class AsSqlServer(Connection):
    """A SQLite school that is taken for SQL Server, and a note of every statement."""

    def __init__(self, url: str, schema: Schema = DEFAULT) -> None:
        super().__init__(url, schema)
        self.dialect = "mssql"
        self.said: list[str] = []
        sa.event.listen(self._engine, "before_execute", self._note)

    def _note(self, _conn: Any, statement: Any, *_rest: Any) -> None:
        if isinstance(statement, sa.ClauseElement) and "sqlite_master" not in str(statement):
            self.said.append(as_sql_server(statement))


def as_sql_server(statement: Any) -> str:
    """The text that the dialect makes, with its parameters."""
    compiled = statement.compile(dialect=mssql.dialect(), compile_kwargs={"render_postcompile": True})
    text = re.sub(r"\s+", " ", str(compiled)).strip()
    return f"{_broken(text)}\n-- {dict(sorted((name, _shown(value)) for name, value in compiled.params.items()))}"


def _broken(text: str) -> str:
    return re.sub(r" (FROM|WHERE|ORDER BY|LEFT OUTER JOIN|JOIN|VALUES|SET) ", r"\n\1 ", text)


def _shown(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[A-Z]{2}\d{7}|2026\d{14}", value):
        return "(new key)"
    return value.isoformat() if isinstance(value, date) else value


def _people(connection: AsSqlServer) -> None:
    list(people.people(connection, Filters()))
    list(people.people(connection, EVERY_FILTER))
    list(people.people_by_id(connection, ["AB1", "AB2"]))


def _pages(connection: AsSqlServer) -> None:
    list(people.identities(connection))


def _codes(connection: AsSqlServer) -> None:
    sonis = Sonis.__new__(Sonis)
    sonis.connection = connection
    sonis.codes()
    sonis.filter_problems(replace(EVERY_FILTER, sonis_id=()))


def _web_prospects(connection: AsSqlServer) -> None:
    list(prospects.waiting_prospects(connection))
    prospects.add_prospect(connection, NEW)
    prospects.add_prospect(connection, NEW)


def _people_made(connection: AsSqlServer) -> None:
    prospects.add_person(connection, NEW, TODAY)
    other = replace(NEW, contact_id=ContactId("78"), memo1="")
    prospects.add_prospect(connection, other)
    prospects.convert(connection, other.row_id, None, TODAY)
    third = replace(NEW, contact_id=ContactId("79"))
    prospects.add_prospect(connection, third)
    prospects.assign(connection, third.row_id, SonisId("AB1"), TODAY)


def _probe(connection: AsSqlServer) -> None:
    sonis = Sonis.__new__(Sonis)
    sonis.connection = connection
    probe.column_places(sonis)


FLOWS: dict[str, Callable[[AsSqlServer], None]] = {
    "people": _people,
    "identities": _pages,
    "codes": _codes,
    "web_prospects": _web_prospects,
    "people_made": _people_made,
    "probe": _probe,
}


@pytest.fixture
def school(tmp_path: Path):
    """A school of three pages in SQLite."""
    with fresh_database("sqlite", tmp_path) as url:
        made = School(url)
        for number in (1, 2, 3):
            made.person(f"AB{number}")
        yield made
        made.close()


def said_by(school: School, flow: Callable[[AsSqlServer], None], schema: Schema = DEFAULT) -> list[str]:
    connection = AsSqlServer(school.url, schema)
    try:
        flow(connection)
    finally:
        connection.close()
    return list(dict.fromkeys(connection.said[1:]))  # the first only tries the connection


def held_to(name: str, found: list[str]) -> None:
    """Compare with the file, or write it."""
    path = GOLDEN / f"{name}.sql"
    text = "\n\n".join(found) + "\n"
    if os.environ.get("SONISBRIDGE_TEST_WRITE_GOLDEN") == "1":
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("name", FLOWS)
def test_every_statement_is_the_one_that_was_read(school: School, name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(people, "PAGE", 2)
    held_to(name, said_by(school, FLOWS[name]))


def test_expressions_and_owners_are_written_for_sql_server():
    schema = read_schema(EXPRESSIONS)
    places = (*schema.expressions, ("name", "privacy_hold"))
    columns = [held for place in places if (held := schema.held(*place)) is not None]
    statement = (
        sa.select(*columns).where(schema.table("name").c.sonis_id == schema.table("address").c.sonis_id).limit(5)
    )
    held_to("expressions", [as_sql_server(statement)])


def golden_statements() -> list[str]:
    """Every statement of the files."""
    texts = [path.read_text(encoding="utf-8") for path in sorted(GOLDEN.glob("*.sql"))]
    return [statement for text in texts for statement in text.split("\n\n") if statement.strip()]


def test_every_statement_parses_and_has_nothing_that_sql_server_lacks():
    """The parser knows less than the server: `IS 0` and LIMIT pass it, so that they are looked for by name."""
    found = golden_statements()
    assert len(found) > 60
    for statement in found:
        text = "\n".join(line for line in statement.splitlines() if not line.startswith("--"))
        assert len(sqlglot.parse(text, read="tsql")) == 1
        bare = re.sub(r"'[^']*'", "''", text)
        wrong = re.search(
            r"\bIS (NOT )?[01]\b|\bLIMIT\b|\|\||\b(true|false|TRIM|SUBSTR|ILIKE|FETCH|OFFSET)\b|STRAIGHT_JOIN|`|::", bare,
            re.IGNORECASE,
        )  # fmt: skip
        assert wrong is None, (wrong, text)
        assert re.search(r"\b(ssn|pin|password|SELECT \*)\b", bare, re.IGNORECASE) is None


def test_pages_come_in_key_order_and_are_bounded():
    pages = [text for text in golden_statements() if "ORDER BY" in text]
    assert pages
    assert all(re.match(r"SELECT TOP ", text) for text in pages)


def test_a_key_is_as_narrow_as_its_column():
    wide = sqlserver.key("AB1", kind="NCHAR", length=15)
    assert wide == "AB1"
    narrow = sqlserver.key("AB1", kind="CHAR", length=15)
    assert str(narrow.compile(dialect=mssql.dialect())) == "CAST(:param_1 AS VARCHAR(15))"


def test_an_address_without_a_driver_says_what_to_install():
    with pytest.raises(WrongSettingsError, match=r"install sonisbridge with its extra, sonisbridge\[mssql\]"):
        sqlserver.with_driver(sa.make_url("mssql+pyodbc_x://amy:secret@127.0.0.1/sonis"))


class _Cursor:
    """A cursor of any driver, as far as a session is made ready with it."""

    def __init__(self, snapshots: int) -> None:
        self.said: list[str] = []
        self._snapshots = snapshots

    def execute(self, statement: str) -> None:
        self.said.append(statement)

    def fetchone(self) -> tuple[int]:
        return (self._snapshots,)

    def close(self) -> None:
        self.said.append("(closed)")

    def cursor(self) -> _Cursor:
        return self


@pytest.mark.parametrize(("state", "reads"), [(1, True), (0, False), (2, False)])
def test_a_session_waits_a_bounded_time_and_reads_snapshots_where_it_may(state: int, reads: bool):
    connection = _Cursor(state)
    sqlserver.prepare(connection, None)
    assert connection.said[0] == "SET LOCK_TIMEOUT 20000"
    assert (sqlserver.SNAPSHOT in connection.said) is reads
    writing = _Cursor(state)
    sqlserver.prepare_writer(writing, None)
    assert sqlserver.SNAPSHOT not in writing.said
    assert writing.said[-1] == "(closed)"
