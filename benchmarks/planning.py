"""How fast plans are made, and in how much memory (rule 15): python -m benchmarks.planning --people 50000 100000.

A sample school in SQLite and an account that is not there: what an export that was confirmed would have left in the mirror
and among the links is put there straight from its plan. Each plan is made by a process of its own, with the lock, the fence
and the log line of a run. Speed is that of the log line, all of `make_plan` included; memory is the whole process's. What
else a machine does can only slow it down: --times N takes the best of some tries.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import postgresql, targets
from .machine import LEFT_OUT, machine

if TYPE_CHECKING:
    from sonisbridge.store.models import Institution
    from sonisbridge.sync.running import Running

PLANS = ("new", "settling", "unchanged", "1 % changed", "changes settled")
AGAIN = ("new", "unchanged")
"""What is the same each time; the others are made once, since they leave something behind."""
ACCOUNT = "1"
_GROWN = 4


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where one size is measured."""

    folder: Path
    database: str

    def step(self, name: str) -> dict[str, Any]:
        """Carry one step out in a process of its own; what it says."""
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(LEFT_OUT)},
            "SONISBRIDGE_HOME": str(self.folder / "home"),
            "SONISBRIDGE_DATABASE_URL": self.database,
            "SONISBRIDGE_LEASE_SECONDS": "600",
            "SONISBRIDGE_ALLOW_LOOPBACK_ENDPOINT": "1",
        }
        command = [sys.executable, "-m", "benchmarks.planning", "--step", name, "--folder", str(self.folder)]
        done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@contextmanager
def _place(kind: str) -> Iterator[Place]:
    state = nullcontext("") if kind == "sqlite" else postgresql.fresh()
    with tempfile.TemporaryDirectory(prefix="sonisbridge-planning-") as name, state as database:
        yield Place(folder=Path(name), database=database)


def _measure(kind: str, people: int, times: int, plans: int) -> Iterator[dict[str, Any]]:
    with _place(kind) as place:
        school = f"sqlite:///{place.folder}/sonis.sqlite3"
        sandbox = [sys.executable, "-m", "sonisbridge.sandbox.sample_school", school, "--people", str(people)]
        subprocess.run([*sandbox, "--seed", "1"], check=True, stdout=subprocess.DEVNULL)
        place.step("set-up")
        for name in PLANS[:plans]:
            if name == "1 % changed":
                edits = [sys.executable, "-m", "sonisbridge.sandbox.sample_edits", school, "--change-percent", "1"]
                subprocess.run(edits, check=True, stdout=subprocess.DEVNULL)
            tries = [place.step("plan")]
            while len(tries) < times and name in AGAIN:
                if name == "new":
                    place.step("forget")
                tries.append(place.step("plan"))
            best = max(tries, key=itemgetter("planned_per_second"))
            yield {"database": kind, "people": people, "scenario": f"plan: {name}", **best}
            place.step("confirm")


def _set_up(folder: Path) -> dict[str, Any]:
    from sonisbridge.cli.start import migrate

    from .filled_bridge import institution_of

    migrate()
    institution_of(f"sqlite:///{folder}/sonis.sqlite3")
    return {}


@contextmanager
def _run(institution: Institution) -> Iterator[Running]:
    from sonisbridge.store import runs
    from sonisbridge.sync.running import Carrier, lease, running

    run = runs.begin(institution, runs.Start(kind=runs.OUTBOUND, started_by="benchmark"), lease=lease())
    with running(run, Carrier()) as going:
        yield going


def _plan(_folder: Path) -> dict[str, Any]:
    """Make a plan; how long it took and what is in it."""
    from sonisbridge.core.filters import Filters
    from sonisbridge.store.models import Institution
    from sonisbridge.sync.planning import make_plan

    institution = Institution.objects.get()
    with _run(institution) as going:
        sides = _sides(institution)
        _mapping = sides.field_mapping  # read before, as a run does that refreshes the mirror
        wall, cpu = time.perf_counter(), time.process_time()
        make_plan(sides, going, Filters(), ACCOUNT)
        wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
        sides.sonis.close()
        going.count_up()
    read, peak = going.run.counts["read"], resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {
        "counts": {key: value for key, value in going.run.counts.items() if value},
        "planned_per_second": round(read / wall),
        "seconds": round(wall, 2),
        "cpu_seconds": round(cpu, 2),
        "peak_mb": peak,
    }


def _forget(_folder: Path) -> dict[str, Any]:
    """Take back what a plan that was never sent leaves behind."""
    from sonisbridge.store.models import Agreement, PlanLine

    Agreement.objects.all().delete()
    PlanLine.objects.all().delete()
    return {}


