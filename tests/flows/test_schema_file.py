"""A school whose tables and columns have other names is connected with a schema file alone (rule 3.1)."""

from __future__ import annotations

import re
from pathlib import Path

from sonisbridge.store import institutions
from sonisbridge.sync import schema as schemas
from sonisbridge.sync import setup
from tests.flows.pair import Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

_RENAMED = """
without = ["nmmodst.since", "webps.source", "webps.source_id", "refby"]
[tables]
name = "people"
address = "people_addresses"
webps = "inquiries"
program = "programs"
[columns]
"name.sonis_id" = "person_id"
"name.last_name" = "surname"
"address.email" = "mail"
"address.sonis_id" = "person_id"
"webps.rid" = "inquiry"
"webps.email" = "mail"
"approg.progentry_date" = "entry_date"
"approg.school_year" = "sch_yr"
"program.text" = "title"
[expressions]
"name.nickname" = "COALESCE(NULLIF(RTRIM(pref_name), ''), RTRIM(first_name))"
"address.city" = { join = ["town", "district"], with = "-" }
"""


def _renamed(path: Path) -> School:
    path.touch()
    school = School(f"sqlite:///{path}")
    for table, old, new in (
        ("name", "soc_sec", "person_id"), ("name", "last_name", "surname"), ("name", "nickname", "pref_name"),
        ("address", "soc_sec", "person_id"), ("address", "e_mail", "mail"), ("address", "city", "town"),
        ("webps", "webps_rid", "inquiry"), ("webps", "e_mail", "mail"), ("approg", "progentry_date", "entry_date"),
        ("approg", "sch_year", "sch_yr"), ("program", "prg_txt", "title"),
    ):  # fmt: skip
        school.alter(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
    school.alter("DROP INDEX webps_source")
    for column in ("source", "source_id"):
        school.alter(f"ALTER TABLE webps DROP COLUMN {column}")
    school.alter("ALTER TABLE nmmodst DROP COLUMN stat_date")
    school.alter("ALTER TABLE address ADD COLUMN district VARCHAR(30)")
    for old, new in (
        ("name", "people"),
        ("address", "people_addresses"),
        ("webps", "inquiries"),
        ("program", "programs"),
    ):
        school.alter(f"ALTER TABLE {old} RENAME TO {new}")
    school.alter("DROP TABLE refby")
    return school


def _fill(school: School) -> None:
    school.alter("INSERT INTO people (person_id, surname, first_name, mi, pref_name, disabled, deceased, excl_mailing) "
                 "VALUES ('AB1', 'Lima', 'Ana', ' ', ' ', 0, 0, 0)")  # fmt: skip
    school.alter("INSERT INTO people_addresses (addr_rid, person_id, preferred, town, district, mail, text_me) "
                 "VALUES ('1', 'AB1', 1, 'Nashville', 'East', 'ana@example.edu', 1)")  # fmt: skip
    school.alter("INSERT INTO nmmodst (soc_sec, mod_stat) VALUES ('AB1', 'ST')")
    school.alter("INSERT INTO approg (app_rid, soc_sec, prg_cod, sch_yr, semester, preferred, disabled) "
                 "VALUES ('1', 'AB1', 'BIO', '202728', '1', 1, 0)")  # fmt: skip


def test_a_renamed_school_exports_and_imports(account: SandboxProgram, tmp_path: Path, transactional_db: None):
    school = _renamed(tmp_path / "renamed.sqlite3")
    _fill(school)
    pair = Pair(school, account, schema=_RENAMED)
    assert pair.export().counts["created"] == 1
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    held = contact["values"]
    assert (held["Preferred Name"], held["Home City"]) == ("Ana", "Nashville-East")
    assert (held["Program of Interest"], held["Start Term"]) == ("Biology", "Fall 2027")
    pair.make_contact("new@example.org", "New", "Neu")
    assert pair.import_().counts["created"] == 1
    assert pair.import_().counts["created"] == 0
    assert school.rows("SELECT mail FROM inquiries") == [{"mail": "new@example.org"}]
    found = schemas.probed(pair.institution)
    assert found.usable
    assert found.findings == ()
    assert "prospect.agency" not in found.empty, "no prospect row was looked at"
    assert "name.birthdate" in found.empty
    assert 'surname"' in schemas.shown(pair.institution)
    pair.close()


def test_a_schema_file_is_checked_before_it_is_put_in_force(pair: Pair):
    wrong = schemas.probed(pair.institution, '[columns]\n"name.last_name" = "surname"')
    assert not wrong.usable
    assert re.search("has no column 'surname'", wrong.findings[0].text)
    [place] = [place for place in wrong.places if place.column == "name.last_name"]
    assert (place.state, place.usual) == ("missing", "name.last_name")
    assert schemas.probed(pair.institution).usable
    assert institutions.connections(pair.institution).sonis_schema == ""
    assert [item.severity for item in setup.check(pair.institution)] == ["ok", "ok", "ok"]
