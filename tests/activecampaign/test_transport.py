"""The transport over real HTTP, against every class of answer (rules 4.2, 4.3 and 12)."""

from __future__ import annotations

import logging
import threading

import pytest
import stamina

from sonisbridge.activecampaign.pace import Cost
from sonisbridge.activecampaign.transport import Transport
from sonisbridge.core.errors import (
    CancelledError,
    RetryLaterError,
    SkipRecordError,
    StopRunError,
    WrongSettingsError,
)

from .conftest import TOKEN, MakeTransport, OpenPace
from .server import CUT, CUT_JSON, EMPTY, HANG, HTML, RESET, Reply, ScriptedServer, ok

GOOD = ok({"contacts": []})
BROKEN = {
    "500": Reply(status=500),
    "503": Reply(status=503, content=b"busy"),
    "html": HTML,
    "empty": EMPTY,
    "cut json": CUT_JSON,
    "cut": CUT,
    "reset": RESET,
    "a list": Reply(content=b"[]"),
    "no rows": ok({"meta": {"total": "0"}}),
}
broken_answers = pytest.mark.parametrize("reply", BROKEN.values(), ids=BROKEN)


def read(transport: Transport):
    return transport.send("GET", "/contacts", repeatable=True, needs="contacts")


def write(transport: Transport, *, repeatable: bool):
    method = "PUT" if repeatable else "POST"
    return transport.send(method, "/contacts/7", body={"a": 1}, repeatable=repeatable, needs="contact")


def prove(server: ScriptedServer, transport: Transport) -> None:
    """Let one request succeed, so that the token is known to be good."""
    server.answers(ok({"user": {}}))
    transport.send("GET", "/users/me", repeatable=True)


def test_a_request_carries_the_token_and_goes_under_api_3(server, transport):
    server.answers(GOOD)
    assert read(transport) == {"contacts": []}
    assert server.seen[0].path == "/api/3/contacts"
    assert server.seen[0].headers["Api-Token"] == TOKEN


def test_parameters_and_bodies_arrive_as_they_were(server, transport):
    server.answers(ok({"contact": {}}))
    params = [("ids[]", 1), ("ids[]", 2), ("email", "a+b@x.test")]
    body = {"name": "Zoë"}
    transport.send("POST", "/x", params=params, body=body, repeatable=False)
    assert server.seen[0].query == [("ids[]", "1"), ("ids[]", "2"), ("email", "a+b@x.test")]
    assert server.seen[0].body == body


@broken_answers
def test_a_broken_answer_to_a_read_is_asked_for_again(server, transport, reply):
    server.answers(reply, reply, GOOD)
    assert read(transport) == {"contacts": []}
    assert len(server.seen) == 3


@broken_answers
def test_a_read_that_stays_broken_is_given_up_as_retry_later(server, transport, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError) as caught:
        read(transport)
    assert len(server.seen) == 5
    assert not caught.value.sent


@broken_answers
def test_a_repeatable_write_is_repeated_and_says_that_it_may_be_done(server, transport, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError) as caught:
        write(transport, repeatable=True)
    assert len(server.seen) == 5
    assert caught.value.sent


@broken_answers
def test_a_write_that_must_not_be_repeated_is_sent_once(server, transport, reply):
    server.answers(reply)
    with pytest.raises(RetryLaterError) as caught:
        write(transport, repeatable=False)
    assert len(server.seen) == 1
    assert caught.value.sent


def test_a_time_out_counts_as_maybe_done(server, make_transport):
    server.answers(HANG)
    with pytest.raises(RetryLaterError, match="too long") as caught:
        write(make_transport(read_seconds=0.1), repeatable=False)
    assert caught.value.sent
    assert len(server.seen) == 1


def test_a_time_out_of_a_read_is_tried_again(server, make_transport):
    server.answers(HANG, GOOD)
    assert read(make_transport(read_seconds=0.2)) == {"contacts": []}


def test_without_a_connection_nothing_was_sent(server, make_transport):
    transport = make_transport()
    server.close()
    with pytest.raises(RetryLaterError) as caught:
        write(transport, repeatable=False)
    assert not caught.value.sent
    assert transport.stats.by_class["unsent"] == 5


