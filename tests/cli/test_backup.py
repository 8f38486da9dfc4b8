"""The bridge's state as a file that either database is made from again (rules 12 and 16)."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Joined
from tests.cli.program import Bridge
from tests.databases import fresh_database

PEOPLE = 7


@pytest.fixture
def grown(joined: Joined) -> Joined:
    """A bridge with a history: people exported, contacts imported, a held plan."""
    for number in range(PEOPLE):
        joined.school.add(f"AB{number}", "Anastasia", f"Limabean{number}", f"anastasia{number}@example.edu")
    joined.account.api.post(
        "/contacts", json={"contact": {"email": "zoe@example.org", "firstName": "Zoë", "lastName": "Stranger"}}
    )
    joined.bridge.json("export", "--yes")
    joined.bridge.json("import")
    return joined


@pytest.fixture(params=["sqlite", "postgresql"])
def other(request: pytest.FixtureRequest, grown: Joined, tmp_path: Path) -> Iterator[Bridge]:
    """An empty bridge on each kind of database, with the key of the first."""
    with fresh_database(request.param, tmp_path) as url:
        made = grown.bridge.copy(tmp_path / "other")
        for file in made.home.glob("sonisbridge.sqlite3*"):
            file.unlink()
        made.environment["SONISBRIDGE_DATABASE_URL"] = url
        made.ok("migrate")
        yield made


def content(file: Path) -> list[Any]:
    """The lines of a backup but the first."""
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()][1:]


def tame(lines: list[Any]) -> list[Any]:
    """The lines without what a restored copy differs in: that nobody has confirmed its pair."""
    place = next(line["columns"].index("pair_confirmed") for line in lines if line.get("table") == "store.Institution")
    [at] = [
        number
        for number, line in enumerate(lines)
        if isinstance(line, dict) and line.get("table") == "store.Institution"
    ]
    lines[at + 1][place] = ""
    return lines


def test_a_backup_restored_into_either_database_is_the_same_state(grown: Joined, other: Bridge, tmp_path: Path):
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    said = grown.bridge.json("backup", str(first))
    assert said["bytes"] == first.stat().st_size
    assert first.stat().st_mode & 0o077 == 0, "people's data is in it"
    restored = other.json("restore", str(first))
    assert restored == {"file": str(first), "rows": said["rows"], "institutions": ["Springfield"], "problems": []}
    assert other.json("backup", str(second))["rows"] == said["rows"]
    assert tame(content(second)) == tame(content(first))
    assert other.json("runs", "list")["runs"] == grown.bridge.json("runs", "list")["runs"]


def test_a_restored_copy_writes_nothing_until_its_pair_is_confirmed(grown: Joined, other: Bridge, tmp_path: Path):
    grown.bridge.json("backup", str(tmp_path / "file"))
    other.json("restore", str(tmp_path / "file"))
    grown.school.change("address", "AB1", city="Memphis")
    grown.account.clear_log()
    for command in (("export", "--yes"), ("import",)):
        assert "restored from a backup" in other.refused(3, *command)
    assert all(entry["method"] == "GET" for entry in grown.account.log())
    assert other.json("export", "--preview")["counts"]["updated"] == 1
    other.ok("institution", "set", "Springfield", "pair=confirmed")
    assert other.json("export")["counts"]["updated"] == 1
    assert other.json("import")["counts"]["created"] == 0


def test_a_bridge_with_state_is_not_overwritten_unless_told_to(grown: Joined, tmp_path: Path):
    file = str(tmp_path / "file")
    grown.bridge.json("backup", file)
    before = grown.bridge.json("runs", "list")
    assert "give --replace" in grown.bridge.refused(2, "restore", file)
    grown.bridge.json("export")
    grown.bridge.json("restore", file, "--replace")
    assert grown.bridge.json("runs", "list") == before


def test_secrets_stay_sealed_and_a_missing_key_is_told(grown: Joined, fresh: Bridge, tmp_path: Path):
    file = tmp_path / "file"
    grown.bridge.json("backup", str(file))
    assert grown.account.token.encode() not in gzip.decompress(file.read_bytes())
    assert "cannot be opened" in fresh.json("restore", str(file))["problems"][0]


@pytest.mark.parametrize("damage", [lambda data: data[:-40], lambda data: b"x" + data, lambda data: b""])
def test_a_damaged_file_is_refused_and_changes_nothing(damage, grown: Joined, tmp_path: Path):
    file = tmp_path / "file"
    grown.bridge.json("backup", str(file))
    before = grown.bridge.json("runs", "list")
    file.write_bytes(damage(file.read_bytes()))
    assert "no whole backup" in grown.bridge.refused(2, "restore", str(file), "--replace")
    assert grown.bridge.json("runs", "list") == before


def test_a_file_with_rows_missing_is_refused(grown: Joined, tmp_path: Path):
    file = tmp_path / "file"
    grown.bridge.json("backup", str(file))
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith(b"[")))
    file.write_bytes(gzip.compress(b"".join(lines)))
    assert "no whole backup" in grown.bridge.refused(2, "restore", str(file), "--replace")


def test_a_file_of_another_version_is_refused(grown: Joined, tmp_path: Path):
    file = tmp_path / "file"
    grown.bridge.json("backup", str(file))
    lines = gzip.decompress(file.read_bytes()).splitlines(keepends=True)
    head = json.loads(lines[0]) | {"sonisbridge": "0.0.1", "form": {"store": ["0001_initial"]}}
    file.write_bytes(gzip.compress(b"".join([json.dumps(head).encode() + b"\n", *lines[1:]])))
    assert "restore it with version 0.0.1" in grown.bridge.refused(2, "restore", str(file), "--replace")


def test_a_backup_that_cannot_be_written_says_so(grown: Joined, tmp_path: Path):
    assert "cannot be written" in grown.bridge.refused(2, "backup", str(tmp_path / "nowhere" / "file"))
