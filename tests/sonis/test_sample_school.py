"""The sample school: untidy, reproducible, and with conflicts that the rules foretell."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from sonisbridge.core.contact import ContactId
from sonisbridge.core.matching import ContactHead, ContactIndex, Known, MatchConflict, Matcher
from sonisbridge.core.person import SonisId, preferred_address_count
from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.probe import probe
from tests.databases import engine_of


def _run(module: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"sonisbridge.sandbox.{module}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def _made(url: str, people: int, folder: Path, contacts: int = 0) -> dict[str, int]:
    files = ("--world", folder / "world.json", "--contacts", contacts, "--planted", folder / "planted.json")
    done = _run("sample_school", url, "--people", people, "--json", *files)
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert isinstance(made, dict)
    return made


def test_it_is_untidy_and_reads_well_in_every_database(database: str, tmp_path: Path):
    assert _made(database, 600, tmp_path)["people"] == 600
    sonis = Sonis(database)
    assert probe(sonis) == []
    found = list(sonis.people())
    assert len(found) == len({person.sonis_id for person in found}) == 600
    assert {preferred_address_count(person.addresses) for person in found} >= {0, 1, 2}
    assert max(len(person.statuses) for person in found) == 2
    assert any(person.birthdate == date(1900, 1, 1) for person in found)
    assert any(person.disabled for person in found)
    assert any(person.sonis_id.isdecimal() for person in found)
    assert any(row.zip_code.startswith("0") for person in found for row in person.addresses)
    again = _run("sample_school", database, "--people", 5)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert len(list(sonis.people())) == 600
    edited = _run("sample_edits", database, "--change-percent", 5, "--json")
    moved = [person for person in sonis.people() if any(row.city.startswith("Newtown ") for row in person.addresses)]
    assert json.loads(edited.stdout) == {"changed": len(moved)}
    assert moved
    sonis.close()


def test_one_seed_makes_one_school_and_it_is_padded(tmp_path: Path):
    worlds = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        url = f"sqlite:///{tmp_path}/{name}/school.sqlite3"
        _made(url, 300, tmp_path / name, 60)
        engine = engine_of(url)
        with engine.connect() as connection:
            tables = ("name", "address", "approg", "nmmodst", "nmrefby", "prospect", "webps")
            rows = [list(map(tuple, connection.execute(sa.text(f"SELECT * FROM {table}")))) for table in tables]
        engine.dispose()
        worlds.append((rows, (tmp_path / name / "world.json").read_text()))
    assert worlds[0] == worlds[1]
    assert all(len(row[0]) == 15 for row in worlds[0][0][0])


def test_the_planted_conflicts_are_those_that_matching_finds(tmp_path: Path):
    for people, contacts in ((2000, 300), (150, 40), (12, 4), (400, 0)):
        folder = tmp_path / str(people)
        folder.mkdir()
        url = f"sqlite:///{folder}/school.sqlite3"
        _made(url, people, folder, contacts)
        world = json.loads((folder / "world.json").read_text())
        assert len(world["contacts"]) <= contacts
        heads = [
            ContactHead(
                contact_id=ContactId(str(place)),
                email=one["email"],
                first_name=one["firstName"],
                last_name=one["lastName"],
            )
            for place, one in enumerate(world["contacts"], 1)
        ]
        assert len({head.email.lower() for head in heads}) == len(heads)
        sonis = Sonis(url)
        everybody = list(sonis.identities())
        sonis.close()
        matcher = Matcher(everybody, ContactIndex(heads), Known())
        found = {
            person.sonis_id: str(match.reason)
            for person in everybody
            if isinstance(match := matcher.match(SonisId(person.sonis_id)), MatchConflict)
        }
        assert found == json.loads((folder / "planted.json").read_text())["conflicts"]