@pytest.mark.parametrize("method", ["GET", "PUT", "POST"])
@pytest.mark.parametrize(
    ("reply", "code"),
    [
        (ok({"message": "No Result found for Subscriber with id 1"}, 404), "not-found"),
        (ok({"errors": [{"status": 404, "title": "Not Found"}]}, 404), "not-found"),
        (ok({"message": "No Result found for FieldValue with id 1"}, 403), "not-found"),
        (
            ok(
                {
                    "errors": [
                        {
                            "code": "duplicate",
                            "title": "T",
                            "source": {"pointer": "/data/attributes/email"},
                        }
                    ]
                },
                422,
            ),
            "duplicate",
        ),
        (ok({"errors": [{"code": "email_invalid", "error": "bad"}]}, 422), "invalid"),
        (ok({"errors": "Bulk operation failed."}, 422), "invalid"),
        (ok({"message": "Could not process request", "error": "Duplicate entry"}, 422), "invalid"),
        (ok({"errors": [{"status": 400, "title": "Bad"}]}, 400), "invalid"),
        (ok({"success": 0, "message": "no", "failureReasons": ["x"]}, 400), "invalid"),
        (Reply(status=422, content=b""), "invalid"),
        (Reply(status=400, content=b"<html>"), "invalid"),
    ],
)
def test_a_refusal_is_final_and_says_its_kind(server, transport, method, reply, code):
    server.answers(reply)
    with pytest.raises(SkipRecordError) as caught:
        transport.send(method, "/contacts/1", repeatable=method != "POST")
    assert caught.value.code == code
    assert len(server.seen) == 1


def test_a_refusal_labelled_as_text_is_read_all_the_same(server, transport):
    server.answers(ok({"errors": [{"code": "duplicate"}]}, 422, Content_Type="text/plain"))
    with pytest.raises(SkipRecordError) as caught:
        write(transport, repeatable=False)
    assert caught.value.code == "duplicate"


def test_a_page_of_somebody_elses_under_404_is_no_proof_of_absence(server, transport):
    prove(server, transport)
    server.answers(Reply(status=404, content=b"<html>not here</html>"))
    with pytest.raises(RetryLaterError):
        read(transport)
    assert len(server.seen) == 1


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_refused_probe_stops_the_run_at_once(server, transport, status):
    server.answers(ok({"message": "Forbidden"}, status))
    with pytest.raises(StopRunError):
        transport.send("GET", "/users/me", repeatable=True)
    assert len(server.seen) == 1


def test_a_refused_probe_is_final_even_after_a_good_one(server, transport):
    prove(server, transport)
    server.answers(ok({"message": "Forbidden"}, 403))
    with pytest.raises(StopRunError, match="refused GET /users/me"):
        transport.send("GET", "/users/me", repeatable=True)
    assert len(server.seen) == 1


def test_a_read_refused_now_and_then_is_tried_twice_more(server, transport):
    prove(server, transport)
    forbidden = ok({"message": "Forbidden"}, 403)
    server.answers(forbidden, forbidden, GOOD)
    assert read(transport) == {"contacts": []}
    server.answers(forbidden)
    with pytest.raises(StopRunError, match="permission"):
        read(transport)
    assert len(server.seen) == 3


def test_a_refused_write_is_not_tried_again(server, transport):
    prove(server, transport)
    server.answers(ok({"message": "Forbidden"}, 403))
    with pytest.raises(StopRunError):
        write(transport, repeatable=True)
    assert len(server.seen) == 1


def test_an_account_that_is_not_paid_for_is_never_asked_again(server, transport):
    prove(server, transport)
    server.answers(Reply(status=402))
    with pytest.raises(StopRunError, match="payment"):
        read(transport)
    assert len(server.seen) == 1


def test_a_redirect_is_not_followed(server, transport):
    server.answers(Reply(status=302, headers={"Location": server.url + "/elsewhere"}))
    with pytest.raises(StopRunError, match="redirect"):
        read(transport)
    assert len(server.seen) == 1


@pytest.mark.parametrize("repeatable", [True, False])
def test_a_throttled_request_waits_as_told_and_is_no_failed_attempt(server, make_transport, pace: OpenPace, repeatable):
    transport = make_transport(attempts=1)
    server.answers(
        *[ok({}, 429, Retry_After="30")] * 7,
        ok({"contact": {}}),
    )
    assert write(transport, repeatable=repeatable) == {"contact": {}}
    assert pace.pushes == [(0.03, Cost.REQUEST)] * 7
    assert transport.stats.requests == 8
    assert transport.stats.by_class["throttled"] == 7


