"""The client against troublesome answers; the sandbox gives the well-behaved ones."""

from __future__ import annotations

import pytest

from sonisbridge.activecampaign.bulk import BulkRejectedError, BulkState
from sonisbridge.activecampaign.pace import Cost
from sonisbridge.core.contact import EMAIL, FIRST_NAME, PHONE, ContactId, FieldId, ListStatus
from sonisbridge.core.errors import RetryLaterError, SkipRecordError, StopRunError

from .server import HTML, RESET, Reply, Seen, ok, pages

GONE = ok({"message": "No Result found for FieldValue with id 1"}, 403)
DUPLICATE = ok({"errors": [{"code": "duplicate", "title": "T"}]}, 422)


def asked(server) -> list[str]:
    """The requests that arrived, without their values."""
    return [f"{seen.method} {seen.path.removeprefix('/api/3')}" for seen in server.seen]


def rows(*ids: int, **more) -> Reply:
    """A page of contacts with those ids."""
    contacts = [{"id": str(one), "email": f"p{one}@x.test"} for one in ids]
    return ok({"contacts": contacts, "fieldValues": []} | more)


# The account


def test_me_is_the_tokens_user(server, client):
    server.answers(ok({"user": {"id": "1", "firstName": "Ann", "lastName": "Lee"}}))
    assert (client.me().user_id, client.me().name) == ("1", "Ann Lee")


def test_a_host_that_is_not_activecampaign_stops_the_run(server, client):
    server.answers(ok({"message": "no such page"}, 404))
    with pytest.raises(StopRunError, match="Access Token Endpoint"):
        client.me()


@pytest.mark.parametrize("link", [{"groupid": "3"}, {"group": 3}, [{"groupid": "3"}]], ids=["groupid", "group", "list"])
def test_permissions_are_the_flags_of_the_users_group(server, client, link):
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/users/me"):
            return ok({"user": {"id": "1"}})
        if seen.path.endswith("/users/1/userGroup"):
            return ok({"userGroup": link})
        assert seen.path.endswith("/groups/3")
        flags = {"pgContactImport": "1", "pgContactFields": 0, "title": "1", "pgNew": None}
        return ok({"group": flags})

    server.route = answer
    assert client.permissions() == {"pgContactImport": True, "pgContactFields": False}


def test_permissions_that_cannot_be_read_are_unknown(server, client):
    server.answers(ok({"user": {"id": "1"}}), ok({"message": "Forbidden"}, 403))
    assert client.permissions() == {}


# Contacts


def test_a_page_is_asked_for_with_all_that_belongs_to_its_contacts(server, client):
    server.answers(rows(5, 9))
    page = client.contacts_page(ContactId("4"), updated_after="2026-01-31", limit=500)
    assert dict(server.seen[0].query) == {
        "orders[id]": "ASC",
        "id_greater": "4",
        "limit": "100",
        "filters[updated_after]": "2026-01-31",
        "include": "fieldValues,contactLists,accountContacts",
    }
    assert (page.last_id, page.full, len(page.contacts)) == ("9", False, 2)


@pytest.mark.parametrize("ids", [(4,), (3, 5), (9, 5), (5, 5)])
def test_contacts_out_of_order_are_a_broken_answer(server, client, ids):
    server.answers(rows(*ids))
    with pytest.raises(RetryLaterError, match="order"):
        client.contacts_page(ContactId("4"))


@pytest.mark.parametrize("reply", [HTML, ok({}), ok({"contacts": None})])
def test_a_page_without_its_contacts_never_ends_a_scan(server, client, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError):
        client.contacts_page(None)


def test_what_a_page_lacks_is_read_contact_by_contact(server, client):
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/contacts"):
            contact = {"id": "7", "email": "a@x.test", "firstName": "Ada"}
            named = {"fieldValues": ["1", "2"], "contactLists": ["3"], "accountContacts": ["4"]}
            return ok({"contacts": [contact | named, {"id": "8"}], "fieldValues": []})
        found = {
            "fieldValues": [{"id": "1", "field": "5", "value": "x"}],
            "contactLists": [{"id": "3", "list": "2", "status": "2"}],
            "accountContacts": [{"id": "4", "account": "9"}],
        }
        key = seen.path.rsplit("/", 1)[1]
        assert seen.path == f"/api/3/contacts/7/{key}"
        return ok({key: found[key]})

    server.route = answer
    contact, other = client.contacts_page(None).contacts
    assert contact.fields == {EMAIL: "a@x.test", FIRST_NAME: "Ada", FieldId("5"): "x"}
    assert contact.lists == {"2": ListStatus.UNSUBSCRIBED}
    assert contact.account_id == "9"
    assert other.fields == {}


