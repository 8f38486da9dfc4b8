"""No token, no password and no person where they do not belong (rule 12, P9)."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.cli.program import Bridge
from tests.databases import fresh_database
from tests.sandbox.program import SandboxProgram

PASSWORD = "hunter2-of-the-database"
PERSONAL = {
    "name": ("first_name", "last_name", "nickname", "birthdate"),
    "address": ("st_addr", "e_mail", "e_mail2", "phone", "cell_phone"),
    "prospect": ("memo1",),
}


def connected(bridge: Bridge, account: SandboxProgram, url: str, world: Path) -> None:
    """Make the sample school there and connect it."""
    bridge.ok("sample-sonis", url, "--people", "150", "--world", str(world), "--contacts", "80", "--json")
    account.reset()
    account.put_world(json.loads(world.read_text(encoding="utf-8")))
    bridge.connect_sample(url, account.url)


def of_persons(url: str, world: Path) -> set[str]:
    """Everything that says who somebody in the school or the account is, three letters and longer."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        held = {
            str(value).strip()
            for table, columns in PERSONAL.items()
            for row in connection.exec_driver_sql(f"SELECT {', '.join(columns)} FROM {table}")
            for value in row
            if value is not None
        }
    engine.dispose()
    for contact in json.loads(world.read_text(encoding="utf-8"))["contacts"]:
        held |= {str(contact.get(key, "")) for key in ("email", "firstName", "lastName", "phone")}
    return {value for value in held if len(value) > 2}


def test_the_log_of_an_import_and_an_export_names_nobody(fresh: Bridge, account: SandboxProgram, tmp_path: Path):
    url, world = f"sqlite:///{tmp_path}/sample.sqlite3", tmp_path / "world.json"
    connected(fresh, account, url, world)
    account.faults("503=0.05", "reset=0.02")
    runs = [
        fresh.run(*command, "--json")
        for command in (("--verbose", "import"), ("--verbose", "export", "--yes"), ("export", "--yes", "--verbose"))
    ]
    account.faults()
    logged = "".join(ended.err for ended in runs)
    assert all(
        isinstance(json.loads(line), dict) for line in logged.splitlines() if not line.startswith("sonisbridge: ")
    )
    assert "ended: succeeded" in logged
    said = logged + "".join(ended.out for ended in runs)
    found = {value for value in of_persons(url, world) if re.search(rf"(?<!\w){re.escape(value)}(?!\w)", said)}
    assert found == set()
    assert account.token not in said


def test_nothing_that_is_kept_holds_the_token(fresh: Bridge, account: SandboxProgram, tmp_path: Path):
    url, world = f"sqlite:///{tmp_path}/sample.sqlite3", tmp_path / "world.json"
    connected(fresh, account, url, world)
    fresh.run("export", "--yes")
    kept = fresh.everything_kept()
    assert len(kept) > 100_000
    assert account.token.encode() not in kept
    assert (fresh.home / "encryption.key").stat().st_mode & 0o077 == 0
    listed = fresh.ok("institution", "list", "--json")
    assert account.token not in listed


@pytest.mark.postgres
def test_nothing_that_is_kept_holds_the_password_of_sonis(fresh: Bridge, account: SandboxProgram, tmp_path: Path):
    with fresh_database("postgresql", tmp_path) as url:
        secret = sa.make_url(url).set(password=PASSWORD).render_as_string(hide_password=False)
        connected(fresh, account, secret, tmp_path / "world.json")
        fresh.run("export", "--preview")
        assert PASSWORD.encode() not in fresh.everything_kept()
        assert PASSWORD not in fresh.ok("institution", "list", "--json")
        assert PASSWORD not in fresh.ok("check", "--json")
