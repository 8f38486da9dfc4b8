"""A whole untidy school, imported and exported, and every single value compared with what the rules say it should be."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.flows.oracle import CHANGEABLE, SchoolOracle, same_phone
from tests.flows.program import Bridge
from tests.sandbox.program import SandboxProgram

SCALE = 40.0
WRITTEN = {"created", "updated", "unchanged"}


@pytest.fixture(scope="module")
def school(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    """The sample school and its account after one import and one export, and the account as it was before."""
    folder = tmp_path_factory.mktemp("school")
    url = f"sqlite:///{folder}/sonis.sqlite3"
    world = folder / "world.json"
    command = [
        sys.executable, "-m", "sonisbridge.sandbox.sample_school", url, "--people", "500", "--seed", "5",
        "--world", str(world), "--contacts", "90", "--planted", str(folder / "planted.json"),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True)
    with SandboxProgram("--limits", "real", "--time-scale", str(SCALE), "--world", str(world)) as account:
        bridge = Bridge(folder / "home", account.token, time_scale=SCALE)
        bridge.connect(url, account.url)
        before = contacts(account)
        bridge.run("import", expect=(0, 1))
        _status, out, _err = bridge.run("export", "--yes", "--json", "--outcomes", expect=(1,))
        yield {
            "oracle": SchoolOracle(folder / "sonis.sqlite3"),
            "planted": json.loads((folder / "planted.json").read_text())["conflicts"],
            "before": before,
            "after": contacts(account),
            "run": json.loads(out),
            "throttled": account.stats()["throttled"],
        }


def contacts(account: SandboxProgram) -> dict[str, dict[str, Any]]:
    """Every contact by id, read over HTTP: values by title, list standings, account."""
    titles = {row["id"]: row["title"] for row in account.get("/fields", limit=100)["fields"]}
    found: dict[str, dict[str, Any]] = {}
    last = "0"
    while True:
        account.advance(30)  # past the limits: this is somebody else who reads
        query = {
            "limit": 100,
            "orders[id]": "ASC",
            "id_greater": last,
            "include": "fieldValues,contactLists,accountContacts",
        }
        page = account.get("/contacts", **query)
        for row in page["contacts"]:
            values = {"First Name": row["firstName"], "Last Name": row["lastName"], "Phone": row["phone"]}
            found[row["id"]] = {"email": row["email"], "values": values, "lists": {}, "accounts": []}
        for item in page["fieldValues"]:
            found[item["contact"]]["values"][titles[item["field"]]] = item["value"]
        for item in page["contactLists"]:
            found[item["contact"]]["lists"][item["list"]] = item["status"]
        for item in page["accountContacts"]:
            found[item["contact"]]["accounts"].append(item["account"])
        if len(page["contacts"]) < 100:
            return found
        last = page["contacts"][-1]["id"]


def test_every_mapped_field_of_everybody_exported_is_what_sonis_says(school: dict[str, Any]):
    by_sonis_id = {row["values"].get("SONIS_ID"): row for row in school["after"].values()}
    outcomes = {line["sonis_id"]: line["outcome"] for line in school["run"]["outcomes"]}
    before = school["before"]
    compared = 0
    for sonis_id, expected in school["oracle"].people():
        if outcomes.get(sonis_id) not in WRITTEN:
            continue
        contact = by_sonis_id[sonis_id]
        compared += 1
        contact_id = next(key for key, row in school["after"].items() if row is contact)
        for title, value in expected.items():
            held = contact["values"].get(title) or ""
            if not value and title in CHANGEABLE:
                value = before.get(contact_id, {"values": {}})["values"].get(title, "")
            same = same_phone(value, held) if "Phone" in title else held == value
            assert same, f"{sonis_id}: {title}: {held!r} instead of {value!r}"
    assert compared > 400


def test_only_the_planted_conflicts_remain(school: dict[str, Any]):
    found = {line["sonis_id"]: line["reason"] for line in school["run"]["outcomes"] if line["outcome"] == "conflict"}
    assert found == school["planted"]
    assert school["run"]["counts"]["failed"] == school["run"]["counts"]["not_kept"] == 0


def test_nobody_elses_contact_was_touched(school: dict[str, Any]):
    ours = {line["contact_id"] for line in school["run"]["outcomes"] if line["outcome"] == "updated"}
    for contact_id, row in school["before"].items():
        if contact_id not in ours:
            assert school["after"][contact_id] == row


def test_list_standings_are_as_they_were_and_nobody_new_is_on_a_list(school: dict[str, Any]):
    for contact_id, row in school["after"].items():
        assert row["lists"] == school["before"].get(contact_id, {"lists": {}})["lists"]


def test_the_counts_add_up_and_nobody_stands_twice(school: dict[str, Any]):
    counts = dict(school["run"]["counts"])
    assert counts.pop("read") == sum(counts.values())
    addresses = [row["email"].lower() for row in school["after"].values()]
    assert len(addresses) == len(set(addresses))
    carried = [row["values"]["SONIS_ID"] for row in school["after"].values() if row["values"].get("SONIS_ID")]
    assert len(carried) == len(set(carried))
