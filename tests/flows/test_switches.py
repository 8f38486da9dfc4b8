"""Both sides of every open question about ActiveCampaign: one story goes well on each, or ends as that side demands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sonisbridge.core.errors import StopRunError
from sonisbridge.sandbox.switches import SWITCHES, Switch
from tests.flows.pair import Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

QUICK = {
    "include_with_id_greater", "updated_after_honours_time", "updated_after_zone", "deleted_listed", "deleted_reads",
    "blank_clears_standard", "email_match", "subwrite_bumps_udate", "udate_null_when_fresh", "bulk_links_account",
    "accounts_enabled", "html_escape", "rate_limit_status", "time_zone", "bulk_info_kept_seconds", "include_limit",
}  # fmt: skip
"""These matter most; the others are tried in the long form."""
AFTER_SET_UP = {"fields_permitted"}
"""Set-up itself is refused on that side."""
OF_THEIR_OWN = {"read_status", "contact_limit", "deleted_email_reused", "unlisted_listed"}
"""That side changes the story: each has its own test below."""
HARD_TO_READ = {"include_with_id_greater", "include_limit", "rate_limit_status"}
NUMBERS = {"include_limit": "7", "max_text_length": "12", "bulk_info_kept_seconds": "1"}
TEXTS = {"time_zone": ("Pacific/Auckland", "US/Hawaii")}
KEPT_OTHERWISE = {
    ("html_escape", "on"): "CITY",
    ("max_text_length", "12"): "CITY",
    ("blank_clears_standard", "off"): "BLANK",
}
"""Who is not kept as sent, and on which side."""

CITY, RENAMED, CLEARED, BLANK, EVE, NEW = (f"AB000000{number}" for number in range(1, 7))


class Switched(SandboxProgram):
    """A running look-alike whose every reset leaves one switch on its other side."""

    def __init__(self, program: SandboxProgram, **switches: str) -> None:
        self.__dict__.update(program.__dict__)
        self.switches = switches

    def reset(self) -> None:
        """The world of the start, with the switch."""
        super().reset()
        self.switch(**self.switches)


class OtherSide(Pair):
    """A pair on one side of a switch; where the tests' own simple reading could not live with it, that reads without."""

    def ask(self, method: str, path: str, **more: Any) -> dict[str, Any]:
        """One request, as on the side that is usual."""
        assert isinstance(self.account, Switched)
        hard = {name: value for name, value in self.account.switches.items() if name in HARD_TO_READ}
        if hard:
            self.account.switch(**{name: SWITCHES[name].default for name in hard})
        try:
            return super().ask(method, path, **more)
        finally:
            if hard:
                self.account.switch(**hard)


def sides(switch: Switch) -> tuple[str, ...]:
    """Every value of a switch that is not its default."""
    if switch.choices == ("<number>",):
        return (NUMBERS.get(switch.name, "3"),)
    return tuple(value for value in switch.choices if value != switch.default) or TEXTS[switch.name]


def cases() -> list[Any]:
    """Each switch with each of its other values."""
    return [
        pytest.param(name, value, id=f"{name}={value}", marks=[] if name in QUICK else pytest.mark.full)
        for name, switch in SWITCHES.items()
        if name not in OF_THEIR_OWN
        for value in sides(switch)
    ]


@pytest.fixture
def pair_on(account: SandboxProgram, tmp_path: Path, transactional_db: None) -> Any:
    """Makes a pair on one side of a switch."""
    pairs: list[OtherSide] = []

    def make(**switches: str) -> Pair:
        (tmp_path / "sonis.sqlite3").touch()
        pairs.append(OtherSide(School(f"sqlite:///{tmp_path}/sonis.sqlite3"), Switched(account, **switches)))
        return pairs[-1]

    yield make
    for pair in pairs:
        pair.close()
    account.reset()


def email(sonis_id: str) -> str:
    """The address that the person has at first."""
    return f"{sonis_id.lower()}@example.edu"


def a_past(pair: Pair) -> None:
    """Four exported people, and what people did on both sides since."""
    for sonis_id in (CITY, RENAMED, CLEARED, BLANK):
        pair.school.add(sonis_id, "Ana", f"Lima{sonis_id[-1]}", email(sonis_id), nickname="Annie", city="Nashville")
    assert pair.export().counts["created"] == 4
    pair.school.change("address", CITY, city="Here & There Heights")
    pair.school.change("address", RENAMED, e_mail="renamed@example.edu")
    pair.school.change("name", CLEARED, nickname=" ")
    pair.school.change("name", BLANK, first_name=" ")
    pair.make_contact("EVE@Example.edu", "Eve", "Lima")
    pair.school.add(EVE, "Eve", "Lima", "eve@example.edu")
    pair.school.add(NEW, "Ned", "Lima", email(NEW))
    pair.make_contact("fresh@example.org", "Fiona", "Fresh")
    gone = pair.make_contact("gone@example.org", "Gus", "Gone")
    pair.ask("DELETE", f"/contacts/{gone}")
    left = pair.make_contact("left@example.org", "Lea", "Left")
    pair.subscribe(left, 1)
    pair.subscribe(left, 2)


