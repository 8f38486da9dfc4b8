"""Wrong settings and places that cannot be used: status 2 or 3, one plain line, no secret in it (rule 16)."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Joined
from tests.cli.program import Bridge
from tests.databases import fresh_database

WRONG = {
    "SONISBRIDGE_TIME_SCALE": ("fast", "SONISBRIDGE_TIME_SCALE is 'fast': give a number above 0, for example 1."),
    "SONISBRIDGE_LEASE_SECONDS": ("nan", "SONISBRIDGE_LEASE_SECONDS is 'nan': give a number above 0, for example 30."),
    "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": ("maybe", "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT is 'maybe': give 1 or 0."),
    "SONISBRIDGE_HOME": (
        "/dev/null/home",
        (
            "SONISBRIDGE_HOME is '/dev/null/home', which cannot be used (not a directory): name a folder that this user may "
            "write to, for example /var/lib/sonisbridge."
        ),
    ),
    "SONISBRIDGE_ENCRYPTION_KEYS": (
        "hunter2hunter2",
        (
            "SONISBRIDGE_ENCRYPTION_KEYS: key 1 is not 32 bytes in URL-safe base64 (44 characters that end in =). A good one is "
            "what stands in an encryption.key file that sonisbridge made; several are parted by commas."
        ),
    ),
    "SONISBRIDGE_MAIL_URL": (
        "http://me:hunter2@mail.example.edu",
        (
            "SONISBRIDGE_MAIL_URL is not the address of a mail server: it begins with smtp://, smtp+tls:// (STARTTLS) or "
            "smtp+ssl://, for example smtp+tls://user:password@mail.example.edu:587."
        ),
    ),
    "SONISBRIDGE_DATABASE_URL": (
        "mysql://me:hunter2@127.0.0.1/x",
        (
            "SONISBRIDGE_DATABASE_URL starts with 'mysql': the bridge keeps its state in SQLite or PostgreSQL, for example "
            "postgresql://user:password@host:5432/sonisbridge."
        ),
    ),
}
DATABASES = {
    "hunter2": "SONISBRIDGE_DATABASE_URL is not a database address: ",
    "postgresql://me:hunter2@127.0.0.1": "SONISBRIDGE_DATABASE_URL names no database: ",
    "postgresql://me:hunter2@127.0.0.1:port/x": "SONISBRIDGE_DATABASE_URL is not a database address: ",
    "sqlite:///": "SONISBRIDGE_DATABASE_URL names no database: ",
}
MAIL_SERVERS = ("mail.example.edu", "smtp://", "smtp://me:hunter2@mail.example.edu:port", "smtps://mail.example.edu")


@pytest.mark.parametrize("url", MAIL_SERVERS)
def test_a_wrong_mail_server_is_told_without_its_password(fresh: Bridge, url: str):
    line = fresh.refused(2, "runs", "list", SONISBRIDGE_MAIL_URL=url)
    assert line.startswith("SONISBRIDGE_MAIL_URL is not the address of a mail server: ")
    assert "hunter2" not in line


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_setting_is_named_with_a_good_value(fresh: Bridge, name: str):
    value, line = WRONG[name]
    assert fresh.refused(2, "runs", "list", **{name: value}) == line
    assert "hunter2" not in line


@pytest.mark.parametrize("url", DATABASES)
def test_a_wrong_database_address_is_told_without_its_password(fresh: Bridge, url: str):
    line = fresh.refused(2, "runs", "list", SONISBRIDGE_DATABASE_URL=url)
    assert line.startswith(DATABASES[url])
    assert "hunter2" not in line


def test_an_own_database_that_is_none_is_told(fresh: Bridge):
    fresh.home.mkdir()
    (fresh.home / "sonisbridge.sqlite3").write_bytes(b"no database, but long enough to look like something" * 50)
    assert fresh.refused(3, "runs", "list").startswith(
        f"The bridge's own database '{fresh.home}/sonisbridge.sqlite3' cannot be used: "
    )


@pytest.mark.parametrize("url", ["postgresql://me:hunter2@127.0.0.1:1/none"])
def test_an_own_database_server_that_is_not_there_is_told(fresh: Bridge, url: str):
    line = fresh.refused(3, "runs", "list", SONISBRIDGE_DATABASE_URL=url)
    assert line.startswith("The bridge's own database 'none' on 127.0.0.1 does not answer: ")
    assert "hunter2" not in line


@pytest.mark.postgres
def test_an_own_database_in_postgresql_is_set_up_by_migrate(fresh: Bridge, tmp_path: Path):
    with fresh_database("postgresql", tmp_path) as url:
        own = {"SONISBRIDGE_DATABASE_URL": url}
        assert fresh.refused(3, "runs", "list", **own) == (
            "The bridge's own database is not set up for this version: run `sonisbridge migrate`."
        )
        assert fresh.ok("migrate", **own) == "The database was brought up to date.\n"
        assert fresh.ok("migrate", **own) == "The database is up to date.\n"
        assert fresh.ok("runs", "list", **own).startswith("No run yet")
        missing = {"SONISBRIDGE_DATABASE_URL": f"{url}_gone"}
        assert "does not answer: see that the server runs and has that database" in fresh.refused(
            3, "runs", "list", **missing
        )


def test_the_env_file_is_read_and_the_environment_wins(fresh: Bridge, tmp_path: Path):
    (tmp_path / ".env").write_text("SONISBRIDGE_LEASE_SECONDS=soon\n", encoding="utf-8")
    fresh.folder = tmp_path
    fresh.ok("runs", "list")
    del fresh.environment["SONISBRIDGE_LEASE_SECONDS"]
    assert fresh.refused(2, "runs", "list") == (
        "SONISBRIDGE_LEASE_SECONDS is 'soon': give a number above 0, for example 30."
    )
    (tmp_path / ".env").write_bytes(b"SONISBRIDGE_HOME=caf\xe9\n")
    assert fresh.refused(2, "runs", "list").startswith(f"The file '{tmp_path}/.env' cannot be read as UTF-8 text: ")


def test_a_key_that_is_gone_is_asked_for_and_not_made_anew(joined: Joined):
    key = joined.bridge.home / "encryption.key"
    text = key.read_bytes()
    key.unlink()
    assert joined.bridge.refused(2, "export", "--preview") == (
        f"The encryption key is gone: bring back the file {key}, or set the connections again with "
        "`sonisbridge institution set`."
    )
    assert not key.exists()
    key.write_bytes(text)
    joined.bridge.json("export", "--preview")


def test_with_another_key_the_connections_can_be_set_again(joined: Joined):
    (joined.bridge.home / "encryption.key").unlink()
    joined.bridge.ok("institution", "set", "Springfield", f"sonis_url={joined.school.url}")
    line = joined.bridge.refused(2, "export", "--preview")
    assert line.startswith("The stored token of Springfield cannot be opened: the encryption key is not the one")
    ended = joined.bridge.run("institution", "set", "Springfield", "token=-", stdin=f"{joined.account.token}\n")
    assert ended.status == 0
    joined.bridge.json("export", "--preview")


def test_a_key_file_that_holds_no_key_is_told(joined: Joined):
    (joined.bridge.home / "encryption.key").write_bytes(b"hunter2")
    line = joined.bridge.refused(2, "export", "--preview")
    assert line.startswith(f"What is in the file {joined.bridge.home}/encryption.key is no encryption key")
    assert "hunter2" not in line


def test_the_time_runs_faster_only_on_this_machine(joined: Joined):
    """Told before anything is sent: the limits of the real service do not run faster (rule 16)."""
    with sqlite3.connect(joined.bridge.home / "sonisbridge.sqlite3") as own:
        own.execute("UPDATE store_institution SET endpoint = 'https://8.8.8.8'")
    own.close()
    assert joined.bridge.refused(2, "export").startswith(
        "SONISBRIDGE_TIME_SCALE is only for an endpoint on this machine"
    )
