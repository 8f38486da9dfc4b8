"""Webhooks and watching by the command line (rules 9.1 and 9.2)."""

from __future__ import annotations

import json
import signal
import socket
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx2

from tests.cli.conftest import Joined
from tests.cli.program import wait_until
from tests.sandbox.program import SandboxProgram


def hooks(account: SandboxProgram) -> list[dict[str, str]]:
    """The webhooks that the account has."""
    found: list[dict[str, str]] = account.api.get("/webhooks").json()["webhooks"]
    return found


def stored(joined: Joined, query: str) -> list[tuple[object, ...]]:
    """What the bridge's own database answers."""
    with closing(sqlite3.connect(joined.bridge.home / "sonisbridge.sqlite3")) as database:
        return database.execute(query).fetchall()


def test_a_webhook_is_turned_on_shown_replaced_and_turned_off(joined: Joined):
    bridge = joined.bridge
    assert bridge.ok("webhook", "show") == "The webhook of Springfield is off: `sonisbridge webhook on` turns it on.\n"
    assert "is off." in bridge.refused(2, "webhook", "off")
    said = bridge.ok("webhook", "on").splitlines()
    assert said[0] == "The webhook of Springfield is on. Its address, shown this once:"
    assert said[1].startswith("https://YOUR-SERVER/hooks/")
    assert "Settings > Developer > Manage Webhooks" in said[2]
    token = said[1].rpartition("/")[2]
    assert len(token) == 43
    assert token.encode() not in bridge.everything_kept()
    assert "is on already" in bridge.refused(2, "webhook", "on")
    other = bridge.json("webhook", "on", "--replace")["path"]
    assert other != f"/hooks/{token}"
    shown = bridge.json("webhook", "show")
    assert (shown["on"], shown["registered"], shown["heard"], shown["waiting"]) == (True, False, None, 0)
    assert "Waiting: 0." in bridge.ok("webhook", "show")
    assert bridge.ok("webhook", "off") == "The webhook of Springfield is off.\n"
    assert bridge.json("webhook", "show") == {"on": False}


def test_a_webhook_registers_itself_where_the_server_is_known(joined: Joined):
    bridge = joined.bridge
    assert "SONISBRIDGE_URL is not set" in bridge.refused(2, "webhook", "on", "--register")
    assert bridge.json("webhook", "show") == {"on": False}
    bridge.environment["SONISBRIDGE_URL"] = "http://localhost:8000"
    made = bridge.json("webhook", "on", "--register")
    assert (made["registered"], made["problem"]) == (True, None)
    assert [hook["url"] for hook in hooks(joined.account)] == [made["address"]]
    bridge.environment["SONISBRIDGE_URL"] = "https://bridge.example.edu:8443"
    ended = bridge.run("webhook", "on", "--replace", "--register")
    assert ended.status == 1
    assert "could not be registered" in ended.err
    assert hooks(joined.account) == [], "the one before was taken away"
    bridge.environment["SONISBRIDGE_URL"] = "http://localhost:8000"
    bridge.ok("webhook", "on", "--replace", "--register")
    assert len(hooks(joined.account)) == 1
    bridge.ok("webhook", "off")
    assert hooks(joined.account) == []


def test_serve_hears_and_imports(joined: Joined):
    bridge, free_port = joined.bridge, _free_port()
    bridge.environment["SONISBRIDGE_URL"] = f"http://127.0.0.1:{free_port}"
    bridge.ok("webhook", "on", "--register")
    program = bridge.start("serve", "--port", str(free_port))
    wait_until(lambda: _answers(free_port))
    contact = {"email": "zoe@example.org", "firstName": "Zoe", "lastName": "New"}
    joined.account.api.post("/contacts", json={"contact": contact})
    wait_until(lambda: [row["e_mail"] for row in joined.school.rows("SELECT e_mail FROM webps")] == ["zoe@example.org"])
    program.signal(signal.SIGTERM)
    assert "hooks" not in program.wait().err


def _free_port() -> int:
    with closing(socket.socket()) as place:
        place.bind(("127.0.0.1", 0))
        return int(place.getsockname()[1])


def _answers(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).status_code == 200
    except httpx2.TransportError:
        return False


def test_a_restored_copy_hears_nothing_and_watches_nobody(joined: Joined, tmp_path: Path):
    bridge = joined.bridge
    bridge.ok("webhook", "on")
    bridge.ok("institution", "set", "Springfield", "watch_minutes=5")
    bridge.json("watch", "--once")
    bridge.json("backup", str(tmp_path / "file"))
    other = bridge.copy(tmp_path / "other")
    other.json("restore", str(tmp_path / "file"), "--replace")
    assert other.json("webhook", "show") == {"on": False}
    (row,) = other.json("institution", "list")["institutions"]
    assert row["watch_minutes"] == 0
    assert bridge.json("webhook", "show")["on"]


def test_watch_looks_once_and_exports_who_changed(joined: Joined):
    bridge, school = joined.bridge, joined.school
    for number in range(5):
        school.add(f"AB{number}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    bridge.json("export", "--yes")
    first = bridge.json("watch", "--once")
    assert first == {"first": True, "people": 5, "changed": 0, "waiting": False, "run": None}
    assert bridge.ok("watch", "--once") == "Of 5 people nobody changed.\n"
    school.change("address", "AB3", city="Memphis")
    found = bridge.json("watch", "--once")
    assert (found["changed"], found["run"]["status"], found["run"]["counts"]["read"]) == (1, "succeeded", 1)
    assert found["run"]["counts"]["updated"] == 1
    assert stored(joined, "SELECT filters FROM store_run ORDER BY id DESC LIMIT 1") == [('{"sonis_id": ["AB3"]}',)]
    assert bridge.json("watch", "--once")["changed"] == 0


def test_watch_says_what_it_needs_to_know(joined: Joined):
    bridge = joined.bridge
    assert "give --once or --every MINUTES" in bridge.refused(2, "watch")
    assert "--json goes with --once" in bridge.refused(2, "watch", "--every", "5", "--json")
    assert "'--every'" in bridge.refused(2, "watch", "--every", "0")
    assert "from 1 to 1440" in bridge.refused(2, "institution", "set", "Springfield", "watch_minutes=2000")


def test_watch_goes_on_until_it_is_stopped(joined: Joined):
    program = joined.bridge.start("watch", "--every", "1440")
    wait_until(lambda: bool(program.said("out")))
    program.signal(signal.SIGTERM)
    ended = program.wait()
    assert (ended.status, ended.err) == (0, "")
    assert ended.out.startswith("This was the first look: ")


def test_check_tells_of_both(joined: Joined):
    bridge = joined.bridge
    bridge.ok("webhook", "on")
    bridge.ok("institution", "set", "Springfield", "watch_minutes=5")
    found = json.dumps(bridge.json("check"))
    assert "The webhook is on. 0 contacts wait" in found
    assert "Who changes in SONIS is looked for by the clock." in found
