"""The contract of rule 16: commands, help, version, JSON and exit statuses."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx2
import pytest

from tests.cli.conftest import SCALE, Joined
from tests.cli.program import Bridge, check_run_document, wait_until

FILTERS = (
    "--sonis-id", "--status", "--campus", "--division", "--department", "--level", "--program", "--school-year",
    "--semester", "--received-from", "--received-to", "--entry-from", "--entry-to", "--inquiry-type", "--agency", "--refer-by",
)  # fmt: skip
COMMANDS: dict[str, tuple[str, ...]] = {
    "demo": ("--people", "--port", "--once"),
    "migrate": (),
    "check": (),
    "institution add": ("NAME", "--sonis", "--endpoint", "--token-env", "--time-zone", "--country", "--sonis-schema"),
    "institution list": (),
    "institution set": ("NAME", "KEY=VALUE"),
    "rights": ("--for", "--kind", "--login", "--database", "--sonis-schema"),
    "rehearse": ("--time-scale", "--keep"),
    "schema show": ("--usual",),
    "schema probe": (),
    "schema check": ("FILE",),
    "fields list": (),
    "fields create": ("--yes",),
    "mapping show": (),
    "mapping suggest": ("--apply",),
    "mapping apply": ("FILE",),
    "mapping export": (),
    "export": ("--institution", "--preview", "--yes", "--outcomes", *FILTERS),
    "import": ("--preview", "--outcomes"),
    "reconcile": (),
    "runs list": (),
    "runs show": ("ID", "--outcomes"),
    "runs apply": ("ID",),
    "runs cancel": ("ID",),
    "conflicts list": (),
    "conflicts resolve": (),
    "conflicts candidates": ("CONFLICT",),
    "prospects list": (),
    "prospects show": ("ID",),
    "prospects convert": ("ID", "--all", "--set", "--anyway"),
    "prospects assign": ("ID", "SONIS_ID"),
    "prospects gone": (),
    "prospects became": ("CONTACT", "SONIS_ID"),
    "schedules list": ("--institution",),
    "schedules add": ("--frequency", "--start-date", "--time", "--end-date", "--end-time", "--institution"),
    "schedules pause": ("ID",),
    "schedules resume": ("ID",),
    "schedules run": ("ID",),
    "schedules remove": ("ID",),
    "notifications list": (),
    "notifications add": (
        "--type",
        "--name",
        "--code",
        "--group",
        "--owner",
        "--message",
        "--method",
        "--reminder-type",
        "--with-people",
    ),
    "notifications remove": ("CODE",),
    "notifications test": ("CODE",),
    "notifications deliveries": ("--most",),
    "notifications groups": (),
    "notifications group": ("NAME", "--add", "--take-out", "--remove"),
    "serve": ("--host", "--port"),
    "worker": (),
    "users add": ("USERNAME", "--email", "--role", "--institution"),
    "users list": (),
    "users reset-password": ("USERNAME", "--second-factor"),
    "webhook on": ("--register", "--replace"),
    "webhook off": (),
    "webhook show": (),
    "watch": ("--once", "--every"),
    "backup": ("FILE",),
    "restore": ("FILE", "--replace"),
    "sample-sonis": ("URL", "--people", "--seed"),
    "sandbox": ("--port", "--contacts", "--limits", "--time-scale", "--state", "--fault", "--token"),
}
"""Every command of rule 16 that there is, and what its help must name."""
A_JSON = {name for name in COMMANDS if name not in {"sandbox", "serve", "worker"}}


@pytest.mark.parametrize("command", COMMANDS)
def test_help_names_every_option_and_needs_no_database(fresh: Bridge, command: str):
    ended = fresh.run(*command.split(), "--help", SONISBRIDGE_DATABASE_URL="postgresql://nobody@127.0.0.1:1/none")
    assert (ended.status, ended.err) == (0, "")
    assert [name for name in COMMANDS[command] if name not in ended.out] == []
    assert ("--json" in ended.out) == (command in A_JSON)
    assert not fresh.home.exists()


def test_the_list_of_commands_is_quick_and_names_each(fresh: Bridge):
    ended = fresh.run("--help")
    assert (ended.status, ended.err) == (0, "")
    listed = {line.split()[0] for line in ended.out.partition("Commands:")[2].splitlines() if line.strip()}
    assert listed == {name.split()[0] for name in COMMANDS}
    assert "..." not in ended.out.partition("Commands:")[2]


@pytest.mark.parametrize("family", sorted({name.split()[0] for name in COMMANDS if " " in name}))
def test_a_family_without_a_command_shows_its_help(fresh: Bridge, family: str):
    ended = fresh.run(family)
    assert (ended.status, ended.out) == (2, "")
    assert ended.err.startswith(f"Usage: sonisbridge {family}")
    assert "..." not in ended.err.partition("Commands:")[2]


def test_the_version():
    done = subprocess.run(
        [str(Path(sys.executable).parent / "sonisbridge"), "--version"],
        capture_output=True, text=True, timeout=30, check=True, env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("sonisbridge 0.1.0\n", "")


def test_an_export_is_held_shown_applied_and_repeated(joined: Joined):
    """Exit statuses 4, then 0, then 0; a preview has the same counts and says so."""
    for number in range(3):
        joined.school.add(f"AB{number}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    preview = joined.bridge.json("export", "--preview")
    held = joined.bridge.json("export", "--outcomes", status=4)
    applied = joined.bridge.json("runs", "apply", str(held["run"]))
    again = joined.bridge.json("export", "--outcomes")
    shown = joined.bridge.json("runs", "show", str(held["run"]))
    for document in (preview, held, applied, again, shown):
        check_run_document(document)
    assert preview["preview"] is True
    assert (preview["status"], preview["counts"]["created"]) == ("succeeded", 3)
    assert "preview" not in held
    assert (held["status"], held["counts"]["held"]) == ("held", 3)
    assert [line["outcome"] for line in held["outcomes"]] == ["held"] * 3
    assert (applied["status"], applied["counts"]["created"]) == ("succeeded", 3)
    assert shown == applied
    assert (again["status"], again["counts"]["unchanged"], again["outcomes"]) == ("succeeded", 3, [])


def test_a_conflict_is_status_1_and_says_why(joined: Joined):
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    joined.account.api.post(
        "/contacts", json={"contact": {"email": "ana@example.edu", "firstName": "Bo", "lastName": "Fox"}}
    )
    document = joined.bridge.json("export", "--yes", "--outcomes", status=1)
    check_run_document(document)
    assert document["status"] == "succeeded_with_problems"
    assert document["counts"]["conflict"] == 1
    (line,) = document["outcomes"]
    assert (line["sonis_id"], line["outcome"], line["reason"]) == ("AB1", "conflict", "email-in-use")


def test_an_import_and_a_reconcile_say_what_they_found(joined: Joined):
    joined.account.api.post(
        "/contacts", json={"contact": {"email": "new@example.org", "firstName": "Bo", "lastName": "Fox"}}
    )
    both = joined.bridge.json("reconcile", "--outcomes")
    inbound = both["inbound"]
    done = joined.bridge.json("import", "--outcomes")
    for document in (both, inbound, done):
        check_run_document(document)
    assert (both["kind"], both["preview"], inbound["kind"], inbound["preview"]) == ("outbound", True, "inbound", True)
    assert inbound["counts"]["created"] == done["counts"]["created"] == 1
    assert joined.bridge.json("import")["counts"]["skipped"] == 1


def test_every_other_command_prints_one_json_object(joined: Joined, tmp_path: Path):
    file = tmp_path / "mapping.toml"
    file.write_text(joined.bridge.json("mapping", "export")["file"], encoding="utf-8")
    found = {
        " ".join(command): sorted(joined.bridge.json(*command))
        for command in (
            ("migrate",), ("check",), ("institution", "list"), ("fields", "list"), ("fields", "create"), ("mapping", "show"),
            ("mapping", "suggest"), ("mapping", "apply", str(file)), ("runs", "list"), ("conflicts", "list"),
            ("prospects", "list"), ("prospects", "gone"), ("schema", "show"), ("schema", "probe"),
        )
    }  # fmt: skip
    assert found == {
        "migrate": ["migrated"],
        "check": ["findings"],
        "institution list": ["institutions"],
        "prospects gone": ["gone"],
        "schema show": ["file"],
        "schema probe": ["columns", "empty", "findings", "usable"],
        "fields list": ["fields"],
        "fields create": ["created", "missing"],
        "mapping show": ["mapping", "translations"],
        "mapping suggest": ["applied", "mapping", "missing"],
        f"mapping apply {file}": ["mapping"],
        "runs list": ["runs"],
        "conflicts list": ["conflicts"],
        "prospects list": ["prospects"],
    }


def test_a_run_while_another_is_going_on_is_status_3(joined: Joined):
    joined.school.add("AB1", "Ana", "Lima", "ana@example.edu")
    joined.account.faults({"name": "slow", "path": "/fields", "seconds": 3 * SCALE})
    joined.account.clear_log()
    first = joined.bridge.start("export", "--yes")
    wait_until(lambda: joined.account.stats()["requests"] >= 1)
    line = joined.bridge.refused(3, "import")
    joined.account.faults()
    assert first.wait().status == 0
    assert "is going on for this institution" in line
    assert "`sonisbridge runs cancel " in line


def test_the_sample_school_is_made_and_its_size_told(fresh: Bridge, tmp_path: Path):
    ended = fresh.run("sample-sonis", f"sqlite:///{tmp_path}/made.sqlite3", "--people", "10", "--seed", "4", "--json")
    assert ended.status == 0
    assert isinstance(json.loads(ended.out), dict)


def test_the_demo_changes_nothing_the_second_time_and_serves_its_pages_until_it_is_ended(fresh: Bridge):
    fresh.environment["SONISBRIDGE_TIME_SCALE"] = "1"  # the demo's look-alike has the real limits
    first = fresh.json("demo", "--people", "20", "--once")
    port = a_free_port()
    program = fresh.start("demo", "--people", "20", "--port", str(port), "--json")
    with httpx2.Client(base_url=f"http://localhost:{port}", follow_redirects=True) as browser:
        wait_until(lambda: answers(browser), within=60)
        home = browser.get("/")
        portal = re.search(r'href="(http://127\.0\.0\.1:\d+[^"]*)"', home.text)
        assert home.status_code == 200
        assert "This is a demo" in home.text
        assert "Export preview" in browser.get("/1/runs/").text
        assert portal is not None
        assert httpx2.get(portal[1]).status_code == 200
        assert browser.get("/", headers={"Host": "elsewhere.example"}).status_code == 400
        program.signal(signal.SIGTERM)
        ended = program.wait()
        assert ended.status == 0
        assert not answers(browser)
    with pytest.raises(httpx2.ConnectError):
        httpx2.get(portal[1])
    again = ended.json
    for document in (first, again):
        assert set(document) == {"import", "export"}
        check_run_document(document["import"])
        check_run_document(document["export"])
    assert first["export"]["counts"]["created"] > 0
    for run in again.values():
        assert run["counts"]["created"] == run["counts"]["updated"] == 0


def a_free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(browser: httpx2.Client) -> bool:
    try:
        return browser.get("/static/web/icon.svg").status_code == 200
    except httpx2.TransportError:
        return False
