"""Schedules and notifications by the command line (rules 9 and 10)."""

from __future__ import annotations

import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.cli.conftest import Joined
from tests.cli.program import Bridge, wait_until
from tests.timed.mail import MailServer

OWNER = "GR0000001"
FUTURE = ("--frequency", "monthly", "--start-date", "2190-01-31", "--time", "06:30")


@pytest.fixture
def mail(joined: Joined) -> Iterator[MailServer]:
    """A mail server that the bridge uses, and somebody of the staff in SONIS."""
    with MailServer() as server:
        joined.bridge.environment["SONISBRIDGE_MAIL_URL"] = f"smtp://127.0.0.1:{server.port}"
        joined.school.add(OWNER, "Grace", "Green", "grace@example.edu", status="FA")
        yield server


def test_a_schedule_is_added_listed_paused_resumed_and_removed(joined: Joined):
    bridge = joined.bridge
    assert bridge.ok("schedules", "list").startswith("No schedule yet: ")
    made = bridge.json("schedules", "add", *FUTURE, "--end-date", "2190-04-30")
    assert (made["when"], made["paused"], made["last"]) == (
        "Every month on day 31 or its last at 06:30, from 31 Jan 2190, until 30 Apr 2190, 23:59", False, None,
    )  # fmt: skip
    assert [due[:16] for due in made["next"]] == [
        "2190-01-31T11:30", "2190-02-28T11:30", "2190-03-31T10:30", "2190-04-30T10:30",
    ]  # fmt: skip
    number = str(made["schedule"])
    assert bridge.ok("schedules", "pause", number) == f"Paused schedule {number}: {made['when']} (America/New_York).\n"
    (paused,) = bridge.json("schedules", "list")["schedules"]
    assert (paused["paused"], paused["next"]) == (True, [])
    assert "Next: 31 Jan 2190, 06:30; 28 Feb 2190, 06:30;" in bridge.ok("schedules", "resume", number)
    assert "31 Jan 2190, 06:30 (America/New_York)" in bridge.ok("schedules", "list")
    assert bridge.json("schedules", "remove", number) == {"removed": made["schedule"]}
    assert bridge.json("schedules", "list") == {"schedules": []}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--time", "6h"), "Invalid value for '--time': '6h' is not a time: write it as HH:MM, for example 06:30."),
        (("--time", "24:00"), "Invalid value for '--time': '24:00' is not a time"),
        (
            ("--time", "06:00", "--end-date", "2020-01-01"),
            "The end lies before the first run: give a later end, or none.",
        ),
        (("--time", "06:00", "--end-time", "07:00"), "An end time needs an end date: give both, or neither."),
    ],
)
def test_a_schedule_that_cannot_be_is_refused(joined: Joined, given: tuple[str, ...], said: str):
    assert joined.bridge.refused(2, "schedules", "add", "--frequency", "daily", *given).startswith(said)


def test_a_schedule_that_is_not_there_is_told(joined: Joined):
    for command in ("pause", "resume", "run", "remove"):
        line = joined.bridge.refused(2, "schedules", command, "7")
        assert line == "There is no schedule 7: `sonisbridge schedules list` shows those that are."


def test_a_schedule_that_is_run_imports_then_exports(joined: Joined):
    joined.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    made = joined.bridge.json("schedules", "add", *FUTURE)
    ended = joined.bridge.json("schedules", "run", str(made["schedule"]), status=4)
    assert (ended["import"]["status"], ended["export"]["status"]) == ("succeeded", "held")
    (listed,) = joined.bridge.json("schedules", "list")["schedules"]
    assert listed["next"] == made["next"]
    assert listed["last"]["message"] == (
        f"Import, run {ended['import']['run']}: succeeded. Export, run {ended['export']['run']}: held."
    )
    joined.bridge.ok("runs", "apply", str(ended["export"]["run"]))
    assert "Export, run" in joined.bridge.ok("schedules", "run", str(made["schedule"]))


def test_a_worker_makes_up_for_what_was_due_while_nothing_was_up_and_tells_the_group(joined: Joined, mail: MailServer):
    bridge = joined.bridge
    tell(joined, "import")
    made = bridge.json("schedules", "add", *FUTURE)
    with closing(sqlite3.connect(bridge.home / "sonisbridge.sqlite3")) as state, state:
        state.execute("UPDATE store_schedulerow SET next_due = '2026-11-23 06:30:00'")
    worker = bridge.start("worker")
    wait_until(lambda: bool(mail.recipients) and last(bridge)["state"] == "done", within=60)
    worker.signal(signal.SIGTERM)
    assert worker.wait().status in {0, 143}
    assert mail.recipients == ["office@example.edu"]
    (row,) = bridge.json("schedules", "list")["schedules"]
    assert row["next"] == made["next"]
    assert last(bridge)["due"] == "2026-11-23T06:30:00+00:00"


