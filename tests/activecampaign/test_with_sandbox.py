"""The client against the sandbox over real HTTP: what is written is read back, come what may."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from sonisbridge.activecampaign.bulk import BulkInfo, BulkRejectedError
from sonisbridge.activecampaign.client import ActiveCampaign
from sonisbridge.activecampaign.connection import TransportOptions
from sonisbridge.activecampaign.pace import LocalPace
from sonisbridge.activecampaign.requests import bulk_row
from sonisbridge.activecampaign.transport import Transport
from sonisbridge.core.contact import (
    EMAIL,
    FIRST_NAME,
    LAST_NAME,
    PHONE,
    Contact,
    ContactId,
    FieldId,
    ListStatus,
)
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, StopRunError
from tests.sandbox.program import SandboxProgram

from .conftest import OpenPace

SCALE = 60.0
STATUS = ["Prospect", "Applicant", "Student", "Alumni"]


def a_world(people: int) -> dict[str, Any]:
    """So many contacts with two fields, a list and an account."""
    contacts = [
        {
            "email": f"p{one}+x@x.test",
            "firstName": f"Ann{one}",
            "lastName": "O'Brien & Søn",
            "fields": {"Program": f"Art {one}", "Status": STATUS[one % 4]},
            "lists": {"Newsletter": ("active", "unsubscribed", "bounced")[one % 3]},
            **({"account": "SONIS"} if one % 2 else {}),
        }
        for one in range(people)
    ]
    return {
        "fields": [
            {"title": "Program", "type": "text"},
            {"title": "Status", "type": "dropdown", "options": STATUS},
        ],
        "lists": [{"name": "Newsletter"}],
        "accounts": [{"name": "SONIS"}, {"name": "Other"}],
        "contacts": contacts,
    }


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxProgram]:
    """A running sandbox without limits."""
    with SandboxProgram("--time-scale", str(SCALE)) as running:
        yield running


@pytest.fixture
def account(sandbox: SandboxProgram) -> SandboxProgram:
    """The sandbox with twelve contacts and nothing wrong with it."""
    known = sandbox.control("GET", "/switches")["switches"]
    sandbox.reset()
    sandbox.switch(**{name: one["default"] for name, one in known.items()})
    sandbox.put_world(a_world(12))
    sandbox.clear_log()
    return sandbox


def client_of(account: SandboxProgram, *, token: str | None = None, **options: Any) -> ActiveCampaign:
    settings = {"allow_loopback": True, "time_scale": 1000.0} | options
    return ActiveCampaign(
        Transport(
            account.url,
            token or account.token,
            pace=OpenPace(),
            options=TransportOptions(**settings),
        )
    )


@pytest.fixture
def client(account: SandboxProgram) -> Iterator[ActiveCampaign]:
    """A client of it."""
    made = client_of(account)
    yield made
    made.close()


def scan(client: ActiveCampaign, limit: int = 100) -> list[Contact]:
    """Every contact."""
    found: list[Contact] = []
    after: ContactId | None = None
    while True:
        page = client.contacts_page(after, limit=limit)
        found += page.contacts
        if not page.full:
            return found
        after = page.last_id


def field_ids(client: ActiveCampaign) -> dict[str, FieldId]:
    return {one.title: one.field_id for one in client.custom_fields()}


def reread(client: ActiveCampaign, contact_id: ContactId) -> Contact:
    (contact,) = client.contacts_by_ids([contact_id])
    return contact


# Reading


def test_the_probe_says_whose_token_it_is(client):
    assert client.me().user_id
    assert client.me().name


def test_a_wrong_token_stops_the_run(account):
    stranger = client_of(account, token="wrong")
    with pytest.raises(StopRunError, match="token"):
        stranger.me()
    stranger.close()


def test_permissions_are_flags_or_unknown(client):
    assert all(flag is True for flag in client.permissions().values())


def test_a_scan_reads_everybody_with_everything(client):
    fields, lists = field_ids(client), client.lists()
    (sonis,) = client.accounts_named("SONIS")
    found = scan(client, limit=5)
    assert len(found) == 12
    for one, contact in enumerate(found):
        assert contact.fields == {
            EMAIL: f"p{one}+x@x.test",
            FIRST_NAME: f"Ann{one}",
            LAST_NAME: "O'Brien & Søn",
            fields["Program"]: f"Art {one}",
            fields["Status"]: STATUS[one % 4],
        }
        standings = {lists[key]: standing for key, standing in contact.lists.items()}
        assert standings == {"Newsletter": ListStatus(one % 3 + 1)}
        assert contact.account_id == (sonis if one % 2 else None)
        assert contact.created is not None


SIDES = [
    {"include_limit": "7"},
    {"include_with_id_greater": "off"},
    {"meta_total": "number"},
    {"total_under_id_greater": "rest"},
    {"udate_null_when_fresh": "on"},
    {"unknown_filters": "reject"},
]


@pytest.mark.parametrize("switches", SIDES, ids=lambda switches: next(iter(switches)))
def test_a_scan_is_the_same_on_either_side_of_what_is_unknown(account, client, switches):
    before = scan(client)
    account.switch(**switches)
    after = scan(client, limit=5)
    assert [(c.contact_id, c.fields, c.lists, c.account_id) for c in after] == [
        (c.contact_id, c.fields, c.lists, c.account_id) for c in before
    ]


PASSING = ["429", "500", "502", "503", "403", "html200", "empty200", "cut_json", "reset"]


@pytest.mark.parametrize("fault", [*PASSING, "committed_lost"])
def test_a_scan_is_the_same_whatever_goes_wrong_on_the_way(account, client, fault):
    client.me()
    before = scan(client)
    account.faults({"name": fault, "every": 2})
    assert scan(client, limit=3) == before


@pytest.mark.parametrize("fault", ["html200", "empty200", "cut_json", "reset", "503"])
def test_a_server_that_stays_broken_is_never_an_empty_one(account, client, fault):
    account.faults(fault)
    with pytest.raises(RetryLaterError):
        scan(client)


def test_contacts_are_found_by_id_and_by_address(client):
    third = scan(client)[2]
    assert client.contacts_by_ids([ContactId("999"), third.contact_id]) == [third]
    assert client.contact_by_email("P2+X@x.test") == third
    assert client.contact_by_email("nobody@x.test") is None
    assert client.contact_count() == 12


def test_more_than_a_page_of_fields_is_read_with_options(account, client):
    world = a_world(0)
    world["fields"] += [{"title": f"Field {one}", "type": "text"} for one in range(130)]
    account.put_world(world)
    fields = {one.title: one for one in client.custom_fields()}
    assert len(fields) == 132
    assert list(fields["Status"].options) == STATUS
    assert fields["Program"].tag


# Writing


def test_a_contact_is_created_updated_and_read_back(client):
    fields = field_ids(client)
    contact_id = client.create_contact(
        {EMAIL: "new@x.test", FIRST_NAME: "Zoë", fields["Program"]: "Law", fields["Status"]: "Alumni"}
    )
    client.update_contact(contact_id, {EMAIL: "newer@x.test", PHONE: "+15550100", fields["Program"]: "Art"})
    assert reread(client, contact_id).fields == {
        EMAIL: "newer@x.test",
        FIRST_NAME: "Zoë",
        PHONE: "+15550100",
        fields["Program"]: "Art",
        fields["Status"]: "Alumni",
    }


def test_a_taken_address_is_refused_for_new_and_for_renamed_contacts(client):
    first, second = scan(client)[:2]
    with pytest.raises(SkipRecordError) as created:
        client.create_contact({EMAIL: first.value(EMAIL)})
    with pytest.raises(SkipRecordError) as renamed:
        client.update_contact(second.contact_id, {EMAIL: first.value(EMAIL)})
    assert created.value.code == renamed.value.code == "duplicate"
    assert scan(client)[:2] == [first, second]


def test_a_contact_that_is_gone_is_not_found(client):
    with pytest.raises(SkipRecordError) as caught:
        client.update_contact(ContactId("999"), {FIRST_NAME: "Ann"})
    assert caught.value.code == "not-found"


def test_values_are_taken_away_and_the_others_stay(client):
    fields, before = field_ids(client), scan(client)[0]
    client.clear_fields(before.contact_id, [fields["Program"], FIRST_NAME])
    after = reread(client, before.contact_id)
    gone = {fields["Program"], FIRST_NAME}
    assert after.fields == {key: v for key, v in before.fields.items() if key not in gone}
    client.clear_fields(before.contact_id, [fields["Program"]])


def test_a_created_field_can_be_used_at_once(client):
    made = client.create_field("Okay to Text", "dropdown", ["Yes", "No"])
    shown = next(one for one in client.custom_fields() if one.title == "Okay to Text")
    assert (shown.field_id, shown.options) == (made.field_id, ("Yes", "No"))
    contact_id = scan(client)[0].contact_id
    client.update_contact(contact_id, {made.field_id: "Yes"})
    assert reread(client, contact_id).value(made.field_id) == "Yes"
    with pytest.raises(SkipRecordError) as caught:
        client.create_field("Okay to Text", "text")
    assert caught.value.code == "duplicate"


def test_accounts_are_found_made_and_linked_once(client):
    assert client.accounts_named("New U") == []
    made = client.create_account("New U")
    assert client.accounts_named("New U") == [made]
    free, held = scan(client)[:2]
    client.link_account(free.contact_id, made)
    client.link_account(free.contact_id, made)
    assert reread(client, free.contact_id).account_id == made
    with pytest.raises(SkipRecordError) as caught:
        client.link_account(held.contact_id, made)
    assert caught.value.code == "other-account"
    assert reread(client, held.contact_id).account_id == held.account_id


@pytest.mark.parametrize("fault", ["committed_lost", "reset", "empty200", "cut_json"])
def test_an_update_whose_answer_is_lost_is_written_all_the_same(account, client, fault):
    contact = scan(client)[0]
    account.faults({"name": fault, "next": 2})
    client.update_contact(contact.contact_id, {FIRST_NAME: "Eve"})
    assert reread(client, contact.contact_id).value(FIRST_NAME) == "Eve"


@pytest.mark.parametrize("fault", ["committed_lost", "empty200", "cut_json"])
def test_a_creation_whose_answer_is_lost_happens_once_and_says_so(account, client, fault):
    account.faults({"name": fault, "next": 1})
    with pytest.raises(RetryLaterError) as caught:
        client.create_contact({EMAIL: "once@x.test"})
    assert caught.value.sent
    assert client.contact_by_email("once@x.test") is not None
    assert client.contact_count() == 13


# The bulk importer


def finished(client: ActiveCampaign, batch_id: str) -> BulkInfo:
    """The batch once it is final."""
    deadline = time.monotonic() + 20
    while not (info := client.bulk_info(batch_id)).state.final:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return info


def test_a_batch_creates_and_updates_and_runs_no_automation(account, client):
    fields, old = field_ids(client), scan(client)[0]
    people = [{EMAIL: f"bulk{one}@x.test", LAST_NAME: "Łoś", fields["Program"]: f"Law {one}"} for one in range(20)]
    people.append({EMAIL: old.value(EMAIL), FIRST_NAME: "Changed"})
    rows = [bulk_row(one, account_name="SONIS", exclude_automations=True) for one in people]
    accepted = client.bulk_import(rows, exclude_automations=True)
    assert accepted.queued == 21
    assert finished(client, accepted.batch_id).failure == []
    found = {contact.value(EMAIL): contact for contact in scan(client)}
    for person in people[:-1]:
        assert found[person[EMAIL]].fields == person
    assert found[old.value(EMAIL)].fields == {**old.fields, FIRST_NAME: "Changed"}
    assert not any(row["would_run"] for row in account.automations())
    assert client.bulk_outstanding() == 0


@pytest.mark.parametrize("place", ["row", "top"])
def test_automations_stay_quiet_wherever_the_importer_looks(account, client, place):
    account.switch(exclude_automations_place=place)
    client.bulk_import([{"email": "quiet@x.test"}], exclude_automations=True)
    account.advance(10)
    assert client.contact_by_email("quiet@x.test") is not None
    assert not any(row["would_run"] for row in account.automations())


def test_one_bad_row_is_named_and_nothing_is_written(account, client):
    rows = [{"email": "fine@x.test"}, {"email": "not an address"}, {"email": "good@x.test"}]
    with pytest.raises(BulkRejectedError) as caught:
        client.bulk_import(rows, exclude_automations=True)
    assert set(caught.value.reasons) == {1}
    assert client.contact_count() == 12


def test_a_batch_whose_answer_is_lost_is_sent_once(account, client):
    account.faults({"name": "committed_lost", "next": 1})
    with pytest.raises(RetryLaterError) as caught:
        client.bulk_import([{"email": "once@x.test"}], exclude_automations=True)
    assert caught.value.sent
    assert [one["method"] for one in account.log()] == ["POST"]


# The limits


def test_the_account_is_never_asked_too_fast():
    with SandboxProgram("--time-scale", "2", limits="real") as account:
        account.put_world(a_world(3))
        transport = Transport(
            account.url,
            account.token,
            pace=LocalPace(time_scale=2.0, reserve=0),
            options=TransportOptions(allow_loopback=True, time_scale=2.0),
        )
        client = ActiveCampaign(transport)
        for _ in range(60):
            client.contact_count()
        for one in range(22):
            client.bulk_import([{"email": f"b{one}@x.test"}], exclude_automations=True)
        seen = account.stats()
        assert client.stats.by_class == {"good": 82}
        assert seen["most_in_a_second"] <= 5
        assert seen["most_imports_in_a_minute"] <= 20
        client.close()


def test_a_pace_that_is_too_fast_is_throttled_and_still_gets_there():
    with SandboxProgram(limits="real") as account:
        account.put_world(a_world(3))
        transport = Transport(
            account.url,
            account.token,
            pace=LocalPace(time_scale=10.0, reserve=0),
            options=TransportOptions(allow_loopback=True),
        )
        client = ActiveCampaign(transport)
        for _ in range(12):
            assert client.contact_count() == 3
        assert client.stats.by_class["throttled"] > 0
        assert client.stats.throttled_seconds >= 1
        client.close()


def test_a_used_up_bulk_quota_is_waited_out():
    with SandboxProgram("--time-scale", "60", limits="real") as account:
        account.put_world(a_world(0))
        transport = Transport(
            account.url,
            account.token,
            pace=LocalPace(time_scale=60.0, reserve=2, bulk_per_minute=(50, 100)),
            options=TransportOptions(allow_loopback=True, time_scale=60.0),
        )
        client = ActiveCampaign(transport)
        for one in range(25):
            client.bulk_import([{"email": f"b{one}@x.test"}], exclude_automations=True)
        account.advance(10)
        assert client.stats.by_class["throttled"] > 0
        assert client.contact_count() == 25
        client.close()


def test_a_poll_reads_what_changed_since(account, client):
    everybody = scan(client)
    changed = max(contact.updated for contact in everybody if contact.updated)
    account.advance(3600)
    client.update_contact(everybody[3].contact_id, {FIRST_NAME: "Eve"})
    page = client.contacts_page(None, updated_after=changed.isoformat())
    assert [contact.contact_id for contact in page.contacts] == [everybody[3].contact_id]


def test_nothing_that_the_client_does_is_bad_manners(account, client):
    fields, contact = field_ids(client), scan(client)[0]
    client.me()
    client.contact_by_email("p1+x@x.test")
    client.contacts_by_ids([contact.contact_id])
    client.contact_count()
    client.update_contact(contact.contact_id, {FIRST_NAME: "Eve", fields["Program"]: "Law"})
    client.clear_fields(contact.contact_id, [fields["Program"]])
    client.bulk_import([{"email": "a@x.test"}], exclude_automations=True)
    assert [one for one in account.log() if one["violation"]] == []
