"""`demo`: a sample school and a look-alike of ActiveCampaign, connected, imported and exported, with the pages to look at it."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from sonisbridge.core.errors import StopRunError

NAME = "Demo"
CONTACTS = 300
MESSAGE_WIDTH = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the demo keeps its two systems."""

    folder: Path

    @property
    def school(self) -> Path:
        """The sample school."""
        return self.folder / "sonis.sqlite3"

    @property
    def world(self) -> Path:
        """What the look-alike holds at the very start."""
        return self.folder / "contacts.json"

    @property
    def state(self) -> Path:
        """What the look-alike holds now."""
        return self.folder / "activecampaign.json"

    @property
    def planted(self) -> Path:
        """The conflicts that the sample plants."""
        return self.folder / "planted.json"

    @property
    def access(self) -> Path:
        """The look-alike's port and token."""
        return self.folder / "access.json"


@click.command()
@click.option(
    "--people", default=2000, show_default=True, type=click.IntRange(10, 1_000_000), help="Size of the school."
)
@click.option("--port", type=click.IntRange(1, 65535), help="Port of the pages; else 8000, or a free one.")
@click.option("--once", is_flag=True, help="Stop after the runs; serve no pages.")
@click.option("--json", "json_wanted", is_flag=True, help="One JSON object on standard output.")
def demo(people: int, port: int | None, once: bool, json_wanted: bool) -> int:
    """Show the main job on a sample school: import, export, what became of everybody, and the pages.

    The pages are served until Ctrl-C. Run again in the same place it creates and updates nothing.
    """
    os.environ["SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT"] = "1"
    from .start import get_ready

    get_ready(verbose=False)
    from django.conf import settings

    from .serving import HOST

    place = Place(folder=Path(settings.HOME) / "demo")
    pages = None if once else _pages(HOST, port)
    _make_school(place, people)
    with _look_alike(place) as ready:
        documents, status = _run_all(place, ready, json_wanted=json_wanted)
        if json_wanted:
            from .show import as_json

            as_json(documents)
        else:
            _say_where_to_look()
        if pages is not None:
            _serve(pages, ready)
    return status


def _pages(host: str, port: int | None) -> socket.socket:
    """The socket that the pages will be served on, taken before the work begins."""
    from .serving import PORT, listening

    return listening(host, port or (PORT if _free(PORT) else _free_port()))


def _serve(pages: socket.socket, ready: dict[str, str]) -> None:
    """Serve the pages, everybody signed in as the demo's administrator, until the program is asked to end."""
    from django.conf import settings

    from sonisbridge.web.demo_user import make_demo_user

    from .serving import HOST, serve_pages

    settings.DEMO, settings.DEMO_PORTAL = True, ready["portal"]
    make_demo_user()
    port = pages.getsockname()[1]
    click.echo(f"Open http://localhost:{port}/ : you are signed in as the demo's administrator.", err=True)
    with suppress(KeyboardInterrupt):
        serve_pages(HOST, pages, port)
    click.echo("Ended.", err=True)


