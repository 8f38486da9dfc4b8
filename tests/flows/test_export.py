"""Exports, over real HTTP and SQL: rules 5 and 6 as a user would see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.core.filters import Filters
from sonisbridge.store import conflicts
from sonisbridge.store.models import DriftRecord, Link, Lock
from sonisbridge.sync import decisions
from tests.flows.pair import Pair


def test_a_new_person_becomes_a_contact_with_every_mapped_field(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ANA@Example.edu ", nickname="Anita", hs_grad_year="2026")
    run = pair.export()
    assert run.status == "succeeded"
    assert run.counts["created"] == run.counts["read"] == 1
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    assert (contact["firstName"], contact["lastName"]) == ("Ana", "Lima")
    values = contact["values"]
    assert values["SONIS_ID"] == "AB0000001"
    assert values["HS Grad Date"] == "2026-05-30"
    assert values["Home Zip Code/Postal Code"] == "03720"
    assert values["Prospect Status"] == "Prospect"
    assert values["Okay to Text"] == "Yes"
    assert len(contact["accounts"]) == 1
    assert contact["lists"] == {}


def test_the_second_run_writes_nothing(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    pair.account.clear_log()
    run = pair.export()
    assert run.counts["unchanged"] == 1
    assert pair.writes() == []


def test_a_contact_of_the_same_name_and_address_is_linked_and_keeps_its_lists(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    contact_id = pair.make_contact("ana@example.edu", "ANA ", "lima", Lead_Provider="")
    pair.subscribe(contact_id, 1)
    pair.subscribe(contact_id, 2)
    run = pair.export()
    assert run.counts["updated"] == 1
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    assert contact["id"] == contact_id
    assert contact["values"]["SONIS_ID"] == "AB0000001"
    assert contact["lists"] == {"1": "2"}


def test_a_contact_that_carries_the_sonis_id_is_the_persons_whatever_its_name_and_address(pair: Pair):
    contact_id = pair.make_contact("old@example.edu", "Anita", "Before", SONIS_ID="AB0000001")
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    run = pair.export()
    assert run.counts["updated"] == 1
    [contact] = pair.contacts()
    assert (contact["id"], contact["email"], contact["firstName"]) == (contact_id, "ana@example.edu", "Ana")
    assert Link.objects.get().how == "sonis-id"


def test_two_contacts_with_one_sonis_id_are_a_conflict(pair: Pair):
    for email in ("a@example.edu", "b@example.edu"):
        pair.make_contact(email, "Ana", "Lima", SONIS_ID="AB0000001")
    pair.school.add("AB0000001", "Ana", "Lima", "a@example.edu")
    before = pair.contacts()
    run = pair.export()
    assert pair.outcome(run, "AB0000001").reason == "duplicate-sonis-id"
    assert pair.contacts() == before


def test_a_siblings_contact_is_never_touched(pair: Pair):
    pair.school.add("AB0000001", "Sam", "Reyes", "reyes@example.edu")
    contact_id = pair.make_contact("reyes@example.edu", "Jo", "Reyes")
    before = pair.contact("reyes@example.edu")
    run = pair.export()
    assert pair.outcome(run, "AB0000001").reason == "email-in-use"
    assert pair.contact("reyes@example.edu") == before
    assert run.status == "succeeded_with_problems"
    assert str(contact_id) in pair.outcome(run, "AB0000001").message


def test_of_two_people_with_one_address_one_owns_it_and_the_other_sends_email_2(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "lima@example.edu", status="PS", email2="ana@example.edu")
    pair.school.add("AB0000002", "Bea", "Lima", "lima@example.edu", status="ST")
    pair.school.add("AB0000003", "Cid", "Lima", "lima@example.edu", status="AL")
    run = pair.export()
    assert {row["email"]: row["values"]["SONIS_ID"] for row in pair.contacts()} == {
        "lima@example.edu": "AB0000002",
        "ana@example.edu": "AB0000001",
    }
    assert pair.outcome(run, "AB0000003").reason == "shared-email"


def test_a_changed_address_renames_the_contact(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    pair.school.change("address", "AB0000001", e_mail="lima@example.edu")
    run = pair.export()
    assert run.counts["updated"] == 1
    assert [row["email"] for row in pair.contacts()] == ["lima@example.edu"]


def test_what_somebody_changed_in_activecampaign_is_put_back_and_recorded(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", city="Nashville")
    pair.export()
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    pair.change_contact(contact["id"], {"Home_City": "Memphis"})
    run = pair.export()
    assert run.drift == 1
    record = DriftRecord.objects.get()
    assert (record.theirs, record.ours) == ("Memphis", "Nashville")
    after = pair.contact("ana@example.edu")
    assert after is not None
    assert after["values"]["Home City"] == "Nashville"


def test_a_blank_clears_only_where_the_write_rule_says_so(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", nickname="Anita", city="Nashville")
    pair.export()
    pair.school.change("name", "AB0000001", nickname=" ")
    pair.school.change("address", "AB0000001", city=" ")
    run = pair.export()
    assert run.counts["updated"] == 1
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    assert contact["values"].get("Preferred Name", "") == ""
    assert contact["values"]["Home City"] == "Nashville"


def test_people_who_are_not_to_be_sent_are_skipped_with_a_reason(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "")
    pair.school.add("AB0000002", "Bea", "Lima", "not an address")
    pair.school.add("AB0000003", "Cid", "Lima", "cid@example.edu", disabled=1)
    pair.school.add("AB0000004", "Dee", "Lima", "dee@example.edu", deceased=1)
    pair.school.add("AB0000005", "Eve", "Lima", "eve@example.edu", status="FA")
    run = pair.export()
    assert {line.sonis_id: line.reason for line in run.lines.all()} == {
        "AB0000001": "no-email",
        "AB0000002": "bad-email",
        "AB0000003": "disabled",
        "AB0000004": "deceased",
    }
    assert run.counts["read"] == run.counts["skipped"] == 4
    assert pair.contacts() == []


def test_people_marked_in_the_institutions_own_privacy_column_stay_out(pair_with: Callable[..., Pair]):
    pair = pair_with(schema='[columns]\n"name.privacy_hold" = "hold"\n')
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB0000002", "Bea", "Lima", "ana@example.edu")
    pair.school.alter("ALTER TABLE name ADD COLUMN hold SMALLINT")
    pair.school.change("name", "AB0000001", hold=1)
    run = pair.export()
    assert pair.outcome(run, "AB0000001").reason == "excluded"
    assert pair.outcome(run, "AB0000002").outcome == "created"


def test_the_first_plan_that_writes_is_held_and_what_was_shown_is_applied(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB0000002", "Bea", "Lima", "bea@example.edu")
    held = pair.export(approved=False)
    assert held.status == "held"
    assert held.counts["held"] == 2
    assert pair.contacts() == []
    assert [entry for entry in pair.writes() if "accounts" in entry["path"]] == []
    pair.school.change("address", "AB0000002", city="Elsewhere")
    run = pair.apply(held)
    assert run.counts["created"] == 1
    assert pair.outcome(run, "AB0000002").reason == "changed-since-plan"
    assert [row["email"] for row in pair.contacts()] == ["ana@example.edu"]


def test_a_preview_writes_nothing(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.account.clear_log()
    run = pair.export(preview=True)
    assert run.counts["created"] == 1
    assert pair.writes() == []
    assert pair.apply(run).counts["created"] == 1


def test_filters_name_whom_it_is_about(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", status="ST")
    pair.school.add("AB0000002", "Bea", "Lima", "bea@example.edu", status="PS", campus="NORTH")
    run = pair.export(Filters(status=("PS",), campus=("NORTH", "MAIN")))
    assert run.counts["read"] == 1
    assert [row["email"] for row in pair.contacts()] == ["bea@example.edu"]


def test_an_unknown_filter_value_stops_before_anything(pair: Pair):
    with pytest.raises(WrongSettingsError, match="XX"):
        pair.export(Filters(status=("XX",)))


def test_a_contact_deleted_in_activecampaign_is_made_again_and_nobody_gets_its_fragment(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    pair.ask("DELETE", f"/contacts/{contact['id']}")
    pair.school.change("address", "AB0000001", city="Elsewhere")
    pair.export()
    pair.export()
    [made] = pair.contacts()
    assert (made["firstName"], made["values"]["SONIS_ID"]) == ("Ana", "AB0000001")
    assert Link.objects.get().contact_id != int(contact["id"])


def test_no_automation_is_started(pair: Pair):
    for number in range(12):
        pair.school.add(f"AB{number:07d}", "Ana", f"Lima{number}", f"ana{number}@example.edu")
    pair.export()
    assert [entry for entry in pair.account.automations() if entry["would_run"]] == []


def test_an_address_on_the_exclusion_list_is_reported_and_the_rest_is_sent(pair_with: Callable[..., Pair]):
    pair = pair_with(exclusions=("ana@example.edu",))
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB0000002", "Bea", "Lima", "bea@example.edu")
    run = pair.export()
    assert run.counts["created"] == 1
    assert pair.outcome(run, "AB0000001").outcome == "failed"


def test_an_option_that_the_field_lacks_stops_the_run_before_the_first_person(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu", status="PS")
    pair.rename_option("Prospect Status", "Prospect", "Something else")
    with pytest.raises(WrongSettingsError, match="Prospect Status"):
        pair.export()
    assert pair.contacts() == []


def test_a_contact_whose_sonis_id_names_nobody_waits_for_a_user(pair: Pair):
    gone = pair.make_contact("old@example.edu", "Ana", "Lima", SONIS_ID="GONE00001")
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    run = pair.export()
    assert run.counts["created"] == 1
    [waiting] = conflicts.waiting(pair.institution)
    assert (waiting.reason, waiting.contact_ids) == ("unknown-sonis-id", [gone])
    decisions.decide(waiting, "ignore", by="test")
    pair.export()
    assert conflicts.waiting(pair.institution) == []


def test_a_user_links_the_contact_of_a_merged_person(pair: Pair):
    merged = pair.make_contact("old@example.edu", "Ana", "Lima", SONIS_ID="GONE00001")
    pair.school.add("AB0000001", "Ana", "Lima", "old@example.edu")
    run = pair.export()
    assert pair.outcome(run, "AB0000001").reason == "unknown-sonis-id"
    conflict = next(row for row in conflicts.waiting(pair.institution) if row.sonis_id)
    decisions.decide(conflict, "link", by="test")
    assert pair.export().counts["updated"] == 1
    [contact] = pair.contacts()
    assert (contact["id"], contact["values"]["SONIS_ID"]) == (merged, "GONE00001")
    assert pair.export().counts["unchanged"] == 1


def test_a_second_run_at_once_is_refused(pair: Pair):
    Lock.objects.create(key=f"institution:{pair.institution.pk}", run=999, until=timezone.now() + timedelta(seconds=60))
    with pytest.raises(StopRunError, match="Run 999"):
        pair.export()


def test_a_changed_pair_stops_exports_until_it_is_confirmed(pair: Pair):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    pair.institution.refresh_from_db()
    pair.institution.pair_confirmed = "another"
    pair.institution.save()
    pair.school.change("address", "AB0000001", city="Elsewhere")
    with pytest.raises(StopRunError, match="pair=confirmed"):
        pair.export()
    pair.choose("pair", "confirmed")
    assert pair.export().counts["updated"] == 1
