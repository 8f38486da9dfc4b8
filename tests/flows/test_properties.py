"""What always holds (rule 14, P1 to P7): edits in SONIS, edits in ActiveCampaign and runs, in any order.

The oracle is written from the rules alone; it shares no code with the product. Few names, few addresses and few people
make collisions frequent.
"""

from __future__ import annotations

import itertools
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from sonisbridge.store.models import Institution, Link, Run
from tests.flows.pair import NEWSLETTER, Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

FULL = os.environ.get("SONISBRIDGE_TEST_FULL") == "1"

IDS = [f"AB000000{number}" for number in range(6)]
FIRST, LAST = ["Ana", "Bea", "ana "], ["Lima", "O'Hara"]
EMAILS = ["a@example.edu", "B@example.edu", "c@example.edu", "d@example.edu"]
CITIES = ["Nashville", "Memphis", " "]
STATUSES = ["PS", "AP", "ST", "AL", "FA"]
WRITTEN = ("created", "updated", "unchanged")
FIELDS = {"Home City": "city", "Preferred Name": "nickname", "Admissions Rep": "agency"}
SHOE_SIZE = "Shoe size"


class BothSides(RuleBasedStateMachine):
    """A school and an account that people change while runs go on."""

    make_pair: Callable[[], Pair]

    def __init__(self) -> None:
        super().__init__()
        self.people: dict[str, dict[str, Any]] = {}
        self.pair: Pair

    @initialize()
    def connect(self) -> None:
        self.pair = type(self).make_pair()

    def teardown(self) -> None:
        self.pair.close()

    # SONIS changes

    @rule(
        sonis_id=st.sampled_from(IDS), first=st.sampled_from(FIRST), last=st.sampled_from(LAST),
        email=st.sampled_from([*EMAILS, "", "nonsense"]), email2=st.sampled_from([*EMAILS, "", ""]),
        status=st.sampled_from(STATUSES),
    )  # fmt: skip
    def add_person(self, sonis_id: str, first: str, last: str, email: str, email2: str, status: str) -> None:
        if sonis_id not in self.people:
            facts = {"email2": email2, "status": status, "nickname": "Nick", "city": "Nashville", "agency": "Kim"}
            self.pair.school.add(sonis_id, first, last, email, **facts)
            self.people[sonis_id] = {"first": first.strip(), "last": last, "email": email, "disabled": 0, **facts}

    @precondition(lambda self: self.people)
    @rule(data=st.data(), city=st.sampled_from(CITIES), nickname=st.sampled_from(["Nick", "Nicky", " "]))
    def change_person(self, data: st.DataObject, city: str, nickname: str) -> None:
        sonis_id = data.draw(st.sampled_from(sorted(self.people)))
        self.pair.school.change("address", sonis_id, city=city)
        self.pair.school.change("name", sonis_id, nickname=nickname)
        self.people[sonis_id].update(city=city.strip(), nickname=nickname.strip())

    @precondition(lambda self: self.people)
    @rule(data=st.data(), email=st.sampled_from([*EMAILS, ""]), first=st.sampled_from(FIRST))
    def rename_person(self, data: st.DataObject, email: str, first: str) -> None:
        sonis_id = data.draw(st.sampled_from(sorted(self.people)))
        self.pair.school.change("address", sonis_id, e_mail=email)
        self.pair.school.change("name", sonis_id, first_name=first)
        self.people[sonis_id].update(email=email, first=first.strip())

    @precondition(lambda self: self.people)
    @rule(data=st.data(), disabled=st.integers(0, 1))
    def disable_person(self, data: st.DataObject, disabled: int) -> None:
        sonis_id = data.draw(st.sampled_from(sorted(self.people)))
        self.pair.school.change("name", sonis_id, disabled=disabled)
        self.people[sonis_id]["disabled"] = disabled

    # ActiveCampaign changes

    @rule(
        email=st.sampled_from(EMAILS),
        first=st.sampled_from([*FIRST, ""]),
        last=st.sampled_from(LAST),
        status=st.integers(0, 2),
    )
    def make_contact(self, email: str, first: str, last: str, status: int) -> None:
        if self.pair.contact(email) is None:
            contact_id = self.pair.make_contact(email, first, last, Home_City="Elsewhere", Shoe_size="42")
            if status:
                self.pair.subscribe(contact_id, status)

    @rule(data=st.data(), city=st.sampled_from(["Nashville", "Memphis", "Paris"]), first=st.sampled_from(FIRST))
    def change_contact(self, data: st.DataObject, city: str, first: str) -> None:
        contacts = self.pair.contacts()
        if contacts:
            chosen = data.draw(st.sampled_from(contacts))
            self.pair.change_contact(chosen["id"], {"Home_City": city}, firstName=first)

    @rule(data=st.data(), status=st.integers(1, 2))
    def subscribe(self, data: st.DataObject, status: int) -> None:
        contacts = self.pair.contacts()
        if contacts:
            self.pair.subscribe(data.draw(st.sampled_from(contacts))["id"], status)

    @rule(data=st.data())
    def delete_contact(self, data: st.DataObject) -> None:
        contacts = self.pair.contacts()
        if contacts:
            self.pair.ask("DELETE", f"/contacts/{data.draw(st.sampled_from(contacts))['id']}")
            # Only a full scan finds what was deleted (rule 4.1); it is due.
            Institution.objects.filter(pk=self.pair.institution.pk).update(scanned_at=None)

    @rule()
    def lose_the_bridges_memory(self) -> None:
        """A new machine: the links are found again by what ActiveCampaign holds."""
        Link.objects.filter(institution=self.pair.institution).delete()

    # Runs, and what holds after each

    @rule()
    def export(self) -> None:
        before = self.pair.contacts()
        self.pair.account.clear_log()
        run = self.pair.export()
        after = self.pair.contacts()
        self.check_counts(run)
        self.check_writes_are_recorded(run)
        self.check_convergence(run, after)
        self.check_others_untouched(run, before, after)
        check_nobody_more_mailable(before, after)
        if run.status == "succeeded":
            self.pair.account.clear_log()
            again = self.pair.export()
            assert self.pair.writes() == [], "P2: a second run writes nothing"
            assert again.counts["unchanged"] + again.counts["skipped"] == again.counts["read"]

    @rule()
    def import_(self) -> None:
        people = self.pair.school.rows("SELECT * FROM name") + self.pair.school.rows("SELECT * FROM address")
        contacts = {row["id"]: row for row in self.pair.contacts()}
        held = Counter(row["source_id"] for row in self.pair.school.rows("SELECT source_id FROM webps"))
        self.pair.account.clear_log()
        run = self.pair.import_()
        self.check_counts(run)
        assert self.pair.writes() == [], "an import writes nothing to ActiveCampaign"
        assert people == self.pair.school.rows("SELECT * FROM name") + self.pair.school.rows("SELECT * FROM address")
        prospects = Counter(row["source_id"] for row in self.pair.school.rows("SELECT source_id FROM webps"))
        assert set(prospects.values()) <= {1}, "one web prospect a contact"
        for contact_id in prospects - held:
            contact = contacts[contact_id]
            assert not contact["values"].get("SONIS_ID")
            assert "2" not in contact["lists"].values() or "1" in contact["lists"].values(), "never the unsubscribed"
            assert not self.known(contact), "never somebody whom SONIS knows"

    def known(self, contact: dict[str, Any]) -> bool:
        """Whether a person has the contact's name and one of their addresses is its address."""
        name = (normal(contact["firstName"]), normal(contact["lastName"]))
        return any(
            (normal(person["first"]), normal(person["last"])) == name
            and normal(contact["email"]) in {normal(person["email"]), normal(person["email2"])}
            for person in self.people.values()
        )

    def check_counts(self, run: Run) -> None:
        """P7: outcomes are disjoint and add up."""
        counts = dict(run.counts)
        assert counts.pop("read") == sum(counts.values())

    def check_writes_are_recorded(self, run: Run) -> None:
        """P7: every contact that was written to has its line."""
        lines = {line.email.lower() for line in run.lines.all()} | {str(line.contact_id) for line in run.lines.all()}
        for entry in self.pair.writes():
            rows = entry["body"].get("rows", [entry["body"]]) if entry["body"] else []
            for row in rows:
                named = {str(row[key]).lower() for key in ("email", "contact") if row.get(key)}
                assert not named or named & lines, entry

    def check_convergence(self, run: Run, after: list[dict[str, Any]]) -> None:
        """P1: whoever was exported is in ActiveCampaign what SONIS says, wherever SONIS may write."""
        contacts = {row["id"]: row for row in after}
        lines = {line.sonis_id: line.outcome for line in run.lines.all()}
        links = dict(Link.objects.filter(institution=self.pair.institution).values_list("sonis_id", "contact_id"))
        for sonis_id, person in self.people.items():
            exported = person["status"] != "FA" and not person["disabled"]
            if not exported or lines.get(sonis_id, "unchanged") not in WRITTEN:
                continue
            contact = contacts[str(links[sonis_id])]
            assert contact["values"]["SONIS_ID"] == sonis_id
            assert contact["firstName"].strip() == person["first"]
            assert contact["email"] in {good(person["email"]), good(person["email2"])}
            assert contact["accounts"], "it belongs to the institution's account"
            assert contact["values"].get("Preferred Name", "") == person["nickname"]
            if person["city"].strip():
                assert contact["values"].get("Home City", "") == person["city"]

    def check_others_untouched(self, run: Run, before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
        """P3 and P5: only contacts of exported people changed, only in mapped fields; nobody stands twice."""
        written = {str(line.contact_id): line.sonis_id for line in run.lines.all() if line.outcome in WRITTEN}
        now = {row["id"]: row for row in after}
        for row in before:
            same = all(
                now[row["id"]][key] == row[key] for key in ("email", "firstName", "lastName", "values", "accounts")
            )
            assert same or row["id"] in written, "P3: a contact that is nobody's was touched"
            assert now[row["id"]]["values"].get(SHOE_SIZE) == row["values"].get(SHOE_SIZE), (
                "P5: an unmapped field changed"
            )
            if not same:
                assert row["values"].get("SONIS_ID", "") in {"", written[row["id"]]}, "P3: another person's contact"
        carried = Counter(row["values"].get("SONIS_ID", "") for row in after)
        assert all(many == 1 for sonis_id, many in carried.items() if sonis_id), "one contact a person"


def check_nobody_more_mailable(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> None:
    """P4: list standings are as they were; a new contact is on no list."""
    standings = {row["id"]: row["lists"] for row in before}
    for row in after:
        assert row["lists"] == standings.get(row["id"], {}), f"P4: {NEWSLETTER}"


def normal(text: str) -> str:
    """A name part or an address as it is compared."""
    return " ".join(text.split()).casefold()


def good(email: str) -> str:
    """The address as it is sent."""
    return email.strip().lower() if "@" in email else ""


@pytest.mark.timeout(1500)
def test_whatever_people_change_both_sides_stay_right(account: SandboxProgram, tmp_path: Path, transactional_db: None):
    numbers = itertools.count()

    def make() -> Pair:
        number = next(numbers)
        (tmp_path / f"{number}.sqlite3").touch()
        pair = Pair(School(f"sqlite:///{tmp_path}/{number}.sqlite3"), account, name=f"Test {number}")
        made = pair.ask("POST", "/fields", json={"field": {"title": SHOE_SIZE, "type": "text"}})
        pair.titles[SHOE_SIZE] = made["field"]["id"]
        return pair

    BothSides.make_pair = staticmethod(make)
    run_state_machine_as_test(
        BothSides,
        settings=settings(
            max_examples=60 if FULL else 8,
            stateful_step_count=14 if FULL else 12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
