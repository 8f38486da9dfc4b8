"""What people do between a preview and its apply, and values that ActiveCampaign keeps otherwise (rules 6.6 to 6.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.flows.pair import Pair
from tests.flows.story import check_record, email_of, id_of

# What somebody does between preview and apply


class Window:
    """A shown plan: one new person, one with a changed city, one with a changed address."""

    def __init__(self, pair: Pair) -> None:
        self.pair = pair
        for number in (1, 2, 3):
            pair.school.add(id_of(number), "Ana", f"Lima{number}", email_of(number), nickname="Annie", city="Nashville")
        pair.export()
        self.ids = {number: self.at(email_of(number))["id"] for number in (1, 2, 3)}
        pair.school.add(id_of(4), "Ben", "New", email_of(4))
        pair.school.change("address", id_of(1), city="Memphis")
        pair.school.change("address", id_of(2), e_mail="renamed@example.edu")
        pair.school.change("name", id_of(3), nickname=" ")
        self.shown = pair.export(preview=True)
        assert self.shown.counts["created"] == 1
        assert self.shown.counts["updated"] == 3

    def at(self, email: str) -> dict[str, Any]:
        """The contact at that address."""
        found = self.pair.contact(email)
        assert found is not None
        return found

    def apply(self) -> dict[str, str]:
        """Apply what was shown; SONIS ID to reason, or to outcome where there is none."""
        self.pair.account.clear_log()
        run = self.pair.apply(self.shown)
        check_record(self.pair, run)
        assert run.status != "failed"
        return {line.sonis_id: line.reason or line.outcome for line in run.lines.all()}


ALL_DONE = {id_of(1): "updated", id_of(2): "updated", id_of(3): "updated", id_of(4): "created"}


def test_a_plan_that_still_holds_is_applied_as_shown(pair: Pair):
    assert Window(pair).apply() == ALL_DONE


@pytest.mark.parametrize("automations", [False, True])
def test_an_address_that_a_stranger_took_since_is_left_to_the_stranger(
    automations: bool, pair_with: Callable[..., Pair]
):
    pair = pair_with(automations=automations)
    window = Window(pair)
    pair.make_contact(email_of(4), "Zoe", "Stranger")
    pair.make_contact("renamed@example.edu", "Yan", "Stranger")
    before = window.at(email_of(4)), window.at("renamed@example.edu")
    assert window.apply() == ALL_DONE | {id_of(2): "changed-since-plan", id_of(4): "changed-since-plan"}
    assert (window.at(email_of(4)), window.at("renamed@example.edu")) == before
    again = pair.export()
    assert {line.reason for line in again.lines.all()} == {"email-in-use"}
    assert (window.at(email_of(4)), window.at("renamed@example.edu")) == before


@pytest.mark.parametrize("reads", ["rewritten", pytest.param("missing", marks=pytest.mark.full)])
@pytest.mark.parametrize("number", [1, 2, 3])
def test_a_contact_that_was_deleted_since_is_not_written_and_made_again_by_the_next_run(
    number: int, reads: str, pair: Pair
):
    pair.account.switch(deleted_reads=reads)
    window = Window(pair)
    pair.ask("DELETE", f"/contacts/{window.ids[number]}")
    assert window.apply()[id_of(number)] in {"changed-since-plan", "gone"}
    pair.export()
    pair.account.clear_log()
    assert pair.export().counts["unchanged"] == 4
    assert pair.writes() == []
    carried = [row["values"].get("SONIS_ID") for row in pair.contacts()]
    assert sorted(carried) == [id_of(1), id_of(2), id_of(3), id_of(4)]


def test_a_contact_that_got_another_sonis_id_since_is_not_written(pair: Pair):
    window = Window(pair)
    for contact_id in window.ids.values():
        values = [{"field": pair.titles["SONIS_ID"], "value": f"ZZ{int(contact_id):07d}"}]
        pair.ask("PUT", f"/contacts/{contact_id}", json={"contact": {"fieldValues": values}})
    before = pair.contacts()
    assert window.apply() == {id_of(4): "created"} | {id_of(number): "changed-since-plan" for number in (1, 2, 3)}
    assert [row for row in pair.contacts() if row["id"] in window.ids.values()] == before
    assert {line.reason for line in pair.export().lines.all()} == {"unknown-sonis-id"}


def test_who_unsubscribed_since_is_updated_and_stays_unsubscribed(pair: Pair):
    window = Window(pair)
    for contact_id in window.ids.values():
        pair.subscribe(contact_id, 1)
        pair.subscribe(contact_id, 2)
    assert window.apply() == ALL_DONE
    assert all(row["lists"] == {"1": "2"} for row in pair.contacts() if row["id"] in window.ids.values())


def test_a_person_who_changed_since_is_left_to_the_next_run(pair: Pair):
    window = Window(pair)
    for number in (1, 2, 3, 4):
        pair.school.change("address", id_of(number), zip="37201")
    assert set(window.apply().values()) == {"changed-since-plan"}
    assert pair.export().counts["updated"] == 3


@pytest.mark.parametrize("change", [{"disabled": 1}, {"deceased": 1}])
def test_a_person_who_was_taken_out_since_is_not_sent(change: dict[str, int], pair: Pair):
    window = Window(pair)
    pair.school.change("name", id_of(4), **change)
    assert window.apply() == ALL_DONE | {id_of(4): "changed-since-plan"}
    assert pair.contact(email_of(4)) is None


def test_a_person_who_lost_the_exported_status_since_is_not_sent(pair: Pair):
    window = Window(pair)
    pair.school.change("nmmodst", id_of(4), mod_stat="FA")
    assert window.apply() == ALL_DONE | {id_of(4): "changed-since-plan"}


def test_a_person_who_is_excluded_from_mailings_since_is_not_sent(pair_with: Callable[..., Pair]):
    pair = pair_with(exclude_excl_mailing=True)
    window = Window(pair)
    pair.school.change("name", id_of(4), excl_mailing=1)
    assert window.apply() == ALL_DONE | {id_of(4): "changed-since-plan"}


def test_an_address_that_another_person_in_sonis_claims_since_goes_to_one_of_them(pair: Pair):
    window = Window(pair)
    pair.school.add(id_of(5), "Cid", "Other", email_of(4), status="ST")
    window.apply()
    pair.export()
    carried = [row["values"].get("SONIS_ID") for row in pair.contacts() if row["email"] == email_of(4)]
    assert len(carried) == 1
    pair.account.clear_log()
    pair.export()
    assert pair.writes() == []


# What ActiveCampaign keeps otherwise


@pytest.mark.parametrize(
    ("switches", "table", "values", "title"),
    [
        ({"html_escape": "on"}, "address", {"city": "Here & There"}, "Home City"),
        ({"max_text_length": "8"}, "address", {"city": "Sevierville Heights"}, "Home City"),
        ({"blank_clears_standard": "off"}, "name", {"first_name": " "}, "First Name"),
    ],
)
@pytest.mark.parametrize("automations", [False, pytest.param(True, marks=pytest.mark.full)])
def test_what_is_kept_otherwise_is_said_and_not_sent_again_until_something_changes(
    switches: dict[str, str],
    table: str,
    values: dict[str, str],
    title: str,
    automations: bool,
    pair_with: Callable[..., Pair],
):
    pair = pair_with(automations=automations)
    pair.school.add(id_of(1), "Ana", "Lima", email_of(1), city="Nashville", high_school="HS")
    pair.export()
    pair.account.switch(**switches)
    pair.school.change(table, id_of(1), **values)
    run = pair.export()
    assert run.status == "succeeded_with_problems"
    line = pair.outcome(run, id_of(1))
    assert line.outcome == "not_kept"
    assert title in line.message
    for _ in range(2):
        pair.account.clear_log()
        again = pair.export()
        assert pair.outcome(again, id_of(1)).outcome == "not_kept"
        assert pair.writes() == []
    pair.account.switch(html_escape="off", max_text_length="0", blank_clears_standard="on")
    pair.school.change("address", id_of(1), city="Memphis")
    pair.school.change("name", id_of(1), first_name="Ana")
    last = pair.export()
    assert last.status == "succeeded"


# Imports