def test_without_retry_after_the_waits_grow(server, transport, pace: OpenPace):
    server.answers(*[Reply(status=429)] * 4, GOOD)
    read(transport)
    assert [seconds for seconds, _ in pace.pushes] == [0.001, 0.002, 0.004, 0.008]


@pytest.mark.parametrize("header", ["300", "0", "nonsense", "-5", "inf"])
def test_a_request_that_is_throttled_for_too_long_is_given_up(server, make_transport, header):
    server.answers(ok({}, 429, Retry_After=header))
    with pytest.raises(RetryLaterError, match="rate limit") as caught:
        write(make_transport(throttle_patience=60.0), repeatable=False)
    assert not caught.value.sent
    assert len(server.seen) <= 61


def test_the_importers_own_rate_error_holds_back_that_quota_alone(server, transport, pace: OpenPace):
    rate = {
        "success": 0,
        "message": "Rate limit exceeded.",
        "failureReasons": ["Up to 100 imports may be requested per minute."],
    }
    server.answers(ok(rate, 400), ok({"batchId": "b"}))
    transport.send("POST", "/import/bulk_import", body={}, repeatable=False, cost=Cost.BULK_MANY)
    assert pace.pushes == [(0.015, Cost.BULK_MANY)]
    assert pace.waits == [Cost.BULK_MANY] * 2


def test_the_hook_is_asked_before_each_attempt_and_may_end_the_run(server, make_transport):
    asked: list[int] = []

    def hook() -> None:
        asked.append(1)
        if len(asked) == 3:
            raise CancelledError("The run was cancelled.")

    server.answers(Reply(status=500))
    with pytest.raises(CancelledError):
        read(make_transport(before_request=hook))
    assert len(server.seen) == 2


def test_the_statistics_add_up(server, transport):
    server.answers(Reply(status=500), ok({}, 429, Retry_After="1"), RESET, GOOD)
    read(transport)
    assert transport.stats.requests == sum(transport.stats.by_class.values()) == 4
    assert dict(transport.stats.by_class) == {"broken": 1, "throttled": 1, "lost": 1, "good": 1}


def test_threads_may_share_a_transport(server, transport):
    server.answers(GOOD)
    threads = [threading.Thread(target=read, args=(transport,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert transport.stats.requests == 8


def test_no_log_and_no_message_holds_the_token_or_a_person(server, transport, caplog):
    caplog.set_level(logging.DEBUG)
    server.answers(Reply(status=500), ok({"errors": [{"title": "ada@x.test is taken"}]}, 422))
    with pytest.raises(SkipRecordError) as caught:
        transport.send("GET", "/contacts", params={"email": "ada@x.test"}, body={"n": "ada"}, repeatable=True)
    shown = caplog.text + str(caught.value) + repr(caught.value) + repr(vars(transport))
    assert "GET /contacts" in caplog.text
    assert "ada" not in shown
    assert TOKEN not in shown


@pytest.mark.parametrize("token", ["", "   ", "two words", "naïve", "new\nline"])
def test_a_token_that_cannot_be_one_is_refused_unsent(server, token):
    with pytest.raises(WrongSettingsError) as caught:
        Transport(server.url, token)
    assert token.strip() == "" or token not in str(caught.value)


def test_a_scaled_clock_is_only_for_this_machine():
    from sonisbridge.activecampaign.connection import TransportOptions

    options = TransportOptions(time_scale=60.0, resolve=lambda host, port: ["93.184.216.34"])
    with pytest.raises(WrongSettingsError, match="TIME_SCALE"):
        Transport("https://school.api-us1.com", TOKEN, options=options)


def test_loopback_is_refused_at_connection_time_without_the_switch(server, make_transport: MakeTransport):
    server.answers(GOOD)
    with pytest.raises(StopRunError, match="this machine"):
        read(make_transport(allow_loopback=False))
    assert server.seen == []


def test_stamina_is_in_force():
    """Something that turns retries off for tests would make this file prove nothing."""
    assert stamina.is_active()
