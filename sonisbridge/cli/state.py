"""`backup` and `restore`: the bridge's state as a file, from and into either database."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import click
from django.utils import timezone

from sonisbridge.core.errors import StopRunError, WrongSettingsError
from sonisbridge.store import archive, institutions, runs, workers
from sonisbridge.store.models import Institution

from .commands import Prepared
from .running import json_option
from .show import as_json

AT_WORK = timedelta(seconds=20)


@click.command(cls=Prepared)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
def backup(file: Path, json_wanted: bool) -> None:
    """Write the bridge's whole state into FILE, as it is at this moment. Runs may go on meanwhile.

    FILE holds people's data; tokens and database addresses are sealed in it. Keep the encryption key elsewhere.
    """
    draft = _draft_beside(file)
    try:
        rows = archive.write(draft)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    size = file.stat().st_size
    if json_wanted:
        as_json({"file": str(file), "rows": rows, "bytes": size})
    else:
        click.echo(
            f"Wrote {rows:,} rows ({size:,} bytes) to {file}. The encryption key is not in it: keep it elsewhere."
        )


@click.command(cls=Prepared)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Do away with the state that is here.")
@json_option
def restore(file: Path, replace: bool, json_wanted: bool) -> None:
    """Make the bridge's state from FILE, in SQLite or PostgreSQL, whichever it was taken from.

    What is restored writes to neither side until its pair is confirmed: the bridge that it was taken from may be at work.
    """
    _refuse_at_work()
    if not (replace or archive.is_empty()):
        raise WrongSettingsError(
            "There is state in the bridge's database already: back it up, then give --replace to do away with it, or set "
            "SONISBRIDGE_HOME or SONISBRIDGE_DATABASE_URL to an empty place."
        )
    rows = archive.read(file)
    sealed = [problem for row in Institution.objects.order_by("name") if (problem := _sealed(row))]
    names = list(Institution.objects.order_by("name").values_list("name", flat=True))
    if json_wanted:
        as_json({"file": str(file), "rows": rows, "institutions": names, "problems": sealed})
        return
    click.echo(f"Restored {rows:,} rows.")
    for problem in sealed:
        click.echo(f"  {problem}")
    for name in names:
        click.echo(f"  When this copy is to write: sonisbridge institution set {name!r} pair=confirmed")


def _draft_beside(file: Path) -> Path:
    """An empty file in the same folder that only this user may read."""
    try:
        handle, draft = tempfile.mkstemp(dir=file.absolute().parent, prefix=f".{file.name}-")
    except OSError as error:
        why = (error.strerror or "refused").lower()
        raise WrongSettingsError(f"The file {str(file)!r} cannot be written ({why}): name a place that can.") from error
    os.close(handle)
    return Path(draft)


def _refuse_at_work() -> None:
    runs.interrupt_lapsed()
    seen = workers.last_seen()
    if seen is not None and timezone.now() - seen < AT_WORK:
        raise StopRunError("A worker is up, or was a few seconds ago: stop `sonisbridge serve` and every worker first.")
    if going := runs.going_on():
        raise StopRunError(
            f"Run {going} is going on: wait for it, or cancel it with `sonisbridge runs cancel {going}`."
        )


def _sealed(row: Institution) -> str:
    """Why the institution's connections cannot be opened here, "" when they can."""
    with suppress(WrongSettingsError):
        institutions.connections(row)
        return ""
    return (
        f"The connections of {row.name} cannot be opened with the encryption key that is here: bring back the key of the "
        "bridge that the backup was taken from, or set them anew with `sonisbridge institution set`."
    )
