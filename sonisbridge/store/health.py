"""Whether this bridge can do its work: what a load balancer or a supervisor asks."""

from __future__ import annotations

from datetime import timedelta

from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from . import workers

SILENT_AFTER = timedelta(seconds=30)
"""A worker says every few seconds that it is up."""


def alive() -> dict[str, str]:
    """That this process answers; nothing else is asked."""
    return {"process": "ok"}


def ready(*, worker: bool = True) -> tuple[bool, dict[str, str]]:
    """Whether runs that are ordered now would be carried out, and how each part stands: `ok` or what to do."""
    try:
        found = {"database": "ok", "migrations": _migrations()}
        if worker:
            found["worker"] = _worker() if found["migrations"] == "ok" else "not known before the database is set up"
    except (DatabaseError, InterfaceError, OSError):
        connection.close()
        found = {"database": "does not answer: see that it is up and that this machine reaches it"}
    return all(state == "ok" for state in found.values()), found


def _migrations() -> str:
    executor = MigrationExecutor(connection)
    behind = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return "the database is not set up for this version: run `sonisbridge migrate`" if behind else "ok"


def _worker() -> str:
    seen = workers.last_seen()
    if seen is None or timezone.now() - seen > SILENT_AFTER:
        return "no worker was heard of lately: start `sonisbridge serve` or `sonisbridge worker`"
    return "ok"
