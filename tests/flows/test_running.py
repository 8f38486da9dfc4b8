"""What a run says of an end that it did not choose."""

from __future__ import annotations

import logging

import pytest
from django.db import OperationalError, connection

from sonisbridge.store import runs
from sonisbridge.store.models import Run
from sonisbridge.sync.running import Carrier, lease, running
from tests.store.test_runs import an_institution

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_log_names_what_went_wrong_with_our_database_and_quotes_nothing(caplog):
    caplog.set_level(logging.INFO, logger="sonisbridge")
    run = runs.begin(an_institution(), runs.Start(kind=runs.INBOUND, started_by="test"), lease=lease())
    with pytest.raises(OperationalError), running(run, Carrier()), connection.cursor() as cursor:
        cursor.execute("SELECT 'ann@example.com' FROM nowhere")
    assert f"run {run.pk} lost the bridge's own database: OperationalError SQLITE_ERROR" in caplog.text
    assert "ann@example.com" not in caplog.text
    assert Run.objects.get(pk=run.pk).status == "failed"