def check_contacts(pair: Pair, kept_otherwise: str, *, accounts: bool) -> None:
    """Every person's contact is as SONIS says, once, on no list that it was not on."""
    people = {row["values"]["SONIS_ID"]: row for row in pair.contacts() if row["values"].get("SONIS_ID")}
    assert sorted(people) == [CITY, RENAMED, CLEARED, BLANK, EVE, NEW]
    assert len(pair.contacts()) == 8 + len([row for row in pair.contacts() if row["email"].startswith("deleted+")])
    assert people[RENAMED]["email"] == "renamed@example.edu"
    assert people[CLEARED]["values"].get("Preferred Name", "") == ""
    if kept_otherwise != "CITY":
        assert people[CITY]["values"]["Home City"] == "Here & There Heights"
    if kept_otherwise != "BLANK":
        assert not people[BLANK]["firstName"]
    assert all(len(row["accounts"]) == accounts for row in people.values())
    assert all(row["lists"] == {} for row in people.values())


@pytest.mark.parametrize(("name", "value"), cases())
def test_the_story_goes_well_on_the_other_side(name: str, value: str, pair_on: Callable[..., Pair]):
    pair = pair_on(**({} if name in AFTER_SET_UP else {name: value}))
    pair.account.switch(**{name: value})
    kept_otherwise = KEPT_OTHERWISE.get((name, value), "")
    a_past(pair)
    run = pair.export()
    assert run.counts["created"] == 1, [line.message for line in run.lines.all()]
    assert run.counts["updated"] + run.counts["not_kept"] == 5
    assert run.counts["not_kept"] == bool(kept_otherwise)
    check_contacts(pair, kept_otherwise, accounts=(name, value) != ("accounts_enabled", "off"))
    check_shielded(pair, name, value)
    check_quiet(pair, kept_otherwise)
    check_import(pair)


def check_shielded(pair: Pair, name: str, value: str) -> None:
    """What went by the importer started no automation."""
    started = [entry for entry in pair.account.automations() if entry["would_run"] and "batch" in entry["by"]]
    assert started == [], (name, value)


def check_quiet(pair: Pair, kept_otherwise: str) -> None:
    """The second run writes nothing."""
    pair.account.clear_log()
    again = pair.export()
    assert pair.writes() == []
    assert again.counts["not_kept"] == bool(kept_otherwise)
    assert again.counts["unchanged"] == 6 - bool(kept_otherwise)


def check_import(pair: Pair) -> None:
    """Three strangers: one is imported, one had left, one is gone. One who comes days later is seen too."""
    run = pair.import_()
    assert {line.email.lower(): line.reason or line.outcome for line in run.lines.all()} == {
        "fresh@example.org": "created",
        "left@example.org": "unsubscribed",
    }
    assert pair.import_().counts["created"] == 0
    pair.account.advance(3 * 86400)
    pair.make_contact("later@example.org", "Lars", "Later")
    changed = pair.contact("renamed@example.edu")
    assert changed is not None
    pair.change_contact(changed["id"], {"Home_City": "Elsewhere"})
    assert pair.import_().counts["created"] == 1
    assert sorted(row["e_mail"] for row in pair.school.rows("SELECT e_mail FROM webps")) == [
        "fresh@example.org",
        "later@example.org",
    ]
    assert pair.export().drift == 1


def test_an_account_whose_plan_ended_is_written_nothing(pair_on: Callable[..., Pair]):
    pair = pair_on()
    pair.school.add(CITY, "Ana", "Lima", email(CITY))
    pair.account.switch(read_status="402")
    with pytest.raises(StopRunError, match="402"):
        pair.export()
    pair.account.switch(read_status="none")
    assert pair.export().counts["created"] == 1


def test_a_full_account_fails_the_people_who_found_no_room(pair_on: Callable[..., Pair]):
    pair = pair_on(contact_limit="3")
    for number in range(5):
        pair.school.add(f"AB000000{number}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    run = pair.export()
    assert (run.counts["created"], run.counts["failed"], run.status) == (3, 2, "succeeded_with_problems")
    pair.account.switch(contact_limit="0")
    assert pair.export().counts["created"] == 2


@pytest.mark.parametrize("value", ["new", "revive", "reject"])
def test_a_deleted_contact_is_made_again_as_the_account_allows(value: str, pair_on: Callable[..., Pair]):
    pair = pair_on(deleted_email_reused=value)
    pair.school.add(CITY, "Ana", "Lima", email(CITY))
    pair.export()
    contact = pair.contact(email(CITY))
    assert contact is not None
    pair.subscribe(contact["id"], 1)
    pair.subscribe(contact["id"], 2)
    pair.ask("DELETE", f"/contacts/{contact['id']}")
    pair.school.change("address", CITY, city="Memphis")
    pair.export()
    run = pair.export()
    if value == "reject":
        assert run.counts["failed"] == 1
        assert pair.contacts() == []
        return
    [made] = pair.contacts()
    assert (made["values"]["SONIS_ID"], made["values"]["Home City"]) == (CITY, "Memphis")
    assert "1" not in made["lists"].values()
    pair.export()
    pair.account.clear_log()
    assert pair.export().counts["unchanged"] == 1
    assert pair.writes() == []


def test_contacts_that_are_on_no_list_and_therefore_unseen_are_said_to_be_gone_and_never_doubled(
    pair_on: Callable[..., Pair],
):
    pair = pair_on(unlisted_listed="off")
    pair.school.add(CITY, "Ana", "Lima", email(CITY))
    for _ in range(2):
        run = pair.export()
        assert (run.counts["failed"], run.status) == (1, "succeeded_with_problems")
    pair.account.switch(unlisted_listed="on")
    pair.export()
    assert [row["values"]["SONIS_ID"] for row in pair.contacts()] == [CITY]
    pair.account.clear_log()
    assert pair.export().counts["unchanged"] == 1
    assert pair.writes() == []
