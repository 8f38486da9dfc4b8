"""Imports, over real HTTP and SQL: rule 7 as a user would see it."""

from __future__ import annotations

from collections.abc import Callable

from sonisbridge.sync import prospects
from tests.flows.pair import Pair


def reasons(run) -> dict[str, str]:
    """Address to reason, or outcome where there is none."""
    return {line.email: line.reason or line.outcome for line in run.lines.all()}


def test_a_contact_that_sonis_has_never_seen_waits_as_a_web_prospect(pair: Pair):
    contact_id = pair.make_contact("ana@example.edu", "Ana", "Lima", Home_City="Nashville", Home_State="Tennessee")
    run = pair.import_()
    assert run.status == "succeeded"
    row = pair.school.rows("SELECT * FROM webps")[0]
    assert (row["first_name"], row["last_name"], row["e_mail"]) == ("Ana", "Lima", "ana@example.edu")
    assert (row["city"], row["state"], row["source"], row["source_id"]) == (
        "Nashville",
        "TN",
        "ActiveCampaign",
        contact_id,
    )
    assert "Created web prospect" in run.lines.get().message


def test_an_hourly_import_makes_the_same_prospect_once(pair: Pair):
    pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.import_()
    again = [pair.import_() for _ in range(3)]
    assert len(pair.school.rows("SELECT * FROM webps")) == 1
    assert [reasons(run) for run in again] == [{"ana@example.edu": "already-waiting"}] * 3


def test_the_unsubscribed_the_bounced_and_the_incomplete_stay_out(pair: Pair):
    left = pair.make_contact("left@example.edu", "Lea", "Left")
    pair.subscribe(left, 1)
    pair.subscribe(left, 2)
    stays = pair.make_contact("stays@example.edu", "Sia", "Stays")
    pair.subscribe(stays, 1)
    pair.subscribe(stays, 2, "2")
    pair.make_contact("nameless@example.edu", "", "Doe")
    run = pair.import_()
    assert reasons(run) == {
        "left@example.edu": "unsubscribed",
        "stays@example.edu": "created",
        "nameless@example.edu": "missing-required",
    }


def test_somebody_sonis_knows_is_left_alone_whatever_the_contact_says(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", city="Nashville", status="FA", disabled=1)
    pair.make_contact("ana@example.edu", "Ana", "Lima", Home_City="Memphis")
    run = pair.import_()
    assert reasons(run) == {"ana@example.edu": "already-in-sonis"}
    assert pair.school.rows("SELECT city FROM address") == [{"city": "Nashville"}]
    assert pair.school.rows("SELECT * FROM webps") == []


def test_a_possible_duplicate_is_imported_and_flagged(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.make_contact("other@example.edu", "Ana", "Lima")
    run = pair.import_()
    assert run.counts["created"] == 1
    assert "AB0000001" in run.lines.get().message


def test_a_converted_prospect_gets_its_sonis_id_once_and_keeps_where_it_began(pair: Pair):
    contact_id = pair.make_contact("ana@example.edu", "Ana", "Lima")
    pair.import_()
    [(prospect, sonis_id)] = prospects.convert(pair.institution, None, by="test")
    assert prospect.contact_id == contact_id
    pair.school.change("name", sonis_id, first_name="Anna")
    pair.school.change("address", sonis_id, e_mail="anna@example.edu")
    run = pair.export()
    assert run.counts["updated"] == 1
    contact = pair.contact("anna@example.edu")
    assert contact is not None
    assert contact["id"] == contact_id
    assert contact["values"]["SONIS_ID"] == sonis_id
    assert contact["values"]["Opportunity Created By"] == "ActiveCampaign"
    assert len(pair.contacts()) == 1
    assert prospects.convert(pair.institution, None, by="test") == []


def test_direct_mode_makes_the_person_at_once_and_once(pair_with: Callable[..., Pair]):
    pair = pair_with(import_mode="direct")
    pair.make_contact("ana@example.edu", "Ana", "Lima")
    run = pair.import_()
    pair.import_()
    sonis_id = run.lines.get().sonis_id
    assert pair.school.rows("SELECT soc_sec FROM name") == [{"soc_sec": sonis_id}]
    assert pair.school.rows("SELECT mod_stat FROM nmmodst") == [{"mod_stat": "PS"}]
    assert pair.export().counts["updated"] == 1


def test_what_does_not_fit_is_cut_or_left_blank_and_said(pair: Pair):
    pair.make_contact("ana@example.edu", "Ana", "L" * 40, Birthdate="2007-02-03", Program_of_Interest="Basket weaving")
    run = pair.import_()
    row = pair.school.rows("SELECT * FROM webps")[0]
    assert row["last_name"] == "L" * 30
    assert row["prg_cod"] in {"", None}
    assert "name.last_name" in run.lines.get().message


def test_a_preview_imports_nobody(pair: Pair):
    pair.make_contact("ana@example.edu", "Ana", "Lima")
    run = pair.import_(preview=True)
    assert run.counts["created"] == 1
    assert pair.school.rows("SELECT * FROM webps") == []
