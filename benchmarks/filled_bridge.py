"""Fills a bridge with as much as a large institution has after a month: for measuring pages, quickly and without runs."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.auth.models import User
from django.db.models import Model

from sonisbridge.core.contact import EMAIL, FIRST_NAME, LAST_NAME, ContactField, ContactFields, FieldId
from sonisbridge.core.field_mapping import DATA_POINTS, FieldMapping, suggested_rows
from sonisbridge.core.person import Identity
from sonisbridge.core.policy import Policy
from sonisbridge.core.roles import Role
from sonisbridge.core.values import email_key, name_key
from sonisbridge.sonis.database import Sonis
from sonisbridge.store import institutions, users
from sonisbridge.store.models import (
    AuditEntry,
    Decision,
    DriftRecord,
    ImportedContact,
    Institution,
    Link,
    MirrorContact,
    OpenConflict,
    PlanLine,
    Run,
)

STANDINGS = ("active", "active", "active", "unconfirmed", "unsubscribed", "bounced", "")
REASONS = ("email-in-use", "shared-email", "other-sonis-id", "several-matches")
OUTCOMES = ("created", "updated", "updated", "updated", "skipped", "conflict", "failed")
A_MONTH = timedelta(days=30)
_AT_ONCE = 5000


@dataclass(frozen=True, kw_only=True)
class Size:
    """How much there is."""

    contacts: int
    outcomes: int
    people: int
    """Name records in SONIS."""
    runs: int = 500


def filled(folder: Path, size: Size) -> Institution:
    """The institution with everything; made at the first call, found at the next."""
    found = Institution.objects.first()
    if found is not None:
        return found
    url = f"sqlite:///{folder}/sonis.sqlite3"
    command = [
        sys.executable,
        "-m",
        "sonisbridge.sandbox.sample_school",
        url,
        "--people",
        str(size.people),
        "--seed",
        "1",
    ]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    institution = institution_of(url)
    sonis = Sonis(url)
    try:
        people = list(sonis.identities())
    finally:
        sonis.close()
    now = datetime.now(UTC)
    _store(Run, _runs(institution, size, now))
    runs = list(Run.objects.order_by("pk").values_list("pk", flat=True))
    _store(MirrorContact, _contacts(institution, people, size, now))
    linked = people[: int(size.contacts * 0.9)]
    _store(Link, _links(institution, linked, runs))
    _store(PlanLine, _lines(people, runs, size))
    _store(DriftRecord, _drift(linked, runs, now))
    _store(OpenConflict, _conflicts(institution, people, runs))
    _store(Decision, _decisions(institution, people))
    _store(ImportedContact, _imported(institution, size, runs))
    _store(AuditEntry, (_audit(institution, number) for number in range(20_000)))
    user = User.objects.create_user("administrator")
    users.give(user, Role.ADMINISTRATOR, None, by="benchmark")
    return institution


def institution_of(url: str) -> Institution:
    """An institution of that school, connected to an account that is not there, with the usual field mapping."""
    known = institutions.Connections(name="Large College", sonis_url=url, endpoint="https://localhost:9", token="none")
    made = institutions.add(known, Policy(), by="benchmark")
    options = {"modstat": ("Prospect", "Applicant", "Student", "Alumni"), "address.text_me": ("Yes", "No")}
    fields = ContactFields(
        [
            ContactField(
                field_id=FieldId(str(number)),
                title=point.default_title,
                kind=point.default_kind,
                tag=point.default_title.upper().replace(" ", "_"),
                options=options.get(point.key, ()),
            )
            for number, point in enumerate(DATA_POINTS, start=1)
            if point.default_kind != "standard"
        ]
    )
    institutions.keep_fields(made, fields)
    institutions.change_field_mapping(made, FieldMapping(rows=suggested_rows(fields)), by="benchmark")
    made.account_id, made.account_name, made.wrote_at = "1", "SONIS", datetime.now(UTC)
    made.scanned_at = made.mark = datetime.now(UTC)
    made.save()
    return made


def _store(model: type[Model], rows: Iterable[Any]) -> None:
    source = iter(rows)
    while part := list(islice(source, _AT_ONCE)):
        model._default_manager.bulk_create(part, batch_size=1000)


def _runs(institution: Institution, size: Size, now: datetime) -> Iterator[Run]:
    each = size.outcomes // size.runs
    for number in range(size.runs):
        started = now - A_MONTH + A_MONTH * number / size.runs
        counts = {"read": size.contacts, "created": each // 2, "updated": each // 2, "unchanged": size.contacts - each}
        counts |= {"skipped": 0, "conflict": 0, "failed": 0, "held": 0, "not_kept": 0}
        yield Run(
            institution=institution,
            kind="inbound" if number % 2 else "outbound",
            status="failed" if number % 40 == 7 else "succeeded_with_problems",
            started_by="benchmark",
            started_at=started,
            ended_at=started + timedelta(minutes=3),
            planned_at=started,
            counts=counts,
            done=each,
            total=each,
            requests=400,
            seconds=180,
        )


def _contacts(institution: Institution, people: list[Identity], size: Size, now: datetime) -> Iterator[MirrorContact]:
    sonis_id_field = next(
        row.field_id for row in institutions.field_mapping(institution).rows if row.data_point == "name.sonis_id"
    )
    linked = people[: int(size.contacts * 0.9)]
    for number in range(1, size.contacts + 1):
        person = linked[number - 1] if number <= len(linked) else None
        first, last = (person.first_name, person.last_name) if person else (f"New{number % 97}", f"Person{number}")
        email = f"person{number}@example.edu"
        fields = {EMAIL: email, FIRST_NAME: first, LAST_NAME: last}
        fields |= {FieldId(str(field)): f"Value {number % 50}" for field in range(1, 20)}
        fields[sonis_id_field] = person.sonis_id if person else ""
        yield MirrorContact(
            institution=institution,
            contact_id=number,
            email=email,
            email_key=email_key(email),
            first_name=first,
            last_name=last,
            name_key=name_key(last, first),
            sonis_id=fields[sonis_id_field],
            standing=STANDINGS[number % len(STANDINGS)],
            fields={key: value for key, value in fields.items() if value},
            lists={"1": 1},
            account_id="1" if person else "",
            created=now - timedelta(hours=number),
            updated=now - timedelta(minutes=number),
        )


def _links(institution: Institution, people: list[Identity], runs: list[int]) -> Iterator[Link]:
    for number, person in enumerate(people, start=1):
        yield Link(
            institution=institution,
            sonis_id=person.sonis_id,
            contact_id=number,
            how="decision" if number % 1000 == 0 else "name-email",
            decided_by="benchmark" if number % 1000 == 0 else "",
            confirmed={"2": "Value"},
            first_run=runs[0],
            checked_run=runs[-1],
        )


def _lines(people: list[Identity], runs: list[int], size: Size) -> Iterator[PlanLine]:
    each = size.outcomes // len(runs)
    pick = random.Random(1)
    for run in runs:
        for position in range(each):
            person = people[pick.randrange(len(people))]
            outcome = OUTCOMES[position % len(OUTCOMES)]
            yield PlanLine(
                run_id=run,
                position=position,
                sonis_id=person.sonis_id,
                contact_id=pick.randrange(1, size.contacts),
                planned=outcome,
                outcome=outcome,
                reason="email-in-use" if outcome == "conflict" else "",
                change={"2": ["Before", "After"]} if outcome == "updated" else {},
                message="Updated Home City: Nashville -> Memphis.",
            )


def _drift(people: list[Identity], runs: list[int], now: datetime) -> Iterator[DriftRecord]:
    for number, person in enumerate(people[:20_000]):
        yield DriftRecord(
            run_id=runs[number % len(runs)],
            sonis_id=person.sonis_id,
            contact_id=number + 1,
            field_id="2",
            theirs="Memphis",
            ours="Nashville",
            at=now - timedelta(minutes=number),
        )


def _conflicts(institution: Institution, people: list[Identity], runs: list[int]) -> Iterator[OpenConflict]:
    for number, person in enumerate(people[:2000]):
        yield OpenConflict(
            institution=institution,
            kind="outbound",
            reason=REASONS[number % len(REASONS)],
            sonis_id=person.sonis_id,
            contact_ids=[str(number + 1)],
            proposed=number + 1 if number % 3 == 0 else None,
            name=f"{person.first_name} {person.last_name}",
            message="Not sent: the address belongs to somebody else's contact. Decide which contact is theirs.",
            first_run=runs[0],
            last_run=runs[-1],
        )


def _decisions(institution: Institution, people: list[Identity]) -> Iterator[Decision]:
    for number, person in enumerate(people[:1000]):
        yield Decision(
            institution=institution,
            action="ignore" if number % 2 else "not-same",
            sonis_id=person.sonis_id,
            contact_id=number + 1,
            reason="shared-email",
            by="benchmark",
        )


def _imported(institution: Institution, size: Size, runs: list[int]) -> Iterator[ImportedContact]:
    for number in range(int(size.contacts * 0.9) + 1, size.contacts + 1, 5):
        yield ImportedContact(
            institution=institution, contact_id=number, row_id=f"{number:018d}", written=True, run=runs[0]
        )


def _audit(institution: Institution, number: int) -> AuditEntry:
    return AuditEntry(institution=institution, by="benchmark", action="choices changed", before={}, after={"n": number})


Values = dict[str, Callable[[Institution], Any]]
VALUES: Values = {
    "institution_id": lambda institution: institution.pk,
    "run_id": lambda _institution: Run.objects.filter(kind="outbound").order_by("-pk").values_list("pk", flat=True)[0],
    "sonis_id": lambda institution: Link.objects.filter(institution=institution).order_by("pk")[5].sonis_id,
    "contact_id": lambda _institution: 95_001 if MirrorContact.objects.filter(contact_id=95_001).exists() else 1,
    "conflict_id": lambda _institution: OpenConflict.objects.order_by("pk")[0].pk,
    "row_id": lambda _institution: ImportedContact.objects.order_by("pk")[0].row_id,
    "user_id": lambda _institution: User.objects.get().pk,
    "position": lambda _institution: 1,
    "schedule_id": lambda institution: (
        institution.schedules.get_or_create(
            task="Notifier: Active Campaign",
            frequency="hourly",
            start_date=date(2026, 1, 1),
            start_time=time(6),
            created_by="benchmark",
        )[0].pk
    ),
    "token_id": lambda _institution: 1,
}
"""What stands in the places of a route; a page with another place is named and left out."""
