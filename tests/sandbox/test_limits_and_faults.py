"""The rate limit, faults on demand, and the control API."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx2
import pytest

from tests.sandbox.program import SandboxProgram


def test_a_sixth_request_in_a_second_is_throttled():
    with SandboxProgram(limits="real", world={}) as sandbox:
        replies = [sandbox.api.get("/users/me") for _ in range(6)]
        assert [reply.status_code for reply in replies] == [200] * 5 + [429]
        assert [reply.headers["RateLimit-Remaining"] for reply in replies[:5]] == list("43210")
        assert replies[-1].headers["Retry-After"] == "1"
        sandbox.advance(1)
        assert sandbox.api.get("/users/me").status_code == 200
        stats = sandbox.stats()
        assert (stats["throttled"], stats["violations"]) == (1, {"over_rate": 1})


def test_a_scaled_clock_throttles_by_its_own_seconds():
    with SandboxProgram("--time-scale", "1000", limits="real", world={}) as sandbox:
        assert {sandbox.api.get("/users/me").status_code for _ in range(30)} == {200}


@pytest.mark.parametrize("status", [402, 403, 429, 500, 502, 503])
def test_a_status_can_be_demanded(sandbox, status):
    sandbox.faults(f"{status}=next:1")
    assert sandbox.api.get("/users/me").status_code == status
    assert sandbox.api.get("/users/me").status_code == 200
    assert sandbox.log()[-2]["fault"] == str(status)


def test_a_good_status_can_come_with_a_bad_body(sandbox):
    sandbox.faults("html200=next:1", "empty200=next:1", "cut_json=next:1")
    first, second, third = (sandbox.api.get("/users/me") for _ in range(3))
    assert first.text.startswith("<!DOCTYPE html>")
    assert second.content == b""
    with pytest.raises(ValueError, match=r"."):
        third.json()
    assert (first.status_code, second.status_code, third.status_code) == (200, 200, 200)


def test_a_reset_comes_before_the_work_and_a_lost_reply_after(sandbox):
    for fault, done in (("reset", False), ("committed_lost", True)):
        sandbox.faults(f"{fault}=next:1")
        with pytest.raises(httpx2.TransportError):
            sandbox.api.post("/contacts", json={"contact": {"email": f"{fault}@x.test"}})
        found = sandbox.get("/contacts", email=f"{fault}@x.test", limit=1)["contacts"]
        assert bool(found) is done
        assert sandbox.log()[-2]["status"] is None


def test_no_answer_hangs_until_the_client_gives_up(sandbox):
    sandbox.faults("no_answer=next:1")
    with pytest.raises(httpx2.TimeoutException):
        sandbox.api.get("/users/me", timeout=0.2)
    assert sandbox.api.get("/users/me").status_code == 200


def test_slow_waits_and_then_works(sandbox):
    sandbox.faults("slow=next:1,seconds:0.3")
    reply = sandbox.api.get("/users/me")
    assert (reply.status_code, reply.elapsed.total_seconds() > 0.25) == (200, True)


def test_a_rule_chooses_by_method_path_and_turn(sandbox):
    sandbox.faults({"name": "503", "every": 2, "method": "GET", "path": "/users/*"})
    statuses = [sandbox.api.get("/users/me").status_code for _ in range(4)]
    assert statuses == [200, 503, 200, 503]
    assert sandbox.api.get("/lists?limit=1").status_code == 200
    number = sandbox.log()[-1]["number"]
    sandbox.faults(f"503=at:{number + 2}")
    assert [sandbox.api.get("/users/me").status_code for _ in range(3)] == [200, 503, 200]


def test_the_same_seed_fails_the_same_requests(sandbox):
    runs = []
    for _ in range(2):
        sandbox.faults("503=0.4")
        runs.append([sandbox.api.get("/users/me").status_code for _ in range(30)])
    assert runs[0] == runs[1]
    assert set(runs[0]) == {200, 503}


def test_a_wrong_fault_or_switch_is_refused_with_its_reason(sandbox):
    control = httpx2.Client(base_url=f"{sandbox.url}/_sandbox", trust_env=False)
    with control:
        for path, body in (
            ("/faults", {"faults": ["503=sometimes"]}),
            ("/faults", {"faults": ["nonsense"]}),
            ("/switches", {"blank_clears": "maybe"}),
            ("/switches", {"nonsense": "on"}),
            ("/world", {"contacts": [{"email": "a@x.test", "lists": {"None": "active"}}]}),
            ("/world", {"contacts": [{"email": "a@x.test", "first_name": "A"}]}),
            ("/world", {"contact": []}),
        ):
            reply = control.put(path, json=body)
            assert (reply.status_code, set(reply.json())) == (400, {"message"}), body


def test_a_dump_gives_the_same_world_back(sandbox):
    before = sandbox.world()
    sandbox.put_world(before)
    assert sandbox.world() == before


def test_control_requests_are_not_logged(sandbox):
    sandbox.clear_log()
    sandbox.world()
    assert sandbox.log() == []


def test_the_log_names_contacts_and_keys_and_no_values(sandbox):
    body = {"contact": {"firstName": "Secret", "fieldValues": [{"field": 1, "value": "Hidden"}]}}
    sandbox.api.put("/contacts/1", json=body)
    entry = sandbox.log()[-1]
    assert entry["body"]["contact"] == "1"
    assert entry["body"]["keys"] == ["firstName", "field:1"]
    assert entry["bytes"] > len("SecretHidden")
    assert "Secret" not in str(entry)
    assert "Hidden" not in str(entry)


def test_the_contacts_of_the_dump_come_in_parts(sandbox):
    whole = [contact for contact in sandbox.world()["contacts"] if not contact["deleted"]]
    parts, after = [], 0
    while part := sandbox.control("GET", f"/contacts?after={after}&limit=2")["contacts"]:
        assert len(part) <= 2
        parts += part
        after = part[-1]["id"]
    assert parts == sorted(whole, key=lambda contact: contact["id"])


def test_a_reply_carries_the_date_of_the_clock(sandbox):
    sandbox.advance(86_400)
    said = parsedate_to_datetime(sandbox.api.get("/users/me").headers["Date"])
    assert timedelta(hours=23) < said - datetime.now(UTC) < timedelta(hours=25)
