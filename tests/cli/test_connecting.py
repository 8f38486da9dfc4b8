"""Connecting an institution with something wrong: one plain line, nothing kept, and the right words work afterwards."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.conftest import Joined, a_school
from tests.cli.program import Bridge
from tests.databases import fresh_database
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

TOKEN = "s3cret-token-of-nobody"
ENDPOINTS = {
    "https://no-such-host.invalid": (2, "The endpoint's host 'no-such-host.invalid' was not found. "),
    "http://127.0.0.1:1": (3, "ActiveCampaign gave no usable answer to GET /users/me (no connection)"),
    "http://8.8.8.8": (2, "The endpoint must start with https://. "),
    "https://10.1.2.3": (2, "The endpoint is a private or reserved network address. "),
    "https://[::ffff:192.168.0.1]": (2, "The endpoint is a private or reserved network address. "),
    "ftp://school.example": (2, "The endpoint must start with https:// and name a host. "),
    "school.api-us1.com": (2, "The endpoint must start with https:// and name a host. "),
    "https://me:hunter2@school.example": (2, "The endpoint must be only https:// and a host. "),
    "https://school.example/admin": (2, "The endpoint has a path that is not /api/3. "),
}


@pytest.fixture
def school(tmp_path: Path) -> School:
    """An empty school."""
    made = a_school(tmp_path)
    made.close()
    return made


def add(sonis: str, endpoint: str) -> tuple[str, ...]:
    """The words that connect a pair."""
    return "institution", "add", "Springfield", "--sonis", sonis, "--endpoint", endpoint, "--token-env", "TEST_TOKEN"


def nothing_is_kept(bridge: Bridge) -> None:
    """No institution, and no secret."""
    assert bridge.json("institution", "list") == {"institutions": []}
    assert TOKEN.encode() not in bridge.everything_kept()


@pytest.mark.parametrize("endpoint", ENDPOINTS)
def test_an_endpoint_that_cannot_be_is_told(fresh: Bridge, school: School, endpoint: str):
    status, beginning = ENDPOINTS[endpoint]
    line = fresh.refused(status, *add(school.url, endpoint), TEST_TOKEN=TOKEN)
    assert line.startswith(beginning)
    assert TOKEN not in line
    assert "hunter2" not in line
    nothing_is_kept(fresh)


def test_an_endpoint_on_this_machine_is_for_tests(fresh: Bridge, school: School, account: SandboxProgram):
    line = fresh.refused(2, *add(school.url, account.url), SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT="0")
    assert line.startswith("The endpoint is on this machine, which only a test may use. ")


def test_a_wrong_token_is_told(fresh: Bridge, school: School, account: SandboxProgram):
    line = fresh.refused(3, *add(school.url, account.url), TEST_TOKEN=TOKEN)
    assert "The access token is wrong" in line
    assert TOKEN not in line
    nothing_is_kept(fresh)
    assert fresh.ok(*add(school.url, account.url)).startswith("Connected Springfield. Next: `sonisbridge fields create")


def test_a_token_of_impossible_letters_is_told(fresh: Bridge, school: School, account: SandboxProgram):
    assert fresh.refused(2, *add(school.url, account.url), TEST_TOKEN="two words").startswith(
        "The access token is blank or"
    )


def test_the_token_may_come_from_standard_input(fresh: Bridge, school: School, account: SandboxProgram):
    command = add(school.url, account.url)[:-2]
    assert fresh.run(*command, stdin=f"{account.token}\n").status == 0


def test_a_database_file_that_is_missing_is_told_and_not_made(fresh: Bridge, tmp_path: Path, account: SandboxProgram):
    line = fresh.refused(3, *add(f"sqlite:///{tmp_path}/gone.sqlite3", account.url))
    assert line.startswith(f"SONIS does not answer: the SQLite file {tmp_path}/gone.sqlite3 cannot be opened")
    assert not (tmp_path / "gone.sqlite3").exists()
    nothing_is_kept(fresh)


@pytest.mark.parametrize("url", ["hunter2", "oracle://me:hunter2@host/sonis", "postgresql://me:hunter2@host"])
def test_an_address_that_is_no_database_of_ours_is_told(fresh: Bridge, account: SandboxProgram, url: str):
    line = fresh.refused(2, *add(url, account.url))
    assert "hunter2" not in line
    nothing_is_kept(fresh)


def test_a_sonis_server_that_is_not_there_is_told(fresh: Bridge, account: SandboxProgram):
    line = fresh.refused(3, *add("postgresql://me:hunter2@127.0.0.1:1/sonis", account.url))
    assert line.startswith("SONIS does not answer: the PostgreSQL database 'sonis' on 127.0.0.1 cannot be opened")
    assert "hunter2" not in line
    nothing_is_kept(fresh)


@pytest.mark.postgres
def test_a_sonis_database_that_is_not_there_is_told(fresh: Bridge, tmp_path: Path, account: SandboxProgram):
    with fresh_database("postgresql", tmp_path) as url:
        line = fresh.refused(3, *add(f"{url}_gone", account.url))
    assert line.startswith("SONIS does not answer: the PostgreSQL database 'sonisbridge_test_")


@pytest.mark.mariadb
def test_a_wrong_password_of_sonis_is_told_and_not_shown(fresh: Bridge, tmp_path: Path, account: SandboxProgram):
    with fresh_database("mariadb", tmp_path) as url:
        wrong = sa.make_url(url).set(username="nobody", password="hunter2").render_as_string(hide_password=False)
        line = fresh.refused(3, *add(wrong, account.url))
    assert line.startswith("SONIS does not answer: the MariaDB database ")
    assert "hunter2" not in line
    nothing_is_kept(fresh)


@pytest.mark.parametrize(
    ("change", "beginning"),
    [
        ("ALTER TABLE nmmodst RENAME TO nmmodstat", "SONIS has no table 'nmmodst'. It has 'nmmodstat' and 'modstat'."),
        (
            "ALTER TABLE address RENAME COLUMN e_mail TO email",
            "SONIS's table 'address' has no column 'e_mail'. It has 'e_mail2' and 'email'.",
        ),
    ],
)
def test_a_table_or_column_that_is_missing_is_named(
    fresh: Bridge, tmp_path: Path, account: SandboxProgram, change: str, beginning: str
):
    school = a_school(tmp_path)
    with school.engine.connect() as connection:
        connection.exec_driver_sql(change)
    school.close()
    line = fresh.refused(2, *add(school.url, account.url))
    assert line.startswith(beginning)
    assert "Write its name into the schema file" in line
    schema = tmp_path / "schema.toml"
    schema.write_text(
        '[tables]\nnmmodst = "nmmodstat"\n' if "TABLE nmm" in change else '[columns]\n"address.email" = "email"\n'
    )
    fresh.ok(*add(school.url, account.url), "--sonis-schema", str(schema))
    fresh.ok("fields", "list")


def test_a_table_that_goes_missing_later_stops_a_run(joined: Joined):
    with joined.school.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE approg RENAME TO approg2")
    assert joined.bridge.refused(3, "export", "--yes").startswith("SONIS has no table 'approg'. It has ")
    with joined.school.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE approg2 RENAME TO approg")
    joined.bridge.ok("export", "--yes")


@pytest.mark.parametrize(
    ("content", "beginning"),
    [
        (None, "The schema file 'schema.toml' cannot be read: No such file or directory."),
        (b"caf\xe9", "The schema file 'schema.toml' is not UTF-8 text: save it as UTF-8."),
        (b"[tables", "The schema file is not TOML: "),
        (
            b"[tables]\nnmae = 'x'\n",
            "The schema file names the table 'nmae', which is not one that",
        ),
    ],
)
def test_a_broken_schema_file_is_told(
    fresh: Bridge, school: School, tmp_path: Path, account: SandboxProgram, content: bytes | None, beginning: str
):
    fresh.folder = tmp_path
    if content is not None:
        (tmp_path / "schema.toml").write_bytes(content)
    assert fresh.refused(2, *add(school.url, account.url), "--sonis-schema", "schema.toml").startswith(beginning)
    nothing_is_kept(fresh)


def test_a_wrong_time_zone_is_told_before_anything_is_tried(fresh: Bridge):
    assert fresh.refused(2, *add("sqlite:///nowhere", "http://127.0.0.1:1"), "--time-zone", "Mars") == (
        "time_zone cannot be 'Mars': give a name such as America/Chicago."
    )


def test_a_changed_connection_is_tried_before_it_is_kept(joined: Joined):
    change = ("institution", "set", "Springfield")
    assert "The access token is wrong" in joined.bridge.refused(3, *change, "token=-", stdin=f"{TOKEN}\n")
    joined.bridge.refused(3, *change, "endpoint=http://127.0.0.1:1", "country=CA")
    joined.bridge.refused(3, *change, "sonis_url=sqlite:////nowhere/gone.sqlite3")
    (known,) = joined.bridge.json("institution", "list")["institutions"]
    assert (known["endpoint"], known["country"]) == (joined.account.url, "US")
    joined.bridge.json("export", "--preview")


def test_before_fields_and_mapping_the_next_step_is_named(fresh: Bridge, school: School, account: SandboxProgram):
    account.reset()
    fresh.ok(*add(school.url, account.url))
    line = fresh.refused(2, "export")
    assert line.startswith("No field mapping is in force: make the fields with `sonisbridge fields create --yes`")
    checked = fresh.run("check")
    assert checked.status == 3
    assert "error    No field mapping is in force. Run `sonisbridge fields create --yes`" in checked.out
    assert fresh.refused(2, "mapping", "suggest", "--apply").startswith("name.sonis_id: ")
    assert "Missing: SONIS_ID (text)" in fresh.ok("fields", "create")
    fresh.ok("fields", "create", "--yes")
    fresh.ok("mapping", "suggest", "--apply")
    assert fresh.json("check")["findings"][-1]["severity"] == "ok"


def test_a_check_names_what_is_wrong_and_how_to_mend_it(joined: Joined):
    joined.account.faults("503")
    checked = joined.bridge.run("check")
    joined.account.faults()
    assert checked.status == 3
    assert checked.out.startswith("ok       SONIS answers")
    assert "error    ActiveCampaign gave no usable answer to GET /users/me" in checked.out
