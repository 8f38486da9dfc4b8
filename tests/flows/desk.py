"""A program beside the workers that orders runs and reads their records, as a page would: a JSON line in, a JSON line out."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any


class Desk:
    """The program, from the outside."""

    def __init__(self, environment: dict[str, str]) -> None:
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.flows.desk"],
            env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def ask(self, what: str, **details: Any) -> Any:
        """The answer; fails the test when the program could not give one."""
        found = self.try_to(what, **details)
        assert "error" not in found, found
        return found["answer"]

    def try_to(self, what: str, **details: Any) -> dict[str, Any]:
        """The answer, or the error and its message."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        self._program.stdin.write(json.dumps({"what": what, **details}) + "\n")
        self._program.stdin.flush()
        found: dict[str, Any] = json.loads(self._program.stdout.readline())
        return found

    def runs(self, since: int = 0) -> list[SimpleNamespace]:
        """The records of the runs after that one, oldest first."""
        return [SimpleNamespace(**row) for row in self.ask("runs", since=since)]

    def close(self) -> None:
        """End the program."""
        self._program.kill()
        self._program.communicate()


def _connect(name: str, sonis_url: str, endpoint: str, token: str, **choices: Any) -> int:
    from sonisbridge.core.policy import Policy
    from sonisbridge.store.institutions import Connections
    from sonisbridge.sync import setup

    known = Connections(name=name, sonis_url=sonis_url, endpoint=endpoint, token=token)
    institution = setup.add(known, Policy(country="US", **choices), by="test")
    setup.create_fields(institution, by="test")
    setup.suggest(institution, apply=True, by="test")
    return int(institution.pk)


def _order(institution: int, kind: str, preview: bool = False, approved: bool = True) -> int:
    from sonisbridge.store.models import Institution
    from sonisbridge.sync.orders import order_export, order_import
    from sonisbridge.sync.outbound import Order

    row = Institution.objects.get(pk=institution)
    if kind == "inbound":
        return int(order_import(row, started_by="desk", preview=preview).pk)
    return int(order_export(row, Order(started_by="desk", preview=preview, approved=approved)).pk)


def _copies(institution: int, many: int, port: int) -> list[int]:
    """More institutions like that one, each with an account of its own: another address of this machine."""
    from sonisbridge.core.policy import Policy
    from sonisbridge.store import institutions
    from sonisbridge.store.models import Institution, MappingRow

    pattern = Institution.objects.get(pk=institution)
    known = institutions.connections(pattern)
    made = []
    for number in range(2, many + 2):
        endpoint = f"http://127.0.0.{number}:{port}"
        copy = dataclasses.replace(known, name=f"{known.name} {number}", endpoint=endpoint)
        row = institutions.add(copy, Policy(country="US"), by="test")
        MappingRow.objects.bulk_create(
            MappingRow(institution=row, data_point=old.data_point, field_id=old.field_id, write_rule=old.write_rule)
            for old in MappingRow.objects.filter(institution=pattern)
        )
        made.append(int(row.pk))
    return made


def _apply(run: int) -> int:
    from sonisbridge.store import runs
    from sonisbridge.sync.orders import order_apply

    return int(order_apply(runs.find(run), by="desk").pk)


def _runs(since: int) -> list[dict[str, Any]]:
    from sonisbridge.store.models import Run

    names = (
        "id",
        "kind",
        "status",
        "counts",
        "worker",
        "follows",
        "attempt",
        "message",
        "started_by",
        "institution_id",
        "fence",
    )
    return list(Run.objects.filter(pk__gt=since).order_by("pk").values(*names))


def _lines(run: int) -> list[dict[str, Any]]:
    from sonisbridge.store.models import PlanLine

    names = ("sonis_id", "contact_id", "email", "planned", "outcome", "reason", "message", "sent")
    return list(PlanLine.objects.filter(run=run).order_by("position").values(*names))


def _counts() -> dict[str, int]:
    from sonisbridge.store.models import ImportedContact, Link, Lock

    return {
        "locks": Lock.objects.count(),
        "links": Link.objects.count(),
        "imported": ImportedContact.objects.filter(written=True).count(),
        "half_imported": ImportedContact.objects.filter(written=False).count(),
    }


def main() -> None:
    """Answer until nobody asks any more."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "sonisbridge.settings"
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0, interactive=False)
    able: dict[str, Callable[..., Any]] = {
        "connect": _connect,
        "order": _order,
        "copies": _copies,
        "apply": _apply,
        "runs": _runs,
        "lines": _lines,
        "counts": _counts,
    }
    for asked in sys.stdin:
        details = json.loads(asked)
        try:
            answer = {"answer": able[details.pop("what")](**details)}
        except Exception as error:
            answer = {"error": type(error).__name__, "message": str(error)}
        connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