def _make_school(place: Place, people: int) -> None:
    if place.planted.exists():
        click.echo(
            f"The school of the earlier demo is used as it is; remove {place.folder} to start anew.",
            err=True,
        )
        return
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True)
    click.echo(
        f"Making a school of {people:,} people and an ActiveCampaign with {CONTACTS} contacts ...",
        err=True,
    )
    draft = place.planted.with_suffix(".draft")
    command = [
        sys.executable, "-m", "sonisbridge.sandbox.sample_school", f"sqlite:///{place.school}",
        "--people", str(people), "--seed", "1", "--world", str(place.world), "--contacts", str(CONTACTS),
        "--planted", str(draft),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise StopRunError(f"The sample school could not be made: {done.stderr.strip()[-300:]}")
    draft.rename(place.planted)


@contextmanager
def _look_alike(place: Place) -> Iterator[dict[str, str]]:
    """The ActiveCampaign look-alike, as a program of its own, until the block ends."""
    access = _access(place)
    command = [
        sys.executable, "-m", "sonisbridge.sandbox", "--port", str(access["port"]), "--token", access["token"],
        "--state", str(place.state), "--world", str(place.world), "--limits", "real",
    ]  # fmt: skip
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert program.stdout is not None
        line = program.stdout.readline()
        if not line:
            raise StopRunError(f"The ActiveCampaign look-alike did not start on port {access['port']}: start again.")
        yield json.loads(line)
    finally:
        program.terminate()
        program.wait(timeout=20)


def _access(place: Place) -> dict[str, Any]:
    """The port and token of the last time, while the port is free; else new ones, kept for the next time."""
    known: dict[str, Any] = json.loads(place.access.read_text()) if place.access.exists() else {}
    wanted = known.get("port")
    access = {
        "port": wanted if wanted and _free(wanted) else _free_port(),
        "token": known.get("token") or secrets.token_hex(32),
    }
    place.access.touch(mode=0o600)
    place.access.write_text(json.dumps(access))
    return access


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _run_all(place: Place, ready: dict[str, str], *, json_wanted: bool) -> tuple[dict[str, Any], int]:
    """An import, the first time also the preview of an export, and an export."""
    from sonisbridge.sync.inbound import import_contacts
    from sonisbridge.sync.outbound import Order, export

    from .show import progress_bar, run_document

    institution = _connected(place, ready)
    with progress_bar(wanted=not json_wanted) as report:
        inbound = import_contacts(institution, started_by="demo", report=report)
        if institution.wrote_at is None:
            export(institution, Order(started_by="demo", preview=True), report)
        outbound = export(institution, Order(started_by="demo", approved=True), report)
    documents = {"import": run_document(inbound), "export": run_document(outbound)}
    if not json_wanted:
        _tell(inbound)
        _tell(outbound)
    return documents, _status(place, inbound, outbound)


def _connected(place: Place, ready: dict[str, str]) -> Any:
    """The demo's institution: connected, its fields made and mapped; the endpoint follows the look-alike's port."""
    from sonisbridge.core.policy import Policy
    from sonisbridge.store import institutions
    from sonisbridge.store.institutions import Connections
    from sonisbridge.store.models import Institution
    from sonisbridge.sync import setup

    found = Institution.objects.filter(name=NAME).first()
    if found is None:
        known = Connections(
            name=NAME,
            sonis_url=f"sqlite:///{place.school}",
            endpoint=ready["url"],
            token=ready["token"],
        )
        found = setup.add(known, Policy(), by="demo")
    elif found.endpoint != ready["url"]:
        setup.change(found, "endpoint", ready["url"], by="demo")
        setup.change(found, "pair", "confirmed", by="demo")
    if not institutions.field_mapping(found).rows:
        setup.create_fields(found, by="demo")
        setup.suggest(found, apply=True, by="demo")
    return found


def _status(place: Place, inbound: Any, outbound: Any) -> int:
    """0 when only the planted conflicts remain, 1 otherwise."""
    from sonisbridge.store.plans import outcomes

    from .show import DONE, PROBLEMS

    planted = json.loads(place.planted.read_text())
    expected = set(planted["conflicts"])
    found = {line.sonis_id for line in outcomes(outbound, kinds=["conflict"])}
    met = [run.counts.get(kind, 0) for run in (inbound, outbound) for kind in ("failed", "not_kept", "held")]
    ended_well = all(run.status.startswith("succeeded") for run in (inbound, outbound))
    strangers = {line.email for line in outcomes(inbound, kinds=["conflict"])}
    as_planted = found <= expected and strangers <= set(planted.get("import_conflicts", {}))
    return DONE if ended_well and as_planted and not any(met) else PROBLEMS


def _tell(run: Any) -> None:
    """What became of every group: an outcome and reason a row, how many, what it means."""
    from sonisbridge.core.outcome import Kind

    from .show import show_run, table

    show_run(run)
    many: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Any] = {}
    for line in run.lines.order_by("position").iterator(1000):
        group = (line.outcome or line.planned, line.reason)
        many[group] += 1
        first.setdefault(group, line)
    rows = [
        (*group, many[group], line.sonis_id or f"contact {line.contact_id}", _short(line.message))
        for group, line in sorted(first.items(), key=lambda item: item[0])
    ]
    unchanged = run.counts.get("unchanged", 0)
    if unchanged:
        rows.append((Kind.UNCHANGED, "", unchanged, "", "The contact says what SONIS says."))
    if rows:
        table(
            ("  Outcome", "Reason", "How many", "For example", "What happened"),
            [(f"  {r[0]}", *r[1:]) for r in rows],
        )
    click.echo()


def _short(message: str) -> str:
    return message if len(message) <= MESSAGE_WIDTH else f"{message[: MESSAGE_WIDTH - 4].rstrip()} ..."


def _say_where_to_look() -> None:
    click.echo("Where to look by command:")
    click.echo("  ./run runs list                      the runs; `./run runs show ID --outcomes` has everybody")
    click.echo("  ./run conflicts list                 what waits for a decision")
    click.echo("  ./run prospects list                 the web prospects that the import made")
