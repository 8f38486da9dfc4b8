"""The bulk importer: validation, quotas, status, row failures, automations."""

import pytest

from tests.sandbox.conftest import SONIS_ID
from tests.sandbox.program import SandboxProgram


def _post(sandbox: SandboxProgram, *rows, **extra):
    return sandbox.api.post("/import/bulk_import", json={"contacts": list(rows), **extra})


def test_an_import_is_worked_later(sandbox):
    reply = _post(sandbox, {"email": "new@x.test", "fields": [{"id": 1, "value": "N1"}]})
    accepted = reply.json()
    assert (accepted["Success"], accepted["queued_contacts"]) == (1, 1)
    batch = accepted["batchId"]
    statuses = [sandbox.get("/import/info", batchId=batch)["status"]]
    for _ in range(6):
        sandbox.advance(0.45)
        statuses.append(sandbox.get("/import/info", batchId=batch)["status"])
    assert statuses[0] is False
    assert statuses[-1] == "completed"
    assert [one for one in ("waiting", "claimed", "active") if one in statuses]
    new = sandbox.contact("new@x.test")
    assert sandbox.get("/import/info", batchId=batch)["success"] == [new["id"]]
    assert sandbox.values(new["id"]) == {SONIS_ID: "N1"}


def test_one_bad_row_rejects_the_batch_and_is_counted_from_one(sandbox):
    reply = _post(sandbox, {"email": "good@x.test"}, {"email": "bad"})
    assert reply.status_code == 400
    assert [reason["contact"] for reason in reply.json()["failureReasons"]] == [2]
    sandbox.advance(20)
    assert sandbox.get("/contacts", email="good@x.test", limit=1)["contacts"] == []


def test_251_rows_or_400000_bytes_are_too_many(sandbox):
    rows = [{"email": f"p{n}@x.test"} for n in range(251)]
    assert _post(sandbox, *rows).status_code == 400
    assert _post(sandbox, *rows[:250]).status_code == 200
    long = [{"email": f"p{n}@x.test", "first_name": "x" * 4000} for n in range(100)]
    assert _post(sandbox, *long).status_code == 400


def test_rows_fail_for_exclusion_bounce_and_unsubscribe(sandbox):
    reply = _post(
        sandbox,
        {"email": "one@excluded.test"},
        {"email": "cleo@x.test"},
        {"email": "ann@x.test", "subscribe": [{"listid": 2}]},
        {"email": "bob@x.test", "first_name": "Robert"},
    )
    assert reply.json()["queued_contacts"] == 3
    sandbox.advance(20)
    info = sandbox.get("/import/info", batchId=reply.json()["batchId"])
    assert info["failure"] == ["one@excluded.test", "cleo@x.test", "ann@x.test"]
    assert info["success"] == ["2"]
    assert sandbox.contact("bob@x.test")["firstName"] == "Robert"


def test_success_may_name_only_what_was_created(sandbox):
    sandbox.switch(bulk_success_lists="created")
    info = sandbox.bulk_done({"email": "bob@x.test"}, {"email": "new@x.test"})
    assert info["success"] == ["5"]


@pytest.mark.parametrize(("links", "name"), [("on", "SONIS"), ("off", "")])
def test_an_account_name_links_where_the_switch_says_so(sandbox, links, name):
    sandbox.switch(bulk_links_account=links)
    sandbox.bulk_done({"email": "bob@x.test", "customer_acct_name": "SONIS"})
    assert sandbox.contact("bob@x.test")["orgname"] == name


def test_a_contact_of_another_account_is_left_there(sandbox):
    sandbox.bulk_done({"email": "ann@x.test", "customer_acct_name": "Elsewhere"})
    assert sandbox.contact("ann@x.test")["orgname"] == "SONIS"


def test_automations_run_unless_they_are_excluded(sandbox):
    sandbox.bulk_done({"email": "bob@x.test", "first_name": "B1"})
    sandbox.bulk_done({"email": "bob@x.test", "first_name": "B2", "exclude_automations": True})
    sandbox.bulk_done({"email": "bob@x.test", "first_name": "B3"}, exclude_automations=True)
    assert [entry["would_run"] for entry in sandbox.automations()] == [True, False, False]
    sandbox.switch(exclude_automations_place="row")
    sandbox.bulk_done({"email": "bob@x.test", "first_name": "B4"}, exclude_automations=True)
    assert sandbox.automations()[-1]["would_run"] is True


def test_keys_in_camel_case_are_dropped(sandbox):
    sandbox.bulk_done({"email": "bob@x.test", "firstName": "X"})
    assert sandbox.contact("bob@x.test")["firstName"] == "Bob"
    assert "camel_case_keys" in sandbox.log()[0]["violation"]


def test_a_missing_batch_id_is_a_bad_request(sandbox):
    reply = sandbox.api.get("/import/info")
    assert (reply.status_code, reply.json()["message"]) == (400, "'batchId' is a required field.")
    assert sandbox.api.get("/import/info?batchId=unknown").status_code == 400


def test_imports_are_counted_by_day(sandbox):
    sandbox.bulk({"email": "bob@x.test"})
    assert sandbox.get("/import/bulk_import")["outstanding"][0]["batches"] == "1"
    sandbox.advance(10)
    assert sandbox.get("/import/bulk_import")["recentlyCompleted"][0]["contacts"] == "1"


@pytest.mark.parametrize(
    ("fault", "status", "written", "failed"),
    [
        ("bulk_failed", "failed", 0, 0),
        ("bulk_interrupted", "interrupted", 5, 0),
        ("bulk_partial", "completed", 5, 5),
    ],
)
def test_an_import_can_go_wrong(sandbox, fault, status, written, failed):
    sandbox.faults(fault)
    info = sandbox.bulk_done(*({"email": f"p{n}@x.test"} for n in range(10)))
    assert info["status"] == status
    assert (len(info["success"]), len(info["failure"])) == (written, failed)
    found = sandbox.get("/contacts", email_like="p", limit=100)["contacts"]
    assert len([one for one in found if one["email"].startswith("p")]) == written


def test_the_quotas_are_by_the_minute_and_answered_with_400():
    with SandboxProgram(limits="real", world={}) as sandbox:
        sandbox.switch(bulk_counts_in_rate="off")
        single = [_post(sandbox, {"email": f"p{n}@x.test"}).status_code for n in range(21)]
        assert single == [200] * 20 + [400]
        two = [{"email": "a@x.test"}, {"email": "b@x.test"}]
        reply = [_post(sandbox, *two) for _ in range(101)][-1]
        assert reply.json()["message"] == "Rate limit exceeded."
        assert sandbox.log()[-1]["violation"] == ["over_import_quota"]
        sandbox.advance(61)
        assert _post(sandbox, *two).status_code == 200
