"""The least rights, made by the script and tried for real: what is needed works, and a write outside it fails."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import get_args

import pytest
import sqlalchemy as sa
import sqlglot

from sonisbridge.core.contact import ContactId
from sonisbridge.core.errors import StopRunError
from sonisbridge.core.prospect import NewProspect
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.rights import KIND_OF_DIALECT, Kind, Purpose, needed, script
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sonis.tables import DEFAULT
from tests.databases import engine_of
from tests.sonis.school import School

NEW = NewProspect(
    contact_id=ContactId("77"), first_name="Ann", last_name="O'Neil", email="ann@example.com", submitted=date(2026, 11, 1),
    city="Nashville", refer_by="WEB", program="BIO", inquiry_type="ACTIVECAMP", hs_grad_year="2027", memo1="x",
)  # fmt: skip
PASSWORD = "CHANGE THIS PASSWORD"
As = Callable[[Purpose], str]


@pytest.fixture
def as_user(school: School) -> Iterator[As]:
    """Runs the script and gives the address with the user that it made; the user is gone afterwards."""
    kind = KIND_OF_DIALECT.get(school.engine.dialect.name.replace("mariadb", "mysql"))
    if kind not in ("postgresql", "mariadb"):
        pytest.skip("this database has no users, or none that a test may make")
    made: list[str] = []

    def make(purpose: Purpose) -> str:
        login = f"sonisbridge_test_{secrets.token_hex(4)}"
        database = school.engine.url.database or ""
        text = script(kind, needed(DEFAULT, purpose), login=login, database=database)
        made.append(login)
        school.add_secrets()
        for statement in text.split(";\n"):
            if statement.strip():
                school.run_plainly(statement)
        return sa.make_url(school.url).set(username=login, password=PASSWORD).render_as_string(hide_password=False)

    yield make
    for login in made:
        if kind == "postgresql":
            school.run_plainly(f'DROP OWNED BY "{login}"')
            school.run_plainly(f'DROP ROLE "{login}"')
        else:
            school.run_plainly(f"DROP USER '{login}'@'%'")


def refused(url: str, *statements: str) -> None:
    """Each statement fails for the user of that address."""
    engine = engine_of(url)
    for statement in statements:
        with engine.connect() as connection, pytest.raises(sa.exc.DBAPIError) as caught:
            connection.exec_driver_sql(statement)
        assert re.search("denied|must be owner", str(caught.value)), statement
    engine.dispose()


WRITES = (
    """INSERT INTO webps (webps_rid, last_name, first_name, e_mail, submitted, incomplete)
    VALUES ('9', 'a', 'b', 'c', '2026-11-01', 0)""",
    "UPDATE webps SET moved_dt = '2026-11-01'",
    "INSERT INTO nmmodst (soc_sec, mod_stat) VALUES ('AB1', 'ST')",
    "UPDATE name SET last_name = 'x'",
    "UPDATE address SET e_mail = 'x'",
    "DELETE FROM webps",
    "DELETE FROM name",
    "DROP TABLE name",
)
SECRETS = ("SELECT ssn FROM name", "SELECT password FROM security", "SELECT mi FROM name", "SELECT * FROM name")


def test_the_export_login_reads_and_writes_nothing(school: School, as_user: As):
    school.person("AB1")
    url = as_user("export")
    sonis = Sonis(url)
    assert sonis.findings() == []
    assert [person.sonis_id for person in sonis.people()] == ["AB1"]
    assert [person.sonis_id for person in sonis.identities()] == ["AB1"]
    sonis.codes()
    assert list(sonis.waiting_prospects()) == []
    assert sonis.excess_rights() == []
    with pytest.raises(StopRunError, match="refused a statement"):
        sonis.add_prospect(NEW)
    sonis.close()
    refused(url, *WRITES, *SECRETS)


def test_the_import_login_adds_web_prospects_and_no_more(school: School, as_user: As):
    url = as_user("import")
    sonis = Sonis(url)
    assert sonis.add_prospect(NEW) == NEW.row_id
    assert sonis.add_prospect(NEW) is None
    assert sonis.excess_rights() == []
    with pytest.raises(StopRunError, match="refused a statement"):
        sonis.convert(NEW.row_id)
    assert school.count("name") == 0
    sonis.close()
    refused(url, *WRITES[1:], *SECRETS)


def test_the_login_that_converts_makes_people_and_changes_nobody(school: School, as_user: As):
    school.person("AB1")
    url = as_user("convert")
    sonis = Sonis(url)
    sonis.add_prospect(NEW)
    assert len(sonis.convert(NEW.row_id)) == 9
    assert len(sonis.add_person(replace(NEW, contact_id=ContactId("78")))) == 9
    assert sonis.excess_rights() == []
    sonis.close()
    refused(url, *WRITES[3:], *SECRETS, "UPDATE webps SET e_mail = 'x'")


def test_a_login_that_can_do_more_is_told(school: School, as_user: As):
    url = as_user("import")
    login = sa.make_url(url).username
    user = f"'{login}'@'%'" if school.engine.dialect.name != "postgresql" else f'"{login}"'
    school.run_plainly(f"GRANT UPDATE, DELETE ON address TO {user}")
    school.run_plainly(f"GRANT SELECT (ssn) ON name TO {user}")
    sonis = Sonis(url)
    assert sonis.excess_rights() == ["DELETE on address", "UPDATE on address", "SELECT of name.ssn"]
    sonis.close()


def test_a_user_who_can_do_everything_is_told(school: School):
    found = school.sonis.excess_rights()
    if school.engine.dialect.name == "sqlite":
        assert found == []
    else:
        assert found[0] == "everything (superuser)" or "INSERT on every table" in found


@pytest.mark.parametrize("purpose", get_args(Purpose))
@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_script_parses_and_names_what_the_schema_file_names(kind: Kind, purpose: Purpose):
    schema = read_schema(
        '[tables]\nname = "crm.people"\n[columns]\n"name.sonis_id" = "person]id"\n[expressions]\n'
        '"name.nickname" = "COALESCE(pref, nick)"'
    )
    text = script(kind, needed(schema, purpose), login="o'neil", database="so]nis")
    assert "people" in text
    assert "pref" in text
    assert "nickname" not in text.split("webps")[0].split("people")[1].split(";")[0]
    assert ("INSERT" in text) is (purpose != "export")
    assert ("UPDATE" in text) is (purpose == "convert")
    assert "DELETE" not in text
    if kind == "sqlserver":
        assert "person]]id" in text
        batches = [part for part in text.split("\nGO\n") if part.strip()]
        assert len(batches) == 3
    else:
        for statement in text.split(";\n"):
            sqlglot.parse(statement, read="mysql" if kind == "mariadb" else "postgres")
