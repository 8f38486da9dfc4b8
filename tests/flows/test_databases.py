"""The main flows over every way into SONIS, and over the bridge's own state on PostgreSQL."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sonisbridge.core.errors import StopRunError
from sonisbridge.sync import prospects
from tests.databases import KINDS, engine_of, fresh_database
from tests.flows.extract import Extract
from tests.flows.pair import WORLD, Pair
from tests.flows.program import Bridge
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram
from tests.soap.server import SoapSonis

SCALE = 20.0


@pytest.fixture(params=[*KINDS, "soap", "files"])
def way(request: pytest.FixtureRequest) -> str:
    """The way into SONIS."""
    return str(request.param)


@pytest.fixture
def school(way: str, tmp_path: Path) -> Iterator[School]:
    """A small SONIS in each kind of database, behind SOAP, and as an extract."""
    with fresh_database(way if way in KINDS else "sqlite", tmp_path) as url:
        engine = engine_of(url)
        made = School(engine.url.render_as_string(hide_password=False))
        made.url = url
        engine.dispose()
        with _behind(way, made, tmp_path):
            yield made
        made.close()


@contextmanager
def _behind(way: str, school: School, folder: Path) -> Iterator[None]:
    """The school where only its SOAP interface or an extract of it can be had."""
    if way == "soap":
        server = SoapSonis(Path(school.url.removeprefix("sqlite:///")))
        school.url = server.url()
        yield
        server.close()
        return
    if way == "files":
        extract = Extract(school, folder / "extract")
        school.url = extract.url
        school.publishers.append(extract.write)
    yield


@pytest.fixture
def pair(school: School, account: SandboxProgram, transactional_db: None) -> Iterator[Pair]:
    """An institution whose SONIS is that database."""
    made = Pair(school, account, exclusions=("excluded@example.edu",))
    yield made
    made.http.close()


def everybody(pair: Pair) -> None:
    """People of every kind of outcome."""
    add = pair.school.add
    add("AB0000001", "Ana", "Lima", "Ana@Example.edu ", nickname="Anita", hs_grad_year="2026")
    add("AB0000002", "Zoë", "O'Hara", "zoe@example.edu", city="Übach")
    add("AB0000003", "Cid", "Lima", "")
    add("AB0000004", "Dee", "Lima", "dee@example.edu", disabled=1)
    add("AB0000005", "Eve", "Lima", "taken@example.edu")
    add("AB0000007", "Gus", "Lima", "gus@example.edu", status="FA")
    add("AB0000008", "Hal", "Lima", "hal@example.edu", city="Nashville")
    pair.make_contact("taken@example.edu", "Tom", "Other")
    pair.make_contact("hal@example.edu", "Hal", "Lima", Home_City="Memphis")


def test_an_export_has_every_kind_of_outcome_and_the_second_is_quiet(pair: Pair):
    everybody(pair)
    pair.school.add("AB0000006", "Fay", "Lima", "excluded@example.edu")
    run = pair.export()
    assert {line.sonis_id: line.reason or line.outcome for line in run.lines.all()} == {
        "AB0000001": "created",
        "AB0000002": "created",
        "AB0000003": "no-email",
        "AB0000004": "disabled",
        "AB0000005": "email-in-use",
        "AB0000006": "refused",
        "AB0000008": "updated",
    }
    assert run.counts["read"] == 7
    zoe = pair.contact("zoe@example.edu")
    assert zoe is not None
    assert (zoe["firstName"], zoe["lastName"], zoe["values"]["Home City"]) == ("Zoë", "O'Hara", "Übach")
    pair.school.change("address", "AB0000006", e_mail="fay@example.edu")
    pair.school.change("address", "AB0000001", e_mail="lima@example.edu")
    pair.school.change("name", "AB0000002", nickname=" ")
    assert pair.export().counts["created"] == 1
    pair.account.clear_log()
    again = pair.export()
    assert (again.counts["unchanged"], again.counts["skipped"], again.counts["conflict"]) == (4, 2, 1)
    assert pair.writes() == []


def test_an_import_makes_each_person_once_and_the_export_gives_them_their_sonis_id(pair: Pair, way: str):
    _imported_once(pair, "stage", converts=way in KINDS)


def test_an_import_in_direct_mode_makes_people_at_once(pair: Pair, way: str):
    if way in KINDS:
        _imported_once(pair, "direct", converts=True)
        return
    pair.choose("import_mode", "direct")
    pair.make_contact("new@example.org", "New", "Neu")
    with pytest.raises(StopRunError, match="SONIS alone makes people"):
        pair.import_()
    assert pair.school.rows("SELECT * FROM name") == []


def _imported_once(pair: Pair, mode: str, *, converts: bool) -> None:
    pair.choose("import_mode", mode)
    everybody(pair)
    pair.make_contact("new@example.org", "Ína", "O'Neu", Home_City="Übach", Birthdate="2007-02-03")
    run = pair.import_()
    assert run.counts["created"] == 2, "the one whose address SONIS knows by another name is imported too"
    assert pair.import_().counts["created"] == 0
    if mode == "stage" and converts:
        assert len(prospects.convert(pair.institution, None, by="test")) == 2
    elif mode == "stage":
        _take_over(pair)
    [made] = pair.school.rows("SELECT soc_sec, last_name FROM name WHERE last_name LIKE 'O''Neu%'")
    pair.export()
    contact = pair.contact("new@example.org")
    assert contact is not None
    assert contact["values"]["SONIS_ID"] == made["soc_sec"]
    assert contact["values"]["Opportunity Created By"] == "ActiveCampaign"
    pair.account.clear_log()
    pair.export()
    assert pair.writes() == []


def _take_over(pair: Pair) -> None:
    """SONIS imports its web prospects itself: those of its own table, or those of the file that it was given."""
    for path in sorted((Path(pair.school.url.removeprefix("files://")) / "web-prospects").glob("*.csv")):
        for row in csv.DictReader(path.open(encoding="utf-8")):
            names = [name for name, value in row.items() if value]
            values = ", ".join("'" + row[name].replace("'", "''") + "'" for name in names)
            pair.school.alter(f"INSERT INTO webps ({', '.join(names)}) VALUES ({values})")
    assert len(pair.school.converts()) == 2


@pytest.mark.timeout(600)
def test_the_bridge_keeps_its_own_state_in_postgresql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with (
        fresh_database("postgresql", tmp_path) as own,
        SandboxProgram("--limits", "real", "--time-scale", str(SCALE), world=WORLD) as account,
    ):
        (tmp_path / "sonis.sqlite3").touch()
        school = School(f"sqlite:///{tmp_path}/sonis.sqlite3")
        for number in range(12):
            school.add(f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
        monkeypatch.setenv("SONISBRIDGE_DATABASE_URL", own)
        bridge = Bridge(tmp_path / "home", account.token, time_scale=SCALE)
        bridge.run("migrate")
        bridge.connect(school.url, account.url)
        account.api.post(
            "/contacts", json={"contact": {"email": "new@example.org", "firstName": "New", "lastName": "Neu"}}
        )
        assert bridge.json("import")["counts"]["created"] == 1
        held = bridge.json("export", expect=(4,))
        assert (held["status"], held["counts"]["held"]) == ("held", 12)
        assert bridge.json("runs", "apply", str(held["run"]))["counts"]["created"] == 12
        school.change("address", "AB0000003", city="Memphis")
        assert bridge.json("export")["counts"]["updated"] == 1
        account.clear_log()
        assert bridge.json("export")["counts"]["unchanged"] == 12
        assert [entry for entry in account.log() if entry["method"] != "GET"] == []
        assert [run["status"] for run in bridge.json("runs", "list")["runs"]] == ["succeeded"] * 4
        school.close()
