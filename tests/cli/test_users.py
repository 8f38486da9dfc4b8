"""Users by the command line: what a machine's own administrator needs before anybody is signed in (rule 12)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.program import Bridge, Starter

ONE_TIME = re.compile(r"[a-z2-9]{5}(-[a-z2-9]{5}){3}")


@pytest.fixture
def bridge(starter: Starter, tmp_path: Path) -> Bridge:
    return Bridge(starter, tmp_path / "home")


def test_a_user_is_added_with_a_password_that_no_list_shows(bridge: Bridge):
    assert "There is no user yet" in bridge.ok("users", "list")
    made = bridge.json("users", "add", "ana", "--email", "ana@example.edu", "--role", "operator")
    password = made.pop("one_time_password")
    assert ONE_TIME.fullmatch(password)
    assert made == {
        "user": 1, "username": "ana", "email": "ana@example.edu", "one_time_codes": False,
        "roles": [{"role": "operator", "institution": None}], "state": "to choose a password",
    }  # fmt: skip
    assert bridge.json("users", "list") == {"users": [made]}
    assert password not in bridge.ok("users", "list")


def test_a_password_is_reset_to_another(bridge: Bridge):
    first = bridge.json("users", "add", "ana", "--role", "administrator")["one_time_password"]
    said = bridge.ok("users", "reset-password", "ANA", "--second-factor")
    second = ONE_TIME.search(said)
    assert second
    assert second[0] != first


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "two words", "--role", "viewer"), "without blanks"),
        (("add", "ana", "--role", "viewer", "--email", "nowhere"), "no e-mail address"),
        (("add", "ana", "--role", "emperor"), "'emperor' is not one of"),
        (("add", "ana"), "Missing option '--role'"),
        (("add", "ana", "--role", "viewer", "--institution", "Nowhere"), "No institution is connected yet"),
        (("reset-password", "ana"), "There is no user 'ana'"),
    ],
)
def test_what_cannot_be_is_told_with_its_mend_and_changes_nothing(bridge: Bridge, words, said):
    done = bridge.run("users", *words)
    assert done.status == 2
    assert said in done.err
    assert bridge.json("users", "list") == {"users": []}


def test_a_name_that_is_taken_is_refused(bridge: Bridge):
    bridge.ok("users", "add", "ana", "--role", "viewer")
    done = bridge.run("users", "add", "Ana", "--role", "viewer")
    assert done.status == 2
    assert "Another user signs in by this already" in done.err
