"""Institutions as they are kept: their secrets sealed, their choices only where they differ (rule 12)."""

from __future__ import annotations

import pytest

from sonisbridge.core.errors import WrongSettingsError
from sonisbridge.core.policy import Policy
from sonisbridge.store import institutions
from sonisbridge.store.institutions import Connections
from sonisbridge.store.models import AuditEntry, Institution

pytestmark = pytest.mark.django_db

SPRINGFIELD = Connections(
    name="Springfield", sonis_url="sqlite:///secret-place", endpoint="https://x.example", token="s3cret"
)


def test_what_is_stored_shows_no_secret_and_comes_back_whole():
    row = institutions.add(SPRINGFIELD, Policy(country="CA"), by="test")
    stored = repr(Institution.objects.values_list().get(pk=row.pk))
    assert "s3cret" not in stored + repr(SPRINGFIELD)
    assert "secret-place" not in stored + repr(SPRINGFIELD)
    assert institutions.connections(row) == SPRINGFIELD
    assert institutions.policy_of(row) == Policy(country="CA")
    assert row.policy == {"country": "CA"}


def test_a_name_is_given_once():
    institutions.add(SPRINGFIELD, Policy(), by="test")
    with pytest.raises(WrongSettingsError, match="There is an institution named 'Springfield' already"):
        institutions.add(SPRINGFIELD, Policy(), by="test")


def test_a_change_is_recorded_without_the_secret():
    row = institutions.add(SPRINGFIELD, Policy(), by="test")
    institutions.change(row, "token", "an0ther", by="Ana")
    assert institutions.connections(row).token == "an0ther"
    entry = AuditEntry.objects.get(action="token changed")
    assert (entry.by, entry.before, entry.after) == ("Ana", "(secret)", "(secret)")


def test_only_the_secrets_that_are_asked_for_are_opened():
    row = institutions.add(SPRINGFIELD, Policy(), by="test")
    row.token = "not sealed with any key"
    known = institutions.connections_of(row, {"endpoint": "https://y.example"}, secrets=["sonis_url"])
    assert (known.sonis_url, known.endpoint, known.token) == ("sqlite:///secret-place", "https://y.example", "")
