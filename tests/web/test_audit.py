"""The audit log: who changed what, before and after, and never a secret or a person's name."""

from __future__ import annotations

from datetime import UTC, datetime

from sonisbridge.core.policy import Policy
from sonisbridge.core.roles import Role
from sonisbridge.store import institutions, runs, users
from sonisbridge.store.audit import record
from sonisbridge.store.models import AuditEntry, Grant
from sonisbridge.sync import orders
from sonisbridge.sync.outbound import Order

from .site import a_user
from .test_users import text_of


def audit(client, institution, query=""):
    return text_of(client.get(f"/{institution.pk}/audit/?{query}"))


def test_a_change_is_shown_with_what_was_and_what_is(client_of, institution):
    institutions.change_policy(institution, Policy(country="US"), by="ana")
    institutions.change_policy(institution, Policy(country="CA"), by="ana")
    page = audit(client_of(Role.AUDITOR), institution)
    assert "Choices changed" in page
    assert ">CA<" in page.replace('<span class="for-readers">after </span>', "")


def test_secrets_are_not_in_it(institution):
    institutions.change(institution, "token", "very-secret-token", by="ana")
    institutions.change(institution, "sonis_url", "postgresql://u:very-secret@h/d", by="ana")
    assert "very-secret" not in str(list(AuditEntry.objects.values()))


def test_starting_cancelling_and_applying_runs_is_in_it(institution):
    run = orders.order_export(institution, Order(started_by="ana"))
    runs.ask_to_cancel(run.pk, by="ben")
    orders.order_import(institution, started_by="ana", preview=True)
    recorded = list(AuditEntry.objects.order_by("pk").values_list("by", "action"))
    assert recorded == [("ana", "export started"), ("ben", "run cancelled"), ("ana", "import preview started")]


def test_it_is_filtered_by_who_what_and_when(client_of, institution):
    record(institution, "ana", "choices changed", before={"a": 1}, after={"a": 2})
    record(institution, "ben", "field mapping changed", before={"a": 1}, after={"a": 2})
    AuditEntry.objects.filter(by="ben").update(at=datetime(2026, 1, 2, 12, tzinfo=UTC))
    client = client_of(Role.AUDITOR, institution)
    shown = lambda query: [name for name in ("ana", "ben") if f"<td>{name}</td>" in audit(client, institution, query)]  # noqa: E731
    assert shown("") == ["ana", "ben"]
    assert shown("by=AN") == ["ana"]
    assert shown("action=mapping") == ["ben"]
    assert shown("since=2026-01-02&until=2026-01-02") == ["ben"]
    assert shown("until=2026-01-01") == []


def test_what_is_of_no_institution_is_for_who_reads_it_for_all_of_them(client_of, institution):
    users.deactivate(a_user(Role.VIEWER, name="ana"), by="the boss")
    assert "User deactivated" in audit(client_of(Role.AUDITOR), institution)
    assert "User deactivated" not in audit(client_of(Role.AUDITOR, institution, name="of one"), institution)


def test_it_can_be_taken_away_as_a_file(client_of, institution):
    record(institution, "=cmd", "choices changed", before={"mode": "stage"}, after={"mode": "direct"})
    response = client_of(Role.AUDITOR, institution).get(f"/{institution.pk}/audit/?as=csv&by=cmd")
    text = b"".join(response.streaming_content).decode()
    assert "'=cmd,choices changed,mode: stage -> direct" in text


def test_signing_in_and_looking_are_not_in_it(client_of, institution):
    client = client_of(Role.VIEWER)
    before = AuditEntry.objects.count()
    client.get(f"/{institution.pk}/")
    assert AuditEntry.objects.count() == before
    assert Grant.objects.filter(user__username="viewer").exists()