def test_a_contact_deleted_while_its_values_are_read_is_deleted(server, client):
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/contacts"):
            return ok({"contacts": [{"id": "7", "fieldValues": ["1"]}]})
        return ok({"message": "No Result found for Subscriber with id 7"}, 404)

    server.route = answer
    page = client.contacts_page(None)
    assert (page.contacts, page.deleted, page.last_id) == ([], ["7"], "7")


def test_side_loading_that_is_ignored_is_no_sign_of_blanks(server, client):
    def answer(seen: Seen) -> Reply:
        if not seen.path.endswith("/contacts"):
            key = seen.path.rsplit("/", 1)[1]
            row = {"id": "1", "field": "5", "value": "x", "list": "2", "status": "2", "account": "9"}
            return ok({key: [row]})
        return ok({"contacts": [{"id": str(one)} for one in range(1, 6)]})

    server.route = answer
    for contact in client.contacts_page(None).contacts:
        assert contact.value(FieldId("5")) == "x"
        assert contact.unsubscribed
        assert contact.account_id == "9"


def test_contacts_by_ids_are_those_that_exist_in_the_order_asked(server, client):
    server.answers(rows(1, 3))
    found = client.contacts_by_ids([ContactId("3"), ContactId("2"), ContactId("1")])
    assert [contact.contact_id for contact in found] == ["3", "1"]
    assert [value for key, value in server.seen[0].query if key == "ids[]"] == ["3", "2", "1"]
    assert len(server.seen) == 1


def test_an_ignored_filter_on_ids_proves_no_absence(server, client):
    def answer(seen: Seen) -> Reply:
        after = dict(seen.query).get("id_greater")
        return rows(1, 2, 3) if after is None else rows(int(after) + 1)

    server.route = answer
    (found,) = client.contacts_by_ids([ContactId("500")])
    assert found.contact_id == "500"


def test_more_than_a_hundred_ids_are_a_mistake_of_ours(client):
    with pytest.raises(ValueError, match="100"):
        client.contacts_by_ids([ContactId(str(one)) for one in range(101)])


def test_nobody_asked_for_costs_nothing(server, client):
    assert client.contacts_by_ids([]) == []
    assert client.contact_by_email(" ") is None
    assert server.seen == []


def test_an_address_is_found_whatever_its_case_and_compared_here(server, client):
    contacts = [{"id": "1", "email": "p1@x.test"}, {"id": "2", "email": "Ada@X.test"}]
    server.answers(ok({"contacts": contacts, "fieldValues": []}))
    found = client.contact_by_email(" ada@x.test ")
    assert found is not None
    assert found.contact_id == "2"
    assert client.contact_by_email("bob@x.test") is None


def test_only_the_contact_with_the_address_is_read_to_the_end(server, client):
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/contacts"):
            return ok({"contacts": [{"id": "1", "email": "b@x.test"}, {"id": "2", "email": "a@x.test"}]})
        return ok({seen.path.rsplit("/", 1)[1]: []})

    server.route = answer
    found = client.contact_by_email("a@x.test")
    assert found is not None
    assert found.contact_id == "2"
    assert asked(server)[1:] == [
        "GET /contacts/2/accountContacts",
        "GET /contacts/2/contactLists",
        "GET /contacts/2/fieldValues",
    ]


def test_an_ignored_filter_on_the_address_proves_no_absence(server, client):
    server.answers(rows(*range(1, 101)))
    with pytest.raises(RetryLaterError, match="addresses"):
        client.contact_by_email("ada@x.test")


def test_a_deleted_contact_does_not_hold_its_address(server, client):
    server.answers(ok({"contacts": [{"id": "1", "email": "ada@x.test", "deleted": "1"}]}))
    assert client.contact_by_email("ada@x.test") is None


@pytest.mark.parametrize(("meta", "count"), [({"total": "12"}, 12), ({}, None)])
def test_the_count_of_contacts_where_it_is_said(server, client, meta, count):
    server.answers(ok({"contacts": [], "meta": meta}))
    assert client.contact_count() == count


