"""Connecting to SONIS: what is missing is named with its mend, and nothing secret is shown (rule 3.1)."""

from __future__ import annotations

from pathlib import Path

import pytest

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.probe import probe
from sonisbridge.sonis.schema_file import read_schema
from tests.sonis.school import School


def test_a_file_that_is_not_there_is_never_made(tmp_path: Path):
    path = tmp_path / "no.sqlite3"
    with pytest.raises(StopRunError, match="SONIS does not answer: the SQLite file"):
        Sonis(f"sqlite:///{path}")
    assert not path.exists()


@pytest.mark.parametrize(
    "url",
    ["postgresql://amy:s3cret@127.0.0.1:9/sonis", "mysql://amy:s3cret@127.0.0.1:9/sonis", "sqlite:////no/s3cret/x"],
)
def test_no_connection_is_one_plain_sentence_without_the_password(url: str):
    with pytest.raises(StopRunError, match="SONIS does not answer") as caught:
        Sonis(url)
    assert "amy" not in str(caught.value)
    assert "s3cret@" not in str(caught.value)


@pytest.mark.parametrize("url", ["", "no address", "oracle://x/y", "postgresql://host", "sqlite://"])
def test_an_address_that_is_none_is_a_wrong_setting(url: str):
    with pytest.raises(WrongSettingsError):
        Sonis(url)


def test_a_missing_database_is_said(database: str):
    with pytest.raises(StopRunError, match="SONIS does not answer"):
        Sonis(f"{database}_not_there")


def test_a_complete_school_has_no_findings(school: School):
    assert probe(school.sonis) == []


def test_a_missing_column_is_named_with_names_that_are_near(school: School):
    school.run("ALTER TABLE name RENAME COLUMN nickname TO nick_name")
    (finding,) = probe(school.sonis)
    assert finding.severity == "error"
    assert finding.text == "SONIS's table 'name' has no column 'nickname'."
    assert "'nick_name'" in finding.mend
    with pytest.raises(StopRunError, match="has no column 'nickname'"):
        list(school.sonis.people())


def test_a_missing_table_is_named(school: School):
    school.run("ALTER TABLE approg RENAME TO approgram")
    with pytest.raises(StopRunError, match=r"has no table 'approg'\. It has 'approgram'"):
        list(school.sonis.identities())


def test_a_column_that_goes_missing_during_a_run_is_named(school: School):
    school.person("A1")
    assert school.only().sonis_id == "A1"
    school.run("ALTER TABLE name RENAME COLUMN nickname TO nick_name")
    with pytest.raises(StopRunError, match="has no column 'nickname'"):
        list(school.sonis.people())


def test_what_is_optional_can_be_absent(school: School):
    school.run("DROP TABLE program")
    school.run("ALTER TABLE nmmodst DROP COLUMN stat_date")
    school.run(
        "DROP INDEX webps_source" + ("" if school.engine.dialect.name in ("sqlite", "postgresql") else " ON webps")
    )
    school.run("ALTER TABLE webps DROP COLUMN source")
    school.run("ALTER TABLE webps DROP COLUMN source_id")
    school.person("A1")
    school.add("nmmodst", soc_sec="A1", mod_stat="ST")
    school.waiting("1")
    assert {item.severity for item in probe(school.sonis)} == {"warning"}
    assert {item.absent for item in probe(school.sonis)} == {
        "program", "nmmodst.since", "webps.source", "webps.source_id",
    }  # fmt: skip
    assert school.only().statuses[0].since is None
    assert school.sonis.codes().program == {}
    assert [row.contact_id for row in school.sonis.waiting_prospects()] == [""]
    assert len(school.sonis.convert("1")) == 9


def test_names_of_the_institution_are_used(school: School):
    school.person("A1", nickname="Addy")
    school.run("ALTER TABLE name RENAME COLUMN nickname TO known_as")
    school.run("ALTER TABLE address RENAME TO adr")
    sonis = Sonis(school.url, read_schema('[tables]\naddress = "adr"\n[columns]\n"name.nickname" = "known_as"'))
    assert [person.nickname for person in sonis.people()] == ["Addy"]
    sonis.close()


def test_the_fingerprint_is_of_the_database_and_not_of_the_user(tmp_path: Path, school: School):
    again = Sonis(school.url)
    assert again.fingerprint == school.sonis.fingerprint
    again.close()
    (tmp_path / "other.sqlite3").touch()
    other = Sonis(f"sqlite:///{tmp_path}/other.sqlite3")
    assert other.fingerprint != school.sonis.fingerprint
    other.close()
