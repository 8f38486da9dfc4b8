"""`rehearse`: the whole configuration on a masked copy of the school, against the look-alike."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from sonisbridge.core.errors import StopRunError
from sonisbridge.store import institutions
from sonisbridge.sync import rehearsal
from sonisbridge.sync.rehearsal import Prepared

from .commands import Prepared as PreparedCommand
from .running import institution_option, json_option
from .show import DONE, PROBLEMS, as_json, progress_bar, table

_NAME = "Rehearsal"
_STATUSES = (0, 1, 4)
"""What a run may end with and still have something to tell."""


@click.command(cls=PreparedCommand)
@institution_option
@click.option(
    "--time-scale", default=1.0, show_default=True, metavar="K", type=click.FloatRange(1, 100),
    help="Let the limits of ActiveCampaign run K times faster.",
)  # fmt: skip
@click.option("--keep", is_flag=True, help="Keep the masked copy and its runs, and say where they are.")
@json_option
def rehearse(institution: str | None, time_scale: float, keep: bool, json_wanted: bool) -> int:
    """Import and export a masked copy of the school against the look-alike: how long, what conflicts, which unknown codes.

    Names, addresses and birthdates are replaced, the same by the same. SONIS and ActiveCampaign are only read.
    """
    from django.conf import settings

    row = institutions.get(institution)
    folder = Path(settings.HOME) / "rehearsal"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700, parents=True)
    try:
        with progress_bar(wanted=not json_wanted) as report:
            prepared = rehearsal.prepare(row, folder, report)
            report("Rehearsing", 0, 0)
            with _look_alike(prepared, time_scale) as ready:
                document = _rehearsed(_Bridge(folder / "home", ready["token"], time_scale), prepared, ready["url"])
    finally:
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
    document["folder"] = str(folder) if keep else None
    if json_wanted:
        as_json(document)
    else:
        _tell(document, time_scale)
    return DONE if document["as_wanted"] else PROBLEMS


@contextmanager
def _look_alike(prepared: Prepared, time_scale: float) -> Iterator[dict[str, str]]:
    """The look-alike with the masked contacts, as a program of its own, until the block ends."""
    token = secrets.token_hex(32)
    command = [
        sys.executable, "-m", "sonisbridge.sandbox", "--port", "0", "--token", token, "--world", str(prepared.world),
        "--limits", "real", "--time-scale", str(time_scale),
    ]  # fmt: skip
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert program.stdout is not None
        line = program.stdout.readline()
        if not line:
            raise StopRunError("The ActiveCampaign look-alike did not start: try again.")
        yield json.loads(line)
    finally:
        program.terminate()
        program.wait(timeout=20)


class _Bridge:
    """sonisbridge in a home of its own, so that a rehearsal and the real thing can never meet."""

    def __init__(self, home: Path, token: str, time_scale: float) -> None:
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("SONISBRIDGE_", "DJANGO_"))}
        self._environment = {
            **kept,
            "SONISBRIDGE_HOME": str(home),
            "SONISBRIDGE_DATABASE_URL": f"sqlite:///{home}/sonisbridge.sqlite3",
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
            "SONISBRIDGE_TIME_SCALE": str(time_scale),
            "REHEARSAL_TOKEN": token,
        }
        self._home = home
        home.mkdir(mode=0o700)

    def json(self, *words: str) -> dict[str, Any]:
        """The one JSON object that a command prints. Raises StopRunError with its message when it could not run."""
        done = subprocess.run(
            [sys.executable, "-m", "sonisbridge.cli", *words, "--json"],
            env=self._environment, cwd=self._home, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode not in _STATUSES or not done.stdout.strip():
            said = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise StopRunError(
                f"The rehearsal stopped at `{' '.join(words[:2])}`: {said.removeprefix('sonisbridge: ')}"
            )
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def _rehearsed(bridge: _Bridge, prepared: Prepared, endpoint: str) -> dict[str, Any]:
    """Connect, map, import and export the copy, and once more: the second must have nothing to do."""
    bridge.json(
        "institution", "add", _NAME, "--sonis", f"sqlite:///{prepared.school}", "--endpoint", endpoint,
        "--token-env", "REHEARSAL_TOKEN", "--sonis-schema", str(prepared.schema),
    )  # fmt: skip
    if prepared.settings:
        bridge.json("institution", "set", _NAME, *prepared.settings)
    bridge.json("mapping", "apply", str(prepared.mapping))
    findings = bridge.json("check")["findings"]
    began = time.monotonic()
    inbound = bridge.json("import")
    outbound = bridge.json("export", "--yes")
    seconds = time.monotonic() - began
    again = bridge.json("export", "--yes")
    conflicts = Counter(row["reason"] for row in bridge.json("conflicts", "list")["conflicts"])
    quiet = not again["counts"]["created"] and not again["counts"]["updated"]
    ended_well = all(run["status"].startswith("succeeded") for run in (inbound, outbound, again))
    return {
        "people": prepared.people,
        "web_prospects": prepared.web_prospects,
        "contacts": prepared.contacts,
        "seconds": round(seconds, 1),
        "import": inbound,
        "export": outbound,
        "second_export": again,
        "quiet": quiet,
        "conflicts": dict(sorted(conflicts.items())),
        "findings": [item for item in findings if item["severity"] != "ok"],
        "as_wanted": quiet and ended_well and not conflicts and not outbound["counts"]["failed"],
    }


def _tell(document: Mapping[str, Any], time_scale: float) -> None:
    click.echo(
        f"Rehearsed with {document['people']:,} people, {document['web_prospects']:,} web prospects and "
        f"{document['contacts']:,} contacts in {document['seconds']:,} s"
        + (f", with the limits {time_scale:g} times faster." if time_scale != 1 else ".")
    )
    runs = [("Import", "import"), ("Export", "export"), ("Second export", "second_export")]
    names = ("created", "updated", "unchanged", "skipped", "conflict", "failed", "not_kept")
    table(
        ("Run", *(name.replace("_", " ").capitalize() for name in names), "Requests", "Seconds"),
        (
            (
                title,
                *(document[key]["counts"][name] for name in names),
                document[key]["requests"],
                document[key]["seconds"],
            )
            for title, key in runs
        ),
    )
    if not document["quiet"]:
        click.echo("The second export still had something to do: look at what ActiveCampaign did not keep.")
    for reason, count in document["conflicts"].items():
        click.echo(f"Conflicts: {count} with the reason {reason}.")
    for item in document["findings"]:
        click.echo(f"{item['severity']:8} {item['text']} {item['mend']}".rstrip())
    if document["folder"]:
        click.echo(f"The masked copy is kept in {document['folder']}.")
