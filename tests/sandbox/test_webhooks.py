"""Webhooks and callbacks: what is told, to whom, and how often."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs

import pytest

from tests.sandbox.program import SandboxProgram, wait_until


class Listener:
    """An address on this machine that notes what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        self.status = 200
        listener = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                listener.told.append(self.rfile.read(size).decode())
                self.send_response(listener.status)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    def close(self) -> None:
        """Stop listening."""
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()

    def wait(self, count: int) -> list[dict[str, list[str]]]:
        """What was told, as forms, once there are so many."""
        wait_until(lambda: len(self.told) >= count)
        return [parse_qs(body, keep_blank_values=True) for body in self.told]


@pytest.fixture
def listener() -> Iterator[Listener]:
    """A listener that is closed afterwards."""
    made = Listener()
    yield made
    made.close()


def _hook(sandbox: SandboxProgram, url: str, *events: str, sources=("api", "admin")):
    body = {"name": "Hook", "url": url, "events": list(events), "sources": list(sources)}
    return sandbox.api.post("/webhooks", json={"webhook": body})


def test_an_update_is_told_as_a_form_with_the_contact(sandbox, listener):
    assert _hook(sandbox, listener.url, "update").status_code == 201
    sandbox.api.put("/contacts/1", json={"contact": {"lastName": "Law"}})
    (form,) = listener.wait(1)
    assert form["type"] == ["update"]
    assert form["initiated_from"] == ["api"]
    assert form["contact[id]"] == ["1"]
    assert form["contact[last_name]"] == ["Law"]
    assert form["contact[customer_acct_name]"] == ["SONIS"]
    assert form["contact[fields][sonis_id]"] == ["AN0000001"]


def test_an_unsubscribe_names_the_list(sandbox, listener):
    _hook(sandbox, listener.url, "unsubscribe")
    sandbox.api.post("/contactLists", json={"contactList": {"contact": 1, "list": 1, "status": 2}})
    (form,) = listener.wait(1)
    assert (form["type"], form["list[][id]"]) == (["unsubscribe"], ["1"])


def test_our_own_writes_are_not_told_to_who_leaves_out_api(sandbox, listener):
    _hook(sandbox, listener.url, "update", sources=("admin",))
    sandbox.api.put("/contacts/1", json={"contact": {"lastName": "Law"}})
    sandbox.bulk_done({"email": "ann@x.test", "last_name": "Leigh"})
    assert sandbox.deliveries() == []


def test_imports_are_silent(sandbox, listener):
    _hook(sandbox, listener.url, "update", "subscribe")
    sandbox.bulk_done({"email": "ann@x.test", "last_name": "Leigh"}, {"email": "n@x.test"})
    assert sandbox.deliveries() == []


def test_a_410_ends_the_webhook_and_nothing_is_told_again(sandbox, listener):
    listener.status = 410
    _hook(sandbox, listener.url, "update")
    sandbox.api.put("/contacts/1", json={"contact": {"lastName": "Law"}})
    listener.wait(1)
    wait_until(lambda: sandbox.deliveries()[-1]["status"] == 410)
    sandbox.api.put("/contacts/1", json={"contact": {"lastName": "Again"}})
    assert len(sandbox.deliveries()) == 1
    assert len(listener.told) == 1


def test_a_webhook_must_be_https_on_port_443_unless_it_is_this_machine(sandbox, listener):
    assert _hook(sandbox, "http://x.test/hook", "update").status_code == 422
    assert _hook(sandbox, "https://x.test:8443/hook", "update").status_code == 422
    assert _hook(sandbox, "https://x.test/hook", "update").status_code == 201
    sandbox.switch(webhook_loopback="off")
    assert _hook(sandbox, listener.url, "update").status_code == 422


def test_nothing_leaves_this_machine(sandbox):
    _hook(sandbox, "https://x.test/hook", "update")
    sandbox.api.put("/contacts/1", json={"contact": {"lastName": "Law"}})
    assert "not sent" in sandbox.deliveries()[-1]["error"]


def test_a_callback_tells_why_a_row_failed(sandbox, listener):
    callback = {
        "url": listener.url,
        "requestType": "POST",
        "detailed_results": "true",
        "params": [{"key": "secret", "value": "s"}],
    }
    rows = ({"email": "bob@x.test"}, {"email": "never@x.test"})
    sandbox.bulk_done(*rows, callback=callback)
    wait_until(lambda: len(listener.told) == 1)
    assert '"secret": "s"' in listener.told[0]
    assert "exclusion list" in listener.told[0]


def test_a_note_is_told_and_kept(sandbox, listener):
    _hook(sandbox, listener.url, "subscriber_note")
    note = {"note": {"note": "Called", "reltype": "Subscriber", "relid": 1}}
    assert sandbox.api.post("/notes", json=note).status_code == 201
    assert listener.wait(1)[0]["note"] == ["Called"]
    assert sandbox.get("/contacts/1/notes")["notes"][0]["note"] == "Called"
