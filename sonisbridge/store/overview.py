"""What the first page says of an institution, from what our database holds."""

from __future__ import annotations

from datetime import datetime

from .history import last
from .models import ImportedContact, Institution, MirrorContact, OpenConflict, Run
from .timed_models import ScheduledStart, ScheduleRow

FAILED = ("failed", "interrupted")
COUNTED = 10_000
"""Contacts are counted up to here; more than that is "more than"."""


def contacts_without_sonis_id(institution: Institution) -> int:
    """How many contacts of the mirror carry no SONIS ID, one more than COUNTED at most."""
    rows = MirrorContact.objects.filter(institution=institution, sonis_id="").values("pk")
    return rows[: COUNTED + 1].count()


def conflicts_waiting(institution: Institution) -> int:
    """How many conflicts wait for a decision."""
    return OpenConflict.objects.filter(institution=institution).count()


def prospects_waiting(institution: Institution) -> int:
    """How many web prospects, of those that an import made, are not yet people."""
    return ImportedContact.objects.filter(institution=institution, written=True, sonis_id="").count()


def next_run_at(institution: Institution) -> datetime | None:
    """When the next run starts by itself; None: nothing is scheduled."""
    rows = ScheduleRow.objects.filter(institution=institution, next_due__isnull=False)
    return rows.order_by("next_due").values_list("next_due", flat=True).first()


def failed_run(institution: Institution) -> Run | None:
    """The run of the last start by the clock that failed, as long as it is the newest of its kind."""
    rows = ScheduledStart.objects.filter(schedule__institution=institution, state=ScheduledStart.DONE, by="")
    start = rows.select_related("import_run", "export_run").order_by("-pk").first()
    for run in (start.import_run, start.export_run) if start else ():
        if run is not None and run.status in FAILED and last(institution, run.kind) == run:
            return run
    return None
