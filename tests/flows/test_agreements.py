"""A plan made with agreements is the plan that is made from nothing (decision 0021)."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from sonisbridge.core.contact import ContactId
from sonisbridge.core.field_mapping import WriteRule
from sonisbridge.core.person import SonisId
from sonisbridge.sonis.people import PersonRows
from sonisbridge.store import institutions
from sonisbridge.store.history import last_agreed
from sonisbridge.store.links import BY_USER, EVERY, Links
from sonisbridge.store.models import AgreedPage, Agreement, Decision, Institution, Link, OpenConflict, Run
from tests.flows.pair import Pair
from tests.flows.school import School
from tests.sandbox.program import SandboxProgram

FULL = os.environ.get("SONISBRIDGE_TEST_FULL") == "1"
MARKER = "Taken from an agreement."


def marked(pair: Pair) -> None:
    """Give every agreement a note that nothing else has, so that a run shows of how many it made use."""
    Agreement.objects.filter(institution=pair.institution).update(notes=json.dumps([MARKER]))


def used(run: Run) -> int:
    return int(run.warnings.get(MARKER, 0))


@pytest.fixture
def agreed(pair: Pair) -> Pair:
    """Three people who were exported and are as agreed, and a plan that found them so, one page of them."""
    for number, name in enumerate(["Ana", "Bea", "Cyn"], start=1):
        pair.school.add(f"AB{number}", name, "Lima", f"{name.lower()}@example.edu", nickname="Nick")
    assert pair.export().counts["created"] == 3
    pair.export(preview=True)
    assert AgreedPage.objects.count() == 1
    marked(pair)
    return pair


def test_the_run_after_the_first_export_takes_everybody_as_agreed(agreed: Pair):
    run = agreed.export(preview=True)
    assert (used(run), run.counts["unchanged"], run.counts["read"]) == (3, 3, 3)
    assert set(last_agreed(agreed.institution, Link.objects.all()).values()) == {run}


def test_of_a_page_that_is_as_before_nobody_is_looked_at_alone(agreed: Pair, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(PersonRows, "mark", None)
    assert used(agreed.export(preview=True)) == 3
    assert AgreedPage.objects.count() == 1


def test_pages_that_are_no_more_are_forgotten(agreed: Pair):
    (before,) = AgreedPage.objects.all()
    agreed.school.add("AB4", "Dee", "Lima", "dee@example.edu")
    for _again in range(2):
        agreed.export()
    (after,) = AgreedPage.objects.all()
    assert after.mark != before.mark


def test_who_is_out_of_agreement_was_last_in_it_in_the_plan_before(agreed: Pair):
    first = agreed.export(preview=True)
    agreed.school.change("name", "AB1", nickname="Nicky")
    agreed.export(preview=True)
    last = agreed.export(preview=True)
    found = last_agreed(agreed.institution, Link.objects.order_by("sonis_id"))
    assert [run.pk for run in found.values()] == [first.pk, last.pk, last.pk]


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("name", {"nickname": "Nicky"}),
        ("address", {"city": "Memphis"}),
        ("nmmodst", {"mod_stat": "ST"}),
        ("prospect", {"agency": "Lee"}),
    ],
)
def test_whoever_changed_in_sonis_is_planned_and_nobody_else(agreed: Pair, table: str, change: dict[str, str]):
    agreed.school.change(table, "AB2", **change)
    run = agreed.export()
    assert (used(run), run.counts["updated"], run.counts["unchanged"]) == (2, 1, 2)
    assert agreed.export(preview=True).counts["unchanged"] == 3


def test_whoever_changed_in_activecampaign_is_planned_and_the_drift_is_recorded(agreed: Pair):
    contact = agreed.contact("bea@example.edu")
    assert contact is not None
    agreed.change_contact(contact["id"], {"Home_City": "Paris"})
    run = agreed.export()
    assert (used(run), run.counts["updated"], run.drift) == (2, 1, 1)


def test_somebody_new_who_wants_the_address_of_one_who_is_as_agreed_goes_without(agreed: Pair):
    agreed.school.add("AB0", "Eve", "Roe", "bea@example.edu", status="ST")
    run = agreed.export(preview=True)
    assert (used(run), run.counts["unchanged"], run.counts["conflict"]) == (2, 3, 1)
    assert agreed.outcome(run, "AB0").reason == "shared-email"


def test_a_second_contact_with_the_sonis_id_is_a_conflict_though_neither_side_changed_else(agreed: Pair):
    agreed.make_contact("else@example.edu", "Ana", "Lima", SONIS_ID="AB1")
    run = agreed.export(preview=True)
    assert agreed.outcome(run, "AB1").reason == "duplicate-sonis-id"
    assert used(run) == 2


def test_what_users_decide_is_believed_before_an_agreement(agreed: Pair):
    contact = agreed.contact("bea@example.edu")
    assert contact is not None
    Decision.objects.create(
        institution=agreed.institution, action="not-same", sonis_id="AB2", contact_id=contact["id"], by="test"
    )
    run = agreed.export(preview=True)
    assert (used(run), agreed.outcome(run, "AB2").reason) == (2, "email-in-use")


def test_a_contact_that_was_taken_out_of_its_account_is_put_back(agreed: Pair):
    contact = agreed.contact("bea@example.edu")
    assert contact is not None
    (link,) = [
        row for row in agreed.get("/accountContacts", limit=100)["accountContacts"] if row["contact"] == contact["id"]
    ]
    agreed.ask("DELETE", f"/accountContacts/{link['id']}")
    Institution.objects.update(scanned_at=None)
    run = agreed.export(preview=True)
    assert (used(run), agreed.outcome(run, "AB2").link_account) == (2, True)


@pytest.mark.parametrize("choice", [("program_as", "code"), ("country", "DE"), ("exclude_excl_mailing", "yes")])
def test_under_other_terms_everybody_is_planned(agreed: Pair, choice: tuple[str, str]):
    agreed.choose(*choice)
    run = agreed.export(preview=True)
    assert (used(run), run.counts["read"]) == (0, 3)


def test_other_texts_of_codes_are_other_terms(agreed: Pair):
    agreed.school.alter("UPDATE inqtype SET inqtype_txt = 'By web form' WHERE inqtypecod = 'WEB'")
    run = agreed.export(preview=True)
    assert (used(run), run.counts["updated"]) == (0, 3)


def test_what_there_is_to_look_at_is_counted_of_those_who_are_as_agreed_too(pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu", email2="nonsense")
    first = pair.export()
    again = pair.export(preview=True)
    assert "E-mail 2 in SONIS is not a valid address." in first.warnings
    assert again.counts["unchanged"] == 1
    assert again.warnings == first.warnings


def test_what_activecampaign_does_not_keep_is_never_agreed(pair: Pair):
    pair.school.add("AB1", "Ana", "Lima", "ana@example.edu", city="Nashville")
    pair.export()
    Link.objects.update(not_kept={"1": ["a", "b"]})
    Agreement.objects.all().delete()
    pair.school.change("name", "AB1", nickname="Other")
    pair.export(preview=True)
    assert not Agreement.objects.exists()


# Whatever changes

IDS = [f"AB000000{number}" for number in range(6)]
FIRST, LAST = ["Ana", "Bea", "Cyn", "Dee"], ["Lima", "Roe"]
EMAILS = [f"{name}@example.edu" for name in "abcdefgh"]
COLUMNS = ("sonis_id", "contact_id", "how", "decided_by", "confirmed", "not_kept", "checked_run")
OPEN = ("reason", "sonis_id", "contact_ids", "proposed", "message", "name")


class Planned(RuleBasedStateMachine):
    """A school, an account, decisions and settings that change, and plans."""

    make_pair: Callable[[], Pair]

    def __init__(self) -> None:
        super().__init__()
        self.people: list[str] = []
        self.pair: Pair

    @initialize(many=st.integers(2, 5))
    def connect(self, many: int) -> None:
        self.pair = type(self).make_pair()
        for sonis_id, email in list(zip(IDS, EMAILS, strict=False))[:many]:
            self.pair.school.add(sonis_id, "Ana", "Lima", email)
            self.people.append(sonis_id)
        self.pair.export()

    def teardown(self) -> None:
        self.pair.close()

    @rule(
        sonis_id=st.sampled_from(IDS), first=st.sampled_from(FIRST), last=st.sampled_from(LAST),
        email=st.sampled_from([*EMAILS, "", "nonsense"]), email2=st.sampled_from([*EMAILS, "", "nonsense", ""]),
        status=st.sampled_from(["PS", "ST", "FA"]),
    )  # fmt: skip
    def add_person(self, sonis_id: str, first: str, last: str, email: str, email2: str, status: str) -> None:
        if sonis_id not in self.people:
            self.pair.school.add(sonis_id, first, last, email, email2=email2, status=status)
            self.people.append(sonis_id)

    @precondition(lambda self: self.people)
    @rule(
        data=st.data(),
        change=st.sampled_from(
            [
                ("name", {"nickname": "Nicky"}), ("name", {"first_name": "Bea"}), ("name", {"disabled": 1}),
                ("name", {"disabled": 0}), ("name", {"excl_mailing": 1}), ("address", {"city": "Memphis"}),
                ("address", {"city": " "}), ("address", {"preferred": 0}), ("nmmodst", {"mod_stat": "AL"}),
                ("nmmodst", {"mod_stat": "FA"}), ("prospect", {"agency": "Lee"}), ("prospect", {"inqtypecod": "NONE"}),
                *(("address", {"e_mail": email}) for email in EMAILS[:4]),
                *(("address", {"e_mail2": email}) for email in EMAILS[:4]),
            ]
        ),
    )  # fmt: skip
    def change_person(self, data: st.DataObject, change: tuple[str, dict[str, Any]]) -> None:
        table, values = change
        self.pair.school.change(table, data.draw(st.sampled_from(self.people)), **values)

    @precondition(lambda self: self.people)
    @rule(data=st.data())
    def remove_person(self, data: st.DataObject) -> None:
        sonis_id = data.draw(st.sampled_from(self.people))
        self.people.remove(sonis_id)
        for table in ("name", "address", "nmmodst", "prospect"):
            self.pair.school.alter(f"DELETE FROM {table} WHERE RTRIM(soc_sec) = '{sonis_id}'")

    @precondition(lambda self: self.people)
    @rule(data=st.data(), email=st.sampled_from(EMAILS), rid=st.integers(100, 999))
    def add_address(self, data: st.DataObject, email: str, rid: int) -> None:
        sonis_id = data.draw(st.sampled_from(self.people))
        self.pair.school.alter(
            "INSERT INTO address (addr_rid, soc_sec, preferred, e_mail, text_me) "
            f"SELECT '{rid}', '{sonis_id}', 1, '{email}', 0 WHERE NOT EXISTS (SELECT 1 FROM address WHERE addr_rid = '{rid}')"
        )

    @rule(
        email=st.sampled_from(EMAILS),
        first=st.sampled_from([*FIRST, ""]),
        last=st.sampled_from(LAST),
        carries=st.sampled_from(["", "", *IDS[:3], "GONE1"]),
    )
    def make_contact(self, email: str, first: str, last: str, carries: str) -> None:
        if self.pair.contact(email) is None:
            self.pair.make_contact(email, first, last, **({"SONIS_ID": carries} if carries else {}))

    @rule(data=st.data(), values=st.sampled_from([{"Home_City": "Paris"}, {"SONIS_ID": IDS[0]}, {"SONIS_ID": ""}]))
    def change_contact(self, data: st.DataObject, values: dict[str, str]) -> None:
        if contacts := self.pair.contacts():
            self.pair.change_contact(data.draw(st.sampled_from(contacts))["id"], values)

    @rule(data=st.data())
    def delete_contact(self, data: st.DataObject) -> None:
        if contacts := self.pair.contacts():
            self.pair.ask("DELETE", f"/contacts/{data.draw(st.sampled_from(contacts))['id']}")
            Institution.objects.filter(pk=self.pair.institution.pk).update(scanned_at=None)

    @rule(data=st.data(), sonis_id=st.sampled_from(IDS))
    def decide(self, data: st.DataObject, sonis_id: str) -> None:
        contacts = self.pair.contacts()
        contact_id = data.draw(st.sampled_from(contacts))["id"] if contacts else None
        what = data.draw(st.sampled_from(["link", "not-same", "ignore", "unlink", "take back"]))
        match what:
            case "link" if contact_id:
                Links(self.pair.institution).keep(SonisId(sonis_id), ContactId(contact_id), how=BY_USER, run=None)
            case "not-same" | "ignore":
                Decision.objects.create(
                    institution=self.pair.institution, action=what, sonis_id=sonis_id, contact_id=contact_id,
                    reason="shared-email", by="test",
                )  # fmt: skip
            case "unlink":
                Links(self.pair.institution).unlink(SonisId(sonis_id))
            case _:
                Decision.objects.filter(institution=self.pair.institution).delete()

    @rule(choice=st.sampled_from([("exclude_excl_mailing", "yes"), ("exclude_excl_mailing", "no"), ("country", "DE")]))
    def choose(self, choice: tuple[str, str]) -> None:
        self.pair.choose(*choice)

    @rule(text=st.sampled_from(["Web form", "By web form"]))
    def rename_code(self, text: str) -> None:
        self.pair.school.alter(f"UPDATE inqtype SET inqtype_txt = '{text}' WHERE inqtypecod = 'WEB'")

    @rule(write_rule=st.sampled_from(list(WriteRule)[:3]), label=st.sampled_from(["Prospect", "Student"]))
    def change_mapping(self, write_rule: WriteRule, label: str) -> None:
        mapping = institutions.field_mapping(self.pair.institution)
        rows = tuple(
            replace(row, write_rule=write_rule) if row.data_point == "address.city" else row for row in mapping.rows
        )
        translations = {**mapping.translations, "modstat": {"PS": label}}
        changed = replace(mapping, rows=rows, translations=translations)
        institutions.change_field_mapping(self.pair.institution, changed, by="test")

    @rule()
    def export(self) -> None:
        run = self.pair.export()
        counts = dict(run.counts)
        assert counts.pop("read") == sum(counts.values())

    @rule()
    def plan(self) -> None:
        """The same plan with agreements and without."""
        mine = {"institution": self.pair.institution}
        links, conflicts = list(Link.objects.filter(**mine)), list(OpenConflict.objects.filter(**mine))
        agreements = list(Agreement.objects.filter(**mine))
        Agreement.objects.filter(**mine).exclude(notes="").delete()  # whose own notes would be lost
        marked(self.pair)
        shown = self.pair.export(preview=True)
        event(f"{used(shown)} as agreed")
        self.put_back(links, conflicts, agreements)
        with_them = self.planned()
        self.put_back(links, conflicts, [])
        assert with_them == self.planned()

    def put_back(self, links: list[Link], conflicts: list[OpenConflict], agreements: list[Agreement]) -> None:
        """What the bridge remembers, as it was."""
        for table in (Link, OpenConflict, Agreement):
            table._base_manager.filter(institution=self.pair.institution).delete()
        Link.objects.bulk_create(links)
        OpenConflict.objects.bulk_create(conflicts)
        Agreement.objects.bulk_create(agreements)

    def planned(self) -> dict[str, Any]:
        """All that a preview leaves behind."""
        run = self.pair.export(preview=True)
        lines = [
            {key: value for key, value in vars(line).items() if key not in {"_state", "id", "run_id", "position"}}
            for line in run.lines.order_by("sonis_id", "position")
        ]
        links = Link.objects.filter(institution=self.pair.institution).order_by("sonis_id").values(*COLUMNS)
        waiting = OpenConflict.objects.filter(institution=self.pair.institution).values(*OPEN)
        return {
            "lines": lines,
            "counts": run.counts,
            "warnings": run.warnings,
            "drift": run.drift,
            "links": [{**row, "checked_run": row["checked_run"] == EVERY} for row in links],
            "conflicts": sorted(map(repr, waiting)),
        }


@pytest.mark.timeout(1500)
def test_whatever_changed_the_plan_is_the_one_that_is_made_from_nothing(
    account: SandboxProgram, tmp_path: Path, transactional_db: None
):
    numbers = itertools.count()

    def make() -> Pair:
        number = next(numbers)
        (tmp_path / f"{number}.sqlite3").touch()
        return Pair(School(f"sqlite:///{tmp_path}/{number}.sqlite3"), account, name=f"Test {number}")

    Planned.make_pair = staticmethod(make)
    run_state_machine_as_test(
        Planned,
        settings=settings(
            max_examples=60 if FULL else 8,
            stateful_step_count=16 if FULL else 12,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
