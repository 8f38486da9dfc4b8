"""Orders: runs that somebody asks for and a worker carries out (rule 8.2). The order is stored in the run's record."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Sequence
from contextlib import suppress

from sonisbridge.core.errors import SonisbridgeError
from sonisbridge.store import runs
from sonisbridge.store.models import Institution, Run

from . import inbound, outbound
from .running import Carrier, Report, lease, never, silent

WEBHOOK, WATCH = "webhook", "watch"
"""What orders runs between those of users and schedules, and stands as their starter."""


def order_export(institution: Institution, order: outbound.Order) -> Run:
    """A queued export. Raises StopRunError, naming the other run, when one waits or goes on already."""
    return runs.order(institution, outbound.start_of(order))


def order_import(
    institution: Institution, *, started_by: str, preview: bool = False, contacts: Sequence[int] = ()
) -> Run:
    """A queued import, of these contacts alone where some are given. Raises as `order_export` does."""
    return runs.order(institution, inbound.start_of(started_by=started_by, preview=preview, contacts=contacts))


def order_apply(run: Run, *, by: str) -> Run:
    """The run, queued again to have its held or previewed plan applied. Raises also when there is no such plan."""
    outbound.check_applicable(run)
    runs.order_again(run, by=by)
    return run


def cancel(run: Run, *, by: str) -> Run:
    """The run, asked to end between two requests; one that waits is dropped. Raises WrongSettingsError for another."""
    return runs.ask_to_cancel(run.pk, by=by)


def carry_out(run_id: int, report: Report = silent, stopping: Callable[[], bool] = never) -> Run:
    """Take a queued run up, carry it out and give its record, ended; the record as it is when somebody else was quicker.

    What stops the run is in its record. Raises only for what is wrong with sonisbridge or its database.
    `stopping` says between requests whether the run is to be handed back.
    """
    run = runs.claim(run_id, worker=this_worker(), lease=lease())
    if run is not None:
        with suppress(SonisbridgeError):  # the run's record says so
            _carry(run, Carrier(report=report, stopping=stopping))
    return runs.find(run_id)


def _carry(run: Run, carrier: Carrier) -> None:
    if run.kind == runs.INBOUND:
        inbound.carry_import(run, carrier)
    elif run.applying:
        outbound.carry_apply(run, carrier)
    else:
        outbound.carry_export(run, carrier)


def this_worker() -> str:
    """The name of this program on this machine."""
    return f"{socket.gethostname()}:{os.getpid()}"
