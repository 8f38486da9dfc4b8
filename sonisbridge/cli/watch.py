"""`watch`: looks at who changed in SONIS, and exports them (rule 9.2)."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import Any

import click

from sonisbridge.core.errors import SonisbridgeError, WrongSettingsError
from sonisbridge.store import institutions, runs
from sonisbridge.store.models import Institution, Run
from sonisbridge.sync import watch as watching
from sonisbridge.sync.orders import carry_out
from sonisbridge.sync.running import Report

from .commands import Prepared
from .running import institution_option, json_option, notices_after
from .show import DONE, as_json, progress_bar, run_document, run_status, show_run

LONGEST = 1440


@click.command(cls=Prepared)
@institution_option
@click.option("--once", is_flag=True, help="Look once, export who changed, and end.")
@click.option("--every", type=click.IntRange(1, LONGEST), metavar="MINUTES",
              help="Minutes between two looks; without it, as the choice watch_minutes says.")  # fmt: skip
@json_option
def watch(institution: str | None, once: bool, every: int | None, json_wanted: bool) -> int:
    """Look at who changed in SONIS since the last look, and export them; again and again until it is stopped.

    The first look of all only takes down how everybody is. `sonisbridge serve` and `sonisbridge worker` do the same by
    themselves where the choice watch_minutes is not 0.
    """
    row = institutions.get(institution)
    if once:
        return _once(row, json_wanted=json_wanted)
    if json_wanted:
        raise WrongSettingsError("--json goes with --once: there is one object for each look.")
    minutes = every or institutions.policy_of(row).watch_minutes
    if not minutes:
        raise WrongSettingsError(
            "How often is not said: give --once or --every MINUTES, or choose it with `sonisbridge institution set "
            f"{row.name!r} watch_minutes=15`."
        )
    with suppress(KeyboardInterrupt):  # SIGTERM too
        while True:
            try:
                _once(row, json_wanted=False)
            except SonisbridgeError as error:
                click.echo(f"{error} The next look is in {minutes} minutes.", err=True)
            time.sleep(minutes * 60)
    return DONE


def _once(row: Institution, *, json_wanted: bool) -> int:
    watching.settle()
    with notices_after(), progress_bar(wanted=not json_wanted) as report:
        found = watching.look(row)
        assert found is not None  # nobody tells it to stop
        run = _carried(found.run, report)
        watching.settle()
    if json_wanted:
        as_json(_document(found, run))
    else:
        click.echo(_sentence(found))
        sys.stdout.flush()
        if run is not None:
            show_run(run)
    return run_status(run) if run is not None else DONE


def _carried(run: Run | None, report: Report) -> Run | None:
    """The export, ended: carried out here, or by a worker that was quicker."""
    while run is not None:
        ended = runs.end_of(runs.find(run.pk))
        if ended is not None:
            return ended
        if runs.find(run.pk).status == runs.QUEUED:
            carry_out(run.pk, report)
        else:
            time.sleep(0.3)
    return None


def _document(found: watching.Looked, run: Run | None) -> dict[str, Any]:
    return {
        "first": found.first,
        "people": found.people,
        "changed": found.changed,
        "waiting": bool(found.changed and run is None),
        "run": run_document(run) if run is not None else None,
    }


def _sentence(found: watching.Looked) -> str:
    if found.first:
        return f"This was the first look: {found.people:,} people were taken down as they are, and nobody is exported."
    if not found.changed:
        return f"Of {found.people:,} people nobody changed."
    waiting = "" if found.run else " Another run goes on, so they wait for the next look."
    return f"Of {found.people:,} people {found.changed:,} changed.{waiting}"