def test_a_new_contact_is_its_id(server, client):
    server.answers(ok({"fieldValues": [], "contact": {"id": 113}}, 201))
    assert client.create_contact({EMAIL: "a@x.test"}) == "113"


def test_a_taken_address_is_a_duplicate(server, client):
    server.answers(DUPLICATE)
    with pytest.raises(SkipRecordError) as caught:
        client.create_contact({EMAIL: "a@x.test"})
    assert caught.value.code == "duplicate"


@pytest.mark.parametrize("reply", [RESET, ok({"contact": {}}, 201), ok({}, 201), Reply(status=502)])
def test_a_new_contact_whose_id_is_not_known_may_exist(server, client, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError) as caught:
        client.create_contact({EMAIL: "a@x.test"})
    assert caught.value.sent
    assert len(server.seen) == 1


def test_an_update_without_values_is_not_sent(server, client):
    client.update_contact(ContactId("7"), {PHONE: ""})
    assert server.seen == []


def test_clearing_deletes_the_custom_values_and_blanks_the_standard_ones(server, client):
    values = [{"id": str(one), "field": str(one + 100)} for one in range(1, 4)]

    def answer(seen: Seen) -> Reply:
        if seen.method == "GET":
            return ok({"fieldValues": values})
        return GONE if seen.path.endswith("/fieldValues/3") else ok({})

    server.route = answer
    client.clear_fields(ContactId("7"), [FieldId("101"), FieldId("103"), FieldId("999"), PHONE])
    assert asked(server) == [
        "GET /contacts/7/fieldValues",
        "DELETE /fieldValues/1",
        "DELETE /fieldValues/3",
        "PUT /contacts/7",
    ]
    assert server.seen[-1].body == {"contact": {"phone": ""}}


def test_an_address_cannot_be_cleared(server, client):
    with pytest.raises(SkipRecordError):
        client.clear_fields(ContactId("7"), [EMAIL])
    assert server.seen == []


# Custom fields, lists, accounts


@pytest.mark.parametrize("total", [True, False])
def test_every_page_of_fields_is_read(server, client, total):
    fields = [{"id": str(one), "title": f"F{one}", "type": "text"} for one in range(1, 251)]
    server.route = pages("fields", fields, total)
    assert len(client.custom_fields()) == 250
    assert len(server.seen) == 3


def test_a_server_that_gives_short_pages_is_read_to_its_total(server, client):
    every = [{"id": str(one), "title": f"F{one}", "type": "text"} for one in range(1, 46)]

    def answer(seen: Seen) -> Reply:
        start = int(dict(seen.query)["offset"])
        return ok({"fields": every[start : start + 20], "meta": {"total": "45"}})

    server.route = answer
    assert len(client.custom_fields()) == 45


def test_a_server_that_ignores_the_offset_is_not_read_for_ever(server, client):
    fields = [{"id": str(one), "title": f"F{one}", "type": "text"} for one in range(1, 101)]
    server.answers(ok({"fields": fields, "meta": {"total": "300"}}))
    assert len(client.custom_fields()) == 100
    assert len(server.seen) == 2


def test_options_that_did_not_come_along_are_fetched(server, client):
    def answer(seen: Seen) -> Reply:
        if seen.path.endswith("/fields"):
            return ok({"fields": [{"id": "3", "title": "S", "type": "dropdown", "options": ["1"]}]})
        assert seen.path.endswith("/fields/3/options")
        return ok({"fieldOptions": [{"id": "1", "value": "Yes"}]})

    server.route = answer
    assert client.custom_fields()[0].options == ("Yes",)


NEW_FIELD = {"id": "34", "title": "Status", "type": "dropdown", "perstag": "STATUS"}


@pytest.mark.parametrize("made", [{"field": NEW_FIELD}, {"fields": [{"id": "1", "title": "Other"}, NEW_FIELD]}])
def test_a_new_field_gets_its_options_and_is_shown_on_every_list(server, client, made):
    server.answers(ok(made, 201), ok({"fieldOptions": []}, 201), ok({"fieldRel": {}}, 201))
    field = client.create_field("Status", "dropdown", ["Yes", "No"])
    assert (field.field_id, field.tag, field.options) == ("34", "STATUS", ("Yes", "No"))
    assert asked(server) == ["POST /fields", "POST /fieldOption/bulk", "POST /fieldRels"]
    options = server.seen[1].body["fieldOptions"]
    assert [(one["orderid"], one["value"], one["field"]) for one in options] == [
        (1, "Yes", "34"),
        (2, "No", "34"),
    ]
    assert server.seen[2].body == {"fieldRel": {"field": 34, "relid": 0}}