def last(bridge: Bridge) -> dict[str, Any]:
    """The last start of the only schedule."""
    (row,) = bridge.json("schedules", "list")["schedules"]
    return row["last"] or {"state": "none"}


def tell(joined: Joined, kind: str) -> None:
    """Have the office told of that."""
    joined.bridge.ok("notifications", "group", "Office", "--add", "office@example.edu")
    joined.bridge.ok("notifications", "add", "--type", kind, "--name", "The bridge has run", "--code", "told", "--group",
                     "Office", "--owner", OWNER)  # fmt: skip


def test_a_group_is_told_of_an_import_by_command(joined: Joined, mail: MailServer):
    bridge = joined.bridge
    assert bridge.ok("notifications", "groups").startswith("No group yet: ")
    group = bridge.json("notifications", "group", "Admissions", "--add", "office@example.edu", "--add", OWNER)
    assert group == {"group": "Admissions", "members": [OWNER, "office@example.edu"]}
    added = bridge.json(
        "notifications", "add", "--type", "import", "--name", "New prospects", "--code", "new", "--group", "Admissions",
        "--owner", OWNER,
    )  # fmt: skip
    assert (added["message"], added["mail_server"]) == ("The import of ActiveCampaign contacts has run.", True)
    assert "Active Campaign Import" in bridge.ok("notifications", "list")
    bridge.json("import")
    assert sorted(mail.recipients) == ["grace@example.edu", "office@example.edu"]
    assert "Nothing was imported." in mail.messages[0].get_content()
    told = bridge.json("notifications", "deliveries")["deliveries"]
    assert {(item["code"], item["method"], item["state"]) for item in told} == {("new", "email", "sent")}


def test_a_failed_run_is_told_of_though_the_command_ends_in_an_error(joined: Joined, mail: MailServer):
    tell(joined, "run-failed")
    joined.account.faults("403")
    said = joined.bridge.refused(3, "import")
    assert mail.recipients == ["office@example.edu"]
    assert said in " ".join(mail.messages[0].get_content().split())


def test_a_test_goes_to_the_owner_and_shows_the_notice(joined: Joined, mail: MailServer):
    bridge = joined.bridge
    bridge.ok("notifications", "group", "Admissions", "--add", "office@example.edu")
    bridge.ok("notifications", "add", "--type", "import", "--name", "New prospects", "--code", "new", "--group", "Admissions",
              "--owner", OWNER, "--message", "Dear colleagues,")  # fmt: skip
    shown = bridge.ok("notifications", "test", "new")
    assert "New prospects\n\nDear colleagues,\n\nSpringfield: Import, run 1, succeeded" in shown
    assert mail.recipients == ["grace@example.edu"]
    assert bridge.json("notifications", "remove", "new") == {"removed": "new"}
    assert bridge.json("notifications", "group", "Admissions", "--remove") == {"removed": "Admissions"}


def test_without_a_mail_server_that_is_said(joined: Joined):
    joined.school.add(OWNER, "Grace", "Green", "grace@example.edu", status="FA")
    joined.bridge.ok("notifications", "group", "Admissions", "--add", "office@example.edu")
    said = joined.bridge.ok("notifications", "add", "--type", "import", "--name", "New", "--code", "new", "--group",
                            "Admissions", "--owner", OWNER)  # fmt: skip
    assert said.endswith(
        "No mail server is set: give its address in SONISBRIDGE_MAIL_URL. Reminders reach users without one.\n"
    )


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("group", "Admissions", "--add", "office@"), "'office@' is not an e-mail address"),
        (("group", "Admissions", "--add", "XX1"), "SONIS has nobody with the SONIS ID 'XX1'"),
        (("group", "Admissions", "--take-out", "a@example.edu"), "'a@example.edu' is not in the group 'Admissions'"),
        (("group", "Admissions", "--remove"), "There is no group 'Admissions'"),
        (("group", "Admissions", "--remove", "--add", "a@example.edu"), "--remove forgets the whole group"),
        (("test", "new"), "There is no notification with the code 'new'"),
        (
            ("add", "--type", "import", "--name", "N", "--code", "n", "--group", "None", "--owner", "XX1"),
            "There is no group 'None'",
        ),
    ],
)
def test_what_cannot_be_is_told(joined: Joined, command: tuple[str, ...], said: str):
    assert joined.bridge.refused(2, "notifications", *command).startswith(said)
    assert joined.bridge.json("notifications", "groups") == {"groups": []}
