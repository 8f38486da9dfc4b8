"""A rehearsal: the whole configuration on a masked copy, which neither SONIS nor ActiveCampaign notices (rule 13)."""

from __future__ import annotations

import json
from pathlib import Path

from sonisbridge.sonis.database import Sonis
from sonisbridge.sonis.schema_file import read_schema
from sonisbridge.sync import rehearsal
from tests.flows.pair import Pair
from tests.flows.program import Bridge
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

SCALE = 40.0


def test_both_sides_are_copied_under_one_mask(pair: Pair, tmp_path: Path):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", inquiry_type="WEB")
    pair.school.add("AB0000002", "Eve", "Lima", "shared@example.edu")
    pair.school.add("AB0000003", "Eva", "Lima", "Shared@example.edu")
    pair.make_contact("new@example.org", "Ina", "Neu", Home_City="Memphis")
    unsubscribed = pair.make_contact("gone@example.org", "Gus", "Nil")
    pair.subscribe(unsubscribed, 2)
    pair.choose("program_as", "code")
    pair.choose("term_years", "1:first")
    pair.export()
    pair.import_()
    pair.account.clear_log()
    folder = tmp_path / "rehearsal"
    folder.mkdir()
    made = rehearsal.prepare(pair.institution, folder)
    assert pair.writes() == []
    assert (made.people, made.web_prospects) == (3, 1)
    assert {"program_as=code", "term_years=1:first"} <= set(made.settings)
    world = json.loads(made.world.read_text())
    by_id = {row["fields"].get("SONIS_ID"): row for row in world["contacts"]}
    assert by_id["AB0000001"]["account"] == "SONIS"
    text = made.world.read_text() + made.school.read_bytes().decode("latin-1")
    for word in ("Lima", "Neu", "ana@example.edu", "example.org", "Elm"):
        assert word not in text
    sonis = Sonis(f"sqlite:///{made.school}", read_schema(made.schema.read_text()))
    people = {person.sonis_id: person for person in sonis.people()}
    sonis.close()
    ana, eve, eva = (people[f"AB000000{number}"] for number in (1, 2, 3))  # type: ignore[index]
    assert by_id["AB0000001"]["email"] == ana.addresses[0].email
    assert eve.addresses[0].email.casefold() == eva.addresses[0].email.casefold()
    assert by_id["AB0000001"]["firstName"] == ana.first_name
    assert sonis.connection.findings() == []


def test_a_rehearsal_says_how_long_it_took_and_what_waits(tmp_path: Path):
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE), world={"lists": [], "contacts": []}) as account:
        (tmp_path / "sonis.sqlite3").touch()
        school = School(f"sqlite:///{tmp_path}/sonis.sqlite3")
        for number in range(4):
            school.add(f"AB000000{number}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
        school.add("AB0000008", "Eve", "Lima", "ana1@example.edu")
        bridge = Bridge(tmp_path / "home", account.token, time_scale=SCALE)
        bridge.connect(school.url, account.url)
        account.clear_log()
        found = bridge.json("rehearse", "--time-scale", str(SCALE), expect=(1,))
        school.close()
        assert (found["people"], found["export"]["counts"]["created"], found["quiet"]) == (5, 4, True)
        assert found["conflicts"] == {"shared-email": 1}
        assert found["seconds"] > 0
        assert found["folder"] is None
        assert not (tmp_path / "home" / "rehearsal").exists()
        assert [entry for entry in account.log() if entry["method"] != "GET"] == []
        assert bridge.json("runs", "list")["runs"] == []
