"""What ActiveCampaign names is looked at soon, and nothing that a delivery says is believed (rule 9.1)."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from django.utils import timezone

from sonisbridge.core.notices import NoticeType, RunFacts, called_for
from sonisbridge.core.roles import Role
from sonisbridge.store import metrics, retention, runs, webhooks
from sonisbridge.store.models import AuditEntry, ImportedContact, Run
from sonisbridge.store.near_models import Hint, Webhook
from sonisbridge.sync import webhook
from sonisbridge.sync.orders import carry_out, order_import
from tests.flows.pair import Pair

from .site import Site
from .test_every_page import NARROW, TOO_WIDE, WIDE, grave

PATIENCE = 60.0


def wait_for(reached: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not reached():
        assert time.monotonic() < until, "it never came to that"
        time.sleep(0.05)


def settled() -> bool:
    """Whether nothing waits and nothing is under way."""
    return not Hint.objects.filter(read_at=None).exists() and not Webhook.objects.exclude(run=None).exists()


def prospects(pair: Pair) -> list[str]:
    """The addresses of the web prospects in SONIS."""
    return sorted(row["e_mail"].strip() for row in pair.school.rows("SELECT e_mail FROM webps"))


def by_webhook() -> list[Run]:
    return list(Run.objects.filter(started_by="webhook").order_by("pk"))


@pytest.fixture
def post(site: Site) -> Iterator[Callable[..., httpx2.Response]]:
    """Sends something to a path of the served pages."""
    with httpx2.Client(base_url=site.url, timeout=20, trust_env=False) as client:

        def send(path: str, body: bytes = b"", method: str = "POST", **more) -> httpx2.Response:
            headers = {"Content-Type": "application/x-www-form-urlencoded"}
            return client.request(method, path, content=body, headers=headers, **more)

        yield send


@pytest.fixture
def path(pair: Pair) -> str:
    """The path of the webhook, which is on."""
    return webhook.turn_on(pair.institution, by="test", register=False).path


def naming(contact_id: object, **more: str) -> bytes:
    """A delivery as ActiveCampaign writes it."""
    pairs = {"type": "subscribe", "date_time": "2026-11-25T10:00:00-06:00", "list": "0", "contact[id]": contact_id}
    return urlencode({**pairs, **more}).encode()


def listens(pair: Pair, site: Site, path: str) -> None:
    """Register the address in the look-alike by hand."""
    hook = {
        "name": "by hand", "url": f"{site.url}{path}", "events": ["subscribe", "update"],
        "sources": ["public", "admin", "api", "system"],
    }  # fmt: skip
    pair.ask("POST", "/webhooks", json={"webhook": hook})


# By real deliveries


def test_a_new_contact_becomes_a_web_prospect_by_the_webhook_alone(pair: Pair, site: Site, path: str):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    listens(pair, site, path)
    pair.make_contact("zoe@example.org", "Zoe", "New")
    wait_for(lambda: prospects(pair) == ["zoe@example.org"])
    wait_for(settled)
    run = by_webhook()[-1]
    assert (run.kind, run.status, run.counts["created"]) == ("inbound", "succeeded", 1)
    assert run.filters == {"contacts": [1]}


def test_an_unsubscribed_contact_never_does(pair: Pair, site: Site, path: str):
    contact = pair.make_contact("gone@example.org", "Gone", "Away")
    pair.subscribe(contact, 2)
    listens(pair, site, path)
    pair.change_contact(contact, firstName="Goner")
    wait_for(lambda: any(run.lines.filter(contact_id=contact).exists() for run in by_webhook()))
    wait_for(settled)
    assert {line.reason for run in by_webhook() for line in run.lines.all()} == {"unsubscribed"}
    assert prospects(pair) == []


def test_who_is_in_sonis_already_costs_no_run_once_they_are_linked(pair: Pair, site: Site, path: str):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.export()
    listens(pair, site, path)
    contact = pair.contact("ana@example.edu")
    assert contact is not None
    pair.change_contact(contact["id"], firstName="Anna")
    wait_for(lambda: Hint.objects.exists())
    wait_for(settled)
    assert by_webhook() == []


def test_registering_and_deregistering_go_by_the_api(pair: Pair, site: Site, settings):
    settings.URL = site.url
    made = webhook.turn_on(pair.institution, by="test", register=True)
    assert (made.registered, made.problem) == (True, "")
    (hook,) = pair.get("/webhooks")["webhooks"]
    assert (hook["url"], hook["events"]) == (made.address, ["subscribe", "update"])
    pair.make_contact("zoe@example.org", "Zoe", "New")
    wait_for(lambda: prospects(pair) == ["zoe@example.org"])
    wait_for(settled)
    again = webhook.turn_on(pair.institution, by="test", register=True)
    (hook,) = pair.get("/webhooks")["webhooks"]
    assert hook["url"] == again.address != made.address
    assert webhook.turn_off(pair.institution, by="test") == ""
    assert pair.get("/webhooks")["webhooks"] == []


def test_a_webhook_of_somebody_else_under_the_same_number_stays(pair: Pair, settings):
    settings.URL = "http://localhost:8000"
    webhook.turn_on(pair.institution, by="test", register=True)
    (hook,) = pair.get("/webhooks")["webhooks"]
    pair.ask("PUT", f"/webhooks/{hook['id']}", json={"webhook": {"url": "http://localhost:9/theirs"}})
    assert "Another account" in webhook.turn_off(pair.institution, by="test")
    assert len(pair.get("/webhooks")["webhooks"]) == 1


def test_an_account_that_refuses_the_address_leaves_it_on_and_says_so(pair: Pair, settings):
    settings.URL = "http://bridge.example.edu"
    made = webhook.turn_on(pair.institution, by="test", register=True)
    assert not made.registered
    assert "https" in made.problem
    assert webhooks.of(pair.institution) is not None


# By whatever else comes


def test_the_same_delivery_twenty_times_makes_one_small_import(pair: Pair, site: Site, path: str, post):
    contact = pair.make_contact("zoe@example.org", "Zoe", "New")
    other = pair.make_contact("gone@example.org", "Gone", "Away")
    pair.subscribe(other, 2)
    for _ in range(10):
        assert post(path, naming(contact)).status_code == 204
        assert post(path, naming(other)).status_code == 204
    wait_for(settled)
    for _ in range(10):
        post(path, naming(contact))
        post(path, naming(other))
    time.sleep(1.5)
    assert settled()
    assert sum(run.lines.filter(contact_id=other).count() for run in by_webhook()) == 1
    assert prospects(pair) == ["zoe@example.org"]
    assert all(run.requests < 12 for run in by_webhook())


def test_a_contact_that_does_not_exist_makes_nothing(pair: Pair, site: Site, path: str, post):
    assert post(path, naming(987654)).status_code == 204
    wait_for(settled)
    assert prospects(pair) == []
    assert [(run.status, run.counts["read"]) for run in by_webhook()] == [("succeeded", 0)]


def test_what_a_delivery_says_of_a_contact_is_not_believed(pair: Pair, site: Site, path: str, post):
    contact = pair.make_contact("zoe@example.org", "Zoe", "New")
    pair.subscribe(contact, 2)
    lie = naming(contact, **{"contact[email]": "eve@example.org", "contact[first_name]": "Eve"})
    post(path, lie)
    wait_for(settled)
    assert prospects(pair) == []


GARBAGE = [
    b"", b"\x00\xff\xfe", b"contact[id]=", b"contact[id]=-1", b"contact[id]=0", b"contact[id]=1e3",
    b"contact[id]=1;drop", "contact[id]=١٢".encode(), b"contact[id]=" + b"9" * 40, b'{"contact": {"id": 1}}',
    b"&".join(b"a=1" for _ in range(5000)), b"contact%5Bid%5D=%00", b"contact[id][]=1", b"=&=&=",
]  # fmt: skip


def test_garbage_is_answered_as_everything_is_and_makes_nothing(pair: Pair, site: Site, path: str, post):
    for body in GARBAGE:
        assert post(path, body).status_code == 204, body
    assert not Hint.objects.exists()


def test_an_address_that_is_not_on_is_like_any_that_never_was(pair: Pair, site: Site, path: str, post):
    right = post(path, naming(1))
    answers = [post(f"/hooks/{token}", naming(1)) for token in ("x", secrets.token_urlsafe(32), "%00", "a" * 3000)]
    webhook.turn_off(pair.institution, by="test")
    answers.append(post(path, naming(1)))
    shapes = {(one.status_code, one.content, tuple(sorted(set(one.headers) - {"date"}))) for one in answers}
    assert len(shapes) == 1
    assert (answers[0].status_code, answers[0].content) == (404, b"")
    assert (right.status_code, right.content, right.headers.get("set-cookie")) == (204, b"", None)
    assert not Hint.objects.exists()


def test_a_new_address_ends_the_one_before(pair: Pair, site: Site, path: str, post):
    fresh = webhook.turn_on(pair.institution, by="test", register=False).path
    assert post(path, naming(1)).status_code == 404
    assert post(fresh, naming(1)).status_code == 204
    row = Webhook.objects.get()
    assert fresh.rpartition("/")[2] not in str(vars(row))


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"])
def test_nothing_but_post_is_answered(pair: Pair, site: Site, path: str, post, method: str):
    for address in (path, "/hooks/x"):
        assert post(address, method=method).status_code == 405


def test_a_large_body_is_refused_on_any_address(pair: Pair, site: Site, path: str, post):
    for address in (path, "/hooks/x"):
        assert post(address, b"contact[id]=1&x=" + b"x" * 70_000).status_code == 413
    assert not Hint.objects.exists()


# Floods and failures, by a clock of the test's own


@pytest.fixture
def quiet(pair: Pair) -> Webhook:
    """A webhook that is on, and no worker."""
    webhook.turn_on(pair.institution, by="test", register=False)
    return Webhook.objects.get(institution=pair.institution)


def later(seconds: float = 3600):
    return timezone.now() + timedelta(seconds=seconds)


def test_a_flood_keeps_a_thousand_and_makes_one_whole_import_due(pair: Pair, quiet: Webhook):
    now = timezone.now()
    waiting = [Hint(institution=pair.institution, contact_id=one, mark="-", at=now) for one in range(10, 1009)]
    Hint.objects.bulk_create(waiting)
    contact = int(pair.make_contact("zoe@example.org", "Zoe", "New"))
    for number in (5000, contact, 5001, 5002):
        webhooks.heard(quiet, number, b"%d" % number, now=now)
    assert Hint.objects.count() == webhooks.MOST_WAITING
    quiet.refresh_from_db()
    assert quiet.whole_due
    webhook.tick(later())
    (run,) = by_webhook()
    assert run.filters == {}
    webhooks.heard(quiet, 5003, b"5003", now=now)
    carry_out(run.pk)
    assert prospects(pair) == ["zoe@example.org"]
    webhook.tick(later())
    assert not Hint.objects.filter(read_at=None).exists()
    quiet.refresh_from_db()
    assert quiet.whole_due, "more came while the whole import went on"


def test_what_comes_while_a_run_reads_waits_for_the_next(pair: Pair, quiet: Webhook):
    now = timezone.now()
    webhooks.heard(quiet, 7, b"first", now=now)
    webhook.tick(later())
    webhooks.heard(quiet, 7, b"second", now=now)
    carry_out(by_webhook()[0].pk)
    webhook.tick(later())
    assert Hint.objects.filter(read_at=None, contact_id=7).exists()
    webhook.tick(later(7200))
    assert len(by_webhook()) == 2


def test_hints_wait_while_another_run_goes_on(pair: Pair, quiet: Webhook):
    other = order_import(pair.institution, started_by="Ana")
    webhooks.heard(quiet, 7, b"-", now=timezone.now())
    webhook.tick(later())
    assert by_webhook() == []
    carry_out(other.pk)
    webhook.tick(later(3700))
    assert len(by_webhook()) == 1


def test_a_failed_import_is_tried_again_later_each_time_and_not_for_ever(pair: Pair, quiet: Webhook):
    webhooks.heard(quiet, 7, b"-", now=timezone.now())
    moment = timezone.now() + timedelta(minutes=1)
    pauses = []
    for _ in range(webhooks.MOST_TRIES):
        webhook.tick(moment)
        run = by_webhook()[-1]
        runs.ask_to_cancel(run.pk, by="test")
        webhook.tick(moment)
        quiet.refresh_from_db()
        assert quiet.try_at is not None
        pauses.append((quiet.try_at - moment).total_seconds())
        assert not Hint.objects.filter(taken=True).exists()
        moment = quiet.try_at
    assert pauses == sorted(pauses)
    assert pauses[-1] > 8 * pauses[0]
    assert len(by_webhook()) == webhooks.MOST_TRIES
    assert not Hint.objects.exists()
    webhook.tick(moment + timedelta(hours=2))
    assert len(by_webhook()) == webhooks.MOST_TRIES


def test_two_workers_order_one_import(pair: Pair, quiet: Webhook):
    webhooks.heard(quiet, 7, b"-", now=timezone.now())
    moment = later()
    mine, theirs = (webhooks.due(moment, gathered=webhook.GATHERED)[0] for _ in range(2))
    webhook._order(mine, moment)
    carry_out(by_webhook()[0].pk)
    webhook._order(theirs, moment)
    assert len(by_webhook()) == 1


def test_a_named_contact_leaves_no_hole_in_the_mirror(pair: Pair, quiet: Webhook):
    pair.make_contact("one@example.org", "One", "New")
    pair.import_()
    pair.make_contact("two@example.org", "Two", "New")
    last = int(pair.make_contact("three@example.org", "Three", "New"))
    webhooks.heard(quiet, last, b"-", now=timezone.now())
    webhook.tick(later())
    carry_out(by_webhook()[0].pk)
    assert prospects(pair) == ["one@example.org", "three@example.org"]
    pair.institution.refresh_from_db()
    pair.institution.honours_time, pair.institution.mark = True, timezone.now() + timedelta(hours=1)
    pair.institution.save()
    pair.import_()
    assert prospects(pair) == ["one@example.org", "three@example.org", "two@example.org"]


def test_a_named_contact_is_matched_as_in_every_import(pair: Pair, quiet: Webhook):
    pair.school.add("AB0000001", "Ana", "Lima", "ana@example.edu")
    pair.school.add("AB0000002", "Ben", "Oslo", "ben@example.edu")
    known = int(pair.make_contact("ANA@example.edu", "ana", " lima"))
    alike = int(pair.make_contact("ben@example.edu", "Benjamin", "Oslo"))
    for contact in (known, alike):
        webhooks.heard(quiet, contact, b"-", now=timezone.now())
    webhook.tick(later())
    run = carry_out(by_webhook()[0].pk)
    assert run.lines.get(contact_id=known).sonis_id == "AB0000001"
    assert "Possible duplicate of" in run.lines.get(contact_id=alike).message
    assert [row.contact_id for row in ImportedContact.objects.all()] == [alike]


# The page


@pytest.fixture
def place(pair: Pair) -> str:
    return f"/{pair.institution.pk}/configuration/webhook/"


ADDRESS = re.compile(r"http://testserver(/hooks/[\w-]{43})")


def test_the_page_shows_an_address_once_and_takes_it_back(pair: Pair, place: str, client_of, post):
    client = client_of(Role.ADMINISTRATOR)
    assert "Turn on" in client.get(place).content.decode()
    client.post(place, {"do": "anything else"})
    assert not Webhook.objects.exists()
    found = ADDRESS.search(client.post(place, {"do": "on"}).content.decode())
    assert found is not None
    assert post(found[1], naming(7)).status_code == 204
    shown = client.get(place).content.decode()
    assert found[1] not in shown
    assert "1 contact" in shown
    fresh = ADDRESS.search(client.post(place, {"do": "on"}).content.decode())
    assert fresh is not None
    assert post(found[1], naming(8)).status_code == 404
    after = client.post(place, {"do": "off"}, follow=True).content.decode()
    assert "The webhook is off: nothing is heard any more." in after
    assert not Webhook.objects.exists()
    assert {entry.action for entry in AuditEntry.objects.filter(action__startswith="webhook")} == {
        "webhook turned on", "webhook given another address", "webhook turned off",
    }  # fmt: skip


def test_the_page_registers_the_address(pair: Pair, place: str, client_of, settings):
    settings.URL = "http://localhost:8000"
    client = client_of(Role.ADMINISTRATOR)
    assert "register in ActiveCampaign" in client.get(place).content.decode()
    assert "It is registered in ActiveCampaign" in client.post(place, {"do": "register"}).content.decode()
    assert len(pair.get("/webhooks")["webhooks"]) == 1
    client.post(place, {"do": "off"})
    assert pair.get("/webhooks")["webhooks"] == []


def test_the_page_can_be_used_by_everybody_on_or_off(pair: Pair, place: str, page_of):
    page = page_of(Role.ADMINISTRATOR)
    page.goto(place)
    for button in ("Turn on", "New address"):
        page.get_by_role("button", name=button, exact=True).click()
        page.wait_for_selector("code.secret")
        page.set_viewport_size(NARROW)
        assert grave(page) == []
        assert page.evaluate(TOO_WIDE) == []
        page.set_viewport_size(WIDE)
    page.get_by_role("button", name="Turn off").click()
    page.wait_for_selector("text=The webhook is off")


def test_a_run_says_that_a_webhook_named_its_contacts(pair: Pair, quiet: Webhook, client_of):
    webhooks.heard(quiet, int(pair.make_contact("zoe@example.org", "Zoe", "New")), b"-", now=timezone.now())
    webhook.tick(later())
    run = carry_out(by_webhook()[0].pk)
    shown = client_of(Role.VIEWER).get(f"/{pair.institution.pk}/runs/{run.pk}/").content.decode()
    assert "1 contact that a webhook named" in shown


def test_imports_for_a_webhook_are_told_of_when_they_made_something(pair: Pair):
    facts: dict[str, Any] = {"run": 1, "institution": "-", "kind": "inbound", "status": "succeeded", "named": True}
    assert called_for(RunFacts(**facts, counts={"read": 3, "skipped": 3})) == set()
    assert called_for(RunFacts(**facts, counts={"read": 3, "created": 1})) == {NoticeType.IMPORT}
    assert called_for(RunFacts(**{**facts, "status": "failed"})) == {NoticeType.RUN_FAILED}


def test_operators_see_what_waits_and_what_is_old_goes(pair: Pair, quiet: Webhook):
    now = timezone.now()
    webhooks.heard(quiet, 7, b"-", now=now - timedelta(seconds=100))
    pair.choose("watch_minutes", "5")
    figures = metrics.prometheus()
    assert "\nsonisbridge_hints_waiting 1.0\n" in figures
    age = re.search(r"^sonisbridge_hints_age_seconds (\S+)$", figures, re.MULTILINE)
    assert age is not None
    assert float(age[1]) >= 100
    assert 'sonisbridge_watch_failures{institution="Test"} 0.0' in figures
    assert retention.remove_piece(now - timedelta(days=90)) == 0
    assert retention.remove_piece(now) == 1
    assert not Hint.objects.exists()