def test_accounts_are_compared_to_the_letter_and_else_but_for_case(server, client):
    names = ["SONIS Alumni", "sonis", "SONIS", "Not SONIS"]
    accounts = [{"id": str(one), "name": name} for one, name in enumerate(names)]
    server.route = pages("accounts", accounts)
    assert client.accounts_named("SONIS") == ["2"]
    assert client.accounts_named("Sonis") == ["1", "2"]
    assert client.accounts_named("SON") == []


def answer_links(account: str | None):
    """Refuse a link, because the contact is in that account."""

    def answer(seen: Seen) -> Reply:
        if seen.method == "POST":
            return ok({"errors": [{"code": "field_invalid"}]}, 422)
        held = [] if account is None else [{"id": "1", "account": account}]
        return ok({"accountContacts": held})

    return answer


def test_a_contact_that_is_in_the_account_already_is_linked(server, client):
    server.route = answer_links("9")
    client.link_account(ContactId("7"), "9")


@pytest.mark.parametrize(("held", "code"), [("4", "other-account"), (None, "invalid")])
def test_a_contact_of_another_account_is_left_there(server, client, held, code):
    server.route = answer_links(held)
    with pytest.raises(SkipRecordError) as caught:
        client.link_account(ContactId("7"), "9")
    assert caught.value.code == code
    assert asked(server) == ["POST /accountContacts", "GET /contacts/7/accountContacts"]


# The bulk importer

ROW = {"email": "a@x.test"}


@pytest.mark.parametrize(("count", "cost"), [(1, Cost.BULK_ONE), (2, Cost.BULK_MANY)])
def test_a_bulk_request_takes_from_its_own_quota(server, client, pace, count, cost):
    server.answers(ok({"Success": 1, "queued_contacts": count, "batchId": "b"}))
    accepted = client.bulk_import([ROW] * count, exclude_automations=True)
    assert (accepted.batch_id, accepted.queued) == ("b", count)
    assert pace.waits == [cost]
    body = server.seen[0].body
    assert body["exclude_automations"] is True
    assert all(row["exclude_automations"] is True for row in body["contacts"])


def test_refused_rows_are_named_and_nothing_is_queued(server, client):
    reasons = [{"contact": 2, "failureReason": "Field 'email' incorrect format"}]
    server.answers(ok({"success": 0, "message": "no", "failureReasons": reasons}, 400))
    with pytest.raises(BulkRejectedError) as caught:
        client.bulk_import([ROW] * 3, exclude_automations=False)
    assert caught.value.reasons == {1: "Field 'email' incorrect format"}
    assert isinstance(caught.value, SkipRecordError)


@pytest.mark.parametrize("reply", [RESET, HTML, Reply(status=500), ok({"success": 1})])
def test_a_bulk_request_without_an_answer_may_be_queued_and_is_not_repeated(server, client, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError) as caught:
        client.bulk_import([ROW], exclude_automations=True)
    assert caught.value.sent
    assert len(server.seen) == 1


def test_a_request_that_is_too_heavy_is_not_sent(server, client):
    heavy = ROW | {"fields": [{"id": 1, "value": "x" * 400_000}]}
    with pytest.raises(SkipRecordError, match="bytes"):
        client.bulk_import([heavy], exclude_automations=False)
    assert server.seen == []


@pytest.mark.parametrize("count", [0, 251])
def test_a_batch_of_a_wrong_size_is_a_mistake_of_ours(client, count):
    with pytest.raises(ValueError, match="250"):
        client.bulk_import([ROW] * count, exclude_automations=False)


def test_a_batch_asked_about_too_early_waits(server, client):
    server.answers(ok({"status": False}))
    assert client.bulk_info("b").state is BulkState.WAITING


def test_what_waits_in_the_importer(server, client):
    server.answers(ok({"outstanding": [{"contacts": "750"}], "recentlyCompleted": []}))
    assert client.bulk_outstanding() == 750