def _sides(institution: Institution) -> Any:
    """Both sides, of which ActiveCampaign is not there."""
    from sonisbridge.store import institutions
    from sonisbridge.store.ledger import Ledger
    from sonisbridge.store.links import Links
    from sonisbridge.store.mirror import ContactMirror
    from sonisbridge.sync.sides import Sides, open_activecampaign, open_sonis

    known, policy = institutions.connections(institution), institutions.policy_of(institution)
    sides = Sides(
        institution=institution,
        policy=policy,
        sonis=open_sonis(known),
        activecampaign=open_activecampaign(known, policy),
        mirror=ContactMirror(institution),
        links=Links(institution),
        ledger=Ledger(institution),
    )
    sides.fields = institutions.fields_as_last_read(institution)
    return sides


def _confirm(_folder: Path) -> dict[str, Any]:
    """Leave what the last plan would have left behind, sent and read back."""
    from sonisbridge.core.contact import Contact, ContactId, FieldId
    from sonisbridge.core.person import SonisId
    from sonisbridge.store.links import Confirmed, Links
    from sonisbridge.store.mirror import ContactMirror
    from sonisbridge.store.models import Institution, Run
    from sonisbridge.store.plans import StoredPlan

    institution, run = Institution.objects.get(), Run.objects.latest("pk")
    mirror, links, now = ContactMirror(institution), Links(institution), datetime.now(UTC)
    last, many, due = int(mirror.highest_id() or 0), 0, 0
    for lines in StoredPlan(run).writes():
        held = mirror.contacts(ContactId(str(line.contact_id)) for line in lines if line.contact_id)
        contacts, confirmed = [], []
        for line in lines:
            last += not line.contact_id
            contact_id = ContactId(str(line.contact_id or last))
            values = {FieldId(key): after for key, (_before, after) in line.change.items()}
            before = held[contact_id].fields if contact_id in held else {}
            fields = {key: value for key, value in {**before, **values}.items() if value}
            contacts.append(Contact(contact_id=contact_id, fields=fields, account_id=ACCOUNT, created=now, updated=now))
            sonis_id = SonisId(line.sonis_id)
            confirmed.append(Confirmed(sonis_id=sonis_id, contact_id=contact_id, how=line.how, values=values))
        mirror.save(contacts)
        links.confirm(confirmed, run=run.pk)
        many += len(contacts)
        if many >= due:  # what takes minutes here takes a run hours, and the server tidies up all the while
            _tidy()
            due = many * _GROWN
    _tidy()
    return {"written": many}


def _tidy() -> None:
    if database := os.environ.get("SONISBRIDGE_DATABASE_URL"):
        postgresql.tidied(database)


STEPS: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "set-up": _set_up, "plan": _plan, "forget": _forget, "confirm": _confirm,
}  # fmt: skip


def main() -> None:
    """Measure and print a line for each plan; --json FILE keeps the figures."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, nargs="+", default=[50_000])
    parser.add_argument("--database", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite"])
    parser.add_argument(
        "--times", type=int, default=1, metavar="N", help="so often new and unchanged; the best is told"
    )
    parser.add_argument("--last", choices=PLANS, default=PLANS[-1], help="the last plan that is made")
    parser.add_argument("--json", type=Path, help="write the figures there too")
    parser.add_argument("--step", choices=tuple(STEPS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        from sonisbridge.cli.start import only_settings

        only_settings(verbose=False)
        print(json.dumps(STEPS[given.step](given.folder)))
        return
    sys.exit(_measured(given))


def _measured(given: argparse.Namespace) -> int:
    """Measure, print, keep; 1 where a target was missed."""
    found = []
    print(
        f"{'database':<11}{'people':>8}  {'scenario':<22}{'a second':>9}{'seconds':>9}{'CPU s':>8}{'peak MB':>8}  counts"
    )
    for kind in given.database:
        for people in given.people:
            for one in _measure(kind, people, given.times, PLANS.index(given.last) + 1):
                found.append(one)
                print(f"{kind:<11}{people:>8}  {one['scenario']:<22}{one['planned_per_second']:>9}{one['seconds']:>9}"
                      f"{one['cpu_seconds']:>8}{one['peak_mb']:>8}  {one['counts']}", flush=True)  # fmt: skip
    document = {
        "made": datetime.now(UTC).date().isoformat(), "time_scale": 1, "machine": machine(), "runs": [], "plans": found,
        "peers": [], "published": [],
    }  # fmt: skip
    judged = targets.judged(document)
    document["targets"] = [one.document() for one in judged]
    if given.json:
        given.json.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print("\n".join(one.sentence for one in judged))
    return 0 if all(one.met for one in judged) else 1


if __name__ == "__main__":
    main()
